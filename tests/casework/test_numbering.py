"""Register numbers: one after the other for each body, year and kind, and none lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from casework.numbering import take_numbers
from mediation.models import Dispute, MediationCommittee
from offices.models import Membership, Office
from offices.scoping import system, within
from tests.corrections import correct
from tests.factories import committee_of, dispute_in, take_step


class RolledBack(Exception):
    """The deed that has taken a number is not done."""


@pytest.mark.django_db
class TestCounters:
    """The counter itself."""

    def test_numbers_follow_each_other(self) -> None:
        assert [take_numbers("b", 2026, "k") for _ in range(3)] == [1, 2, 3]

    def test_a_block_is_taken_at_once(self) -> None:
        assert [take_numbers("b", 2026, "k", 5), take_numbers("b", 2026, "k")] == [1, 6]

    @pytest.mark.parametrize("other", [("c", 2026, "k"), ("b", 2027, "k"), ("b", 2026, "l")])
    def test_each_body_year_and_kind_has_its_own(self, other: tuple[str, int, str]) -> None:
        take_numbers("b", 2026, "k")
        assert take_numbers(*other) == 1

    def test_a_deed_that_is_not_done_leaves_no_gap(self) -> None:
        with pytest.raises(RolledBack), transaction.atomic():
            fail_with_a_number()
        assert take_numbers("b", 2026, "k") == 1


def fail_with_a_number() -> None:
    """Take a number for a deed that comes to nothing."""
    take_numbers("b", 2026, "k")
    raise RolledBack


@pytest.mark.usefixtures("today")
class TestDossiers:
    """The numbers of accepted disputes."""

    def test_there_is_none_before_acceptance(self, clerk: Membership) -> None:
        assert dispute_in("registered", actor=clerk).number == ""

    def test_the_year_is_that_of_the_acceptance(self, clerk: Membership, today: date) -> None:
        new_year = date(2026, 1, 1)
        dispute = dispute_in("accepted", actor=clerk, on=new_year - timedelta(days=1), step_dates={"accept": new_year})
        assert dispute.number == "（2026）石桥镇人调字第1号"

    def test_a_corrected_date_keeps_the_number(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=date(2025, 12, 1))
        corrected = correct(dispute, clerk, accepted_on=date(2026, 1, 5))
        assert corrected.number == dispute.number == "（2025）石桥镇人调字第1号"

    def test_committees_of_equal_names_in_two_offices_hold_equal_numbers(
        self, clerk: Membership, far_clerk: Membership
    ) -> None:
        name_alike(clerk, far_clerk)
        assert dispute_in("accepted", actor=clerk).number == dispute_in("accepted", actor=far_clerk).number

    def test_a_merge_of_two_offices_with_equal_numbers_works_and_both_go_on_counting(
        self, clerk: Membership, sibling_clerk: Membership, today: date
    ) -> None:
        name_alike(clerk, sibling_clerk)
        pair = (clerk, sibling_clerk)
        numbered = [dispute_in("accepted", actor=actor).pk for actor in pair]
        waiting = [dispute_in("registered", actor=actor) for actor in pair]
        merge(sibling_clerk.office, clerk.office)
        with within(clerk):
            numbers = list(Dispute.objects.filter(pk__in=numbered).values_list("number", flat=True))
        assert numbers == ["（2026）石桥镇人调字第1号"] * 2
        numbers = [take_step(dispute, "accept", actor=clerk, on=today).number for dispute in waiting]
        assert numbers == ["（2026）石桥镇人调字第2号"] * 2


def name_alike(one: Membership, other: Membership) -> None:
    """Give the committee of the other office the short name of the first one's."""
    with within(one):
        name = committee_of(one.office).short_name
    with within(other):
        MediationCommittee.objects.filter(pk=committee_of(other.office).pk).update(short_name=name)


def merge(giver: Office, receiver: Office) -> None:
    """Move committees and records, open and archived alike, as a hand-over in bulk does."""
    with system("handover"):
        for model in (MediationCommittee, Dispute):
            model.objects.filter(office=giver).update(office=receiver)

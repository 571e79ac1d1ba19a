"""What a case's own data propose as signs of danger."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from casework.codes import codes
from mediation.models import Dispute
from mediation.triggers import FLAGS, WORDS, proposed
from offices.models import Membership
from offices.scoping import within
from tests.factories import PartyFactory, dispute_in, resident_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def found(dispute: Dispute, actor: Membership) -> dict[str, str]:
    with within(actor):
        return proposed(dispute)


def test_every_word_hints_at_a_known_flag() -> None:
    assert {word.maps_to for word in codes(WORDS)} <= {flag.code for flag in codes(FLAGS)}
    assert len({word.name for word in codes(WORDS)}) == len(codes(WORDS))


def test_a_quiet_case_proposes_nothing(clerk: Membership) -> None:
    assert found(dispute_in("accepted", actor=clerk, brief="因排水沟发生争执。"), clerk) == {}


def test_words_of_danger_are_proposed_with_the_words(clerk: Membership) -> None:
    dispute = dispute_in("accepted", actor=clerk, brief="酒后持菜刀上门，称要同归于尽。")
    reasons = found(dispute, clerk)
    assert set(reasons) == {"threat", "weapon", "alcohol"}
    assert "“同归于尽”" in reasons["threat"]


def test_what_the_case_already_bears_is_not_proposed(clerk: Membership) -> None:
    dispute = dispute_in("accepted", actor=clerk, brief="多次家暴。", risk_flags=["domestic_violence"])
    assert found(dispute, clerk) == {}


@pytest.mark.parametrize(("people", "flags"), [(9, set()), (10, {"group"})])
def test_ten_people_are_a_group(clerk: Membership, people: int, flags: set[str]) -> None:
    assert set(found(dispute_in("accepted", actor=clerk, party_count=people), clerk)) == flags


def test_the_third_failure_of_the_same_people_is_proposed(clerk: Membership) -> None:
    same = [PartyFactory(identifier=resident_id(3)), PartyFactory(role="respondent", identifier=resident_id(4))]
    for _number in range(2):
        dispute_in("failed", actor=clerk, parties=same)
    assert found(dispute_in("mediating", actor=clerk, parties=same), clerk) == {}
    assert set(found(dispute_in("failed", actor=clerk, parties=same), clerk)) == {"failed_thrice"}


def test_a_closed_case_proposes_nothing(clerk: Membership) -> None:
    assert found(dispute_in("closed", actor=clerk, brief="扬言报复。"), clerk) == {}


def test_the_page_leads_to_an_alert_that_holds_them(
    clerk: Membership, county_reviewer: Membership, client_for: Any
) -> None:
    dispute = dispute_in("accepted", actor=clerk, brief="称要喝农药。")
    address = reverse("disputes:detail", args=[dispute.public_id])
    form = f"{reverse('alerts:open')}?from=mediation.dispute/{dispute.public_id}"
    client = client_for(clerk)
    page = client.get(address).content.decode()
    assert "风险提示" in page
    assert f'<a href="{form}">轻生言行</a>' in page
    assert re.search(r'<input[^>]*value="self_harm"[^>]*checked', client.get(form).content.decode())
    # The county reads it; raising the alert is the office's part.
    page = client_for(county_reviewer).get(address).content.decode()
    assert "轻生言行" in page
    assert f'<a href="{form}">轻生言行</a>' not in page

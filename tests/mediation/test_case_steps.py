"""What the steps of a dispute ask of the law, where the table of walks does not see it."""

from __future__ import annotations

from datetime import date

import pytest

from casework.models import CountedEvent
from casework.workflow import NotPossible
from mediation.forms.results import FailForm
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in, take_step

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestEndingBeforeMediation:
    """Articles 17 and 23: a party may refuse or leave at any time."""

    @pytest.mark.parametrize("state", ["accepted", "assigned"])
    def test_a_refusal_after_acceptance_ends_the_case_and_counts(self, state: str, clerk: Membership) -> None:
        dispute = dispute_in(state, actor=clerk)
        ended = take_step(dispute, "fail", actor=clerk, on=TODAY, failure="refused")
        assert (ended.state, ended.failure, ended.concluded_on) == ("failed", "refused", TODAY)
        with within(clerk):
            assert CountedEvent.objects.filter(record_id=ended.pk, kind="failed", on=TODAY).count() == 1

    def test_no_agreement_is_no_reason_before_mediation_has_begun(self, clerk: Membership) -> None:
        dispute = dispute_in("assigned", actor=clerk)
        with within(clerk):
            offered = [code for code, _label in FailForm(record=dispute).fields["failure"].choices]  # type: ignore[attr-defined]
        assert "refused" in offered
        assert "no_agreement" not in offered
        with pytest.raises(NotPossible, match="第二十三条"):
            take_step(dispute, "fail", actor=clerk, on=TODAY, failure="no_agreement")

"""Who mediates a case: on the day of the step, nobody of the case, and who takes over."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework.models import RecordEvent
from casework.workflow import NotPossible
from mediation.forms.mediators import AssignForm
from mediation.models import Dispute, Mediator
from offices.models import Membership
from offices.scoping import within
from tests.factories import PartyFactory, dispute_in, resident_id, take_step
from tests.registers import new_mediator

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestWhoMediates:
    """Article 19: appointed by the committee or chosen by the parties; nobody mediates in a matter of one's own."""

    def mediator(self, clerk: Membership, dispute: Dispute, title: str, **given: Any) -> Mediator:
        """Return a new mediator of the dispute's committee."""
        with within(clerk):
            made = new_mediator(dispute.committee, title, **given)
            made.save()
            return made

    def named(self, dispute: Dispute, clerk: Membership) -> set[str]:
        """Return who mediates."""
        with within(clerk):
            return {row.mediator.title for row in dispute.mediators.select_related("mediator")}

    def test_who_served_on_the_day_counts_and_not_who_serves_now(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=date(2026, 5, 4))
        left = self.mediator(
            clerk,
            dispute,
            "钱去职",
            appointed_from=date(2022, 1, 1),
            appointed_until=date(2026, 5, 8),
            departure="resigned",
        )
        with within(clerk):
            shown = AssignForm(record=dispute).as_p()
        assert "钱去职（任至 2026-05-08）" in shown
        with pytest.raises(NotPossible, match="钱去职在 2026-05-11 不在任"):
            take_step(dispute, "assign", actor=clerk, on=date(2026, 5, 11), mediators=[left])
        assigned = take_step(dispute, "assign", actor=clerk, on=date(2026, 5, 7), mediators=[left])
        assert self.named(assigned, clerk) == {"钱去职"}

    def test_a_party_mediates_not_whatever_the_name(self, clerk: Membership) -> None:
        number = resident_id(41)
        parties = [PartyFactory(name="王小明", identifier=number), PartyFactory(role="respondent")]
        dispute = dispute_in("accepted", actor=clerk, parties=parties)
        own = self.mediator(clerk, dispute, "王明", id_number=number.number, appointed_from=date(2022, 1, 1))
        with pytest.raises(NotPossible, match="证件号码相同"):
            take_step(dispute, "assign", actor=clerk, on=TODAY, mediators=[own], namesakes_checked=True)

    def test_a_namesake_is_looked_at_once(self, clerk: Membership) -> None:
        parties = [PartyFactory(name="王德福"), PartyFactory(role="respondent")]
        dispute = dispute_in("accepted", actor=clerk, parties=parties)
        with within(clerk):
            assert "namesakes_checked" in AssignForm(record=dispute).fields
            alike = Mediator.objects.get(committee=dispute.committee, title="王德福")
        given: dict[str, Any] = {"actor": clerk, "on": TODAY, "mediators": [alike]}
        with pytest.raises(NotPossible, match="同名"):
            take_step(dispute, "assign", **given)
        assert take_step(dispute, "assign", **given, namesakes_checked=True).state == "assigned"

    def test_nothing_is_asked_where_no_name_is_alike(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        with within(clerk):
            assert "namesakes_checked" not in AssignForm(record=dispute).fields

    @pytest.mark.parametrize(("state", "step"), [("assigned", "reassign"), ("mediating", "replace")])
    def test_another_takes_over_and_the_limit_runs_on(
        self, state: str, step: str, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in(state, actor=clerk)
        before = self.named(dispute, clerk)
        with within(clerk):
            other = Mediator.objects.filter(committee=dispute.committee).exclude(title__in=before).earliest("pk")
        address = reverse("disputes:step", args=[dispute.public_id, step])
        given = {"on": "2026-05-20", "mediators": [other.pk], "chosen_by_parties": "on"}
        client = client_for(clerk)
        assert client.post(address, given).status_code == 422
        assert client.post(address, given | {"note": "当事人申请更换"}).status_code == 303
        with within(clerk):
            after = Dispute.objects.get(pk=dispute.pk)
            entry = RecordEvent.objects.get(record_id=dispute.pk, kind=step)
        assert (after.state, after.due_on, after.mediators_chosen) == (state, dispute.due_on, True)
        assert self.named(after, clerk) == {other.title}
        assert entry.note == f"{''.join(before)} → {other.title}；当事人申请更换"
        assert "调解员由当事人选定" in client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()

"""What belongs to a dispute beside its steps: written once, changed with a version, counted on its own day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.deadlines import due_date
from casework.models import CountedEvent, RecordEvent
from casework.parts import StalePart, add_part, change_part, remove_part
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.models import Agent, Dispute, PerformanceItem, PreventiveEffect, Transfer
from mediation.workflow.disputes import CLOSE_WITHIN
from offices.models import AuditEntry, Membership
from offices.scoping import system, within
from tests.factories import dispute_in, resident_id, take_step

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def add(dispute: Dispute, code: str, actor: Membership, **values: Any) -> Any:
    """Add a part."""
    with within(actor):
        return add_part(part_type=DISPUTE.part(code), record=dispute, actor=actor, values=values)


def effect(dispute: Dispute, actor: Membership, **values: Any) -> PreventiveEffect:
    """Add a preventive effect."""
    row: PreventiveEffect = add(
        dispute, "effect", actor, **{"kind": "suicide", "on": TODAY, "persons": 1, "text": "劝阻。"} | values
    )
    return row


class TestCounting:
    def test_a_part_counts_on_its_day_and_a_corrected_day_moves_it(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        row = effect(dispute, clerk)
        with within(clerk):
            change_part(
                part_type=DISPUTE.part("effect"),
                record=dispute,
                actor=clerk,
                key=row.public_id,
                version=1,
                values={"kind": "suicide", "on": date(2026, 4, 2), "persons": 3, "text": "劝阻。"},
            )
            events = CountedEvent.objects.filter(record_type="mediation.preventiveeffect", record_id=row.pk)
            assert [(event.on, event.is_replaced) for event in events] == [(TODAY, True), (date(2026, 4, 2), False)]

    def test_a_removed_part_is_counted_no_more_and_stays_in_the_audit(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        row = effect(dispute, clerk)
        with within(clerk):
            remove_part(
                part_type=DISPUTE.part("effect"), record=dispute, actor=clerk, key=row.public_id, version=1, note="误填"
            )
            assert not PreventiveEffect.objects.exists()
            assert not CountedEvent.objects.filter(record_type="mediation.preventiveeffect", is_replaced=False).exists()
            assert "误填" in RecordEvent.objects.get(kind="effect_removed").note
        with system("test"):
            gone = AuditEntry.objects.get(table_name="mediation_preventiveeffect", action="D")
        assert gone.before is not None
        assert gone.before["text"] == "劝阻。"

    def test_a_second_effect_of_one_kind_is_refused_in_words(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        effect(dispute, clerk)
        with pytest.raises(ValidationError, match="已经登记"):
            effect(dispute, clerk)


class TestWriting:
    def test_a_stale_change_is_refused(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        row = effect(dispute, clerk)
        with within(clerk), pytest.raises(StalePart):
            change_part(
                part_type=DISPUTE.part("effect"), record=dispute, actor=clerk, key=row.public_id, version=7, values={}
            )

    def test_a_closed_state_takes_no_part_and_a_stranger_finds_no_record(
        self, clerk: Membership, sibling_clerk: Membership
    ) -> None:
        dispute = dispute_in("registered", actor=clerk)
        values = {"at_time": None}
        with pytest.raises(NotPossible, match="当前状态不能登记"):
            add(dispute, "session", clerk, **values)
        with pytest.raises(Dispute.DoesNotExist):
            effect(dispute, sibling_clerk)

    def test_the_page_adds_changes_and_removes(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("mediating", actor=clerk, occurred_on=date(2026, 5, 18))
        client = client_for(clerk)
        page = reverse("disputes:add_part", args=[dispute.public_id, "evidence"])
        filled = {"name": "借条", "kind": "document", "provider": "张三丰", "received_on": "2026-05-18", "pages": "1"}
        assert client.post(page, {}).status_code == 422
        assert client.post(page, filled).status_code == 303
        with within(clerk):
            row = DISPUTE.part("evidence").rows(dispute).get()
        change = reverse("disputes:change_part", args=[dispute.public_id, "evidence", row.public_id])
        assert 'value="借条"' in client.get(change).content.decode()
        assert client.post(change, filled | {"name": "借条原件", "version": "1"}).status_code == 303
        stale = client.post(change, filled | {"name": "另一张", "version": "1"})
        assert stale.status_code == 422
        assert "借条原件" in stale.content.decode()
        assert "另一张" in stale.content.decode()
        shown = client.get(reverse("disputes:detail", args=[dispute.public_id]) + "?tab=records").content.decode()
        assert "借条原件" in shown
        remove = reverse("disputes:remove_part", args=[dispute.public_id, "evidence", row.public_id])
        assert client.post(remove, {"version": "2"}).status_code == 422
        assert client.post(remove, {"version": "2", "note": "重复"}).status_code == 303
        with within(clerk):
            assert not DISPUTE.part("evidence").rows(dispute).exists()

    def test_a_masked_number_stays_what_it_is(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        number = resident_id(7).number
        with within(clerk):
            party = dispute.parties.first()
        agent = add(
            dispute, "agent", clerk, party=party, name="李律", id_number=number, powers="general", authorised_on=TODAY
        )
        address = reverse("disputes:change_part", args=[dispute.public_id, "agent", agent.public_id])
        client = client_for(clerk)
        page = client.get(address).content.decode()
        assert number not in page
        assert party is not None
        masked = f"{number[:6]}********{number[-4:]}"
        filled = {"party": party.pk, "name": "李律师", "id_number": masked, "powers": "special"}
        assert client.post(address, filled | {"authorised_on": "2026-05-20", "version": "1"}).status_code == 303
        with within(clerk):
            kept = Agent.objects.get()
        assert (kept.name, kept.id_number) == ("李律师", number)


class TestPerformance:
    def items(self, clerk: Membership) -> tuple[Dispute, list[PerformanceItem]]:
        """Return a dispute whose agreement is to be performed in two parts."""
        parts = [
            {"content": f"第{n}期", "debtor": "李四光", "amount": 100_000, "due_on": date(2026, 6, n)} for n in (5, 25)
        ]
        dispute = dispute_in("performing", actor=clerk, step_values={"agree_in_writing": {"items": parts}})
        with within(clerk):
            return dispute, list(PerformanceItem.objects.filter(dispute=dispute))

    def test_the_due_date_follows_the_next_open_item(self, clerk: Membership) -> None:
        dispute, (first, _second) = self.items(clerk)
        with within(clerk):
            change_part(
                part_type=DISPUTE.part("item"),
                record=dispute,
                actor=clerk,
                key=first.public_id,
                version=1,
                values={"done_on": TODAY, "proof": "收条"},
            )
            dispute = Dispute.objects.get(pk=dispute.pk)
        assert (dispute.performance, dispute.due_on) == ("partial", date(2026, 6, 25))

    def test_performing_the_whole_performs_what_is_open(self, clerk: Membership) -> None:
        dispute, _items = self.items(clerk)
        take_step(dispute, "perform", actor=clerk, on=TODAY)
        with within(clerk):
            assert set(PerformanceItem.objects.values_list("done_on", flat=True)) == {TODAY}


def test_a_receipt_ends_the_wait_for_it(clerk: Membership) -> None:
    dispute = dispute_in("transferred", actor=clerk)
    assert dispute.due_on is not None
    with within(clerk):
        row = Transfer.objects.get()
        change_part(
            part_type=DISPUTE.part("transfer_record"),
            record=dispute,
            actor=clerk,
            key=row.public_id,
            version=1,
            values={"receipt_on": TODAY, "receiver": "王警官"},
        )
        dispute = Dispute.objects.get(pk=dispute.pk)
    assert (dispute.due_rule, dispute.due_on) == (CLOSE_WITHIN, due_date(CLOSE_WITHIN, TODAY).on)

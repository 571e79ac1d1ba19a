"""Rows of a dispute for tests: parts, sittings, items of an agreement."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from casework.parts import add_part, change_part
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute, Transfer
from offices.models import Membership
from offices.scoping import within


def items(*days: date) -> list[dict[str, Any]]:
    """Return things to be done under an agreement, one by each day."""
    return [{"content": "付款", "debtor": "李四光", "amount": 100_000, "due_on": day} for day in days]


def part(dispute: Dispute, code: str, actor: Membership, **values: Any) -> Any:
    """Add a part to a dispute."""
    with within(actor):
        return add_part(part_type=DISPUTE.part(code), record=dispute, actor=actor, values=values)


def sitting(dispute: Dispute, actor: Membership, on: date) -> Any:
    """Write down a sitting of a morning."""
    at_time = timezone.make_aware(datetime.combine(on, time(9, 30)))
    more = {"place": "调解室", "way": "face_to_face", "recorder": "周晓兰", "text": "双方陈述。", "result": "none"}
    return part(dispute, "session", actor, at_time=at_time, **more)


def receive(dispute: Dispute, actor: Membership, on: date) -> Dispute:
    """Note the receipt of a transfer."""
    with within(actor):
        row = Transfer.objects.get(dispute=dispute)
        change_part(
            part_type=DISPUTE.part("transfer_record"), record=dispute, actor=actor, key=row.public_id, version=1,
            values={"receipt_on": on, "receiver": "王警官"},
        )  # fmt: skip
        return Dispute.objects.get(pk=dispute.pk)

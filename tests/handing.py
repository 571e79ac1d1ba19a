"""Handing disputes over in tests: offers, acceptances, a town of random business."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from casework import handovers
from casework.models import Handover
from mediation.models import Dispute, Mediator
from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import committee_of


def offered(dispute: Dispute, giver: Membership, receiver: Membership, **given: Any) -> Handover:
    """Offer a dispute to the office of another clerk, today."""
    values: dict[str, Any] = {"ground": "territory", "on": timezone.localdate(), "reason": "发生地在贵所辖区。"} | given
    with within(giver):
        return handovers.offer(record=dispute, actor=giver, to=receiver.office, **values)


def accepted(handover: Handover, receiver: Membership, on: date | None = None, **given: Any) -> Any:
    """Accept it there, with the receiver's own committee and, where one was named, its mediator."""
    with within(receiver):
        committee = committee_of(receiver.office)
        village = Village.objects.filter(office=receiver.office).earliest("code")
        values: dict[str, Any] = {"committee": committee, "village": village}
        if handover.record_state in {"assigned", "mediating"}:
            values["mediators"] = list(Mediator.objects.filter(committee=committee)[:1])
        return handovers.accept(
            handover=handover, actor=receiver, on=on or timezone.localdate(), **values | given
        )  # fmt: skip


def handed(dispute: Dispute, giver: Membership, receiver: Membership, on: date | None = None) -> Dispute:
    """Hand a dispute over, from offer to acceptance."""
    day = on or timezone.localdate()
    moved: Dispute = accepted(offered(dispute, giver, receiver, on=day), receiver, on=day)
    return moved

"""Corrections as two persons make them: a step's right day, the last step taken back, a record voided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from casework.correction_requests import ask, confirm
from casework.corrections import correct_step
from casework.history import last_step
from casework.models import Record
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.conftest import find_member
from tests.factories import dispute_in
from tests.reports.extras import part


def undone(record: Any, kind: str, clerk: Membership, head: Membership) -> Any:
    """Ask and confirm; return the record as it is stored."""
    with within(clerk):
        request = ask(record=record, actor=clerk, kind=kind, reason="点错了按钮")
    with within(head):
        confirm(request=request, actor=head)
    with within(clerk):
        return type(record).objects.get(pk=record.pk)


def with_day(record: Record, step: str, on: date, clerk: Membership) -> Any:
    """Correct the day of the last step of a kind."""
    with within(clerk):
        taken = last_step(record, step)
        assert taken is not None
        newest = taken.newest
        words = {"paper": newest.paper, "note": newest.note, "reason": "日期看错"}
        return correct_step(record=record, actor=clerk, event_id=taken.event.pk, on=on, **words)


def put_right(clerk: Membership, month: date) -> None:
    """Make cases of a month of which each was entered wrongly in one way, and put them right."""
    head, day = find_member("head"), month.replace(day=6)
    for state in ("accepted", "failed", "transferred", "agreed_oral", "closed"):
        undone(dispute_in(state, actor=clerk, on=day), "take_back", clerk, head)
        undone(dispute_in(state, actor=clerk, on=day), "void", clerk, head)
    moves = {"failed": "fail", "transferred": "transfer", "agreed_oral": "agree_orally"}
    for state, step in moves.items():
        late: Dispute = dispute_in(state, actor=clerk, on=day, step_dates={step: month + timedelta(days=31)})
        with_day(late, step, day, clerk)
    prevented = dispute_in("agreed_written", actor=clerk, on=day)
    with within(clerk):
        part(clerk, prevented, "effect", kind="suicide", on=day, persons=3)
        part(clerk, prevented, "escalation", kind="crime", on=day, persons=3, deaths=1)
    undone(prevented, "void", clerk, head)

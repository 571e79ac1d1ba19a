"""Correcting the day, paper or note of a step that was entered wrongly (ADR 0027)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.deadlines import due_date
from casework.history import StepTaken, last_step, steps_of
from casework.lines import RecordType, record_type
from casework.models import (
    CORRECTED,
    DeadlineRule,
    Record,
)
from casework.services import add_event, correct_event, lock, save_record
from casework.workflow import VOID, NotPossible
from offices.models import Membership
from offices.permissions import Action, may

OPENED = "opened"


def dates_of(kind: RecordType, step: str) -> tuple[str, ...]:
    """Return the fields of a record that keep the day of a step."""
    if step == OPENED:
        return ("registered_on",)
    return next((one.dates for one in kind.workflow.transitions if one.code == step), ())


def is_correctable(kind: RecordType, step: StepTaken) -> bool:
    """Tell whether a step's day, paper and note can be corrected: an arrival from another office is the other's too."""
    return kind.correcting is not None and step.kind in {OPENED, *(one.code for one in kind.workflow.transitions)}


@transaction.atomic
def correct_step(
    *, record: Record, actor: Membership, event_id: int, on: date, paper: str = "", note: str = "", reason: str
) -> Record:
    """Correct the day, paper or note of a step: its field, limit and counted event follow its day.

    Raises NotPossible for a step that does not stand, ValidationError for a day out of order.
    """
    kind = record_type(record.record_type())
    require(actor, Action.CORRECT_RECORD, kind)
    locked = lock(record)
    steps = steps_of(locked)
    place = next((n for n, step in enumerate(steps) if step.event.pk == event_id), None)
    if place is None or not is_correctable(kind, steps[place]) or locked.state == VOID:
        raise NotPossible(_("这一步已经撤回，或者不能更正。"))
    step = steps[place]
    if (on, paper, note) == (step.on, step.newest.paper, step.newest.note):
        raise ValidationError(_("日期、文书和说明都没有改动。"))
    if on != step.on:
        _in_order(kind, steps, place, on)
        _move_day(kind, locked, steps, place, on)
    locked.version += 1
    save_record(locked)
    _note_correction(locked, actor, step, on, paper, note, reason)
    return locked


def note_right_day(record: Record, *, actor: Membership, step: str, on: date, reason: str) -> None:
    """Let the history follow a service that has itself corrected the day of a step."""
    taken = last_step(record, step)
    if taken is not None and taken.on != on:
        _note_correction(record, actor, taken, on, taken.newest.paper, taken.newest.note, reason)


def _note_correction(
    record: Record, actor: Membership, step: StepTaken, on: date, paper: str, note: str, reason: str
) -> None:
    told = {"why": reason}
    add_event(record, actor=actor, kind=CORRECTED, on=on, paper=paper, note=note, details=told, corrects=step.event)


def step_label(kind: RecordType, step: str) -> str:
    """Return the name of a step."""
    labels = {one.code: one.label for one in kind.workflow.transitions}
    return str(labels.get(step) or {OPENED: _("登记"), "handed_over": _("移交其他司法所")}.get(step, step))


def _in_order(kind: RecordType, steps: list[StepTaken], place: int, on: date) -> None:
    words: dict[str, Any] = {}
    text = ""
    if place and on < (before := steps[place - 1]).on:
        text = _("日期不能早于上一步“%(step)s”（%(day)s）。")
        words = {"step": step_label(kind, before.kind), "day": before.on.isoformat()}
    elif place + 1 < len(steps) and on > (after := steps[place + 1]).on:
        text = _("日期不能晚于下一步“%(step)s”（%(day)s）。")
        words = {"step": step_label(kind, after.kind), "day": after.on.isoformat()}
    elif on > timezone.localdate():
        text = _("日期不能晚于今天。")
    if text:
        raise ValidationError({"on": text % words})


def _move_day(kind: RecordType, record: Record, steps: list[StepTaken], place: int, on: date) -> None:
    assert kind.correcting is not None
    step, later = steps[place], steps[place + 1 :]
    transitions = {one.code: one for one in kind.workflow.transitions}
    kept_later = {name for one in later for name in dates_of(kind, one.kind)}
    for name in dates_of(kind, step.kind):
        # A later step has put its own day there, or emptied it.
        if name not in kept_later and getattr(record, name) is not None:
            setattr(record, name, on)
    if all(one.kind in transitions and transitions[one.kind].keeps_due for one in later):
        _move_limit(record, step, on)
    for name, value in kind.correcting.follow(record, step, on).items():
        setattr(record, name, value)
    counted_later = {name for one in later if one.kind in transitions for name in transitions[one.kind].counts}
    for name in transitions[step.kind].counts if step.kind in transitions else ():
        if name not in counted_later:
            correct_event(record, name, on)


def _move_limit(record: Record, step: StepTaken, on: date) -> None:
    """Let the limit that still runs from a step run from its right day. A date that parties agreed stays."""
    running = record.due_on.isoformat() if record.due_on else None
    # Only steps keep their limit, and one that was corrected before no longer reads as the step wrote it.
    # After a change of the calendar the record alone knows from when its limit runs.
    is_own = (
        step.kind == OPENED
        or step.corrections
        or step.event.details.get("due_on") == running
        or record.due_since == step.on
    )
    if not record.due_rule or not is_own:
        return
    try:
        if record.due_on == due_date(record.due_rule, step.on).on:
            record.due_on, record.due_since = due_date(record.due_rule, on).on, on
    except DeadlineRule.DoesNotExist:
        return


def require(actor: Membership, action: Action, kind: RecordType) -> None:
    """Raise PermissionError without the right in the line."""
    if not may(actor, action, kind.line):
        raise PermissionError(kind.code)

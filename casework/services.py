"""The only writers of a record's state, number, version and due date: one deed, one function, one transaction."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.deadlines import due_date
from casework.history import standing_steps
from casework.jobs import hint_marks
from casework.models import CountedEvent, DeadlineRule, Record, RecordEvent, RecordLink, RecordRow
from casework.numbering import take_numbers
from casework.workflow import Deed, Workflow, set_due, take_step
from offices.models import Membership
from offices.permissions import may

RecordT = TypeVar("RecordT", bound=Record)

# Entries of a history when a new calendar is counted by.
RECOMPUTED, LIMIT_KEPT = "recomputed", "limit_kept"
AT_ONCE = 2000


class StaleRecord(Exception):
    """Somebody saved the record meanwhile. ``record`` is as it stands now."""

    def __init__(self, record: Record) -> None:
        super().__init__(_("这条记录刚被他人修改。"))
        self.record = record


class OutOfReach(RuntimeError):
    """A saved row is not visible under the scope that saved it: the deed is rolled back."""


@transaction.atomic
def open_record(
    *,
    record: RecordT,
    actor: Membership,
    workflow: Workflow,
    starts: str = "",
    note: str = "",
    under: Record | None = None,
) -> RecordT:
    """Save a new record in the first state, with its first history entry and, where ``starts``, a due date.

    It lies with the actor's office, or with the office of the record ``under`` which it is opened from above.
    """
    if under is None:
        record.office, record.county, record.city = actor.office, actor.office.county, actor.office.city  # type: ignore[assignment]
    else:
        record.office_id, record.county_id, record.city_id = under.office_id, under.county_id, under.city_id
    record.created_by = actor.user
    record.state = workflow.initial
    set_due(record, starts, record.registered_on, _last_day)
    record.full_clean(exclude=["office", "county", "city", "created_by"])
    record.save(force_insert=True)
    _read_back(record)
    add_event(record, actor=actor, kind="opened", on=record.registered_on, to_state=record.state, note=note)
    # Without it a new record is found by the next tick only.
    hint_marks()
    return record


@transaction.atomic
def amend_record(
    *, record: RecordT, actor: Membership, version: int, changes: dict[str, Any], note: str = ""
) -> RecordT:
    """Set fields of a record and raise its version.

    Raises StaleRecord when the record is no longer at ``version``, ValidationError for values the model refuses.
    """
    locked = lock(record)
    if locked.touched_since(version):
        raise StaleRecord(locked)
    changed = [name for name, value in changes.items() if getattr(locked, name) != value]
    for name in changed:
        setattr(locked, name, changes[name])
    locked.version += 1
    save_record(locked)
    add_event(locked, actor=actor, kind="amended", note=note, details={"fields": changed})
    return locked


@transaction.atomic
def move_record(
    *,
    record: RecordT,
    actor: Membership,
    workflow: Workflow,
    step: str,
    on: date,
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    note: str = "",
    paper: str = "",
    number: tuple[str, str, str] | None = None,
    due_from: date | None = None,
    due_on: date | None = None,
    starts: str | None = None,
) -> RecordT:
    """Take one step: lock, table, guard, fields, state, due date, number, history, counted events.

    The step is a casework.workflow.Deed; ``paper`` names the paper by which the decider decided;
    ``number`` is (body, kind, pattern with {year} and {n}).
    Raises NotPossible with the reason for the user, PermissionError without the right.
    """
    locked = lock(record)
    transition = workflow.transition(step)
    if not may(actor, transition.action, record._meta.app_label):
        raise PermissionError(step)
    deed = Deed(
        step=step, on=on, changes=changes or {}, facts=facts or {}, due_from=due_from, due_on=due_on, starts=starts
    )
    entry = take_step(locked, workflow, deed, _last_day)
    in_order(locked, on)
    if number and not locked.number:
        body, kind, pattern = number
        locked.number_body = body
        locked.number = pattern.format(year=on.year, n=take_numbers(body, on.year, kind))
    save_record(locked)
    add_event(locked, actor=actor, note=note, paper=paper, **entry)
    for kind in transition.counts:
        count_event(locked, kind=kind, on=on)
    return locked


@transaction.atomic
def follow(record: RecordT, **changes: Any) -> RecordT:
    """Set fields that follow from a part of the record (its history is the part's), and return the record as saved.

    Another ``due_on`` is by rule only where ``due_since`` says from when that runs.
    """
    locked = lock(record)
    if "due_on" in changes:
        changes = {"due_since": None} | changes
    for name, value in changes.items():
        setattr(locked, name, value)
    save_record(locked)
    return locked


@transaction.atomic
def move_limits(
    model: type[Record], workflow: Workflow, limit: dict[str, Any], *, to: date | None, user_id: int, note: str
) -> int:
    """Give open records with one ``limit`` (rule, first and last day) another last day; return how many.

    Without ``to`` they keep it, and their history says so. The version stays: nobody's amendment becomes stale.
    """
    moved = 0
    rows = model._default_manager.filter(state__in=workflow.open_states(), **limit).order_by("pk")
    names = ("pk", "office_id", "county_id", "city_id")
    last = 0
    while found := list(rows.filter(pk__gt=last).select_for_update(of=("self",)).values_list(*names)[:AT_ONCE]):
        if to is not None:
            model._default_manager.filter(pk__in=[key for key, *_units in found]).update(due_on=to)
        _note_limits(model, found, to=to, user_id=user_id, note=note)
        moved, last = moved + len(found), found[-1][0]
    return moved


def _note_limits(
    model: type[Record], found: list[tuple[int, int, int, int]], *, to: date | None, user_id: int, note: str
) -> None:
    said = {
        "record_type": model.record_type(),
        "line": model._meta.app_label,
        "kind": RECOMPUTED if to else LIMIT_KEPT,
        "happened_on": timezone.localdate(),
        "decider": "system",
        "user_id": user_id,
        "note": note,
        "details": {"due_on": to.isoformat()} if to else {},
    }
    RecordEvent.objects.bulk_create(
        RecordEvent(record_id=key, office_id=office, county_id=county, city_id=city, **said)
        for key, office, county, city in found
    )


def link_records(source: Record, record: Record, *, actor: Membership) -> RecordLink:
    """Keep out of which record another one was opened."""
    link = RecordLink(
        record_type=record.record_type(),
        record_id=record.pk,
        source_type=source.record_type(),
        source_id=source.pk,
        line=record._meta.app_label,
        user=actor.user,
    )
    link.office_id, link.county_id, link.city_id = record.office_id, record.county_id, record.city_id
    link.save(force_insert=True)
    return link


def by_the_system(user_id: int) -> Membership:
    """Return the actor of what the portal does by itself, in the name of whoever opened the record.

    The entry's decider is then "system", which is what its page says.
    """
    return Membership(user_id=user_id)


def lock(record: RecordT) -> RecordT:
    """Return the record as it stands now, locked until the transaction ends."""
    return type(record).objects.select_for_update(of=("self",)).get(pk=record.pk)


def uncount_event(record: Record | RecordRow, *, kind: str) -> None:
    """Take back what was counted by mistake: its event is replaced by nothing."""
    correct_event(record, kind, None)


def count_event(record: Record | RecordRow, *, kind: str, on: date) -> None:
    """Count an event for the record's office; an earlier one of the same kind is replaced, never changed.

    A correction stays with the unit that the event counted for, wherever the record lies now. Raises ValidationError
    for a day that would carry it across a hand-over.
    """
    if correct_event(record, kind, on):
        return
    event = CountedEvent(
        record_type=record.record_type(), record_id=record.pk, kind=kind, on=on, line=record._meta.app_label
    )
    event.office_id, event.county_id, event.city_id = record.office_id, record.county_id, record.city_id
    event.save(force_insert=True)


def correct_event(record: Record | RecordRow, kind: str, on: date | None) -> bool:
    """Give the record's event of a kind another day, or take it back; return whether there is one."""
    # In the database: the event may count for a unit that has handed the record over, out of the actor's scope.
    with connection.cursor() as cursor:
        cursor.execute("SELECT correct_event(%s, %s, %s, %s)", [record.record_type(), record.pk, kind, on])
        outcome = str(cursor.fetchone()[0])
    if outcome not in {"none", "same", "done"}:
        raise ValidationError(_("该件于 %(day)s 移交过，计入统计的日期不能越过这一天。") % {"day": outcome})
    return outcome != "none"


def add_event(
    record: Record,
    *,
    actor: Membership,
    kind: str,
    on: date | None = None,
    note: str = "",
    paper: str = "",
    from_state: str = "",
    to_state: str = "",
    decider: str = "",
    details: dict[str, Any] | None = None,
    corrects: RecordEvent | None = None,
) -> RecordEvent:
    """Add one entry to a record's history."""
    event = RecordEvent(
        record_type=record.record_type(),
        record_id=record.pk,
        line=record._meta.app_label,
        kind=kind,
        from_state=from_state,
        to_state=to_state,
        happened_on=on or timezone.localdate(),
        decider=decider,
        user_id=actor.user_id,
        note=note,
        paper=paper,
        details=details or {},
        corrects=corrects,
    )
    event.office_id, event.county_id, event.city_id = record.office_id, record.county_id, record.city_id
    event.save(force_insert=True)
    return event


def in_order(record: Record, on: date) -> None:
    """Raise ValidationError for a day before the record's last step."""
    steps = standing_steps(record_type=record.record_type(), record_id=record.pk)
    kind, last = steps.order_by("-id").values_list("kind", "day").first() or ("", None)
    # The day of registration may have been corrected since: the record says it, the history what was said first.
    last = record.registered_on if kind == "opened" else last
    if last is not None and on < last:
        raise ValidationError({"on": _("日期不能早于上一步（%(day)s）。") % {"day": last.isoformat()}})


def _last_day(rule: str, start: date) -> date:
    try:
        return due_date(rule, start).on
    except DeadlineRule.DoesNotExist:
        text = _("%(day)s时还没有这项业务的期限规则，请核对日期。")
        raise ValidationError(text % {"day": start.isoformat()}) from None


def save_record(record: Record) -> None:
    """Save a locked record that a service has changed, and read it back under the scope."""
    record.full_clean(exclude=["office", "county", "city", "created_by"])
    # Without force_update a row that left the scope would be inserted a second time.
    record.save(force_update=True)
    _read_back(record)
    # Without it the dashboards learn of the deed by the next tick only.
    hint_marks()


def _read_back(record: Record) -> None:
    if not type(record).objects.filter(pk=record.pk).exists():
        raise OutOfReach(record.record_type())

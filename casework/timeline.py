"""Reading a record for its page: progress, deadline, history, parts, audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework.calendars import work_calendar
from casework.codes import code_label
from casework.correction_reading import LABELS, Corrections
from casework.deadlines import rule_on
from casework.history import history_of, standing
from casework.lines import PartType, RecordType
from casework.models import TAKEN_BACK, CodesField, DeadlineRule, Record, RecordEvent
from casework.services import LIMIT_KEPT, RECOMPUTED
from casework.showing import facts_of
from casework.templatetags.casework import list_date
from offices.models import AuditEntry
from offices.permissions import Action

Address = Callable[..., str]
MOST_ENTRIES = 200
SOON_DAYS = 7
# What a person never reads in the log: bookkeeping columns that change with every save.
BOOKKEEPING = frozenset(
    {
        "id",
        "date",
        "version",
        "updated_at",
        "office_id",
        "county_id",
        "city_id",
        "line",
        "due_rule",
        "due_since",
        "number_body",
    }
)


# Entries of every record's history that hand-overs write; their details name both units.
HANDED = {
    "handover_offered": gettext_lazy("提出移交"),
    "handed_over": gettext_lazy("移交其他司法所"),
    "handover_returned": gettext_lazy("移交被退回"),
    "handover_withdrawn": gettext_lazy("撤回移交"),
}


def events_of(record: Record) -> list[RecordEvent]:
    """Return the history, newest first."""
    return list(history_of(record).select_related("user")[:MOST_ENTRIES])


def milestones(record_type: RecordType, record: Record, events: list[RecordEvent]) -> list[dict[str, Any]]:
    """Return the steps of the progress bar: done, now or to do, with the day each was reached.

    ``events`` are the record's history, newest first.
    """
    # A state that was reached twice keeps the day of the first time.
    reached: dict[str, date] = {}
    for step in standing(events):
        reached.setdefault(step.event.to_state, step.on)
    places = [place for place, (_label, states) in enumerate(record_type.milestones) if record.state in states]
    seen = [place for place, (_label, states) in enumerate(record_type.milestones) if states & reached.keys()]
    # Outside every milestone (rejected, failed, transferred) the bar stays at the last one that was reached.
    now = places[0] if places else max(seen, default=-1)
    found = []
    for place, (label, states) in enumerate(record_type.milestones):
        days = [reached[state] for state in states & reached.keys()]
        status = "now" if place == now else ("done" if days else "todo")
        found.append({"label": label, "status": status, "sub": min(days).isoformat() if days else ""})
    return found


def remaining(due_on: date, today: date) -> tuple[str, str]:
    """Return how far a due date is in words, and its tone: red when it has passed, amber within seven days."""
    days = (due_on - today).days
    if days < 0:
        return ngettext("逾期 %(n)d 天", "逾期 %(n)d 天", -days) % {"n": -days}, "red"
    if days == 0:
        return _("今天到期"), "amber"
    return ngettext("还有 %(n)d 天", "还有 %(n)d 天", days) % {"n": days}, "amber" if days <= SOON_DAYS else "neutral"


def deadline_of(
    record_type: RecordType, record: Record, events: list[RecordEvent], today: date
) -> dict[str, Any] | None:
    """Return the deadline bar of a record with a due date: words, date, article. ``events`` are newest first."""
    if record.due_on is None:
        return None
    text, tone = remaining(record.due_on, today)
    basis = ""
    if record.due_rule:
        try:
            basis = rule_on(record.due_rule, _began_on(record_type, record, events)).article
        except DeadlineRule.DoesNotExist:
            basis = ""
    reminder = record_type.reminder(record.state, record.due_rule)
    label = reminder.text if reminder else _("办理期限")
    day = list_date(record.due_on)
    if work_calendar().is_provisional(record.due_on):
        day = _("%(day)s（该年放假安排未公布，暂定）") % {"day": day}
    return {"label": label, "text": text, "date": day, "basis": basis, "tone": tone}


def _began_on(record_type: RecordType, record: Record, events: list[RecordEvent]) -> date:
    """Return the day from which the running limit counts: a rule that was adopted later does not hold for it."""
    steps = standing(events)
    starting = {step.code for step in record_type.workflow.transitions if step.starts == record.due_rule}
    days = [step.on for step in steps if step.kind in starting] or [step.on for step in steps]
    return days[-1] if days else record.registered_on


def timeline_of(
    record_type: RecordType, record: Record, events: list[RecordEvent], address: Address, *, may_correct: bool
) -> list[dict[str, Any]]:
    """Return a record's history as the page shows it: title, by whom, when, in a sentence; what can be corrected."""
    corrections = Corrections(record_type, events, entry_labels(record_type))
    found = []
    for event in events:
        decider = record_type.workflow.deciders.get(event.decider, "")
        between = f"{event.details['from']} → {event.details['to']}" if event.kind in HANDED else ""
        entry = {
            "title": corrections.title(event),
            "by": _("系统") if event.decider == "system" else event.user.name,
            "at": event.at,
            "text": corrections.text(event, decider, between),
            "kind": "key" if event.to_state or event.kind == TAKEN_BACK else "normal",
            **corrections.more(event, decider),
        }
        if may_correct:
            entry["correct_url"] = corrections.correct_url(event, address, record)
        found.append(entry)
    return found


def entry_labels(record_type: RecordType) -> dict[str, Any]:
    """Return the titles of the entries in a record's history, by their kind."""
    labels: dict[str, Any] = {t.code: t.label for t in record_type.workflow.transitions}
    labels |= record_type.event_labels
    labels |= {"opened": _("登记"), "amended": _("修改"), "document": _("制作文书"), "file": _("上传材料")}
    labels |= HANDED | LABELS | {RECOMPUTED: _("重新计算期限"), LIMIT_KEPT: _("期限保持不变")}
    for part in record_type.parts:
        labels |= {
            f"{part.code}_added": _("登记%(what)s") % {"what": part.label},
            f"{part.code}_changed": _("修改%(what)s") % {"what": part.label},
            f"{part.code}_removed": _("删除%(what)s") % {"what": part.label},
        }
    return labels


def parts_of(
    record_type: RecordType, record: Record, address: Address, may: Callable[[Action], bool]
) -> list[dict[str, Any]]:
    """Return the kinds of parts of a record with their rows in full; a kind without rows or button is left out."""
    found = []
    for part in record_type.parts:
        can_write = record.state in part.states and may(part.action)
        items = [_part_row(part, row, record, address, can_write=can_write) for row in part.rows(record)]
        can_add = can_write and not (part.most and len(items) >= part.most)
        actions = []
        if can_add:
            label = _("登记%(what)s") % {"what": part.label}
            actions.append({"label": label, "url": address("add_part", record.public_id, part.code), "icon": "plus-lg"})
        if items or actions:
            found.append({"title": part.labels, "code": part.code, "items": items, "actions": actions})
    return found


def _part_row(part: PartType, row: Any, record: Record, address: Address, *, can_write: bool) -> dict[str, Any]:
    title, line = part.summary(row)
    change = address("change_part", record.public_id, part.code, row.public_id) if can_write else ""
    return {"title": title, "line": line, "facts": facts_of(row, part.facts), "change_url": change}


def audit_rows(record_type: RecordType, record: Record) -> list[dict[str, Any]]:
    """Return the field-level changes of a record's own row, newest first, as people read them."""
    entries = AuditEntry.objects.filter(table_name=record._meta.db_table, row_key=str(record.pk)).select_related("user")
    rows = []
    for entry in entries[:MOST_ENTRIES]:
        before, after = entry.before or {}, entry.after or {}
        names = sorted({*before, *after} - BOOKKEEPING) if entry.action == AuditEntry.Action.UPDATE else []
        changes = [
            {
                "field": field_label(record, name),
                "before": readable(record_type, record, name, before.get(name)),
                "after": readable(record_type, record, name, after.get(name)),
            }
            for name in names
        ]
        who = entry.user.name if entry.user else entry.source
        if changes or entry.action != AuditEntry.Action.UPDATE:
            rows.append({"at": entry.at, "by": who, "action": entry.get_action_display(), "changes": changes})
    return rows


def field_label(record: Record, column: str) -> str:
    """Return the name of a column as people read it."""
    found = next((field for field in record._meta.concrete_fields if field.column == column), None)
    return str(found.verbose_name) if found else column


def readable(record_type: RecordType, record: Record, column: str, value: Any) -> str:
    """Return a stored value as a person reads it; ciphertext is never shown."""
    if value is None or value == "":
        return ""
    if column == "state":
        return str(record_type.workflow.state(value).label)
    if column in record_type.log_values:
        return str(record_type.log_values[column](value))
    if isinstance(value, bool):
        return _("是") if value else _("否")
    field = next((field for field in record._meta.concrete_fields if field.column == column), None)
    if isinstance(field, CodesField):
        return _("、").join(code_label(field.table, code) for code in value)
    choices = dict(field.flatchoices) if field is not None else {}
    text = str(choices.get(value, value))
    return "******" if text.startswith("\\x") else text[:300]

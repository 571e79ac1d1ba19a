"""Reading a record for its page: progress, deadline, history, papers, files, audit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework import lines
from casework.calendars import work_calendar
from casework.codes import code_label
from casework.deadlines import rule_on
from casework.lines import PartType, RecordType
from casework.models import Attachment, CodesField, DeadlineRule, IssuedDocument, Record, RecordEvent
from casework.showing import facts_of
from casework.templatetags.casework import list_date, record_time
from offices.models import AuditEntry
from offices.permissions import Action

Address = Callable[..., str]
MOST_ENTRIES = 200
SOON_DAYS = 7
# What a person never reads in the log: bookkeeping columns that change with every save.
BOOKKEEPING = frozenset(
    {"id", "date", "version", "updated_at", "office_id", "county_id", "city_id", "line", "due_rule", "number_body"}
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
    found = RecordEvent.objects.filter(record_type=record.record_type(), record_id=record.pk)
    return list(found.select_related("user")[:MOST_ENTRIES])


def milestones(record_type: RecordType, record: Record, events: list[RecordEvent]) -> list[dict[str, Any]]:
    """Return the steps of the progress bar: done, now or to do, with the day each was reached.

    ``events`` are the record's history, newest first.
    """
    reached: dict[str, date] = {}
    for event in events:
        if event.to_state:
            reached[event.to_state] = event.happened_on
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
    steps = [event for event in events if event.to_state]
    starting = {step.code for step in record_type.workflow.transitions if step.starts == record.due_rule}
    days = [event.happened_on for event in steps if event.kind in starting] or [event.happened_on for event in steps]
    return days[0] if days else record.registered_on


def timeline_of(record_type: RecordType, events: list[RecordEvent]) -> list[dict[str, Any]]:
    """Return a record's history as the page shows it: title, by whom, when, in a sentence."""
    labels: dict[str, Any] = {t.code: t.label for t in record_type.workflow.transitions}
    labels |= record_type.event_labels
    labels |= {"opened": _("登记"), "amended": _("修改"), "document": _("制作文书"), "file": _("上传材料")}
    labels |= HANDED
    for part in record_type.parts:
        labels |= {
            f"{part.code}_added": _("登记%(what)s") % {"what": part.label},
            f"{part.code}_changed": _("修改%(what)s") % {"what": part.label},
            f"{part.code}_removed": _("删除%(what)s") % {"what": part.label},
        }
    found = []
    for event in events:
        decider = record_type.workflow.deciders.get(event.decider, "")
        day = "" if not event.to_state else event.happened_on.isoformat()
        between = f"{event.details['from']} → {event.details['to']}" if event.kind in HANDED else ""
        text = " · ".join(str(part) for part in (day, decider, between, event.paper, event.note) if part)
        kind = "key" if event.to_state else "normal"
        title = labels.get(event.kind, event.kind)
        by = _("系统") if event.decider == "system" else event.user.name
        found.append({"title": title, "by": by, "at": event.at, "text": text, "kind": kind})
    return found


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


def papers_panel(record_type: RecordType, record: Record, address: Address, *, may_make: bool) -> dict[str, Any]:
    """Return the panel of official papers: those issued with their pages, those that can be made, and why not."""
    issued: dict[str, IssuedDocument] = {}
    for one in IssuedDocument.objects.filter(record_type=record.record_type(), record_id=record.pk):
        issued[one.code] = one
    items = []
    offered = record_type.documents_of(record)
    for document in record_type.all_documents:
        paper = issued.get(document.code)
        if paper is None and document not in offered:
            continue
        possible = document in offered and record.state in document.states and not document.missing(record)
        item: dict[str, Any] = {"name": document.label}
        if paper:
            item["url"] = address("document", record.public_id, paper.public_id)
            pages = ngettext("%(n)d 页", "%(n)d 页", paper.pages) % {"n": paper.pages}
            item["line"] = f"{record_time(paper.at)} · {pages}"
        if possible and may_make:
            item["make_url"] = address("make_document", record.public_id, document.code)
            item["make_label"] = _("重新制作") if paper else _("制作")
        elif not paper:
            item |= {"state_label": _("待生成"), "state_tone": "amber"}
        items.append(item)
    return {"title": _("文书"), "template": "components/document_row.html", "items": items}


def files_panel(record: Record, address: Address, *, may_attach: bool) -> dict[str, Any]:
    """Return the panel of attached files."""
    labels = lines.record_type(record.record_type()).scan_labels
    items = [
        {
            "name": file.name,
            "url": address("file", record.public_id, file.public_id),
            "line": " · ".join(
                str(part)
                for part in (labels.get(file.paper), record_time(file.at), file.user.name, size_text(file.size))
                if part
            ),
            "icon": "file-earmark",
        }
        for file in Attachment.objects.filter(record_type=record.record_type(), record_id=record.pk).select_related(
            "user"
        )
    ]
    actions = [{"label": _("上传"), "url": address("attach", record.public_id)}] if may_attach else []
    return {"title": _("材料"), "template": "components/file_row.html", "items": items, "actions": actions}


def size_text(size: int) -> str:
    """Return a size in KB or MB."""
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


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

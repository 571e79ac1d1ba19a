"""Reading a hand-over for its page and for the page of its record: title, limit, facts, who did what."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from casework.deadlines import rule_on
from casework.lines import RecordType
from casework.models import Handover
from casework.tables import show_date
from casework.templatetags.casework import list_date, record_time
from casework.timeline import remaining

STATE = Handover.State
TONES = {STATE.OFFERED: "amber", STATE.ACCEPTED: "green", STATE.RETURNED: "red", STATE.WITHDRAWN: ""}
# A longer text takes the whole width.
LONG = 40


def between(handover: Handover) -> str:
    """Return both ends in words."""
    return f"{handover.office.short_name} → {handover.to_office.short_name}"


def heading(handover: Handover, kind: RecordType) -> dict[str, Any]:
    """Return the title bar."""
    meta = [
        (_("类型"), kind.label),
        (_("移交单位"), handover.office.short_name),
        (_("接收单位"), handover.to_office.short_name),
        (_("移交日期"), show_date(handover.offered_on)),
    ]
    return {
        "title": handover.title,
        "number": handover.frozen.get("number", ""),
        "state_label": STATE(handover.state).label,
        "state_tone": TONES[STATE(handover.state)],
        "meta": meta,
    }


def deadline_of(handover: Handover) -> dict[str, Any] | None:
    """Return the limit of an open offer as a record's page shows one."""
    if not handover.is_open or handover.due_on is None:
        return None
    text, tone = remaining(handover.due_on, timezone.localdate())
    basis = rule_on(handover.due_rule, handover.offered_on).article
    return {"label": _("接收期限"), "text": text, "date": list_date(handover.due_on), "basis": basis, "tone": tone}


def deed_facts(handover: Handover, kind: RecordType) -> list[tuple[Any, Any, bool]]:
    """Return why it was offered, and what was decided."""
    grounds = dict(kind.handing.grounds) if kind.handing else {}
    shown = [
        (_("移交事由"), grounds.get(handover.kind, handover.kind), False),
        (_("依据文书"), handover.paper, False),
        (_("移交理由"), handover.reason, True),
        (_("处理说明"), handover.decided_reason, True),
        (_("移交时状态"), kind.workflow.state(handover.record_state).label, False),
        (_("登记日期"), show_date(handover.registered_on), False),
    ]
    return [(label, value, wide) for label, value, wide in shown if value]


def frozen_facts(handover: Handover, kind: RecordType) -> list[tuple[Any, SafeString, bool]]:
    """Return what was frozen, marked as Chinese: it is read as it was written."""
    labels = kind.handing.labels if kind.handing else {}
    return [
        (label, format_html('<span lang="zh-hans">{}</span>', text), len(text) > LONG)
        for name, label in labels.items()
        if (text := handover.fact(name))
    ]


def deeds(handover: Handover) -> list[dict[str, Any]]:
    """Return who offered and who decided, as the timeline of a record."""
    offer = {"title": _("提出移交"), "by": handover.offered_by.name, "at": handover.offered_at, "kind": "key"}
    found = [offer | {"text": f"{show_date(handover.offered_on)} · {between(handover)}"}]
    if handover.decided_at is not None:
        by = handover.decided_by.name if handover.decided_by else _("系统")
        entry = {"title": STATE(handover.state).label, "by": by, "at": handover.decided_at, "kind": "key"}
        found.insert(0, entry | {"text": show_date(handover.decided_on)})
    return found


def panel_of(rows: list[Handover]) -> dict[str, Any] | None:
    """Return the hand-overs of a record as a panel of its page; None without any."""
    items = [
        {
            "name": between(handover),
            "url": reverse("handover", args=[handover.public_id]),
            "line": record_time(handover.offered_at),
            "icon": "arrow-left-right",
            "state_label": STATE(handover.state).label,
            "state_tone": TONES[STATE(handover.state)],
        }
        for handover in rows
    ]
    return {"title": _("业务移交"), "template": "components/file_row.html", "items": items} if items else None

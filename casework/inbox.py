"""The inbox: what is due, by urgency, over every line. One query counts, one lists, however many records there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.lines import RecordType, Reminder, record_types
from casework.templatetags.casework import list_date
from casework.timeline import remaining
from offices.models import Membership
from offices.permissions import Action, may

SHOWN = 50
GROUPS = ("late", "today", "week", "later")

# Panels of the home page that apps above casework add: a function of the membership that returns one, or None.
panels: list[Callable[[Membership], dict[str, Any] | None]] = []


def bounds(today: date) -> dict[str, Q]:
    """Return the four groups as conditions on the due date; the week ends on Sunday."""
    sunday = today + timedelta(days=6 - today.weekday())
    return {
        "late": Q(due_on__lt=today),
        "today": Q(due_on=today),
        "week": Q(due_on__gt=today, due_on__lte=sunday),
        "later": Q(due_on__gt=sunday),
    }


def readable_types(membership: Membership) -> list[RecordType]:
    """Return the record types whose pages the person may open."""
    return [kind for kind in record_types() if may(membership, Action.READ_RECORD, kind.line)]


def due_counts(membership: Membership) -> int:
    """Return how many records are overdue or due today: the number beside the menu's first item."""
    day = timezone.localdate()
    return sum(kind.model.objects.filter(due_on__lte=day).count() for kind in readable_types(membership))


def groups_of(membership: Membership, today: date, *, only: str = "") -> list[dict[str, Any]]:
    """Return the groups that are not empty, each with its count and its first rows, nearest first."""
    found = []
    limits = bounds(today)
    kinds = readable_types(membership)
    counts = dict.fromkeys(GROUPS, 0)
    for kind in kinds:
        asked = {key: Count("pk", filter=limit) for key, limit in limits.items()}
        for key, number in kind.model.objects.filter(due_on__isnull=False).aggregate(**asked).items():
            counts[key] += number
    titles = {"late": _("已逾期"), "today": _("今天到期"), "week": _("本周内"), "later": _("以后")}
    left = SHOWN
    for key in GROUPS:
        if not counts[key] or (only and key != only):
            continue
        rows = [row for kind in kinds for row in _rows(membership, kind, limits[key], today, left)]
        left = max(left - len(rows), 0)
        rest = counts[key] - len(rows)
        more = f"{reverse('home')}?group={key}"
        found.append(
            {"key": key, "title": titles[key], "count": counts[key], "rows": rows, "rest": rest, "more_url": more}
        )
    return found


def _rows(membership: Membership, kind: RecordType, limit: Q, today: date, most: int) -> list[dict[str, Any]]:
    reminders = {state: reminder for reminder in kind.reminders for state in reminder.states}
    names = ("public_id", "title", "number", "state", "due_on", "registered_on")
    found = kind.model.objects.filter(limit).order_by("due_on", "pk").values_list(*names)[:most]
    may_handle = may(membership, Action.HANDLE_RECORD, kind.line)
    return [_row(kind, row, reminders, today, may_handle=may_handle) for row in found]


def _row(
    kind: RecordType, row: tuple[Any, ...], reminders: dict[str, Reminder], today: date, *, may_handle: bool
) -> dict[str, Any]:
    ref, title, number, state, due_on, registered_on = row
    reminder = reminders.get(state)
    words, tone = remaining(due_on, today)
    context = [number or _("%(day)s 登记") % {"day": registered_on.isoformat()}, str(kind.workflow.state(state).label)]
    shown = {
        "tag": kind.label,
        "tone": "blue",
        "title": f"{title}{_('：')}{reminder.text}" if reminder else title,
        "url": reverse(f"{kind.slug}:detail", args=[ref]),
        "context": " · ".join(context),
        "due_label": list_date(due_on),
        "due_text": words,
        "due_tone": tone if tone != "neutral" else "",
    }
    if reminder and reminder.step and may_handle:
        shown |= {
            "action_label": reminder.action,
            "action_url": reverse(f"{kind.slug}:step", args=[ref, reminder.step]),
        }
    return shown


def cases(number: int) -> str:
    """Return the unit that stands after a number of cases."""
    return ngettext("件", "件", number)


def stats_of(membership: Membership, today: date) -> list[dict[str, Any]]:
    """Return the strip of figures: open records, due today or before, registered this month and last month."""
    shown = []
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    for kind in readable_types(membership):
        found = kind.model.objects.filter(state__in=kind.workflow.open_states()).aggregate(
            open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today))
        )
        recent = kind.model.objects.filter(registered_on__gte=before).aggregate(
            month=Count("pk", filter=Q(registered_on__gte=month)), before=Count("pk", filter=Q(registered_on__lt=month))
        )
        address = reverse(f"{kind.slug}:list")
        shown += [
            {
                "label": _("在办%(what)s") % {"what": kind.labels},
                "value": found["open"],
                "unit": cases(found["open"]),
                "url": f"{address}?state=open",
            },
            {
                "label": _("其中逾期"),
                "value": found["late"],
                "unit": cases(found["late"]),
                "url": f"{reverse('home')}?group=late",
            },
            {
                "label": _("本月登记"),
                "value": recent["month"],
                "unit": cases(recent["month"]),
                "note": ngettext("上月 %(n)d 件", "上月 %(n)d 件", recent["before"]) % {"n": recent["before"]},
                "url": f"{address}?since={month.isoformat()}",
            },
        ]
    return shown

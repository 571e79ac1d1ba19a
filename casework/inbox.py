"""The inbox: what is due, by urgency, over every line. One query counts, one lists, however many records there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.asked import not_void
from casework.handovers import waiting_for
from casework.lines import RecordType, record_types
from casework.models import Handover
from casework.templatetags.casework import list_date
from casework.timeline import remaining
from offices.models import Membership
from offices.permissions import Action, may

SHOWN = 50
# Stands for a record type in the questions over all of them.
HANDOVER = "handover"
GROUPS = ("late", "today", "week", "later")

# Panels of the home page that apps above casework add: a function of the membership that returns one, or None. One
# with ``leads`` stands at the head of the page.
panels: list[Callable[[Membership], dict[str, Any] | None]] = []
# What else waits for a person's deed and is counted beside an entry of the menu, by the code that the entry names: a
# query that apps above casework add.
waits: dict[str, Callable[[Membership], QuerySet[Any]]] = {HANDOVER: waiting_for}


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


def types_with_tasks(membership: Membership) -> list[RecordType]:
    """Return those of them whose records may be due: every page asks about them."""
    return [kind for kind in readable_types(membership) if kind.reminders]


def due_counts(membership: Membership) -> tuple[int, dict[str, int]]:
    """Return the numbers of the menu: how much of the inbox is overdue or due today, and how much waits, by code."""
    day = timezone.localdate()
    due = Q(due_on__lte=day)
    records = {"late": Count("pk"), "number": Value(0)}
    tagged = [_tagged(kind.model.objects.filter(due), "", records) for kind in types_with_tasks(membership)]
    # Of what waits, hand-overs alone stand in the inbox.
    also_due = {HANDOVER: Count("pk", filter=due)}
    tagged += [
        _tagged(rows(membership), code, {"late": also_due.get(code, Value(0)), "number": Count("pk")})
        for code, rows in waits.items()
    ]
    # One question whatever the number of record types: every page asks it.
    found = list(tagged[0].union(*tagged[1:], all=True))
    return sum(late for _code, late, _all in found), {code: number for code, _late, number in found if code}


def _tagged(rows: QuerySet[Any], code: str, asked: dict[str, Any]) -> QuerySet[Any]:
    # A constant to group by: without one the aggregates cannot stand in a union.
    return rows.order_by().annotate(type_code=Value(code)).values_list("type_code").annotate(**asked)


def groups_of(membership: Membership, today: date, *, only: str = "") -> list[dict[str, Any]]:
    """Return the groups that are not empty, each with its count and its first rows, nearest first."""
    found = []
    limits = bounds(today)
    kinds = types_with_tasks(membership)
    counts = _group_counts(membership, kinds, limits, today)
    titles = {"late": _("已逾期"), "today": _("今天到期"), "week": _("本周内"), "later": _("以后")}
    left = SHOWN
    for key in GROUPS:
        if not counts[key] or (only and key != only):
            continue
        rows = _rows(membership, kinds, limits[key], today, left)
        left = max(left - len(rows), 0)
        rest = counts[key] - len(rows)
        more = f"{reverse('home')}?group={key}"
        found.append(
            {"key": key, "title": titles[key], "count": counts[key], "rows": rows, "rest": rest, "more_url": more}
        )
    return found


def _near(kind: RecordType, today: date) -> Q:
    """Return the condition that a record's date is near enough to be a task."""
    far = Q(pk=None)
    for reminder in kind.reminders:
        if reminder.days_ahead:
            far |= Q(state__in=reminder.states, due_on__gt=today + timedelta(days=reminder.days_ahead))
    return ~far


def _group_counts(membership: Membership, kinds: list[RecordType], limits: dict[str, Q], today: date) -> dict[str, int]:
    asked = {key: Count("pk", filter=limit) for key, limit in limits.items()}
    found = [
        _tagged(kind.model.objects.filter(_near(kind, today), due_on__isnull=False), kind.code, asked) for kind in kinds
    ]
    found.append(_tagged(waiting_for(membership), HANDOVER, asked))
    counts = dict.fromkeys(GROUPS, 0)
    for row in found[0].union(*found[1:], all=True):
        for key, number in zip(limits, row[1:], strict=True):
            counts[key] += number
    return counts


def _rows(membership: Membership, kinds: list[RecordType], limit: Q, today: date, most: int) -> list[dict[str, Any]]:
    if not most:
        return []
    by_code = {kind.code: kind for kind in kinds}
    names = ("public_id", "title", "number", "state", "due_rule", "due_on", "registered_on", "pk")
    found = [
        kind.model.objects.filter(limit, _near(kind, today))
        .annotate(type_code=Value(kind.code))
        .order_by("due_on", "pk")
        .values_list("type_code", *names)[:most]
        for kind in kinds
    ]
    # The title of a hand-over is encrypted: those that are shown are read afterwards, all at once.
    blank = {"type_code": Value(HANDOVER), "title": Value(""), "number": Value("")}
    waiting = waiting_for(membership).filter(limit).annotate(**blank)
    found.append(waiting.order_by("due_on", "pk").values_list("type_code", *names)[:most])
    rows = list(found[0].union(*found[1:], all=True).order_by("due_on", "pk")[:most])
    given = _handovers([key for code, *_row, key in rows if code == HANDOVER])
    return [
        _handover_row(given[key], today) if code == HANDOVER else _row(membership, by_code[code], row, today)
        for code, *row, key in rows
    ]


def _handovers(keys: list[int]) -> dict[int, Handover]:
    known = Handover.objects.filter(pk__in=keys).select_related("office")
    return {handover.pk: handover for handover in known} if keys else {}


def _handover_row(handover: Handover, today: date) -> dict[str, Any]:
    assert handover.due_on is not None
    words, tone = remaining(handover.due_on, today)
    return {
        "tag": _("业务移交"),
        "tone": "amber",
        "title": f"{handover.title}{_('：')}{_('接收或者退回')}",
        "url": reverse("handover", args=[handover.public_id]),
        "context": _("%(unit)s移交 · %(day)s")
        % {"unit": handover.office.short_name, "day": handover.offered_on.isoformat()},
        "due_label": list_date(handover.due_on),
        "due_text": words,
        "due_tone": tone if tone != "neutral" else "",
        "action_label": _("接收"),
        "action_url": reverse("accept_handover", args=[handover.public_id]),
    }


def _row(membership: Membership, kind: RecordType, row: list[Any], today: date) -> dict[str, Any]:
    ref, title, number, state, due_rule, due_on, registered_on = row
    reminder = kind.reminder(state, due_rule)
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
    if reminder and reminder.step and may(membership, kind.workflow.transition(reminder.step).action, kind.line):
        shown |= {
            "action_label": reminder.action,
            "action_url": reverse(f"{kind.slug}:step", args=[ref, reminder.step]),
        }
    if reminder and reminder.part and may(membership, kind.part(reminder.part).action, kind.line):
        shown |= {
            "part_label": reminder.part_action,
            "part_url": reverse(f"{kind.slug}:add_part", args=[ref, reminder.part]),
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
    for kind in (kind for kind in readable_types(membership) if kind.on_home):
        found = kind.model.objects.filter(state__in=kind.workflow.open_states()).aggregate(
            open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today))
        )
        recent = not_void(kind, kind.model.objects.filter(registered_on__gte=before)).aggregate(
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

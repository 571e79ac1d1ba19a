"""What of the monthly reports waits for a person: the own unit's to fill and to sign, those below to review, who is late.

Nothing is stored: each is one query along a partial index, asked when a page is shown.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from casework.calendars import work_calendar
from casework.templatetags.casework import list_date
from casework.timeline import remaining
from casework.workdays import add_workdays
from offices.models import Membership
from offices.permissions import Action, may
from reports import words
from reports.chain import CHAIN, CHECKED, FILLING, RETURNED, SUBMITTED, WITH_UNIT
from reports.models import UnitSheet
from reports.parameters import parameter
from reports.periods import month_code
from reports.sheet_reading import address, title_of

# Of the menu's entry, and in its one query of what waits.
WAITS = "sheets"
REMIND = "report.remind_days"
SHOWN = 6
MOST_NAMED = 5


def next_workday(today: date) -> date:
    """Return the working day after a day: what is due on it is due tomorrow, also on a Friday."""
    return add_workdays(today, 1, calendar=work_calendar())


def waiting_sheets(membership: Membership) -> QuerySet[UnitSheet]:
    """Return the sheets that wait for a deed of the person; nothing for roles that do none."""
    asked = Q(pk=None)
    if may(membership, Action.FILL_SHEET):
        asked |= Q(unit=membership.office, state__in=[FILLING, RETURNED])
    if may(membership, Action.SIGN_SHEET):
        asked |= Q(unit=membership.office, state=CHECKED)
    if may(membership, Action.REVIEW_SHEET):
        asked |= Q(parent=membership.office, state=SUBMITTED)
    return UnitSheet.objects.filter(asked)


def lagging(membership: Membership, month: date, today: date) -> list[UnitSheet]:
    """Return a month's sheets of the units directly below that are late or due by the next working day, form by form."""
    found = UnitSheet.objects.filter(parent=membership.office, month=month, state__in=WITH_UNIT)
    near = found.filter(due_on__lte=next_workday(today)).order_by("form", "due_on", "unit_code")
    return list(near.defer("figures", "checks", "explanations"))


def own_panel(membership: Membership) -> dict[str, Any] | None:
    """Return the own unit's sheets that are due soon or late, that came back, or that wait for the signature.

    At the head of the page as soon as one is due today or late.
    """
    fills, signs = may(membership, Action.FILL_SHEET), may(membership, Action.SIGN_SHEET)
    if not fills and not signs:
        return None
    today = timezone.localdate()
    near = add_workdays(today, parameter(REMIND, today), calendar=work_calendar())
    asked = Q(due_on__lte=near, state__in=WITH_UNIT) | Q(state=RETURNED)
    if signs:
        asked |= Q(state=CHECKED)
    found = UnitSheet.objects.filter(asked, unit=membership.office).order_by("due_on", "form")
    sheets = list(found.defer("figures", "checks", "explanations")[:SHOWN])
    if not sheets:
        return None
    return {
        "title": _("统计月报待办"),
        "template": "components/alert_row.html",
        "items": [_own_item(sheet, today, fills=fills, signs=signs) for sheet in sheets],
        "actions": [{"label": pgettext("reports", "全部"), "url": reverse("sheets")}],
        "leads": sheets[0].due_on <= today,
    }


def _own_item(sheet: UnitSheet, today: date, *, fills: bool, signs: bool) -> dict[str, Any]:
    text, tone = remaining(sheet.due_on, today)
    due = _("报送期限 %(day)s") % {"day": list_date(sheet.due_on)}
    item = {
        "tag": text,
        "tone": "" if tone == "neutral" else tone,
        "text": f"{words.month_name(sheet.month)} {title_of(sheet.form)}",
        "url": address(sheet),
        "line": f"{CHAIN.state(sheet.state).label} · {due}",
    }
    step = ("submit" if signs else "") if sheet.state == CHECKED else ("check" if fills else "")
    if step:
        item |= {"action_label": CHAIN.transition(step).label, "action_url": address(sheet, step)}
    return item


def lower_panel(membership: Membership) -> dict[str, Any] | None:
    """Return, by month and form, how many sheets of the units directly below wait for review, are late or due soon."""
    reviews = may(membership, Action.REVIEW_SHEET)
    if not reviews and not may(membership, Action.CONSENT_MISSING):
        return None
    today = timezone.localdate()
    late = Q(state__in=WITH_UNIT, due_on__lt=today)
    soon = Q(state__in=WITH_UNIT, due_on__gte=today, due_on__lte=next_workday(today))
    waiting = Q(state=SUBMITTED)
    found = (
        UnitSheet.objects.filter(late | soon | waiting if reviews else late | soon, parent=membership.office)
        .values("month", "form")
        .annotate(
            waiting=Count("pk", filter=waiting),
            late=Count("pk", filter=late),
            soon=Count("pk", filter=soon),
            names=ArrayAgg("unit_name", filter=late, order_by="unit_code"),
        )
    )
    items = [_lower_item(dict(row)) for row in found.order_by("month", "form")[:SHOWN]]
    actions = [{"label": _("报送日历"), "url": reverse("sheet_calendar")}]
    panel = {"title": _("下级统计月报"), "template": "components/alert_row.html", "items": items, "actions": actions}
    return panel if items else None


def _lower_item(row: dict[str, Any]) -> dict[str, Any]:
    month = month_code(row["month"])
    tag, tone = _tag(row)
    item = {
        "tag": tag,
        "tone": tone,
        "text": f"{words.month_name(row['month'])} {title_of(row['form'])}",
        "url": f"{reverse('sheet_calendar')}?period={month}",
        "line": " · ".join(_told(row)),
    }
    if row["waiting"]:
        item |= {"action_label": _("审核"), "action_url": f"{reverse('sheets')}?period={month}&state={SUBMITTED}"}
    return item


def _tag(row: dict[str, Any]) -> tuple[str, str]:
    if row["late"]:
        return _("逾期 %(n)d") % {"n": row["late"]}, "red"
    if row["waiting"]:
        return _("待审核 %(n)d") % {"n": row["waiting"]}, "blue"
    return _("即将到期 %(n)d") % {"n": row["soon"]}, "amber"


def _told(row: dict[str, Any]) -> list[str]:
    """Return what the tag leaves to be said."""
    told = []
    if row["late"]:
        names = _("、").join(row["names"][:MOST_NAMED])
        more = _("%(names)s等") % {"names": names} if row["late"] > MOST_NAMED else names
        told.append(_("未报送：%(names)s") % {"names": more})
        if row["waiting"]:
            told.append(_("待审核 %(n)d") % {"n": row["waiting"]})
    if row["soon"]:
        told.append(_("今天或者下一个工作日到期 %(n)d") % {"n": row["soon"]})
    return told

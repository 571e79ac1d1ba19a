"""How well a month was reported: the quality of a unit and of those below it, and the calendar of who is late."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.calendars import work_calendar
from offices.models import Level, Office
from offices.permissions import Action, may
from offices.views.base import ActionView
from reports import words
from reports.due_dates import due_on
from reports.due_window import window_of
from reports.periods import later, month_code, month_of, parse_month
from reports.quality import quality_of
from reports.quality_form import QUALITY_FORM
from reports.quality_words import cards, judged_lines, quality_lines, window_lines
from reports.reminders import lagging
from reports.sheet_reading import own_sheets, sheet_line, title_of
from reports.views.base import found_unit, short_name, way_to
from reports.views.centre import ended_months


class MonthOfSheets(ActionView, abstract=True):
    """A page about the sheets of a month, by default the one that was over last."""

    action = Action.READ_REPORT

    def month(self) -> date:
        """Return the month of the query."""
        return parse_month(self.request.GET.get("period", "")) or later(month_of(timezone.localdate()), -1)

    def months(self) -> list[tuple[str, str]]:
        """Return the months that are offered, newest first."""
        return [(month_code(one), words.month_name(one)) for one in ended_months(timezone.localdate())]

    def frame(self, title: Any, month: date, unit_name: str) -> dict[str, Any]:
        """Return what the pages have in common."""
        return {
            "title": title,
            "subtitle": f"{unit_name} · {words.month_name(month)}",
            "months": self.months(),
            "month": month_code(month),
        }


class SheetQuality(MonthOfSheets):
    """The quality of a unit's month: its rates, the units below it by rank, of an office its sheets."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one unit."""
        month, form = self.month(), self.form()
        unit = self.unit(month)
        rows = quality_of(month, unit, form)
        context = self.frame(words.name_of(QUALITY_FORM), month, short_name(unit))
        context |= {
            "breadcrumb": self.breadcrumb(unit, month, form),
            "unit": unit,
            "chosen": form,
            "forms": self.forms(),
            "stats": cards(rows[0].tally) if rows else [],
            "rows": quality_lines(rows, lambda code: self.address(code, month, form)),
            "sheets": judged_lines(month, unit, form) if unit.level == Level.OFFICE else [],
            "marks": QUALITY_FORM,
        }
        return render(request, "reports/quality.html", context)

    def unit(self, month: date) -> Office:
        """Return the unit of the query, by default the person's own; out of reach it is not found."""
        code = self.request.GET.get("unit", "")
        return found_unit(self, code, month) if code else self.request.membership.office

    def forms(self) -> list[tuple[str, str]]:
        """Return the forms of the person's lines."""
        return [
            (form.code, title_of(form.code))
            for line in lines.lines()
            if may(self.request.membership, self.action, line.code)
            for form in line.forms
        ]

    def form(self) -> str:
        """Return the form of the query, empty for all of them; an unknown one is not found."""
        code = self.request.GET.get("form", "")
        if code and code not in dict(self.forms()):
            raise Http404
        return code

    def address(self, code: str, month: date, form: str) -> str:
        """Return the address of a unit's page."""
        query = {"period": month_code(month), "unit": code} | ({"form": form} if form else {})
        return f"{reverse('sheet_quality')}?{urlencode(query)}"

    def breadcrumb(self, unit: Office, month: date, form: str) -> list[tuple[Any, str]]:
        """Return the way from the month's list, and down from the person's own unit."""
        listed = f"{reverse('sheets')}?period={month_code(month)}"
        way = way_to(self, unit, lambda one: self.address(one.code, month, form))
        return [(_("统计月报"), listed), (_("报送质量"), ""), *way]


class SheetCalendar(MonthOfSheets):
    """The days on which a month is reported, what is due when, and whose sheets are late or due next."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one month."""
        today, month = timezone.localdate(), self.month()
        membership = self.request.membership
        # From the office up: two levels may be due on one day.
        limits = {level.value: due_on(month, level) for level in reversed(Level)}
        context = self.frame(_("报送日历"), month, membership.office.name)
        listed = f"{reverse('sheets')}?period={month_code(month)}"
        context |= {
            "breadcrumb": [(_("统计月报"), listed), (_("报送日历"), "")],
            "days": window_lines(window_of(month, limits, today, calendar=work_calendar()), membership.office.level),
            "own": [sheet_line(sheet, today) for sheet in own_sheets(membership, month)],
            "has_lower": membership.office.level != Level.OFFICE,
            "late": [sheet_line(sheet, today) for sheet in lagging(membership, month, today)],
        }
        return render(request, "reports/sheet_calendar.html", context)

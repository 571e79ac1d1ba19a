"""The editions of a sealed month, and what two of them have differently."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from offices.models import Level
from offices.permissions import Action
from offices.views.base import ActionView
from reports import words
from reports.comparing import LEVELS, CellChange, changes_between
from reports.definitions import Meaning
from reports.models import EditionSheet, UnitSheet
from reports.month_editions import Sealed, editions_of
from reports.periods import parse_month
from reports.sheet_reading import title_of

SHOWN = 500


class MonthView(ActionView, abstract=True):
    """A page of the editions of one month."""

    action = Action.READ_REPORT

    def month(self) -> date:
        """Return the month of the address."""
        month = parse_month(self.kwargs["period"])
        if month is None:
            raise Http404
        return month

    def breadcrumb(self, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the way from the month's list."""
        return [(_("统计月报"), f"{reverse('sheets')}?period={self.kwargs['period']}"), *more]


class MonthEditions(MonthView):
    """The editions of a month, newest first: the one that stands, and those that it replaced."""

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        """Show them."""
        month = self.month()
        context = {
            "title": _("%(month)s的版次") % {"month": words.month_name(month)},
            "breadcrumb": self.breadcrumb((_("版次"), "")),
            "editions": [self.shown(one) for one in editions_of(month, self.request.membership)],
        }
        return render(request, "reports/month_editions.html", context)

    def shown(self, one: Sealed) -> dict[str, Any]:
        """Return an edition as a line of the list."""
        compare = reverse("compare_editions", args=[self.kwargs["period"]])
        state = _("已被第 %(n)d 版替代") % {"n": one.replaced_by} if one.replaced_by else _("现行")
        return {
            "name": _("第 %(n)d 版") % {"n": one.number},
            "state": state,
            "tone": "" if one.replaced_by else "green",
            "at": one.sealed_at,
            "by": one.sealed_by,
            "reason": words.in_chinese(one.reason),
            "url": f"{compare}?old={one.number - 1}&new={one.number}" if one.number > 1 else "",
        }


class CompareEditions(MonthView):
    """What two editions of a month have differently, by level and form."""

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        """Compare the editions of the query, by default the newest with the one before."""
        month = self.month()
        known = [one.number for one in editions_of(month, self.request.membership)]
        newest = known[0] if known else 1
        new = self.chosen("new", known, newest)
        old = self.chosen("old", known, max(new - 1, 1))
        form, level = (self.request.GET.get(name, "") for name in ("form", "level"))
        changes = changes_between(month, old, new, form=form, level=level) if old != new else []
        context = {
            "title": _("比较两个版次"),
            "subtitle": words.month_name(month),
            "breadcrumb": self.breadcrumb((_("版次"), reverse("month_editions", args=[period])), (_("比较"), "")),
            "numbers": [(number, _("第 %(n)d 版") % {"n": number}) for number in known],
            "old": old,
            "new": new,
            "old_name": _("第 %(n)d 版") % {"n": old},
            "new_name": _("第 %(n)d 版") % {"n": new},
            "forms": [(code, title_of(code)) for code in self.forms(month)],
            "form": form,
            "levels": [(one.value, one.label) for one in LEVELS],
            "level": level,
            "count_text": self.counted(len(changes)),
            "rows": self.rows(changes[:SHOWN], self.meanings(month, new, {one.form for one in changes})),
        }
        return render(request, "reports/compare_editions.html", context)

    def chosen(self, name: str, known: list[int], default: int) -> int:
        """Return the number of an edition in the query, the default for one that is not there."""
        text = self.request.GET.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 6 and int(text) in known else default

    def forms(self, month: date) -> list[str]:
        """Return the forms of the month, by the sheets of the reader's own unit."""
        own = EditionSheet.objects.filter(month=month, unit=self.request.membership.office)
        return sorted(set(own.order_by().values_list("form", flat=True)))

    def meanings(self, month: date, number: int, forms: set[str]) -> dict[str, Meaning]:
        """Return the stored wording of some forms in an edition."""
        sealed = EditionSheet.objects.filter(month=month, number=number, form__in=forms).values("sheet_id")
        one_each = UnitSheet.objects.filter(pk__in=sealed, definition__isnull=False).order_by("form").distinct("form")
        found = one_each.values_list("form", "definition__content")
        return {form: Meaning(content) for form, content in found}

    def counted(self, number: int) -> str:
        """Say how many cells differ, and how many of them are shown."""
        text = ngettext("共 %(n)s 处不同", "共 %(n)s 处不同", number) % {"n": f"{number:,}"}
        return _("%(count)s，以下是前 %(most)d 处") % {"count": text, "most": SHOWN} if number > SHOWN else text

    def rows(self, changes: list[CellChange], meanings: dict[str, Meaning]) -> list[dict[str, Any]]:
        """Return the changes for the table."""
        periods = {"current": _("本月"), "ytd": _("本年累计")}
        found = []
        for one in changes:
            indicator = meanings[one.form].indicators.get(one.indicator)
            is_money = bool(indicator and indicator["is_money"])
            old, new = ("" if v is None else words.count_text(v, is_money=is_money) for v in (one.old, one.new))
            found.append(
                {
                    "unit": one.unit_name,
                    "level": Level(one.level).label,
                    "form": title_of(one.form),
                    "name": meanings[one.form].name_of(indicator) if indicator else one.indicator,
                    "period": periods[one.period],
                    "old": old,
                    "new": new,
                }
            )
        return found

"""The dashboard of a unit, the rows behind a figure, and what a figure means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.lines import BusinessLine, Form, Indicator, Ratio
from casework.paging import MOST_COUNTED
from casework.tables import table_html
from offices.models import Office
from offices.permissions import Action, may
from offices.views.base import ActionView
from reports import words
from reports.boards import Board, composition, kpis, ranking, read_board, trend
from reports.meaning import facts_of
from reports.periods import Period, later, month_code, month_of, months_between
from reports.rows import Behind
from reports.selectors import Cells, drained_at, figure_of, latest_sheet, share_of, sum_of, unit_cells
from reports.views.base import LinePage, short_name, way_to

MONTHS_OFFERED = 25


class Dashboards(ActionView):
    """The dashboard of the first line of the person's post."""

    action = Action.READ_DASHBOARD

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead there."""
        for line in lines.lines():
            if line.forms and may(self.request.membership, self.action, line.code):
                return redirect("dashboard", line.code)
        raise Http404


class Dashboard(LinePage):
    """A unit's figures for a month or the year to date. Reads cells only."""

    action = Action.READ_DASHBOARD

    def get(self, request: HttpRequest, line: str) -> HttpResponse:
        """Show cards, ranking and charts."""
        period = self.period()
        board = read_board(
            self.business_line(), self.form(), self.unit(period.month), period, request.GET.get("sort", "")
        )
        context = {
            "title": _("数据看板：%(line)s") % {"line": board.line.label},
            "breadcrumb": self.breadcrumb(board),
            "actions": self.actions(board),
            "board": board,
            "unit_name": " · ".join(filter(None, (short_name(board.unit), words.month_days(period.month)))),
            "months": [(month_code(month), words.month_name(month)) for month in offered_months(period.month)],
            "chosen": month_code(period.month),
            "spans": self.spans(board),
            "forms": self.forms(board),
            "as_of": drained_at(),
            "kpis": kpis(board),
            "ranking": ranking(board),
            "charts": [trend(board), composition(board)],
        }
        return render(request, "reports/dashboard.html", context)

    def breadcrumb(self, board: Board) -> list[tuple[Any, str]]:
        """Return the way down from the person's own unit."""
        way = way_to(self, board.unit, lambda unit: board.address(unit=unit.code, sort=""))
        return [(_("数据看板"), ""), *way]

    def actions(self, board: Board) -> list[dict[str, Any]]:
        """Offer the month's issued sheet of the unit, where there is one."""
        if not may(self.request.membership, Action.READ_REPORT, board.line.code):
            return []
        sheet = latest_sheet(board.line, board.form.code, board.unit, board.period.month)
        if sheet is None:
            return []
        address = reverse("edition", args=(sheet.form, month_code(sheet.month), sheet.unit_code, sheet.number))
        label = _("查看%(month)s月报") % {"month": words.month_name(sheet.month)}
        return [{"label": label, "url": address, "icon": "file-earmark-check", "primary": True}]

    def forms(self, board: Board) -> list[dict[str, Any]]:
        """Return the choice between the line's tables, empty where there is one only."""
        if len(board.line.forms) == 1:
            return []
        return [
            {
                "label": words.name_of(form),
                "url": replace(board, form=form).address(sort=""),
                "current": form is board.form,
            }
            for form in board.line.forms
        ]

    def spans(self, board: Board) -> list[dict[str, Any]]:
        """Return the choice between the month and the year to date."""
        labels = (("month", _("本月")), ("ytd", _("本年累计")))
        return [
            {"label": label, "url": board.address(span=span), "current": board.period.span == span}
            for span, label in labels
        ]


def offered_months(shown: date) -> list[date]:
    """Return the last months and the one that is shown, newest first."""
    this = month_of(timezone.localdate())
    return sorted({*months_between(later(this, 1 - MONTHS_OFFERED), this), shown}, reverse=True)


class FigureRows(LinePage):
    """The rows behind a figure: the full list for county and below, the reduced one for city and province."""

    action = Action.READ_DASHBOARD

    def get(self, request: HttpRequest, line: str) -> HttpResponse:
        """Show one page of the rows, or the parts of a ratio."""
        period = self.period()
        unit = self.unit(period.month)
        figure = figure_of(self.business_line(), request.GET.get("figure", ""))
        if figure is None or (isinstance(figure, Indicator) and figure.kind == "typed"):
            raise Http404
        cells = unit_cells(self.business_line(), unit, period.month, (figure.code,))
        context = self.frame(figure, unit, period)
        if isinstance(figure, Ratio):
            return render(request, "reports/ratio.html", context | self.parts(figure, unit, period, cells))
        return render(request, "reports/rows.html", context | self.rows(figure, unit, period, cells))

    def form_of(self, figure: Indicator | Ratio) -> Form:
        """Return the form in which a figure stands, by default the line's first one."""
        forms = self.business_line().forms
        stands = (form for form in forms if figure.code in {*form.indicators, *form.memo, *form.ratios})
        return next(stands, forms[0])

    def frame(self, figure: Indicator | Ratio, unit: Office, period: Period) -> dict[str, Any]:
        """Return title and breadcrumb."""
        board = Board(self.business_line(), self.form_of(figure), unit, period, "", Cells())
        way = way_to(self, unit, lambda one: board.address(unit=one.code, sort=""))
        return {
            "title": words.name_of(figure),
            "subtitle": f"{short_name(unit)} · {words.period_name(period)}",
            "breadcrumb": [(_("数据看板"), ""), *way, (words.name_of(figure), "")],
            "actions": [{"label": _("口径"), "url": reverse("metric", args=(figure.code,)), "icon": "info-circle"}],
            "board": board,
        }

    def rows(self, figure: Indicator, unit: Office, period: Period, cells: Cells) -> dict[str, Any]:
        """Return a page of rows, and the figure that they add up to."""
        behind = Behind(self.business_line(), figure, unit, period)
        reduced = not may(self.request.membership, Action.LIST_RECORDS, behind.line.code)
        page = behind.page(self.request.GET)
        columns = behind.columns(reduced=reduced)
        address = "" if reduced else reverse(f"{behind.record_type.slug}:detail", args=("REF",))
        total = sum_of(cells, period, figure.code)
        shown = words.with_unit(words.count_text(total, is_money=figure.is_money), words.unit_name(figure.unit))
        return {
            "total": shown,
            "notice": self.difference(behind, total),
            "table_html": table_html(columns, behind.table_rows(page.rows, columns), address=address),
            "empty": not page.rows,
            "reduced": reduced,
            "pager": {"newer_url": page.newer, "older_url": page.older},
        }

    def difference(self, behind: Behind, total: int) -> str:
        """Return why the rows do not add up to the figure, as far as that is cheap to know."""
        if behind.is_moving():
            return _("数据正在更新：刚保存的业务几秒后计入。")
        if total <= MOST_COUNTED and behind.flow.measure == "count" and (gone := total - behind.total()) > 0:
            return _("另有 %(n)d 件计入本单位后已移交其他单位，由现管单位查看。") % {"n": gone}
        return ""

    def parts(self, ratio: Ratio, unit: Office, period: Period, cells: Cells) -> dict[str, Any]:
        """Return numerator and denominator, each with the way to its own rows."""
        board = Board(self.business_line(), self.form_of(ratio), unit, period, "", cells)
        stats = []
        for label, code in ((_("分子"), ratio.numerator), (_("分母"), ratio.denominator)):
            indicator = board.line.indicator(code)
            stats.append(
                {
                    "label": f"{label}{_('：')}{words.name_of(indicator)}",
                    "value": words.count_text(sum_of(cells, period, code), is_money=indicator.is_money),
                    "unit": words.unit_name(indicator.unit),
                    "url": board.rows_address(code),
                }
            )
        share = share_of(cells, period, ratio)
        stats.append({"label": words.name_of(ratio), "value": "—" if share is None else f"{share}%"})
        return {"stats": stats}


class Metric(ActionView):
    """What a figure means: what it counts, by which article, in which forms it stands."""

    action = Action.READ_DASHBOARD

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show the definition that is in force."""
        line, figure = self.find(code)
        context = {
            "title": words.name_of(figure),
            "breadcrumb": [(_("数据看板"), reverse("dashboard", args=(line.code,))), (words.name_of(figure), "")],
            "facts": facts_of(line, figure),
            "figure": figure,
        }
        return render(request, "reports/metric.html", context)

    def find(self, code: str) -> tuple[BusinessLine, Indicator | Ratio]:
        """Return the figure of a code and its line, else 404."""
        for line in lines.lines():
            figure = figure_of(line, code)
            if figure is not None and may(self.request.membership, self.action, line.code):
                return line, figure
        raise Http404

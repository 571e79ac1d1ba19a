"""A dashboard's cards, ranking and charts, from cells alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from casework.lines import BusinessLine, Form, Indicator, Ratio
from offices.models import Level, Office
from reports import words
from reports.periods import Period, later, month_code, months_between
from reports.selectors import (
    TREND_MONTHS,
    Cells,
    figure_of,
    lower_cells,
    lower_units,
    share_of,
    sum_of,
    unit_cells,
)

SORTS = 3
BELOW = {
    Level.PROVINCE: lambda: _("各市"),
    Level.CITY: lambda: _("各县（市、区）"),
    Level.COUNTY: lambda: _("各司法所"),
}


@dataclass(frozen=True)
class Board:
    """One unit's figures of one form for one period. ``sort`` is the figure by which the units below are ranked."""

    line: BusinessLine
    form: Form
    unit: Office
    period: Period
    sort: str
    cells: Cells

    @property
    def main(self) -> Indicator:
        """The form's first headline figure, a count: trend and composition are about it."""
        return self.line.indicator(self.form.headline[0])

    @property
    def ratio(self) -> Ratio | None:
        """The form's first ratio."""
        return self.line.ratio(self.form.ratios[0]) if self.form.ratios else None

    def address(self, **changes: Any) -> str:
        """Return the address of this dashboard, or of one beside it."""
        given = {"period": month_code(self.period.month), "span": self.period.span, "unit": self.unit.code}
        # The line's first form needs no mention.
        given["form"] = "" if self.form is self.line.forms[0] else self.form.code
        query = {name: value for name, value in (given | {"sort": self.sort} | changes).items() if value}
        return f"{reverse('dashboard', args=(self.line.code,))}?{urlencode(_without_defaults(query))}"

    def rows_address(self, code: str, unit: Office | None = None) -> str:
        """Return the address of the rows behind a figure."""
        query = {"figure": code, "period": month_code(self.period.month), "span": self.period.span}
        query |= {"unit": (unit or self.unit).code}
        return f"{reverse('figure_rows', args=(self.line.code,))}?{urlencode(_without_defaults(query))}"


def _without_defaults(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if (name, value) != ("span", "month")}


def read_board(line: BusinessLine, form: Form, unit: Office, period: Period, sort: str) -> Board:
    """Return the board of a unit; a ``sort`` that the form does not offer becomes its first figure."""
    chosen = sort if sort in form.headline[:SORTS] else form.headline[0]
    cells = unit_cells(line, unit, period.month, (*form.headline, *form.composition))
    return Board(line, form, unit, period, chosen, cells)


def kpis(board: Board) -> list[dict[str, Any]]:
    """Return the headline cards: value, change on the year and on the month, definition, and the way to the rows."""
    return [_kpi(board, code) for code in board.form.headline]


def _kpi(board: Board, code: str) -> dict[str, Any]:
    figure = figure_of(board.line, code)
    assert figure is not None
    before = board.period.before()
    shown: dict[str, Any] = {
        "label": words.name_of(figure),
        "url": board.rows_address(code),
        "definition": "" if words.is_english() else figure.definition,
        "definition_url": reverse("metric", args=(code,)),
    }
    if isinstance(figure, Ratio):
        this, last = (share_of(board.cells, period, figure) for period in (board.period, board.period.year_before()))
        shown |= {"value": "" if this is None else str(this), "unit": "" if this is None else "%"}
        shown["year"] = words.points(this, last, figure.polarity)
        if before:
            shown["month"] = words.points(this, share_of(board.cells, before, figure), figure.polarity)
        return shown
    count = sum_of(board.cells, board.period, code)
    shown |= {"value": words.count_text(count, is_money=figure.is_money), "unit": words.unit_name(figure.unit)}
    shown["year"] = words.growth(count, sum_of(board.cells, board.period.year_before(), code), figure.polarity)
    if before:
        shown["month"] = words.growth(count, sum_of(board.cells, before, code), figure.polarity)
    return shown


def ranking(board: Board) -> dict[str, Any] | None:
    """Return the table of the units one level below, the sum first, equal values on one rank; None below an office."""
    if board.unit.level == Level.OFFICE:
        return None
    compared = board.period.before() or board.period.year_before()
    figure = figure_of(board.line, board.sort)
    assert figure is not None
    ratio = board.ratio
    codes = sorted({*_parts(figure), *(_parts(ratio) if ratio else ())})
    below = lower_cells(board.line, board.unit, (board.period, compared), codes)
    units = lower_units(board.unit, board.period.month, below)
    value_of = _value_of(figure)
    valued = sorted(
        ((unit, below.get(unit.pk, Cells())) for unit in units),
        key=lambda pair: (-(value_of(pair[1], board.period) or 0), pair[0].code),
    )
    most = max((value_of(cells, board.period) or 0 for _, cells in valued), default=0)
    rows, rank, last = [], 0, None
    for place, (unit, cells) in enumerate(valued, start=1):
        value = value_of(cells, board.period)
        rank, last = (rank, last) if rank and value == last else (place, value)
        row = _ranked(board, figure, unit, cells, compared)
        rows.append(row | {"rank": rank, "share": int((value or 0) * 100 / most) if most else 0})
    total = _ranked(board, figure, board.unit, board.cells, compared) | {"url": ""}
    return {
        "id": "ranking",
        "title": BELOW[Level(board.unit.level)](),
        "name_label": _("单位"),
        "value_label": words.labelled(words.name_of(figure), _measure(figure)),
        "rate_label": words.name_of(ratio) if ratio and figure is not ratio else "",
        "change_label": _("较上月") if board.period.span == "month" else _("较上年"),
        "sorts": _sorts(board),
        "total": total,
        "rows": rows,
    }


def _parts(figure: Indicator | Ratio) -> tuple[str, ...]:
    return (figure.numerator, figure.denominator) if isinstance(figure, Ratio) else (figure.code,)


def _measure(figure: Indicator | Ratio) -> str:
    return "%" if isinstance(figure, Ratio) else words.unit_name(figure.unit)


def _value_of(figure: Indicator | Ratio) -> Callable[[Cells, Period], int | Decimal | None]:
    if isinstance(figure, Ratio):
        return lambda cells, period: share_of(cells, period, figure)
    return lambda cells, period: sum_of(cells, period, figure.code)


def _sorts(board: Board) -> list[dict[str, Any]]:
    found = []
    for code in board.form.headline[:SORTS]:
        figure = figure_of(board.line, code)
        found.append(
            {
                "label": words.name_of(figure),
                "url": board.address(sort=code) + "#ranking",
                "current": code == board.sort,
            }
        )
    return found


def _ranked(board: Board, figure: Indicator | Ratio, unit: Office, cells: Cells, compared: Period) -> dict[str, Any]:
    value_of = _value_of(figure)
    value, before = value_of(cells, board.period), value_of(cells, compared)
    is_money = isinstance(figure, Indicator) and figure.is_money
    share = share_of(cells, board.period, board.ratio) if board.ratio else None
    shown = "" if value is None else str(value)
    return {
        "name": unit.short_name if unit.level == Level.OFFICE else unit.area_name,
        "url": board.address(unit=unit.code, sort=""),
        "value": words.count_text(value, is_money=is_money) if isinstance(value, int) else shown,
        "value_url": board.rows_address(figure.code, unit),
        "rate": "" if share is None else f"{share}%",
        "change": "" if value is None or before is None else words.signed(value - before),
    }


def trend(board: Board) -> dict[str, Any]:
    """Return the chart of the last months: the main count, the same months of the year before, and the ratio."""
    months = months_between(later(board.period.month, 1 - TREND_MONTHS), board.period.month)
    this = [sum_of(board.cells, Period(month), board.main.code) for month in months]
    last = [sum_of(board.cells, Period(later(month, -12)), board.main.code) for month in months]
    name, year_before = words.name_of(board.main), _("上年同期")
    series: list[dict[str, Any]] = [
        {"name": name, "data": this, "as": "bar", "tone": "now"},
        {"name": year_before, "data": last, "as": "bar", "tone": "last"},
    ]
    columns = [_("月份"), name, year_before]
    table: list[list[Any]] = [
        [words.month_name(m), f"{t:,}", f"{y:,}"] for m, t, y in zip(months, this, last, strict=True)
    ]
    if ratio := board.ratio:
        shares = [share_of(board.cells, Period(month), ratio) for month in months]
        drawn = [None if share is None else float(share) for share in shares]
        series.append({"name": words.name_of(ratio), "data": drawn, "as": "line", "axis": 1, "tone": "rate"})
        columns.append(words.labelled(words.name_of(ratio), "%"))
        for row, share in zip(table, shares, strict=True):
            row.append("" if share is None else str(share))
    measure = words.unit_name(board.main.unit)
    data = {"type": "bar", "categories": [_month_mark(month) for month in months], "unit": measure, "unit2": "%"}
    return {
        "id": "trend",
        "title": _("近13个月走势"),
        "summary": _summary(_("近13个月走势"), [(row[0], words.with_unit(row[1], measure)) for row in table]),
        "data": data | {"series": series},
        "columns": columns,
        "rows": table,
    }


def _month_mark(month: date) -> str:
    number = pgettext("month on an axis", "%(month)s月") % {"month": month.month}
    return f"{month.year % 100:02}/{number}" if month.month == 1 else number


def composition(board: Board) -> dict[str, Any]:
    """Return the chart of the parts of the main count, largest first, beside the same period of the year before."""
    year_before = board.period.year_before()
    parts = [
        (
            words.name_of(board.line.indicator(code)),
            sum_of(board.cells, board.period, code),
            sum_of(board.cells, year_before, code),
        )
        for code in board.form.composition
    ]
    parts.sort(key=lambda part: -part[1])
    this, last = _("本期"), _("上年同期")
    measure = words.unit_name(board.main.unit)
    series = [
        {"name": this, "data": [part[1] for part in parts], "tone": "now"},
        {"name": last, "data": [part[2] for part in parts], "tone": "last"},
    ]
    title = _("类型构成")
    return {
        "id": "composition",
        "title": title,
        "tall": True,
        "summary": _summary(title, [(name, words.with_unit(value, measure)) for name, value, _last in parts if value]),
        "data": {"type": "hbar", "categories": [part[0] for part in parts], "unit": measure, "series": series},
        "columns": [_("类型"), this, last],
        "rows": [[name, f"{value:,}", f"{before:,}"] for name, value, before in parts],
    }


def _summary(title: str, pairs: list[tuple[str, str]]) -> str:
    listed = pgettext("list", "、").join(f"{name} {value}" for name, value in pairs)
    return f"{title}{_('：')}{listed}" if listed else title

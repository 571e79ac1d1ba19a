"""What pages read of cells and sheets: a handful of rows, whatever the age of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from casework.lines import BusinessLine, Indicator, Ratio
from offices.models import Membership, Office
from reports.content import ratio_percent
from reports.models import Cell, Drained, Sheet
from reports.periods import Period, later, months_between

TREND_MONTHS = 13
Cells = Mapping[date, Mapping[str, int]]


def unit_in_reach(membership: Membership, code: str, day: date) -> Office | None:
    """Return the unit of a national code in the subtree of a membership's unit, as it was on a day; None for others."""
    found = Office.objects.below(membership.office).filter(code=code).select_related("parent", "county", "city")
    return min(found, key=lambda unit: not (unit.valid_from <= day < (unit.valid_to or date.max)), default=None)


def drained_at() -> datetime | None:
    """Return the moment up to which everything is in the cells; None before the first drain."""
    return Drained.objects.values_list("as_of", flat=True).first()


def sum_of(cells: Cells, period: Period, code: str) -> int:
    """Return a flow of a period; a month without a cell is zero."""
    return sum(cells.get(month, {}).get(code, 0) for month in period.months)


def share_of(cells: Cells, period: Period, ratio: Ratio) -> Decimal | None:
    """Return a ratio of a period, recomputed from its sums; None with nothing to divide by."""
    return ratio_percent(sum_of(cells, period, ratio.numerator), sum_of(cells, period, ratio.denominator))


def unit_cells(line: BusinessLine, unit: Office, month: date) -> Cells:
    """Return what a unit's dashboard of a month needs: the cells of the trend and of the year before."""
    months = months_between(later(month, 1 - TREND_MONTHS - 12), month)
    cells = Cell.objects.filter(line=line.code, unit=unit, month__in=months)
    return dict(cells.values_list("month", "figures"))


def lower_cells(
    line: BusinessLine, unit: Office, periods: Iterable[Period], codes: Sequence[str]
) -> dict[int, dict[date, dict[str, int]]]:
    """Return the cells of the units one level below, by unit and month, reduced to some flows."""
    months = {month for period in periods for month in period.months}
    cells = Cell.objects.filter(line=line.code, unit__parent=unit, month__in=months)
    found: dict[int, dict[date, dict[str, int]]] = {}
    columns = [f"figures__{code}" for code in codes]
    for unit_id, month, *values in cells.order_by().values_list("unit_id", "month", *columns):
        figures = {code: int(value or 0) for code, value in zip(codes, values, strict=True)}
        found.setdefault(unit_id, {})[month] = figures
    return found


def lower_units(unit: Office, month: date, counted: Iterable[int]) -> list[Office]:
    """Return the units one level below in the official order: those of the month, and those that are counted in it."""
    kept = set(counted)
    return [one for one in Office.objects.filter(parent=unit) if exists_in(one, month) or one.pk in kept]


def exists_in(unit: Office, month: date) -> bool:
    """Tell whether a unit exists on any day of a month."""
    return unit.valid_from < later(month, 1) and (unit.valid_to is None or unit.valid_to > month)


def figure_of(line: BusinessLine, code: str) -> Indicator | Ratio | None:
    """Return an indicator or a ratio of a line by its code."""
    known: list[Indicator | Ratio] = [*line.indicators, *line.ratios]
    return next((figure for figure in known if figure.code == code), None)


def latest_sheet(line: BusinessLine, form: str, unit: Office, month: date) -> Sheet | None:
    """Return a unit's sheet of the last edition of a form for a month."""
    return Sheet.objects.filter(line=line.code, form=form, unit=unit, month=month).order_by("-number").first()


def sheets_of(unit: Office) -> QuerySet[Sheet]:
    """Return the sheets of a unit, newest month and edition first, without their figures."""
    return Sheet.objects.filter(unit=unit).order_by("-month", "form", "-number").defer("figures")

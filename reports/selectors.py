"""What pages read of cells and sheets: a handful of rows, whatever the age of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from casework.lines import BusinessLine, Indicator, Ratio
from casework.models import Record
from offices.change_reading import ever_coded, named_on
from offices.models import Level, Membership, Office
from reports.content import ratio_percent
from reports.models import Cell, Drained, Sheet, UnitSheet
from reports.periods import Period, day_after, first_day, later, month_of, months_between

TREND_MONTHS = 13
# The scope column of each level below the province, which sees every row.
UNIT_COLUMNS = {Level.OFFICE: "office_id", Level.COUNTY: "county_id", Level.CITY: "city_id"}


@dataclass(frozen=True)
class Cells:
    """A unit's stored figures by month, and the balances that are computed from them."""

    months: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    balances: Mapping[str, Indicator] = field(default_factory=dict)

    def value(self, period: Period, code: str) -> int:
        """Return a figure of a period; a month without a cell is zero."""
        balance = self.balances.get(code)
        if balance is None:
            return sum(self.months.get(month, {}).get(code, 0) for month in period.months)
        # By the names of the months, not by days: of an opening balance the first month is no part.
        last = later(period.months[0], -1) if balance.opening else period.month
        to_date = [figures for month, figures in self.months.items() if month <= last]
        came, went = (
            sum(one.get(part, 0) for one in to_date for part in side) for side in (balance.plus, balance.minus)
        )
        return came - went


def unit_in_reach(membership: Membership, code: str, day: date) -> Office | None:
    """Return the unit of a national code in the subtree of a membership's unit, as it was on a day; None for others."""
    units = Office.objects.below(membership.office).filter(ever_coded(code))
    found = units.select_related("parent", "county", "city")
    one = min(found, key=lambda unit: not (unit.valid_from <= day < (unit.valid_to or date.max)), default=None)
    return one and named_on([one], day)[0]


def issued_reason(record: Record, day: date) -> str:
    """Return why what a record counts on a day stays counted: the month was issued, or a later one; else empty."""
    month = month_of(day)
    sheets = Sheet.objects.filter(unit=record.office_id, line=record._meta.app_label, month__gte=month)
    if (issued := sheets.order_by("month").values_list("month", flat=True).first()) is None:
        return ""
    text = _("%(month)s的报表已经签发，计入统计的步骤不能撤回；日期有误的，请更正该步骤。")
    return text % {"month": f"{issued:%Y-%m}"}


def locked_reason(record: Record, day: date) -> str:
    """Return why what a record counts on a day stays counted: the month of its office is locked, or a later one."""
    month = month_of(day)
    sheets = UnitSheet.objects.filter(
        unit=record.office_id, line__in=["", record._meta.app_label], month__gte=month, state="locked"
    )
    if (locked := sheets.order_by("month").values_list("month", flat=True).first()) is None:
        return ""
    text = _("%(month)s的统计月报已经锁定，计入统计的步骤不能撤回；数字有误的，请更正台账后申请修正月报。")
    return text % {"month": f"{locked:%Y-%m}"}


def drained_at() -> datetime | None:
    """Return the moment up to which everything is in the cells; None before the first drain."""
    return Drained.objects.values_list("as_of", flat=True).first()


def sum_of(cells: Cells, period: Period, code: str) -> int:
    """Return a figure of a period: a flow summed over its months, a balance as it stood on the last day."""
    return cells.value(period, code)


def share_of(cells: Cells, period: Period, ratio: Ratio) -> Decimal | None:
    """Return a ratio of a period, recomputed from its sums; None with nothing to divide by."""
    return ratio_percent(sum_of(cells, period, ratio.numerator), sum_of(cells, period, ratio.denominator))


def unit_cells(line: BusinessLine, unit: Office, month: date, codes: Sequence[str] = ()) -> Cells:
    """Return what a unit's dashboard of a month needs: the cells of the trend and of the year before.

    Where ``codes`` hold a balance, every cell to date: it is the sum of what came in and went out.
    """
    cells = Cell.objects.filter(line=line.code, unit=unit)
    balances = _balances(line, codes)
    if balances:
        cells = cells.filter(month__lte=month)
    else:
        cells = cells.filter(month__in=months_between(later(month, 1 - TREND_MONTHS - 12), month))
    return Cells(dict(cells.values_list("month", "figures")), balances)


def lower_cells(line: BusinessLine, unit: Office, periods: Iterable[Period], codes: Sequence[str]) -> dict[int, Cells]:
    """Return the cells of the units one level below, by unit, reduced to some figures."""
    months = {month for period in periods for month in period.months}
    balances = _balances(line, codes)
    parts = {part for balance in balances.values() for part in (*balance.plus, *balance.minus)}
    wanted = sorted({*(code for code in codes if code not in balances), *parts})
    cells = Cell.objects.filter(line=line.code, unit__parent=unit)
    cells = cells.filter(month__lte=max(months)) if balances else cells.filter(month__in=months)
    found: dict[int, dict[date, dict[str, int]]] = {}
    columns = [f"figures__{code}" for code in wanted]
    for unit_id, month, *values in cells.order_by().values_list("unit_id", "month", *columns):
        figures = {code: int(value or 0) for code, value in zip(wanted, values, strict=True)}
        found.setdefault(unit_id, {})[month] = figures
    return {unit_id: Cells(months_of, balances) for unit_id, months_of in found.items()}


def _balances(line: BusinessLine, codes: Sequence[str]) -> dict[str, Indicator]:
    known = {indicator.code: indicator for indicator in line.indicators if indicator.kind == "balance"}
    return {code: known[code] for code in codes if code in known}


def lower_units(unit: Office, month: date, counted: Iterable[int]) -> list[Office]:
    """Return the units one level below in the official order: those of the month, and those that are counted in it."""
    kept = set(counted)
    below = Office.objects.filter(parent=unit)
    return named_on((one for one in below if exists_in(one, month) or one.pk in kept), last_day_of(month))


def last_day_of(month: date) -> date:
    """Return the last day of a month: a month's tables name the units as they were called then."""
    return day_after(month) - timedelta(days=1)


def exists_in(unit: Office, month: date) -> bool:
    """Tell whether a unit exists on any day of a month."""
    return unit.valid_from < day_after(month) and (unit.valid_to is None or unit.valid_to > first_day(month))


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

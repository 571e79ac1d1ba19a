"""What a frozen edition says, ready to be printed: the only input of its PDF and its XLSX.

Nothing else is read while a report is drawn, so a file drawn again from the same edition says the same. Counts are
integers; money is integer fen and becomes 万元 only in print. Growth and shares are never stored: they are computed
here from integers, and rounded half up (away from zero) once, at the last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Level = Literal["province", "city", "county", "office"]
Period = Literal["current", "previous", "last_year", "ytd", "last_ytd"]

NOT_AVAILABLE = "…"
NOT_APPLICABLE = "—"
NO_BASE = "新增"
FEN_PER_HUNDREDTH_OF_TEN_THOUSAND_YUAN = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of one unit. `None` means that no data exist for the period (a month before the portal).

    `since` is everything from 2022 on, of what headlines tell alone; `adjustment` what went into the year beside the
    month.
    """

    current: int
    previous: int | None
    last_year: int | None
    ytd: int | None
    last_ytd: int | None
    since: int | None = None
    adjustment: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnDef:
    """One column of the form as it was defined when the edition was frozen.

    `group` is the head above neighbouring columns (案件分类). `unit` is the unit of measure as printed. `article` names
    the law or document the definition rests on. A balance (期末调解中) is a state on the last day: its sum over a year
    means nothing and prints as not applicable. A memo column has the number 0. `typed_at` names the lowest level that
    has the figure at all.
    """

    code: str
    number: int
    name: str
    name_en: str
    unit: str
    group: str
    is_money: bool
    definition: str
    article: str
    version: int
    is_balance: bool = False
    typed_at: str = ""


@dataclass(frozen=True, slots=True)
class RatioDef:
    """A percentage computed from two columns of the same unit and period, never averaged from lower units."""

    code: str
    name: str
    name_en: str
    numerator: str
    denominator: str
    definition: str


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The figures of one unit by column code, memo columns included. A unit that did not report prints blank, 未报."""

    unit_id: int
    code: str
    name: str
    level: Level
    parent_code: str
    is_zone: bool
    figures: Mapping[str, Figure]
    reported: bool = True


@dataclass(frozen=True, slots=True)
class FormFurniture:
    """The marks that a statistical sheet must bear (统计法 第17条). `unit_of_measure` holds for the whole sheet."""

    form_no: str
    title: str
    issuer: str
    approval_body: str
    approval_no: str
    valid_to: date | None
    unit_of_measure: str
    period_label: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check relation (1=12+13+14) and whether the frozen figures satisfy it; `text` explains a failure."""

    name: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class TrendMonth:
    """A month of the issuing unit for the trend chart. `imported`: its figures were taken over, not counted here."""

    month: date
    figures: Mapping[str, int | None]
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Highlights:
    """Which column numbers of a form its key figures and charts show.

    `trend` names one or two columns, the second being a part of the first; `composition` the parts of `ranking`, the
    column by which lower units are compared.
    """

    key: tuple[int, ...]
    trend: tuple[int, ...]
    composition: tuple[int, ...]
    ranking: int


HIGHLIGHTS = {
    "T9": Highlights(key=(1, 2, 3, 4, 5), trend=(1, 3), composition=tuple(range(20, 38)), ranking=1),
}


@dataclass(frozen=True, slots=True)
class EditionContent:
    """One edition of one form of one unit and month.

    `digest` is the hex digest of the frozen figures, `replaces` the number of the edition that this one corrects.
    `cities`, `counties` and `offices` are the rows of the district sheets, each in code order and without a total row
    (the total is `unit`); levels that do not exist below the unit stay empty. `trend` ends with `month`. `memo` columns
    stand beside the numbered ones and take no part in the checks; the figures of every unit hold them too.
    """

    form_code: str
    furniture: FormFurniture
    unit: UnitFigures
    month: date
    edition_no: int
    issued_at: datetime
    issued_by: str
    responsible: str
    statistician: str
    filler: str
    phone: str
    reported_on: date
    digest: str
    replaces: int | None
    columns: tuple[ColumnDef, ...]
    ratios: tuple[RatioDef, ...] = ()
    cities: tuple[UnitFigures, ...] = ()
    counties: tuple[UnitFigures, ...] = ()
    offices: tuple[UnitFigures, ...] = ()
    trend: tuple[TrendMonth, ...] = ()
    memo: tuple[ColumnDef, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    verify_text: str = ""
    highlights: Highlights = field(default=HIGHLIGHTS["T9"])

    def column(self, number: int) -> ColumnDef:
        """The numbered column; `KeyError` when the form has none of that number."""
        return {column.number: column for column in self.columns}[number]


def half_up(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator (> 0) as an integer, halves rounded away from zero."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def growth_percent(this: int, last: int) -> Decimal | None:
    """(this − last) ÷ |last| × 100 with one decimal; both 0 → 0.0; `None` without a base (last is 0, this is not)."""
    if last == 0:
        return Decimal("0.0") if this == 0 else None
    return Decimal(half_up((this - last) * 1000, abs(last))).scaleb(-1)


def growth_text(this: int | None, last: int | None) -> str:
    """Growth as printed in a table: "5.3", "-2.0", 新增 without a base, "…" when a period has no data."""
    if this is None or last is None:
        return NOT_AVAILABLE
    growth = growth_percent(this, last)
    return NO_BASE if growth is None else str(growth)


def ratio_percent(numerator: int, denominator: int) -> Decimal | None:
    """A share in percent with one decimal; `None` for a denominator of 0, which has no share."""
    return Decimal(half_up(numerator * 1000, denominator)).scaleb(-1) if denominator > 0 else None


def ten_thousand_yuan(fen: int) -> Decimal:
    """Fen → 万元 with two decimals. Give it the sum, never parts: rounded parts do not add up."""
    return Decimal(half_up(fen, FEN_PER_HUNDREDTH_OF_TEN_THOUSAND_YUAN)).scaleb(-2)


def printed_value(value: int, column: ColumnDef) -> int | Decimal:
    """The number that stands in print: the count itself, or 万元 for money."""
    return ten_thousand_yuan(value) if column.is_money else value


def value_of(unit: UnitFigures, column: ColumnDef, period: Period) -> int | None:
    """The stored integer, or `None` where the period has no data."""
    value: int | None = getattr(unit.figures[column.code], period)
    return value


def applies(unit: UnitFigures, column: ColumnDef) -> bool:
    """Tell whether a unit has a figure at all: an office has none of what its county types."""
    return not column.typed_at or unit.level != "office" or column.typed_at == "office"


def cell_text(unit: UnitFigures, column: ColumnDef, period: Period) -> str:
    """A figure as printed: "0" for zero, "…" for no data, "—" where the period does not apply, blank for 未报."""
    if not unit.reported:
        return ""
    if column.is_balance and period in ("ytd", "last_ytd"):
        return NOT_APPLICABLE
    if not applies(unit, column):
        return NOT_APPLICABLE
    value = value_of(unit, column, period)
    return NOT_AVAILABLE if value is None else str(printed_value(value, column))


def ratio_of(unit: UnitFigures, ratio: RatioDef, period: Period) -> Decimal | None:
    """The ratio of a unit in a period; `None` without data or with a denominator of 0."""
    numerator = getattr(unit.figures[ratio.numerator], period)
    denominator = getattr(unit.figures[ratio.denominator], period)
    return None if numerator is None or denominator is None else ratio_percent(numerator, denominator)


def ratio_text(unit: UnitFigures, ratio: RatioDef, period: Period) -> str:
    """A ratio as printed: "96.9", "—" for a denominator of 0, "…" for no data, blank for 未报."""
    if not unit.reported:
        return ""
    value = ratio_of(unit, ratio, period)
    if value is not None:
        return str(value)
    known = getattr(unit.figures[ratio.denominator], period) is not None
    return NOT_APPLICABLE if known else NOT_AVAILABLE


def points_text(this: Decimal | None, last: Decimal | None) -> str:
    """Difference of two printed percentages in percentage points, so that the row closes; "…" if one is absent."""
    return NOT_AVAILABLE if this is None or last is None else str(this - last)


def month_label(month: date) -> str:
    """2026年10月."""
    return f"{month.year}年{month.month}月"


def day_label(day: date) -> str:
    """2026年3月5日, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"

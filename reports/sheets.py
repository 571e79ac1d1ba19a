"""The statistical tables of an edition as rows of printed text: the unit sheet and the district sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from reports.content import (
    NOT_APPLICABLE,
    ColumnDef,
    EditionContent,
    Level,
    Period,
    RatioDef,
    UnitFigures,
    cell_text,
    growth_text,
    points_text,
    ratio_of,
    ratio_text,
    value_of,
)

MOST_COLUMNS_IN_BLOCK = 15
SHEET_WIDTH_MM = 261.0
PARENT_WIDTH_MM, LONGEST_NAME_WIDTH_MM = 14.0, 62.0
HAN_WIDTH_MM, DIGIT_WIDTH_MM, PADDING_MM = 3.05, 1.75, 2.6
EXTRA_GROUP = "附列资料"
ROW_LABELS: dict[Level, str] = {"city": "各市", "county": "各县（市、区）", "office": "各司法所"}
PERIOD_LABELS: dict[Period, str] = {"current": "本月", "ytd": "本年累计"}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One indicator of the unit sheet."""

    name: str
    unit: str
    number: str
    current: str
    ytd: str
    last_ytd: str
    growth: str


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """Neighbouring indicators under one head."""

    name: str
    rows: tuple[UnitRow, ...]


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """A column's head: its name, the number under it and its width in millimetres."""

    name: str
    number: str
    width: str


@dataclass(frozen=True, slots=True)
class HeadGroup:
    """A head over `span` neighbouring columns."""

    name: str
    span: int


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """One unit's line in one block; `parent` is empty where every row has the same."""

    name: str
    code: str
    parent: str
    cells: tuple[str, ...]
    is_total: bool


@dataclass(frozen=True, slots=True)
class Block:
    """As many columns as fit side by side on the paper, with every row."""

    groups: tuple[HeadGroup, ...]
    columns: tuple[HeadColumn, ...]
    rows: tuple[DistrictRow, ...]
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class DistrictSheet:
    """All units of one level for one period."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    name_width: str
    code_width: str
    has_parents: bool
    has_zones: bool


@dataclass(frozen=True, slots=True)
class _Printed:
    name: str
    group: str
    number: str
    text: Callable[[UnitFigures], str]


def whole_label(unit: UnitFigures) -> str:
    """全省, 全市, 全县, 全区: what the total row of a unit's sheets stands for."""
    if unit.level == "office":
        return "全所"
    return "全" + (unit.name[-1] if unit.name[-1] in "省市县区" else "区")


def unit_groups(content: EditionContent) -> tuple[UnitGroup, ...]:
    """The unit sheet: every column and memo column, then the ratios, under the heads of the form."""
    groups = [
        UnitGroup(name=name, rows=tuple(_unit_row(content.unit, column, f"{column.number:02d}") for column in columns))
        for name, columns in groupby(content.columns, key=lambda column: column.group)
    ]
    extra = [_unit_row(content.unit, column, NOT_APPLICABLE) for column in content.memo]
    extra += [_ratio_row(content.unit, ratio) for ratio in content.ratios]
    return tuple(groups) + ((UnitGroup(name=EXTRA_GROUP, rows=tuple(extra)),) if extra else ())


def district_sheets(content: EditionContent) -> tuple[DistrictSheet, ...]:
    """For each level below the unit a sheet of the month and one of the year to date, in the order of the report."""
    levels: tuple[tuple[Level, tuple[UnitFigures, ...]], ...] = (
        ("city", content.cities),
        ("county", content.counties),
        ("office", content.offices),
    )
    periods: tuple[Period, ...] = ("current", "ytd")
    return tuple(_district_sheet(content, level, rows, period) for level, rows in levels if rows for period in periods)


def column_widths(rows: Sequence[DistrictRow], count: int, room: float) -> list[float]:
    """Widths in millimetres that share `room` by each column's longest figure, so that no number is cut or broken."""
    weights = [max([5.0, *(len(row.cells[index]) + 1.0 for row in rows)]) for index in range(count)]
    return [room * weight / sum(weights) for weight in weights]


def _unit_row(unit: UnitFigures, column: ColumnDef, number: str) -> UnitRow:
    growth = NOT_APPLICABLE if column.is_balance else ""
    if not column.is_balance and unit.reported:
        this, last = value_of(unit, column, "ytd"), value_of(unit, column, "last_ytd")
        growth = growth_text(this, last)
    return UnitRow(
        name=column.name,
        unit=column.unit,
        number=number,
        current=cell_text(unit, column, "current"),
        ytd=cell_text(unit, column, "ytd"),
        last_ytd=cell_text(unit, column, "last_ytd"),
        growth=growth,
    )


def _ratio_row(unit: UnitFigures, ratio: RatioDef) -> UnitRow:
    change = points_text(ratio_of(unit, ratio, "ytd"), ratio_of(unit, ratio, "last_ytd")) if unit.reported else ""
    return UnitRow(
        name=ratio.name,
        unit="%",
        number=NOT_APPLICABLE,
        current=ratio_text(unit, ratio, "current"),
        ytd=ratio_text(unit, ratio, "ytd"),
        last_ytd=ratio_text(unit, ratio, "last_ytd"),
        growth=change,
    )


def _printed_columns(content: EditionContent, period: Period) -> list[_Printed]:
    def figure(column: ColumnDef) -> Callable[[UnitFigures], str]:
        return lambda unit: cell_text(unit, column, period)

    def share(ratio: RatioDef) -> Callable[[UnitFigures], str]:
        return lambda unit: ratio_text(unit, ratio, period)

    # A balance has no year to date: its column would hold nothing but dashes.
    shown, extra = (
        [column for column in columns if period == "current" or not column.is_balance]
        for columns in (content.columns, content.memo)
    )
    numbered = [_Printed(c.name, c.group, str(c.number), figure(c)) for c in shown]
    memo = [_Printed(c.name, EXTRA_GROUP, "", figure(c)) for c in extra]
    return numbered + memo + [_Printed(f"{r.name}（%）", EXTRA_GROUP, "", share(r)) for r in content.ratios]


def _evenly(columns: Sequence[_Printed]) -> list[Sequence[_Printed]]:
    """Return the columns in as few blocks as there can be: the last one must not stand on pages of its own with one."""
    number = -(-len(columns) // MOST_COLUMNS_IN_BLOCK)
    size, longer = divmod(len(columns), number)
    starts = [block * size + min(block, longer) for block in range(number + 1)]
    return [columns[start:end] for start, end in pairwise(starts)]


def _district_sheet(
    content: EditionContent, level: Level, units: tuple[UnitFigures, ...], period: Period
) -> DistrictSheet:
    columns = _printed_columns(content, period)
    parents = {city.code: city.name for city in content.cities} if level == "county" else {}
    name_width, code_width = _label_widths(content.unit, units)
    room = SHEET_WIDTH_MM - name_width - code_width - (PARENT_WIDTH_MM if parents else 0.0)
    parts = _evenly(columns)
    blocks = tuple(
        _block(
            _rows(content, units, part, parents), part, room=room, is_first=part is parts[0], is_last=part is parts[-1]
        )
        for part in parts
    )
    return DistrictSheet(
        anchor=f"{level}-{period}",
        title=f"{ROW_LABELS[level]}{content.furniture.title}（{PERIOD_LABELS[period]}）",
        blocks=blocks,
        name_width=f"{name_width:.2f}mm",
        code_width=f"{code_width:.2f}mm",
        has_parents=bool(parents),
        has_zones=any(unit.is_zone for unit in units),
    )


def _label_widths(whole: UnitFigures, units: Sequence[UnitFigures]) -> tuple[float, float]:
    longest_name = max(len(name) for name in (_total_name(whole), *map(_row_name, units)))
    longest_code = max(len(unit.code) for unit in (whole, *units))
    name_width = min(longest_name * HAN_WIDTH_MM + PADDING_MM, LONGEST_NAME_WIDTH_MM)
    return name_width, longest_code * DIGIT_WIDTH_MM + PADDING_MM


def _block(
    rows: tuple[DistrictRow, ...], columns: Sequence[_Printed], *, room: float, is_first: bool, is_last: bool
) -> Block:
    widths = column_widths(rows, len(columns), room)
    return Block(
        groups=tuple(HeadGroup(name, len(list(same))) for name, same in groupby(column.group for column in columns)),
        columns=tuple(
            HeadColumn(column.name, column.number, f"{width:.2f}mm")
            for column, width in zip(columns, widths, strict=True)
        ),
        rows=rows,
        is_first=is_first,
        is_last=is_last,
    )


def _rows(
    content: EditionContent, units: Sequence[UnitFigures], columns: Sequence[_Printed], parents: dict[str, str]
) -> tuple[DistrictRow, ...]:
    total = DistrictRow(
        name=_total_name(content.unit),
        code=content.unit.code,
        parent="",
        cells=tuple(column.text(content.unit) for column in columns),
        is_total=True,
    )
    return (total, *(_district_row(unit, columns, parents) for unit in units))


def _total_name(unit: UnitFigures) -> str:
    return f"{whole_label(unit)}合计"


def _row_name(unit: UnitFigures) -> str:
    return unit.name + ("*" if unit.is_zone else "") + ("" if unit.reported else "（未报）")


def _district_row(unit: UnitFigures, columns: Sequence[_Printed], parents: dict[str, str]) -> DistrictRow:
    return DistrictRow(
        name=_row_name(unit),
        code=unit.code,
        parent=parents.get(unit.parent_code, ""),
        cells=tuple(column.text(unit) for column in columns),
        is_total=False,
    )

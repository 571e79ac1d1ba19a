"""The XLSX twin of the printed report: the same figures as numbers, for whoever calculates further.

Counts are integers, money is 万元 with two decimals (rounded as in print), a ratio stands beside its numerator and its
denominator. Every text is written as a string, never as a formula or a link, whatever it begins with. The last sheet,
元数据, is for machines. The same edition gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO

from django.utils.timezone import localtime
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.content import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    ColumnDef,
    EditionContent,
    Level,
    Period,
    RatioDef,
    UnitFigures,
    applies,
    day_label,
    growth_text,
    points_text,
    printed_value,
    ratio_of,
    ratio_text,
    value_of,
)
from reports.report_pdf import edition_label, report_title
from reports.sheets import whole_label

Cell = str | int | Decimal
UNIT_SHEET_NAMES: dict[Level, str] = {"province": "省表", "city": "市表", "county": "县表", "office": "所表"}
ROW_SHEET_NAMES: dict[Level, str] = {"city": "各市", "county": "各县", "office": "各所"}
LEVEL_NAMES: dict[Level, str] = {"province": "省级", "city": "市级", "county": "县级", "office": "司法所"}
UNIT_PERIODS: dict[Period, str] = {
    "current": "本月",
    "previous": "上月",
    "last_year": "上年同月",
    "ytd": "本年累计",
    "last_ytd": "上年同期累计",
}


@dataclass(frozen=True, slots=True)
class Formats:
    """How the cells of a workbook look."""

    head: Format
    text: Format
    count: Format
    money: Format
    share: Format


def write_xlsx(content: EditionContent, stream: IO[bytes]) -> None:
    """Write the whole workbook to `stream`, which must be seekable. Reads nothing but `content`."""
    workbook = open_workbook(stream, report_title(content), content.issued_by, content.issued_at)
    formats = formats_of(workbook)
    write_rows(workbook, formats, "封面", _cover_rows(content), widths=(20, 60))
    write_tables(workbook, formats, content)
    write_rows(workbook, formats, "元数据", _metadata_rows(content), widths=(24, 70), head=1)
    workbook.close()


def open_workbook(stream: IO[bytes], title: str, company: str, moment: datetime) -> Workbook:
    """Return a workbook whose bytes depend on nothing but what is written to it."""
    workbook = Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # Without a fixed moment the file would carry the time at which it was drawn again.
    created = localtime(moment).replace(tzinfo=None)
    workbook.set_properties({"title": title, "company": company, "created": created})
    return workbook


def write_tables(workbook: Workbook, formats: Formats, content: EditionContent, prefix: str = "") -> None:
    """Write the sheets of one form: the unit's, those of each level below it, its definitions and its checks."""
    name = f"{prefix}{UNIT_SHEET_NAMES[content.unit.level]}"
    write_rows(workbook, formats, name, _unit_rows(content), widths=(8, 24, 30), head=1)
    levels: tuple[tuple[Level, tuple[UnitFigures, ...]], ...] = (
        ("city", content.cities),
        ("county", content.counties),
        ("office", content.offices),
    )
    for level, units in levels:
        if units:
            name = f"{prefix}{ROW_SHEET_NAMES[level]}"
            rows = _district_rows(content, units, "current")
            write_rows(workbook, formats, name, rows, widths=(14, 30, 10, 8, 8, 8), head=3, fixed_columns=2)
            rows = _district_rows(content, units, "ytd")
            write_rows(workbook, formats, f"{name}累计", rows, widths=(14, 30, 10, 8, 8, 8), head=3, fixed_columns=2)
    name = f"{prefix}指标解释"
    write_rows(workbook, formats, name, _definition_rows(content), widths=(8, 30, 10, 80, 50, 8), head=1)
    write_rows(workbook, formats, f"{prefix}审核关系", _check_rows(content), widths=(8, 40, 10, 80), head=1)


def figure_cell(unit: UnitFigures, column: ColumnDef, period: Period) -> Cell:
    """A figure as the number that stands in print; "…" without data, "—" where it does not apply, "" for 未报."""
    if not unit.reported:
        return ""
    if (column.is_balance and period in ("ytd", "last_ytd")) or not applies(unit, column):
        return NOT_APPLICABLE
    value = value_of(unit, column, period)
    return NOT_AVAILABLE if value is None else printed_value(value, column)


def formats_of(workbook: Workbook) -> Formats:
    base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    return Formats(
        head=workbook.add_format({**base, "bold": True, "text_wrap": True, "align": "center", "border": 1}),
        text=workbook.add_format({**base, "text_wrap": True}),
        count=workbook.add_format({**base, "num_format": "0"}),
        money=workbook.add_format({**base, "num_format": "0.00"}),
        share=workbook.add_format({**base, "num_format": "0.0"}),
    )


def write_rows(
    workbook: Workbook,
    formats: Formats,
    name: str,
    rows: Iterable[Sequence[Cell]],
    *,
    widths: Sequence[int],
    head: int = 0,
    fixed_columns: int = 0,
) -> None:
    """Write one sheet of rows; the first ``head`` of them are headings and stay in sight."""
    sheet = workbook.add_worksheet(name)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    if head:
        sheet.freeze_panes(head, fixed_columns)
    for row_number, row in enumerate(rows):
        for column_number, cell in enumerate(row):
            _write_cell(sheet, formats, row_number, column_number, cell, is_head=row_number < head)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(0, max(head - 1, 0))
    sheet.fit_to_pages(1, 0)


def _write_cell(sheet: Worksheet, formats: Formats, row: int, column: int, cell: Cell, *, is_head: bool) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, formats.head if is_head else formats.text)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, formats.head if is_head else formats.count)
    else:
        # A ratio has one decimal, an amount two.
        places = cell.as_tuple().exponent
        sheet.write_number(row, column, float(cell), formats.share if places == -1 else formats.money)


def _cover_rows(content: EditionContent) -> list[list[Cell]]:
    furniture = content.furniture
    notes: list[list[Cell]] = [["说明", note] for note in content.notes]
    return [
        ["表名", furniture.title],
        ["期别", furniture.period_label],
        ["填报单位", content.issued_by],
        ["表号", furniture.form_no],
        ["制定机关", furniture.issuer],
        ["批准（备案）机关", furniture.approval_body],
        ["批准（备案）文号", furniture.approval_no],
        ["有效期至", day_label(furniture.valid_to) if furniture.valid_to else ""],
        ["计量单位", furniture.unit_of_measure],
        ["版次", edition_label(content)],
        ["校验码", content.digest],
        ["单位负责人", content.responsible],
        ["统计负责人", content.statistician],
        ["填表人", content.filler],
        ["联系电话", content.phone],
        ["报出日期", day_label(content.reported_on)],
        *notes,
        ["说明", "金额单位为万元，按合计数四舍五入保留两位小数；“—”表示不适用，“…”表示无数据，空白为未报送。"],
    ]


def _unit_rows(content: EditionContent) -> list[list[Cell]]:
    unit = content.unit
    rows: list[list[Cell]] = [["代码", "分组", "指标名称", "计量单位", *UNIT_PERIODS.values(), "累计增减%"]]
    for column in (*content.columns, *content.memo):
        number: Cell = f"{column.number:02d}" if column.number else NOT_APPLICABLE
        cells = [figure_cell(unit, column, period) for period in UNIT_PERIODS]
        rows.append([number, column.group, column.name, column.unit, *cells, _growth_cell(unit, column)])
    for ratio in content.ratios:
        shares = [_share_cell(unit, ratio, period) for period in UNIT_PERIODS]
        change = points_text(ratio_of(unit, ratio, "ytd"), ratio_of(unit, ratio, "last_ytd"))
        rows.append([NOT_APPLICABLE, "", ratio.name, "%", *shares, _number_or_text(change)])
    return rows


def _growth_cell(unit: UnitFigures, column: ColumnDef) -> Cell:
    if column.is_balance:
        return NOT_APPLICABLE
    return _number_or_text(growth_text(value_of(unit, column, "ytd"), value_of(unit, column, "last_ytd")))


def _number_or_text(text: str) -> Cell:
    return Decimal(text) if text[-1:].isascii() and text[-1:].isdigit() else text


def _share_cell(unit: UnitFigures, ratio: RatioDef, period: Period) -> Cell:
    return _number_or_text(ratio_text(unit, ratio, period))


def _district_rows(content: EditionContent, units: Sequence[UnitFigures], period: Period) -> list[list[Cell]]:
    columns = [c for c in (*content.columns, *content.memo) if period == "current" or not c.is_balance]
    by_code = {column.code: column for column in columns}
    heads: list[list[Cell]] = [
        ["代码", "名称", "上级代码", "级别", "功能区", "报送", *(column.group for column in columns)],
        ["", "", "", "", "", "", *(f"{column.name}（{column.unit}）" for column in columns)],
        ["", "", "", "", "", "", *(column.number or NOT_APPLICABLE for column in columns)],
    ]
    for ratio in content.ratios:
        heads[0] += [ratio.name] * 3
        parts = (by_code[ratio.numerator], by_code[ratio.denominator])
        # Two ratios may have the same numerator: a heading that stands twice names no column.
        heads[1] += [f"{ratio.name}{part}" for part in (f"分子：{parts[0].name}", f"分母：{parts[1].name}", "（%）")]
        heads[2] += [NOT_APPLICABLE] * 3
    rows: list[list[Cell]] = []
    for unit in (content.unit, *units):
        name = f"{whole_label(unit)}合计" if unit is content.unit else unit.name
        marks = [LEVEL_NAMES[unit.level], "是" if unit.is_zone else "否", "已报" if unit.reported else "未报"]
        cells = [figure_cell(unit, column, period) for column in columns]
        for ratio in content.ratios:
            cells += [figure_cell(unit, by_code[code], period) for code in (ratio.numerator, ratio.denominator)]
            cells.append(_share_cell(unit, ratio, period))
        rows.append([unit.code, name, unit.parent_code, *marks, *cells])
    return heads + rows


def _definition_rows(content: EditionContent) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["代码", "指标名称", "计量单位", "解释", "依据", "版本"]]
    for column in (*content.columns, *content.memo):
        number: Cell = f"{column.number:02d}" if column.number else NOT_APPLICABLE
        rows.append([number, column.name, column.unit, column.definition, column.article, column.version])
    return rows + [[NOT_APPLICABLE, ratio.name, "%", ratio.definition, "", ""] for ratio in content.ratios]


def _check_rows(content: EditionContent) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["序号", "审核关系", "结果", "说明"]]
    for number, check in enumerate(content.checks, start=1):
        rows.append([number, check.name, "通过" if check.passed else "未通过", check.text])
    return rows


def _metadata_rows(content: EditionContent) -> list[list[Cell]]:
    replaces: Cell = "" if content.replaces is None else content.replaces
    return [
        ["key", "value"],
        ["form_code", content.form_code],
        ["form_no", content.furniture.form_no],
        ["period", f"{content.month:%Y-%m}"],
        ["unit_code", content.unit.code],
        ["unit_name", content.unit.name],
        ["edition", content.edition_no],
        ["replaces", replaces],
        ["digest", content.digest],
        ["issued_at", localtime(content.issued_at).isoformat(timespec="seconds")],
        ["money_unit", "10000 CNY"],
    ]

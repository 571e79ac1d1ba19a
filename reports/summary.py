"""The report's key figures and the sentences about them; every number in a sentence is one of the frozen figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.content import (
    NOT_APPLICABLE,
    ColumnDef,
    EditionContent,
    Period,
    RatioDef,
    UnitFigures,
    cell_text,
    growth_percent,
    growth_text,
    month_label,
    points_text,
    printed_value,
    ratio_of,
    ratio_percent,
    ratio_text,
    value_of,
)

LEADERS = 3


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One line of 主要指标. `on_month` (环比) compares with last month, `on_year` (同比) with last year's same month."""

    name: str
    unit: str
    current: str
    previous: str
    on_month: str
    last_year: str
    on_year: str
    ytd: str
    last_ytd: str
    ytd_growth: str


def key_rows(content: EditionContent) -> tuple[KeyRow, ...]:
    """The form's key columns, its ratios (whose changes are in percentage points) and its memo columns."""
    key = [_column_row(content.unit, content.column(number)) for number in content.highlights.key]
    ratios = [_ratio_row(content.unit, ratio) for ratio in content.ratios]
    return (*key, *ratios, *(_column_row(content.unit, column) for column in content.memo))


def paragraphs(content: EditionContent) -> tuple[str, ...]:
    """The month, the year to date, the leading lower units and the leading parts, as far as there is one to name."""
    texts = [_month_text(content), _year_text(content), _units_text(content), _parts_text(content)]
    return tuple(text for text in texts if text)


def lower_units(content: EditionContent) -> tuple[UnitFigures, ...]:
    """The units directly below the issuing one."""
    return content.cities or content.counties or content.offices


def change_phrase(base: str, this: int, last: int | None) -> str:
    """同比增长5.3%, 同比下降2.0%, 同比持平; "" when there are no data to compare with."""
    if last is None:
        return ""
    growth = growth_percent(this, last)
    if growth is None:
        return f"{base}新增（基期为0）"
    if growth == 0:
        return f"{base}持平"
    return f"{base}{'增长' if growth > 0 else '下降'}{abs(growth)}%"


def _month_text(content: EditionContent) -> str:
    unit = content.unit
    parts = []
    figures = []
    for number in content.highlights.key:
        column = content.column(number)
        figure = unit.figures[column.code]
        figures.append(figure)
        phrase = f"{column.name}{printed_value(figure.current, column)}{column.unit}"
        on_year = change_phrase("同比", figure.current, figure.last_year)
        on_month = change_phrase("环比", figure.current, figure.previous)
        parts.append(_joined(phrase, on_year, on_month))
    parts += [_ratio_phrase(unit, ratio) for ratio in content.ratios if ratio_of(unit, ratio, "current") is not None]
    gaps = []
    if any(figure.last_year is None for figure in figures):
        gaps.append("同比")
    if any(figure.previous is None for figure in figures):
        gaps.append("环比")
    return f"{month_label(content.month)}，{unit.name}" + "；".join(parts) + _gap_remark(gaps) + "。"


def _joined(*phrases: str) -> str:
    return "，".join(phrase for phrase in phrases if phrase)


def _gap_remark(gaps: Sequence[str]) -> str:
    return f"（{'、'.join(gaps)}无可比数据）" if gaps else ""


def _ratio_phrase(unit: UnitFigures, ratio: RatioDef) -> str:
    this, last = ratio_of(unit, ratio, "current"), ratio_of(unit, ratio, "last_year")
    phrase = f"{ratio.name}{this}%"
    if this is None or last is None:
        return phrase
    if this == last:
        return f"{phrase}，与上年同月持平"
    return f"{phrase}，比上年同月{'提高' if this > last else '降低'}{abs(this - last)}个百分点"


def _year_text(content: EditionContent) -> str:
    if content.month.month == 1:
        return ""  # In January the year to date is the month.
    parts = []
    gaps: list[str] = []
    for number in content.highlights.key:
        column = content.column(number)
        figure = content.unit.figures[column.code]
        if figure.ytd is not None:
            phrase = f"{column.name}{printed_value(figure.ytd, column)}{column.unit}"
            parts.append(_joined(phrase, change_phrase("同比", figure.ytd, figure.last_ytd)))
            gaps += ["同比"] if figure.last_ytd is None and not gaps else []
    return f"1—{content.month.month}月累计，" + "；".join(parts) + _gap_remark(gaps) + "。" if parts else ""


def _units_text(content: EditionContent) -> str:
    column = content.column(content.highlights.ranking)
    named = [(unit.name, unit.figures[column.code].current) for unit in lower_units(content) if unit.reported]
    if len(named) <= LEADERS:
        return ""
    whole = content.unit.figures[column.code].current
    return _leaders_text(f"{column.name}居前{_numeral(LEADERS)}位的是", named, whole, column, content.unit.name)


def _parts_text(content: EditionContent) -> str:
    columns = [content.column(number) for number in content.highlights.composition]
    if not columns:
        return ""
    ranking = content.column(content.highlights.ranking)
    named = [(column.name, content.unit.figures[column.code].current) for column in columns]
    whole = content.unit.figures[ranking.code].current
    opening = f"从{columns[0].group}看，居前{_numeral(LEADERS)}位的是"
    return _leaders_text(opening, named, whole, ranking, f"{content.unit.name}{ranking.name}")


def _leaders_text(opening: str, named: Sequence[tuple[str, int]], whole: int, column: ColumnDef, of_what: str) -> str:
    leaders = sorted(named, key=lambda pair: -pair[1])[:LEADERS]
    share = ratio_percent(sum(value for _, value in leaders), whole)
    if share is None or leaders[-1][1] <= 0:
        return ""
    names = "、".join(f"{name}{printed_value(value, column)}{column.unit}" for name, value in leaders)
    return f"{opening}{names}，合计占{of_what}的{share}%。"


def _numeral(number: int) -> str:
    return "零一二三四五六七八九"[number]


def _column_row(unit: UnitFigures, column: ColumnDef) -> KeyRow:
    def growth(this: Period, last: Period) -> str:
        if not unit.reported:
            return ""
        if column.is_balance and this == "ytd":
            return NOT_APPLICABLE
        return growth_text(value_of(unit, column, this), value_of(unit, column, last))

    return KeyRow(
        name=column.name,
        unit=column.unit,
        current=cell_text(unit, column, "current"),
        previous=cell_text(unit, column, "previous"),
        on_month=growth("current", "previous"),
        last_year=cell_text(unit, column, "last_year"),
        on_year=growth("current", "last_year"),
        ytd=cell_text(unit, column, "ytd"),
        last_ytd=cell_text(unit, column, "last_ytd"),
        ytd_growth=growth("ytd", "last_ytd"),
    )


def _ratio_row(unit: UnitFigures, ratio: RatioDef) -> KeyRow:
    def change(this: Period, last: Period) -> str:
        return points_text(ratio_of(unit, ratio, this), ratio_of(unit, ratio, last)) if unit.reported else ""

    return KeyRow(
        name=ratio.name,
        unit="%",
        current=ratio_text(unit, ratio, "current"),
        previous=ratio_text(unit, ratio, "previous"),
        on_month=change("current", "previous"),
        last_year=ratio_text(unit, ratio, "last_year"),
        on_year=change("current", "last_year"),
        ytd=ratio_text(unit, ratio, "ytd"),
        last_ytd=ratio_text(unit, ratio, "last_ytd"),
        ytd_growth=change("ytd", "last_ytd"),
    )

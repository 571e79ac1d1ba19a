"""The printed report of an edition: builds what the templates print and hands it to the print engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localdate

from casework.documents import RenderedPdf, render_pdf
from reports.charts import BarChart, ColumnChart, bar_chart, column_chart
from reports.content import EditionContent, TrendMonth, day_label, month_label, printed_value, ratio_percent
from reports.sheets import DistrictSheet, district_sheets, unit_groups, whole_label
from reports.summary import key_rows, lower_units, paragraphs

TEMPLATE = "print/report/report.html"
DIGEST_SHOWN = 16
RANKED_UNITS = 20
IMPORTED_REMARK = "注：带*的月份为系统启用前的数据，由原报表导入。"
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents; `depth` 2 is a table within a chapter."""

    anchor: str
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: its caption, its text alternative and its geometry."""

    caption: str
    description: str
    geometry: ColumnChart | BarChart
    kind: str
    legend: tuple[str, ...] = ()
    remark: str = ""


def render_report_pdf(content: EditionContent) -> RenderedPdf:
    """Draw the whole report. Reads nothing but `content`; the same edition gives the same bytes."""
    return render_pdf(TEMPLATE, build_context(content), title=report_title(content), created=content.issued_at)


def report_title(content: EditionContent) -> str:
    """山东省人民调解案件情况统计表（2026年10月）, as the file's title and the head of its pages."""
    return f"{content.unit.name}{content.furniture.title}（{month_label(content.month)}）"


def build_context(content: EditionContent) -> dict[str, Any]:
    """Everything that the templates print, as text that is ready."""
    sheets = district_sheets(content)
    whole = whole_label(content.unit)
    unit_title = f"{whole}{content.furniture.title}"
    digest = content.digest[:DIGEST_SHOWN]
    return {
        "content": content,
        "furniture": content.furniture,
        "report_title": report_title(content),
        "month": month_label(content.month),
        "edition": edition_label(content),
        "digest": digest,
        "digest_spaced": " ".join(digest[start : start + 4] for start in range(0, len(digest), 4)),
        "issued_on": day_label(localdate(content.issued_at)),
        "reported_on": day_label(content.reported_on),
        "valid_to": day_label(content.furniture.valid_to) if content.furniture.valid_to else "",
        "entries": contents_entries(content, unit_title, sheets),
        "paragraphs": paragraphs(content),
        "key_rows": key_rows(content),
        "charts": charts(content),
        "unit_title": unit_title,
        "unit_groups": unit_groups(content),
        "sheets": sheets,
    }


def edition_label(content: EditionContent) -> str:
    """第1版; a corrected edition says which one it replaces."""
    label = f"第{content.edition_no}版"
    return label if content.replaces is None else f"{label}（修订，替代第{content.replaces}版）"


def contents_entries(content: EditionContent, unit_title: str, sheets: tuple[DistrictSheet, ...]) -> tuple[Entry, ...]:
    """The chapters with their numerals, and the tables within theirs."""
    chapters = [("key-figures", "主要指标"), ("charts", "统计图"), ("tables", "统计表")]
    chapters += [("definitions", "指标解释"), ("checks", "审核关系与说明")]
    entries: list[Entry] = []
    for numeral, (anchor, title) in zip(NUMERALS, chapters, strict=False):
        entries.append(Entry(anchor, f"{numeral}、{title}", 1))
        if anchor == "tables":
            entries.append(Entry("unit-sheet", unit_title, 2))
            entries += [Entry(sheet.anchor, sheet.title, 2) for sheet in sheets]
    return tuple(entries)


def charts(content: EditionContent) -> tuple[Chart, ...]:
    """Trend, composition and comparison of the lower units; a chart without figures is left out."""
    drawn = (_trend(content), _composition(content), _ranking(content))
    return tuple(chart for chart in drawn if chart is not None)


def _trend(content: EditionContent) -> Chart | None:
    if not content.trend:
        return None
    columns = [content.column(number) for number in content.highlights.trend]
    series = [[month.figures.get(column.code) for month in content.trend] for column in columns]
    labels = [_month_mark(point, is_first=index == 0) for index, point in enumerate(content.trend)]
    first, last = month_label(content.trend[0].month), month_label(content.trend[-1].month)
    caption = f"{first}至{last}{'与'.join(column.name for column in columns)}（{columns[0].unit}）"
    values = "；".join(
        f"{label} {'无数据' if value is None else value}" for label, value in zip(labels, series[0], strict=True)
    )
    geometry = column_chart(labels=labels, columns=series[0], line=series[1] if len(series) > 1 else ())
    return Chart(
        caption=caption,
        description=f"{columns[0].name}：{values}",
        geometry=geometry,
        kind="columns",
        legend=tuple(column.name for column in columns),
        remark=IMPORTED_REMARK if any(point.imported for point in content.trend) else "",
    )


def _month_mark(point: TrendMonth, *, is_first: bool) -> str:
    year = f"{point.month.year % 100:02d}年" if is_first or point.month.month == 1 else ""
    return f"{year}{point.month.month}月" + ("*" if point.imported else "")


def _composition(content: EditionContent) -> Chart | None:
    columns = [content.column(number) for number in content.highlights.composition]
    if not columns:
        return None
    ranking = content.column(content.highlights.ranking)
    whole = content.unit.figures[ranking.code].current
    rows = []
    for column in sorted(columns, key=lambda column: -content.unit.figures[column.code].current):
        value = content.unit.figures[column.code].current
        share = ratio_percent(value, whole)
        share_text = "" if share is None else f"（{share}%）"
        rows.append((column.name, value, f"{printed_value(value, column)}{share_text}"))
    return _bars(f"{month_label(content.month)}{columns[0].group}（{columns[0].unit}，占比）", rows)


def _ranking(content: EditionContent) -> Chart | None:
    column = content.column(content.highlights.ranking)
    units = [unit for unit in lower_units(content) if unit.reported]
    if not units:
        return None
    ranked = sorted(units, key=lambda unit: -unit.figures[column.code].current)[:RANKED_UNITS]
    values = [(unit.name, unit.figures[column.code].current) for unit in ranked]
    rows = [(name, value, str(printed_value(value, column))) for name, value in values]
    limit = f"，前{RANKED_UNITS}位" if len(units) > RANKED_UNITS else ""
    return _bars(f"{month_label(content.month)}各地{column.name}（{column.unit}{limit}）", rows)


def _bars(caption: str, rows: list[tuple[str, int, str]]) -> Chart:
    description = "；".join(f"{name} {text}" for name, _, text in rows)
    return Chart(caption, description, bar_chart(rows), "bars")

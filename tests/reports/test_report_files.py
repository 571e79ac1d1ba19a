"""The report's PDF and XLSX, read back from the files: every figure stands where the edition says."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pypdf
import pytest

from casework.documents import RenderedPdf
from reports.content import EditionContent, Figure, Period, UnitFigures, cell_text, ratio_text
from reports.report_pdf import render_report_pdf
from reports.report_xlsx import write_xlsx
from tests.reports.editions import DIGEST, figures, province_edition, unit_counts

FORMULA_STARTS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "http://example.org")


@pytest.fixture(scope="module")
def content() -> EditionContent:
    return province_edition()


@pytest.fixture(scope="module")
def rendered(content: EditionContent) -> RenderedPdf:
    return render_report_pdf(content)


@pytest.fixture(scope="module")
def pages(rendered: RenderedPdf) -> list[str]:
    return page_texts(rendered)


@pytest.fixture(scope="module")
def workbook(content: EditionContent) -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx_bytes(content)))


def page_texts(rendered: RenderedPdf) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(rendered.content)).pages]


def xlsx_bytes(content: EditionContent) -> bytes:
    stream = io.BytesIO()
    write_xlsx(content, stream)
    return stream.getvalue()


def sheet_rows(workbook: Any, name: str) -> list[tuple[Any, ...]]:
    return list(workbook[name].iter_rows(values_only=True))


def pages_of(pages: Sequence[str], title: str) -> str:
    """The pages of one district sheet: it begins with its title and its 续表 bear it too."""
    return "\n".join(page for page in pages[2:] if title in page)


def printed_row(text: str, name: str, code: str) -> list[str]:
    """All figures printed after a unit's name and code, block after block."""
    lines = re.findall(rf"{name}\*? {code} (.+)$", text, re.MULTILINE)
    return " ".join(lines).split()


def expected_row(content: EditionContent, unit: UnitFigures, period: Period) -> list[str]:
    columns = [*content.columns, *(content.memo if period == "current" else ())]
    cells = [cell_text(unit, column, period) for column in columns]
    return cells + [ratio_text(unit, ratio, period) for ratio in content.ratios]


@pytest.mark.parametrize(("period", "label"), [("current", "本月"), ("ytd", "本年累计")])
@pytest.mark.parametrize(("level", "row_label"), [("cities", "各市"), ("counties", "各县（市、区）")])
def test_every_figure_of_the_district_sheets_is_printed(
    content: EditionContent, pages: list[str], level: str, row_label: str, period: Period, label: str
) -> None:
    text = pages_of(pages, f"{row_label}人民调解案件情况统计表（{label}）")
    assert printed_row(text, "全省合计", content.unit.code) == expected_row(content, content.unit, period)
    for unit in getattr(content, level):
        assert printed_row(text, unit.name, unit.code) == expected_row(content, unit, period)


def test_the_unit_sheet_prints_month_year_and_growth(content: EditionContent, pages: list[str]) -> None:
    text = next(page for page in pages[2:] if "全省人民调解案件情况统计表" in page)
    for column in content.columns:
        row = re.search(rf"{re.escape(column.name)} {column.unit} {column.number:02d} (.+)", text)
        assert row is not None
        printed = row[1].split()
        assert printed[:3] == [cell_text(content.unit, column, period) for period in ("current", "ytd", "last_ytd")]
    assert re.search(r"期末调解中 件 — \d+ — — —", text)


def test_the_first_row_of_a_district_sheet_is_the_total(pages: list[str]) -> None:
    text = pages_of(pages, "各市人民调解案件情况统计表（本月）")
    assert text.index("全省合计 37 ") < text.index("第1市 3701 ")


def test_the_cover_names_edition_digest_and_furniture_without_a_red_head(pages: list[str]) -> None:
    cover = pages[0]
    for text in (
        "山东省",
        "人民调解案件情况统计表",
        "2026年10月",
        "第1版",
        "鲁司统9表",
        "鲁统制〔2026〕9号",
        "2028年12月31日",
    ):
        assert text in cover
    assert DIGEST[:16] in cover.replace(" ", "")
    assert "可凭校验码在门户核对" in cover


def test_every_sheet_bears_its_furniture(pages: list[str]) -> None:
    first = next(page for page in pages[2:] if "全省人民调解案件情况统计表" in page)
    for text in ("表　　号", "制定机关", "批准（备案）机关", "批准（备案）文号", "有效期至", "填报单位：山东省司法厅"):
        assert text in first
    for text in (
        "计量单位：件、人、万元",
        "单位负责人：张建国",
        "统计负责人：李秀英",
        "填表人：王璟",
        "报出日期：2026年11月12日",
    ):
        assert text in first


def test_pages_are_numbered_and_the_contents_point_to_them(rendered: RenderedPdf, pages: list[str]) -> None:
    assert rendered.pages == len(pages)
    for number, text in enumerate(pages[1:], start=2):
        assert f"第 {number} 页　共 {len(pages)} 页" in text
    entries = re.findall(r"^(.+?)(?:\. ?)+ ?(\d+)$", pages[1], re.MULTILINE)
    assert len(entries) == 10
    for title, number in entries:
        assert title.strip() in pages[int(number) - 1]


def test_a_sheet_that_goes_on_says_so(pages: list[str]) -> None:
    text = [page for page in pages[2:] if "各市人民调解案件情况统计表（本月）" in page]
    assert ["续表" in page for page in text] == [False, True, True]


def test_definitions_and_checks_are_printed_with_their_results(content: EditionContent, pages: list[str]) -> None:
    text = "".join(pages[-4:]).replace("\n", "").replace(" ", "")
    for column in (*content.columns, *content.memo):
        assert column.definition in text
        assert column.article in text
    assert "1=12+13+14通过" in text
    assert "2≥2×1未通过已附说明" in text


def test_the_sentences_hold_the_frozen_figures(content: EditionContent, pages: list[str]) -> None:
    text = pages[2].replace("\n", "")
    for number in content.highlights.key:
        column = content.column(number)
        assert f"{column.name}{cell_text(content.unit, column, 'current')}{column.unit}" in text
        assert f"{column.name}{cell_text(content.unit, column, 'ytd')}{column.unit}" in text
    leader = max(content.cities, key=lambda city: city.figures["c1"].current)
    assert f"调解案件总数居前三位的是{leader.name}" in text


def test_charts_bear_a_text_alternative(rendered: RenderedPdf) -> None:
    root: Any = pypdf.PdfReader(io.BytesIO(rendered.content)).trailer["/Root"]
    drawings = [item for item in _structure(root["/StructTreeRoot"]) if item.get("/S") == "/Figure"]
    assert len(drawings) == 3
    assert all(str(item["/Alt"]) for item in drawings)


def _structure(node: Any) -> list[Any]:
    found = []
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        item = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(item, dict) and "/S" in item:
            found += [item, *_structure(item)]
    return found


def test_the_same_edition_gives_the_same_bytes(content: EditionContent, rendered: RenderedPdf) -> None:
    assert render_report_pdf(content).sha256 == rendered.sha256
    assert xlsx_bytes(content) == xlsx_bytes(content)


def test_a_city_edition_prints_counties_missing_data_and_a_unit_that_did_not_report() -> None:
    whole = province_edition()
    city = whole.cities[0]
    counties = [unit for unit in whole.counties if unit.parent_code == city.code]
    counties[0] = replace(counties[0], reported=False, figures={})
    unknown = {
        code: replace(figure, previous=None, last_year=None, last_ytd=None) for code, figure in city.figures.items()
    }
    content = replace(
        whole,
        unit=replace(city, figures=unknown | {"c31": Figure(5, 0, 0, 5, 0)}),
        cities=(),
        counties=tuple(counties),
        edition_no=2,
        replaces=1,
    )
    texts = page_texts(render_report_pdf(content))
    assert "第2版（修订，替代第1版）" in texts[0]
    assert "（同比、环比无可比数据）" in texts[2].replace("\n", "")
    sheet = pages_of(texts, "各县（市、区）人民调解案件情况统计表（本月）")
    assert "全市合计" in sheet
    assert f"{counties[0].name}（未报） {counties[0].code}" in sheet
    unit_sheet = next(text for text in texts[2:] if "全市人民调解案件情况统计表" in text)
    assert re.search(r"件 31 5 5 0 新增", unit_sheet)
    assert re.search(r"件 01 \d+ \d+ … …", unit_sheet)


def test_a_county_edition_prints_its_offices() -> None:
    whole = province_edition()
    county = whole.counties[0]
    offices = tuple(
        UnitFigures(
            5000 + number, f"{county.code}{number:03d}", f"第{number}司法所", "office", county.code, False,
            figures(unit_counts(number)),
        )
        for number in range(1, 5)
    )  # fmt: skip
    content = replace(whole, unit=county, cities=(), counties=(), offices=offices, month=date(2026, 1, 1))
    texts = page_texts(render_report_pdf(content))
    sheet = pages_of(texts, "各司法所人民调解案件情况统计表（本月）")
    assert "全县合计" in sheet
    for office in offices:
        assert printed_row(sheet, office.name, office.code) == expected_row(content, office, "current")
    # In January the year to date is the month and is not told twice.
    assert "月累计，" not in texts[2]


@pytest.mark.parametrize(("name", "level"), [("各市", "cities"), ("各县", "counties")])
def test_the_workbook_holds_every_figure_as_a_number(
    content: EditionContent, workbook: Any, name: str, level: str
) -> None:
    for sheet, period in ((name, "current"), (f"{name}累计", "ytd")):
        heads, _, numbers, *rows = sheet_rows(workbook, sheet)
        assert heads[0] == "代码"
        places = [numbers.index(column.number) for column in content.columns]
        units = (content.unit, *getattr(content, level))
        assert len(rows) == len(units)
        for row, unit in zip(rows, units, strict=True):
            assert row[0] == unit.code
            printed = [cell_text(unit, column, period) for column in content.columns]  # type: ignore[arg-type]
            assert [float(row[place]) for place in places] == [float(text) for text in printed]
            assert all(isinstance(row[place], int | float) for place in places)


def test_a_ratio_stands_beside_its_numerator_and_denominator(content: EditionContent, workbook: Any) -> None:
    _, names, _, total, *_ = sheet_rows(workbook, "各市")
    assert names[-3:] == ("调解成功率分子：调解成功案件数", "调解成功率分母：调解案件总数", "调解成功率（%）")
    figures = content.unit.figures
    assert total[-3:-1] == (figures["c3"].current, figures["c1"].current)
    assert total[-1] == float(ratio_text(content.unit, content.ratios[0], "current"))


def test_the_workbook_says_what_it_is_to_a_machine(workbook: Any) -> None:
    assert workbook.sheetnames[0] == "封面"
    assert {"省表", "各市", "各县", "指标解释"} <= set(workbook.sheetnames)
    meta = dict(sheet_rows(workbook, "元数据"))
    assert meta["form_no"] == "鲁司统9表"
    assert meta["period"] == "2026-10"
    assert meta["unit_code"] == "37"
    assert meta["edition"] == 1
    assert meta["digest"] == DIGEST


def test_no_text_becomes_a_formula_or_a_link() -> None:
    whole = province_edition(cities=1, counties=1)
    for start in FORMULA_STARTS:
        content = replace(
            whole,
            notes=(start,),
            responsible=start,
            columns=(replace(whole.columns[0], name=start, definition=start), *whole.columns[1:]),
            cities=(replace(whole.cities[0], name=start),),
        )
        workbook = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(content)))
        cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
        assert sum(cell.value == start for cell in cells) >= 5 or start.startswith(("\t", "\r"))
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


@pytest.mark.slow
def test_a_whole_province_is_drawn() -> None:
    content = province_edition(cities=16, counties=151)
    rendered = render_report_pdf(content)
    texts = page_texts(rendered)
    sheet = pages_of(texts, "各县（市、区）人民调解案件情况统计表（本年累计）")
    for unit in content.counties:
        assert printed_row(sheet, unit.name, unit.code) == expected_row(content, unit, "ytd")

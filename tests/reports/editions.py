"""Made-up editions for the tests of the printed report: every relation between the columns holds at every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

from reports.content import (
    Check,
    ColumnDef,
    EditionContent,
    Figure,
    FormFurniture,
    RatioDef,
    TrendMonth,
    UnitFigures,
)

MONTH = date(2026, 10, 1)
DIGEST = "3f9c0a1b5d7e2468" * 4
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("总体情况", ("调解案件总数", "涉及当事人数", "调解成功案件数", "疑难复杂案件", "涉及金额（协议涉及金额）")),
    (
        "不同主体调解情况",
        (
            "村调委会",
            "居调委会",
            "乡镇调委会",
            "街道调委会",
            "企事业单位调委会",
            "社会团体和其他组织调委会",
        ),
    ),
    ("案件来源", ("主动调解", "依申请调解", "接受委托移送调解")),
    ("其中：接受委托移送", ("法院", "检察院", "公安机关", "信访部门", "其他部门")),
    ("案件分类", (*(f"第{number}类纠纷" for number in range(1, 18)), "其他纠纷")),
    ("协议形式", ("口头协议", "书面协议")),
)
UNITS_OF_MEASURE = {2: "人", 5: "万元"}
PERIODS = 5


def columns() -> tuple[ColumnDef, ...]:
    """The 39 columns of the form."""
    names = [(group, name) for group, members in GROUPS for name in members]
    return tuple(
        ColumnDef(
            code=f"c{number}",
            number=number,
            name=name,
            name_en=f"Column {number}",
            unit=UNITS_OF_MEASURE.get(number, "件"),
            group=group,
            is_money=number == 5,
            definition=f"报告期内受理的{name}，按受理日期统计。",
            article="人民调解法第十七条",
            version=1,
        )
        for number, (group, name) in enumerate(names, start=1)
    )


MEMO = ColumnDef(
    code="open",
    number=0,
    name="期末调解中",
    name_en="Open at month end",
    unit="件",
    group="附列资料",
    is_money=False,
    definition="报告期最后一日仍在调解中的案件。",
    article="内部口径",
    version=2,
    is_balance=True,
)
SUCCESS = RatioDef("success", "调解成功率", "Success rate", "c3", "c1", "调解成功案件数÷调解案件总数。")


def unit_counts(seed: int) -> dict[str, list[int]]:
    """The five periods of one lowest unit, by column code."""
    periods = [_month_counts(seed * PERIODS + period) for period in range(PERIODS)]
    figures = {f"c{number}": [period[number] for period in periods] for number in range(1, 40)}
    figures["open"] = [seed % 17, seed % 13, seed % 11, 0, 0]
    return figures


def added(parts: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, list[int]]:
    """The sum of several units, column by column and period by period."""
    return {code: [sum(part[code][period] for part in parts) for period in range(PERIODS)] for code in parts[0]}


def figures(counts: Mapping[str, Sequence[int]]) -> dict[str, Figure]:
    """Counts as the figures of a unit."""
    return {code: Figure(*periods) for code, periods in counts.items()}


def province_edition(*, cities: int = 4, counties: int = 12) -> EditionContent:
    """An edition of a province; every tenth county-level unit is a functional zone."""
    owners = [number * cities // counties for number in range(counties)]
    counts = [unit_counts(number + 1) for number in range(counties)]
    county_rows = tuple(
        UnitFigures(
            unit_id=1000 + number,
            code=f"37{owner + 1:02d}{number % 90 + 10}",
            name=f"第{number + 1}高新技术产业开发区" if number % 10 == 9 else f"第{number + 1}县",
            level="county",
            parent_code=f"37{owner + 1:02d}",
            is_zone=number % 10 == 9,
            figures=figures(counts[number]),
        )
        for number, owner in enumerate(owners)
    )
    city_rows = tuple(
        UnitFigures(
            unit_id=100 + city,
            code=f"37{city + 1:02d}",
            name=f"第{city + 1}市",
            level="city",
            parent_code="37",
            is_zone=False,
            figures=figures(added([counts[number] for number, owner in enumerate(owners) if owner == city])),
        )
        for city in range(cities)
    )
    whole = added(counts)
    unit = UnitFigures(37, "37", "山东省", "province", "", False, figures(whole))
    return EditionContent(
        form_code="T9",
        furniture=_furniture(),
        unit=unit,
        month=MONTH,
        edition_no=1,
        issued_at=datetime(2026, 11, 12, 1, 30, tzinfo=UTC),
        issued_by="山东省司法厅",
        responsible="张建国",
        statistician="李秀英",
        filler="王璟",
        phone="0531-00000000",
        reported_on=date(2026, 11, 12),
        digest=DIGEST,
        replaces=None,
        columns=columns(),
        ratios=(SUCCESS,),
        cities=city_rows,
        counties=county_rows,
        trend=_trend(whole),
        memo=(MEMO,),
        checks=(Check("1=12+13+14", True, ""), Check("2≥2×1", False, "已附说明")),
        notes=("本表按受理日期统计。",),
        verify_text="可凭校验码在门户核对。",
    )


def _furniture() -> FormFurniture:
    return FormFurniture(
        form_no="鲁司统9表",
        title="人民调解案件情况统计表",
        issuer="山东省司法厅",
        approval_body="（示例）统计局",
        approval_no="鲁统制〔2026〕9号",
        valid_to=date(2028, 12, 31),
        unit_of_measure="件、人、万元",
        period_label="2026年10月",
    )


def _trend(whole: Mapping[str, Sequence[int]]) -> tuple[TrendMonth, ...]:
    months = [date(2025 + (9 + index) // 12, (9 + index) % 12 + 1, 1) for index in range(13)]
    return tuple(
        TrendMonth(month, {code: whole[code][0] - 7 * (12 - index) for code in ("c1", "c3")}, imported=index < 2)
        for index, month in enumerate(months)
    )


def _month_counts(seed: int) -> dict[int, int]:
    cases = 120 + seed * 37 % 400
    failed = cases * (3 + seed % 4) // 100
    counts = {1: cases, 2: cases * 2 + seed % 50, 3: cases - failed, 4: cases // 11, 5: cases * 312_345 + seed * 7_919}
    counts |= dict(zip(range(6, 12), _shared(cases, (40, 20, 15, 10, 8, 2)), strict=True))
    counts |= dict(zip(range(12, 15), _shared(cases, (50, 30, 20)), strict=True))
    counts |= dict(zip(range(15, 20), _shared(counts[14], (50, 5, 30, 10, 5)), strict=True))
    weights = (20, 18, 6, 9, 4, 10, 5, 2, 1, 5, 4, 0, 1, 2, 3, 12, 6, 5)
    counts |= dict(zip(range(20, 38), _shared(cases, weights), strict=True))
    return counts | dict(zip((38, 39), _shared(counts[3], (35, 65)), strict=True))


def _shared(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split by `weights` into integers that add up to it."""
    bounds = [total * sum(weights[:index]) // sum(weights) for index in range(len(weights) + 1)]
    return [upper - lower for lower, upper in pairwise(bounds)]

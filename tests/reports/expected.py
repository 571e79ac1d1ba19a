"""What the files of a month must say, place by place, from an independent count and the rules of printing.

Counts are whole; money is 万元 with two decimals, shares and growth have one; a half is rounded away from zero, once.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tests.reports.independent import (
    COLUMNS,
    CONCLUDED,
    FAILED,
    FOUND,
    HANDED,
    MEMO,
    MONEY,
    NUMBERS,
    OPEN,
    OPENING,
    PENDING,
    RECEIVED,
    SETTLED,
    SHARES,
    STANDING,
    TOWN,
    TRANSFERRED,
    UNITS,
    WITHDRAWN,
    Ledger,
    Unit,
    moved,
)
from tests.reports.reading import Place, plain

PERIODS = ("本月", "上月", "上年同月", "本年累计", "上年同期累计")
KEY = COLUMNS[:5]
SHEETS = {"各市": "city", "各县": "county"}
LEVELS = {"province": "省级", "city": "市级", "county": "县级"}
Expected = dict[Place, str]


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a number with so many decimals, a half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def unit_of(title: str) -> str:
    """Return a column's unit of measure."""
    return UNITS.get(title, "件")


def figure(title: str, value: int) -> str:
    """Return a count as printed."""
    return str(rounded(Decimal(value) / 1_000_000, 2)) if title == MONEY else str(value)


def cell(ledger: Ledger, unit: Unit, title: str, period: str) -> str:
    """Return a figure as printed: … without data, — for the state of a year."""
    if title in STANDING and period.endswith("累计"):
        return "—"
    value = ledger.value(unit, title, period)
    return "…" if value is None else figure(title, value)


def growth(this: int | None, last: int | None) -> str:
    """Return by how much per cent a figure has grown, as printed in a table."""
    if this is None or last is None:
        return "…"
    if last == 0:
        return "0.0" if this == 0 else "新增"
    return str(rounded(Decimal(this - last) * 100 / Decimal(abs(last)), 1))


def change(ledger: Ledger, title: str, this: str, last: str) -> str:
    """Return a column's growth between two periods of the province."""
    if title in STANDING and this == "本年累计":
        return "—"
    return growth(ledger.value(ledger.province, title, this), ledger.value(ledger.province, title, last))


def share(ledger: Ledger, unit: Unit, title: str, period: str) -> str:
    """Return a share as printed."""
    part, whole = (ledger.value(unit, one, period) for one in SHARES[title])
    if part is None or whole is None:
        return "…"
    return percent(part, whole) or "—"


def percent(part: int, whole: int) -> str:
    """Return a share with one decimal; nothing of nothing."""
    return str(rounded(Decimal(part) * 100 / Decimal(whole), 1)) if whole else ""


def points(ledger: Ledger, title: str, this: str, last: str) -> str:
    """Return the difference of a printed share of the province between two periods."""
    rates = [share(ledger, ledger.province, title, period) for period in (this, last)]
    return "…" if {"…", "—"} & set(rates) else str(Decimal(rates[0]) - Decimal(rates[1]))


def titles_of(period: str) -> tuple[str, ...]:
    """Return the columns of the tables of units; a year has no state of its last day."""
    return COLUMNS + tuple(title for title in MEMO if period == "本月" or title not in STANDING)


def key_figures(ledger: Ledger) -> Expected:
    """Return the table 主要指标."""
    expected: Expected = {}
    for title in (*KEY, *MEMO, *SHARES):
        values = {period: cell_of(ledger, title, period) for period in PERIODS}
        pairs = {
            "环比增减%": ("本月", "上月"),
            "同比增减%": ("本月", "上年同月"),
            "累计增减%": ("本年累计", "上年同期累计"),
        }
        values |= {head: change_of(ledger, title, *pair) for head, pair in pairs.items()}
        values["计量单位"] = "%" if title in SHARES else unit_of(title)
        expected |= {("主要指标", title, head): text for head, text in values.items()}
    return expected


def cell_of(ledger: Ledger, title: str, period: str) -> str:
    """Return a figure or a share of the province."""
    if title in SHARES:
        return share(ledger, ledger.province, title, period)
    return cell(ledger, ledger.province, title, period)


def change_of(ledger: Ledger, title: str, this: str, last: str) -> str:
    """Return the growth of a figure or the points of a share."""
    return points(ledger, title, this, last) if title in SHARES else change(ledger, title, this, last)


def province_table(ledger: Ledger, periods: tuple[str, ...], head: str) -> Expected:
    """Return the table of the province with some periods; ``head`` stands over the growth of the year."""
    expected: Expected = {}
    for title in (*COLUMNS, *MEMO, *SHARES):
        place = ("省表", title)
        expected |= {(*place, period): cell_of(ledger, title, period) for period in periods}
        expected[(*place, head)] = change_of(ledger, title, "本年累计", "上年同期累计")
        expected[(*place, "计量单位")] = "%" if title in SHARES else unit_of(title)
        expected[(*place, "代码")] = f"{NUMBERS[title]:02}" if title in NUMBERS else "—"
    return expected


def printed_units(ledger: Ledger, period: str) -> Expected:
    """Return the printed tables of cities and county-level units of a period."""
    expected: Expected = {}
    for sheet, level in SHEETS.items():
        table = f"{sheet}（{period}）"
        rows = (ledger.province, *ledger.of_level(level))
        for unit in rows:
            place = (table, unit.code)
            expected |= {(*place, title): cell(ledger, unit, title, period) for title in titles_of(period)}
            expected |= {(*place, f"{title}（%）"): share(ledger, unit, title, period) for title in SHARES}
            expected[(*place, "名称")] = "全省合计" if unit is rows[0] else unit.name + "*" * unit.is_zone
            if level == "county":
                expected[(*place, "所属市")] = "" if unit is rows[0] else unit.parent_name
        expected[(table, "次序")] = " ".join(unit.code for unit in rows)
    return expected


def workbook_units(ledger: Ledger) -> Expected:
    """Return the sheets of cities and county-level units of the workbook."""
    expected: Expected = {}
    for sheet, level in SHEETS.items():
        for period, name in (("本月", sheet), ("本年累计", f"{sheet}累计")):
            rows = (ledger.province, *ledger.of_level(level))
            for unit in rows:
                expected |= {(name, unit.code, head): text for head, text in _row(ledger, unit, period).items()}
            expected[name, "次序"] = " ".join(f"’{unit.code}" for unit in rows)
            heads = {f"{title}（{unit_of(title)}）": str(NUMBERS.get(title, "—")) for title in titles_of(period)}
            heads |= dict.fromkeys((head for title in SHARES for head in divided(title)), "—")
            expected |= {(name, "列号", head): number for head, number in heads.items()}
    return expected


def divided(title: str) -> tuple[str, str, str]:
    """Return the heads under which the workbook has a share: numerator, denominator and quotient."""
    part, whole = SHARES[title]
    return f"{title}分子：{part}", f"{title}分母：{whole}", f"{title}（%）"


def _row(ledger: Ledger, unit: Unit, period: str) -> dict[str, str]:
    row = {f"{title}（{unit_of(title)}）": cell(ledger, unit, title, period) for title in titles_of(period)}
    for title, parts in SHARES.items():
        texts = [*(cell(ledger, unit, part, period) for part in parts), share(ledger, unit, title, period)]
        row |= dict(zip(divided(title), texts, strict=True))
    return {head: plain(text) for head, text in row.items()} | {
        "名称": "全省合计" if unit is ledger.province else unit.name,
        "上级代码": f"’{unit.parent}" if unit.parent else "",
        "级别": LEVELS[unit.level],
        "功能区": "是" if unit.is_zone else "否",
        "报送": "已报",
    }


TO_DATE = "（本年累计）"
RELATIONS: tuple[tuple[str, tuple[int | str, ...], str, tuple[int | str, ...]], ...] = (
    ("1 = 6 + … + 11", (1,), "=", tuple(range(6, 12))),
    ("1 = 12 + 13 + 14", (1,), "=", (12, 13, 14)),
    ("14 = 15 + … + 19", (14,), "=", tuple(range(15, 20))),
    ("1 = 20 + … + 37", (1,), "=", tuple(range(20, 38))),
    ("3 = 38 + 39", (3,), "=", (38, 39)),
    ("镇村 = 6 + 7 + 8 + 9", (TOWN,), "=", (6, 7, 8, 9)),
    ("终结 = 3 + 不成", (CONCLUDED,), "=", (3, FAILED)),
    (
        "期初 + 1 + 转入 = 3 + 不成 + 移交 + 转出 + 期末",
        (OPENING, 1, RECEIVED),
        "=",
        (3, FAILED, TRANSFERRED, HANDED, OPEN),
    ),
    ("期末 ≥ 0", (OPEN,), "≥", ()),
    ("撤回 ≤ 不成", (WITHDRAWN,), "≤", (FAILED,)),
    ("3 ≤ 1", (3,), "≤", (1,)),
    (f"3 ≤ 1{TO_DATE}", (3,), "≤", (1,)),
    ("3 = 40 + 41 + 42", (3,), "=", (40, 41, 42)),
    ("44 ≤ 39", (44,), "≤", (39,)),
    ("45 + 46 ≤ 44 + …", (PENDING,), "≥", ()),
    ("48 ≥ 47", (48,), "≥", (47,)),
    ("50 ≥ 49", (50,), "≥", (49,)),
    ("52 ≥ 51", (52,), "≥", (51,)),
    ("54 ≥ 53", (54,), "≥", (53,)),
    ("2 ≥ 2 × 1", (2,), "≥", (1, 1)),
)
# What stands before the units that do not comply. Of the others none may fail, or the month is not issued.
WARNINGS = {
    "3 ≤ 1": "本月调解成功一般不多于受理（上月受理本月成功的除外）",
    f"3 ≤ 1{TO_DATE}": "本年累计调解成功一般不多于受理（上年受理本年成功的除外）",
    "3 = 40 + 41 + 42": "调解成功案件数应等于已履行、未到期、未履行之和",
    "44 ≤ 39": "申请司法确认一般不多于书面协议（上月协议本月申请的除外）",
    "2 ≥ 2 × 1": "每件纠纷至少有双方当事人，当事人数不应少于案件数的两倍",
}
STREAK, DOUBTED = "连续成功率", "连续三个月没有一件调解不成的，请核实是否漏登"


def checks(ledger: Ledger) -> Expected:
    """Return the check relations with their results over every unit, township offices included."""
    expected: Expected = {}
    for number, (name, left, sign, right) in enumerate(RELATIONS, start=1):
        failed = []
        for unit in ledger.units:
            titles = [COLUMNS[one - 1] if isinstance(one, int) else one for one in (*left, *right)]
            period = "本年累计" if name.endswith(TO_DATE) else "本月"
            values = [ledger.value(unit, title, period) or 0 for title in titles]
            sides = sum(values[: len(left)]), sum(values[len(left) :])
            if not {"=": sides[0] == sides[1], "≤": sides[0] <= sides[1], "≥": sides[0] >= sides[1]}[sign]:
                failed.append(f"{unit.name}（{sides[0]}，{sides[1]}）")
        expected |= _result(number, name, f"{WARNINGS.get(name)}，{len(failed)}个单位不满足：", failed)
    doubted = [f"{unit.name}（{cases}）" for unit in ledger.units if (cases := _never_failed(ledger, unit))]
    return expected | _result(len(RELATIONS) + 1, STREAK, f"{DOUBTED}，{len(doubted)}个单位需要核实：", doubted)


def _result(number: int, name: str, opening: str, failed: list[str]) -> Expected:
    text = f"{opening}{'、'.join(failed[:3])}{'等' if len(failed) > 3 else ''}。" if failed else ""
    row = {"序号": str(number), "结果": "未通过" if failed else "通过", "说明": text}
    return {("审核关系", name, head): value for head, value in row.items()}


def _never_failed(ledger: Ledger, unit: Unit) -> int:
    """Return what a unit has settled in three months on end without one failure; 0 when it is less than ten."""
    months = [moved(ledger.month, -number) for number in range(3)]
    settled, failed = ([ledger.in_month(unit, title, month) for month in months] for title in (SETTLED, FAILED))
    return sum(settled) if all(settled) and not any(failed) and sum(settled) >= 10 else 0


def definitions() -> Expected:
    """Return number and version of what is explained; shares have neither."""
    expected: Expected = {}
    for title in (*COLUMNS, *MEMO, *SHARES):
        expected["指标解释", title, "代码"] = f"{NUMBERS[title]:02}" if title in NUMBERS else "—"
        # What column 55 counts has changed once: the disputes, no longer the rounds.
        expected["指标解释", title, "版本"] = "" if title in SHARES else "2" if title == FOUND else "1"
        expected["指标解释", title, "计量单位"] = "%" if title in SHARES else unit_of(title)
    return expected

"""What a month's sentences, charts, cover and marks must say, and all of it put together for each of the two files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.reports.expected import (
    KEY,
    PERIODS,
    Expected,
    cell,
    checks,
    definitions,
    figure,
    growth,
    key_figures,
    percent,
    printed_units,
    province_table,
    share,
    unit_of,
    workbook_units,
)
from tests.reports.independent import CASES, SETTLED, SHARES, TYPES, Ledger, moved
from tests.reports.reading import plain

REPORT, FORM = "人民调解案件情况统计表", "鲁司统9表"
ISSUER, BODY, VALID_TO, MEASURES = "山东省司法厅", "（由发文机关填写）", "2027年12月31日", "件、人、次、万元"
SIGNS = "金额单位为万元，按合计数四舍五入保留两位小数；“—”表示不适用，“…”表示无数据，空白为未报送。"


def month_name(month: date) -> str:
    """Return 2026年4月."""
    return f"{month.year}年{month.month}月"


def day_name(day: date) -> str:
    """Return 2026年4月5日."""
    return f"{month_name(day)}{day.day}日"


def edition_name(ledger: Ledger) -> str:
    """Return 第1版, and which edition it takes the place of."""
    number = ledger.issue.number
    return f"第{number}版" + (f"（修订，替代第{number - 1}版）" if number > 1 else "")


def told(base: str, this: int | None, last: int | None) -> str:
    """Return growth in words, with the comma before it."""
    change = growth(this, last)
    words = {"…": "", "新增": f"，{base}新增（基期为0）", "0.0": f"，{base}持平"}
    if change in words:
        return words[change]
    return f"，{base}{'下降' if change.startswith('-') else '增长'}{change.removeprefix('-')}%"


def sentences(ledger: Ledger) -> str:
    """Return the text of 主要指标 without breaks."""
    return _month(ledger) + _year(ledger) + _cities(ledger) + _types(ledger)


def _month(ledger: Ledger) -> str:
    unit, parts = ledger.province, []
    for title in KEY:
        this, before, year = (ledger.value(unit, title, period) for period in PERIODS[:3])
        text = f"{title}{cell(ledger, unit, title, '本月')}{unit_of(title)}"
        parts.append(text + told("同比", this, year) + told("环比", this, before))
    for title in SHARES:
        rate, last = (share(ledger, unit, title, period) for period in ("本月", "上年同月"))
        if rate != "—":
            parts.append(f"{title}{rate}%{_points(rate, last)}")
    gaps = [name for name, period in (("同比", "上年同月"), ("环比", "上月")) if _unknown(ledger, period)]
    remark = f"（{'、'.join(gaps)}无可比数据）" if gaps else ""
    return f"{month_name(ledger.month)}，{unit.name}{'；'.join(parts)}{remark}。"


def _unknown(ledger: Ledger, period: str) -> bool:
    return ledger.value(ledger.province, CASES, period) is None


def _points(this: str, last: str) -> str:
    if last in {"…", "—"}:
        return ""
    change = Decimal(this) - Decimal(last)
    return f"，比上年同月{'提高' if change > 0 else '降低'}{abs(change)}个百分点" if change else "，与上年同月持平"


def _year(ledger: Ledger) -> str:
    if ledger.month.month == 1:
        return ""
    parts = []
    for title in KEY:
        this, last = (ledger.value(ledger.province, title, period) for period in PERIODS[3:])
        parts.append(f"{title}{figure(title, this or 0)}{unit_of(title)}{told('同比', this, last)}")
    remark = "（同比无可比数据）" if _unknown(ledger, "上年同期累计") else ""
    return f"1—{ledger.month.month}月累计，{'；'.join(parts)}{remark}。"


def _leaders(ledger: Ledger, named: list[tuple[str, int]], opening: str, whole_name: str) -> str:
    whole = ledger.value(ledger.province, CASES, "本月") or 0
    first = sorted(named, key=lambda pair: -pair[1])[:3]
    if not whole or not first[-1][1]:
        return ""
    names = "、".join(f"{name}{value}件" for name, value in first)
    total = percent(sum(value for _, value in first), whole)
    return f"{opening}居前三位的是{names}，合计占{whole_name}的{total}%。"


def _cities(ledger: Ledger) -> str:
    named = ranking(ledger)
    return _leaders(ledger, named, CASES, ledger.province.name) if len(named) > 3 else ""


def _types(ledger: Ledger) -> str:
    return _leaders(ledger, composition(ledger), "从案件分类看，", f"{ledger.province.name}{CASES}")


def ranking(ledger: Ledger) -> list[tuple[str, int]]:
    """Return the cities with their cases, most first."""
    named = [(city.name, ledger.value(city, CASES, "本月") or 0) for city in ledger.of_level("city")]
    return sorted(named, key=lambda pair: -pair[1])


def composition(ledger: Ledger) -> list[tuple[str, int]]:
    """Return the types with their cases, most first."""
    named = [(title, ledger.value(ledger.province, title, "本月") or 0) for title in TYPES]
    return sorted(named, key=lambda pair: -pair[1])


def charts(ledger: Ledger) -> Expected:
    """Return captions, labels and text alternatives of the three charts."""
    now, start = month_name(ledger.month), moved(ledger.month, -12)
    whole = ledger.value(ledger.province, CASES, "本月") or 0
    shares = {name: f"{value}（{percent(value, whole)}%）" if whole else "0" for name, value in composition(ledger)}
    cities = {name: str(value) for name, value in ranking(ledger)}
    months = trend(ledger)
    described = "；".join(f"{label} {text or '无数据'}" for label, text in months.items())
    expected: Expected = {
        ("图1",): f"{month_name(start)}至{now}{CASES}与{SETTLED}（件）",
        ("图2",): f"{now}案件分类（件，占比）",
        ("图3",): f"{now}各地{CASES}（件）",
        ("图1", "文字说明"): f"{CASES}：{described}",
        ("图2", "文字说明"): "；".join(f"{name} {text}" for name, text in shares.items()),
        ("图3", "文字说明"): "；".join(f"{name} {text}" for name, text in cities.items()),
    }
    expected |= {("图1", label): text for label, text in months.items()}
    return expected | {("图", name): text for name, text in (shares | cities).items()}


def trend(ledger: Ledger) -> dict[str, str]:
    """Return the labels of thirteen months with their cases, empty before the portal."""
    found: dict[str, str] = {}
    for month in (moved(ledger.month, number - 12) for number in range(13)):
        year = f"{month.year % 100:02}年" if month.month == 1 or not found else ""
        known = month >= ledger.first
        found[f"{year}{month.month}月"] = str(ledger.in_month(ledger.province, CASES, month)) if known else ""
    return found


def file_title(ledger: Ledger) -> str:
    """Return the title of both files."""
    return f"{ledger.province.name}{REPORT}（{month_name(ledger.month)}）"


def pdf_of(ledger: Ledger) -> Expected:
    """Return everything that tells a number in the printed report."""
    issue, issued_on = ledger.issue, day_name(ledger.issue.issued_at)
    expected: Expected = {
        ("文件标题",): file_title(ledger),
        ("封面", "版次"): edition_name(ledger),
        ("封面", "校验码"): issue.digest[:16],
        ("封面", "签发日期"): issued_on,
        ("每页", "期别"): month_name(ledger.month),
        ("每页", "报出日期"): issued_on,
        ("每页", "有效期至"): VALID_TO,
        ("每页", "页脚"): f"{FORM}第{issue.number}版校验码{issue.digest[:16]}",
        ("主要指标", "标题"): f"{ledger.province.name}主要指标（{month_name(ledger.month)}）",
        ("主要指标", "文字"): sentences(ledger),
    }
    if issue.reason:
        expected["说明",] = f"更正说明：{issue.reason}"
    expected |= key_figures(ledger) | charts(ledger) | checks(ledger) | definitions()
    expected |= province_table(ledger, ("本月", "本年累计", "上年同期累计"), "增减%")
    return expected | printed_units(ledger, "本月") | printed_units(ledger, "本年累计")


def xlsx_of(ledger: Ledger) -> Expected:
    """Return every cell of the workbook."""
    tables = province_table(ledger, PERIODS, "累计增减%") | checks(ledger) | definitions()
    expected = {
        place: f"’{text}" if place[-1] == "代码" and text != "—" else plain(text) for place, text in tables.items()
    }
    return expected | workbook_units(ledger) | _cover(ledger) | {("文件标题",): file_title(ledger)}


def _cover(ledger: Ledger) -> Expected:
    issue = ledger.issue
    facts = {
        "表名": REPORT, "期别": month_name(ledger.month), "填报单位": ISSUER, "表号": FORM,
        "制定机关": ISSUER, "批准（备案）机关": BODY, "批准（备案）文号": BODY, "有效期至": VALID_TO, "计量单位": MEASURES,
        "版次": edition_name(ledger), "校验码": issue.digest, "单位负责人": "", "统计负责人": issue.issued_by,
        "填表人": issue.issued_by, "联系电话": "", "报出日期": day_name(issue.issued_at),
    }  # fmt: skip
    notes = [f"更正说明：{issue.reason}"] * bool(issue.reason) + [SIGNS]
    facts |= {f"说明{number}": note for number, note in enumerate(notes, start=len(facts))}
    meta = {
        "key": "value", "form_code": "T9", "form_no": FORM, "period": f"{ledger.month:%Y-%m}", "unit_code": "’37",
        "unit_name": ledger.province.name, "edition": str(issue.number), "digest": issue.digest,
        "replaces": str(issue.number - 1) if issue.number > 1 else "",
        "issued_at": f"{issue.issued_at.isoformat()}+08:00", "money_unit": "10000 CNY",
    }  # fmt: skip
    cover: Expected = {("封面", label): text for label, text in facts.items()}
    return cover | {("元数据", key): text for key, text in meta.items()}

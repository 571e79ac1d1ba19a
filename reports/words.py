"""Figures in the words and the language of a page. What is printed has its own words in reports.content."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from casework.templatetags.casework import record_date
from reports.content import growth_percent, ten_thousand_yuan
from reports.periods import Period, day_after, first_day, is_calendar_month

UNITS = {
    "件": pgettext_lazy("unit", "件"),
    "人": pgettext_lazy("unit", "人"),
    "人次": pgettext_lazy("unit", "人次"),
    "个": pgettext_lazy("unit", "个"),
    "户": pgettext_lazy("unit", "户"),
    "次": pgettext_lazy("unit", "次"),
    "期": pgettext_lazy("unit", "期"),
    "万元": pgettext_lazy("unit", "万元"),
}
MINUS = "−"


def is_english() -> bool:
    """Tell whether the page is in English."""
    return get_language() == "en"


def name_of(figure: Any) -> str:
    """Return the name of an indicator, a ratio or a form in the language of the page."""
    kind = "title" if hasattr(figure, "title_en") else "name"
    return str(getattr(figure, f"{kind}_en") if is_english() else getattr(figure, kind))


def in_chinese(text: str) -> str:
    """Return a text that there is in Chinese only: a page in English marks it, so that it is read out as Chinese."""
    return format_html('<span lang="zh-hans">{}</span>', text) if text and is_english() else text


def link(text: str, address: str) -> str:
    """Return a text that leads somewhere, or the text alone."""
    return format_html('<a href="{}">{}</a>', address, text) if address else text


def unit_name(unit: str) -> str:
    """Return a unit of measure in the language of the page."""
    return str(UNITS.get(unit, unit))


def labelled(name: str, unit: str) -> str:
    """Return a heading with its unit of measure: 调解案件总数（件）."""
    return _("%(name)s（%(unit)s）") % {"name": name, "unit": unit}


def with_unit(value: Any, unit: str) -> str:
    """Return a value with its unit: 352件, 352 cases."""
    return pgettext("figure", "%(value)s%(unit)s") % {"value": value, "unit": unit}


def month_name(month: date) -> str:
    """Return 2026年10月, October 2026."""
    return date_format(month, "YEAR_MONTH_FORMAT")


def month_days(month: date) -> str:
    """Return from when to when a month counts; empty for a calendar month, whose name says it."""
    if is_calendar_month(month):
        return ""
    last = day_after(month) - timedelta(days=1)
    return _("%(first)s — %(last)s") % {"first": record_date(first_day(month)), "last": record_date(last)}


def month_with_days(month: date) -> str:
    """Return a month, and from when to when it counts where its name does not say so."""
    days = month_days(month)
    return _("%(month)s（%(days)s）") % {"month": month_name(month), "days": days} if days else month_name(month)


def period_name(period: Period) -> str:
    """Return a period as a heading names it: 2026年10月, or 2026年1—10月."""
    if period.span == "month" or period.month.month == 1:
        return month_name(period.month)
    if is_english():
        return f"{date_format(period.months[0], 'M')}–{date_format(period.month, 'M Y')}"
    return f"{period.month.year}年1—{period.month.month}月"


def count_text(value: int, *, is_money: bool = False) -> str:
    """Return a figure with separators; money in units of ten thousand yuan with two decimals, as in print."""
    return f"{ten_thousand_yuan(value):,.2f}" if is_money else f"{value:,}"


def signed(value: int | Decimal, ending: str = "") -> str:
    """Return a difference with its sign: +38, −2.0%."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{abs(value):,}{ending}"


def growth(this: int, last: int, polarity: str) -> dict[str, str]:
    """Return the change of a count as a KPI card shows it; no text without a base to compare with."""
    change = growth_percent(this, last)
    if change is None:
        return {"text": "", "tone": ""}
    return {"text": signed(change, "%"), "tone": tone(change, polarity)}


def points(this: Decimal | None, last: Decimal | None, polarity: str) -> dict[str, str]:
    """Return the change of a ratio in percentage points."""
    if this is None or last is None:
        return {"text": "", "tone": ""}
    change = this - last
    return {"text": signed(change, " " + pgettext("percentage points", "个百分点")), "tone": tone(change, polarity)}


def tone(change: int | Decimal, polarity: str) -> str:
    """Tell whether a change is good or bad by the indicator's polarity; neutral indicators are neither."""
    if not change or polarity == "neutral":
        return ""
    return "good" if (change > 0) == (polarity == "more") else "bad"


def file_size(size: int) -> str:
    """Return a file's size: 812 KB, 1.9 MB."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"

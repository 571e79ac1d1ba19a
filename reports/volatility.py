"""Figures that may be right and must be looked at: leaps, sudden zeros, figures that repeat themselves. Pure.

None of them refuses anything: what is found is explained by the unit and printed with its explanation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.checks import CheckResult

Figures = Mapping[str, Mapping[str, int | None]]
MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From which change in per cent, from which base, from how many equal cells a figure is looked at."""

    percent: int
    base: int
    equal_cells: int


def volatility(figures: Figures, names: Mapping[str, str], limits: Limits) -> list[CheckResult]:
    """Return the three checks of one sheet over the named indicators, flows only."""
    return [
        _found("波动", f"与上月、上年同月相比变动超过{limits.percent}%的指标", _leaps(figures, names, limits)),
        _found("骤降为零", "上月有数而本月为0的指标", _zeros(figures, names, limits)),
        _found("与上月雷同", f"与上月完全相同的指标达到{limits.equal_cells}个", _equal(figures, names, limits)),
    ]


def _leaps(figures: Figures, names: Mapping[str, str], limits: Limits) -> list[str]:
    """A leap is one against last month and against the same month last year; a base that is too small says nothing."""
    found = []
    for code, name in names.items():
        this, *bases = (figures[code][period] for period in ("current", "previous", "last_year"))
        told = [base for base in bases if base is not None and base >= limits.base]
        if this and told and all(abs(this - base) * 100 > base * limits.percent for base in told):
            found.append(f"{name}（本月{this}，{'、'.join(str(base) for base in told)}）")
    return found


def _zeros(figures: Figures, names: Mapping[str, str], limits: Limits) -> list[str]:
    return [
        f"{name}（上月{figures[code]['previous']}）"
        for code, name in names.items()
        if figures[code]["current"] == 0 and (figures[code]["previous"] or 0) >= limits.base
    ]


def _equal(figures: Figures, names: Mapping[str, str], limits: Limits) -> list[str]:
    same = [
        name
        for code, name in names.items()
        if figures[code]["current"] and figures[code]["current"] == figures[code]["previous"]
    ]
    return same if len(same) >= limits.equal_cells else []


def _found(name: str, meaning: str, named: Sequence[str]) -> CheckResult:
    if not named:
        return CheckResult(name, hard=False, passed=True, text="", meaning=meaning)
    shown = "、".join(named[:MOST_NAMED]) + ("等" if len(named) > MOST_NAMED else "")
    return CheckResult(name, hard=False, passed=False, text=f"{meaning}：{shown}。", meaning=meaning)

"""The year to date as an equation: 本年累计(m) = 本年累计(m−1) + 本月(m) + 调整(m). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reports.checks import CheckResult

Figures = Mapping[str, Mapping[str, int | None]]
NAME = "本年累计"
MEANING = "本年累计应等于上月止的累计、本月数与调整数之和"
MOST_NAMED = 6


def year_check(figures: Figures, before: Figures | None, names: Mapping[str, str]) -> CheckResult:
    """Hold the equation over the named flows of a sheet.

    ``before`` are the figures of the last sheet of the year that was locked before, empty where the year begins with
    this one; None where nothing was locked this year: there is nothing to go on from.
    """
    broken = [] if before is None else [_said(name, *sides) for name, sides in _sides(figures, before, names)]
    text = f"{MEANING}：{'、'.join(broken[:MOST_NAMED])}{'等' if len(broken) > MOST_NAMED else ''}。" if broken else ""
    return CheckResult(NAME, hard=True, passed=not broken, text=text, meaning=MEANING)


def _sides(figures: Figures, before: Figures, names: Mapping[str, str]) -> list[tuple[str, tuple[int, int, int, int]]]:
    found = []
    for code, name in names.items():
        base = before.get(code, {}).get("ytd") if before else 0
        if base is None:
            # A column that the form did not have then.
            continue
        this = figures[code]
        sides = (this["ytd"] or 0, base, this["current"] or 0, this.get("adjustment") or 0)
        if sides[0] != sum(sides[1:]):
            found.append((name, sides))
    return found


def _said(name: str, ytd: int, base: int, current: int, adjustment: int) -> str:
    return f"{name}（{ytd} ≠ {base} + {current} + {adjustment}）"


def base_of(figures: Figures) -> dict[str, dict[str, int | None]]:
    """Return what a sheet went on from when it was signed: its year to date without its month and its adjustments."""
    return {
        code: {"ytd": None if one["ytd"] is None else one["ytd"] - (one["current"] or 0) - (one.get("adjustment") or 0)}
        for code, one in figures.items()
    }


def shifted(
    figures: Figures, current: Mapping[str, int], ytd: Mapping[str, int], balances: frozenset[str]
) -> dict[str, dict[str, int | None]]:
    """Return figures with the month and the year to date moved by so much; what they are compared with stays."""
    found = {code: dict(periods) for code, periods in figures.items()}
    for code, periods in found.items():
        if code in current:
            periods["current"] = (periods["current"] or 0) + current[code]
        if code in ytd and code not in balances:
            periods["ytd"] = (periods["ytd"] or 0) + ytd[code]
            if periods.get("since") is not None:
                periods["since"] = (periods["since"] or 0) + ytd[code]
    return found

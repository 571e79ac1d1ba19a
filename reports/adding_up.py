"""What a county, a city or the province reports: the signed sheets below it, added up. Pure.

Nothing here counts a case: whatever stands in a sheet above was signed below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

PERIODS = ("current", "previous", "last_year", "ytd", "last_ytd")
FLOWING = ("current", "ytd")
# Of what headlines tell alone: everything from 2022 on.
SINCE = "since"
ADJUSTMENT = "adjustment"
Figures = Mapping[str, Mapping[str, int | None]]


def added_up(sheets: Sequence[Figures], codes: Iterable[str]) -> dict[str, dict[str, int | None]]:
    """Return the sums of sheets by indicator and period; None where no sheet has data for the period.

    What went into the year to date beside the month stands under ``adjustment``, where there is something.
    """
    found = {code: {period: _sum(sheets, code, period) for period in PERIODS} for code in codes}
    for code, periods in found.items():
        if any(SINCE in sheet.get(code, {}) for sheet in sheets):
            periods[SINCE] = _sum(sheets, code, SINCE)
        if adjusted := _sum(sheets, code, ADJUSTMENT):
            periods[ADJUSTMENT] = adjusted
    return found


def _sum(sheets: Sequence[Figures], code: str, period: str) -> int | None:
    found = [value for sheet in sheets if (value := sheet.get(code, {}).get(period)) is not None]
    # The month and its year stand even where nobody below has a sheet: what was reported is nothing.
    return sum(found) if found or period in FLOWING else None


def with_typed(
    figures: Figures, typed: Mapping[str, Mapping[str, int | None]], codes: Iterable[str]
) -> dict[str, dict[str, int | None]]:
    """Return figures in which the indicators ``codes`` say what the unit typed; None where it typed nothing yet."""
    found = {code: dict(periods) for code, periods in figures.items()}
    for code in codes:
        given = typed.get(code, {})
        found[code] = dict.fromkeys(PERIODS) | {period: given.get(period) for period in ("current", "ytd", SINCE)}
    return found


def with_published(
    figures: Figures,
    *,
    previous: Figures | None,
    last_year: Figures | None,
    before: Figures | None,
    balances: frozenset[str],
) -> dict[str, dict[str, int | None]]:
    """Return figures that go on from what was published.

    Comparisons are the figures of the locked sheets of the month before (``previous``) and of the same month a year ago.
    The year to date is that of the last locked sheet of the year (``before``), this month and what is adjusted:
    本年累计(m) = 本年累计(m−1) + 本月(m) + 调整(m). Empty: the year begins here; None: nothing was locked this year.
    Balances have no year to date.
    """
    found = {code: dict(periods) for code, periods in figures.items()}
    for code, periods in found.items():
        if previous and code in previous:
            periods["previous"] = previous[code].get("current")
            if SINCE in periods and (told := previous[code].get(SINCE)) is not None:
                periods[SINCE] = told + (periods["current"] or 0) + (periods.get(ADJUSTMENT) or 0)
        year = before.get(code, {}).get("ytd") if before else 0
        if before is not None and code not in balances and year is not None:
            periods["ytd"] = year + (periods["current"] or 0) + (periods.get(ADJUSTMENT) or 0)
        if last_year and code in last_year:
            periods["last_year"] = last_year[code].get("current")
            periods["last_ytd"] = last_year[code].get("ytd")
    return found

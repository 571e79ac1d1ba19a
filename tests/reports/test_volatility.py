"""Figures that must be explained."""

from __future__ import annotations

import pytest

from reports.volatility import Limits, volatility

LIMITS = Limits(percent=50, base=10, equal_cells=5)


def failed(**figures: tuple[int, int | None, int | None]) -> set[str]:
    """Return which checks ask about figures: (this month, last month, same month last year)."""
    given = {
        code: {"current": this, "previous": last, "last_year": year, "ytd": this, "last_ytd": year}
        for code, (this, last, year) in figures.items()
    }
    return {one.name for one in volatility(given, {code: code for code in figures}, LIMITS) if not one.passed}


@pytest.mark.parametrize(
    ("figures", "asked"),
    [
        ((15, 10, 10), False),
        ((16, 10, 10), True),
        ((5, 10, 10), False),
        ((4, 10, 10), True),
        # Against one of the two only: a season.
        ((16, 10, 16), False),
        # A base that is too small says nothing.
        ((90, 9, 9), False),
        ((16, 10, None), True),
    ],
)
def test_a_leap_is_one_against_both_months(figures: tuple[int, int | None, int | None], asked: bool) -> None:
    assert ("波动" in failed(a=figures)) is asked


def test_a_sudden_zero_is_asked_about() -> None:
    assert failed(a=(0, 10, None)) == {"骤降为零"}
    assert failed(a=(0, 9, None)) == set()


def test_figures_that_repeat_themselves_are_asked_about() -> None:
    same = {f"c{place}": (3, 3, None) for place in range(5)}
    assert failed(**same) == {"与上月雷同"}
    assert failed(**dict(list(same.items())[:4])) == set()
    # Nothing is equal to nothing.
    assert failed(**dict.fromkeys(same, (0, 0, None))) == set()

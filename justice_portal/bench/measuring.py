"""Ratios that survive a noisy machine: both sides of a ratio in turns, and the median of what each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

from django.core.management.base import CommandError


@dataclass(frozen=True, kw_only=True)
class Size:
    """How long a benchmark takes: ``rounds`` turns of ``calls`` requests; ``rows`` marked, copied or inserted."""

    rounds: int
    calls: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """One printed line: the measured figures in words, and the value that the limit is held against.

    ``limit`` None is a figure without a promise. ``better`` tells on which side of the limit it must lie.
    """

    name: str
    figures: str
    value: float
    unit: str = "×"
    limit: float | None = None
    better: Literal["below", "above"] = "below"

    @property
    def verdict(self) -> str:
        """Return within, over, or nothing."""
        if self.limit is None:
            return ""
        kept = self.value <= self.limit if self.better == "below" else self.value >= self.limit
        return "within" if kept else "over"

    def line(self) -> str:
        """Return the line as the command prints it."""
        sign = "≤" if self.better == "below" else "≥"
        bound = "" if self.limit is None else f"{sign} {self.limit:g}{self.unit}"
        value = f"{self.value:.2f}{self.unit}"
        return f"{self.name:<40}{self.figures:<52}{value:>10}  {bound:<9}{self.verdict}".rstrip()


class NothingToMeasure(CommandError):
    """The database lacks what a benchmark needs: people, records or the owner's address."""


def seconds(deed: Callable[[], object], calls: int = 1) -> float:
    """Return the median time of one call."""
    taken = []
    for _ in range(calls):
        started = time.perf_counter()
        deed()
        taken.append(time.perf_counter() - started)
    return median(taken)


class InTurns:
    """What several deeds took: every round visits each of them, in alternating order."""

    def __init__(self, deeds: Mapping[str, Callable[[], object]], size: Size) -> None:
        """Warm every deed up, then measure."""
        for deed in deeds.values():
            seconds(deed, 3)
        self.rounds: dict[str, list[float]] = {name: [] for name in deeds}
        for number in range(size.rounds):
            for name in list(deeds) if number % 2 == 0 else list(deeds)[::-1]:
                self.rounds[name].append(seconds(deeds[name], size.calls))

    def took(self, name: str) -> str:
        """Return the median time of a deed in words."""
        return f"{median(self.rounds[name]) * 1000:.2f} ms"

    def ratio(self, one: str, other: str) -> float:
        """Return the median over the rounds of one deed's time by the other's in the same round."""
        return median(a / b for a, b in zip(self.rounds[one], self.rounds[other], strict=True))

    def result(self, name: str, one: str, other: str, *, limit: float | None) -> Result:
        """Return a line of both times and their ratio."""
        figures = f"{one} {self.took(one)}, {other} {self.took(other)}"
        return Result(name=name, figures=figures, value=self.ratio(one, other), limit=limit)

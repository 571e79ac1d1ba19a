"""The days of the demo data: which are worked, how busy they are, and when a limit ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from casework.workdays import WorkCalendar, add_days, add_months, add_workdays, roll

# By month: little around the Spring Festival, much in the farming seasons and when wages fall due before the year ends.
SEASON = (0.86, 0.62, 1.05, 1.12, 1.10, 1.14, 1.00, 0.98, 1.03, 1.02, 1.06, 1.02)
GROWTH_A_YEAR = 0.035


@dataclass(frozen=True)
class Limit:
    """A deadline rule as plain data."""

    amount: int
    unit: str
    rolls: bool


class Days:
    """The working days from ``start`` to ``last``, the latest day on which anything has happened."""

    def __init__(self, start: date, last: date, calendar: WorkCalendar, limits: Mapping[str, Limit]) -> None:
        """Number the working days and weigh them."""
        self.calendar = calendar
        self.limits = limits
        span = (last - start).days + 1
        days = (start + timedelta(days=number) for number in range(span))
        self.worked = [day for day in days if calendar.is_workday(day)]
        weights = (SEASON[day.month - 1] * (1 + GROWTH_A_YEAR * (day.year - start.year)) for day in self.worked)
        self._weights = list(accumulate(weights))
        self._due: dict[tuple[str, date], date] = {}

    @property
    def end(self) -> int:
        """The number of the day after the last one."""
        return len(self.worked)

    def draw(self, rng: Random, count: int) -> list[int]:
        """Return the numbers of ``count`` working days, busy ones more often, in their order."""
        return sorted(rng.choices(range(self.end), cum_weights=self._weights, k=count))

    def number(self, day: date) -> int:
        """Return the number of the first working day not before ``day``."""
        return bisect_left(self.worked, day)

    def workday_after(self, day: date, count: int) -> date:
        """Return the working day ``count`` after (before, if negative) ``day`` or the next working day from it."""
        return add_workdays(roll(day, calendar=self.calendar), count, calendar=self.calendar)

    def due(self, rule: str, start: date) -> date:
        """Return the last day of a limit that starts to run on ``start``, as casework.deadlines does."""
        key = (rule, start)
        found = self._due.get(key)
        if found is None:
            found = self._due[key] = self._end_of(self.limits[rule], start)
        return found

    def _end_of(self, limit: Limit, start: date) -> date:
        if limit.unit == "workday":
            end = add_workdays(start, limit.amount, calendar=self.calendar)
        elif limit.unit == "month":
            end = add_months(start, limit.amount)
        else:
            end = add_days(start, limit.amount)
        return roll(end, calendar=self.calendar) if limit.rolls else end

    def start_of(self, rule: str, end: date) -> int | None:
        """Return the number of the latest working day from which a limit ends on ``end``; None when no day does."""
        for number in range(self.end - 1, max(-1, self.end - 70), -1):
            if self.due(rule, self.worked[number]) == end:
                return number
        return None

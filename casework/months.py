"""Which statistical month a day counts in; the database says the same by ``statistical_month`` (a test compares them).

A month is named by its first calendar day: 2027-02-01 is February, also where it runs from 26 January to 25 February.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from time import monotonic

from casework.models.dated import MonthRule
from casework.workdays import add_months

MAX_AGE_SECONDS = 60
"""How long a process may go on with the rules it has read: a new one begins with the coming January."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Months:
    """The rules as (first day in force, last day of a month), oldest first."""

    rules: tuple[tuple[date, int], ...]

    def month_of(self, day: date) -> date:
        """Return the month that a day counts in."""
        month = day.replace(day=1)
        return add_months(month, 1) if day > self.last_day(month) else month

    def last_day(self, month: date) -> date:
        """Return the last day that counts in a month."""
        day = next((last for start, last in reversed(self.rules) if start <= month), 31)
        end = add_months(month, 1) - ONE_DAY
        return min(end, month + (day - 1) * ONE_DAY)

    def first_day(self, month: date) -> date:
        """Return the first day that counts in a month: the day after the month before."""
        return self.last_day(add_months(month, -1)) + ONE_DAY


def months() -> Months:
    """Return the rules, at most a minute old."""
    return _loaded_in(int(monotonic() // MAX_AGE_SECONDS))


def forget_months() -> None:
    """Make the next reader of this process load the rules afresh."""
    _loaded_in.cache_clear()


@lru_cache(maxsize=1)
def _loaded_in(minute: int) -> Months:
    # The minute is the key alone: when it changes, the one cached value is dropped.
    return Months(tuple(MonthRule.objects.order_by("valid_from").values_list("valid_from", "last_day")))

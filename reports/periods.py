"""Statistical periods: months and the year to date. A month is named by its first calendar day, wherever it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from casework.months import months
from casework.workdays import add_months

PERIOD = re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])")
Span = Literal["month", "ytd"]


def month_of(day: date) -> date:
    """Return the month that a day counts in."""
    return months().month_of(day)


def first_day(month: date) -> date:
    """Return the first day that counts in a month."""
    return months().first_day(month)


def day_after(month: date) -> date:
    """Return the first day that no longer counts in a month."""
    return first_day(later(month, 1))


def is_calendar_month(month: date) -> bool:
    """Tell whether a month counts from its first to its last calendar day."""
    return first_day(month) == month and day_after(month) == later(month, 1)


def parse_month(text: str) -> date | None:
    """Return the month written as 2026-10; None for anything else."""
    found = PERIOD.fullmatch(text)
    return date(int(found["year"]), int(found["month"]), 1) if found else None


def month_code(month: date) -> str:
    """Return a month as addresses and files write it: 2026-10."""
    return f"{month:%Y-%m}"


def later(month: date, months: int) -> date:
    """Return the month so many months later, earlier for a negative number."""
    return add_months(month, months)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """Return the months from first to last, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return tuple(later(first, number) for number in range(count + 1))


def year_to(month: date) -> tuple[date, ...]:
    """Return the months of the year up to a month, itself included."""
    return months_between(month.replace(month=1), month)


@dataclass(frozen=True)
class Period:
    """A month, or the year up to it."""

    month: date
    span: Span = "month"

    @property
    def months(self) -> tuple[date, ...]:
        """The months that are added up."""
        return year_to(self.month) if self.span == "ytd" else (self.month,)

    @property
    def start(self) -> date:
        """The first day."""
        return first_day(self.months[0])

    @property
    def end(self) -> date:
        """The first day after it."""
        return day_after(self.month)

    def year_before(self) -> Period:
        """Return the same period of the last year (同比)."""
        return Period(later(self.month, -12), self.span)

    def before(self) -> Period | None:
        """Return the month before (环比); the year to date has none."""
        return Period(later(self.month, -1)) if self.span == "month" else None

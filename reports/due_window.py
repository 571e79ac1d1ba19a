"""The days on which a month is reported: from the first day of the next month to the last level's due day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from casework.workdays import WorkCalendar, add_days, is_workday
from reports.due_dates import opens_on

SATURDAY = 5


@dataclass(frozen=True)
class WindowDay:
    """One day: the how manieth working day it is (0: none is worked), and the levels that are due on it."""

    on: date
    number: int
    is_today: bool
    levels: tuple[str, ...]

    @property
    def is_make_up(self) -> bool:
        """A day of the weekend that is worked."""
        return bool(self.number) and self.on.weekday() >= SATURDAY

    @property
    def is_holiday(self) -> bool:
        """A day of the week that is not worked."""
        return not self.number and self.on.weekday() < SATURDAY


def window_of(month: date, limits: Mapping[str, date], today: date, *, calendar: WorkCalendar) -> list[WindowDay]:
    """Return the days of a month's window. ``limits`` are the due days by level."""
    days, number, day = [], 0, opens_on(month)
    last = max(limits.values())
    while day <= last:
        worked = is_workday(day, calendar=calendar)
        number += worked
        levels = tuple(level for level, limit in limits.items() if limit == day)
        days.append(WindowDay(day, number if worked else 0, day == today, levels))
        day = add_days(day, 1)
    return days

"""Reading the working calendar from the database."""

from __future__ import annotations

from functools import lru_cache
from time import monotonic

from casework.models.calendar import CalendarDay, CalendarYear
from casework.workdays import WorkCalendar

MAX_AGE_SECONDS = 60
"""How long a process may go on with the calendar it has read; an import is seen everywhere after this time."""


def work_calendar() -> WorkCalendar:
    """Return the working calendar, at most a minute old: every due date asks for it, nobody changes it in a day."""
    return _loaded_in(int(monotonic() // MAX_AGE_SECONDS))


def load_work_calendar(*, using: str = "default") -> WorkCalendar:
    """Read the calendar (some 800 rows) from a database, past the cache."""
    return WorkCalendar(
        days=dict(CalendarDay.objects.using(using).values_list("date", "is_workday")),
        published_years=frozenset(CalendarYear.objects.using(using).values_list("year", flat=True)),
    )


def forget_work_calendar() -> None:
    """Make the next reader of this process load the calendar afresh."""
    _loaded_in.cache_clear()


@lru_cache(maxsize=1)
def _loaded_in(minute: int) -> WorkCalendar:
    # The minute is the key alone: when it changes, the one cached calendar is dropped.
    return load_work_calendar()

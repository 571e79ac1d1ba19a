"""Working days and periods: pure arithmetic over a calendar.

Law: Civil Code art. 201 to 203 (the first day is not counted; a last day on a holiday moves to the next working day),
State Council holiday notices (make-up days on a weekend are working days). Every function takes plain dates and raises
``ValueError`` for what cannot be a business date.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

EARLIEST_YEAR = 1900
LATEST_YEAR = 2200
MAX_WORKDAYS = 10_000
"""Some 40 years: no rule of law counts further in working days."""

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked.

    ``days`` holds the days that differ from Monday to Friday, and overrides; ``published_years`` are the years whose
    holiday notice is known. Any other year is provisional: it is counted Monday to Friday until the notice comes.
    """

    days: Mapping[date, bool] = field(repr=False)
    published_years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Tell whether a day is worked."""
        explicit = self.days.get(day)
        return day.weekday() < _SATURDAY if explicit is None else explicit

    def is_provisional(self, day: date) -> bool:
        """Tell whether the holidays of the day's year are still unpublished."""
        return day.year not in self.published_years


def is_workday(day: date, *, calendar: WorkCalendar) -> bool:
    """Tell whether a day is worked, make-up days included."""
    return calendar.is_workday(_checked(day))


def add_workdays(start: date, count: int, *, calendar: WorkCalendar) -> date:
    """Return the ``count``-th working day after ``start``, which is not counted itself.

    0 returns ``start`` as it is, worked or not; a negative count goes back.
    """
    _checked(start)
    if abs(count) > MAX_WORKDAYS:
        raise ValueError(f"cannot count {count} working days: at most {MAX_WORKDAYS} either way")
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    day, left = start, abs(count)
    while left:
        day = _checked(day + step)
        left -= calendar.is_workday(day)
    return day


def workdays_between(start: date, end: date, *, calendar: WorkCalendar) -> int:
    """Count the working days after ``start`` up to and including ``end``; negative if ``end`` lies before ``start``.

    Backwards, it is minus the count from ``end`` to ``start``.
    """
    if _checked(end) < _checked(start):
        return -workdays_between(end, start, calendar=calendar)
    return sum(calendar.is_workday(day) for day in _days_after(start, end))


def roll(day: date, *, calendar: WorkCalendar) -> date:
    """Return the day itself if it is worked, else the next working day (Civil Code art. 203)."""
    _checked(day)
    while not calendar.is_workday(day):
        day = _checked(day + _ONE_DAY)
    return day


def add_days(start: date, count: int) -> date:
    """Return the date ``count`` natural days after ``start``, which is not counted itself."""
    _checked(start)
    try:
        return _checked(start + timedelta(days=count))
    except OverflowError as error:
        raise ValueError(f"cannot count {count} days from {start}") from error


def add_months(start: date, count: int) -> date:
    """Return the corresponding day ``count`` months on, or that month's last day where there is none."""
    _checked(start)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"cannot count {count} months from {start}")
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def provisional_years(start: date, end: date, *, calendar: WorkCalendar) -> tuple[int, ...]:
    """Return the years between two dates, both ends included and in either order, that are still provisional."""
    first, last = sorted((_checked(start), _checked(end)))
    return tuple(year for year in range(first.year, last.year + 1) if year not in calendar.published_years)


def uses_provisional_year(start: date, end: date, *, calendar: WorkCalendar) -> bool:
    """Tell whether a count from ``start`` to ``end`` may change when a holiday notice is published.

    Give it the start and the result of :func:`add_workdays` or :func:`roll`.
    """
    return bool(provisional_years(start, end, calendar=calendar))


def _days_after(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=number) for number in range(1, (end - start).days + 1))


def _checked(day: date) -> date:
    # A datetime never equals a date: it would miss every holiday without an error.
    if isinstance(day, datetime) or not isinstance(day, date):
        raise ValueError(f"a plain date is needed, not {type(day).__name__}")
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"{day} lies outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day

"""The days on which a month is reported, with holidays and make-up days."""

from __future__ import annotations

from datetime import date

from casework.management.commands.import_calendar import published_rows, published_years
from casework.workdays import WorkCalendar
from reports.due_window import window_of

CALENDAR = WorkCalendar(
    days={row.date: row.is_workday for row in published_rows()}, published_years=frozenset(published_years())
)
LIMITS = {
    "office": date(2026, 5, 8),
    "county": date(2026, 5, 11),
    "city": date(2026, 5, 13),
    "province": date(2026, 5, 18),
}


def test_the_window_runs_from_the_first_day_to_the_last_level() -> None:
    days = window_of(date(2026, 4, 1), LIMITS, date(2026, 5, 8), calendar=CALENDAR)
    assert (days[0].on, days[-1].on, len(days)) == (date(2026, 5, 1), date(2026, 5, 18), 18)
    worked = {day.on.day: day.number for day in days if day.number}
    # Labour Day until the 5th, Saturday the 9th worked instead.
    assert worked == {6: 1, 7: 2, 8: 3, 9: 4, 11: 5, 12: 6, 13: 7, 14: 8, 15: 9, 18: 10}
    assert [day.on.day for day in days if day.is_make_up] == [9]
    assert [day.on.day for day in days if day.is_holiday] == [1, 4, 5]
    assert [day.on.day for day in days if day.is_today] == [8]
    assert {day.on: day.levels for day in days if day.levels} == {limit: (level,) for level, limit in LIMITS.items()}


def test_two_levels_may_be_due_on_one_day() -> None:
    same = {"office": date(2026, 5, 8), "county": date(2026, 5, 8)}
    days = window_of(date(2026, 4, 1), same, date(2026, 7, 1), calendar=CALENDAR)
    assert days[-1].levels == ("office", "county")
    assert not any(day.is_today for day in days)

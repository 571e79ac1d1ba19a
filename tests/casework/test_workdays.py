"""Working days against the State Council's notices for 2019 to 2026, every expected date written out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.management.commands.import_calendar import published_rows, published_years
from casework.workdays import (
    MAX_WORKDAYS,
    WorkCalendar,
    add_days,
    add_months,
    add_workdays,
    is_workday,
    provisional_years,
    roll,
    uses_provisional_year,
    workdays_between,
)

CALENDAR = WorkCalendar(
    days={row.date: row.is_workday for row in published_rows()}, published_years=frozenset(published_years())
)
WEEKDAYS_ONLY = WorkCalendar(days={}, published_years=frozenset())

WORKED = """
2019-01-02 2019-02-02 2019-02-03 2019-02-11 2019-04-04 2019-04-28 2019-04-30 2019-05-05 2019-06-10 2019-09-16 2019-09-29
2019-09-30 2019-10-08 2019-10-12 2020-01-02 2020-01-19 2020-01-23 2020-02-03 2020-04-07 2020-04-26 2020-05-06 2020-05-09
2020-06-28 2020-09-27 2020-10-09 2020-10-10 2020-12-31 2021-01-04 2021-02-07 2021-02-10 2021-02-18 2021-02-20 2021-04-06
2021-04-25 2021-05-06 2021-05-08 2021-06-15 2021-09-18 2021-09-26 2021-10-08 2021-10-09 2022-01-04 2022-01-29 2022-01-30
2022-02-07 2022-04-02 2022-04-06 2022-04-24 2022-05-05 2022-05-07 2022-06-06 2022-09-13 2022-10-08 2022-10-09 2022-12-30
2023-01-03 2023-01-28 2023-01-29 2023-04-04 2023-04-06 2023-04-23 2023-05-04 2023-05-06 2023-06-25 2023-09-28 2023-10-07
2023-10-08 2023-12-29 2024-01-02 2024-02-04 2024-02-09 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-06-07 2024-06-11
2024-09-14 2024-09-18 2024-09-29 2024-10-08 2024-10-12 2025-01-02 2025-01-26 2025-01-27 2025-02-05 2025-02-08 2025-04-07
2025-04-27 2025-05-06 2025-06-03 2025-09-28 2025-10-09 2025-10-11 2025-12-31 2026-01-04 2026-02-14 2026-02-24 2026-02-28
2026-04-07 2026-05-06 2026-05-09 2026-06-22 2026-09-20 2026-09-28 2026-10-08 2026-10-10 2026-12-31 2027-01-01 2027-10-01
"""

FREE = """
2019-01-01 2019-02-04 2019-02-05 2019-02-08 2019-02-10 2019-04-05 2019-05-01 2019-05-03 2019-06-07 2019-09-13 2019-10-01
2019-10-07 2019-10-13 2020-01-01 2020-01-18 2020-01-24 2020-01-31 2020-02-02 2020-04-06 2020-05-01 2020-05-05 2020-06-25
2020-06-26 2020-10-01 2020-10-08 2020-10-11 2021-01-01 2021-02-06 2021-02-11 2021-02-17 2021-02-21 2021-04-05 2021-05-03
2021-05-05 2021-06-14 2021-09-19 2021-09-20 2021-09-21 2021-09-25 2021-10-01 2021-10-07 2022-01-03 2022-01-31 2022-02-04
2022-04-03 2022-04-05 2022-05-02 2022-05-04 2022-06-03 2022-09-12 2022-10-03 2022-10-07 2022-12-31 2023-01-01 2023-01-02
2023-01-21 2023-01-23 2023-01-27 2023-04-05 2023-05-01 2023-05-03 2023-06-22 2023-06-23 2023-09-29 2023-10-02 2023-10-06
2023-12-30 2024-01-01 2024-02-03 2024-02-10 2024-02-16 2024-02-17 2024-04-04 2024-04-05 2024-05-01 2024-05-03 2024-06-10
2024-09-15 2024-09-16 2024-09-17 2024-10-01 2024-10-07 2024-10-13 2025-01-01 2025-01-25 2025-01-28 2025-02-04 2025-02-09
2025-04-04 2025-05-01 2025-05-05 2025-06-02 2025-10-01 2025-10-06 2025-10-08 2025-10-12 2026-01-01 2026-01-02 2026-01-03
2026-02-16 2026-02-20 2026-02-23 2026-04-06 2026-05-04 2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-07 2027-01-02
"""

# start, count, expected, and what the count steps over
ADDED = """
2019-01-31 1 2019-02-01 plain Friday
2019-01-31 2 2019-02-02 make-up Saturday
2019-01-31 3 2019-02-03 make-up Sunday
2019-01-31 4 2019-02-11 Spring Festival
2019-04-30 1 2019-05-05 Labour Day to a make-up Sunday
2019-04-30 2 2019-05-06 one after it
2019-09-30 1 2019-10-08 National Day
2019-09-30 5 2019-10-12 make-up Saturday
2019-12-31 1 2020-01-02 New Year
2020-01-17 1 2020-01-19 make-up Sunday
2020-01-17 5 2020-01-23 the week before the festival
2020-01-17 6 2020-02-03 the prolonged Spring Festival
2020-04-30 1 2020-05-06 Labour Day
2020-04-30 4 2020-05-09 make-up Saturday
2020-04-30 5 2020-05-11 the Monday after
2020-06-24 1 2020-06-28 Dragon Boat to a make-up Sunday
2020-09-25 1 2020-09-27 make-up Sunday
2020-09-25 4 2020-09-30 last day before the holiday
2020-09-25 5 2020-10-09 National Day and Mid-autumn, eight days
2020-09-25 6 2020-10-10 make-up Saturday
2020-09-25 7 2020-10-12 the Monday after
2020-12-31 1 2021-01-04 New Year on a Friday
2021-02-05 1 2021-02-07 make-up Sunday
2021-02-05 4 2021-02-10 last day before the festival
2021-02-05 5 2021-02-18 Spring Festival
2021-02-05 7 2021-02-20 make-up Saturday
2021-02-05 8 2021-02-22 the Monday after
2021-04-23 1 2021-04-25 make-up Sunday
2021-04-23 6 2021-04-30 a week of six days
2021-04-23 7 2021-05-06 Labour Day
2021-04-23 9 2021-05-08 make-up Saturday
2021-09-17 1 2021-09-18 make-up Saturday
2021-09-17 2 2021-09-22 Mid-autumn
2021-09-17 5 2021-09-26 make-up Sunday for National Day
2021-09-30 1 2021-10-08 National Day
2021-09-30 2 2021-10-09 make-up Saturday
2021-09-30 3 2021-10-11 the Monday after
2022-01-28 1 2022-01-29 make-up Saturday
2022-01-28 2 2022-01-30 make-up Sunday
2022-01-28 3 2022-02-07 Spring Festival
2022-04-01 1 2022-04-02 make-up Saturday
2022-04-01 2 2022-04-06 Tomb-sweeping
2022-04-29 1 2022-05-05 Labour Day
2022-04-29 3 2022-05-07 make-up Saturday
2022-09-09 1 2022-09-13 Mid-autumn Monday
2022-09-30 1 2022-10-08 National Day to a make-up Saturday
2022-09-30 2 2022-10-09 make-up Sunday
2022-09-30 3 2022-10-10 the Monday after
2022-12-30 1 2023-01-03 New Year with the substitute Monday
2023-01-20 1 2023-01-28 Spring Festival to a make-up Saturday
2023-01-20 2 2023-01-29 make-up Sunday
2023-01-20 3 2023-01-30 the Monday after
2023-04-04 1 2023-04-06 a single Wednesday off
2023-04-21 1 2023-04-23 make-up Sunday
2023-04-21 6 2023-04-28 a week of six days
2023-04-21 7 2023-05-04 Labour Day
2023-04-21 9 2023-05-06 make-up Saturday
2023-06-21 1 2023-06-25 Dragon Boat to a make-up Sunday
2023-09-28 1 2023-10-07 Mid-autumn and National Day to a make-up Saturday
2023-09-28 2 2023-10-08 make-up Sunday
2023-09-28 3 2023-10-09 the Monday after
2023-12-29 1 2024-01-02 New Year on a Monday
2024-02-02 1 2024-02-04 make-up Sunday
2024-02-02 6 2024-02-09 New Year's Eve, worked in 2024
2024-02-02 7 2024-02-18 Spring Festival to a make-up Sunday
2024-02-02 8 2024-02-19 the Monday after
2024-04-03 1 2024-04-07 Tomb-sweeping to a make-up Sunday
2024-04-26 1 2024-04-28 make-up Sunday
2024-04-26 3 2024-04-30 last day before the holiday
2024-04-26 4 2024-05-06 Labour Day
2024-04-26 9 2024-05-11 make-up Saturday
2024-04-26 10 2024-05-13 the Monday after
2024-06-07 1 2024-06-11 Dragon Boat Monday
2024-09-13 1 2024-09-14 make-up Saturday
2024-09-13 2 2024-09-18 Mid-autumn
2024-09-20 10 2024-10-10 ten working days over National Day
2024-09-20 15 2024-10-16 fifteen working days over National Day
2024-09-27 1 2024-09-29 make-up Sunday
2024-09-27 3 2024-10-08 National Day
2024-09-27 7 2024-10-12 make-up Saturday
2025-01-24 1 2025-01-26 make-up Sunday
2025-01-24 2 2025-01-27 last day before the festival
2025-01-24 3 2025-02-05 Spring Festival of eight days
2025-01-24 6 2025-02-08 make-up Saturday
2025-01-24 7 2025-02-10 the Monday after
2025-04-25 1 2025-04-27 make-up Sunday
2025-04-25 5 2025-05-06 Labour Day
2025-05-30 1 2025-06-03 Dragon Boat over a weekend
2025-09-26 1 2025-09-28 make-up Sunday
2025-09-26 4 2025-10-09 National Day and Mid-autumn
2025-09-26 6 2025-10-11 make-up Saturday
2025-09-26 7 2025-10-13 the Monday after
2025-12-31 1 2026-01-04 New Year to a make-up Sunday
2025-12-31 2 2026-01-05 the Monday after
2026-02-13 1 2026-02-14 make-up Saturday
2026-02-13 2 2026-02-24 Spring Festival of nine days
2026-02-13 6 2026-02-28 make-up Saturday
2026-02-13 7 2026-03-02 the Monday after
2026-04-03 1 2026-04-07 Tomb-sweeping with Monday
2026-04-30 1 2026-05-06 Labour Day
2026-04-30 4 2026-05-09 make-up Saturday
2026-06-18 1 2026-06-22 Dragon Boat Friday
2026-09-18 1 2026-09-20 make-up Sunday
2026-09-18 5 2026-09-24 a week of five days
2026-09-18 6 2026-09-28 Mid-autumn Friday
2026-09-18 9 2026-10-08 National Day
2026-09-18 11 2026-10-10 make-up Saturday
2026-09-18 12 2026-10-12 the Monday after
2026-12-31 1 2027-01-01 provisional year: a Friday
2026-12-31 2 2027-01-04 provisional year: over a weekend
2027-02-05 1 2027-02-08 provisional year: no festival known
2027-04-30 1 2027-05-03 provisional year: no Labour Day known
2024-10-08 -1 2024-09-30 back over National Day
2024-10-08 -2 2024-09-29 back to a make-up Sunday
2024-10-08 -3 2024-09-27 back to the Friday before
2026-02-24 -1 2026-02-14 back over Spring Festival
2026-02-24 -2 2026-02-13 back to the Friday before
2023-01-28 -1 2023-01-20 back from a make-up Saturday
2025-02-05 -3 2025-01-24 back over Spring Festival and a make-up Sunday
2021-02-18 -1 2021-02-10 back over Spring Festival
2020-02-03 -5 2020-01-19 back over the prolonged festival
2025-10-04 1 2025-10-09 from inside a holiday
2025-10-04 -1 2025-09-30 back from inside a holiday
2025-10-04 0 2025-10-04 nothing counted: a holiday stays
"""

# start, end, working days after the start up to the end
BETWEEN = """
2024-09-27 2024-10-08 3
2024-10-08 2024-09-27 -3
2024-09-27 2024-09-27 0
2024-10-01 2024-10-07 0
2025-01-27 2025-02-05 1
2026-02-14 2026-02-23 0
2026-02-13 2026-02-28 6
2019-01-31 2019-02-10 3
2020-01-23 2020-02-03 1
2021-09-17 2021-09-26 5
2022-01-28 2022-02-07 3
2023-09-28 2023-10-09 3
2023-10-09 2023-09-28 -3
2025-10-08 2025-10-12 3
2026-12-31 2027-01-08 6
2018-12-31 2019-12-31 250
2019-12-31 2020-12-31 249
2020-12-31 2021-12-31 250
2021-12-31 2022-12-31 249
2022-12-31 2023-12-31 249
2023-12-31 2024-12-31 251
2024-12-31 2025-12-31 248
2025-12-31 2026-12-31 248
2023-12-31 2024-01-31 22
2024-01-31 2024-02-29 18
2024-04-30 2024-05-31 21
2024-08-31 2024-09-30 21
2024-09-30 2024-10-31 19
2025-01-31 2025-02-28 19
2025-09-30 2025-10-31 18
2026-01-31 2026-02-28 16
2026-09-30 2026-10-31 18
"""

ROLLED = """
2019-02-04 2019-02-11
2019-05-01 2019-05-05
2020-01-24 2020-02-03
2020-10-01 2020-10-09
2021-02-06 2021-02-07
2021-10-01 2021-10-08
2022-04-30 2022-05-05
2022-10-01 2022-10-08
2022-12-31 2023-01-03
2023-01-21 2023-01-28
2023-09-29 2023-10-07
2024-02-10 2024-02-18
2024-06-08 2024-06-11
2024-09-14 2024-09-14
2024-10-01 2024-10-08
2025-01-28 2025-02-05
2025-05-31 2025-06-03
2025-10-01 2025-10-09
2026-01-01 2026-01-04
2026-02-15 2026-02-24
2026-10-01 2026-10-08
2026-11-21 2026-11-23
2027-01-01 2027-01-01
2027-01-02 2027-01-04
"""

MONTHS = """
2024-01-31 1 2024-02-29
2023-01-31 1 2023-02-28
2024-01-30 1 2024-02-29
2024-02-29 12 2025-02-28
2024-02-29 60 2029-02-28
2020-02-29 48 2024-02-29
2024-12-15 1 2025-01-15
2024-11-30 3 2025-02-28
2024-10-31 1 2024-11-30
2025-03-31 -1 2025-02-28
2025-01-15 -1 2024-12-15
2024-03-31 -13 2023-02-28
2026-05-20 0 2026-05-20
"""


def lines(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def day(text: str) -> date:
    return date.fromisoformat(text)


def names(table: str) -> list[str]:
    return [" ".join(cells) for cells in lines(table)]


def test_the_table_of_hand_computed_dates_holds_at_least_two_hundred() -> None:
    tables = (ADDED, BETWEEN, ROLLED, MONTHS)
    assert len(WORKED.split()) + len(FREE.split()) + sum(len(lines(table)) for table in tables) >= 200
    assert {text[:4] for text in WORKED.split()} == {str(year) for year in range(2019, 2028)}


@pytest.mark.parametrize("text", WORKED.split())
def test_a_working_day_of_the_notices_is_worked(text: str) -> None:
    assert is_workday(day(text), calendar=CALENDAR)


@pytest.mark.parametrize("text", FREE.split())
def test_a_free_day_of_the_notices_is_not_worked(text: str) -> None:
    assert not is_workday(day(text), calendar=CALENDAR)


@pytest.mark.parametrize("cells", lines(ADDED), ids=names(ADDED))
def test_working_days_are_added_without_counting_the_first_day(cells: list[str]) -> None:
    start, count, expected = cells[:3]
    assert add_workdays(day(start), int(count), calendar=CALENDAR) == day(expected)


@pytest.mark.parametrize(("start", "end", "expected"), lines(BETWEEN))
def test_working_days_between_exclude_the_start_and_include_the_end(start: str, end: str, expected: str) -> None:
    assert workdays_between(day(start), day(end), calendar=CALENDAR) == int(expected)


@pytest.mark.parametrize(("start", "expected"), lines(ROLLED))
def test_a_last_day_on_a_holiday_rolls_to_the_next_working_day(start: str, expected: str) -> None:
    assert roll(day(start), calendar=CALENDAR) == day(expected)


@pytest.mark.parametrize(("start", "count", "expected"), lines(MONTHS))
def test_months_end_on_the_corresponding_day_or_the_month_end(start: str, count: str, expected: str) -> None:
    assert add_months(day(start), int(count)) == day(expected)


def test_natural_days_do_not_count_the_first_day() -> None:
    assert add_days(date(2024, 2, 1), 30) == date(2024, 3, 2)
    assert add_days(date(2024, 3, 2), -30) == date(2024, 2, 1)


def test_an_unpublished_year_is_counted_monday_to_friday_and_says_so() -> None:
    assert CALENDAR.is_provisional(date(2027, 5, 1))
    assert not CALENDAR.is_provisional(date(2026, 5, 1))
    assert CALENDAR.is_workday(date(2027, 10, 1))
    assert not CALENDAR.is_workday(date(2027, 10, 2))


def test_a_count_that_reaches_an_unpublished_year_is_reported() -> None:
    start, end = date(2026, 12, 25), date(2027, 1, 6)
    assert uses_provisional_year(start, end, calendar=CALENDAR)
    assert uses_provisional_year(end, start, calendar=CALENDAR)
    assert provisional_years(start, date(2028, 1, 1), calendar=CALENDAR) == (2027, 2028)
    assert not uses_provisional_year(start, date(2026, 12, 31), calendar=CALENDAR)


def test_an_explicit_day_counts_before_the_weekday_rule() -> None:
    calendar = WorkCalendar(days={date(2027, 1, 1): False, date(2027, 1, 2): True}, published_years=frozenset({2027}))
    assert add_workdays(date(2026, 12, 31), 1, calendar=calendar) == date(2027, 1, 2)


@pytest.mark.parametrize("bad", [datetime(2024, 5, 6, 12), "2024-05-06", None])
def test_what_is_not_a_plain_date_is_refused_with_its_type(bad: object) -> None:
    with pytest.raises(ValueError, match=f"plain date is needed, not {type(bad).__name__}"):
        is_workday(bad, calendar=CALENDAR)  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("count", [MAX_WORKDAYS + 1, -MAX_WORKDAYS - 1, 10**30])
def test_an_absurd_number_of_working_days_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at most 10000 either way"):
        add_workdays(date(2024, 5, 6), count, calendar=CALENDAR)


@pytest.mark.parametrize("count", [10**6, -(10**6), 10**30])
def test_periods_that_leave_the_calendar_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=r"cannot count|outside the years"):
        add_days(date(2024, 5, 6), count)
    with pytest.raises(ValueError, match="cannot count"):
        add_months(date(2024, 5, 6), count)


def test_a_calendar_without_a_single_working_day_ends_in_an_error_not_in_a_hang() -> None:
    free = WorkCalendar(
        days={date(2190, 1, 1) + timedelta(days=number): False for number in range(366 * 12)},
        published_years=frozenset(),
    )
    with pytest.raises(ValueError, match="outside the years 1900 to 2200"):
        roll(date(2195, 1, 1), calendar=free)
    with pytest.raises(ValueError, match="outside the years 1900 to 2200"):
        add_workdays(date(2195, 1, 1), 1, calendar=free)


DAYS = st.dates(min_value=date(2004, 1, 1), max_value=date(2027, 12, 31))
COUNTS = st.integers(min_value=-400, max_value=400)


@given(DAYS, COUNTS)
def test_going_there_and_back_returns_to_the_same_working_day(start: date, count: int) -> None:
    start = roll(start, calendar=CALENDAR)
    there = add_workdays(start, count, calendar=CALENDAR)
    assert add_workdays(there, -count, calendar=CALENDAR) == start


@given(DAYS, COUNTS)
def test_counting_between_undoes_adding(start: date, count: int) -> None:
    start = roll(start, calendar=CALENDAR)
    end = add_workdays(start, count, calendar=CALENDAR)
    assert workdays_between(start, end, calendar=CALENDAR) == count


@given(DAYS, st.integers(min_value=1, max_value=400))
def test_adding_reaches_a_working_day_strictly_later(start: date, count: int) -> None:
    end = add_workdays(start, count, calendar=CALENDAR)
    assert end > start
    assert is_workday(end, calendar=CALENDAR)
    assert workdays_between(start, end, calendar=CALENDAR) == count


@given(DAYS, st.integers(min_value=0, max_value=200), st.integers(min_value=0, max_value=200))
def test_two_counts_one_after_the_other_make_their_sum(start: date, first: int, second: int) -> None:
    halfway = add_workdays(start, first, calendar=CALENDAR)
    assert add_workdays(halfway, second, calendar=CALENDAR) == add_workdays(start, first + second, calendar=CALENDAR)


@given(DAYS, DAYS)
def test_counting_backwards_is_the_negative(start: date, end: date) -> None:
    forwards = workdays_between(start, end, calendar=CALENDAR)
    assert workdays_between(end, start, calendar=CALENDAR) == -forwards


@given(DAYS, DAYS, DAYS)
def test_counts_over_neighbouring_stretches_add_up(first: date, second: date, third: date) -> None:
    def count(start: date, end: date) -> int:
        return workdays_between(start, end, calendar=CALENDAR)

    assert count(first, second) + count(second, third) == count(first, third)


@given(DAYS)
def test_rolling_gives_the_first_working_day_and_stays_there(start: date) -> None:
    rolled = roll(start, calendar=CALENDAR)
    assert rolled >= start
    assert is_workday(rolled, calendar=CALENDAR)
    assert roll(rolled, calendar=CALENDAR) == rolled
    assert workdays_between(start, rolled, calendar=CALENDAR) <= 1


@given(DAYS, st.integers(min_value=-600, max_value=600))
def test_months_keep_the_day_or_take_the_month_end(start: date, count: int) -> None:
    end = add_months(start, count)
    assert (end.year - start.year) * 12 + end.month - start.month == count
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


@given(DAYS, st.integers(min_value=0, max_value=300))
def test_without_a_calendar_five_working_days_are_a_week(start: date, weeks: int) -> None:
    monday = start - timedelta(days=start.weekday())
    assert add_workdays(monday, 5 * weeks, calendar=WEEKDAYS_ONLY) == monday + timedelta(weeks=weeks)

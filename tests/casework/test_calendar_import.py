"""Loading the calendar table, again and again, with good and bad override files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from casework.calendars import forget_work_calendar, load_work_calendar
from casework.models.calendar import CalendarDay, CalendarYear
from casework.workdays import add_workdays, uses_provisional_year, workdays_between

# Reference tables are written by the schema's owner; the application role only reads them.
OWNER = "owner" if "owner" in settings.DATABASES else "default"

pytestmark = pytest.mark.django_db(databases=[OWNER])


@pytest.fixture(autouse=True)
def empty_calendar() -> Iterator[None]:
    CalendarDay.objects.using(OWNER).delete()
    CalendarYear.objects.using(OWNER).delete()
    yield
    forget_work_calendar()


def import_calendar(*args: str) -> str:
    output = StringIO()
    call_command("import_calendar", *args, stdout=output)
    return output.getvalue()


def rows() -> list[tuple[date, bool, str, str]]:
    return list(CalendarDay.objects.using(OWNER).values_list("date", "is_workday", "note", "source"))


def stored(day: date) -> tuple[bool, str, str]:
    row = CalendarDay.objects.using(OWNER).get(date=day)
    return row.is_workday, row.note, row.source


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["date,is_workday,note", *lines]), encoding="utf-8")
    return path


def test_holidays_make_up_days_and_published_years_are_loaded() -> None:
    summary = import_calendar()
    assert stored(date(2026, 2, 17)) == (False, "春节", "published")
    assert stored(date(2026, 2, 14)) == (True, "春节调休上班", "published")
    assert not CalendarDay.objects.using(OWNER).filter(date=date(2026, 3, 4)).exists()
    years = set(CalendarYear.objects.using(OWNER).values_list("year", flat=True))
    assert set(range(2004, 2027)) <= years
    assert summary.startswith(f"calendar: years 2004 to {max(years)} published, ")
    assert f"{sum(not worked for _day, worked, _note, _source in rows())} days off" in summary


def test_the_loaded_calendar_counts_the_known_working_days() -> None:
    import_calendar()
    calendar = load_work_calendar(using=OWNER)
    totals = [
        workdays_between(date(year - 1, 12, 31), date(year, 12, 31), calendar=calendar) for year in range(2022, 2027)
    ]
    assert totals == [249, 249, 251, 248, 248]
    assert add_workdays(date(2025, 12, 31), 1, calendar=calendar) == date(2026, 1, 4)


def test_a_second_import_changes_nothing() -> None:
    first = import_calendar(), rows()
    assert (import_calendar(), rows()) == first


def test_a_published_row_that_the_source_no_longer_holds_goes() -> None:
    import_calendar()
    before = rows()
    CalendarDay.objects.using(OWNER).create(date=date(2020, 3, 3), is_workday=False, note="误", source="published")
    import_calendar()
    assert rows() == before


def test_an_override_wins_and_survives_the_next_import(tmp_path: Path) -> None:
    overrides = write(tmp_path / "days.csv", "2026-02-14,0,省级调整", "2026-03-04,否,停电")
    summary = import_calendar("--overrides", str(overrides))
    import_calendar()
    assert stored(date(2026, 2, 14)) == (False, "省级调整", "override")
    assert stored(date(2026, 3, 4)) == (False, "停电", "override")
    assert "2 of them overrides" in summary
    calendar = load_work_calendar(using=OWNER)
    assert add_workdays(date(2026, 2, 13), 1, calendar=calendar) == date(2026, 2, 24)


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_bytes("\ufeffdate,is_workday,note\r\n2027-01-01,0,元旦\r\n,,\r\n".encode())
    import_calendar("--overrides", str(path))
    assert stored(date(2027, 1, 1)) == (False, "元旦", "override")


def test_an_unpublished_year_stays_provisional_until_its_notice_is_imported(tmp_path: Path) -> None:
    import_calendar()
    calendar = load_work_calendar(using=OWNER)
    unpublished = max(calendar.published_years) + 1
    new_year = date(unpublished, 1, 1)
    assert uses_provisional_year(new_year, new_year, calendar=calendar)
    overrides = write(tmp_path / "next.csv", f"{new_year},0,元旦")
    import_calendar("--overrides", str(overrides), "--published-year", str(unpublished))
    calendar = load_work_calendar(using=OWNER)
    assert not calendar.is_provisional(new_year)
    assert not calendar.is_workday(new_year)


def test_a_year_cannot_be_called_published_without_its_days() -> None:
    with pytest.raises(CommandError, match="no override lies in the year 2099"):
        import_calendar("--published-year", "2099")
    assert rows() == []


def test_every_bad_row_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    overrides = write(
        tmp_path / "days.csv",
        "2026-02-30,0,no such day",
        "2026-03-04,maybe,x",
        "2026-03-05,0",
        "2026-03-06,0,first",
        "2026-03-06,1,again",
        "1776-07-04,0,too early",
        f"2026-03-09,0,{'长' * 101}",
    )
    with pytest.raises(CommandError) as caught:
        import_calendar("--overrides", str(overrides))
    assert str(caught.value).splitlines() == [
        f"{overrides}: nothing was imported",
        "line 2: '2026-02-30' is not a date like 2027-02-06",
        "line 3: is_workday is 'maybe': write 1 or 0",
        "line 4: 2 columns instead of 3",
        "line 6: 2026-03-06 stands already in line 5",
        "line 7: 1776-07-04 lies outside the years 1900 to 2200",
        "line 8: the note has more than 100 characters",
    ]
    assert rows() == []


@pytest.mark.parametrize("content", [b"", b"day,free\n", "date,is_workday,note\n2026-03-04,0,停电".encode("gbk")])
def test_a_file_of_another_shape_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"other\.csv"):
        import_calendar("--overrides", str(path))
    assert rows() == []


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"absent\.csv cannot be read"):
        import_calendar("--overrides", str(tmp_path / "absent.csv"))

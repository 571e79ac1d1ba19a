"""Load the published holidays and make-up days, and overrides from a CSV file."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from casework.calendars import forget_work_calendar
from casework.models.calendar import CalendarDay, CalendarYear
from casework.workdays import EARLIEST_YEAR, LATEST_YEAR

COLUMNS = ["date", "is_workday", "note"]
_TRUTH = {"1": True, "true": True, "yes": True, "是": True, "0": False, "false": False, "no": False, "否": False}
_NAMES = {holiday.value: holiday.chinese for holiday in Holiday}
_NOTE_LENGTH = 100


class Row(NamedTuple):
    """One day that differs from Monday to Friday."""

    date: date
    is_workday: bool
    note: str


def published_rows() -> list[Row]:
    """Return every holiday and make-up day of the notices that the calendar package knows, oldest first."""
    free = [Row(day, False, _NAMES[name]) for day, name in holidays.items()]
    made_up = [Row(day, True, f"{_NAMES[name]}调休上班") for day, name in workdays.items()]
    return sorted(free + made_up)


def published_years() -> frozenset[int]:
    """Return the years whose notice the calendar package knows."""
    # A notice also covers the last days of the year before (30 December for New Year), but it starts with 1 January:
    # a year with a row in December alone is not published.
    return frozenset(day.year for day in holidays if (day.month, day.day) == (1, 1))


def read_overrides(path: Path) -> tuple[list[Row], list[str]]:
    """Read a CSV file with the columns date, is_workday and note; return its rows and a sentence per bad line."""
    rows: list[Row] = []
    faults: list[str] = []
    seen: dict[date, int] = {}
    # utf-8-sig: spreadsheet programs put a byte order mark before the first column name.
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        if [name.strip() for name in next(reader, [])] != COLUMNS:
            return [], [f"line 1: the columns must be {','.join(COLUMNS)}"]
        for cells in reader:
            try:
                row = _parsed(cells)
            except ValueError as error:
                faults.append(f"line {reader.line_num}: {error}")
                continue
            if row is None:
                continue
            if row.date in seen:
                faults.append(f"line {reader.line_num}: {row.date} stands already in line {seen[row.date]}")
                continue
            seen[row.date] = reader.line_num
            rows.append(row)
    return rows, faults


def _parsed(cells: Sequence[str]) -> Row | None:
    values = [cell.strip() for cell in cells]
    if not any(values):
        return None
    if len(values) != len(COLUMNS):
        raise ValueError(f"{len(values)} columns instead of {len(COLUMNS)}")
    try:
        day = date.fromisoformat(values[0])
    except ValueError:
        raise ValueError(f"'{values[0][:30]}' is not a date like 2027-02-06") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"{day} lies outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    worked = _TRUTH.get(values[1].lower())
    if worked is None:
        raise ValueError(f"is_workday is '{values[1][:30]}': write 1 or 0")
    if len(values[2]) > _NOTE_LENGTH:
        raise ValueError(f"the note has more than {_NOTE_LENGTH} characters")
    return Row(day, worked, values[2])


class Command(BaseCommand):
    """Import the calendar; run again it changes nothing."""

    help = "Load holidays and make-up days; --overrides adds or corrects days from a CSV file (date,is_workday,note)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--overrides", type=Path, help="CSV file with the columns date,is_workday,note")
        parser.add_argument(
            "--published-year",
            type=int,
            action="append",
            default=[],
            metavar="YEAR",
            help="a year whose whole holiday notice is in the overrides; it stops being provisional",
        )
        parser.add_argument("--database", choices=list(settings.DATABASES), help="default: owner where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything first, then write it in one transaction."""
        using = options["database"] or ("owner" if "owner" in settings.DATABASES else "default")
        overrides = self._overrides(options["overrides"])
        extra = frozenset(options["published_year"])
        if missing := extra - {row.date.year for row in overrides} - published_years():
            raise CommandError(f"no override lies in the year {min(missing)}: give its notice with --overrides")
        with transaction.atomic(using=using):
            self._write_published(using)
            _upsert(overrides, CalendarDay.Source.OVERRIDE, using)
            self._write_years(extra, using)
        forget_work_calendar()
        days = CalendarDay.objects.using(using)
        kept = days.filter(source=CalendarDay.Source.OVERRIDE).count()
        years = sorted(CalendarYear.objects.using(using).values_list("year", flat=True))
        self.stdout.write(
            f"calendar: years {years[0]} to {years[-1]} published, "
            f"{days.filter(is_workday=False).count()} days off and {days.filter(is_workday=True).count()} make-up days, "
            f"{kept} of them overrides"
        )

    def _overrides(self, path: Path | None) -> list[Row]:
        if path is None:
            return []
        try:
            rows, faults = read_overrides(path)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{path} cannot be read as UTF-8 CSV: {error}") from error
        if faults:
            raise CommandError("\n".join([f"{path}: nothing was imported", *faults]))
        return rows

    def _write_published(self, using: str) -> None:
        overridden = set(
            CalendarDay.objects.using(using).filter(source=CalendarDay.Source.OVERRIDE).values_list("date", flat=True)
        )
        adopted = dict(CalendarYear.objects.using(using).exclude(adopted_from=None).values_list("year", "adopted_from"))
        rows = [
            row
            for row in published_rows()
            # What two persons adopted for a year is its list: what it does not name is an ordinary day.
            if row.date not in overridden and row.date < (adopted.get(row.date.year) or date.max)
        ]
        # A notice that was amended loses days too (2020): what the source no longer holds must go.
        CalendarDay.objects.using(using).filter(source=CalendarDay.Source.PUBLISHED).exclude(
            date__in=[row.date for row in rows]
        ).delete()
        _upsert(rows, CalendarDay.Source.PUBLISHED, using)

    def _write_years(self, extra: Iterable[int], using: str) -> None:
        years = [CalendarYear(year=year, source="国务院办公厅放假通知") for year in published_years() | set(extra)]
        CalendarYear.objects.using(using).bulk_create(years, ignore_conflicts=True)


def _upsert(rows: Iterable[Row], source: str, using: str) -> None:
    CalendarDay.objects.using(using).bulk_create(
        [CalendarDay(date=row.date, is_workday=row.is_workday, note=row.note, source=source) for row in rows],
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["is_workday", "note", "source"],
    )

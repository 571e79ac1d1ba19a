"""Cells from marks: counted anew from the source, absolutely, by one drainer at a time.

Beside offices.scoping and casework.numbering the only module with a cursor. Names in its SQL come from the models and
from reports.counting; every value is bound.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from casework import lines
from casework.lines import BusinessLine
from offices.models import Level, Office
from offices.scoping import system
from reports import counting
from reports.differences import note_differences, signed_pairs
from reports.models import UnitSheet
from reports.sources import Sql

# Of the drain, the recount and nobody else: two that recount absolutely at the same time would lose updates.
LOCK = 7_305_011
# More than there can ever be (offices × months): whatever is committed when the marks are taken is taken.
EVERY_MARK = 2_147_483_647
# From so many offices' months on it is cheaper to count the whole line: one pass over the events, on all cores.
WHOLE_FROM = 20_000
WRITTEN_AT_ONCE = 5_000
MOST_SHOWN = 20


Pair = tuple[int, date]
Figures = dict[str, int]
# Unit, month, and the figures as JSON.
CellRow = tuple[int, date, str]


@dataclass(frozen=True)
class Difference:
    """A cell that is not what the source says; ``codes`` are the indicators that differ."""

    unit_id: int
    level: str
    month: date
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """What a comparison of all cells with the source found; ``differences`` holds the first MOST_SHOWN."""

    cells: int
    pending: int
    differing: int
    differences: tuple[Difference, ...]


def drain() -> int:
    """Bring the cells up to date and return how many (line, office, month) were recounted.

    Returns at once when another drainer is at work: that one looks for new marks after its last commit.
    """
    done = 0
    while True:
        taken = _drain_once()
        done += taken or 0
        # Looked for after the commit: whoever was turned away at the lock meanwhile left its marks to us.
        if taken is None or not pending_pairs():
            return done


def _drain_once() -> int | None:
    with system("rollup"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        as_of = _now(cursor)
        cursor.execute("SELECT line, office_id, month FROM take_marks(%s)", [EVERY_MARK])
        by_line: dict[str, list[Pair]] = defaultdict(list)
        for line, office_id, month in cursor.fetchall():
            by_line[line].append((office_id, month))
        # A statement of its own, later than the taking: its snapshot holds all that the taken marks stand for.
        for line, pairs in by_line.items():
            if len(pairs) < WHOLE_FROM:
                _recount(cursor, lines.line(line), pairs, as_of)
                note_differences(cursor, lines.line(line), pairs)
            else:
                _recount_line(cursor, lines.line(line), as_of)
        _note(cursor, as_of)
    return sum(len(pairs) for pairs in by_line.values())


def recount() -> int:
    """Count every cell of every line anew, and return how many had to be changed. Waits for a running drain."""
    with system("recount"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        as_of = _now(cursor)
        cursor.execute("SELECT count(*) FROM take_marks(%s)", [EVERY_MARK])
        changed = sum(_recount_line(cursor, line, as_of) for line in lines.lines())
        _note(cursor, as_of)
    # A drainer that was turned away at the lock meanwhile left its marks to us.
    drain()
    return changed


def pending_pairs(line: str = "") -> list[Pair]:
    """Return the offices' months that wait to be recounted, of one line or of all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT office_id, month FROM pending_marks() WHERE line = %s OR %s = ''", [line, line])
        return cursor.fetchall()


def count_pairs(line: BusinessLine, pairs: Sequence[Pair]) -> dict[Pair, Figures]:
    """Return the figures of offices' months as the source has them now, zeros included. Writes nothing."""
    if not pairs:
        return {}
    query, codes = counting.counts_of_pairs(line, pairs), [flow.code for flow in counting.flows(line)]
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.values)
        return {
            (unit_id, month): dict(zip(codes, map(int, counts), strict=True))
            for unit_id, month, *counts in cursor.fetchall()
        }


def next_edition_id() -> int:
    """Return the key of an edition to come: its rows are written, and digested, before itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('reports_edition', 'id'))")
        return int(cursor.fetchone()[0])


def write_contributions(line: BusinessLine, codes: Collection[str], edition_id: int, month: date, unit: Office) -> int:
    """Store every event behind a figure (of these codes) of the unit's month, with what it adds; return how many.

    A balance is behind no event of the month alone: what came in at any time and has not gone out adds to it.
    """
    columns = {Level.CITY: "city_id", Level.COUNTY: "county_id", Level.OFFICE: "office_id"}
    of_unit = f"e.{columns[Level(unit.level)]} = %s" if unit.level in columns else "%s IS NOT NULL"
    within = Sql(of_unit, (unit.pk,))
    written = 0
    with connection.cursor() as cursor:
        for source in counting.contributions(line, codes, month, within):
            cursor.execute(
                f"""
                INSERT INTO reports_contribution (edition_id, line, office_id, county_id, city_id, event_id, kind,
                                                  counted_on, record_type, record_key, number, figures)
                SELECT %s, e.line, e.office_id, e.county_id, e.city_id, e.id, e.kind,
                       e.counted_on, k.record_type, k.key, k.number, added.figures
                {source.text}
                """,
                [edition_id, *source.values],
            )
            written += cursor.rowcount
    return written


def write_sheet_rows(line: BusinessLine, codes: Collection[str], sheet: UnitSheet) -> int:
    """Store every event behind the figures (of these codes) of an office's sheet; return how many."""
    within, written = Sql("e.office_id = %s", (sheet.unit_id,)), 0
    with connection.cursor() as cursor:
        for source in counting.contributions(line, codes, sheet.month, within):
            cursor.execute(
                f"""
                INSERT INTO reports_sheetrow (sheet_id, line, form, month, office_id, county_id, city_id, event_id, kind,
                                              counted_on, record_type, record_key, number, figures)
                SELECT %s, e.line, %s, %s, e.office_id, e.county_id, e.city_id, e.id, e.kind,
                       e.counted_on, k.record_type, k.key, k.number, added.figures
                {source.text}
                """,
                [sheet.pk, sheet.form, sheet.month, *source.values],
            )
            written += cursor.rowcount
    return written


def copy_sheet_rows(old: UnitSheet, fresh: UnitSheet) -> int:
    """Store the rows behind a sheet behind its next version too, whose month is the same; return how many."""
    columns = "line, form, month, office_id, county_id, city_id, event_id, kind, counted_on, record_type, record_key"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO reports_sheetrow (sheet_id, {columns}, number, figures) "  # noqa: S608
            f"SELECT %s, {columns}, number, figures FROM reports_sheetrow WHERE sheet_id = %s",
            [fresh.pk, old.pk],
        )
        return int(cursor.rowcount)


def compare_signed(line: BusinessLine, unit_id: int, month: date) -> None:
    """Note where an office's ledger already differs from the figures that are being signed."""
    with connection.cursor() as cursor:
        note_differences(cursor, line, [(unit_id, month)])


def _now(cursor: Any) -> datetime:
    cursor.execute("SELECT clock_timestamp()")
    moment: datetime = cursor.fetchone()[0]
    return moment


def _note(cursor: Any, as_of: datetime) -> None:
    cursor.execute(
        "INSERT INTO reports_drained (id, as_of) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET as_of = excluded.as_of",
        [as_of],
    )


def _recount(cursor: Any, line: BusinessLine, pairs: Sequence[Pair], as_of: datetime) -> None:
    """Bring offices' months in line with the source, and the units above them as far as something changed."""
    changed = _write(cursor, line, _stale(cursor, line, counting.counts_of_pairs(line, pairs)), as_of)
    _sum_up(cursor, line, Level.OFFICE, "c.county_id", {(county, month) for county, _, month in changed}, as_of)
    _sum_up(cursor, line, Level.COUNTY, "c.city_id", {(city, month) for _, city, month in changed}, as_of)
    cursor.execute(f"SELECT {counting.PROVINCE}")
    whole = cursor.fetchone()[0]
    _sum_up(cursor, line, Level.CITY, counting.PROVINCE, {(whole, month) for *_, month in changed}, as_of)


def _recount_line(cursor: Any, line: BusinessLine, as_of: datetime) -> int:
    """Bring every cell of a line in line with the source, level by level from below."""
    _read_much(cursor)
    changed = 0
    for level, query in counting.expected_cells(line):
        rows = [
            (unit, month, json.dumps(counted)) for unit, month, _, counted in _differing(cursor, line, level, query)
        ]
        _write(cursor, line, rows, as_of)
        changed += len(rows)
    note_differences(cursor, line, signed_pairs(cursor, line))
    return changed


def _read_much(cursor: Any) -> None:
    """Prepare this transaction to read all events of a line.

    The planner knows no months: it expects so many groups that it would sort millions of rows on the disk.
    """
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute("SET LOCAL enable_sort = off")


def _sum_up(
    cursor: Any, line: BusinessLine, level: Level, above: str, units: Collection[Pair], as_of: datetime
) -> None:
    """Write the cells of the units above ``level`` as the sums of those of ``level``."""
    if not units:
        return
    summed = counting.counts_of_cells(line)
    ids, months = zip(*units, strict=True)
    text = f"""
        SELECT t.unit_id, t.month, {summed.text}
        FROM unnest(%s::int[], %s::date[]) AS t (unit_id, month)
        JOIN reports_cell c ON c.line = %s AND c.level = %s AND {above} = t.unit_id AND c.month = t.month
        GROUP BY t.unit_id, t.month
    """  # noqa: S608
    query = Sql(text, (*summed.values, list(ids), list(months), line.code, level.value))
    _write(cursor, line, _stale(cursor, line, query), as_of)


def _stale(cursor: Any, line: BusinessLine, counted: Sql) -> list[CellRow]:
    """Return what was counted (unit_id, month, figures) where the cell says otherwise or is missing."""
    figures, differs = counting.figures_of_counts(line), counting.differs(line)
    cursor.execute(
        f"""
        SELECT n.unit_id, n.month, ({figures.text})::text FROM ({counted.text}) n
        LEFT JOIN reports_cell c ON c.unit_id = n.unit_id AND c.line = %s AND c.month = n.month
        WHERE c.unit_id IS NULL OR {differs.text}
        """,  # noqa: S608
        [*figures.values, *counted.values, line.code, *differs.values],
    )
    rows: list[CellRow] = cursor.fetchall()
    return rows


def _write(cursor: Any, line: BusinessLine, rows: Sequence[CellRow], as_of: datetime) -> set[tuple[int, int, date]]:
    """Write cells, and return county, city and month of each."""
    written: set[tuple[int, int, date]] = set()
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        units, months, figures = zip(*rows[start : start + WRITTEN_AT_ONCE], strict=True)
        cursor.execute(
            """
            INSERT INTO reports_cell (unit_id, line, month, figures, as_of)
            SELECT n.unit_id, %s, n.month, n.figures, %s
            FROM unnest(%s::int[], %s::date[], %s::jsonb[]) AS n (unit_id, month, figures)
            ON CONFLICT (unit_id, line, month) DO UPDATE SET figures = excluded.figures, as_of = excluded.as_of
            RETURNING county_id, city_id, month
            """,
            [line.code, as_of, list(units), list(months), list(figures)],
        )
        written.update(cursor.fetchall())
    return written


def verify() -> Verification:
    """Compare every cell with the source, in one snapshot. Marked months are left out: they are known to be old."""
    found: list[Difference] = []
    with system("verify", snapshot=True), connection.cursor() as cursor:
        _read_much(cursor)
        cursor.execute("SELECT count(*) FROM reports_cell")
        cells = cursor.fetchone()[0]
        cursor.execute("SELECT line, office_id, month FROM pending_marks()")
        marked = set(cursor.fetchall())
        for line in lines.lines():
            for level, query in counting.expected_cells(line):
                differing = _differing(cursor, line, level, query)
                found += [_difference(level, *row) for row in differing if (line.code, *row[:2]) not in marked]
    return Verification(cells, len(marked), len(found), tuple(found[:MOST_SHOWN]))


def _differing(
    cursor: Any, line: BusinessLine, level: Level, expected: Sql
) -> list[tuple[int, date, Figures, Figures]]:
    """Return unit, month, stored and expected figures of the cells of a level that are not as expected."""
    figures, differs = counting.figures_of_counts(line), counting.differs(line)
    cursor.execute(
        f"""
        SELECT coalesce(c.unit_id, n.unit_id), coalesce(c.month, n.month), coalesce(c.figures, '{{}}'),
               CASE WHEN n.unit_id IS NOT NULL THEN {figures.text} END
        FROM (SELECT * FROM reports_cell WHERE line = %s AND level = %s) c
        FULL JOIN ({expected.text}) n ON n.unit_id = c.unit_id AND n.month = c.month
        WHERE c.unit_id IS NULL OR n.unit_id IS NULL OR {differs.text} ORDER BY 2, 1
        """,  # noqa: S608
        [*figures.values, line.code, level.value, *expected.values, *differs.values],
    )
    # A cell whose last event has gone is expected to be empty: zeros are not written.
    read = ((unit, month, json.loads(was), json.loads(new or "{}")) for unit, month, was, new in cursor.fetchall())
    return [row for row in read if row[2] != row[3]]


def _difference(level: Level, unit_id: int, month: date, stored: dict[str, Any], counted: dict[str, Any]) -> Difference:
    codes = sorted({*stored, *counted})
    differing = tuple(code for code in codes if stored.get(code, 0) != counted.get(code, 0))
    return Difference(unit_id, level.value, month, differing)

"""Cells from marks: counted anew from the source, absolutely, by one drainer at a time.

Beside offices.scoping and casework.numbering the only module with a cursor. Names in its SQL come from the models and
from reports.counting; every value is bound.
"""

from __future__ import annotations

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
from reports.periods import later

# Of the drain, the recount and nobody else: two that recount absolutely at the same time would lose updates.
LOCK = 7_305_011
# More than there can ever be (offices × months): whatever is committed when the marks are taken is taken.
EVERY_MARK = 2_147_483_647
MOST_SHOWN = 20

Pair = tuple[int, date]
Figures = dict[str, int]


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
            _recount(cursor, lines.line(line), pairs, as_of)
        _note(cursor, as_of)
    return sum(len(pairs) for pairs in by_line.values())


def recount() -> int:
    """Count every cell of every line anew, and return how many offices' months there are. Waits for a running drain."""
    done = 0
    with system("recount"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        as_of = _now(cursor)
        cursor.execute("SELECT count(*) FROM take_marks(%s)", [EVERY_MARK])
        for line in lines.lines():
            cursor.execute(
                f"SELECT office_id, date_trunc('month', counted_on)::date FROM {counting.event_table()} WHERE line = %s "  # noqa: S608
                "UNION SELECT unit_id, month FROM reports_cell WHERE line = %s AND level = 'office'",
                [line.code, line.code],
            )
            pairs = cursor.fetchall()
            _recount(cursor, line, pairs, as_of)
            done += len(pairs)
        _note(cursor, as_of)
    return done


def pending_pairs(line: str = "") -> list[Pair]:
    """Return the offices' months that wait to be recounted, of one line or of all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT office_id, month FROM pending_marks() WHERE line = %s OR %s = ''", [line, line])
        return cursor.fetchall()


def count_pairs(line: BusinessLine, pairs: Sequence[Pair]) -> dict[Pair, Figures]:
    """Return the figures of offices' months as the source has them now, zeros included. Writes nothing."""
    if not pairs:
        return {}
    query = _counted(line, pairs)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.values)
        return {(unit_id, month): figures for unit_id, month, figures in cursor.fetchall()}


def next_edition_id() -> int:
    """Return the key of an edition to come: its rows are written, and digested, before itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('reports_edition', 'id'))")
        return int(cursor.fetchone()[0])


def write_contributions(line: BusinessLine, edition_id: int, month: date, unit: Office) -> int:
    """Store every event of a month that adds to a figure of the unit, with what it adds, and return how many."""
    figures = counting.figures_of_event(line)
    columns = {Level.CITY: "city_id", Level.COUNTY: "county_id", Level.OFFICE: "office_id"}
    within = f"e.{columns[Level(unit.level)]} = %s" if unit.level in columns else "%s IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO reports_contribution (edition_id, line, office_id, county_id, city_id, event_id, kind, counted_on,
                                              record_type, record_key, number, figures)
            SELECT %s, e.line, e.office_id, e.county_id, e.city_id, e.id, e.kind, e.counted_on,
                   e.record_type, r.public_id, r.number, added.figures
            FROM {counting.event_table()} e JOIN {counting.record_table(line)} r ON r.id = e.record_id
            CROSS JOIN LATERAL (SELECT {figures.text} AS figures) added
            WHERE e.line = %s AND e.record_type = %s AND NOT e.is_replaced AND e.counted_on >= %s AND e.counted_on < %s
              AND {within} AND added.figures <> '{{}}'
            """,  # noqa: S608
            [
                edition_id,
                *figures.values,
                line.code,
                counting.counted_model(line).record_type(),
                month,
                later(month, 1),
                unit.pk,
            ],
        )
        return cursor.rowcount


def _now(cursor: Any) -> datetime:
    cursor.execute("SELECT clock_timestamp()")
    moment: datetime = cursor.fetchone()[0]
    return moment


def _note(cursor: Any, as_of: datetime) -> None:
    cursor.execute(
        "INSERT INTO reports_drained (id, as_of) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET as_of = excluded.as_of",
        [as_of],
    )


def _counted(line: BusinessLine, pairs: Sequence[Pair]) -> counting.Sql:
    figures = counting.figures_of_group(line)
    offices, months = zip(*pairs, strict=True)
    text = f"""
        SELECT p.unit_id, p.month, {figures.text} AS figures
        FROM unnest(%s::int[], %s::date[], %s::date[]) AS p (unit_id, month, next_month)
        LEFT JOIN {counting.event_table()} e ON e.line = %s AND e.record_type = %s AND NOT e.is_replaced
             AND e.office_id = p.unit_id AND e.counted_on >= p.month AND e.counted_on < p.next_month
        LEFT JOIN {counting.record_table(line)} r ON r.id = e.record_id
        GROUP BY p.unit_id, p.month
    """  # noqa: S608
    ends = [later(month, 1) for month in months]
    record_type = counting.counted_model(line).record_type()
    return counting.Sql(text, (*figures.values, list(offices), list(months), ends, line.code, record_type))


def _recount(cursor: Any, line: BusinessLine, pairs: Sequence[Pair], as_of: datetime) -> None:
    if not pairs:
        return
    # For this transaction alone: with the server's default a backlog is sorted and hashed on disk.
    cursor.execute("SET LOCAL work_mem = '128MB'")
    changed = _write(cursor, line, _counted(line, pairs), as_of)
    _sum_up(cursor, line, Level.OFFICE, "c.county_id", {(county, month) for county, _, month in changed}, as_of)
    _sum_up(cursor, line, Level.COUNTY, "c.city_id", {(city, month) for _, city, month in changed}, as_of)
    province = "(SELECT id FROM offices_office WHERE level = 'province')"
    cursor.execute(f"SELECT {province}")
    whole = cursor.fetchone()[0]
    _sum_up(cursor, line, Level.CITY, province, {(whole, month) for *_, month in changed}, as_of)


def _sum_up(
    cursor: Any, line: BusinessLine, level: Level, above: str, units: Collection[Pair], as_of: datetime
) -> None:
    """Write the cells of the units above ``level`` as the sums of those of ``level``."""
    if not units:
        return
    summed = counting.summed_figures(line)
    ids, months = zip(*units, strict=True)
    text = f"""
        SELECT t.unit_id, t.month, {summed.text} AS figures
        FROM unnest(%s::int[], %s::date[]) AS t (unit_id, month)
        JOIN reports_cell c ON c.line = %s AND c.level = %s AND {above} = t.unit_id AND c.month = t.month
        GROUP BY t.unit_id, t.month
    """  # noqa: S608
    _write(cursor, line, counting.Sql(text, (*summed.values, list(ids), list(months), line.code, level.value)), as_of)


def _write(cursor: Any, line: BusinessLine, counted: counting.Sql, as_of: datetime) -> set[tuple[int, int, date]]:
    """Bring cells in line with ``counted`` (unit_id, month, figures); return county, city and month of the changed."""
    cursor.execute(
        f"""
        WITH counted AS MATERIALIZED ({counted.text}),
        changed AS (
          UPDATE reports_cell c SET figures = n.figures, as_of = %s FROM counted n
          WHERE c.unit_id = n.unit_id AND c.line = %s AND c.month = n.month AND c.figures <> n.figures
          RETURNING c.county_id, c.city_id, c.month
        ),
        added AS (
          INSERT INTO reports_cell (unit_id, line, month, figures, as_of)
          SELECT n.unit_id, %s, n.month, n.figures, %s FROM counted n
          WHERE NOT EXISTS (
            SELECT FROM reports_cell c WHERE c.unit_id = n.unit_id AND c.line = %s AND c.month = n.month)
          RETURNING county_id, city_id, month
        )
        SELECT * FROM changed UNION SELECT * FROM added
        """,  # noqa: S608
        [*counted.values, as_of, line.code, line.code, as_of, line.code],
    )
    return set(cursor.fetchall())


def verify() -> Verification:
    """Compare every cell with the source, in one snapshot. Marked months are left out: they are known to be old."""
    found: list[Difference] = []
    with system("verify", snapshot=True), connection.cursor() as cursor:
        cursor.execute("SELECT count(*), (SELECT count(*) FROM pending_marks()) FROM reports_cell")
        cells, pending = cursor.fetchone()
        for line in lines.lines():
            for level, query in _expected(line):
                cursor.execute(
                    f"""
                    SELECT coalesce(c.unit_id, n.unit_id), coalesce(c.month, n.month),
                           coalesce(c.figures, '{{}}'), coalesce(n.figures, '{{}}')
                    FROM (SELECT * FROM reports_cell WHERE line = %s AND level = %s) c
                    FULL JOIN ({query.text}) n ON n.unit_id = c.unit_id AND n.month = c.month
                    WHERE c.figures IS DISTINCT FROM n.figures AND NOT EXISTS (
                      SELECT FROM pending_marks() p WHERE p.line = %s AND p.office_id = coalesce(c.unit_id, n.unit_id)
                      AND p.month = coalesce(c.month, n.month))
                    ORDER BY 2, 1
                    """,  # noqa: S608
                    [line.code, level.value, *query.values, line.code],
                )
                found += [_difference(level, *row) for row in cursor.fetchall() if _whole(row[2]) != _whole(row[3])]
    return Verification(cells, pending, len(found), tuple(found[:MOST_SHOWN]))


def _expected(line: BusinessLine) -> list[tuple[Level, counting.Sql]]:
    """Return what the cells of each level should be: offices after the source, the others after the level below."""
    figures, summed = counting.figures_of_group(line), counting.summed_figures(line)
    source = f"""
        SELECT e.office_id AS unit_id, date_trunc('month', e.counted_on)::date AS month, {figures.text} AS figures
        FROM {counting.event_table()} e LEFT JOIN {counting.record_table(line)} r ON r.id = e.record_id
        WHERE e.line = %s AND e.record_type = %s AND NOT e.is_replaced GROUP BY 1, 2
    """  # noqa: S608
    record_type = counting.counted_model(line).record_type()
    found = [(Level.OFFICE, counting.Sql(source, (*figures.values, line.code, record_type)))]
    province = "(SELECT id FROM offices_office WHERE level = 'province')"
    steps = ((Level.COUNTY, Level.OFFICE, "c.county_id"), (Level.CITY, Level.COUNTY, "c.city_id"))
    for level, below, above in (*steps, (Level.PROVINCE, Level.CITY, province)):
        text = f"""
            SELECT {above} AS unit_id, c.month, {summed.text} AS figures
            FROM reports_cell c WHERE c.line = %s AND c.level = %s GROUP BY 1, 2
        """  # noqa: S608
        found.append((level, counting.Sql(text, (*summed.values, line.code, below.value))))
    return found


def _difference(level: Level, unit_id: int, month: date, stored: dict[str, Any], counted: dict[str, Any]) -> Difference:
    codes = sorted({*stored, *counted})
    differing = tuple(code for code in codes if stored.get(code, 0) != counted.get(code, 0))
    return Difference(unit_id, level.value, month, differing)


def _whole(figures: dict[str, Any]) -> Figures:
    # A month without a cell, and a cell without an event, are both nothing but zeros.
    return {code: int(value) for code, value in figures.items() if value}

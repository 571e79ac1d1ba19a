"""Cells from marks: counted anew from the source, absolutely, by one drainer at a time.

Beside offices.scoping and casework.numbering the only module with a cursor. Names in its SQL come from the models and
from reports.counting; every value is bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
        return {(office_id, month): _whole(figures) for office_id, month, figures in cursor.fetchall()}


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
        SELECT p.office_id, p.month, {figures.text} AS figures
        FROM unnest(%s::int[], %s::date[], %s::date[]) AS p (office_id, month, next_month)
        LEFT JOIN {counting.event_table()} e ON e.line = %s AND e.record_type = %s AND NOT e.is_replaced
             AND e.office_id = p.office_id AND e.counted_on >= p.month AND e.counted_on < p.next_month
        LEFT JOIN {counting.record_table(line)} r ON r.id = e.record_id
        GROUP BY p.office_id, p.month
    """  # noqa: S608
    ends = [later(month, 1) for month in months]
    record_type = counting.counted_model(line).record_type()
    return counting.Sql(text, (*figures.values, list(offices), list(months), ends, line.code, record_type))


UPSERT = "ON CONFLICT (unit_id, line, month) DO UPDATE SET figures = excluded.figures, as_of = excluded.as_of"


def _recount(cursor: Any, line: BusinessLine, pairs: Sequence[Pair], as_of: datetime) -> None:
    if not pairs:
        return
    counted = _counted(line, pairs)
    # For this transaction alone: with the server's default a backlog is sorted and hashed on disk.
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute(
        f"INSERT INTO reports_cell (unit_id, line, month, figures, as_of) "  # noqa: S608
        f"SELECT c.office_id, %s, c.month, c.figures, %s FROM ({counted.text}) c {UPSERT} RETURNING county_id, city_id, month",
        [line.code, as_of, *counted.values],
    )
    touched = set(cursor.fetchall())
    cursor.execute("SELECT id FROM offices_office WHERE level = 'province' ORDER BY id LIMIT 1")
    province = cursor.fetchone()[0]
    _sum_up(cursor, line, Level.OFFICE, "c.county_id", {(county, month) for county, _, month in touched}, as_of)
    _sum_up(cursor, line, Level.COUNTY, "c.city_id", {(city, month) for _, city, month in touched}, as_of)
    _sum_up(cursor, line, Level.CITY, str(int(province)), {(province, month) for *_, month in touched}, as_of)


def _sum_up(
    cursor: Any, line: BusinessLine, level: Level, above: str, units: Iterable[Pair], as_of: datetime
) -> None:
    summed = counting.summed_figures(line)
    ids, months = zip(*units, strict=True)
    cursor.execute(
        f"""
        INSERT INTO reports_cell (unit_id, line, month, figures, as_of)
        SELECT t.unit_id, %s, t.month, {summed.text}, %s
        FROM unnest(%s::int[], %s::date[]) AS t (unit_id, month)
        JOIN reports_cell c ON c.line = %s AND c.level = %s AND {above} = t.unit_id AND c.month = t.month
        GROUP BY t.unit_id, t.month {UPSERT}
        """,  # noqa: S608
        [line.code, *summed.values, as_of, list(ids), list(months), line.code, level.value],
    )


def _whole(figures: dict[str, Any]) -> Figures:
    return {code: int(value) for code, value in figures.items()}

"""The drain: a backlog of marks, and the seconds until nothing of it is left."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import connections

from justice_portal.bench.measuring import NothingToMeasure, Result, Size
from justice_portal.bench.pages import busiest_type
from justice_portal.bench.scratch import OWNER, owner_known
from reports import rollup

# As the triggers leave them after so many deeds: one for each of the newest counted events.
DEEDS = """
INSERT INTO casework_dirtymark (line, office_id, month)
SELECT line, office_id, statistical_month(counted_on, (SELECT month_starts()), (SELECT month_ends())) FROM casework_countedevent
WHERE line = %s AND NOT is_replaced ORDER BY counted_on DESC, id DESC LIMIT %s
"""
# The worst that can be: the latest months of every office, none twice.
EVERYTHING = """
INSERT INTO casework_dirtymark (line, office_id, month)
SELECT line, unit_id, month FROM reports_cell
WHERE line = %s AND level = 'office' ORDER BY month DESC, unit_id LIMIT %s
"""


def measure(size: Size) -> Iterator[Result]:
    """Put marks over the line with the most records and drain them. Cells are counted, not changed."""
    line = busiest_type().line
    for what, marks in (("deeds'", DEEDS), ("different", EVERYTHING)):
        runs = [drained_after(line, marks, size.rows) for _turn in range(min(size.rounds, 3))]
        taken, number, months = sorted(runs)[len(runs) // 2]
        figures = f"{months:,} months of offices, middle of {len(runs)}"
        yield Result(name=f"drain, {number:,} {what} marks", figures=figures, value=taken, unit=" s", limit=5)


def drained_after(line: str, marks: str, wanted: int) -> tuple[float, int, int]:
    """Add marks and drain them; return the seconds of the drain, the marks, and the months that were counted."""
    number = marked(line, marks, wanted)
    started = time.perf_counter()
    months = rollup.drain()
    return time.perf_counter() - started, number, months


def marked(line: str, marks: str, wanted: int) -> int:
    """Add marks while no worker may drain, and return how many there are."""
    owner_known()
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rollup.LOCK])
        try:
            cursor.execute(marks, [line, wanted])
            if not cursor.rowcount:
                raise NothingToMeasure("There is nothing to mark: run manage.py seed first.")
            return cursor.rowcount
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [rollup.LOCK])

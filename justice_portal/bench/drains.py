"""The drain: every month of every office marked many times over, and the seconds until nothing is left."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from justice_portal.bench.measuring import NothingToMeasure, Result, Size, seconds
from justice_portal.bench.pages import busiest_type
from justice_portal.bench.scratch import OWNER, owner_known
from reports import rollup

# As the triggers leave them after so many deeds: one for each of the newest counted events.
DEEDS = """
INSERT INTO casework_dirtymark (line, office_id, month)
SELECT line, office_id, date_trunc('month', counted_on)::date FROM casework_countedevent
WHERE line = %s AND NOT is_replaced ORDER BY counted_on DESC, id DESC LIMIT %s
"""
# The worst that can be: the latest months of every office, none twice.
EVERYTHING = """
INSERT INTO casework_dirtymark (line, office_id, month)
SELECT %s, unit_id, month FROM reports_cell WHERE level = 'office' ORDER BY month DESC, unit_id LIMIT %s
"""


def measure(size: Size) -> Iterator[Result]:
    """Put marks over the line with the most records and drain them. Cells are counted, not changed."""
    line = busiest_type().line
    for what, marks in (("deeds'", DEEDS), ("different", EVERYTHING)):
        taken: list[float] = []
        drained: list[int] = []
        for _turn in range(min(size.rounds, 3)):
            number = marked(line, marks, size.rows)
            taken.append(seconds(lambda done=drained: done.append(rollup.drain())))  # type: ignore[misc]  # bound now
        figures = f"{drained[-1]:,} months of offices, least of {len(taken)}"
        yield Result(name=f"drain, {number:,} {what} marks", figures=figures, value=min(taken), unit=" s", limit=5)


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

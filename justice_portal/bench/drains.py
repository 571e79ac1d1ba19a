"""The drain: every month of every office marked many times over, and the seconds until nothing is left."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from justice_portal.bench.measuring import NothingToMeasure, Result, Size, seconds
from justice_portal.bench.pages import busiest_type
from justice_portal.bench.scratch import OWNER, owner_known
from reports import rollup

# The latest months of every office in turn, until there are as many as are wanted.
MARK = """
INSERT INTO casework_dirtymark (line, office_id, month)
SELECT %s, o.id, m.month FROM offices_office o
CROSS JOIN (SELECT DISTINCT month FROM reports_cell WHERE line = %s) m
WHERE o.level = 'office' ORDER BY m.month DESC, o.id LIMIT %s
"""


def measure(size: Size) -> Iterator[Result]:
    """Put marks over the line with the most records and drain them. Cells are counted, not changed."""
    line = busiest_type().line
    taken = []
    for _turn in range(min(size.rounds, 3)):
        marks = marked(line, size.rows)
        taken.append(seconds(rollup.drain))
    yield Result(name=f"drain, {marks:,} marks", figures="least of three", value=min(taken), unit=" s", limit=5)


def marked(line: str, wanted: int) -> int:
    """Add marks while no worker may drain, and return how many there are."""
    owner_known()
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rollup.LOCK])
        try:
            marks = 0
            while marks < wanted:
                cursor.execute(MARK, [line, line, wanted - marks])
                if not cursor.rowcount:
                    raise NothingToMeasure("There are no cells to mark: run manage.py recount first.")
                marks += cursor.rowcount
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [rollup.LOCK])
    return marks

"""Where the ledger differs today from what was signed: kept by the drain as it recounts, in sets.

Only an office has a ledger: what stands above differs by the sum of the notices below it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from casework.lines import BusinessLine
from reports.counting import flows

# Signed figures against the cells of the same unit, month and line. A zero is not stored in a cell.
COMPARED = """
FROM reports_unitsheet s
JOIN unnest(%s::int[], %s::date[]) AS p (unit_id, month) ON p.unit_id = s.unit_id AND p.month = s.month
CROSS JOIN LATERAL jsonb_each(s.figures) AS f (code, periods)
LEFT JOIN reports_cell c ON c.unit_id = s.unit_id AND c.line = s.line AND c.month = s.month
WHERE s.level = 'office' AND s.line = %s AND s.state IN ('submitted', 'approved', 'locked') AND f.code = ANY(%s)
  AND NOT EXISTS (SELECT FROM reports_unitsheet n WHERE n.unit_id = s.unit_id AND n.form = s.form AND n.month = s.month
                  AND n.version > s.version AND n.state IN ('submitted', 'approved', 'locked'))
"""
SIGNED = "COALESCE((f.periods ->> 'current')::bigint, 0)"
LIVE = "COALESCE((c.figures ->> f.code)::bigint, 0)"


def note_differences(cursor: Any, line: BusinessLine, pairs: Collection[tuple[int, date]]) -> None:
    """Write the notices of offices' months that were just recounted, and remove those that hold no longer."""
    if not pairs:
        return
    units, months = (list(column) for column in zip(*pairs, strict=True))
    codes = [flow.code for flow in flows(line)]
    cursor.execute(
        f"""
        WITH differing AS (SELECT s.id, s.unit_id, s.level, f.code, {SIGNED} AS signed, {LIVE} AS live {COMPARED}),
        gone AS (
          DELETE FROM reports_differencenotice d USING differing n
          WHERE d.sheet_id = n.id AND d.indicator = n.code AND n.signed = n.live
        )
        INSERT INTO reports_differencenotice (sheet_id, unit_id, level, line, indicator, signed, live, noticed_at)
        SELECT id, unit_id, level, %s, code, signed, live, clock_timestamp() FROM differing WHERE signed <> live
        ON CONFLICT (sheet_id, indicator) DO UPDATE SET live = excluded.live
          WHERE reports_differencenotice.live <> excluded.live
        """,  # noqa: S608 - the pieces above are constants
        [units, months, line.code, codes, line.code],
    )


def signed_pairs(cursor: Any, line: BusinessLine) -> list[tuple[int, date]]:
    """Return the offices' months of a line that were signed: where everything was recounted, all of them are compared."""
    cursor.execute(
        "SELECT DISTINCT unit_id, month FROM reports_unitsheet WHERE level = 'office' AND line = %s "
        "AND state IN ('submitted', 'approved', 'locked')",
        [line.code],
    )
    return list(cursor.fetchall())

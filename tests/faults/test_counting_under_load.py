"""Cells stay right while many write and correct: one drainer at a time, and every mark is a promise to count again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from offices.models import Membership
from offices.scoping import system
from reports import rollup
from tests.crowd import PATIENCE, crowd
from tests.factories import dispute_in
from tests.faults.writers import COLUMNS, Writer, desk_of

CLERKS = ("clerk", "sibling_clerk", "zone_clerk", "far_clerk")
# Between two drains, and between two comparisons, of the same thread.
PACE = 0.02
TOTAL = "T9.01"
# By unit and month: column 1 and the columns of the types, zeros left out.
Columns = dict[tuple[int, date], Counter[str]]

# What would stand in the place of the marks that are taken away: everything above the highest one that was ever seen.
WATERMARK = """
CREATE TABLE watermark AS SELECT 0::bigint AS seen;
CREATE OR REPLACE FUNCTION take_marks(most int) RETURNS TABLE (line varchar, office_id int, month date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE before bigint := (SELECT seen FROM watermark);
BEGIN
  UPDATE watermark SET seen = greatest(seen, (SELECT max(id) FROM casework_dirtymark));
  RETURN QUERY SELECT DISTINCT m.line, m.office_id, m.month FROM casework_dirtymark m WHERE m.id > before;
END $$;
CREATE OR REPLACE FUNCTION pending_marks() RETURNS TABLE (line varchar, office_id int, month date)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
  SELECT DISTINCT line, office_id, month FROM casework_dirtymark WHERE id > (SELECT seen FROM watermark)
$$;
"""


def columns_of_the_ledger(unit: str) -> Columns:
    """Count the accepted disputes by ``unit`` (a column's name) and month in plain SQL, past counted events."""
    sql = (
        f"SELECT {unit}, date_trunc('month', accepted_on)::date, dispute_type, count(*) "
        "FROM mediation_dispute WHERE accepted_on IS NOT NULL GROUP BY 1, 2, 3"
    )
    found: Columns = {}
    with system("test"), connection.cursor() as cursor:
        cursor.execute(sql)
        for unit_id, month, dispute_type, count in cursor.fetchall():
            found.setdefault((unit_id, month), Counter()).update({TOTAL: count, COLUMNS[dispute_type]: count})
    return found


def columns_of_the_cells(level: str) -> Columns:
    """Read the same columns from the cells of a level."""
    sql = "SELECT unit_id, month, figures->>%s FROM reports_cell WHERE level = %s AND (figures->>%s)::int > 0"
    found: Columns = {}
    with system("test"), connection.cursor() as cursor:
        for code in (TOTAL, *COLUMNS.values()):
            cursor.execute(sql, [code, level, code])
            for unit_id, month, count in cursor.fetchall():
                found.setdefault((unit_id, month), Counter())[code] = int(count)
    return found


def repeat_until(end: float, deed: Callable[[], int]) -> Counter[str]:
    """Do a deed over and over; return how often, and the sum of what it returned."""
    found: Counter[str] = Counter()
    while time.monotonic() < end:
        found += Counter(times=1, sum=deed())
        time.sleep(PACE)
    return found


def differing() -> int:
    """Compare the cells with the source in one snapshot while everybody works."""
    return rollup.verify().differing


def write_and_drain(clerks: list[Membership], *, each: int, seconds: float) -> tuple[Counter[str], list[Counter[str]]]:
    """Let ``each`` writers for every clerk work, beside two drainers, a recount and a comparison.

    Returns the writers' deeds by kind, and what the four others did.
    """
    today = timezone.localdate()
    desks = {clerk.pk: desk_of(clerk, today) for clerk in clerks}
    end = time.monotonic() + seconds
    writers = [
        Writer(clerk, desks[clerk.pk], seed, today)
        for seed, clerk in enumerate(clerk for clerk in clerks for _ in range(each))
    ]
    work: list[Callable[[], Counter[str]]] = [partial(writer.work_until, end) for writer in writers]
    work += [partial(repeat_until, end, deed) for deed in (rollup.drain, rollup.drain, rollup.recount, differing)]
    done = [found for found in crowd(work) if found is not None]
    return sum(done[: len(writers)], Counter()), done[len(writers) :]


@pytest.mark.fresh_database
@pytest.mark.parametrize(
    ("offices", "each", "seconds"), [(2, 2, 2.0), pytest.param(4, 4, 60.0, marks=pytest.mark.slow)]
)
def test_no_cell_differs_after_many_have_written_and_drained_at_once(
    member: Callable[[str], Membership], offices: int, each: int, seconds: float, capsys: pytest.CaptureFixture[str]
) -> None:
    deeds, (drainer, rival, recount, comparison) = write_and_drain(
        [member(name) for name in CLERKS[:offices]], each=each, seconds=seconds
    )
    rollup.drain()
    found = rollup.verify()
    ledger = columns_of_the_ledger("office_id")
    with capsys.disabled():
        print(f"\n{offices * each} writers, {seconds:g} s, {deeds.total()} deeds: {dict(deeds.most_common())}")
        print(f"drains {dict(drainer)} and {dict(rival)}, recounts {dict(recount)}, comparisons {dict(comparison)}")
        print(f"{found.differing} of {found.cells} cells differ, {len(ledger)} offices' months compared in plain SQL")
    assert (found.differing, found.pending, comparison["sum"]) == (0, 0, 0)
    assert columns_of_the_cells("office") == ledger
    assert columns_of_the_cells("county") == columns_of_the_ledger("county_id")
    assert rollup.recount() == 0
    assert deeds["correct into another month"]


def drain_before_a_mark_is_committed(early: Membership, late: Membership) -> None:
    """Let one write first and commit last: a drain in between has seen only the mark of the other."""
    marked, drained = threading.Event(), threading.Event()

    def write_first() -> None:
        with transaction.atomic():
            dispute_in("accepted", actor=late)
            marked.set()
            assert drained.wait(PATIENCE)

    def drain_second() -> None:
        assert marked.wait(PATIENCE)
        dispute_in("accepted", actor=early)
        assert rollup.drain() == 1
        drained.set()

    crowd([write_first, drain_second])
    rollup.drain()


@pytest.mark.fresh_database
def test_a_mark_is_taken_although_a_later_one_was_committed_before(clerk: Membership, far_clerk: Membership) -> None:
    drain_before_a_mark_is_committed(clerk, far_clerk)
    assert (rollup.verify().differing, rollup.pending_pairs()) == (0, [])
    assert columns_of_the_cells("office") == columns_of_the_ledger("office_id")


@pytest.mark.fresh_database
def test_with_a_watermark_it_would_be_lost(clerk: Membership, far_clerk: Membership) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(WATERMARK)
    drain_before_a_mark_is_committed(clerk, far_clerk)
    # The office's, and with it the county's, the city's and the province's: above the office cells are summed up.
    assert rollup.verify().differing == 1
    assert columns_of_the_cells("office") != columns_of_the_ledger("office_id")

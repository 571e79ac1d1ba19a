"""The benchmark measures what it says, prints a line for each promise, and leaves the portal's rows alone."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connections

from casework import search_index
from casework.lines import record_types
from casework.models import CountedEvent, DirtyMark, SearchMark
from justice_portal.bench import inserts
from justice_portal.bench.scratch import scratch
from mediation.models import Dispute
from offices.models import AuditEntry, Membership
from reports import rollup
from tests.factories import dispute_in

LINES = (
    "list, office",
    "list, county",
    "list, city",
    "list, province",
    "list, province, ten times the records",
    "list, jump to row",
    "dashboard, county",
    "insert, a record as the portal opens it",
    "insert, a counted event alone",
    "drain, 12 deeds' marks",
    "drain, 1 different marks",
    "search, 2 characters, office",
    "search, 2 characters, county",
    "search, page with passages, county",
    "import, 200 rows",
    "import, 200 rows until all are found",
    "export as CSV, ",
    "export as XLSX, ",
    "dossier, ",
)


def rows_of_the_portal() -> list[int]:
    """Count what a benchmark could have left behind."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET app.level = 'system'")
        counts = []
        for model in (Dispute, CountedEvent, AuditEntry, DirtyMark, SearchMark):
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            counts.append(cursor.fetchone()[0])
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'bench%'")
        return [*counts, cursor.fetchone()[0]]


@pytest.mark.fresh_database
def test_every_promise_has_its_line_and_nothing_is_left_behind(
    clerk: Membership, today: date, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(12):
        dispute_in("accepted", actor=clerk, on=today)
    rollup.drain()
    search_index.drain()
    before = rows_of_the_portal()
    call_command("bench", "list", "dashboard", "insert", "drain", "search", "import", "export", "dossier", "--quick")
    printed = capsys.readouterr().out
    assert [name for name in LINES if f"\n{name}" not in printed] == []
    assert rows_of_the_portal() == before


@pytest.mark.fresh_database
def test_only_the_copies_with_triggers_are_audited_and_marked(clerk: Membership, today: date) -> None:
    dispute_in("accepted", actor=clerk, on=today)
    kind = next(iter(record_types()))
    for with_triggers in (True, False):
        with scratch("bench_copies") as schema:
            inserts.copies(schema, kind, with_triggers=with_triggers)
            inserts.done_in("bench_copies", inserts.a_deed(kind, clerk))()
            inserts.done_in("bench_copies", inserts.bare_insert(kind, clerk))()
            tables = [model._meta.db_table for model in (Dispute, CountedEvent, AuditEntry, DirtyMark)]
            rows = [schema.run(f"SELECT count(*) FROM {schema.path(table)}")[0][0] for table in tables]
        # Audited: the record, its history entry, and two counted events.
        assert rows == ([1, 2, 4, 2] if with_triggers else [1, 2, 0, 0])

"""Exports: a list's rows as a file, against a server cursor that reads the same columns and throws them away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from django.db import connection, models, transaction

from casework.exports import CHUNK, write_export
from casework.files import stored_path
from casework.lines import RecordType
from casework.list_views import columns_for
from casework.models import Job
from justice_portal.bench.measuring import NothingToMeasure, Result, Size
from justice_portal.bench.pages import busiest_type, people_who
from offices.models import Membership
from offices.permissions import Action
from offices.scoping import within

MOST_ROUNDS = 3
# From the widest reach down: the fewer records there are, the higher one must stand to see as many.
LEVELS = ("province", "city", "county", "office")


def measure(size: Size) -> Iterator[Result]:
    """Export so many of the newest records as CSV and as XLSX; the files are removed."""
    kind = busiest_type()
    actor = exporter(kind)
    payload = asked(kind, actor, size.rows)
    for form in ("csv", "xlsx"):
        times = [taken(kind, actor, {**payload, "form": form}) for _round in range(min(size.rounds, MOST_ROUNDS))]
        whole, bare = (median(seconds) for seconds in ([t[place] for t in times] for place in (0, 1)))
        figures = f"cursor {bare:.2f} s, export {whole:.2f} s"
        ratio = median(one / other for one, other, _rows in times)
        yield Result(name=f"export as {form.upper()}, {times[0][2]:,} rows", figures=figures, value=ratio, limit=6)


def exporter(kind: RecordType) -> Membership:
    """Return who may export and sees the most."""
    may_export = people_who(Action.EXPORT_RECORDS, kind.line)
    if not may_export:
        raise NothingToMeasure("Nobody may export anything: run manage.py seed first.")
    return min(may_export, key=lambda one: LEVELS.index(one.office.level))


def asked(kind: RecordType, actor: Membership, rows: int) -> dict[str, Any]:
    """Return the job's payload for the newest records: those since the day of the last that is wanted."""
    with within(actor):
        days = kind.model.objects.order_by("-registered_on", "-pk").values_list("registered_on", flat=True)
        since = (list(days[rows - 1 : rows]) or list(days.reverse()[:1]))[0]
    columns = [column.name for column in columns_for(kind, actor, [])]
    filters = {"since": since.isoformat()}
    return {"record_type": kind.code, "filters": filters, "columns": columns, "language": actor.user.language}


def taken(kind: RecordType, actor: Membership, payload: dict[str, Any]) -> tuple[float, float, int]:
    """Return the seconds of an export and of the bare cursor, and the number of rows."""
    with within(actor):
        started = time.perf_counter()
        result = write_export(Job(membership=actor, user_id=actor.user_id, payload=payload))
        whole = time.perf_counter() - started
        # Nothing was exported: no entry says so.
        transaction.set_rollback(True)
    stored_path(result["stored_as"]).unlink()
    with within(actor):
        rows = kind.filterset(payload["filters"], queryset=kind.model.objects.all()).qs
        rows = rows.order_by("-registered_on", "-pk").values_list(*payload["columns"])
        return whole, read_bare(rows), result["rows"]


def read_bare(rows: models.QuerySet[Any, Any]) -> float:
    """Return the seconds in which a server cursor reads the rows of a query."""
    sql, values = rows.query.sql_with_params()
    connection.ensure_connection()
    started = time.perf_counter()
    with connection.connection.cursor(name="bench") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(sql, values)
        for _row in cursor:
            pass
    return time.perf_counter() - started

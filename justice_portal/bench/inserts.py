"""Inserts: what a deed costs with the triggers that audit it and mark what must be counted, and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

from django.db import connection

from casework.lines import RecordType, line
from casework.models import CountedEvent, DirtyMark, Record, RecordEvent, SearchMark
from casework.services import count_event, open_record
from justice_portal.bench.measuring import InTurns, Result, Size
from justice_portal.bench.pages import busiest_type, reader
from justice_portal.bench.scratch import Scratch, looked_up_in, scratch
from offices.models import AuditEntry, Membership
from offices.scoping import within

WITH, WITHOUT = "bench_with_triggers", "bench_without_triggers"
# Given anew to each record.
OWN = frozenset({"id", "public_id", "number", "number_body", "state", "version", "due_on", "due_rule", "due_since"})


def measure(size: Size) -> Iterator[Result]:
    """Measure the deed as the portal does it, and the bare insert of a counted event."""
    kind = busiest_type()
    actor = reader(kind, "office")
    with ExitStack() as stack:
        for name in (WITH, WITHOUT):
            copies(stack.enter_context(scratch(name)), kind, with_triggers=name == WITH)
        deed = a_deed(kind, actor)
        times = InTurns({name: done_in(schema, deed) for name, schema in sides()}, size)
        yield share(times, "insert, a record as the portal opens it")
        counting = bare_insert(kind, actor)
        times = InTurns({name: done_in(schema, counting) for name, schema in sides()}, size)
        yield share(times, "insert, a counted event alone")


def sides() -> tuple[tuple[str, str], ...]:
    """Return the two schemas by the word that is printed."""
    return (("with", WITH), ("without", WITHOUT))


def share(times: InTurns, name: str) -> Result:
    """Return the throughput with triggers as a share of that without."""
    figures = f"without {times.took('without')}, with {times.took('with')}"
    return Result(name=name, figures=figures, value=times.ratio("without", "with"), limit=0.75, better="above")


def copies(schema: Scratch, kind: RecordType, *, with_triggers: bool) -> None:
    """Copy, empty, what a deed writes to."""
    written = [model._meta.db_table for model in (kind.model, RecordEvent, CountedEvent)]
    marked = [model._meta.db_table for model in (AuditEntry, DirtyMark, SearchMark)]
    for table in [*written, *marked]:
        schema.copy(table)
    schema.function("correct_event")
    for table in written if with_triggers else ():
        schema.triggers(table)


def done_in(schema: str, deed: Callable[[], object]) -> Callable[[], None]:
    """Return a deed that writes into a schema and does not wait for the disk: the noise of both sides."""

    def call() -> None:
        with looked_up_in(schema):
            deed()

    return call


def a_deed(kind: RecordType, actor: Membership) -> Callable[[], Record]:
    """Return what opens a record like the newest one of the office and counts it, as one transaction."""
    with within(actor):
        like = kind.model.objects.order_by("-registered_on", "-pk")[:1].get()
    given = {f.attname: getattr(like, f.attname) for f in kind.model._meta.concrete_fields if f.name not in OWN}
    event = counted_kind(kind)

    def deed() -> Record:
        with within(actor):
            record = open_record(record=kind.model(**given), actor=actor, workflow=kind.workflow)
            count_event(record, kind=event, on=record.registered_on)
        return record

    return deed


def counted_kind(kind: RecordType) -> str:
    """Return an event that the line counts."""
    return next(indicator.event for indicator in line(kind.line).indicators if indicator.event)


def bare_insert(kind: RecordType, actor: Membership) -> Callable[[], None]:
    """Return one INSERT of a counted event in a transaction of its own, without models."""
    office, table = actor.office, connection.ops.quote_name(CountedEvent._meta.db_table)
    sql = (
        f"INSERT INTO {table} (line, record_type, record_id, kind, counted_on, is_replaced, office_id, county_id, city_id)"  # noqa: S608
        " VALUES (%s, %s, %s, %s, current_date, false, %s, %s, %s)"
    )
    # Records of their own, that do not exist: only one event of a kind may stand for each.
    keys = count(1)

    def insert() -> None:
        with within(actor), connection.cursor() as cursor:
            owner = (office.pk, office.county_id, office.city_id)
            cursor.execute(sql, [kind.line, kind.code, -next(keys), counted_kind(kind), *owner])

    return insert

"""Filling the database as its owner: one transaction, COPY, triggers and keys put aside meanwhile."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from typing import Any

import django
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from mediation.demo.copying import COUNTED, HISTORY, TABLES, OfficeRows, lines
from mediation.demo.deeds import World
from mediation.demo.generator import fill_office
from mediation.demo.plan import OfficePlan
from mediation.demo.registers import (
    COMMITTEE_COLUMNS,
    COMMITTEES,
    MEDIATOR_COLUMNS,
    MEDIATORS,
    committee_row,
    counted_rows,
    history_rows,
    mediator_row,
    number_committees,
)

COUNTERS = "casework_numbercounter"
LOADED = (COMMITTEES, MEDIATORS, *TABLES)
SORT_MEMORY = "512MB"
# Below this starting processes and rebuilding indexes costs more than it saves.
WORTH_WHILE = 20_000

Say = Callable[[str], None]


@contextmanager
def put_aside(cursor: CursorWrapper, *, rebuild: bool) -> Iterator[None]:
    """Load without the tables' triggers and, where ``rebuild``, without foreign keys and indexes; make them anew after.

    All of it is part of the caller's transaction: a load that fails leaves every trigger, key and index as it was.
    """
    for table in LOADED:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    undone = _drop_keys(cursor) if rebuild else []
    yield
    cursor.execute(f"SET LOCAL maintenance_work_mem = '{SORT_MEMORY}'")
    for statement in undone:
        cursor.execute(statement)
    # Keys wait for the end of the transaction; a table with checks outstanding cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in LOADED:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _drop_keys(cursor: CursorWrapper) -> list[str]:
    # Checking 17 million foreign keys one by one takes longer than all the rest; made anew each is one join.
    tables = list(LOADED)
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype FROM pg_constraint "
        "WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u') ORDER BY contype DESC, conname",
        [tables],
    )
    constraints = cursor.fetchall()
    for table, name, _, _ in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary ORDER BY 1",
        [tables],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    again = [definition for _, definition in indexes]
    return again + [f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}" for table, name, text, _ in constraints]


def copy_in(cursor: CursorWrapper, table: str, columns: Sequence[str], data: bytes) -> None:
    """Send rows in the text form of COPY to a table."""
    if data:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write(data)


def reserve(cursor: CursorWrapper, table: str, count: int) -> int:
    """Take ``count`` consecutive ids of a table and return the first."""
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    cursor.execute(f"SELECT nextval({sequence})")
    first = int(cursor.fetchone()[0])
    if count > 1:
        cursor.execute(f"SELECT setval({sequence}, %s)", [first + count - 1])
    return first


def load_committees(cursor: CursorWrapper, offices: Sequence[OfficePlan], seed: int) -> None:
    """Write committees and mediators, and put their ids into the plans."""
    committees = [(office, committee) for office in offices for committee in office.committees]
    first = reserve(cursor, COMMITTEES, len(committees))
    member = reserve(cursor, MEDIATORS, sum(len(committee.mediators) for _, committee in committees))
    number_committees(offices, first, member)
    rows = [committee_row(office, committee, seed) for office, committee in committees]
    people = [
        mediator_row(office, committee, person, place, seed)
        for office, committee in committees
        for place, person in enumerate(committee.mediators)
    ]
    copy_in(cursor, COMMITTEES, COMMITTEE_COLUMNS, lines(rows))
    copy_in(cursor, MEDIATORS, MEDIATOR_COLUMNS, lines(people))
    copy_in(cursor, HISTORY, TABLES[HISTORY], lines(history_rows(offices)))
    copy_in(cursor, COUNTED, TABLES[COUNTED], lines(counted_rows(offices)))


def load_disputes(cursor: CursorWrapper, offices: Sequence[OfficePlan], world: World, say: Say) -> dict[str, int]:
    """Write the disputes of all offices and the number counters; return how many rows each table got."""
    first = reserve(cursor, "mediation_dispute", sum(office.count for office in offices))
    for office in offices:
        office.first_dispute = first + office.serial
    counts: dict[str, int] = dict.fromkeys(TABLES, 0)
    for place, (rows, numbers) in enumerate(produce(offices, world), start=1):
        for table, (count, data) in rows.items():
            copy_in(cursor, table, TABLES[table], data)
            counts[table] += count
        counters = [(f"committee/{committee}", year, "dossier", last) for (committee, year), last in numbers.items()]
        copy_in(cursor, COUNTERS, ["body", "year", "kind", "value"], lines(counters))
        if place % 100 == 0:
            say(f"{place} of {len(offices)} offices, {counts['mediation_dispute']:,} disputes")
    return counts


Product = tuple[dict[str, tuple[int, bytes]], dict[tuple[int, int], int]]


def produce(offices: Sequence[OfficePlan], world: World) -> Iterator[Product]:
    """Make the rows of each office, in the order of the offices; a large load uses every core."""
    if sum(office.count for office in offices) < WORTH_WHILE:
        yield from (_product(fill_office(office, world)) for office in offices)
        return
    # Fresh interpreters: forked ones would share this process's database connection.
    workers = os.cpu_count() or 2
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        waiting: deque[Future[Product]] = deque()
        for office in offices:
            waiting.append(pool.submit(_make, office, world))
            # Rows wait in memory: no more of them than keep the workers busy.
            if len(waiting) > 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_worlds: dict[tuple[int, date], World] = {}


def _make(office: OfficePlan, world: World) -> Product:
    # The world arrives with every office; only the first one stays, with the due dates it has worked out.
    return _product(fill_office(office, _worlds.setdefault((world.seed, world.today), world)))


def _product(made: OfficeRows) -> Product:
    data = made.data()
    return {table: (len(rows), data[table]) for table, rows in made.rows.items()}, dict(made.numbers)


def note_in_audit(cursor: CursorWrapper, facts: dict[str, Any]) -> None:
    """Write the one audit row that stands for the whole load, whose own triggers were silent."""
    cursor.execute(
        "INSERT INTO offices_auditentry (at, address, source, table_name, row_key, action, after, line, transaction) "
        "VALUES (%s, '', 'system:seed', 'mediation_dispute', 'seed', 'I', %s, 'mediation', txid_current())",
        [timezone.now(), json.dumps(facts)],
    )


def tidy(using: str) -> int:
    """Bring the planner's knowledge and the visibility map up to date; return the size of the database in bytes."""
    with connections[using].cursor() as cursor:
        for table in (*LOADED, COUNTERS):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])

"""Imports: a ledger from its file to its records, against reading the file and copying the same rows bare.

And how long the search takes until it finds all of them.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from statistics import median

import xlsxwriter
from django.db import connection, models, transaction
from python_calamine import CalamineWorkbook

from casework import lines, search_index
from casework.imports.checking import Checker
from casework.imports.columns import ImportSheet
from casework.imports.matching import by_label
from casework.imports.reading import read_ledger
from casework.imports.writing import sheet_of, write_rows
from casework.models import CountedEvent, ImportBatch, ImportedRecord, RecordEvent
from justice_portal.bench.measuring import NothingToMeasure, Result, Size, seconds
from justice_portal.bench.pages import people_who
from justice_portal.bench.scratch import Scratch, scratch
from offices.models import Membership
from offices.permissions import Action
from offices.protection import APP_ROLE
from offices.scoping import within

BARE = "bench_import"
MOST_ROWS = 50_000
ROWS_OF_A_FILE = 10_000
MOST_ROUNDS = 3
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 500)]


def measure(size: Size) -> Iterator[Result]:
    """Import made-up ledgers, each in a transaction that is rolled back, and copy the same rows into bare tables."""
    kind = next((kind for kind in lines.record_types() if kind.imports), None)
    actor = next(iter(people_who(Action.IMPORT_RECORDS, kind.line)), None) if kind else None
    if kind is None or actor is None:
        raise NothingToMeasure("Nobody may import anything: run manage.py seed first.")
    wanted = min(size.rows, MOST_ROWS)
    numbers = product(HAN, HAN, HAN)
    with within(actor):
        sizes = [min(ROWS_OF_A_FILE, wanted - start) for start in range(0, wanted, ROWS_OF_A_FILE)]
        files = [ledger(sheet_of(kind), actor, rows, numbers) for rows in sizes]
    with ExitStack() as stack:
        bare = Bare(stack.enter_context(scratch(BARE)), kind)
        rounds = []
        for _round in range(min(size.rounds, MOST_ROUNDS)):
            parts = [taken(content, kind, actor, bare) for content in files]
            rounds.append([sum(part) for part in zip(*parts, strict=True)])
    ratio = median(imported / floor for imported, _search, floor in rounds)
    imported, searched, floor = (median(part) for part in zip(*rounds, strict=True))
    figures = f"bare {floor:.2f} s, import {imported:.2f} s"
    yield Result(name=f"import, {wanted:,} rows", figures=figures, value=ratio, limit=4)
    name = f"import, {wanted:,} rows until all are found"
    yield Result(name=name, figures="", value=searched, unit=" s", limit=60)


def ledger(sheet: ImportSheet, actor: Membership, rows: int, names: Iterator[tuple[str, ...]]) -> bytes:
    """Return a workbook of so many different good rows like the one in the template."""
    known = sheet.known(actor)
    like = {column.name: column.example for column in sheet.columns}
    for column in sheet.columns:
        if column.required and not column.example and column.choices:
            like[column.name] = column.choices(known)[0]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [column.label for column in sheet.columns])
        for number in range(1, rows + 1):
            page.write_row(number, 0, list((like | {sheet.key_column: "".join(next(names))}).values()))
    return buffer.getvalue()


def taken(content: bytes, kind: lines.RecordType, actor: Membership, bare: Bare) -> tuple[float, float, float]:
    """Return the seconds of an import, of the search behind it, and of reading the file and copying its rows bare."""
    with within(actor):
        imported = seconds(lambda: import_file(content, kind, actor))
        searched = seconds(search_index.drain)
        rows = bare.rows_of(actor)
        transaction.set_rollback(True)
    started = time.perf_counter()
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        book.get_sheet_by_index(0).to_python()
    bare.copy(rows)
    return imported, searched, time.perf_counter() - started


def import_file(content: bytes, kind: lines.RecordType, actor: Membership) -> None:
    """Do what the jobs of an import do, without their progress."""
    read = read_ledger(content)
    mapping = by_label(sheet_of(kind), read.headings)
    checker = Checker(record_type=kind, ledger=read, mapping=mapping, actor=actor)
    for _done in checker.steps():
        pass
    checker.compare()
    good = [row for row in checker.checked if row.standing == "good"]
    if len(good) < len(checker.checked):
        raise NothingToMeasure("The made-up ledger has faults: the example of the template is no good row here.")
    batch = ImportBatch.objects.create(user=actor.user, membership=actor, record_type=kind.code, name="bench.xlsx")
    write_rows(batch=batch, record_type=kind, actor=actor, rows=good, known=checker.known)


class Bare:
    """Copies of the tables that an import writes to, without indexes, keys, policies and triggers."""

    def __init__(self, schema: Scratch, kind: lines.RecordType) -> None:
        """Make them."""
        self.kind = kind
        children = [model for model, _key in sheet_of(kind).children]
        self.models: list[type[models.Model]] = [kind.model, *children, RecordEvent, CountedEvent, ImportedRecord]
        self.paths = {model: schema.path(model._meta.db_table) for model in self.models}
        for model, path in self.paths.items():
            schema.run(f"CREATE TABLE {path} (LIKE public.{connection.ops.quote_name(model._meta.db_table)})")
            schema.run(f"GRANT SELECT, INSERT ON {path} TO {APP_ROLE}")

    def rows_of(self, actor: Membership) -> dict[type[models.Model], bytes]:
        """Return what the last batch of a person brought, table by table, as COPY writes and reads it."""
        batch = ImportBatch.objects.filter(user=actor.user).latest("pk").pk
        ours = f"SELECT record_id FROM {ImportedRecord._meta.db_table} WHERE batch_id = {int(batch)}"  # noqa: S608
        keys = {self.kind.model: "id"} | dict(sheet_of(self.kind).children)
        found = {}
        for model in self.models:
            column = f"{keys[model]}_id" if keys.get(model, "id") != "id" else keys.get(model, "record_id")
            found[model] = copied(f"SELECT * FROM {model._meta.db_table} WHERE {column} IN ({ours})")  # noqa: S608
        return found

    def copy(self, rows: dict[type[models.Model], bytes]) -> None:
        """Copy rows into the bare tables and roll them back."""
        with transaction.atomic(), connection.cursor() as cursor:
            for model, content in rows.items():
                with cursor.copy(f"COPY {self.paths[model]} FROM STDIN") as copy:
                    copy.write(content)
            transaction.set_rollback(True)


def copied(query: str) -> bytes:
    """Return the rows of a query in the format of COPY."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)

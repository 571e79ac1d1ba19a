"""Rows into their tables: one COPY into the unlogged staging table, then one INSERT … SELECT for each target.

Policies do not go with COPY FROM. The INSERT runs under the scope of the caller, so that triggers for scope, audit and
marks fire and a row that is not in scope is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any

from django.db import connection, models

from casework.imports.replay import Replay
from casework.models import CountedEvent, ImportBatch, ImportedRecord, ImportRow, Record, RecordEvent
from casework.services import OutOfReach
from offices.secrecy import BlindIndexField, EncryptedField

STAGING = ImportRow._meta.db_table
PORTION = 1000


class Stored:
    """A replayed record and what ties it to its row of the ledger."""

    def __init__(self, replay: Replay, *, row: int, key: bytes, content: bytes) -> None:
        self.replay, self.row, self.key, self.content = replay, row, key, content


def new_keys(model: type[models.Model], count: int) -> list[int]:
    """Take ids for new rows: children are staged together with their record and name it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [int(row[0]) for row in cursor.fetchall()]


def store(
    *, batch: ImportBatch, model: type[Record], children: Sequence[type[models.Model]], rows: Iterable[Stored]
) -> None:
    """Write records with all that comes with them, in the transaction and under the scope of the caller.

    The staging table is empty of this batch afterwards; when anything is refused the transaction is of no use any more.
    """
    staged = 0
    with connection.cursor() as cursor:
        # In portions that are made before they are sent: whoever makes them may ask the database for a due date, and a
        # query inside a COPY would wait for its end for ever.
        for portion in _portions(rows):
            staged += len(portion)
            lines = [line for stored in portion for line in _rows_of(stored, batch)]
            with cursor.copy(f'COPY {STAGING} (batch_id, user_id, target, "values") FROM STDIN') as copy:
                # One write: each waits for the connection, and there are some fourteen rows to a record.
                copy.write("".join(_copy_line(batch, table, values) for table, values in lines))
        targets: list[type[models.Model]] = [model, *children, RecordEvent, CountedEvent, ImportedRecord]
        for target in targets:
            inserted = _insert(cursor, batch, target)
            if target is model and inserted != staged:
                raise OutOfReach(model.record_type())
        cursor.execute(f"DELETE FROM {STAGING} WHERE batch_id = %s", [batch.pk])  # noqa: S608


def _portions(rows: Iterable[Stored]) -> Iterator[list[Stored]]:
    following = iter(rows)
    while portion := list(islice(following, PORTION)):
        yield portion


def _copy_line(batch: ImportBatch, table: str, values: str) -> str:
    # JSON has no bare line break or tab in it: of what COPY reads as a sign only the backslash is left.
    return f"{batch.pk}\t{batch.user_id}\t{table}\t{values.replace(chr(92), chr(92) * 2)}\n"


def _insert(cursor: Any, batch: ImportBatch, model: type[models.Model]) -> int:
    table = connection.ops.quote_name(model._meta.db_table)
    # A record's own id is known to its children; theirs are given by the table.
    columns = [
        str(field.column) for field in model._meta.concrete_fields if not field.primary_key or _has_own_key(model)
    ]
    listed = ", ".join(connection.ops.quote_name(column) for column in columns)
    taken = ", ".join(f"r.{connection.ops.quote_name(column)}" for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({listed}) SELECT {taken} FROM {STAGING} s, "  # noqa: S608
        f'LATERAL jsonb_populate_record(NULL::{table}, s."values") r '
        "WHERE s.batch_id = %s AND s.target = %s ORDER BY s.id",
        [batch.pk, model._meta.db_table],
    )
    return int(cursor.rowcount)


def _has_own_key(model: type[models.Model]) -> bool:
    return issubclass(model, Record)


def _rows_of(stored: Stored, batch: ImportBatch) -> Iterator[tuple[str, str]]:
    replay = stored.replay
    record = replay.record
    yield record._meta.db_table, _as_json(row_values(record))
    for child in replay.children:
        yield child._meta.db_table, _as_json(row_values(child))
    part = {
        "line": record._meta.app_label,
        "record_type": record.record_type(),
        "record_id": record.pk,
        "office_id": record.office_id,
        "county_id": record.county_id,
        "city_id": record.city_id,
    }
    for event in replay.events:
        yield RecordEvent._meta.db_table, _as_json({**part, **event, "user_id": batch.user_id, "at": replay.at})
    for kind, on in replay.counted:
        counted = {**part, "kind": kind, "counted_on": on, "turn": 0, "is_replaced": False}
        yield CountedEvent._meta.db_table, _as_json(counted)
    kept = {"batch_id": batch.pk, "row": stored.row, "key": stored.key, "content": stored.content}
    yield ImportedRecord._meta.db_table, _as_json({**part, **kept, "version": record.version})


def row_values(row: models.Model) -> dict[str, Any]:
    """Return a row by column as the table holds it: secrets encrypted, blind indexes made, an id only if it has one."""
    values = {column: read(row) for column, read in _readers(type(row))}
    return values if row.pk is not None else {name: value for name, value in values.items() if name != "id"}


@cache
def _readers(model: type[models.Model]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((str(field.column), _reader(field)) for field in model._meta.concrete_fields)


def _reader(field: Any) -> Callable[[Any], Any]:
    name = field.attname
    if isinstance(field, EncryptedField):
        return lambda row: field.get_prep_value(getattr(row, name))
    if isinstance(field, BlindIndexField):
        return lambda row: field.pre_save(row, True)
    return lambda row: getattr(row, name)


def _plain(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return f"\\x{bytes(value).hex()}"
    raise TypeError(type(value).__name__)


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode

"""What a step wrote, found again in the log of its transaction, and put back as it was before.

A step saves its record, then its entry of the history, then what it counts and the rows that come with it: all that
the transaction logged from that saving on belongs to the step. What was imported in bulk has no such saving.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from casework.models import CountedEvent, Record, RecordEvent
from casework.services import correct_event, count_event
from offices.kinds import TableKind, kind_of
from offices.models import AuditEntry

# Columns that a step taken back leaves alone: the version counts on, the office is not the step's.
KEPT = frozenset({"id", "version", "updated_at", "office_id", "county_id", "city_id", "line"})
ACTION = AuditEntry.Action


def rows_under(model: type[Record]) -> dict[str, tuple[Any, str]]:
    """Return the models of a record's own rows, by table, each with the column that names the record."""
    found = {}
    for relation in model._meta.related_objects:
        child: Any = relation.related_model
        if kind_of(child) is TableKind.CHILD and not issubclass(child, Record):
            found[child._meta.db_table] = (child, relation.field.attname)
    return found


def written_by(record: Record, event: RecordEvent) -> list[AuditEntry]:
    """Return what the step of an entry wrote to the record, its rows and its counted events, newest first.

    Empty where the log does not say what was there before.
    """
    entry = _entries(RecordEvent._meta.db_table, event.pk).filter(action=ACTION.INSERT).first()
    if entry is None:
        return []
    own = _entries(record._meta.db_table, record.pk).filter(action=ACTION.UPDATE, id__lt=entry.pk)
    saved = own.filter(transaction=entry.transaction).first()
    if saved is None:
        return []
    tables = [record._meta.db_table, CountedEvent._meta.db_table, *rows_under(type(record))]
    return list(
        AuditEntry.objects.filter(transaction=entry.transaction, id__gte=saved.pk, table_name__in=tables).order_by(
            "-id"
        )
    )


def _entries(table: str, key: int) -> Any:
    return AuditEntry.objects.filter(table_name=table, row_key=str(key)).order_by("-id")


def rows_added(record: Record, entries: Iterable[AuditEntry]) -> set[tuple[str, str]]:
    """Return table and key of the rows that came with a step."""
    under = rows_under(type(record))
    return {
        (entry.table_name, entry.row_key)
        for entry in entries
        if entry.action == ACTION.INSERT and _is_of(record, under, entry)
    }


def restore(record: Record, entries: list[AuditEntry]) -> None:
    """Put fields, rows and counted events back, newest change first. The record is set in memory: the caller saves it."""
    under = rows_under(type(record))
    for entry in entries:
        if entry.table_name == record._meta.db_table:
            if entry.row_key == str(record.pk) and entry.action == ACTION.UPDATE:
                _set(record, entry.before or {})
        elif entry.table_name in under:
            _restore_row(record, under, entry)
    for kind, day in _counted_before(record, entries).items():
        if day is None:
            correct_event(record, kind, None)
        else:
            count_event(record, kind=kind, on=day)


def _is_of(record: Record, under: dict[str, tuple[Any, str]], entry: AuditEntry) -> bool:
    # One transaction may have written many records: an import, an office that was taken over.
    if entry.table_name not in under:
        return False
    row = entry.after if entry.action == ACTION.INSERT else entry.before
    return row is not None and row.get(under[entry.table_name][1]) == record.pk


def _restore_row(record: Record, under: dict[str, tuple[Any, str]], entry: AuditEntry) -> None:
    model, column = under[entry.table_name]
    rows = model._default_manager.filter(**{"pk": entry.row_key, column: record.pk})
    if entry.action == ACTION.UPDATE:
        if row := rows.first():
            _set(row, entry.before or {})
            row.save(force_update=True)
    elif not _is_of(record, under, entry):
        return
    elif entry.action == ACTION.INSERT:
        rows.delete()
    else:
        _insert_again(model, entry.before or {})


def _insert_again(model: Any, values: dict[str, Any]) -> None:
    row = model(
        **{field.attname: python_value(field, values.get(field.column)) for field in model._meta.concrete_fields}
    )
    stamped = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if getattr(field, "auto_now_add", False)
    }
    row.save(force_insert=True)
    if stamped:
        model._default_manager.filter(pk=row.pk).update(**stamped)


def _set(row: Any, before: dict[str, Any]) -> None:
    columns = {field.column: field for field in row._meta.concrete_fields}
    for column, value in before.items():
        if column in columns and column not in KEPT:
            setattr(row, columns[column].attname, python_value(columns[column], value))


def python_value(field: Any, value: Any) -> Any:
    """Return what a model's field holds for a value as the log writes it: bytes, the ciphertexts among them, as hex."""
    if isinstance(value, str) and value.startswith("\\x") and hasattr(field, "from_db_value"):
        return field.from_db_value(bytes.fromhex(value[2:]), None, connection)
    return field.to_python(value)


def _counted_before(record: Record, entries: list[AuditEntry]) -> dict[str, date | None]:
    """Return, for each kind of event that a step counted or took back, the day that was counted before; None: none."""
    found: dict[str, date | None] = {}
    table = CountedEvent._meta.db_table
    touched = [entry for entry in reversed(entries) if entry.table_name == table]
    known = CountedEvent.objects.in_bulk([int(entry.row_key) for entry in touched])
    for entry in touched:
        event = known.get(int(entry.row_key))
        if event is None or event.turn or (event.record_type, event.record_id) != (record.record_type(), record.pk):
            continue
        found.setdefault(event.kind, None if entry.action == ACTION.INSERT else event.on)
    return found

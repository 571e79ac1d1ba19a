"""Good rows of a ledger as records: ids and numbers in blocks, each record walked in memory, all of them stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from casework import lines
from casework.imports.checking import CheckedRow
from casework.imports.columns import ImportSheet
from casework.imports.replay import Writer
from casework.imports.storing import Stored, new_keys
from casework.imports.storing import store as store_rows
from casework.models import ImportBatch
from casework.numbering import take_numbers
from offices.models import Membership


def sheet_of(record_type: lines.RecordType) -> ImportSheet:
    """Return the ledger that a type declares; LookupError when it has none."""
    if record_type.imports is None:
        raise LookupError(record_type.code)
    return record_type.imports


def write_rows(
    *, batch: ImportBatch, record_type: lines.RecordType, actor: Membership, rows: Sequence[CheckedRow], known: Any
) -> None:
    """Turn good rows into records, in the order of their days, under the scope in force."""
    sheet = sheet_of(record_type)
    ordered = sorted(rows, key=lambda row: (sheet.day(row.values), row.row.number))
    if not ordered:
        return
    keys = new_keys(record_type.model, len(ordered))
    numbers = numbers_of(sheet, ordered)
    writer = Writer(actor=actor, workflow=record_type.workflow, known=known)

    def stored() -> Iterator[Stored]:
        for pk, row, (number, body) in zip(keys, ordered, numbers, strict=True):
            replay = sheet.build(row.values, writer, pk=pk, number=number, body=body)
            yield Stored(replay, row=row.row.number, key=row.key, content=row.content)

    store_rows(batch=batch, model=record_type.model, children=[model for model, _key in sheet.children], rows=stored())


def numbers_of(sheet: ImportSheet, rows: Sequence[CheckedRow]) -> list[tuple[str, str]]:
    """Return number and body of each row: one block from every counter, in the order of the counters."""
    wanted = [sheet.numbering(row.values) for row in rows]
    counts: dict[tuple[str, int, str], int] = {}
    for body, year, kind, _pattern in filter(None, wanted):
        counts[body, year, kind] = counts.get((body, year, kind), 0) + 1
    following = {
        (body, year, kind): take_numbers(body, year, kind, counts[body, year, kind])
        for body, year, kind in sorted(counts)
    }
    found = []
    for asked in wanted:
        if asked is None:
            found.append(("", ""))
            continue
        body, year, kind, pattern = asked
        found.append((pattern.format(year=year, n=following[body, year, kind]), body))
        following[body, year, kind] += 1
    return found

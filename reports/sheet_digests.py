"""Digests over what a head signs: figures, wording, explanations, and the rows or the signed sheets behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from reports.definitions import canonical
from reports.models import SheetRow, UnitSheet

ROW_FIELDS = ("event_id", "office_id", "kind", "on", "record_type", "record_key", "number", "figures")


def digest_of_sheet(sheet: UnitSheet, behind: Iterable[Any]) -> str:
    """Return the SHA-256 over a frozen sheet and what lies ``behind`` it, each as one line of JSON."""
    assert sheet.definition is not None
    digest = hashlib.sha256()
    head: dict[str, Any] = {
        "unit": sheet.unit_code,
        "form": sheet.form,
        "month": sheet.month.isoformat(),
        "version": sheet.version,
        "definition": sheet.definition.digest,
        "figures": sheet.figures,
        "checks": sheet.checks,
        "explanations": sheet.explanations,
    }
    # Left out where there are none: sheets that were signed before there were any keep their digest.
    if sheet.adjustments:
        head["adjustments"] = sheet.adjustments
    digest.update(canonical(head))
    for row in behind:
        digest.update(b"\n" + canonical(row))
    return digest.hexdigest()


def rows_behind(sheet: UnitSheet) -> Iterable[list[Any]]:
    """Yield the stored rows of an office's sheet in the order of their events."""
    rows = SheetRow.objects.filter(sheet_id=sheet.pk).order_by("event_id").values_list(*ROW_FIELDS)
    for row in rows.iterator(chunk_size=5000):
        yield [value.isoformat() if isinstance(value, date) else value for value in row]


def sheets_behind(children: Iterable[UnitSheet]) -> list[list[str]]:
    """Return unit and digest of the sheets that were added up, in the order of their codes; a missing one has none."""
    return sorted([child.unit_code, child.digest if child.state != "missing" else ""] for child in children)


def is_unchanged(sheet: UnitSheet, children: Iterable[UnitSheet] = ()) -> bool:
    """Tell whether what is stored is still what was signed."""
    behind = rows_behind(sheet) if sheet.level == "office" else sheets_behind(children)
    return digest_of_sheet(sheet, behind) == sheet.digest

"""Freezing a sheet at self-check: an office's from its ledger in one snapshot, any other from the sheets below it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from casework import lines
from casework.lines import BusinessLine, Form, Indicator
from offices.models import Level
from reports import rollup
from reports.adding_up import added_up, with_published, with_typed
from reports.chain import LOCKED, MISSING
from reports.checks import CheckedUnit, CheckResult, check_form
from reports.definitions import definition_of
from reports.freezing import codes_of
from reports.ledger import read_month
from reports.models import SheetRow, UnitSheet
from reports.parameters import limits_on
from reports.periods import later
from reports.sheet_digests import digest_of_sheet, rows_behind, sheets_behind
from reports.volatility import volatility

Figures = dict[str, dict[str, int | None]]


def children_of(sheet: UnitSheet) -> list[UnitSheet]:
    """Return the newest sheets directly below a unit for the form and month, in the order of their codes."""
    found = UnitSheet.objects.filter(parent_id=sheet.unit_id, form=sheet.form, month=sheet.month)
    newest: dict[int, UnitSheet] = {}
    for child in found.order_by("version"):
        newest[child.unit_id] = child
    return sorted(newest.values(), key=lambda child: child.unit_code)


def figures_of(sheet: UnitSheet, line: BusinessLine, form: Form) -> tuple[Figures, list[Any]]:
    """Return the figures of a sheet as of now and those of its last months, without storing anything.

    An office's are read from its ledger: call it in a snapshot where they are to be frozen.
    """
    codes = codes_of(line, form)
    recent: list[Any] = []
    if sheet.level == Level.OFFICE:
        ledger = read_month(line, form, sheet.month, sheet.unit)
        found: Figures = {code: dict(ledger.figures[sheet.unit_id][code]) for code in codes}
        recent = ledger.recent[sheet.unit_id]
    else:
        below = [child.figures for child in children_of(sheet) if child.state != MISSING]
        found = added_up(below, codes)
        found = with_typed(found, sheet.typed, (one.code for one in typed_cells(sheet, line, form)))
    return _going_on(sheet, line, found), recent


def typed_cells(sheet: UnitSheet, line: BusinessLine, form: Form) -> list[Indicator]:
    """Return the indicators that a sheet's own unit types."""
    known = [line.indicator(code) for code in codes_of(line, form)]
    return [one for one in known if one.kind == "typed" and one.level == sheet.level]


def untyped(sheet: UnitSheet) -> list[str]:
    """Return the names of the cells that a sheet's unit has to type and has not."""
    cells = typed_cells(sheet, *lines.form(sheet.form))
    return [one.name for one in cells if sheet.typed.get(one.code, {}).get("current") is None]


def _going_on(sheet: UnitSheet, line: BusinessLine, figures: Figures) -> Figures:
    balances = frozenset(code for code in figures if line.indicator(code).kind == "balance")
    return with_published(
        figures,
        previous=published(sheet, -1),
        last_year=published(sheet, -12),
        is_january=sheet.month.month == 1,
        balances=balances,
    )


def published(sheet: UnitSheet, months: int) -> Figures | None:
    """Return the figures of the unit's locked sheet so many months away; None where none was locked."""
    found = UnitSheet.objects.filter(
        unit_id=sheet.unit_id, form=sheet.form, month=later(sheet.month, months), state=LOCKED
    )
    return found.order_by("-version").values_list("figures", flat=True).first()


def checks_of(
    sheet: UnitSheet, line: BusinessLine, form: Form, figures: Figures, recent: list[Any]
) -> list[CheckResult]:
    """Hold the form's relations against the figures of one sheet, and look for figures that must be explained."""
    current, ytd = ({code: one[period] or 0 for code, one in figures.items()} for period in ("current", "ytd"))
    found = check_form(form, [CheckedUnit(sheet.unit_code, sheet.unit_name, current, ytd, recent)])
    flowing = {code: line.indicator(code).name for code in form.indicators if line.indicator(code).kind == "flow"}
    return found + volatility(figures, flowing, limits_on(sheet.month))


def freeze_sheet(sheet: UnitSheet) -> list[CheckResult]:
    """Fill a sheet in memory with figures, wording, checks and digest, and store the rows behind it; return its checks.

    What an earlier self-check left is discarded. Call it in a snapshot; the caller saves the sheet.
    """
    line, form = lines.form(sheet.form)
    figures, recent = figures_of(sheet, line, form)
    checks = checks_of(sheet, line, form, figures, recent)
    sheet.figures, sheet.checks = figures, [asdict(check) for check in checks]
    sheet.definition = definition_of(line, form)
    discard_rows(sheet)
    if sheet.level == Level.OFFICE:
        rollup.write_sheet_rows(line, codes_of(line, form), sheet)
        behind: Any = rows_behind(sheet)
    else:
        behind = sheets_behind(children_of(sheet))
    sheet.digest = digest_of_sheet(sheet, behind)
    sheet.checked_at = timezone.now()
    return checks


def discard_rows(sheet: UnitSheet) -> None:
    """Remove the rows of a freeze that was taken back; the database refuses it for a signed sheet."""
    SheetRow.objects.filter(sheet_id=sheet.pk).delete()

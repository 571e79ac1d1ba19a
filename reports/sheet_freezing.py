"""Freezing a sheet at self-check: an office's from its ledger in one snapshot, any other from the sheets below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from casework import lines
from casework.lines import BusinessLine, Form, Indicator
from offices.models import Level
from reports import rollup
from reports.adding_up import ADJUSTMENT, added_up, with_published, with_typed
from reports.chain import LOCKED, MISSING
from reports.checks import CheckedUnit, CheckResult, check_form
from reports.definitions import definition_of
from reports.freezing import codes_of
from reports.ledger import read_month
from reports.models import Adjustment, SheetRow, UnitSheet
from reports.parameters import limits_on
from reports.periods import later
from reports.sheet_digests import digest_of_sheet, rows_behind, sheets_behind
from reports.volatility import volatility
from reports.year_to_date import year_check

Figures = dict[str, dict[str, int | None]]


def children_of(sheet: UnitSheet) -> list[UnitSheet]:
    """Return the newest sheets directly below a unit for the form and month, in the order of their codes."""
    found = UnitSheet.objects.filter(parent_id=sheet.unit_id, form=sheet.form, month=sheet.month)
    newest: dict[int, UnitSheet] = {}
    for child in found.order_by("version"):
        newest[child.unit_id] = child
    return sorted(newest.values(), key=lambda child: child.unit_code)


@dataclass(frozen=True)
class Found:
    """What a sheet says as of now: figures, those of its last months, what was adjusted, and what it goes on from."""

    figures: Figures
    recent: list[Any]
    adjustments: list[dict[str, Any]]
    before: Figures | None


def figures_of(sheet: UnitSheet, line: BusinessLine, form: Form) -> Found:
    """Return the figures of a sheet as of now and those of its last months, without storing anything.

    An office's are read from its ledger: call it in a snapshot where they are to be frozen.
    """
    codes = codes_of(line, form)
    recent: list[Any] = []
    since, before = year_before(sheet)
    items = items_of(sheet, since) if before is not None else []
    if sheet.level == Level.OFFICE:
        ledger = read_month(line, form, sheet.month, sheet.unit)
        found: Figures = {code: dict(ledger.figures[sheet.unit_id][code]) for code in codes}
        recent = ledger.recent[sheet.unit_id]
        for code, amount in sums_of(items).items():
            if code in found:
                found[code][ADJUSTMENT] = amount
    else:
        found = added_up([child.figures for child in children_of(sheet) if child.state != MISSING], codes)
        found = with_typed(found, sheet.typed, (one.code for one in typed_cells(sheet, line, form)))
    return Found(_going_on(sheet, line, found, before), recent, items, before)


def typed_cells(sheet: UnitSheet, line: BusinessLine, form: Form) -> list[Indicator]:
    """Return the indicators that a sheet's own unit types."""
    known = [line.indicator(code) for code in codes_of(line, form)]
    return [one for one in known if one.kind == "typed" and one.level == sheet.level]


def untyped(sheet: UnitSheet) -> list[str]:
    """Return the names of the cells that a sheet's unit has to type and has not."""
    cells = typed_cells(sheet, *lines.form(sheet.form))
    return [one.name for one in cells if sheet.typed.get(one.code, {}).get("current") is None]


def _going_on(sheet: UnitSheet, line: BusinessLine, figures: Figures, before: Figures | None) -> Figures:
    return with_published(
        figures,
        previous=published(sheet, -1),
        last_year=published(sheet, -12),
        before=before,
        balances=balances_of(line, figures),
    )


def balances_of(line: BusinessLine, codes: Iterable[str]) -> frozenset[str]:
    """Return those of some indicators that are a state on the last day."""
    return frozenset(code for code in codes if line.indicator(code).kind == "balance")


def published(sheet: UnitSheet, months: int) -> Figures | None:
    """Return the figures of the unit's locked sheet so many months away; None where none was locked."""
    found = UnitSheet.objects.filter(
        unit_id=sheet.unit_id, form=sheet.form, month=later(sheet.month, months), state=LOCKED
    )
    return found.order_by("-version").values_list("figures", flat=True).first()


def year_before(sheet: UnitSheet) -> tuple[date, Figures | None]:
    """Return the last month of the year in which the unit's sheet was locked before this one, and its figures.

    In January, and for a unit that has not reported this year, the year begins with this sheet: empty figures. None where
    the year has no sheets before it at all: its months were never reported this way.
    """
    start = sheet.month.replace(month=1)
    if start == sheet.month:
        return later(start, -1), {}
    earlier = UnitSheet.objects.filter(unit_id=sheet.unit_id, form=sheet.form, month__gte=start, month__lt=sheet.month)
    locked = earlier.filter(state=LOCKED).order_by("-month", "-version").values_list("month", "figures").first()
    if locked is not None:
        return locked
    return later(start, -1), {} if earlier.filter(state=MISSING).exists() else None


def items_of(sheet: UnitSheet, since: date) -> list[dict[str, Any]]:
    """Return what goes into a sheet's year to date beside its month, item by item.

    An office's is what was decided for the months after ``since``, its last locked one: an item for a month in which it
    did not report waits for the next. A unit above has the items of the sheets that it adds up.
    """
    if sheet.level != Level.OFFICE:
        below = (child.adjustments for child in children_of(sheet) if child.state != MISSING)
        return [item for items in below for item in items]
    rows = Adjustment.objects.filter(
        unit_id=sheet.unit_id, form=sheet.form, month__gt=since, month__lte=sheet.month
    ).select_related("correction")
    return [
        {
            "unit": sheet.unit_code,
            "unit_name": sheet.unit_name,
            "indicator": row.indicator,
            "amount": row.amount,
            "month": f"{row.correction.month:%Y-%m}",
            "correction": row.correction.public_id,
            "note": row.note,
        }
        for row in rows.order_by("pk")
    ]


def sums_of(items: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Return the sum of items by indicator, zeros left out."""
    found: Counter[str] = Counter()
    for item in items:
        found[item["indicator"]] += item["amount"]
    return Counter({code: amount for code, amount in found.items() if amount})


def checks_of(sheet: UnitSheet, line: BusinessLine, form: Form, found: Found) -> list[CheckResult]:
    """Hold the form's relations against the figures of one sheet, and look for figures that must be explained."""
    figures = found.figures
    current, ytd = ({code: one[period] or 0 for code, one in figures.items()} for period in ("current", "ytd"))
    checks = check_form(form, [CheckedUnit(sheet.unit_code, sheet.unit_name, current, ytd, found.recent)])
    known = {code: line.indicator(code) for code in figures}
    flowing = {code: one.name for code, one in known.items() if one.kind == "flow"}
    checks.append(year_check(figures, found.before, flowing))
    listed = {code: name for code, name in flowing.items() if code in form.indicators}
    return checks + volatility(figures, listed, limits_on(sheet.month))


def freeze_sheet(sheet: UnitSheet) -> list[CheckResult]:
    """Fill a sheet in memory with figures, wording, checks and digest, and store the rows behind it; return its checks.

    What an earlier self-check left is discarded. Call it in a snapshot; the caller saves the sheet.
    """
    line, form = lines.form(sheet.form)
    found = figures_of(sheet, line, form)
    checks = checks_of(sheet, line, form, found)
    sheet.figures, sheet.adjustments = found.figures, found.adjustments
    sheet.checks = [asdict(check) for check in checks]
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

"""The deeds of a correction: filing it, and the steps that county, city and province take one after the other.

Each deed locks the request, asks the table, writes the step. Restating is a job of its own (reports.restating).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from casework import lines
from casework.lines import BusinessLine
from casework.workflow import NotPossible, Transition, allowed_step
from offices.models import Level, Membership
from offices.permissions import Action, may
from offices.scoping import system
from reports.chain import FILLING, LOCKED, MISSING, RETURNED
from reports.correcting import CORRECTING, DESKS, OPEN
from reports.ledger import read_month
from reports.models import Adjustment, CorrectionStep, SheetCorrection, UnitSheet
from reports.periods import later
from reports.sheet_freezing import balances_of, codes_of

MOST_NAMED = 5
SCOPE = ("office", "county", "city")


@dataclass(frozen=True)
class Difference:
    """A cell of a locked sheet that the ledger has otherwise today; ``adjusted`` is what was put right elsewhere."""

    indicator: str
    old: int
    new: int
    adjusted: int

    @property
    def is_settled(self) -> bool:
        """Tell whether an adjustment has already taken the difference up."""
        return self.new - self.old == self.adjusted


def differences_of(sheet: UnitSheet) -> list[Difference]:
    """Return the cells of an office's locked sheet that differ from its ledger as it is now."""
    ledger, booked = ledger_of(sheet), booked_of(sheet)
    return [
        Difference(code, old, ledger[code], booked[code])
        for code in ledger
        if (old := sheet.figures.get(code, {}).get("current") or 0) != ledger[code] or booked[code]
    ]


def ledger_of(sheet: UnitSheet) -> dict[str, int]:
    """Return the month's figures of an office as its ledger has them now, by the indicators of the sheet."""
    line, form = lines.form(sheet.form)
    figures = read_month(line, form, sheet.month, sheet.unit).figures[sheet.unit_id]
    # What a later wording of the form counts besides was not asked then.
    codes = [code for code in sheet.figures or codes_of(line, form) if code in figures and not is_typed(line, code)]
    return {code: figures[code]["current"] or 0 for code in codes}


def is_typed(line: BusinessLine, code: str) -> bool:
    """Tell whether a figure is typed by units: no ledger has it."""
    return any(one.code == code and one.kind == "typed" for one in line.indicators)


def booked_of(sheet: UnitSheet, until: date | None = None) -> Counter[str]:
    """Return what was put into later months instead of correcting this version, by indicator."""
    rows = Adjustment.objects.filter(sheet_id=sheet.pk)
    if until is not None:
        rows = rows.filter(month__lte=until)
    return Counter(dict(rows.order_by().values_list("indicator").annotate(total=Sum("amount"))))


def newest_version(sheet: UnitSheet) -> UnitSheet:
    """Return the newest version of a unit's form for a month."""
    same = UnitSheet.objects.filter(unit_id=sheet.unit_id, form=sheet.form, month=sheet.month)
    return same.select_related("unit", "definition").latest("version")


def may_file(sheet: UnitSheet, actor: Membership) -> bool:
    """Tell whether a person may ask to correct a sheet: that of the own office, or of an office of the own county."""
    own = actor.office_id in {sheet.unit_id, sheet.county_id}
    return own and sheet.level == Level.OFFICE and may(actor, Action.FILE_SHEET_CORRECTION, sheet.line or None)


def against_filing(sheet: UnitSheet) -> str:
    """Return why a sheet cannot be corrected by request, empty where it can."""
    is_sealed = sheet.state == LOCKED or (sheet.state == MISSING and sheet.editions.exists())
    if not is_sealed:
        return _("报表还没有锁定，请由上级退回更正。")
    if newest_version(sheet).pk != sheet.pk:
        return _("这张报表已有新的版次，请对新的版次提出申请。")
    if SheetCorrection.objects.filter(sheet=sheet, state__in=OPEN).exists():
        return _("这张报表已有正在办理的修正申请。")
    return ""


@transaction.atomic
def file_correction(
    *, sheet: UnitSheet, actor: Membership, codes: Collection[str], reason: str, evidence: str
) -> SheetCorrection:
    """Ask that cells of a locked sheet become what the ledger has now. Raises NotPossible where nothing differs."""
    if not may_file(sheet, actor):
        raise PermissionDenied
    with system("file_correction", user_id=actor.user_id):
        if reason_against := against_filing(sheet):
            raise NotPossible(reason_against)
        asked = [one for one in differences_of(sheet) if one.indicator in codes]
        if not asked or all(one.is_settled for one in asked):
            raise NotPossible(_("选择的指标与台账一致，或者差额已经调整。请先在台账上更正，再提出申请。"))
        correction = SheetCorrection(
            unit=sheet.unit,
            level=sheet.level,
            sheet=sheet,
            line=sheet.line,
            form=sheet.form,
            month=sheet.month,
            unit_name=sheet.unit_name,
            cells={one.indicator: {"old": one.old, "new": one.new} for one in asked},
            reason=reason.strip(),
            evidence=evidence.strip(),
            filed_by=actor.user,
        )
        correction.full_clean(exclude=SCOPE)
        correction.save(force_insert=True)
        # The scope columns come from a trigger.
        correction.refresh_from_db(fields=SCOPE)
        note_step(correction, "file", actor, "")
    return correction


@transaction.atomic
def move_correction(*, correction: SheetCorrection, actor: Membership, step: str, note: str = "") -> SheetCorrection:
    """Take a step that changes nothing but the request: consent, pass, propose, refuse, withdraw."""
    must_be_at_desk(correction, actor, step)
    with system(f"correction:{step}", user_id=actor.user_id):
        locked = lock_correction(correction.pk)
        take_step(locked, step, actor, note=note.strip())
    return locked


@transaction.atomic
def adjust_later(*, correction: SheetCorrection, actor: Membership, note: str = "") -> SheetCorrection:
    """Leave the locked month as it is, and put the difference into the year to date of the month that is open."""
    must_be_at_desk(correction, actor, "adjust")
    with system("correction:adjust", user_id=actor.user_id):
        locked = lock_correction(correction.pk)
        amounts = amounts_of(locked)
        month = hold_open_month(locked.sheet)
        take_step(locked, "adjust", actor, note=note.strip(), changes={"into": month})
        book(locked, amounts, month)
    return locked


def amounts_of(correction: SheetCorrection) -> dict[str, int]:
    """Return what adjusting would add to the year to date, by indicator: flows whose difference nobody took up yet."""
    line, _form = lines.form(correction.form)
    booked, balances = booked_of(correction.sheet), balances_of(line, correction.cells)
    found = {code: cell["new"] - cell["old"] - booked[code] for code, cell in correction.cells.items()}
    return {code: amount for code, amount in found.items() if amount and code not in balances}


def book(correction: SheetCorrection, amounts: Mapping[str, int], month: date) -> None:
    """Store adjustments of an office for a month. Needs the scope of the system."""
    # Stored with the figures, which are Chinese whoever decided.
    with override("zh-hans"):
        note = _("调整%(month)s：%(reason)s") % {"month": f"{correction.month:%Y年%-m月}", "reason": correction.reason}
    given = {
        "unit": correction.sheet.unit,
        "level": correction.level,
        "correction": correction,
        "sheet": correction.sheet,
        "line": correction.line,
        "form": correction.form,
        "month": month,
        "note": note,
    }
    rows = [Adjustment(indicator=code, amount=amount, **given) for code, amount in amounts.items() if amount]
    Adjustment.objects.bulk_create(rows)
    # Touched, so that a self-check which runs meanwhile in an older snapshot fails and begins again with the items.
    for target in UnitSheet.objects.filter(unit_id=correction.unit_id, form=correction.form, month=month):
        UnitSheet.objects.filter(pk=target.pk).update(returns=target.returns)


def open_month_of(sheet: UnitSheet) -> date:
    """Return the first month after a sheet's whose sheet of the unit has not been checked yet."""
    after = UnitSheet.objects.filter(unit_id=sheet.unit_id, form=sheet.form, month__gt=sheet.month)
    closed = after.exclude(state__in=[FILLING, RETURNED]).order_by("-month").values_list("month", flat=True).first()
    return later(closed or sheet.month, 1)


def hold_open_month(sheet: UnitSheet) -> date:
    """Return the open month, its sheet locked where it is laid out: nobody checks it before this transaction ends."""
    month = open_month_of(sheet)
    list(UnitSheet.objects.select_for_update(of=("self",)).filter(unit_id=sheet.unit_id, form=sheet.form, month=month))
    # Whoever held it until now may have checked it.
    return month if open_month_of(sheet) == month else hold_open_month(sheet)


def must_be_at_desk(correction: SheetCorrection, actor: Membership, step: str) -> Transition:
    """Raise PermissionDenied unless the step is the actor's unit's to take and the actor may; return the step."""
    transition = CORRECTING.transition(step)
    if not may(actor, transition.action, correction.line or None):
        raise PermissionDenied
    if step == "withdraw":
        own = actor.office_id in {correction.unit_id, correction.county_id}
    else:
        level = actor.office.level
        above = {Level.COUNTY: correction.county_id, Level.CITY: correction.city_id, Level.PROVINCE: actor.office_id}
        own = level in {DESKS[source] for source in transition.sources} and above[Level(level)] == actor.office_id
    if not own:
        raise PermissionDenied
    return transition


def lock_correction(key: int) -> SheetCorrection:
    """Return a request, locked, with its sheet."""
    found = SheetCorrection.objects.select_for_update(of=("self",)).select_related("sheet__unit", "sheet__definition")
    return found.get(pk=key)


def facts_of(correction: SheetCorrection, user_id: int) -> dict[str, Any]:
    """Return what the guards of the table judge."""
    return {
        "user_id": user_id,
        "acted": set(correction.steps.values_list("user_id", flat=True)),
        "year": timezone.localdate().year,
        "is_newest": newest_version(correction.sheet).pk == correction.sheet_id,
        "amounts": amounts_of(correction),
    }


def take_step(
    correction: SheetCorrection, step: str, actor: Membership, *, note: str = "", changes: dict[str, Any] | None = None
) -> None:
    """Take a step of the table and write it down. Needs the scope of the system and the lock of the request."""
    transition = allowed_step(correction, CORRECTING, step, facts_of(correction, actor.user_id) | {"note": note})
    before = correction.state
    correction.state = transition.target
    for name, value in (changes or {}).items():
        setattr(correction, name, value)
    correction.save(force_update=True)
    note_step(correction, step, actor, before, note=note)


def note_step(correction: SheetCorrection, step: str, actor: Membership, before: str, *, note: str = "") -> None:
    """Write a step of a request."""
    CorrectionStep.objects.create(
        unit_id=correction.unit_id,
        level=correction.level,
        correction=correction,
        line=correction.line,
        kind=step,
        from_state=before,
        to_state=correction.state,
        user=actor.user,
        note=note,
    )

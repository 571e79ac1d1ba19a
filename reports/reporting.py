"""The deeds of the monthly chain: opening a month, self-check, signing, review, return, marking as missing.

Each deed locks the sheet, asks the table, writes the step. Which unit may do what to which sheet is tested here: a
sheet is filled and signed by its own unit, reviewed by the one directly above.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.jobs import enqueue, finish, job, leads_to
from casework.models import Job
from casework.workflow import NotPossible, allowed_step
from offices.change_reading import named_on
from offices.models import Level, Membership, Office
from offices.permissions import Action, may
from offices.scoping import system
from reports import rollup
from reports.chain import CHAIN, FILLING, RETURNED, SETTLED
from reports.due_dates import due_on, opens_on
from reports.freezing import name_of
from reports.models import SheetAction, UnitSheet
from reports.periods import later, month_of
from reports.selectors import exists_in, last_day_of
from reports.sheet_freezing import children_of, discard_rows, freeze_sheet, typed_cells, untyped

CHECK = "check_sheet"


def open_month(month: date) -> int:
    """Lay out the sheets of a month for every unit that exists in it and every form that is due; return how many."""
    with system("open_month"):
        standing = [unit for unit in Office.objects.select_related("parent") if exists_in(unit, month)]
        units = named_on(standing, last_day_of(month))
        limits = {level: due_on(month, level) for level in {unit.level for unit in units}}
        sheets = [
            _blank(unit, line.code, form.code, month, limits[unit.level])
            for line in lines.lines()
            for form in line.forms
            if form.is_due(month)
            for unit in units
        ]
        known = set(UnitSheet.objects.filter(month=month).values_list("unit_id", "form"))
        fresh = [sheet for sheet in sheets if (sheet.unit_id, sheet.form) not in known]
        UnitSheet.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)
    return len(fresh)


def open_last_month() -> int:
    """Lay out the month that was over last, once; asked every minute."""
    month = later(month_of(timezone.localdate()), -1)
    with system("open_month"):
        known = UnitSheet.objects.filter(month=month).exists()
    return 0 if known else open_month(month)


def _blank(unit: Office, line: str, form: str, month: date, limit: date) -> UnitSheet:
    return UnitSheet(
        unit=unit,
        level=unit.level,
        line=line,
        form=form,
        month=month,
        due_on=limit,
        unit_code=unit.code,
        unit_name=name_of(unit),
        parent=unit.parent,
        is_zone=unit.is_functional_zone,
    )


def check_sheet(*, sheet: UnitSheet, actor: Membership) -> Job:
    """Ask for the self-check of the actor's own sheet: a job freezes it. A second click finds the open job."""
    must_be_own(sheet, actor, Action.FILL_SHEET)
    return enqueue(CHECK, key=sheet.public_id, payload={"sheet": sheet.pk}, asker=actor)


@job(CHECK, runs_as="own")
def freeze_and_check(claimed: Job) -> dict[str, Any]:
    """Freeze the sheet in a snapshot and judge it; where a check forbids it, keep what was found and stay open."""
    actor = asker(claimed)
    with system(CHECK, user_id=actor.user_id, snapshot=True):
        sheet = _locked(claimed.payload["sheet"])
        must_be_own(sheet, actor, Action.FILL_SHEET)
        checks = freeze_sheet(sheet)
        facts = {
            "on": timezone.localdate(),
            "opens_on": opens_on(sheet.month),
            "unsettled": [child.unit_name for child in children_of(sheet) if child.state not in SETTLED],
            "untyped": untyped(sheet),
            "broken": [check.name for check in checks if check.hard and not check.passed],
            "unexplained": [
                check.name
                for check in checks
                if not check.hard and not check.passed and not sheet.explanations.get(check.name)
            ],
        }
        try:
            _step(sheet, "check", actor, facts=facts, changes={"checked_by": actor.user})
            refused = ""
        except NotPossible as reason:
            refused = str(reason)
            discard_rows(sheet)
            # The result of the checks stays for the page; a figure that was not accepted does not.
            UnitSheet.objects.filter(pk=sheet.pk).update(checks=sheet.checks)
        result = {"sheet": sheet.public_id, "refused": refused}
        finish(claimed, result)
    return result


@leads_to(CHECK)
def checked_page(finished: Job) -> tuple[Any, str]:
    """Lead to the sheet, which shows what was found."""
    label = _("没有通过自校，查看原因") if finished.result["refused"] else _("查看月报")
    return label, reverse("sheet", args=[finished.result["sheet"]])


@transaction.atomic
def explain_checks(
    *,
    sheet: UnitSheet,
    actor: Membership,
    explanations: dict[str, str],
    typed: dict[str, dict[str, int | None]] | None = None,
) -> UnitSheet:
    """Keep what a unit says to the soft checks of its open sheet, and the cells that it types, by indicator."""
    must_be_own(sheet, actor, Action.FILL_SHEET)
    with system("explain_checks", user_id=actor.user_id):
        found = _locked(sheet.pk)
        if found.state not in {FILLING, RETURNED}:
            raise NotPossible(_("报表已经校核，要修改说明请先“重新填报”。"))
        found.explanations = {name: text.strip() for name, text in explanations.items() if text.strip()}
        if typed is not None:
            own = {one.code for one in typed_cells(found, *lines.form(found.form))}
            found.typed = {code: given for code, given in typed.items() if code in own}
        found.save(update_fields=["explanations", "typed"])
    return found


def reopen_sheet(*, sheet: UnitSheet, actor: Membership) -> UnitSheet:
    """Take a self-check back: what was frozen is discarded."""
    must_be_own(sheet, actor, Action.FILL_SHEET)
    return _deed(sheet, "reopen", actor, thaw=True)


@transaction.atomic
def submit_sheet(*, sheet: UnitSheet, actor: Membership, digest: str, phone: str = "") -> UnitSheet:
    """Sign the frozen figures that the signer has seen (``digest``) and send them up."""
    must_be_own(sheet, actor, Action.SIGN_SHEET)
    now = timezone.now()
    changes = {"signed_by": actor.user, "signed_at": now, "opened_at": None, "phone": phone or sheet.phone}
    if sheet.first_submitted_on is None:
        changes["first_submitted_on"] = timezone.localdate(now)
    done = _deed(sheet, "submit", actor, facts={"digest": digest}, changes=changes)
    if done.level == Level.OFFICE and done.line:
        with system("compare_signed", user_id=actor.user_id):
            rollup.compare_signed(lines.line(done.line), done.unit_id, done.month)
    return done


def withdraw_sheet(*, sheet: UnitSheet, actor: Membership) -> UnitSheet:
    """Take a submitted sheet back, as long as nobody above has opened it."""
    must_be_own(sheet, actor, Action.SIGN_SHEET)
    return _deed(sheet, "withdraw", actor, thaw=True, changes={"signed_by": None, "signed_at": None})


def approve_sheet(*, sheet: UnitSheet, actor: Membership) -> UnitSheet:
    """Accept a sheet of a unit directly below."""
    must_be_above(sheet, actor, Action.REVIEW_SHEET)
    changes = {"approved_by": actor.user, "approved_at": timezone.now()}
    return _deed(sheet, "approve", actor, facts={"user_id": actor.user_id}, changes=changes)


def return_sheet(
    *, sheet: UnitSheet, actor: Membership, note: str = "", cells: dict[str, str] | None = None
) -> UnitSheet:
    """Give a sheet back to the unit directly below, with reasons for the whole or by cell; the limit runs on."""
    must_be_above(sheet, actor, Action.REVIEW_SHEET)
    facts = {"note": note.strip(), "cells": cells or {}, "above": _state_above(sheet)}
    changes = {"returns": sheet.returns + 1, "approved_by": None, "approved_at": None}
    return _deed(sheet, "return", actor, facts=facts, changes=changes, note=note.strip(), cells=cells, thaw=True)


def mark_missing(*, sheet: UnitSheet, actor: Membership, note: str) -> UnitSheet:
    """Consent that the month goes on without a unit that did not report in time."""
    must_be_above(sheet, actor, Action.CONSENT_MISSING)
    facts = {"note": note.strip(), "is_due": timezone.localdate() > sheet.due_on}
    return _deed(sheet, "mark_missing", actor, facts=facts, note=note.strip(), thaw=True)


def unmark_missing(*, sheet: UnitSheet, actor: Membership) -> UnitSheet:
    """Let a unit that was marked as missing report after all."""
    must_be_above(sheet, actor, Action.CONSENT_MISSING)
    return _deed(sheet, "unmark", actor, facts={"above": _state_above(sheet)})


def note_opening(sheet: UnitSheet, actor: Membership) -> None:
    """Remember that the upper level has opened a submitted sheet: from then on it is not taken back any more."""
    if sheet.state == "submitted" and sheet.opened_at is None and sheet.parent_id == actor.office_id:
        with system("open_sheet", user_id=actor.user_id):
            UnitSheet.objects.filter(pk=sheet.pk, opened_at=None).update(opened_at=timezone.now())


def must_be_own(sheet: UnitSheet, actor: Membership, action: Action) -> None:
    """Raise PermissionDenied unless the sheet is that of the actor's unit and the actor may do the deed."""
    if sheet.unit_id != actor.office_id or not may(actor, action, sheet.line or None):
        raise PermissionDenied


def must_be_above(sheet: UnitSheet, actor: Membership, action: Action) -> None:
    """Raise PermissionDenied unless the sheet lies directly below the actor's unit and the actor may do the deed."""
    if sheet.parent_id is None or sheet.parent_id != actor.office_id or not may(actor, action, sheet.line or None):
        raise PermissionDenied


def asker(claimed: Job) -> Membership:
    """Return the membership that asked, as it is today; PermissionDenied when it is none any more."""
    active = Membership.objects.active(timezone.localdate()).select_related("office", "user")
    found = active.filter(pk=claimed.membership_id or 0).first()
    if found is None:
        raise PermissionDenied
    return found


def _locked(key: int) -> UnitSheet:
    return UnitSheet.objects.select_for_update(of=("self",)).select_related("unit", "definition").get(pk=key)


def _state_above(sheet: UnitSheet) -> str:
    with system("state_above"):
        above = UnitSheet.objects.filter(unit_id=sheet.parent_id, form=sheet.form, month=sheet.month)
        return above.order_by("-version").values_list("state", flat=True).first() or ""


@transaction.atomic
def _deed(
    sheet: UnitSheet,
    step: str,
    actor: Membership,
    *,
    facts: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
    note: str = "",
    cells: dict[str, str] | None = None,
    thaw: bool = False,
) -> UnitSheet:
    with system(f"sheet:{step}", user_id=actor.user_id):
        found = _locked(sheet.pk)
        was = found.digest
        _step(found, step, actor, facts=facts, changes=changes, note=note, cells=cells, digest=was)
        if thaw:
            discard_rows(found)
            blank: dict[str, Any] = {
                "figures": {},
                "adjustments": [],
                "digest": "",
                "definition": None,
                "checked_by": None,
                "checked_at": None,
            }
            UnitSheet.objects.filter(pk=found.pk).update(**blank)
    return found


def _step(
    sheet: UnitSheet,
    step: str,
    actor: Membership,
    *,
    facts: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
    note: str = "",
    cells: dict[str, str] | None = None,
    digest: str = "",
) -> None:
    """Take a step of the table and write it down."""
    transition = allowed_step(sheet, CHAIN, step, facts or {})
    before = sheet.state
    for name, value in (changes or {}).items():
        setattr(sheet, name, value)
    sheet.state = transition.target
    sheet.save(force_update=True)
    SheetAction.objects.create(
        unit_id=sheet.unit_id,
        level=sheet.level,
        sheet=sheet,
        line=sheet.line,
        kind=step,
        from_state=before,
        to_state=sheet.state,
        user=actor.user,
        note=note,
        cells=cells or {},
        digest=digest or sheet.digest,
        figures={code: one["current"] for code, one in sheet.figures.items()} if step == "submit" else {},
    )

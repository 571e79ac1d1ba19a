"""Restating a locked month: the next version of an office's sheet and of those above it, sealed into edition n+1.

The office's version is frozen anew from its ledger, so that the rows behind it add up to it; the cells that nobody asked
about must then be what was signed. Sheets above are added up again. What they are compared with stays as signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from casework import lines
from casework.jobs import Refused, enqueue, finish, job, leads_to
from casework.models import Job
from casework.workflow import NotPossible, allowed_step
from offices.models import Level, Membership
from offices.scoping import system
from reports import rollup
from reports.adding_up import added_up
from reports.chain import CHECKED, LOCKED, MISSING
from reports.correcting import CORRECTING
from reports.definitions import definition_of
from reports.locking import seal
from reports.models import DifferenceNotice, MonthEdition, SheetAction, SheetCorrection, UnitSheet
from reports.periods import month_code
from reports.reporting import asker
from reports.sheet_corrections import (
    MOST_NAMED,
    book,
    booked_of,
    facts_of,
    hold_open_month,
    ledger_of,
    lock_correction,
    must_be_at_desk,
    newest_version,
    take_step,
)
from reports.sheet_digests import digest_of_sheet, rows_behind, sheets_behind
from reports.sheet_freezing import Figures, Found, balances_of, checks_of, children_of, figures_of, typed_cells
from reports.year_to_date import base_of, shifted

RESTATE = "restate_sheet"
STEP = "restate"
# What a new version takes over from the one before it.
KEPT = (
    *("unit_id", "level", "line", "form", "month", "due_on", "unit_code", "unit_name", "parent_id", "is_zone"),
    *("definition_id", "explanations", "typed", "adjustments", "phone", "first_submitted_on", "returns"),
)


@dataclass(frozen=True)
class Shift:
    """By how much a sheet's month and year to date move, by indicator; the same at every level."""

    current: Mapping[str, int]
    ytd: Mapping[str, int]


@dataclass(frozen=True)
class Restating:
    """One restating: what was asked, who signs at each level, and when."""

    correction: SheetCorrection
    signers: Mapping[str, int]
    now: datetime
    reason: str


def ask_to_restate(*, correction: SheetCorrection, actor: Membership, step: str) -> Job:
    """Ask for the restating of a month: a job does it. A second click finds the open job."""
    must_be_at_desk(correction, actor, step)
    with system(f"correction:{step}", user_id=actor.user_id):
        # Asked here too: a person reads now, beside the button, what the job would refuse.
        known = SheetCorrection.objects.select_related("sheet__unit").get(pk=correction.pk)
        allowed_step(known, CORRECTING, step, facts_of(known, actor.user_id))
    payload = {"correction": correction.pk, "step": step}
    return enqueue(RESTATE, key=correction.public_id, payload=payload, asker=actor)


@job(RESTATE, runs_as="own")
def restate_month(claimed: Job) -> dict[str, Any]:
    """Take the deciding step and restate, all or nothing. Payload: ``correction``, an id, and the ``step``."""
    actor, step = asker(claimed), claimed.payload["step"]
    with system(RESTATE, user_id=actor.user_id, snapshot=True):
        correction = lock_correction(claimed.payload["correction"])
        must_be_at_desk(correction, actor, step)
        try:
            edition = restate(correction, actor, step)
        except NotPossible as reason:
            raise Refused(str(reason)) from reason
        result = {"correction": correction.public_id, "edition": edition.public_id}
        finish(claimed, result)
    return result


@leads_to(RESTATE)
def restated_page(finished: Job) -> tuple[Any, str]:
    """Lead to the request, which names the edition."""
    return _("查看修正申请"), reverse("sheet_correction", args=[finished.result["correction"]])


def restate(correction: SheetCorrection, actor: Membership, step: str) -> MonthEdition:
    """Take the step and make the new versions and editions; return that of the month. Must run in a snapshot."""
    old = newest_version(correction.sheet)
    later_months = _later_months(old)
    latest = MonthEdition.objects.filter(month=old.month).latest("number")
    take_step(correction, step, actor, changes={"made": latest.number + 1})
    # Stored with the sheets, which are Chinese whoever decided.
    with override("zh-hans"):
        reason = _("修正申请%(ref)s：%(reason)s") % {"ref": correction.public_id, "reason": correction.reason}
    work = Restating(correction, _signers(correction, actor), timezone.now(), reason)
    office, shift = _office_anew(work, old)
    _above_anew(work, office, shift)
    edition = seal(old.month, actor, reason=reason)
    DifferenceNotice.objects.filter(sheet=old).delete()
    _carry_on(work, old, shift, later_months, actor)
    return edition


def _signers(correction: SheetCorrection, actor: Membership) -> dict[str, int]:
    """Return who answers for the new version at each level: county leader, city and province as they agreed."""
    steps = dict(correction.steps.values_list("kind", "user_id"))
    county = steps["consent"]
    return {Level.OFFICE: county, Level.COUNTY: county, Level.CITY: steps["pass"], Level.PROVINCE: actor.user_id}


def _later_months(old: UnitSheet) -> list[date]:
    """Return the later months of the year that are sealed; NotPossible where the unit did not report in one of them."""
    later = UnitSheet.objects.filter(
        unit_id=old.unit_id, form=old.form, month__gt=old.month, month__year=old.month.year, editions__isnull=False
    )
    states = dict(later.order_by("month", "version").values_list("month", "state"))
    if missing := [month for month, state in states.items() if state == MISSING]:
        names = _("、").join(month_code(month) for month in missing)
        raise NotPossible(_("这个单位之后有未报的月份（%(months)s），不能修订，请在当月调整。") % {"months": names})
    return sorted(states)


def _office_anew(work: Restating, old: UnitSheet) -> tuple[UnitSheet, Shift]:
    """Freeze the office's next version from its ledger; NotPossible where the ledger differs from what was asked."""
    line, form = lines.form(old.form)
    ledger = ledger_of(old)
    _must_agree(work.correction, old, ledger)
    fresh = _next_version(work, old)
    if fresh.definition_id is None:
        fresh.definition = definition_of(line, form)
    found = figures_of(fresh, line, form)
    if old.state == LOCKED:
        current = {code: value - (old.figures[code]["current"] or 0) for code, value in ledger.items()}
        figures = shifted(old.figures, current, current, balances_of(line, old.figures))
        found = Found(figures, found.recent, old.adjustments, base_of(old.figures))
    elif found.adjustments:
        # A later month may have taken them up, and they would count twice.
        raise NotPossible(_("未报的月份之前有待计入的调整，不能修订，请在当月调整。"))
    else:
        current = ledger
    fresh.figures = found.figures
    fresh.save(force_insert=True)
    rollup.write_sheet_rows(line, list(fresh.figures), fresh)
    _sign(work, fresh, found, rows_behind(fresh))
    return fresh, Shift(current, current)


def _must_agree(correction: SheetCorrection, old: UnitSheet, ledger: Mapping[str, int]) -> None:
    counted = {code for code, one in old.figures.items() if one["current"] is not None}
    if gone := sorted(counted - set(ledger)):
        raise NotPossible(_("报表中的指标%(codes)s已经停用，不能修订，请在当月调整。") % {"codes": _named(gone)})
    moved = [code for code, cell in correction.cells.items() if ledger.get(code) != cell["new"]]
    if moved:
        text = _("申请之后台账又有变动（%(codes)s），请选择不同意，由申请单位重新提出。")
        raise NotPossible(text % {"codes": _named(moved)})
    others = [
        code
        for code, value in ledger.items()
        if code not in correction.cells and value != (old.figures.get(code, {}).get("current") or 0)
    ]
    if others:
        text = _("还有指标与台账不一致而不在申请之内（%(codes)s），修订须一并申请；也可以在当月调整。")
        raise NotPossible(text % {"codes": _named(others)})


def _named(codes: list[str]) -> str:
    shown = _("、").join(codes[:MOST_NAMED])
    return _("%(names)s等") % {"names": shown} if len(codes) > MOST_NAMED else shown


def _above_anew(work: Restating, below: UnitSheet, shift: Shift) -> None:
    """Add up the next versions of the sheets above one, up to the province."""
    line, form = lines.form(below.form)
    while below.parent_id is not None:
        same = UnitSheet.objects.select_related("unit", "definition")
        old = same.filter(unit_id=below.parent_id, form=below.form, month=below.month).latest("version")
        if old.state != LOCKED:
            raise NotPossible(_("%(unit)s的报表没有锁定，不能修订。") % {"unit": old.unit_name})
        children = children_of(old)
        sums = added_up([child.figures for child in children if child.state != MISSING], old.figures)
        figures = shifted(old.figures, {}, shift.ytd, balances_of(line, old.figures))
        # What the unit itself has typed is no sum of what lies below it.
        own = {one.code for one in typed_cells(old, line, form)}
        for code, periods in figures.items():
            if code not in own:
                periods["current"] = sums[code]["current"]
        fresh = _next_version(work, old)
        fresh.figures = figures
        fresh.save(force_insert=True)
        _sign(work, fresh, Found(figures, [], old.adjustments, _base(old, shift)), sheets_behind(children))
        below = fresh


def _base(old: UnitSheet, shift: Shift) -> Figures:
    """Return what a new version goes on from: the same as the old one, moved by what the year moved before it."""
    base = base_of(old.figures)
    for code, amount in shift.ytd.items():
        if code in base and base[code]["ytd"] is not None:
            base[code]["ytd"] = (base[code]["ytd"] or 0) + amount - shift.current.get(code, 0)
    return base


def _next_version(work: Restating, old: UnitSheet) -> UnitSheet:
    signer = work.signers[old.level]
    return UnitSheet(
        **{name: getattr(old, name) for name in KEPT},
        version=old.version + 1,
        # Its rows are stored before it is locked: nothing can be put behind a signed sheet.
        state=CHECKED,
        checked_by_id=work.correction.filed_by_id,
        checked_at=work.now,
        signed_by_id=signer,
        signed_at=work.now,
        approved_by_id=work.signers[Level.PROVINCE],
        approved_at=work.now,
    )


def _sign(work: Restating, fresh: UnitSheet, found: Found, behind: Iterable[Any]) -> None:
    """Judge, digest and lock a new version, and write who signed it."""
    line, form = lines.form(fresh.form)
    checks = checks_of(fresh, line, form, found)
    if broken := [check.name for check in checks if check.hard and not check.passed]:
        text = _("按申请修订后，%(unit)s的审核关系不成立：%(checks)s。")
        raise NotPossible(text % {"unit": fresh.unit_name, "checks": _named(broken)})
    fresh.checks = [asdict(check) for check in checks]
    fresh.digest = digest_of_sheet(fresh, behind)
    fresh.state = LOCKED
    # Not the whole row: its scope columns came from a trigger and are not known here.
    fresh.save(update_fields=["checks", "digest", "state"])
    SheetAction.objects.create(
        unit_id=fresh.unit_id,
        level=fresh.level,
        sheet=fresh,
        line=fresh.line,
        kind=STEP,
        from_state=CHECKED,
        to_state=LOCKED,
        user_id=fresh.signed_by_id,
        note=work.reason,
        digest=fresh.digest,
        figures={code: one["current"] for code, one in fresh.figures.items()},
    )


def _carry_on(work: Restating, old: UnitSheet, shift: Shift, months: list[date], actor: Membership) -> None:
    """Let the year go on from the new version.

    Of this year, later months that are locked stay, and what they lack goes into the open one; what an adjustment had
    taken up of this version before is taken out again. A closed year has no open month: its later months are restated
    too, in their year to date.
    """
    line, _form = lines.form(old.form)
    balances, booked = balances_of(line, old.figures or shift.current), booked_of(old)
    if timezone.localdate(work.now).year == old.month.year:
        lacking = shift.ytd if months else {}
        amounts = {code: lacking.get(code, 0) - booked[code] for code in {*lacking, *booked} - balances}
        if any(amounts.values()):
            book(work.correction, amounts, hold_open_month(old))
        return
    for month in months:
        taken = booked_of(old, until=month)
        ytd = {code: amount - taken[code] for code, amount in shift.ytd.items() if code not in balances}
        if any(ytd.values()):
            _year_anew(work, old, month, ytd)
            seal(month, actor, reason=work.reason)


def _year_anew(work: Restating, old: UnitSheet, month: date, ytd: Mapping[str, int]) -> None:
    """Make the next versions of a later month whose own figures stay; its rows are copied."""
    line, _form = lines.form(old.form)
    same = UnitSheet.objects.select_related("unit", "definition")
    before = same.filter(unit_id=old.unit_id, form=old.form, month=month).latest("version")
    fresh = _next_version(work, before)
    fresh.figures = shifted(before.figures, {}, ytd, balances_of(line, before.figures))
    fresh.save(force_insert=True)
    rollup.copy_sheet_rows(before, fresh)
    # The streaks of the months before are not asked again: none of them has moved.
    shift = Shift({}, ytd)
    _sign(work, fresh, Found(fresh.figures, [], before.adjustments, _base(before, shift)), rows_behind(fresh))
    _above_anew(work, fresh, shift)

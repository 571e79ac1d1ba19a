"""Corrections of the clerk's office in a test: asked by its head, walked up by county leader and city."""

from __future__ import annotations

from datetime import date

from casework import jobs
from casework.models import Job
from offices.models import Membership, Office
from offices.scoping import system, within
from reports.models import MonthEdition, SheetCorrection, UnitSheet
from reports.restating import ask_to_restate, restate
from reports.sheet_corrections import differences_of, file_correction, lock_correction, move_correction
from tests.conftest import find_member
from tests.reports.chain_people import sheet


def version(unit: Office, month: date, number: int, form: str = "T9") -> UnitSheet:
    """Return a version of a unit's sheet."""
    with system("test"):
        found = UnitSheet.objects.select_related("unit", "definition")
        return found.get(unit=unit, month=month, form=form, version=number)


def filed(month: date, *, only: tuple[str, ...] = (), actor: Membership | None = None) -> SheetCorrection:
    """Ask that every cell that differs (or only some) is corrected in the clerk's office."""
    head = find_member("head")
    one = sheet(head.office, month)
    with system("test"):
        codes = [found.indicator for found in differences_of(one)]
    return file_correction(
        sheet=one,
        actor=actor or head,
        codes=only or codes,
        reason="补录漏登的一件纠纷。",
        evidence="石桥司法所（2026）石桥人调字第3号卷宗。",
    )


def passed(correction: SheetCorrection) -> SheetCorrection:
    """Let county leader and city agree."""
    for name, step in (("county_leader", "consent"), ("city_statistician", "pass")):
        correction = move_correction(correction=correction, actor=find_member(name), step=step)
    return correction


def restated(
    correction: SheetCorrection, *, actor: str = "province_statistician", step: str = "restate"
) -> MonthEdition:
    """Let the province restate, in the transaction of the test."""
    with system("test"):
        return restate(lock_correction(correction.pk), find_member(actor), step)


def restated_by_job(correction: SheetCorrection) -> Job:
    """Let the province restate as the page does, and return the job."""
    actor = find_member("province_statistician")
    with within(actor):
        asked = ask_to_restate(correction=correction, actor=actor, step="restate")
    jobs.run(asked.pk)
    with system("test"):
        return Job.objects.get(pk=asked.pk)


def read(correction: SheetCorrection) -> SheetCorrection:
    """Return a request as it is stored."""
    with system("test"):
        return SheetCorrection.objects.select_related("sheet__unit").get(pk=correction.pk)

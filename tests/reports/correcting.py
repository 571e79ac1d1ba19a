"""Corrections of the clerk's office in a test: asked by its head, walked up by county leader and city."""

from __future__ import annotations

from datetime import date

from django.db import connection

from casework import jobs
from casework.models import Job
from mediation.models import Dispute
from offices.models import Membership, Office
from offices.scoping import system, within
from reports import rollup
from reports.models import MonthEdition, SheetCorrection, UnitSheet
from reports.restating import ask_to_restate, restate
from reports.sheet_corrections import differences_of, file_correction, lock_correction, move_correction
from reports.sheet_reading import rows_behind
from tests.conftest import find_member, on_the_day
from tests.factories import dispute_in
from tests.reports.chain_people import sealed, sheet
from tests.reports.issuing import APRIL

MARCH = date(2026, 3, 1)
ONE = "T9.01"


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


def above(unit: Office) -> list[Office]:
    """Return a unit and all that stand above it."""
    with system("test"):
        found = [Office.objects.get(pk=unit.pk)]
        while found[-1].parent_id:
            found.append(Office.objects.get(pk=found[-1].parent_id))
    return found


def ytd(unit: Office, month: date, code: str = ONE) -> int:
    """Return the year to date of a unit's newest sheet."""
    return int(sheet(unit, month).figures[code]["ytd"])


def row_sum(one: UnitSheet, code: str) -> int:
    """Return what the stored rows behind a figure add up to."""
    with system("test"):
        return sum(row.figures[code] for row in rows_behind(one, code))


def late_case(month: date) -> Dispute:
    """Register a case of a month that is over, in the clerk's office, and count it."""
    made = dispute_in("agreed_oral", actor=find_member("clerk"), on=month.replace(day=9))
    rollup.drain()
    return made


def late_april() -> None:
    """Seal March and April, with cases in three offices; then a case of April turns up in the clerk's office."""
    with on_the_day():
        for name, month in (("clerk", MARCH), ("clerk", APRIL), ("sibling_clerk", APRIL), ("far_clerk", APRIL)):
            dispute_in("agreed_oral", actor=find_member(name), on=month.replace(day=5))
        for month in (MARCH, APRIL):
            sealed(month, find_member("province_statistician"))
        late_case(APRIL)


def ledger_year(unit: Office, month: date, code: str = ONE) -> int:
    """Return a unit's year to date by its accepted cases, counted by plain SQL."""
    with system("test"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM casework_countedevent WHERE office_id = %s AND kind = 'accepted' AND NOT is_replaced "
            "AND counted_on >= %s AND counted_on < %s",
            [unit.pk, month.replace(month=1), month.replace(month=month.month + 1)],
        )
        return int(cursor.fetchone()[0])

"""The lock of a month: every signed sheet is sealed into an edition, whose digest is over theirs."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.jobs import Refused, enqueue, finish, job, leads_to
from casework.models import Job
from offices.models import Level, Membership
from offices.permissions import Action, may
from offices.scoping import system
from reports.chain import APPROVED, LOCKED, MISSING, SUBMITTED
from reports.definitions import canonical
from reports.models import EditionSheet, MonthEdition, UnitSheet
from reports.periods import month_code
from reports.reporting import asker
from reports.volumes import bind_volumes

LOCK = "lock_month"
MOST_NAMED = 10


class Newest(NamedTuple):
    """What sealing needs of a sheet."""

    pk: int
    unit_id: int
    level: str
    line: str
    form: str
    unit_code: str
    state: str
    digest: str


def lock_month(*, month: date, actor: Membership) -> Job:
    """Ask for the lock of a month. A second click finds the open job."""
    must_lock(actor)
    return enqueue(LOCK, key=month_code(month), payload={"month": month.isoformat()}, asker=actor)


def must_lock(actor: Membership) -> None:
    """Raise PermissionDenied for whoever may not lock."""
    if actor.office.level != Level.PROVINCE or not may(actor, Action.LOCK_MONTH):
        raise PermissionDenied


@job(LOCK, runs_as="own")
def seal_month(claimed: Job) -> dict[str, Any]:
    """Lock the signed sheets of a month and seal them; refused, with names, while one of them is on its way."""
    actor = asker(claimed)
    must_lock(actor)
    month = date.fromisoformat(claimed.payload["month"])
    with system(LOCK, user_id=actor.user_id):
        # Locked in the order of their keys: who reviews or takes back meanwhile waits, and then finds them locked.
        newest = _newest(month)
        if open_still := [sheet for sheet in newest if not _is_ready(sheet)]:
            raise Refused(_unsettled(open_still))
        if all(sheet.state in {LOCKED, MISSING} for sheet in newest):
            raise Refused(_("这个月份已经锁定。"))
        _lock(month, actor)
        edition = seal(month, actor, reason="")
        finish(claimed, {"edition": edition.public_id})
    return {"edition": edition.public_id}


@leads_to(LOCK)
def locked_month(finished: Job) -> tuple[Any, str]:
    """Lead to the month."""
    return _("查看月报"), f"{reverse('sheets')}?period={finished.key}"


def _newest(month: date) -> list[UnitSheet]:
    names = ("pk", "unit_id", "form", "version", "state", "parent_id", "unit_name")
    rows = UnitSheet.objects.select_for_update(of=("self",)).filter(month=month).order_by("pk").only(*names)
    found: dict[tuple[int, str], UnitSheet] = {}
    for sheet in rows:
        known = found.get((sheet.unit_id, sheet.form))
        if known is None or known.version < sheet.version:
            found[sheet.unit_id, sheet.form] = sheet
    return list(found.values())


def _is_ready(sheet: UnitSheet) -> bool:
    signed_at_the_top = sheet.state == SUBMITTED and sheet.parent_id is None
    return sheet.state in {APPROVED, MISSING, LOCKED} or signed_at_the_top


def _unsettled(sheets: list[UnitSheet]) -> str:
    names = [f"{sheet.unit_name}（{sheet.form}）" for sheet in sheets[:MOST_NAMED]]
    text = _("还有 %(n)d 张报表没有审核通过，不能锁定：%(names)s。")
    return text % {"n": len(sheets), "names": _("、").join(names)}


def _lock(month: date, actor: Membership) -> None:
    """Lock the accepted sheets and write the step of each, in two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH locked AS (
              UPDATE reports_unitsheet s SET state = %s
              FROM (SELECT id, state FROM reports_unitsheet WHERE month = %s) old
              WHERE s.id = old.id AND (s.state = %s OR (s.state = %s AND s.parent_id IS NULL))
              RETURNING s.id, s.unit_id, s.level, s.line, s.digest, old.state AS from_state
            )
            INSERT INTO reports_sheetaction (sheet_id, unit_id, level, line, kind, from_state, to_state, user_id, at,
                                             note, cells, figures, digest)
            SELECT id, unit_id, level, line, 'lock', from_state, %s, %s, clock_timestamp(), '', '{}', '{}', digest
            FROM locked
            """,
            [LOCKED, month, APPROVED, SUBMITTED, LOCKED, actor.user_id],
        )


def seal(month: date, actor: Membership, *, reason: str) -> MonthEdition:
    """Make the next edition of a month out of its newest sheets and ask for its volumes. Needs the system's scope."""
    last = MonthEdition.objects.filter(month=month).aggregate(last=Max("number"))["last"] or 0
    edition = MonthEdition(
        unit=actor.office,
        level=actor.office.level,
        month=month,
        number=last + 1,
        reason=reason,
        sealed_by=actor.user,
        sealed_at=timezone.now(),
    )
    sheets = newest_sheets(month)
    edition.digest = digest_of_edition(edition, sheets)
    edition.save(force_insert=True)
    known = {"edition": edition, "month": month, "number": edition.number, "sealed_at": edition.sealed_at}
    EditionSheet.objects.bulk_create((_sealed(sheet, known) for sheet in sheets), batch_size=2000)
    bind_volumes(edition, actor)
    return edition


def _sealed(sheet: Newest, known: dict[str, Any]) -> EditionSheet:
    digest = sheet.digest if sheet.state == LOCKED else ""
    names = {
        "sheet_id": sheet.pk,
        "unit_id": sheet.unit_id,
        "level": sheet.level,
        "line": sheet.line,
        "form": sheet.form,
    }
    return EditionSheet(**known, **names, digest=digest)


def newest_sheets(month: date) -> list[Newest]:
    """Return the newest sheets of a month, by form and unit code."""
    rows = UnitSheet.objects.filter(month=month).order_by("form", "unit_code", "unit_id", "-version")
    newest = rows.distinct("form", "unit_code", "unit_id")
    return [Newest(*row) for row in newest.values_list("pk", *Newest._fields[1:])]


def digest_of_edition(edition: MonthEdition, sheets: list[Newest]) -> str:
    """Return the SHA-256 over an edition's head and the digests of its sheets; a missing unit has none."""
    digest = hashlib.sha256(canonical({"month": month_code(edition.month), "number": edition.number}))
    digest.update(canonical({"reason": edition.reason, "sealed_at": edition.sealed_at.isoformat()}))
    for sheet in sheets:
        digest.update(b"\n" + canonical([sheet.form, sheet.unit_code, sheet.digest if sheet.state == LOCKED else ""]))
    return digest.hexdigest()

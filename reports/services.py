"""Asking for a month to be issued. The work itself is a job."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.jobs import enqueue
from casework.lines import BusinessLine, Form
from casework.models import Job
from offices.models import Membership, Office
from offices.permissions import Action, may
from offices.scoping import system
from reports import rollup
from reports.checks import CheckedUnit, check_form, refusals
from reports.editions import last_number
from reports.freezing import FREEZE, name_of
from reports.models import Cell, IssueRequest
from reports.periods import Period, Span, day_after, month_code
from reports.selectors import sum_of, unit_cells

OPEN = (Job.State.WAITING, Job.State.RUNNING)
SPANS: tuple[Span, ...] = ("month", "ytd")


@transaction.atomic
def issue_report(*, actor: Membership, form: str, month: date, unit: Office, reason: str = "") -> Job:
    """Ask for a form to be issued for a month by the actor's own unit; a second request finds the first one's job.

    Raises PermissionError without the right, ValidationError (by field) when the month cannot be issued.
    """
    if unit.pk != actor.office_id or not may(actor, Action.ISSUE_REPORT):
        raise PermissionError(form)
    line, table = _form(form)
    if not may(actor, Action.ISSUE_REPORT, line.code):
        raise PermissionError(form)
    key = f"{table.code}/{month_code(month)}/{unit.pk}"
    with system("issue_report", user_id=actor.user_id):
        # A second click leaves no second request behind, whoever clicked first.
        if waiting := Job.objects.filter(kind=FREEZE, key=key, state__in=OPEN).first():
            return waiting
        _check(line, table, month, unit, reason)
        request = IssueRequest(
            unit=unit,
            level=unit.level,
            line=line.code,
            form=table.code,
            month=month,
            reason=reason.strip(),
            asked_by=actor.user,
        )
        request.save(force_insert=True)
        return enqueue(FREEZE, key=key, payload={"request": request.pk}, asker=actor)


def _form(code: str) -> tuple[BusinessLine, Form]:
    try:
        return lines.form(code)
    except KeyError:
        raise ValidationError({"form": _("没有这张统计表。")}) from None


def _check(line: BusinessLine, form: Form, month: date, unit: Office, reason: str) -> None:
    end = day_after(month)
    if not (form.valid_from < end and month <= form.valid_until):
        term = {"first": form.valid_from.isoformat(), "last": form.valid_until.isoformat()}
        raise ValidationError({"form": _("该统计表的有效期为 %(first)s 至 %(last)s，不能用于这个月份。") % term})
    if end > timezone.localdate():
        raise ValidationError({"month": _("这个月份尚未结束，不能签发。")})
    cells = Cell.objects.filter(line=line.code)
    waiting = rollup.pending_pairs(line.code)
    if not cells.filter(month__lte=month).exists() and not any(start <= month for _, start in waiting):
        raise ValidationError({"month": _("平台没有这个月份的数据。")})
    if failed := refusals(check_form(form, [_whole(line, form, month, unit)])):
        raise ValidationError({"month": _("审核关系不成立，不能签发：%(checks)s") % {"checks": failed}})
    if last_number(form.code, month, unit.pk) and not reason.strip():
        raise ValidationError({"reason": _("这个月份已经签发过，再次签发请写明更正原因。")})


def _whole(line: BusinessLine, form: Form, month: date, unit: Office) -> CheckedUnit:
    """Return the figures of the whole that the form's relations compare, from its cells."""
    codes = sorted({code for relation in form.relations for code in (*relation.left, *relation.right)})
    cells = unit_cells(line, unit, month, codes)
    current, ytd = ({code: sum_of(cells, Period(month, span), code) for code in codes} for span in SPANS)
    return CheckedUnit(unit.code, name_of(unit), current, ytd)

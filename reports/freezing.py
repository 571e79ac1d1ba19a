"""The job that issues a month: one snapshot, in which figures, rows, definitions and digest are stored for good."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.jobs import Refused, enqueue, finish, job, leads_to, report_progress
from casework.lines import BusinessLine, Form
from casework.models import Job
from offices.models import Level, Membership, Office
from offices.permissions import Action, may
from offices.scoping import system
from reports import rollup
from reports.checks import CheckedUnit, CheckResult, check_form, refusals
from reports.definitions import definition_of
from reports.editions import digest_of, last_number
from reports.ledger import MonthLedger, UnitFigures, read_month
from reports.models import Edition, IssueRequest, Sheet
from reports.periods import month_code

FREEZE = "freeze_month"
RENDER = "render_edition"
STEPS = 4


@job(FREEZE, runs_as="own")
def freeze_month(claimed: Job) -> dict[str, Any]:
    """Freeze the month that a request names and ask for its files. Payload: ``request``, an id."""
    actor = asker(claimed)
    report_progress(claimed, 1, STEPS, _("取数"))
    # REPEATABLE READ: every figure, and the rows behind it, are those of one instant; no mark is taken or locked.
    with system(FREEZE, user_id=actor.user_id, snapshot=True):
        request = IssueRequest.objects.select_related("unit").get(pk=claimed.payload["request"])
        edition = freeze(request, actor, timezone.now())
        rendering = enqueue(RENDER, key=f"edition/{edition.pk}", payload={"edition": edition.pk}, asker=actor)
        result = {"edition": edition.public_id, "next_job": rendering.public_id, "url": address_of(edition)}
        finish(claimed, result)
    return result


@leads_to(FREEZE)
def frozen_page(finished: Job) -> tuple[Any, str]:
    """Lead to the edition's page, which shows how far its files are."""
    return _("查看报表"), finished.result["url"]


def asker(claimed: Job) -> Membership:
    """Return the membership that asked, as it is today; PermissionDenied when it may not issue (any more)."""
    active = Membership.objects.active(timezone.localdate()).select_related("office", "user")
    found = active.filter(pk=claimed.membership_id or 0).first()
    if found is None or not may(found, Action.ISSUE_REPORT):
        raise PermissionDenied
    return found


def address_of(edition: Edition) -> str:
    """Return the address of an edition's page."""
    return reverse("edition", args=(edition.form, month_code(edition.month), edition.unit.code, edition.number))


def freeze(request: IssueRequest, actor: Membership, now: datetime) -> Edition:
    """Store the next edition of a month with its sheets and the rows behind them. Must run in a snapshot.

    Raises Refused when a hard check relation does not hold.
    """
    line, form = lines.form(request.form)
    ledger = read_month(line, form, request.month, request.unit)
    edition = _edition(request, actor, now, line, form, ledger)
    # Before the edition itself, whose digest is taken over what is stored; the foreign keys are tested at the commit.
    codes = codes_of(line, form)
    sheets = (_sheet(edition, unit, {code: ledger.figures[unit.pk][code] for code in codes}) for unit in ledger.units)
    Sheet.objects.bulk_create(sheets, batch_size=500)
    rollup.write_contributions(line, codes, edition.pk, edition.month, edition.unit)
    edition.digest = digest_of(edition)
    edition.save(force_insert=True)
    return edition


def _edition(
    request: IssueRequest, actor: Membership, now: datetime, line: BusinessLine, form: Form, ledger: MonthLedger
) -> Edition:
    unit = request.unit
    return Edition(
        pk=rollup.next_edition_id(),
        unit=unit,
        level=unit.level,
        line=line.code,
        form=form.code,
        month=request.month,
        number=last_number(form.code, request.month, unit.pk) + 1,
        definition=definition_of(line, form),
        checks=[asdict(check) for check in _checked(form, ledger)],
        trend=ledger.trend,
        foot={
            "issued_by": unit.name,
            "responsible": "",
            "statistician": actor.user.name,
            "filler": actor.user.name,
            "phone": "",
            "reported_on": timezone.localdate(now).isoformat(),
        },
        issued_by=actor.user,
        issued_at=now,
        reason=request.reason,
    )


def _checked(form: Form, ledger: MonthLedger) -> list[CheckResult]:
    checks = check_form(form, [_checked_unit(unit, ledger) for unit in ledger.units])
    if failed := refusals(checks):
        raise Refused(_("审核关系不成立，不能签发：%(checks)s") % {"checks": failed})
    return checks


def _checked_unit(unit: Office, ledger: MonthLedger) -> CheckedUnit:
    figures = ledger.figures[unit.pk]
    current, ytd = ({code: one[period] or 0 for code, one in figures.items()} for period in ("current", "ytd"))
    return CheckedUnit(unit.code, name_of(unit), current, ytd, ledger.recent[unit.pk])


def codes_of(line: BusinessLine, form: Form) -> tuple[str, ...]:
    """Return the indicators that a form prints, and those that its ratios divide."""
    parts = [code for one in form.ratios for code in (line.ratio(one).numerator, line.ratio(one).denominator)]
    return tuple(dict.fromkeys((*form.indicators, *form.memo, *parts)))


def name_of(unit: Office) -> str:
    """Return how a row of a printed table names a unit: an area by its name, a township office by its short name."""
    return unit.short_name if unit.level == Level.OFFICE else unit.area_name


def _sheet(edition: Edition, unit: Office, figures: UnitFigures) -> Sheet:
    parent = {Level.OFFICE: unit.county, Level.COUNTY: unit.city}.get(Level(unit.level), unit.parent)
    return Sheet(
        edition=edition,
        definition=edition.definition,
        unit=unit,
        level=unit.level,
        line=edition.line,
        form=edition.form,
        month=edition.month,
        number=edition.number,
        issued_at=edition.issued_at,
        unit_code=unit.code,
        unit_name=name_of(unit),
        parent_code=parent.code if parent else "",
        is_zone=unit.is_functional_zone,
        figures=figures,
    )

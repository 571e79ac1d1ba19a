"""Issuing April in a test: as the page does it, or in the transaction of the test."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from casework import jobs
from casework.models import Job
from offices.models import Membership, Office
from offices.scoping import system, within
from reports.freezing import freeze
from reports.models import Edition, IssueRequest, Sheet
from reports.services import issue_report
from tests.reports.reference import LINE

APRIL = date(2026, 4, 1)


def ask(actor: Membership, **changes: Any) -> Job:
    """Ask for April as the page does."""
    given = {"form": "T9", "month": APRIL, "unit": actor.office, **changes}
    with within(actor):
        return issue_report(actor=actor, **given)


def issued(actor: Membership, **changes: Any) -> Edition:
    """Ask for April, do the job, and return the edition."""
    asked = ask(actor, **changes)
    jobs.run(asked.pk)
    with system("test"):
        done = Job.objects.get(pk=asked.pk)
        assert done.state == Job.State.DONE, done.message
        return Edition.objects.select_related("unit", "definition").get(public_id=done.result["edition"])


def sheet_of(edition: Edition, unit: Office) -> Sheet:
    """Return a unit's sheet of an edition."""
    with system("test"):
        return Sheet.objects.get(edition=edition, unit=unit)


def frozen(actor: Membership, reason: str = "", form: str = "T9") -> Edition:
    """Freeze April in the transaction of the test, without a job."""
    with system("test"):
        request = IssueRequest(unit=actor.office, level="province", line=LINE, form=form, month=APRIL, reason=reason)
        request.asked_by = actor.user
        request.save()
        return freeze(request, actor, timezone.now())

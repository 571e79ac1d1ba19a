"""Changing units in tests: drafted by one administrator, adopted by the province, carried out by the job."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework import jobs
from casework.models import Job
from casework.unit_changes import start
from offices.changes import Facts, Plan, adopt_change, draft_change
from offices.models import Membership, Office, UnitChange
from offices.scoping import system, within

RIVER = Facts(code="379121102", area_name="河口镇")


def planned(kind: str, *units: Office, on: date, **more: Any) -> Plan:
    """Plan a change of some units."""
    return Plan(kind=kind, units=units, effective_on=on, paper="鲁民函〔2026〕12号", reason="行政区划调整", **more)


def drafted(by: Membership, plan: Plan) -> UnitChange:
    """Draft it."""
    with within(by):
        return draft_change(by=by, plan=plan)


def adopted(change: UnitChange, by: Membership) -> UnitChange:
    """Adopt it as the province."""
    with within(by):
        adopt_change(change=change, by=by)
    change.refresh_from_db()
    return change


def carried_out(change: UnitChange) -> Job:
    """Let its job run, and return the job as it stands then."""
    job = start(change)
    jobs.run(job.pk)
    change.refresh_from_db()
    with system("test"):
        return Job.objects.get(pk=job.pk)


def changed(plan: Plan, drafter: Membership, adopter: Membership) -> UnitChange:
    """Change the units, from draft to the last record."""
    change = adopted(drafted(drafter, plan), adopter)
    assert carried_out(change).state == Job.State.DONE
    return change

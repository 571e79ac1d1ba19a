"""Who fills, signs and reviews in every unit of the town, and a month driven up the chain."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from casework import jobs
from casework.models import Job
from offices.models import Level, Membership, Office, User
from offices.permissions import Role
from offices.scoping import system, within
from reports import reporting
from reports.locking import lock_month, seal
from reports.models import MonthEdition, UnitSheet
from reports.sheet_freezing import freeze_sheet

FILLERS = {
    Level.OFFICE: Role.OFFICE_CLERK,
    Level.COUNTY: Role.COUNTY_STATISTICIAN,
    Level.CITY: Role.CITY_STATISTICIAN,
    Level.PROVINCE: Role.PROVINCE_STATISTICIAN,
}
# What every county types: 4 cases of the month, 10 of the year, 300 since 2022 that no office handled.
TYPED: dict[str, dict[str, int | None]] = {"T9.X": {"current": 4, "ytd": 10, "since": 300}}
SIGNERS = {
    Level.OFFICE: Role.OFFICE_HEAD,
    Level.COUNTY: Role.COUNTY_LEADER,
    Level.CITY: Role.CITY_REVIEWER,
    Level.PROVINCE: Role.PROVINCE_LINE_LEAD,
}


def person(unit: Office, role: Role) -> Membership:
    """Return somebody who holds a post in a unit, made when nobody does."""
    with system("test"):
        found = Membership.objects.select_related("office", "user").filter(
            office=unit, role=role, user__is_active=True, valid_until=None
        )
        if (known := found.first()) is not None:
            return known
        user = User.objects.create(username=f"{role}-{unit.code}", name=f"{unit.short_name}{Role(role).label}")
        given = {"role": role, "lines": ["mediation"], "valid_from": date(2022, 1, 1)}
        return Membership.objects.create(user=user, office=unit, **given)


def filler(unit: Office) -> Membership:
    """Return who fills and checks a unit's sheets."""
    return person(unit, FILLERS[Level(unit.level)])


def signer(unit: Office) -> Membership:
    """Return who signs a unit's sheets."""
    return person(unit, SIGNERS[Level(unit.level)])


def sheet(unit: Office, month: date, form: str = "T9") -> UnitSheet:
    """Return a unit's newest sheet as it is stored."""
    with system("test"):
        found = UnitSheet.objects.select_related("unit", "parent", "definition").filter(unit=unit, form=form)
        return found.filter(month=month).latest("version")


def checked(unit: Office, month: date, form: str = "T9") -> UnitSheet:
    """Check a unit's sheet by its job; every soft check is explained."""
    one, actor = sheet(unit, month, form), filler(unit)
    typed = TYPED if (unit.level, form) == (Level.COUNTY, "T9") else {}
    reporting.explain_checks(sheet=one, actor=actor, explanations={}, typed=typed)
    outcome = check_once(one, actor)
    if outcome:
        names = [
            check["name"] for check in sheet(unit, month, form).checks if not check["passed"] and not check["hard"]
        ]
        reporting.explain_checks(sheet=one, actor=actor, explanations=dict.fromkeys(names, "已核实，情况属实。"))
        outcome = check_once(one, actor)
    assert not outcome, outcome
    return sheet(unit, month, form)


def check_once(one: UnitSheet, actor: Membership) -> str:
    """Run the job of one self-check and return why it was refused, empty when it was not."""
    with within(actor):
        asked = reporting.check_sheet(sheet=one, actor=actor)
    jobs.run(asked.pk)
    with system("test"):
        done = Job.objects.get(pk=asked.pk)
    assert done.state == Job.State.DONE, done.message
    return str(done.result["refused"])


def submitted(unit: Office, month: date, form: str = "T9") -> UnitSheet:
    """Check and sign a unit's sheet."""
    one = checked(unit, month, form)
    return reporting.submit_sheet(sheet=one, actor=signer(unit), digest=one.digest, phone="0530-1234567")


def approved(unit: Office, month: date, form: str = "T9") -> UnitSheet:
    """Check and sign a unit's sheet, and let the unit above accept it."""
    one = submitted(unit, month, form)
    assert unit.parent is not None
    return reporting.approve_sheet(sheet=one, actor=filler(unit.parent))


def units(level: Level) -> list[Office]:
    """Return the town's units of a level, with the unit above."""
    with system("test"):
        return list(Office.objects.filter(level=level).select_related("parent"))


def everything_approved(month: date) -> Office:
    """Drive every form of a month to the top; return the province."""
    for form in ("T9", "T10"):
        for level in (Level.OFFICE, Level.COUNTY, Level.CITY):
            for unit in units(level):
                approved(unit, month, form)
        [province] = units(Level.PROVINCE)
        submitted(province, month, form)
    return province


def locked(actor: Membership, month: date) -> Job:
    """Lock a month by its job, and return the job."""
    with within(actor):
        asked = lock_month(month=month, actor=actor)
    jobs.run(asked.pk)
    with system("test"):
        return Job.objects.get(pk=asked.pk)


def sealed(month: date, actor: Membership, *, missing: tuple[Office, ...] = ()) -> MonthEdition:
    """Freeze, sign and lock every sheet of a month from below, without their jobs, and seal them."""
    reporting.open_month(month)
    with system("test"):
        for level in (Level.OFFICE, Level.COUNTY, Level.CITY, Level.PROVINCE):
            for one in UnitSheet.objects.select_related("unit").filter(month=month, level=level):
                one.state = "missing"
                if one.unit not in missing:
                    freeze_sheet(one)
                    one.state, one.signed_at = "locked", timezone.now()
                    one.checked_by = one.signed_by = actor.user
                one.save(force_update=True)
        return seal(month, actor, reason="")

"""The deeds of the registers: committees, mediators, studios, centres."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from casework.deadlines import due_date
from casework.services import amend_record, count_event, move_record, open_record
from casework.workflow import NotPossible
from mediation.models import MediationCommittee, MediationStudio, Mediator, OneStopCenter
from mediation.selectors import composition_problems, serving_of
from mediation.workflow.organisations import CENTER, COMMITTEE, MEDIATOR, STUDIO, TERM
from offices.models import Membership
from offices.secrecy import UNCHANGED


def _fill(record: Any, values: dict[str, Any]) -> Any:
    for name, value in values.items():
        if value != UNCHANGED:
            setattr(record, name, value)
    return record


def _changes(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != UNCHANGED}


def register_committee(*, actor: Membership, registered_on: date, **fields: Any) -> MediationCommittee:
    """Register a committee that is being formed."""
    record = _fill(MediationCommittee(registered_on=registered_on), fields)
    return open_record(record=record, actor=actor, workflow=COMMITTEE)


@transaction.atomic
def amend_committee(
    *, record: MediationCommittee, actor: Membership, version: int, **fields: Any
) -> MediationCommittee:
    """Correct a committee. A corrected day of foundation moves its count."""
    committee = amend_record(record=record, actor=actor, version=version, changes=_changes(fields))
    if committee.state == "running":
        count_event(committee, kind="established", on=committee.established_on)
    return committee


@transaction.atomic
def establish_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", term_from: date, **filing: Any
) -> MediationCommittee:
    """Establish a committee: its members are elected, its term runs, it is filed with the county.

    One that was founded before it came into the portal keeps its day of foundation, and counts on it.
    """
    founded = min(record.established_on, on)
    facts = {"problems": composition_problems(record, on)}
    committee = move_record(
        record=record,
        actor=actor,
        workflow=COMMITTEE,
        step="establish",
        on=on,
        paper=paper,
        changes={**filing, "established_on": founded, **_term(term_from)},
        facts=facts,
        due_from=term_from,
    )
    count_event(committee, kind="established", on=founded)
    return committee


def renew_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", term_from: date, **filing: Any
) -> MediationCommittee:
    """Begin a new term after an election."""
    facts = {"problems": composition_problems(record, on)}
    return move_record(
        record=record,
        actor=actor,
        workflow=COMMITTEE,
        step="renew",
        on=on,
        paper=paper,
        changes={**filing, **_term(term_from)},
        facts=facts,
        due_from=term_from,
    )


def _term(term_from: date) -> dict[str, Any]:
    return {"term_from": term_from, "term_until": due_date(TERM, term_from).on}


def dissolve_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", note: str
) -> MediationCommittee:
    """Dissolve a committee that has no mediators any more."""
    return _end_committee("dissolve", record=record, actor=actor, on=on, paper=paper, note=note)


def give_up_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", note: str
) -> MediationCommittee:
    """Give up a committee that is still being formed and has no mediators any more."""
    return _end_committee("give_up", record=record, actor=actor, on=on, paper=paper, note=note)


def _end_committee(step: str, *, record: MediationCommittee, on: date, **given: Any) -> MediationCommittee:
    return move_record(
        record=record,
        workflow=COMMITTEE,
        step=step,
        on=on,
        changes={"dissolved_on": on},
        facts={"serving": serving_of(record, on).count()},
        **given,
    )


@transaction.atomic
def appoint_mediator(*, actor: Membership, registered_on: date, **fields: Any) -> Mediator:
    """Enter a mediator in the register; the service counts from the day of appointment."""
    record = _fill(Mediator(registered_on=registered_on), fields)
    if record.committee.state == "dissolved":
        raise NotPossible(_("该调委会已撤销，不能再聘任调解员。"))
    mediator = open_record(record=record, actor=actor, workflow=MEDIATOR)
    count_event(mediator, kind="appointed", on=mediator.appointed_from)
    return mediator


@transaction.atomic
def amend_mediator(*, record: Mediator, actor: Membership, version: int, **fields: Any) -> Mediator:
    """Correct a mediator's entry. A corrected day of appointment moves its count."""
    mediator = amend_record(record=record, actor=actor, version=version, changes=_changes(fields))
    count_event(mediator, kind="appointed", on=mediator.appointed_from)
    return mediator


def end_service(
    *, record: Mediator, actor: Membership, on: date, paper: str = "", departure: str, note: str = ""
) -> Mediator:
    """End a mediator's service, with the reason (dismissal: article 15)."""
    changes = {"appointed_until": on, "departure": departure}
    return move_record(
        record=record, actor=actor, workflow=MEDIATOR, step="leave", on=on, paper=paper, note=note, changes=changes
    )


@transaction.atomic
def open_studio(*, actor: Membership, registered_on: date, **fields: Any) -> MediationStudio:
    """Register a studio that bears a mediator's name."""
    studio = open_record(
        record=_fill(MediationStudio(registered_on=registered_on), fields), actor=actor, workflow=STUDIO
    )
    count_event(studio, kind="studio_opened", on=studio.established_on)
    return studio


@transaction.atomic
def amend_studio(*, record: MediationStudio, actor: Membership, version: int, **fields: Any) -> MediationStudio:
    """Correct a studio's entry."""
    studio = amend_record(record=record, actor=actor, version=version, changes=_changes(fields))
    count_event(studio, kind="studio_opened", on=studio.established_on)
    return studio


def dissolve_studio(
    *, record: MediationStudio, actor: Membership, on: date, paper: str = "", note: str
) -> MediationStudio:
    """Close a studio."""
    changes = {"dissolved_on": on}
    return move_record(
        record=record, actor=actor, workflow=STUDIO, step="dissolve", on=on, paper=paper, note=note, changes=changes
    )


def open_center(*, actor: Membership, registered_on: date, **fields: Any) -> OneStopCenter:
    """Register a one-stop centre."""
    record = _fill(OneStopCenter(registered_on=registered_on), fields)
    return open_record(record=record, actor=actor, workflow=CENTER)


def amend_center(*, record: OneStopCenter, actor: Membership, version: int, **fields: Any) -> OneStopCenter:
    """Correct a centre's entry."""
    return amend_record(record=record, actor=actor, version=version, changes=_changes(fields))


def close_center(*, record: OneStopCenter, actor: Membership, on: date, paper: str = "", note: str) -> OneStopCenter:
    """Close a centre."""
    changes = {"closed_on": on}
    return move_record(
        record=record, actor=actor, workflow=CENTER, step="dissolve", on=on, paper=paper, note=note, changes=changes
    )

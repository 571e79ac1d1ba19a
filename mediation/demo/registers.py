"""The rows of the demo registers: committees with their members as article 8 asks, and the mediators they appointed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from mediation.demo.copying import public_id
from mediation.demo.plan import CommitteePlan, MediatorPlan, OfficePlan
from mediation.models import LINE, MediationCommittee
from mediation.models import Mediator as MediatorModel

COMMITTEES = "mediation_mediationcommittee"
MEDIATORS = "mediation_mediator"
COMMITTEE_TYPE, MEDIATOR_TYPE = MediationCommittee.record_type(), MediatorModel.record_type()
ESTABLISHED_ON = date(2018, 5, 10)
TERM_FROM = date(2024, 5, 10)
TERM_UNTIL = date(2027, 5, 10)
FIRST_BORN, YEARS_OF_BIRTH = date(1955, 1, 1), 35
TERM_RULE = "mediation.term"
MADE_AT = "2022-01-04 09:00:00+08"
PORTAL_START = date(2022, 1, 4)
# Each has its own run of public ids.
COMMITTEE_IDS, MEDIATOR_IDS = 1 << 48, 1 << 47

_SCOPE = "id office_id county_id city_id"
_RECORD = (
    "public_id title number number_body state version registered_on due_on due_rule due_since created_by_id created_at "
    "updated_at"
)
COMMITTEE_COLUMNS = (
    f"{_SCOPE} {_RECORD} kind short_name village_id industry code established_on filed_on filing_number term_from "
    "term_until site telephone has_room has_seal is_standardised in_minority_area"
).split()
MEDIATOR_COLUMNS = (
    f"{_SCOPE} {_RECORD} committee_id kind position is_full_time sex is_minority education has_law_degree origin grade "
    "certificate appointed_from departure birth_date certificate_on certificate_until"
).split()
# For villages and for the rest; repeated by weight.
ORIGINS = {
    True: ("village_cadre", "village_cadre", "village_cadre", "five_elders", "grid_worker", "other"),
    False: ("legal_worker", "retired_officer", "lawyer", "other", "village_cadre"),
}


def _record(ref: str, title: str, state: str, due_on: date | None, author: int) -> tuple[Any, ...]:
    rule, since = (TERM_RULE, TERM_FROM) if due_on else ("", None)
    return (ref, title, "", "", state, 1, PORTAL_START, due_on, rule, since, author, MADE_AT, MADE_AT)


def committee_row(office: OfficePlan, committee: CommitteePlan, seed: int) -> tuple[Any, ...]:
    """Return a committee's row in the order of COMMITTEE_COLUMNS."""
    scope = (committee.id, office.id, office.county_id, office.city_id)
    ref = public_id(COMMITTEE_IDS + committee.id, seed)
    record = _record(ref, committee.name, "running", TERM_UNTIL, office.clerk_id)
    industry = {"organisation": "road_traffic"}.get(committee.kind, "")
    own = (committee.kind, committee.short_name, committee.village_id, industry, "", ESTABLISHED_ON)
    term = (TERM_FROM, f"调备〔2024〕{committee.id}号", TERM_FROM, TERM_UNTIL)
    is_standardised = committee.id % 3 != 0
    return (
        *scope,
        *record,
        *own,
        *term,
        f"{office.address}{committee.short_name}",
        "",
        True,
        True,
        is_standardised,
        False,
    )


def mediator_row(
    office: OfficePlan, committee: CommitteePlan, person: MediatorPlan, place: int, seed: int
) -> tuple[Any, ...]:
    """Return a mediator's row in the order of MEDIATOR_COLUMNS; the first of a committee is its director."""
    rng = office.rng(seed, f"mediator {person.id}")
    scope = (person.id, office.id, office.county_id, office.city_id)
    record = _record(public_id(MEDIATOR_IDS + person.id, seed), person.name, "serving", None, office.clerk_id)
    position = {0: "director", 1: "deputy"}.get(place, "")
    in_village = committee.kind in {"village", "community"}
    education = rng.choice(
        ("college", "senior", "senior", "junior") if in_village else ("college", "college", "senior")
    )
    grade = rng.choice(("", "", "third", "fourth", "second"))
    person_facts = (education, rng.random() < 0.08, rng.choice(ORIGINS[in_village]), grade)
    own = (committee.id, "member", position, person.is_full_time, person.sex, rng.random() < 0.01)
    # The youngest was twenty-eight when the committees were founded.
    born = FIRST_BORN + timedelta(days=rng.randrange(YEARS_OF_BIRTH * 365))
    service = (f"37-{person.id:07}", ESTABLISHED_ON, "", born, TERM_FROM, TERM_UNTIL)
    return (*scope, *record, *own, *person_facts, *service)


def number_committees(offices: Sequence[OfficePlan], first: int, member: int) -> None:
    """Put the ids of committees and mediators into the plans, from these on."""
    for committee in (committee for office in offices for committee in office.committees):
        committee.id, first = first, first + 1
        committee.mediators = [person._replace(id=member + place) for place, person in enumerate(committee.mediators)]
        member += len(committee.mediators)


def _entries(offices: Sequence[OfficePlan]) -> Iterator[tuple[OfficePlan, str, int]]:
    """Yield office, type and id of every committee and mediator."""
    for office in offices:
        for committee in office.committees:
            yield office, COMMITTEE_TYPE, committee.id
            yield from ((office, MEDIATOR_TYPE, person.id) for person in committee.mediators)


def history_rows(offices: Sequence[OfficePlan]) -> Iterator[tuple[Any, ...]]:
    """Yield the history of the registers: entered, and committees established."""
    for office, of, key in _entries(offices):
        scope = (office.id, office.county_id, office.city_id)
        who = (office.clerk_id, MADE_AT, "", "{}", "")
        first = "forming" if of == COMMITTEE_TYPE else "serving"
        yield (*scope, LINE, of, key, "opened", "", first, PORTAL_START, "", *who)
        if of == COMMITTEE_TYPE:
            yield (*scope, LINE, of, key, "establish", first, "running", PORTAL_START, "electors", *who)


def counted_rows(offices: Sequence[OfficePlan]) -> Iterator[tuple[Any, ...]]:
    """Yield what statistics count of the registers, on the day of foundation or appointment."""
    for office, of, key in _entries(offices):
        kind = "established" if of == COMMITTEE_TYPE else "appointed"
        scope = (office.id, office.county_id, office.city_id)
        yield (*scope, LINE, of, key, kind, ESTABLISHED_ON, None, False)

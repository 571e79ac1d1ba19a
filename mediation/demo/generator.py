"""One office's disputes as rows of six tables. Runs in any process; touches no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from random import Random
from typing import Any

from mediation.demo import texts
from mediation.demo.cases import Neighbourhood, PartyFacts
from mediation.demo.copying import (
    AGREEMENT,
    COUNTED,
    DISPUTE,
    HISTORY,
    MEDIATOR,
    PARTY,
    SCOPE,
    SESSION,
    TABLES,
    TRANSFER,
    VISIT,
    OfficeRows,
    public_id,
)
from mediation.demo.deeds import Dispute, World
from mediation.demo.lives import DESK, Event, Step, desk_course, draw_course
from mediation.demo.people import Person
from mediation.demo.plan import OfficePlan
from mediation.models import LINE, Party
from mediation.models import Dispute as DisputeModel
from mediation.services.disputes import NUMBER
from offices.secrecy import EncryptedField, blind_index, encrypt


def fill_office(plan: OfficePlan, world: World) -> OfficeRows:
    """Make the disputes of one office."""
    rng = plan.rng(world.seed, "disputes")
    found = draw_disputes(plan, world, rng)
    rows = OfficeRows(plan)
    give_numbers(rows, found)
    writer = Writer(rows, world, rng)
    for dispute in found:
        writer.write(dispute)
    return rows


def draw_disputes(plan: OfficePlan, world: World, rng: Random) -> list[Dispute]:
    """Return an office's disputes, oldest first, each as far as it has come."""
    people = Neighbourhood(plan, rng)
    weights = list(accumulate(committee.weight for committee in plan.committees))
    found = []
    for number, (registered, steps) in enumerate(draw_courses(rng, plan.count, world)):
        committee = rng.choices(plan.committees, cum_weights=weights)[0]
        on = world.days.worked[registered]
        identity = (plan.first_dispute + number, public_id(plan.serial + number, world.seed))
        case = people.draw_case(number, on, committee)
        dispute = Dispute(world, rng, identity=identity, committee=committee, case=case, registered_on=on)
        dispute.walk(steps)
        found.append(dispute)
    return found


def draw_courses(rng: Random, count: int, world: World) -> list[tuple[int, list[Step]]]:
    """Return (day of registration, steps) of an office's disputes, oldest first."""
    tasks = rng.sample(DESK, rng.randint(7, 11)) if world.desk else []
    desk = [course for task in tasks[:count] if (course := desk_course(task, world.today, world.days))]
    natural = [(day, draw_course(rng, day, world.days)) for day in world.days.draw(rng, count - len(desk))]
    return sorted(natural + desk, key=lambda course: course[0])


def give_numbers(rows: OfficeRows, disputes: Sequence[Dispute]) -> None:
    """Number the accepted disputes of each committee and year in the order of acceptance."""
    accepted = [(dispute.accepted_on, dispute.id, dispute) for dispute in disputes if dispute.accepted_on]
    for on, _, dispute in sorted(accepted, key=lambda found: found[:2]):
        key = (dispute.committee.id, on.year)
        rows.numbers[key] += 1
        dispute.number = (NUMBER % dispute.committee.short_name).format(year=on.year, n=rows.numbers[key])


class Writer:
    """Turns finished disputes into rows."""

    def __init__(self, rows: OfficeRows, world: World, rng: Random) -> None:
        self.rows, self.world, self.rng = rows, world, rng
        self.clerk = (rows.plan.clerk_id, rows.plan.clerk_name)
        self.record_type = DisputeModel.record_type()
        self.contexts = {name: _context(name) for name in ("id_number", "phone", "address")}

    def write(self, dispute: Dispute) -> None:
        """Add the rows of one dispute."""
        key = dispute.id
        times = self._times([event.on for event in dispute.life.events])
        self._record(dispute, times[0], times[-1])
        for position, party in enumerate(dispute.case.parties, start=1):
            self._party(key, position, party)
        for mediator in dispute.mediators:
            self.rows.add(MEDIATOR, key, mediator.id)
        if dispute.agreement:
            self.rows.add(AGREEMENT, key, dispute.case.brief, *dispute.agreement)
        self._parts(dispute, times)
        for event, at in zip(dispute.life.events, times, strict=True):
            self._event(key, event, at)
        for kind, on in dispute.life.counted:
            self.rows.add(COUNTED, LINE, self.record_type, key, kind, on, None, False)

    def _record(self, dispute: Dispute, created_at: str, updated_at: str) -> None:
        case, life, committee = dispute.case, dispute.life, dispute.committee
        given = {
            "id": dispute.id,
            "public_id": dispute.public_id,
            "title": self._title(dispute),
            "number": dispute.number,
            "number_body": f"committee/{committee.id}" if dispute.number else "",
            "state": life.state,
            "version": life.version,
            "registered_on": life.registered_on,
            "due_on": life.due_on,
            "due_rule": life.due_rule,
            "due_since": life.due_since,
            "created_by_id": self.clerk[0],
            "created_at": created_at,
            "updated_at": updated_at,
            "dispute_type": case.type,
            "source": case.source,
            "is_difficult": case.is_difficult,
            "committee_id": committee.id,
            "committee_kind": committee.kind,
            "village_id": case.village.id,
            "place": case.place,
            "occurred_on": case.occurred_on,
            "brief": case.brief,
            "claims": case.claims,
            "party_count": case.party_count,
            "amount": case.amount,
            "recorder": self.clerk[1],
            "accepted_on": dispute.accepted_on,
        } | dispute.fields
        self.rows.add(DISPUTE, *map(given.get, TABLES[DISPUTE][len(SCOPE) :]))

    def _parts(self, dispute: Dispute, times: Sequence[str]) -> None:
        """Add what the steps brought with them: sittings, visits, transfers."""
        moments = dict(zip((event.kind for event in dispute.life.events), times, strict=True))
        names = "、".join(party.who.name for party in dispute.case.parties[:2])
        mediator = dispute.mediators[0].name if dispute.mediators else self.clerk[1]
        ended = next((kind for kind in ("agree_in_writing", "agree_orally", "fail") if kind in moments), "")
        # A million records of sittings would double the data without testing anything.
        if ended and self.world.desk:
            result = {"agree_in_writing": "written", "agree_orally": "oral"}.get(ended, "none")
            text = self.rng.choice(texts.SITTINGS)
            place = f"{dispute.committee.short_name}调解室"
            sitting = (moments[ended], place, "face_to_face", "", self.clerk[1], text, result)
            self.rows.add(SESSION, *self._row(dispute, 0, moments[ended]), *sitting)
        for on, way, found in dispute.visits:
            visit = (on, names, way, "", found, "satisfied", "", "", "", mediator)
            self.rows.add(VISIT, *self._row(dispute, 1, moments["visit"]), *visit)
        for on, kind, body, reason, receipt_on in dispute.transfers:
            at = moments.get("transfer") or moments["divert"]
            self.rows.add(TRANSFER, *self._row(dispute, 2, at), kind, body, on, reason, "", receipt_on, "", "")

    def _row(self, dispute: Dispute, kind: int, at: str) -> tuple[Any, ...]:
        # Disputes, sittings, visits and transfers have different tables: one number may serve each of them once.
        ref = public_id(dispute.id * 4 + kind, self.world.seed)
        return (ref, 1, self.clerk[0], at, dispute.id)

    def _title(self, dispute: Dispute) -> str:
        parties = dispute.case.parties
        first, second = (next(p.who.name for p in parties if p.role == role) for role in ("applicant", "respondent"))
        return f"{first[:40]}与{second[:40]}{self.world.labels[dispute.case.type]}"

    def _party(self, key: int, position: int, party: PartyFacts) -> None:
        who, context = party.who, self.contexts
        reached = (encrypt(who.phone, context["phone"]), encrypt(who.address, context["address"]))
        phone = blind_index(who.phone, context["phone"])
        if not isinstance(who, Person):
            code = who.credit_code if party.has_number else ""
            kind = ("organisation", who.name, "0", None, "", None, None)
            more = (code, who.representative, "", "", phone, _organisation_kind(who.name), "", False, False)
            self.rows.add(PARTY, key, position, party.role, *kind, *reached, *more)
            return
        # Without a number sex and birth date have been asked.
        paper, number, index = "", None, None
        if party.has_number:
            paper = "resident_id"
            number, index = (
                encrypt(who.id_number, context["id_number"]),
                blind_index(who.id_number, context["id_number"]),
            )
        person = ("person", who.name, who.sex, who.birth_date, party.occupation, number, index)
        more = ("", "", "汉族", paper, phone, "", "", False, False)
        self.rows.add(PARTY, key, position, party.role, *person, *reached, *more)

    def _event(self, key: int, event: Event, at: str) -> None:
        details = "{}"
        if event.kind != "opened":
            details = f'{{"due_on": "{event.due_on}"}}' if event.due_on else '{"due_on": null}'
        who = (event.decider, self.clerk[0], at, event.note, details, "")
        states = (event.source, event.target, event.on)
        self.rows.add(HISTORY, LINE, self.record_type, key, event.kind, *states, *who)

    def _times(self, days: Sequence[date]) -> list[str]:
        # Office hours, in their order also where several steps were taken on one day.
        minutes = sorted(self.rng.choices(range(8 * 60 + 30, 17 * 60 + 30), k=len(days)))
        return [f"{day} {minute // 60:02}:{minute % 60:02}:00+08" for day, minute in zip(days, minutes, strict=True)]


def _organisation_kind(name: str) -> str:
    kinds = {"医院": "institution", "卫生院": "institution", "小学": "institution", "中学": "institution"}
    kinds |= {"村民委员会": "village", "居民委员会": "village", "合作社": "cooperative"}
    return next((kind for ending, kind in kinds.items() if name.endswith(ending)), "enterprise")


def _context(name: str) -> str:
    field = Party._meta.get_field(name)
    assert isinstance(field, EncryptedField)
    return field.context

"""What a dispute is about: type, source, sums, parties and texts, drawn from one source of chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from mediation.demo import texts
from mediation.demo.people import Organisation, Person, a_person, an_organisation
from mediation.demo.plan import CommitteePlan, OfficePlan, VillagePlan
from mediation.demo.stories import MATTERS, Matter, Story

SOURCES = {
    "on_application": 44,
    "ex_officio": 37,
    "referral_police": 8,
    "referral_court": 6,
    "referral_petition": 3,
    "referral_other": 2,
    "referral_procuratorate": 1,
}
_SOURCES, _SOURCE_WEIGHTS = list(SOURCES), list(accumulate(SOURCES.values()))
_TYPES = list(MATTERS)
_TYPE_WEIGHTS = {
    False: list(accumulate(matter.rural for matter in MATTERS.values())),
    True: list(accumulate(matter.urban for matter in MATTERS.values())),
}
_STORIES = {(code, urban): matter.of(urban=urban) for code, matter in MATTERS.items() for urban in (False, True)}
DIFFICULT = {"expropriation": 0.3, "medical": 0.25, "forest_land": 0.08, "damages": 0.06}
OCCUPATIONS = ("务农", "务农", "务农", "个体经营", "务工", "务工", "退休", "职员", "教师", "司机", "无业", "")
PEOPLE_A_DISPUTE = 8
"""So many people are set aside for each dispute: it keeps the ID numbers of two disputes apart."""


class PartyFacts(NamedTuple):
    """One party: its role, and who it is."""

    role: str
    who: Person | Organisation
    occupation: str
    has_number: bool


@dataclass(frozen=True)
class Case:
    """The content of one dispute; amounts are in fen."""

    type: str
    story: Story
    source: str
    is_difficult: bool
    village: VillagePlan
    place: str
    occurred_on: date
    brief: str
    claims: str
    amount: int
    parties: list[PartyFacts]
    party_count: int


class Neighbourhood:
    """One office's people: who comes to mediation comes again now and then."""

    def __init__(self, office: OfficePlan, rng: Random) -> None:
        self.office = office
        self.rng = rng
        self.villages = {village.id: village for village in office.villages}
        self.known: list[Person] = []

    def draw_case(self, number: int, registered_on: date, committee: CommitteePlan) -> Case:
        """Return the content of the office's ``number``-th dispute."""
        rng, urban = self.rng, self.office.is_urban
        kind = rng.choices(_TYPES, cum_weights=_TYPE_WEIGHTS[urban])[0]
        story = rng.choice(_STORIES[kind, urban])
        village = self.villages[committee.village_id] if committee.village_id else rng.choice(self.office.villages)
        amount = draw_amount(rng, MATTERS[kind], story)
        occurred_on = registered_on - timedelta(days=int(rng.expovariate(0.12)))
        parties = self._parties(number, village, story)
        return Case(
            type=kind,
            story=story,
            source=rng.choices(_SOURCES, cum_weights=_SOURCE_WEIGHTS)[0],
            is_difficult=rng.random() < DIFFICULT.get(kind, 0.03),
            village=village,
            place=draw_place(rng, story, urban=urban),
            occurred_on=occurred_on,
            brief=draw_brief(rng, story, occurred_on),
            claims=story.paid.format(sum=yuan(amount)) if amount else story.plain,
            amount=amount,
            parties=parties,
            party_count=len(parties) if rng.random() > 0.03 else len(parties) + rng.randint(1, 30),
        )

    def _parties(self, number: int, village: VillagePlan, story: Story) -> list[PartyFacts]:
        rng, home = self.rng, f"{self.office.address}{village.name}"
        start = (self.office.serial + number) * PEOPLE_A_DISPUTE
        # An odd number is a man's, an even one a woman's.
        sex = rng.randrange(2)
        if story.by:
            applicant = self._person("applicant", self._known_or_new(start + sex, home))
            place = self.office.area.removesuffix("街道").removesuffix("镇").removesuffix("乡")
            against = an_organisation(rng, place, story.by, self.office.address)
            return [applicant, PartyFacts("respondent", against, "", has_number=rng.random() < 0.9)]
        first = self._new(start + sex, home)
        if story.kin == "couple":
            second = self._new(start + 1 - sex, home)
        elif story.kin == "siblings":
            second = self._new(start + 2 + rng.randrange(2), home, surname=first.surname)
        else:
            second = self._known_or_new(start + 2 + rng.randrange(2), home, other_than=first)
        found = [self._person("applicant", first), self._person("respondent", second)]
        more = rng.choices((0, 1, 2), (88, 9, 3))[0]
        roles = ("applicant", "respondent", "third")
        return found + [self._person(rng.choice(roles), self._new(start + 4 + place, home)) for place in range(more)]

    def _person(self, role: str, person: Person) -> PartyFacts:
        return PartyFacts(role, person, self.rng.choice(OCCUPATIONS), has_number=self.rng.random() < 0.93)

    def _known_or_new(self, serial: int, home: str, other_than: Person | None = None) -> Person:
        if len(self.known) > 1 and self.rng.random() < 0.2:
            again = self.rng.choice(self.known)
            if again != other_than:
                return again
        return self._new(serial, home)

    def _new(self, serial: int, home: str, surname: str = "") -> Person:
        person = a_person(self.rng, serial, home, surname)
        self.known.append(person)
        return person


def draw_amount(rng: Random, matter: Matter, story: Story) -> int:
    """Return an amount in fen, log-normal about the type's median, as round as people make it; 0 where none is at issue."""
    if not story.paid or (story.plain and rng.randrange(100) >= matter.paid):
        return 0
    drawn = min(5_000_000, matter.typical * rng.lognormvariate(0, 0.8))
    step = 1000 if drawn > 20_000 else 100 if drawn > 1_000 else 10
    return max(step, round(drawn / step) * step) * 100


def agreed_amount(rng: Random, amount: int) -> int:
    """Return what is agreed of an amount: between half and all of it, in whole tens of yuan."""
    return int(amount * rng.choice((0.5, 0.6, 0.7, 0.8, 0.9, 1, 1, 1))) // 1000 * 1000


def yuan(fen: int) -> str:
    """Return an amount of whole yuan in words."""
    return f"{fen // 100:,}元"


def chinese_day(day: date) -> str:
    """Return a date as papers write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def draw_place(rng: Random, story: Story, *, urban: bool) -> str:
    """Return where in the village it happened."""
    if story.outside:
        return rng.choice(texts.URBAN_OUTSIDE if urban else texts.RURAL_OUTSIDE)
    homes = texts.URBAN_HOMES if urban else texts.RURAL_HOMES
    return rng.choice(homes).format(n=rng.randint(1, 12), m=rng.randint(1, 4))


def draw_brief(rng: Random, story: Story, occurred_on: date) -> str:
    """Return three sentences: what happened, what was tried, what the other side says."""
    cause = story.cause.format(when=chinese_day(occurred_on), n=rng.randint(2, 28))
    return f"{rng.choice(texts.OPENINGS)}{cause}。{rng.choice(texts.EFFORTS)}。{rng.choice(texts.STANCES)}。"


def draw_terms(rng: Random, case: Case, amount: int, due: date) -> str:
    """Return what was agreed, a term to a line."""
    lines = [rng.choice(case.story.terms), *([texts.PAY] if amount else []), rng.choice(texts.LAST_TERMS)]
    return "\n".join(line.format(sum=yuan(amount), due=chinese_day(due), n=rng.randint(3, 25)) for line in lines)


def draw_way(rng: Random, amount: int) -> str:
    """Return how the agreement is performed."""
    return rng.choice(texts.PAYMENT_WAYS if amount else texts.OTHER_WAYS)

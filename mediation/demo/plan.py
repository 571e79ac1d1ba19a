"""How much is made where: scales, sizes of offices, committees and mediators. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import NamedTuple

from mediation.demo.people import a_name

PORTAL_START = date(2022, 1, 1)
MOST_IN_AN_OFFICE = 20_000


@dataclass(frozen=True)
class Scale:
    """A size of demo data.

    ``counties`` are national codes (empty: all); ``months`` whole months before the present one (0: since 2022).
    ``total`` is spread over the offices; 0 gives each one ``mean`` on average within ``bounds``.
    ``village_committees`` limits the village committees of an office (0: one for each village).
    """

    counties: tuple[str, ...] = ()
    months: int = 0
    total: int = 0
    mean: int = 0
    bounds: tuple[int, int] = (20, MOST_IN_AN_OFFICE)
    village_committees: int = 0
    desk: bool = True


# Both counties lie in one city: a district of sub-districts and a county of towns, thirteen offices each.
SMALL_COUNTIES = ("370102", "370126")
# 828,000 disputes in 1,853 offices from 2022 to the autumn of 2026 make 450 for each office.
SCALES = {
    "small": Scale(counties=SMALL_COUNTIES, months=24, mean=100, bounds=(60, 150)),
    "county": Scale(counties=SMALL_COUNTIES[1:], mean=450),
    "province": Scale(total=1_000_000, village_committees=3, desk=False),
}


class VillagePlan(NamedTuple):
    """A village: its id and what people call it."""

    id: int
    name: str


class MediatorPlan(NamedTuple):
    """A mediator to be made."""

    id: int
    name: str
    sex: str
    is_full_time: bool


@dataclass
class CommitteePlan:
    """A committee to be made; ``weight`` is its share of the office's disputes."""

    kind: str
    name: str
    short_name: str
    weight: float
    village_id: int | None = None
    id: int = 0
    mediators: list[MediatorPlan] = field(default_factory=list)


@dataclass
class OfficePlan:
    """One township office: who it is, and how many disputes it gets, numbered from ``first_dispute``."""

    id: int
    county_id: int
    city_id: int
    code: str
    area: str
    address: str
    villages: tuple[VillagePlan, ...]
    count: int = 0
    serial: int = 0
    first_dispute: int = 0
    clerk_id: int = 0
    clerk_name: str = ""
    committees: list[CommitteePlan] = field(default_factory=list)

    @property
    def is_urban(self) -> bool:
        """Whether the office stands in a sub-district."""
        return self.area.endswith("街道")

    def rng(self, seed: int, purpose: str) -> Random:
        """Return the office's own source of chance: independent of how the work is shared out."""
        return Random(f"{seed}/{self.code}/{purpose}")


def spread(offices: Sequence[OfficePlan], scale: Scale, seed: int) -> None:
    """Give each office its number of disputes: log-normal, summing to ``scale.total`` where that is set."""
    weights = [office.rng(seed, "size").lognormvariate(0, 0.45) for office in offices]
    total = scale.total or scale.mean * len(offices)
    unit = total / sum(weights)
    low, high = scale.bounds
    for office, weight in zip(offices, weights, strict=True):
        office.count = min(high, max(low, int(weight * unit)))
    if scale.total:
        _make_up(offices, scale.total)
    serial = 0
    for office in offices:
        office.serial = serial
        serial += office.count


def _make_up(offices: Sequence[OfficePlan], total: int) -> None:
    # Rounding leaves some over: one each for the first offices, in turn.
    left = total - sum(office.count for office in offices)
    step = 1 if left > 0 else -1
    for number in range(abs(left)):
        offices[number % len(offices)].count += step


def plan_committees(office: OfficePlan, scale: Scale, seed: int) -> None:
    """Give an office its committees: its own, those of villages, and in some places of other bodies."""
    rng = office.rng(seed, "committees")
    kind = "subdistrict" if office.is_urban else "township"
    found = [CommitteePlan(kind, f"{office.area}人民调解委员会", office.area, 28.0)]
    villages = office.villages
    if scale.village_committees and len(villages) > scale.village_committees:
        villages = tuple(rng.sample(villages, scale.village_committees))
    share = 62.0 / max(1, len(villages))
    for village in villages:
        kind = "community" if village.name.endswith("社区") else "village"
        weight = share * rng.lognormvariate(0, 0.5)
        found.append(CommitteePlan(kind, f"{village.name}人民调解委员会", village.name, weight, village.id))
    if rng.random() < 0.35:
        found.append(CommitteePlan("enterprise", f"{office.area}商会企业联合人民调解委员会", f"{office.area}商会", 5.0))
    if rng.random() < 0.5:
        found.append(
            CommitteePlan("organisation", f"{office.area}道路交通物业纠纷人民调解委员会", f"{office.area}行业", 9.0)
        )
    for committee in found:
        # Art. 8: three to nine members, one of them a woman at least.
        sexes = ["2", *(rng.choice("112") for _ in range(rng.randint(2, 4 if committee is found[0] else 2)))]
        rng.shuffle(sexes)
        committee.mediators = [
            MediatorPlan(0, a_name(rng, sex), sex, is_full_time=rng.random() < 0.25) for sex in sexes
        ]
    office.committees = found

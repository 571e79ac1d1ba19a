"""Bringing the office tree up to date with the tables of divisions. Ids never change; codes and names have dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from offices.divisions import PROVINCE_CODE, Division, Divisions
from offices.models import Level, Office, UnitName, Village
from offices.scoping import system

# The first day of the portal's statistics ("since 2022"): the tree that is loaded into an empty portal holds from it.
FIRST_DAY = date(2022, 1, 1)
BATCH = 4000
NAMES = ("code", "name", "short_name", "area_name")
OFFICE_FACTS = ("name", "short_name", "area_name", "parent_id", "county_id", "city_id", "is_functional_zone")
VILLAGE_FACTS = ("name", "is_community", "office_id")


@dataclass
class Changes:
    """What an import did: rows added, changed and ended, by kind of unit."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def any(self) -> bool:
        """Tell whether anything was written."""
        return any(sum(kind.values()) for kind in (self.added, self.changed, self.ended))


def import_divisions(*, divisions: Divisions, on: date | None = None, using: str = "default") -> Changes:
    """Make the tree equal to the tables, all or nothing: add new codes, rename changed ones, end vanished ones.

    ``on`` is the day from which the tables hold: new units begin on it, vanished ones no longer exist on it. It
    defaults to FIRST_DAY for an empty portal and to today for every later import.
    """
    with system("import_offices", using=using):
        first = not Office.objects.using(using).exists()
        tree = _Tree(using, on or (FIRST_DAY if first else timezone.localdate()))
        provinces = tree.bring(Level.PROVINCE, {PROVINCE_CODE: _province()})
        cities = tree.bring(Level.CITY, {row.code: _city(row, provinces) for row in divisions.cities})
        tree.point_to_self(Level.CITY, "city")
        counties = tree.bring(Level.COUNTY, {row.code: _county(row, cities) for row in divisions.counties})
        tree.point_to_self(Level.COUNTY, "county")
        offices = tree.bring(Level.OFFICE, {row.code: _office(row, counties) for row in divisions.townships})
        tree.bring_villages({row.code: _village(row, offices) for row in divisions.villages})
        return tree.changes


def _province() -> dict[str, Any]:
    return {"name": "山东省司法厅", "short_name": "山东省司法厅", "area_name": "山东省"}


def _bureau(row: Division) -> dict[str, Any]:
    name = f"{row.name}司法局"
    return {"name": name, "short_name": name, "area_name": row.name, "is_functional_zone": row.is_functional_zone}


def _city(row: Division, provinces: Mapping[str, Office]) -> dict[str, Any]:
    return _bureau(row) | {"parent_id": provinces[row.parent].pk}


def _county(row: Division, cities: Mapping[str, Office]) -> dict[str, Any]:
    city = cities[row.parent].pk
    return _bureau(row) | {"parent_id": city, "city_id": city}


def _office(row: Division, counties: Mapping[str, Office]) -> dict[str, Any]:
    county = counties[row.parent]
    short_name = f"{row.name}司法所"
    return {
        "name": f"{county.name}{short_name}",
        "short_name": short_name,
        "area_name": row.name,
        "parent_id": county.pk,
        "county_id": county.pk,
        "city_id": county.city_id,
    }


def _village(row: Division, offices: Mapping[str, Office]) -> dict[str, Any]:
    return {"name": row.name, "is_community": row.is_community, "office_id": offices[row.parent].pk}


class _Tree:
    """The tree as it stands and what must change in it, on one day."""

    def __init__(self, using: str, on: date) -> None:
        self.using = using
        self.on = on
        self.changes = Changes()

    def bring(self, level: Level, wanted: Mapping[str, dict[str, Any]]) -> dict[str, Office]:
        """Bring one level up to date; return its units by code."""
        standing = Office.objects.using(self.using).filter(level=level, valid_to=None)
        self._bring(Office, level.value, standing, wanted, OFFICE_FACTS, {"level": level})
        return {unit.code: unit for unit in standing.all()}

    def bring_villages(self, wanted: Mapping[str, dict[str, Any]]) -> None:
        """Bring the villages up to date."""
        standing = Village.objects.using(self.using).filter(valid_to=None)
        self._bring(Village, "village", standing, wanted, VILLAGE_FACTS, {})

    def point_to_self(self, level: Level, column: str) -> None:
        """Make new cities and counties their own ancestor at their level: a subtree is then one equality."""
        fresh = list(Office.objects.using(self.using).filter(level=level, valid_to=None, **{column: None}))
        for unit in fresh:
            setattr(unit, column, unit)
        Office.objects.using(self.using).bulk_update(fresh, [column], batch_size=BATCH)

    def _bring(
        self,
        model: type[Any],
        kind: str,
        standing: Iterable[Any],
        wanted: Mapping[str, dict[str, Any]],
        facts: Iterable[str],
        fixed: dict[str, Any],
    ) -> None:
        by_code = {unit.code: unit for unit in standing}
        fresh = [
            model(code=code, valid_from=self.on, **fixed, **row)
            for code, row in sorted(wanted.items())
            if code not in by_code
        ]
        before = (
            {unit.pk: {name: getattr(unit, name) for name in NAMES} for unit in standing} if model is Office else {}
        )
        changed = [unit for code, unit in by_code.items() if code in wanted and _amended(unit, wanted[code])]
        self._keep_names([unit for unit in changed if unit.pk in before], before)
        gone = [unit for code, unit in by_code.items() if code not in wanted]
        for unit in gone:
            unit.valid_to = self.on
        rows = model.objects.using(self.using)
        rows.bulk_create(fresh, batch_size=BATCH)
        rows.bulk_update(changed, list(_columns(facts)), batch_size=500)
        rows.bulk_update(gone, ["valid_to"], batch_size=BATCH)
        self.changes.added[kind], self.changes.changed[kind] = len(fresh), len(changed)
        self.changes.ended[kind] = len(gone)

    def _keep_names(self, changed: list[Office], before: Mapping[int, dict[str, str]]) -> None:
        """Keep how renamed units were called until this day, so that an old month still reads as it was."""
        known = UnitName.objects.using(self.using).filter(unit__in=[unit.pk for unit in changed])
        since = dict(known.order_by("valid_to").values_list("unit_id", "valid_to"))
        former = [
            UnitName(unit=unit, valid_from=since.get(unit.pk, unit.valid_from), valid_to=self.on, **before[unit.pk])
            for unit in changed
            if before[unit.pk] != {name: getattr(unit, name) for name in NAMES}
        ]
        kept = [name for name in former if name.valid_from < name.valid_to]
        UnitName.objects.using(self.using).bulk_create(kept, batch_size=BATCH)


def _amended(unit: Any, row: dict[str, Any]) -> bool:
    differing = {name: value for name, value in row.items() if getattr(unit, name) != value}
    for name, value in differing.items():
        setattr(unit, name, value)
    return bool(differing)


def _columns(facts: Iterable[str]) -> Iterable[str]:
    return (name.removesuffix("_id") for name in facts)

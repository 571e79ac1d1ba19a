"""Two editions of a month, cell by cell: what a correction changed, at every level. The comparison itself is pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from offices.models import Level
from reports.content import Period
from reports.models import Definition, EditionSheet, MonthEdition, UnitSheet

COMPARED: tuple[Period, ...] = ("current", "ytd")
LEVELS = (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.OFFICE)
Figures = Mapping[str, Mapping[str, int | None]]


@dataclass(frozen=True)
class CellChange:
    """One cell that two editions have differently; None: the unit had not reported."""

    form: str
    level: str
    unit_code: str
    unit_name: str
    indicator: str
    period: Period
    old: int | None
    new: int | None


def changed_cells(old: Figures, new: Figures) -> Iterator[tuple[str, Period, int | None, int | None]]:
    """Yield indicator, period, old and new figure of the cells of a sheet that differ."""
    for code in dict.fromkeys((*new, *old)):
        for period in COMPARED:
            before, after = (figures.get(code, {}).get(period) for figures in (old, new))
            if before != after:
                yield code, period, before, after


def changes_of(edition: MonthEdition) -> list[CellChange]:
    """Return the table of changes of an edition: what it has differently from the one before; the first has none."""
    return changes_between(edition.month, edition.number - 1, edition.number) if edition.number > 1 else []


def changes_between(month: date, old: int, new: int, *, form: str = "", level: str = "") -> list[CellChange]:
    """Return every cell that two editions of a month have differently, as far as it is in scope.

    From the top down: by form, level and unit. Sheets that stand in both editions are never read.
    """
    before = {(one.unit_id, one.form): one for one in _only_in(month, old, new, form=form, level=level)}
    after = list(_only_in(month, new, old, form=form, level=level))
    found = [change for sheet in after for change in _changes(before.get((sheet.unit_id, sheet.form)), sheet)]
    places = _places({sheet.definition_id for sheet in after if sheet.definition_id})
    found.sort(key=lambda one: places.get(one.indicator, len(places)))
    return sorted(found, key=lambda one: (one.form, LEVELS.index(Level(one.level)), one.unit_code))


def _places(definitions: Collection[int]) -> dict[str, int]:
    """Return the place of each indicator in its form."""
    contents = Definition.objects.filter(pk__in=definitions).order_by("pk").values_list("content", flat=True)
    codes = [one["code"] for content in contents for one in content["indicators"]]
    return {code: place for place, code in enumerate(dict.fromkeys(codes))}


def _only_in(month: date, number: int, other: int, *, form: str, level: str) -> Iterable[UnitSheet]:
    sealed = _sealed(month, number).exclude(sheet_id__in=_sealed(month, other).values("sheet_id"))
    if form:
        sealed = sealed.filter(form=form)
    if level:
        sealed = sealed.filter(level=level)
    names = ("unit_id", "unit_code", "unit_name", "form", "level", "figures", "definition_id")
    return UnitSheet.objects.filter(pk__in=sealed.values("sheet_id")).only(*names).order_by("pk")


def _sealed(month: date, number: int) -> QuerySet[EditionSheet]:
    return EditionSheet.objects.filter(month=month, number=number).order_by()


def _changes(old: UnitSheet | None, new: UnitSheet) -> Iterator[CellChange]:
    for code, period, before, after in changed_cells(old.figures if old else {}, new.figures):
        yield CellChange(new.form, new.level, new.unit_code, new.unit_name, code, period, before, after)

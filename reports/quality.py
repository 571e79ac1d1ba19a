"""Reporting quality: how completely, punctually and correctly the offices of a unit reported a month.

What is counted are the offices' sheets, each of one form. A unit above an office adds up the sheets of all offices
below it; no rate is the mean of other rates. A sheet is judged by its first version alone: what is corrected after the
lock is a version of its own, so that the quality of a locked month is the same whenever it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Case, Count, F, Func, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum, When

from offices.models import Level, Office
from reports.chain import APPROVED, LOCKED, MISSING, SIGNED
from reports.content import ratio_percent
from reports.freezing import name_of
from reports.models import SheetAction, UnitSheet
from reports.selectors import UNIT_COLUMNS

LEVELS = (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.OFFICE)


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of offices' sheets; every rate is a quotient of two of these numbers.

    ``submitted`` were signed and sent up and are not marked as missing, ``on_time`` those of them whose first
    submission was no later than the due day, ``first_pass`` those that were approved and never returned, ``returned``
    those that came back at least once. ``filled`` are the cells of the submitted sheets that stand signed, ``corrected``
    those of them that differ from what the first submission said.
    """

    due: int = 0
    submitted: int = 0
    on_time: int = 0
    first_pass: int = 0
    returned: int = 0
    corrected: int = 0
    filled: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return the sums."""
        return Tally(*(getattr(self, name) + getattr(other, name) for name in COUNTS))

    @property
    def completeness(self) -> Decimal | None:
        """上报率."""
        return ratio_percent(self.submitted, self.due)

    @property
    def punctuality(self) -> Decimal | None:
        """及时率."""
        return ratio_percent(self.on_time, self.due)

    @property
    def first_pass_rate(self) -> Decimal | None:
        """一次通过率."""
        return ratio_percent(self.first_pass, self.submitted)

    @property
    def return_rate(self) -> Decimal | None:
        """退回率."""
        return ratio_percent(self.returned, self.submitted)

    @property
    def error_rate(self) -> Decimal | None:
        """差错率."""
        return ratio_percent(self.corrected, self.filled)

    @property
    def standing(self) -> tuple[Fraction, Fraction, Fraction]:
        """By what units are ranked: punctuality, then completeness, then first pass, none of them rounded."""
        return (
            Fraction(self.on_time, self.due or 1),
            Fraction(self.submitted, self.due or 1),
            Fraction(self.first_pass, self.submitted or 1),
        )


COUNTS = tuple(one.name for one in fields(Tally))


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """A unit as it was named and placed in the month, with its tally and its rank among the units beside it.

    The unit that was asked about has no rank, nor has a unit of whose offices nothing was due.
    """

    unit_id: int
    code: str
    name: str
    level: str
    parent_id: int | None
    is_zone: bool = False
    tally: Tally = Tally()
    rank: int | None = None


class JudgedSheet(NamedTuple):
    """An office's sheet with its ``corrected`` and ``filled`` cells, which count as long as it stands signed."""

    sheet: UnitSheet
    corrected: int
    filled: int


def ranks(tallies: Mapping[int, Tally]) -> dict[int, int]:
    """Return the rank of each unit of which something was due; equal ones share a rank, and the next ones are skipped."""
    found: dict[int, int] = {}
    due = [(tally.standing, key) for key, tally in tallies.items() if tally.due]
    last: tuple[int, tuple[Fraction, ...]] | None = None
    for place, (standing, key) in enumerate(sorted(due, reverse=True), start=1):
        if last is None or last[1] != standing:
            last = (place, standing)
        found[key] = last[0]
    return found


def added_up(rows: Iterable[QualityRow]) -> list[QualityRow]:
    """Return the rows with what lies below added to each, ranked beside each other, in the order of level and code.

    Only offices come with a tally of their own.
    """
    found = {row.unit_id: row for row in rows}
    below: dict[int, list[int]] = defaultdict(list)
    for level in reversed(LEVELS):
        for row in [one for one in found.values() if one.level == level and one.parent_id in found]:
            above = found[row.parent_id or 0]
            found[above.unit_id] = replace(above, tally=above.tally + row.tally)
            below[above.unit_id].append(row.unit_id)
    for keys in below.values():
        for key, rank in ranks({key: found[key].tally for key in keys}).items():
            found[key] = replace(found[key], rank=rank)
    return sorted(found.values(), key=lambda row: (LEVELS.index(Level(row.level)), row.code, row.unit_id))


def quality_of(month: date, whole: Office, form: str = "") -> list[QualityRow]:
    """Return the quality of a month for a unit and every unit below it, the unit itself first; one query.

    ``form`` asks about one form alone. Empty where no sheet was laid out for the month.
    """
    named = {"code": Max("unit_code"), "name": Max("unit_name"), "parent": Max("parent_id"), "zone": BoolOr("is_zone")}
    found = _sheets(month, whole, form).order_by().values("unit_id", "level").annotate(**named, **_counted())
    rows = {row["unit_id"]: _row(row) for row in found}
    if rows and whole.pk not in rows:
        # A unit may have been set up after its offices had their sheets.
        placed = {"unit_id": whole.pk, "level": whole.level, "parent": whole.parent_id}
        rows[whole.pk] = _row(placed | {"code": whole.code, "name": name_of(whole), "zone": whole.is_functional_zone})
    return added_up(rows.values())


def _row(found: Mapping[str, Any]) -> QualityRow:
    return QualityRow(
        unit_id=found["unit_id"],
        code=found["code"],
        name=found["name"],
        level=found["level"],
        parent_id=found["parent"],
        is_zone=found["zone"],
        tally=Tally(*(found.get(name) or 0 for name in COUNTS)),
    )


def judged_sheets(month: date, office: Office, form: str = "") -> list[JudgedSheet]:
    """Return the sheets by which an office is judged."""
    first, last = _submission("pk"), _submission("-pk")
    found = _sheets(month, office, form).filter(level=Level.OFFICE).order_by("form")
    counted = found.defer("figures", "checks", "explanations").annotate(
        corrected=_where_signed(_corrected(first, last)), filled=_where_signed(_filled(last))
    )
    return [JudgedSheet(sheet, sheet.corrected, sheet.filled) for sheet in counted]


def _sheets(month: date, whole: Office, form: str) -> QuerySet[UnitSheet]:
    found = UnitSheet.objects.filter(month=month, version=1)
    if column := UNIT_COLUMNS.get(Level(whole.level)):
        found = found.filter(**{column: whole.pk})
    return found.filter(form=form) if form else found


def _counted() -> dict[str, Any]:
    """Return the aggregates of a tally by name; of the sheets above an office nothing is counted."""
    due = Q(level=Level.OFFICE)
    # A withdrawn sheet has lost its signature, a returned one keeps it until it is signed again.
    submitted = due & Q(signed_at__isnull=False) & ~Q(state=MISSING)
    signed = submitted & Q(state__in=SIGNED)
    first, last = _submission("pk"), _submission("-pk")
    return {
        "due": Count("pk", filter=due),
        "submitted": Count("pk", filter=submitted),
        "on_time": Count("pk", filter=submitted & Q(first_submitted_on__lte=F("due_on"))),
        "first_pass": Count("pk", filter=submitted & Q(returns=0, state__in=[APPROVED, LOCKED])),
        "returned": Count("pk", filter=submitted & Q(returns__gt=0)),
        "corrected": Sum(_corrected(first, last), filter=signed),
        "filled": Sum(_filled(last), filter=signed),
    }


def _submission(order: str) -> Subquery:
    """Return the figures of a sheet's first or last submission: what is signed is what was submitted last."""
    steps = SheetAction.objects.filter(sheet=OuterRef("pk"), kind="submit").order_by(order)
    return Subquery(steps.values("figures")[:1])


def _corrected(first: Subquery, last: Subquery) -> Func:
    return Func(first, last, function="corrected_cells", output_field=IntegerField())


def _filled(last: Subquery) -> Func:
    return Func(last, function="filled_cells", output_field=IntegerField())


def _where_signed(counted: Func) -> Case:
    return Case(When(signed_at__isnull=False, state__in=SIGNED, then=counted), default=0)

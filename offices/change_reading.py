"""Reading units over time: how they were named on a day, what they came out of, and the changes in one's reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from offices.models import Level, Membership, Office, UnitChange, UnitChangeLine, UnitName

NAMES = ("code", "name", "short_name", "area_name")


def named_on(units: Iterable[Office], day: date) -> list[Office]:
    """Return units as they were named and coded on a day: in memory, in one query. A unit that has ended keeps its last."""
    found = list(units)
    former = UnitName.objects.filter(valid_from__lte=day, valid_to__gt=day)
    # A handful of units is asked for by their keys, the whole tree by the day alone.
    if len(found) <= 200:
        former = former.filter(unit__in=[unit.pk for unit in found])
    names = {name.unit_id: name for name in former}
    for unit in found:
        if name := names.get(unit.pk):
            for fact in NAMES:
                setattr(unit, fact, getattr(name, fact))
    return found


def ever_coded(code: str) -> Q:
    """Return the condition that a unit bears a code, or bore it before it was renamed."""
    return Q(code=code) | Q(Exists(UnitName.objects.filter(unit=OuterRef("pk"), code=code)))


@dataclass(frozen=True)
class Moment:
    """One entry in the history of a unit: the day, what happened, the decision, and the units on the other side."""

    on: date
    text: str
    paper: str = ""
    others: tuple[Office, ...] = ()


def history_of(unit: Office) -> list[Moment]:
    """Return what became of a unit since it began, newest first: its names, predecessors and successors."""
    lines = UnitChangeLine.objects.filter(Q(unit=unit) | Q(target=unit), change__applied_at__isnull=False)
    lines = lines.select_related("change", "unit", "target").order_by("change__effective_on", "id")
    by_change: dict[int, list[UnitChangeLine]] = {}
    for line in lines:
        by_change.setdefault(line.change_id, []).append(line)
    names = list(unit.former_names.all())
    called = {name.valid_to: name.name for name in names}
    moments = [_moment(unit, found, called) for found in by_change.values()]
    days = {moment.on for moment in moments}
    called_next = [*(name.name for name in names[1:]), unit.name][: len(names)]
    for former, following in zip(names, called_next, strict=True):
        # Renamed by the tables of divisions, or along with its county: without a decision of its own.
        if former.valid_to not in days:
            text = _("%(old)s更名为%(new)s") % {"old": former.name, "new": following}
            moments.append(Moment(former.valid_to, text))
    return sorted([*moments, Moment(unit.valid_from, pgettext("unit", "启用"))], key=lambda one: one.on, reverse=True)


def _moment(unit: Office, lines: Sequence[UnitChangeLine], called: dict[date, str]) -> Moment:
    change, going = lines[0].change, lines[0].unit_id == unit.pk
    others = tuple(line.target if going else line.unit for line in lines)
    names = _("、").join(other.name for other in others if other)
    villages = sum(len(line.villages) for line in lines)
    if change.kind == UnitChange.Kind.RENAME:
        old = called.get(change.effective_on, unit.name)
        text = _("%(old)s更名为%(new)s") % {"old": old, "new": change.name}
        return Moment(change.effective_on, text, change.paper)
    given = {"units": names, "n": villages}
    texts = {
        UnitChange.Kind.MERGE: (_("并入%(units)s"), _("%(units)s并入，接收村（居）%(n)d个")),
        UnitChange.Kind.SPLIT: (_("分设%(units)s，划出村（居）%(n)d个"), _("由%(units)s分设，接收村（居）%(n)d个")),
        UnitChange.Kind.MOVE: (_("划转为%(units)s"), _("由%(units)s划转，接收村（居）%(n)d个")),
    }
    text = texts[UnitChange.Kind(change.kind)][0 if going else 1] % given
    return Moment(change.effective_on, text, change.paper, tuple(other for other in others if other))


def changes_in_reach(by: Membership) -> QuerySet[UnitChange]:
    """Return the changes that a person sees: all for the province, else those that touch a unit of the own county."""
    changes = UnitChange.objects.select_related("drafted_by", "decided_by", "into", "parent")
    if by.office.level == Level.PROVINCE:
        return changes
    own = UnitChangeLine.objects.filter(change=OuterRef("pk"), unit__county=by.office_id)
    return changes.filter(Exists(own) | Q(into__county=by.office_id) | Q(parent=by.office_id))


def successors_of(unit: Office) -> list[Office]:
    """Return the units that a unit which ended has gone into."""
    lines = UnitChangeLine.objects.filter(unit=unit, change__applied_at__isnull=False, target__isnull=False)
    found = lines.exclude(target=unit).select_related("target__county").order_by("-change__effective_on", "id")
    return [line.target for line in found if line.target]


def open_changes_of(unit: Office) -> QuerySet[UnitChange]:
    """Return the changes of a unit that wait to be decided, to begin, or for the last record to follow."""
    touching = UnitChangeLine.objects.filter(change=OuterRef("pk"), unit=unit)
    open_ones = UnitChange.objects.filter(moved_at=None).exclude(adopted=False)
    return open_ones.filter(Exists(touching) | Q(into=unit))

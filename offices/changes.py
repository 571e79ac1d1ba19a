"""Changes of units as deeds: an administrator drafts, the province adopts by a second person, and on its day it holds.

The tables of units belong to the owner: functions in the database adopt a change and let it take effect (ADR 0029).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from offices.models import Level, Membership, Office, UnitChange, UnitChangeLine, UnitName, Village
from offices.models.changes import CHANGING_LEVELS
from offices.permissions import Action, may
from offices.selectors import units_in_reach

KIND = UnitChange.Kind

# Why units cannot change on a day that has gone by, empty where they can; apps above offices add theirs.
locks: list[Callable[[Sequence[int], date], str]] = []
# Told of a change that has just altered the tree, in its transaction; apps above offices add theirs.
followers: list[Callable[[UnitChange], None]] = []


class NotDecided(Exception):
    """A change that cannot be adopted or refused; the message is for the person."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """How a renamed or new unit is called. Of the names those that are empty follow from the area's."""

    code: str
    area_name: str
    name: str = ""
    short_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to become of which units, from which day on, by which decision.

    ``units`` are the unit itself and, in a merger, those that end with it; ``into`` is the standing unit that they merge
    into. ``facts`` belong to the renamed or to the new unit, ``parent`` is the county of a moved one, ``villages`` go to
    the unit that is split off.
    """

    kind: str
    units: tuple[Office, ...]
    effective_on: date
    paper: str
    reason: str
    into: Office | None = None
    facts: Facts | None = None
    parent: Office | None = None
    villages: tuple[int, ...] = field(default=())

    @property
    def first(self) -> Office:
        """The unit from whose page the change was drafted."""
        return self.units[0]

    @property
    def county(self) -> Office | None:
        """The county under which a new unit begins; None where there is none."""
        return None if self.into or self.kind == KIND.RENAME else self.parent or self.first.county

    @property
    def touched(self) -> list[int]:
        """The ids of every unit that exists already."""
        return [unit.pk for unit in (*self.units, *([self.into] if self.into else []))]


@transaction.atomic
def draft_change(*, by: Membership, plan: Plan) -> UnitChange:
    """Draft a change. Raises PermissionError outside the administrator's reach, ValidationError for what cannot be."""
    if not may(by, Action.DRAFT_UNIT_CHANGE):
        raise PermissionError(plan.kind)
    within_reach = units_in_reach(by, timezone.localdate()).filter(pk__in=plan.touched).count()
    if within_reach != len(set(plan.touched)) or plan.first.level not in CHANGING_LEVELS[KIND(plan.kind)]:
        raise PermissionError(plan.kind)
    facts = _named(plan)
    _check_units(plan)
    _check_day(plan)
    _check_facts(plan, facts)
    change = UnitChange(
        kind=plan.kind,
        effective_on=plan.effective_on,
        paper=plan.paper,
        reason=plan.reason,
        into=plan.into,
        parent=plan.county,
        drafted_by=by.user,
        **(vars(facts) if facts else {}),
    )
    change.full_clean(exclude=["drafted_by"])
    change.save(force_insert=True)
    UnitChangeLine.objects.bulk_create(
        UnitChangeLine(change=change, unit=unit, villages=list(plan.villages)) for unit in plan.units
    )
    return change


def _named(plan: Plan) -> Facts | None:
    if plan.facts is None:
        return None
    area, level = plan.facts.area_name, plan.first.level
    short = plan.facts.short_name or f"{area}{'司法所' if level == Level.OFFICE else '司法局'}"
    county = plan.first.county if plan.kind == KIND.RENAME else plan.county
    above = county.name if county and level == Level.OFFICE else ""
    return Facts(code=plan.facts.code, area_name=area, short_name=short, name=plan.facts.name or f"{above}{short}")


def _check_units(plan: Plan) -> None:
    """Refuse a merger across counties, a split without or with all villages, and a move to where the unit is."""
    if plan.kind == KIND.MERGE:
        inside = [*plan.units, *([plan.into] if plan.into else [])]
        if plan.into in plan.units or len({unit.county_id for unit in inside}) > 1:
            raise ValidationError({"into": _("只能并入同一县（市、区）的另一个司法所，跨县的请先划转。")})
        if plan.into is None and len(plan.units) < 2:
            raise ValidationError({"others": _("合并为新机构的，请至少再选一个一并合并的机构。")})
    if plan.kind == KIND.SPLIT:
        standing = set(_villages_of(plan.first))
        if not plan.villages or not set(plan.villages) < standing:
            raise ValidationError({"villages": _("请选择划给新机构的村（居），并至少留下一个。")})
    if plan.kind == KIND.MOVE and (
        plan.parent is None or plan.parent.level != Level.COUNTY or plan.parent.pk == plan.first.county_id
    ):
        raise ValidationError({"parent": _("请选择另一个县（市、区）。")})


def _villages_of(unit: Office) -> list[int]:
    return list(Village.objects.filter(office=unit, valid_to=None).values_list("pk", flat=True))


def _check_day(plan: Plan) -> None:
    """Refuse a day before the last month, before what is known of the units, or in a month that has been reported."""
    today, day = timezone.localdate(), plan.effective_on
    earliest = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    if day < earliest:
        text = _("生效日期不能早于%(day)s：更早的月份已经统计。")
        raise ValidationError({"effective_on": text % {"day": earliest.isoformat()}})
    begun = [unit.valid_from for unit in (*plan.units, *([plan.into] if plan.into else []))]
    begun += UnitName.objects.filter(unit__in=plan.touched).values_list("valid_to", flat=True)
    if day <= max(begun):
        text = _("生效日期须晚于这些机构的启用日期和上一次更名的日期（%(day)s）。")
        raise ValidationError({"effective_on": text % {"day": max(begun).isoformat()}})
    if reason := why_locked(plan.touched, day):
        raise ValidationError({"effective_on": reason})


def why_locked(units: Sequence[int], day: date) -> str:
    """Return why units cannot change on a day, empty when they can; what is ahead is never locked."""
    if day > timezone.localdate():
        return ""
    return next((reason for lock in locks if (reason := lock(units, day))), "")


def _check_facts(plan: Plan, facts: Facts | None) -> None:
    """Refuse names without change, codes of another length, and a code that another unit bears."""
    if facts is None:
        return
    unit = plan.first
    if plan.kind == KIND.RENAME and facts == Facts(
        code=unit.code, area_name=unit.area_name, name=unit.name, short_name=unit.short_name
    ):
        raise ValidationError({"area_name": _("名称和代码都没有变化。")})
    if not re.fullmatch(rf"\d{{{len(unit.code)}}}", facts.code):
        raise ValidationError({"code": _("请填%(n)d位数字的区划代码。") % {"n": len(unit.code)}})
    ending = [] if plan.kind == KIND.SPLIT else [one.pk for one in plan.units]
    bearers = Office.objects.filter(level=unit.level, code=facts.code, valid_to=None).exclude(pk__in=ending)
    if bearer := bearers.first():
        raise ValidationError({"code": _("%(unit)s正在使用这个代码。") % {"unit": bearer.name}})


def may_decide(by: Membership) -> bool:
    """Tell whether a person may adopt or refuse changes that others drafted: the province alone does."""
    return may(by, Action.ADOPT_UNIT_CHANGE) and by.office.level == Level.PROVINCE


@transaction.atomic
def adopt_change(*, change: UnitChange, by: Membership) -> None:
    """Adopt a change that somebody else has drafted. Raises NotDecided when it can no longer be, or not by this person."""
    if not may_decide(by):
        raise PermissionError(change.pk)
    units = [line.unit_id for line in change.lines.all()]
    if reason := why_locked(units, change.effective_on):
        raise NotDecided(reason)
    bearers = Office.objects.filter(code=change.code, valid_to=None).exclude(pk__in=units) if change.code else None
    if bearers is not None and bearers.filter(level=change.lines.all()[0].unit.level).exists():
        raise NotDecided(_("这个代码已有机构使用，请退回后重新起草。"))
    outcome = _call("adopt_unit_change(%s)", [change.pk])
    reasons = {
        "own": _("不能审定本人起草的变更，须由另一人审定。"),
        "busy": _("这些机构另有变更正在进行，完成后才能审定。"),
        "ended": _("其中有机构已经停用，请退回后重新起草。"),
    }
    if outcome != "adopted":
        raise NotDecided(reasons.get(outcome, _("这项变更已经处理。")))


@transaction.atomic
def refuse_change(*, change: UnitChange, by: Membership, note: str) -> None:
    """Refuse a change, or withdraw one's own draft, with the reason."""
    if not may_decide(by) and change.drafted_by_id != by.user_id:
        raise PermissionError(change.pk)
    if not _call("refuse_unit_change(%s, %s)", [change.pk, note]):
        raise NotDecided(_("这项变更已经处理。"))


def take_effect(change_id: int) -> bool:
    """Change the tree as adopted, once, as the system; False when it is done already or its day has not come."""
    if not _call("apply_unit_change(%s, %s)", [change_id, timezone.localdate()]):
        return False
    change = UnitChange.objects.get(pk=change_id)
    for follow in followers:
        follow(change)
    return True


def finish_change(change_id: int) -> None:
    """Note that every record has followed, as the system."""
    _call("finish_unit_change(%s)", [change_id])


def _call(function: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", values)
        return cursor.fetchone()[0]

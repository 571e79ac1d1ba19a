"""All records of an office, open and archived, go to another one: in portions, each exactly once.

Under one office's scope no row moves to another one: functions in the database do it, for the system alone (ADR 0025).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.history import standing_steps
from casework.jobs import hint_marks
from casework.lines import RecordType, record_types
from casework.models import Handover
from offices.kinds import TableKind
from offices.models import Level, Office
from offices.scoping import system

# So many records move in one statement: what belongs to them is some forty times as much.
AT_ONCE = 2000


@dataclass(frozen=True, kw_only=True)
class TakingOver:
    """Which office's records go to which one, from which day on, by whom and by which decision.

    With ``villages`` only the records that go along with these villages: the giver goes on without them.
    """

    giver: Office
    receiver: Office
    on: date
    user_id: int
    paper: str = ""
    villages: tuple[int, ...] | None = None

    def rows(self, kind: RecordType) -> QuerySet[Any]:
        """Return what is still to be moved of a type. What has moved is no longer the giver's."""
        rows: QuerySet[Any] = kind.model._default_manager.filter(office=self.giver)
        if self.villages is None:
            return rows
        if kind.in_villages is None:
            return rows.none()
        # What is on its way to another office already goes there.
        offered = Handover.objects.filter(record_type=kind.code, state=Handover.State.OFFERED)
        return rows.filter(kind.in_villages(self.villages)).exclude(pk__in=offered.values("record_id"))


def moving_types() -> list[RecordType]:
    """Return the types that move by themselves; those under another one go along with it."""
    return [kind for kind in record_types() if kind.model.table_kind is TableKind.SCOPED]


def readdress(taking: TakingOver) -> None:
    """Let what the giver had offered, or was offered, go on under its successor; as the system."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT readdress_handovers(%s, %s)", [taking.giver.pk, taking.receiver.pk])


def move_portion(taking: TakingOver, kind: RecordType) -> int:
    """Move the next records of a type, as the system, and return how many; 0 when none is left.

    A record whose last step is later than the day moves on the day of that step: its history stays in order.
    """
    ids = list(taking.rows(kind).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)[:AT_ONCE])
    for day, portion in _by_day(kind, ids, taking.on).items():
        _move(taking, kind, portion, day)
    return len(ids)


def _by_day(kind: RecordType, ids: list[int], on: date) -> dict[date, list[int]]:
    steps = standing_steps(record_type=kind.code, record_id__in=ids).filter(day__gt=on)
    later = dict(steps.order_by().values_list("record_id").annotate(last=Max("day")))
    found: dict[date, list[int]] = defaultdict(list)
    for key in ids:
        found[later.get(key, on)].append(key)
    return found


def _move(taking: TakingOver, kind: RecordType, ids: list[int], day: date) -> None:
    told = {"from": taking.giver.short_name, "to": taking.receiver.short_name}
    values: list[Any] = [ids, taking.receiver.pk, day, taking.user_id, taking.paper, ""]
    values.append(json.dumps(told, ensure_ascii=False))
    with connection.cursor() as cursor:
        function = f"hand_over_{kind.model._meta.db_table}"
        cursor.execute(f"SELECT {function}(%s, %s, %s, %s, %s, %s, %s)", values)


def take_over_office(*, giver: Office, receiver: Office, user_id: int, on: date, paper: str = "") -> dict[str, int]:
    """Move every record of one office to another one in one transaction, and return how many of each type.

    Numbers stay as they are, every record's history says so, what stands in a balance is counted out of the one and into
    the other. Raises ValidationError for a day before the last step of any record.
    """
    if giver.pk == receiver.pk or {giver.level, receiver.level} != {Level.OFFICE}:
        raise ValidationError(_("请选择两个不同的司法所。"))
    taking = TakingOver(giver=giver, receiver=receiver, on=on, user_id=user_id, paper=paper)
    with system("handover", user_id=user_id):
        later = standing_steps(office=giver).filter(day__gt=on)
        if on > timezone.localdate() or later.exists():
            raise ValidationError({"on": _("日期不能早于任何一件业务的上一步，也不能晚于今天。")})
        readdress(taking)
        moved = {kind.code: sum(_portions(taking, kind)) for kind in moving_types()}
    hint_marks()
    return {code: number for code, number in moved.items() if number}


def _portions(taking: TakingOver, kind: RecordType) -> Iterator[int]:
    while number := move_portion(taking, kind):
        yield number

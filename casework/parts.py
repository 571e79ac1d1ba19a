"""The only writers of what belongs to a record beside its steps: add, change and remove a row, each with its history."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.jobs import hint_marks
from casework.lines import PartType
from casework.models import Record, RecordRow
from casework.services import add_event, count_event, lock, uncount_event
from casework.workflow import NotPossible
from offices.models import Membership
from offices.permissions import may
from offices.secrecy import UNCHANGED


class StalePart(Exception):
    """Somebody changed or removed the row meanwhile. ``row`` is as it stands now, None for one that is gone."""

    def __init__(self, row: RecordRow | None) -> None:
        super().__init__(_("这条记录刚被他人修改。"))
        self.row = row


@transaction.atomic
def add_part(
    *, part_type: PartType, record: Record, actor: Membership, values: dict[str, Any], note: str = ""
) -> RecordRow:
    """Add a row to a record. Raises NotPossible in a state that takes none, ValidationError for refused values."""
    locked = lock(record)
    check_part(part_type, locked, actor)
    if part_type.most and part_type.rows(locked).count() >= part_type.most:
        raise NotPossible(_("“%(what)s”已经登记，请修改原有记录。") % {"what": part_type.label})
    row = part_type.model(**{part_type.model.parent_field: locked, "user": actor.user})
    _write(part_type, locked, row, actor, values, force_insert=True)
    add_event(locked, actor=actor, kind=f"{part_type.code}_added", note=note or part_type.summary(row)[0])
    return row


@transaction.atomic
def change_part(
    *, part_type: PartType, record: Record, actor: Membership, key: str, version: int, values: dict[str, Any]
) -> RecordRow:
    """Change a row of a record. Raises StalePart when it is no longer at ``version``."""
    locked = lock(record)
    check_part(part_type, locked, actor)
    row = _lock_row(part_type, locked, key, version)
    row.version += 1
    _write(part_type, locked, row, actor, values, force_update=True)
    add_event(locked, actor=actor, kind=f"{part_type.code}_changed", note=part_type.summary(row)[0])
    return row


@transaction.atomic
def remove_part(*, part_type: PartType, record: Record, actor: Membership, key: str, version: int, note: str) -> None:
    """Remove a row that was entered by mistake, with the reason; the audit keeps what it said."""
    locked = lock(record)
    check_part(part_type, locked, actor)
    row = _lock_row(part_type, locked, key, version)
    for kind, _field in part_type.counts:
        uncount_event(row, kind=kind)
    title = part_type.summary(row)[0]
    row.delete()
    part_type.saved(locked, None, actor)
    add_event(
        locked,
        actor=actor,
        kind=f"{part_type.code}_removed",
        note=_("%(what)s；原因：%(why)s") % {"what": title, "why": note},
    )
    hint_marks()


def check_part(part_type: PartType, record: Record, actor: Membership) -> None:
    """Raise PermissionError without the right, NotPossible in a state that takes no such row."""
    if not may(actor, part_type.action, record._meta.app_label):
        raise PermissionError(part_type.code)
    if record.state not in part_type.states:
        raise NotPossible(_("当前状态不能登记“%(what)s”。") % {"what": part_type.label})


def _lock_row(part_type: PartType, record: Record, key: str, version: int) -> RecordRow:
    row = part_type.rows(record).select_for_update(of=("self",)).filter(public_id=key).first()
    if row is None or row.version != version:
        raise StalePart(row)
    return row


def _write(
    part_type: PartType, record: Record, row: RecordRow, actor: Membership, values: dict[str, Any], **how: Any
) -> None:
    for name, value in values.items():
        if value != UNCHANGED:
            setattr(row, name, value)
    row.office_id, row.county_id, row.city_id = record.office_id, record.county_id, record.city_id
    row.full_clean(exclude=["office", "county", "city", "user"])
    row.save(**how)
    for kind, name in part_type.counts:
        day = getattr(row, name)
        if day is None:
            uncount_event(row, kind=kind)
        else:
            count_event(row, kind=kind, on=timezone.localdate(day) if hasattr(day, "hour") else day)
    part_type.saved(record, row, actor)
    hint_marks()

"""Handing records over to another office: offer, accept, return, withdraw. All of an office's at once: taking_over.

Under one office's scope no row moves to another one: the functions in the database do it, for who may (ADR 0025).
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from casework.deadlines import due_date
from casework.jobs import hint_marks
from casework.lines import RecordType, record_type
from casework.models import CorrectionRequest, Handover, Record
from casework.services import OutOfReach, add_event, in_order, lock
from casework.workflow import NotPossible
from offices.models import Level, Membership, Office
from offices.permissions import Action, may

LIMIT = "casework.handover"


@transaction.atomic
def offer(
    *, record: Record, actor: Membership, to: Office, ground: str, on: date, reason: str, paper: str = ""
) -> Handover:
    """Offer a record to another office; it stays where it is until that office accepts it.

    Raises PermissionError without the right, NotPossible in a state that is not handed over or while an offer is open,
    ValidationError for a unit that cannot take it or a day before the last step.
    """
    kind = record_type(record.record_type())
    if not may(actor, Action.HAND_OVER, kind.line):
        raise PermissionError(kind.code)
    locked = lock(record)
    if reason_against := refusal(kind, locked):
        raise NotPossible(reason_against)
    if to.level != Level.OFFICE or to.valid_to is not None or to.pk == locked.office_id:
        raise ValidationError({"to": _("请选择本所以外的一个司法所。")})
    in_order(locked, on)
    handover = Handover(
        record_type=kind.code,
        record_id=locked.pk,
        kind=ground,
        offered_on=on,
        offered_by=actor.user,
        reason=reason,
        paper=paper,
        summary=frozen_summary(kind, locked),
        record_state=locked.state,
        registered_on=locked.registered_on,
        due_on=due_date(LIMIT, on).on,
        due_rule=LIMIT,
        to_office=to,
    )
    _fill(handover, locked)
    handover.save(force_insert=True)
    add_event(locked, actor=actor, kind="handover_offered", on=on, paper=paper, note=reason, details=_told(handover))
    return handover


def refusal(kind: RecordType, record: Record) -> str:
    """Return why a record cannot be offered now, empty when it can."""
    if kind.handing is None or record.state not in kind.handing.states:
        label = kind.workflow.state(record.state).label
        return _("当前状态是“%(state)s”，不能移交其他司法所。") % {"state": label}
    if handovers_of(record).filter(state=Handover.State.OFFERED).exists():
        return _("这件业务已经提出移交，正在等待接收。")
    waiting = CorrectionRequest.objects.filter(record_type=kind.code, record_id=record.pk, state="waiting")
    return _("这件业务有待审批的撤回或作废申请，审批后才能移交。") if waiting.exists() else ""


def _fill(handover: Handover, record: Record) -> None:
    # The database fills them again, by its own knowledge of the record and of the units.
    handover.line, handover.record_version = record._meta.app_label, record.version
    handover.office_id, handover.county_id, handover.city_id = record.office_id, record.county_id, record.city_id
    to: Any = handover.to_office
    handover.to_county_id, handover.to_city_id = to.county_id, to.city_id


def frozen_summary(kind: RecordType, record: Record) -> str:
    """Return what the receiver may read, as it stands now. Always Chinese: another office reads it."""
    assert kind.handing is not None
    with translation.override("zh-hans"):
        facts = {name: str(text) for name, text in kind.handing.freeze(record).items() if text}
        return json.dumps({"title": record.title, "number": record.number, "facts": facts}, ensure_ascii=False)


def _told(handover: Handover) -> dict[str, str]:
    names = {"from": handover.office.short_name, "to": handover.to_office.short_name}
    return {"handover": handover.public_id, **names}


@transaction.atomic
def accept(*, handover: Handover, actor: Membership, on: date, **given: Any) -> Record:
    """Take a record over: it moves here with all that belongs to it, and what it needs here is saved.

    ``given`` is what the type's form asked. Raises NotPossible when it is no longer offered to this office or was
    changed meanwhile, ValidationError for a day before the offer or the record's last step.
    """
    kind = record_type(handover.record_type)
    if kind.handing is None or not may(actor, Action.HAND_OVER, handover.line):
        raise PermissionError(handover.record_type)
    _require("accept_handover(%s, %s)", [handover.pk, on], "accepted")
    record = kind.model._default_manager.filter(pk=handover.record_id).first()
    if record is None:
        raise OutOfReach(handover.record_type)
    received = kind.handing.receive(record=lock(record), actor=actor, handover=handover, **given)
    # Without it both offices' figures and searches learn of it by the next tick only.
    hint_marks()
    return received


@transaction.atomic
def send_back(*, handover: Handover, actor: Membership, on: date, reason: str) -> None:
    """Return a record to the office that offered it, with the reason. Raises NotPossible when it is not offered here."""
    _close(handover, actor, "returned", on, reason)


@transaction.atomic
def withdraw(*, handover: Handover, actor: Membership, on: date, reason: str) -> None:
    """Take one's own offer back. Raises NotPossible when the other office has decided already."""
    _close(handover, actor, "withdrawn", on, reason)


def _close(handover: Handover, actor: Membership, outcome: str, on: date, reason: str) -> None:
    if not may(actor, Action.HAND_OVER, handover.line):
        raise PermissionError(handover.record_type)
    _require("close_handover(%s, %s, %s, %s)", [handover.pk, outcome, on, reason], outcome)


def _require(call: str, values: list[Any], wanted: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}", values)
        outcome = cursor.fetchone()[0]
    if outcome == wanted:
        return
    if outcome == "early":
        raise ValidationError({"on": _("日期不能早于移交日期和上一步的日期。")})
    if outcome == "changed":
        raise NotPossible(_("移交单位提出移交后又办理了这件业务，请退回，由其重新提出。"))
    raise NotPossible(_("这件移交已经处理，或者不是移交给本单位的。"))


def handovers_of(record: Record) -> QuerySet[Handover]:
    """Return the hand-overs of a record that the scope sees, newest first."""
    return Handover.objects.filter(record_type=record.record_type(), record_id=record.pk)


def waiting_for(membership: Membership) -> QuerySet[Handover]:
    """Return what waits for a person's own office to be accepted; nothing for whoever may not."""
    if not may(membership, Action.HAND_OVER):
        return Handover.objects.none()
    return Handover.objects.filter(to_office_id=membership.office_id, state=Handover.State.OFFERED)

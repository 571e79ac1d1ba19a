"""Asking to take back the last step of a record, or to void a record opened in error; a second person decides (ADR 0027)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from casework.corrections import OPENED, is_correctable, require, step_label
from casework.handovers import handovers_of
from casework.history import StepTaken, steps_of
from casework.lines import RecordType, record_type
from casework.models import (
    TAKEN_BACK,
    CorrectionRequest,
    CountedEvent,
    IssuedDocument,
    Record,
    RecordEvent,
    RecordLink,
)
from casework.services import add_event, lock, save_record, uncount_event
from casework.taking_back import restore, rows_added, written_by
from casework.workflow import VOID, NotPossible
from offices.models import Membership
from offices.permissions import Action, may

VOIDED = "voided"
KIND, STATE = CorrectionRequest.Kind, CorrectionRequest.State

# Why what counts on a day can no longer be taken back, empty where it can; apps above casework add theirs.
locks: list[Callable[[Record, date], str]] = []


@transaction.atomic
def ask(*, record: Record, actor: Membership, kind: str, reason: str, same_as: str = "") -> CorrectionRequest:
    """Ask to take back the last step of a record, or to void it. A second person decides.

    ``same_as`` is the public id of the record that stays. Raises NotPossible with the reason where it cannot be done.
    """
    of_type = record_type(record.record_type())
    require(actor, Action.CORRECT_RECORD, of_type)
    locked = lock(record)
    steps = steps_of(locked)
    if reason_against := refusal(of_type, locked, kind, steps):
        raise NotPossible(reason_against)
    request = CorrectionRequest(
        record_type=of_type.code,
        record_id=locked.pk,
        line=of_type.line,
        kind=kind,
        title=locked.title,
        step=steps[-1].event if kind == KIND.TAKE_BACK else None,
        same_as=same_as if kind == KIND.VOID else "",
        reason=reason,
        asked_by=actor.user,
        asked_on=timezone.localdate(),
    )
    request.office_id, request.county_id, request.city_id = locked.office_id, locked.county_id, locked.city_id
    request.save(force_insert=True)
    add_event(locked, actor=actor, kind=f"{kind}_asked", note=reason)
    return request


def refusal(kind: RecordType, record: Record, asked: str, steps: list[StepTaken]) -> str:
    """Return why what is asked cannot be done, empty when it can."""
    if waiting_of(record) is not None:
        return _("这件业务已有待审批的撤回或作废申请。")
    return _against(kind, record, asked, steps)


def waiting_of(record: Record) -> CorrectionRequest | None:
    """Return the request that waits for a record, None without one."""
    return CorrectionRequest.objects.filter(
        record_type=record.record_type(), record_id=record.pk, state=STATE.WAITING
    ).first()


def _against(kind: RecordType, record: Record, asked: str, steps: list[StepTaken]) -> str:
    if record.state == VOID:
        return _("这件业务已经作废。")
    if handovers_of(record).filter(state="offered").exists():
        return _("这件业务已经提出移交，请先撤回移交。")
    if asked == KIND.TAKE_BACK:
        return _against_taking_back(kind, record, steps)
    return _against_voiding(kind, record)


def _against_taking_back(kind: RecordType, record: Record, steps: list[StepTaken]) -> str:
    if kind.correcting is None or not steps or steps[-1].kind == OPENED:
        return _("还没有可以撤回的步骤；登记有误的，请修改或者申请作废。")
    if record.state in kind.correcting.final:
        label = kind.workflow.state(record.state).label
        return _("当前状态是“%(state)s”，不能撤回；日期、文书有误的，请更正该步骤。") % {"state": label}
    last = steps[-1]
    if not is_correctable(kind, last):
        return _("这件业务已经移交，移交前的步骤不能撤回。")
    if came := _came_out(record, since=last.event):
        return _("这一步之后已经办理“%(title)s”，不能撤回。") % {"title": came}
    entries = written_by(record, last.event)
    if not entries:
        return _("这一步是批量导入的，没有留下办理前的内容，不能撤回；日期、文书有误的，请更正该步骤。")
    if part := _part_since(kind, record, last.event, rows_added(record, entries)):
        return _("这一步之后登记了“%(what)s”，请先删除再申请撤回。") % {"what": part}
    counts = kind.workflow.transition(last.kind).counts
    return next((reason for lock_of in locks if counts and (reason := lock_of(record, last.on))), "")


def _against_voiding(kind: RecordType, record: Record) -> str:
    if not kind.workflow.voids:
        return _("这类业务不能作废。")
    if came := _came_out(record):
        return _("已经由这件业务办理“%(title)s”，不能作废。") % {"title": came}
    if _counted(record).filter(turn__gt=0).exists():
        return _("这件业务在司法所之间移交过，已计入双方统计，不能作废。")
    return ""


def _came_out(record: Record, *, since: RecordEvent | None = None) -> str:
    """Return the name of a record that came out of this one, after an entry where one is given, and is not void."""
    links = RecordLink.objects.filter(source_type=record.record_type(), source_id=record.pk)
    if since is not None:
        links = links.filter(at__gte=since.at)
    for code, key in links.values_list("record_type", "record_id"):
        title = (
            record_type(code).model._default_manager.filter(pk=key).exclude(state=VOID).values_list("title", flat=True)
        )
        if title:
            return str(title[0])
    return ""


def _part_since(kind: RecordType, record: Record, event: RecordEvent, own: set[tuple[str, str]]) -> str:
    """Return the name of a kind of part that was added after a step and that the state before it does not take."""
    for part in kind.parts:
        if event.from_state not in part.states:
            table = part.model._meta.db_table
            keys = part.rows(record).filter(at__gte=event.at).values_list("pk", flat=True)
            if any((table, str(key)) not in own for key in keys):
                return str(part.label)
    return ""


def _counted(record: Any) -> QuerySet[CountedEvent]:
    return CountedEvent.objects.filter(record_type=record.record_type(), record_id=record.pk, is_replaced=False)


@transaction.atomic
def confirm(*, request: CorrectionRequest, actor: Membership, reason: str = "") -> Record:
    """Do what was asked. Raises NotPossible for whoever asked, and when the record no longer stands as it was asked."""
    kind = record_type(request.record_type)
    require(actor, Action.DECIDE_CORRECTION, kind)
    record = lock(kind.model._default_manager.get(pk=request.record_id))
    locked = _lock_request(request)
    if locked.asked_by_id == actor.user_id:
        raise NotPossible(_("须由申请人以外的人审批。"))
    steps = steps_of(record)
    if locked.step_id and (not steps or steps[-1].event.pk != locked.step_id):
        raise NotPossible(_("申请之后又办理了其他步骤，不能再撤回，请选择不同意。"))
    if reason_against := _against(kind, record, locked.kind, steps):
        raise NotPossible(reason_against)
    _close(locked, actor, STATE.CONFIRMED, reason)
    if locked.kind == KIND.TAKE_BACK:
        _take_back(kind, record, steps[-1], locked, actor)
    else:
        _void(kind, record, locked, actor)
    return record


@transaction.atomic
def refuse(*, request: CorrectionRequest, actor: Membership, reason: str) -> None:
    """Refuse what was asked, with the reason: whoever asked reads it on the first page."""
    kind = record_type(request.record_type)
    require(actor, Action.DECIDE_CORRECTION, kind)
    _give_up(kind, request, actor, STATE.REFUSED, reason)


@transaction.atomic
def withdraw(*, request: CorrectionRequest, actor: Membership) -> None:
    """Take one's own request back."""
    if request.asked_by_id != actor.user_id:
        raise PermissionError(request.public_id)
    _give_up(record_type(request.record_type), request, actor, STATE.WITHDRAWN, "")


def acknowledge(*, request: CorrectionRequest, actor: Membership) -> None:
    """Note that whoever asked has read the refusal."""
    own = CorrectionRequest.objects.filter(pk=request.pk, asked_by=actor.user_id, state=STATE.REFUSED)
    own.filter(acknowledged_at=None).update(acknowledged_at=timezone.now())


def _lock_request(request: CorrectionRequest) -> CorrectionRequest:
    locked = CorrectionRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if not locked.is_open:
        raise NotPossible(_("这项申请已经处理。"))
    return locked


def _give_up(kind: RecordType, request: CorrectionRequest, actor: Membership, state: str, reason: str) -> None:
    record = lock(kind.model._default_manager.get(pk=request.record_id))
    locked = _lock_request(request)
    _close(locked, actor, state, reason)
    add_event(record, actor=actor, kind=f"{locked.kind}_{state}", note=reason)


def _close(request: CorrectionRequest, actor: Membership, state: str, reason: str) -> None:
    request.state, request.decided_by, request.decided_reason = state, actor.user, reason
    request.decided_at = timezone.now()
    request.save(force_update=True)


def _take_back(
    kind: RecordType, record: Record, step: StepTaken, request: CorrectionRequest, actor: Membership
) -> None:
    number, version = record.number, record.version
    restore(record, written_by(record, step.event))
    record.version = version + 1
    save_record(record)
    told = {"step": step.kind, "asked_by": request.asked_by.name, "from": step.event.to_state, "to": record.state}
    if number != record.number:
        told["number"] = number
    add_event(record, actor=actor, kind=TAKEN_BACK, note=request.reason, details=told, corrects=step.event)
    # Stored with the paper, which is Chinese whoever confirmed.
    with override("zh-hans"):
        void_papers(record, _("撤回“%(step)s”") % {"step": step_label(kind, step.kind)}, since=step.event)


def _void(kind: RecordType, record: Record, request: CorrectionRequest, actor: Membership) -> None:
    owners = [record, *(row for part in kind.parts if part.counts for row in part.rows(record))]
    for owner in owners:
        for name in _counted(owner).values_list("kind", flat=True):
            uncount_event(owner, kind=name)
    before, record.state = record.state, VOID
    record.due_on, record.due_rule, record.due_since = None, "", None
    record.version += 1
    save_record(record)
    told = {"asked_by": request.asked_by.name, "same_as": request.same_as}
    add_event(record, actor=actor, kind=VOIDED, from_state=before, to_state=VOID, note=request.reason, details=told)
    with override("zh-hans"):
        void_papers(record, _("业务作废"))


def void_papers(record: Record, reason: str, *, since: RecordEvent | None = None) -> None:
    """Mark the papers of a record void, those that were made after an entry where one is given. They stay readable."""
    papers = IssuedDocument.objects.filter(record_type=record.record_type(), record_id=record.pk, void_reason="")
    if since is not None:
        papers = papers.filter(at__gte=since.at)
    papers.update(void_reason=reason[:300])


def requests_for(actor: Membership) -> Q:
    """Return the condition of what a person's first page shows: what waits for the decision, and own refused requests."""
    refused = Q(asked_by=actor.user_id, state=STATE.REFUSED, acknowledged_at=None)
    waiting = Q(state=STATE.WAITING) & ~Q(asked_by=actor.user_id)
    return refused | waiting if may(actor, Action.DECIDE_CORRECTION) else refused

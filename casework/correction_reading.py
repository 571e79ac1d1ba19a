"""Reading corrections for pages: the history with what was written before, requests that wait or were refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.correction_requests import KIND, STATE, requests_for
from casework.corrections import is_correctable
from casework.history import StepTaken, standing
from casework.lines import RecordType, record_type
from casework.models import CORRECTED, TAKEN_BACK, CorrectionRequest, Record, RecordEvent
from casework.tables import show_date
from casework.templatetags.casework import record_time
from casework.workflow import VOID
from offices.models import Membership
from offices.permissions import Action, may

TONES = {STATE.WAITING: "amber", STATE.CONFIRMED: "green", STATE.REFUSED: "red", STATE.WITHDRAWN: ""}
# Entries of every record's history that corrections write.
LABELS = {
    "take_back_asked": gettext_lazy("申请撤回上一步"),
    "take_back_refused": gettext_lazy("不同意撤回"),
    "take_back_withdrawn": gettext_lazy("取消撤回申请"),
    "void_asked": gettext_lazy("申请作废"),
    "void_refused": gettext_lazy("不同意作废"),
    "void_withdrawn": gettext_lazy("取消作废申请"),
    "voided": gettext_lazy("作废"),
    # Where the step is older than what the page shows.
    CORRECTED: gettext_lazy("更正"),
    TAKEN_BACK: gettext_lazy("撤回上一步"),
    "file_voided": gettext_lazy("作废材料"),
    "document_voided": gettext_lazy("作废文书"),
    "document_reissue": gettext_lazy("申请重新制作文书"),
}
SHOWN = 10


def told(event: RecordEvent, decider: Any = "", *more: Any) -> str:
    """Return the day, decider, paper and note of an entry as one sentence."""
    day = event.happened_on.isoformat() if event.to_state or event.kind == CORRECTED else ""
    return " · ".join(str(part) for part in (day, decider, *more, event.paper, event.note) if part)


class Corrections:
    """What the history of one record says of its steps that were corrected or taken back."""

    def __init__(self, kind: RecordType, events: list[RecordEvent], labels: dict[str, Any]) -> None:
        self.kind, self.labels = kind, labels
        self.steps = {step.event.pk: step for step in standing(events)}
        self.by_key = {event.pk: event for event in events}

    def title(self, event: RecordEvent) -> str:
        """Return the title of an entry."""
        step = self.by_key.get(event.corrects_id or 0)
        if step is None:
            return str(self.labels.get(event.kind, event.kind))
        text = _("更正“%(step)s”") if event.kind == CORRECTED else _("撤回“%(step)s”")
        return text % {"step": self.labels.get(step.kind, step.kind)}

    def text(self, event: RecordEvent, decider: Any, between: str) -> str:
        """Return the sentence of an entry: a step as it reads now, a correction with its reason."""
        if event.kind == CORRECTED:
            return _("原因：%(why)s") % {"why": event.details.get("why", "")}
        if asked_by := event.details.get("asked_by"):
            number, same_as = event.details.get("number"), event.details.get("same_as")
            parts = [
                event.note,
                _("申请人：%(name)s") % {"name": asked_by},
                _("编号作废：%(number)s") % {"number": number} if number else "",
                _("保留的业务：%(ref)s") % {"ref": same_as} if same_as else "",
            ]
            return " · ".join(part for part in parts if part)
        step = self.steps.get(event.pk)
        return told(step.newest if step else event, decider, between)

    def more(self, event: RecordEvent, decider: Any) -> dict[str, Any]:
        """Return what stands beside an entry: that it was taken back, or what was written before, and by whom."""
        if not event.to_state:
            return {}
        if event.pk not in self.steps:
            return {"void": True}
        step = self.steps[event.pk]
        return {"was": self._was(step, decider)} if step.corrections else {}

    def _was(self, step: StepTaken, decider: Any) -> list[str]:
        before = [step.event, *step.corrections]
        text = _("更正前：%(before)s。%(name)s于 %(at)s 更正，原因：%(why)s")
        return [
            text
            % {
                "before": told(old, decider),
                "name": new.user.name,
                "at": record_time(new.at),
                "why": new.details.get("why", ""),
            }
            for old, new in zip(before, before[1:], strict=False)
        ]

    def correct_url(self, event: RecordEvent, address: Callable[..., str], record: Record) -> str:
        """Return where a step is corrected; empty for what cannot be."""
        step = self.steps.get(event.pk)
        if step is None or record.state == VOID or not is_correctable(self.kind, step):
            return ""
        return address("correct_step", record.public_id, event.pk)


def summary_of(request: CorrectionRequest) -> str:
    """Return what is asked, in words: 撤回“结案” or 作废."""
    if request.kind == KIND.VOID or request.step is None:
        return str(KIND.VOID.label)
    labels = {one.code: one.label for one in record_type(request.record_type).workflow.transitions}
    return _("撤回“%(step)s”") % {"step": labels.get(request.step.kind, request.step.kind)}


def rows_of(requests: list[CorrectionRequest]) -> list[dict[str, Any]]:
    """Return requests as lines of a panel."""
    return [
        {
            "name": f"{summary_of(request)}{_('：')}{request.title}",
            "url": reverse("correction", args=[request.public_id]),
            "line": f"{request.asked_by.name} · {record_time(request.asked_at)}",
            "icon": "arrow-clockwise" if request.kind == KIND.TAKE_BACK else "x-lg",
            "state_label": STATE(request.state).label,
            "state_tone": TONES[STATE(request.state)],
        }
        for request in requests
    ]


def panel_of_record(record: Record) -> dict[str, Any] | None:
    """Return the requests about a record as a panel of its page; None without any."""
    found = CorrectionRequest.objects.filter(record_type=record.record_type(), record_id=record.pk)
    items = rows_of(list(found.select_related("asked_by", "step")[:SHOWN]))
    return {"title": _("撤回与作废"), "template": "components/file_row.html", "items": items} if items else None


def panel_of_person(membership: Membership) -> dict[str, Any] | None:
    """Return what waits for a person's decision, and what was refused and not read yet; None without any."""
    if not may(membership, Action.READ_CORRECTIONS):
        return None
    found = CorrectionRequest.objects.filter(requests_for(membership)).select_related("asked_by", "step")
    items = rows_of(list(found.order_by("asked_on", "id")[:SHOWN]))
    if not items:
        return None
    actions = [{"label": _("全部"), "url": reverse("corrections")}]
    return {"title": _("撤回与作废"), "template": "components/file_row.html", "items": items, "actions": actions}


def facts_of_request(request: CorrectionRequest, same_as: Record | None) -> list[tuple[Any, Any, bool]]:
    """Return what is asked and what was decided."""
    number = (same_as.number or same_as.title) if same_as else request.same_as
    shown = [
        (_("申请事项"), summary_of(request), False),
        (_("申请人"), request.asked_by.name, False),
        (_("申请日期"), show_date(request.asked_on), False),
        (_("保留的业务"), number, False),
        (_("理由"), request.reason, True),
        (_("审批人"), request.decided_by.name if request.decided_by else "", False),
        (_("审批时间"), record_time(request.decided_at) if request.decided_at else "", False),
        (_("审批意见"), request.decided_reason, True),
    ]
    return [(label, value, wide) for label, value, wide in shown if value]

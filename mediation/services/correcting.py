"""What follows when the day of a step is corrected: the rows that came with it, and what the law asks of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from casework.deadlines import due_date
from casework.history import StepTaken
from mediation.models import Dispute, JudicialConfirmation, PerformanceItem, ReturnVisit, Transfer
from mediation.selectors import mediators_of
from mediation.workflow.disputes import CONFIRM_WITHIN

Follow = Callable[[Dispute, StepTaken, date], dict[str, Any]]


def follow_dispute(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    """Return the fields of a dispute that follow the corrected day of a step; its rows are saved here.

    ``dispute`` has its new days already. Raises ValidationError for a day that its rows or the law do not allow.
    """
    follow = FOLLOWS.get(step.kind)
    return follow(dispute, step, on) if follow else {}


def _refuse(text: str, **words: Any) -> ValidationError:
    return ValidationError({"on": text % words})


def _opened(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    if on < dispute.occurred_on:
        raise _refuse(_("登记日期不能早于纠纷发生日期（%(day)s）。"), day=dispute.occurred_on.isoformat())
    return {}


def _accepted(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    if dispute.rights_notice_on and on > dispute.rights_notice_on:
        text = _("受理日期不能晚于权利义务告知日期（%(day)s）。")
        raise _refuse(text, day=dispute.rights_notice_on.isoformat())
    return {}


def _named(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    absent = [mediator.title for mediator in mediators_of(dispute) if not mediator.serves_on(on)]
    if absent:
        text = _("%(names)s在 %(day)s 不在任。")
        raise _refuse(text, names=_("、").join(absent), day=on.isoformat())
    return {}


def _begun(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    """Article 23: the parties were told before. Told on the day of the step, they were told on its right day."""
    told = dispute.rights_notice_on
    if told == step.on:
        return {"rights_notice_on": on}
    if told and told > on:
        raise _refuse(_("开始调解日期不能早于权利义务告知日期（%(day)s）。"), day=told.isoformat())
    return {}


def _agreed(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    """Signed on the day of the agreement, it took effect on its right day; nothing is due before it."""
    first = PerformanceItem.objects.filter(dispute=dispute).order_by("due_on").values_list("due_on", flat=True).first()
    due = min((day for day in (first, dispute.performance_due_on) if day), default=None)
    if due and due < on:
        raise _refuse(_("达成协议日期不能晚于履行期限（%(day)s）。"), day=due.isoformat())
    if dispute.effective_on == step.on:
        return {"effective_on": on}
    if dispute.effective_on and dispute.effective_on < on:
        text = _("达成协议日期不能晚于协议生效日期（%(day)s）。")
        raise _refuse(text, day=dispute.effective_on.isoformat())
    return {}


def _performed(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    for item in PerformanceItem.objects.filter(dispute=dispute, done_on=step.on):
        item.done_on = on
        _save_row(item, dispute)
    return {}


def _visited(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    if visit := ReturnVisit.objects.filter(dispute=dispute, on=step.on).order_by("id").first():
        visit.on = on
        _save_row(visit, dispute)
    return {}


def _sent(dispute: Dispute, step: StepTaken, on: date) -> dict[str, Any]:
    if transfer := Transfer.objects.filter(dispute=dispute, on=step.on).order_by("id").first():
        transfer.on = on
        _save_row(transfer, dispute)
    return {}


def _save_row(row: Any, dispute: Dispute) -> None:
    # Judged beside the case's corrected days, which are not saved yet.
    row.dispute = dispute
    row.version += 1
    try:
        row.full_clean(exclude=["office", "county", "city", "user", "dispute"])
    except ValidationError as error:
        raise ValidationError({"on": error.messages}) from error
    row.save(force_update=True)


FOLLOWS: dict[str, Follow] = {
    "opened": _opened,
    "accept": _accepted,
    **dict.fromkeys(("assign", "reassign", "replace"), _named),
    "begin": _begun,
    **dict.fromkeys(("agree_in_writing", "agree_orally"), _agreed),
    "perform": _performed,
    "visit": _visited,
    **dict.fromkeys(("divert", "transfer", "pass_on"), _sent),
}


def follow_confirmation(confirmation: JudicialConfirmation, step: StepTaken, on: date) -> dict[str, Any]:
    """Article 33 of the Law: an application lies within thirty days of the day of effect, also on its right day."""
    effective_on = confirmation.dispute.effective_on
    if step.kind == "apply" and effective_on is not None and on > (last := due_date(CONFIRM_WITHIN, effective_on).on):
        text = _("已超过协议生效之日起三十日的申请期限（%(day)s 届满，人民调解法第三十三条）。")
        raise _refuse(text, day=last.isoformat())
    if step.kind == "opened" and confirmation.due_rule == CONFIRM_WITHIN and effective_on is not None:
        # Whenever it was registered, the thirty days run from the day of effect.
        return {"due_on": due_date(CONFIRM_WITHIN, effective_on).on, "due_since": effective_on}
    return {}

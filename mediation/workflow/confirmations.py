"""Judicial confirmation (People's Mediation Law, article 33; Civil Procedure Law, articles 205 and 206)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import NotPossible, State, Transition, Workflow
from offices.permissions import Action

ONLY_WRITTEN = _("口头协议或者没有达成协议的，不能申请司法确认：申请时须向人民法院提交书面调解协议。")
# Art. 356 of the Interpretation lets the parties withdraw; what a court has ruled on is settled (art. 206).
ENDED_WITHOUT_RULING = ("not_admitted", "withdrawn")


def may_be_confirmed(record: Any, facts: dict[str, Any]) -> None:
    """Art. 33 and art. 355 of the Interpretation: in writing, both together, in time, nothing that courts must refuse."""
    if not facts.get("written"):
        raise NotPossible(str(ONLY_WRITTEN))
    if facts.get("inadmissible"):
        matters = translate("、").join(facts["inadmissible"])
        text = translate("协议涉及“%(matters)s”，人民法院不予受理（民诉法解释第三百五十五条），不能申请司法确认。")
        raise NotPossible(text % {"matters": matters})
    if not facts.get("jointly"):
        raise NotPossible(translate("司法确认须由双方当事人共同申请（人民调解法第三十三条）。"))
    if facts["on"] > facts["limit"]:
        text = translate("已超过协议生效之日起三十日的申请期限（%(day)s 届满，人民调解法第三十三条）。")
        raise NotPossible(text % {"day": facts["limit"].isoformat()})


CONFIRMATION = Workflow(
    voids=True,
    deciders={"parties": _("双方当事人"), "court": _("人民法院")},
    states=(
        State("planned", _("拟申请"), "amber"),
        State("applied", _("已申请"), "blue"),
        State("admitted", _("法院已受理"), "blue"),
        State("not_admitted", pgettext_lazy("state", "法院不予受理"), "", is_open=False),
        State("confirmed", _("裁定有效"), "green", is_open=False),
        State("dismissed", _("裁定驳回"), "red", is_open=False),
        State("withdrawn", _("已撤回"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="apply",
            label=_("申请司法确认"),
            sources=("planned",),
            target="applied",
            action=Action.HANDLE_RECORD,
            decider="parties",
            counts=("confirmation_applied",),
            guard=may_be_confirmed,
            dates=("applied_on",),
        ),
        Transition(
            code="admit",
            label=_("法院受理"),
            sources=("applied",),
            target="admitted",
            action=Action.HANDLE_RECORD,
            decider="court",
        ),
        Transition(
            code="refuse",
            label=_("法院不予受理"),
            sources=("applied",),
            target="not_admitted",
            action=Action.HANDLE_RECORD,
            decider="court",
            counts=("confirmation_ended",),
            dates=("ruled_on",),
        ),
        Transition(
            code="confirm",
            label=_("裁定有效"),
            sources=("admitted",),
            target="confirmed",
            action=Action.HANDLE_RECORD,
            decider="court",
            counts=("confirmed",),
            dates=("ruled_on",),
        ),
        Transition(
            code="dismiss",
            label=_("裁定驳回"),
            sources=("admitted",),
            target="dismissed",
            action=Action.HANDLE_RECORD,
            decider="court",
            counts=("dismissed",),
            dates=("ruled_on",),
        ),
        Transition(
            code="withdraw",
            label=_("撤回申请"),
            sources=("applied", "admitted"),
            target="withdrawn",
            action=Action.HANDLE_RECORD,
            decider="parties",
            counts=("confirmation_ended",),
        ),
        # What never reached the court is in no figure.
        Transition(
            code="give_up",
            label=_("放弃申请"),
            sources=("planned",),
            target="withdrawn",
            action=Action.HANDLE_RECORD,
            decider="parties",
        ),
    ),
)

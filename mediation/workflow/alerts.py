"""Alerts: raised by the office, reported at once, acknowledged by the county, followed up and closed (article 25).

A higher level is a new danger: its time to report runs anew and the county acknowledges anew. The county alone lowers
a level, which it has then seen, and declares an alert void that was raised in error.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import NotPossible, State, Transition, Workflow
from offices.permissions import Action

# Each level's time to report, in hours: dated rules "mediation.alert.red" and so on.
REPORT_WITHIN = "mediation.alert."
# Where the county's acknowledgement is still awaited.
UNACKNOWLEDGED = ("raised", "reported")
# What statistics count: one that is void never was.
STANDING = ("raised", "reported", "acknowledged", "closed")


def reported_to_somebody(record: Any, facts: dict[str, Any]) -> None:
    """Art. 25: the police or another department is told promptly."""
    if not facts.get("reported_to"):
        raise NotPossible(translate("请至少选择一个上报对象（人民调解法第二十五条）。"))


ALERT = Workflow(
    deciders={
        "office": pgettext_lazy("decider", "司法所"),
        "county": pgettext_lazy("decider", "县司法局"),
        "system": pgettext_lazy("decider", "系统"),
    },
    states=(
        State("raised", _("待上报"), "red"),
        State("reported", _("待县局签收"), "amber"),
        State("acknowledged", _("县局已签收"), "blue"),
        State("closed", _("已解除"), "", is_open=False),
        State("voided", _("已作废"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="report",
            label=_("上报县局"),
            sources=("raised",),
            target="reported",
            action=Action.HANDLE_RECORD,
            decider="office",
            keeps_due=True,
            guard=reported_to_somebody,
        ),
        Transition(
            code="acknowledge",
            label=_("签收预警"),
            sources=("reported",),
            target="acknowledged",
            action=Action.ACKNOWLEDGE_ALERT,
            decider="county",
        ),
        Transition(
            code="track",
            label=_("跟踪处置"),
            sources=("acknowledged",),
            target="acknowledged",
            action=Action.HANDLE_RECORD,
            decider="office",
        ),
        Transition(
            code="upgrade",
            label=_("升级预警"),
            sources=("reported", "acknowledged"),
            target="reported",
            action=Action.HANDLE_RECORD,
            decider="office",
            keeps_due=True,
        ),
        Transition(
            code="lower",
            label=_("降级预警"),
            sources=("reported", "acknowledged"),
            target="acknowledged",
            action=Action.DECIDE_ALERT,
            decider="county",
        ),
        Transition(
            code="void",
            label=_("作废预警"),
            sources=UNACKNOWLEDGED + ("acknowledged",),
            target="voided",
            action=Action.DECIDE_ALERT,
            decider="county",
        ),
        Transition(
            code="close",
            label=_("解除预警"),
            sources=("acknowledged",),
            target="closed",
            action=Action.HANDLE_RECORD,
            decider="office",
            counts=("alert_closed",),
        ),
    ),
)

"""The registers: committees from foundation to dissolution, mediators from appointment to departure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from casework.workflow import NotPossible, State, Transition, Workflow
from offices.permissions import Action

# Art. 9 of the Law: members are elected or appointed for three years.
TERM = "mediation.term"
MEMBERS_FEWEST, MEMBERS_MOST = 3, 9
# Art. 14 of the Law: adult citizens; art. 17 of the Civil Code: eighteen years.
ADULT_FROM = 18
# Art. 15: removal of who was elected, dismissal of who was appointed; of the code table mediation.departure.
MISCONDUCT = frozenset({"partial", "insulting", "bribed", "indiscreet"})


def rightly_composed(record: Any, facts: dict[str, Any]) -> None:
    """Art. 8: three to nine members, a director, a woman, and a member of a minority where several peoples live."""
    problems = facts.get("problems") or []
    if problems:
        raise NotPossible(
            translate("调委会组成不符合人民调解法第八条：%(why)s")
            % {"why": " ".join(problems) if get_language() == "en" else "".join(problems)}
        )


def nobody_serves(record: Any, facts: dict[str, Any]) -> None:
    """A committee ends with its mediators' service: otherwise they would go on in the register without one."""
    if facts.get("serving"):
        text = translate("还有 %(n)d 名调解员在任，请先登记离任。")
        raise NotPossible(text % {"n": facts["serving"]})
    if facts.get("studios"):
        text = translate("还有 %(n)d 个个人调解工作室在运行，请先撤销。")
        raise NotPossible(text % {"n": facts["studios"]})


DECIDERS = {
    "electors": _("村居民会议或设立单位"),
    "committee": _("调委会"),
    "founder": _("设立单位"),
}

COMMITTEE = Workflow(
    deciders=DECIDERS,
    states=(
        State("forming", _("筹建中"), "amber"),
        State("running", _("在任"), "green"),
        State("dissolved", _("已撤销"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="establish",
            label=_("设立备案"),
            sources=("forming",),
            target="running",
            action=Action.HANDLE_RECORD,
            decider="electors",
            counts=("established",),
            starts=TERM,
            guard=rightly_composed,
        ),
        Transition(
            code="renew",
            label=_("换届"),
            sources=("running",),
            target="running",
            action=Action.HANDLE_RECORD,
            decider="electors",
            starts=TERM,
            guard=rightly_composed,
        ),
        Transition(
            code="dissolve",
            label=_("撤销"),
            sources=("running",),
            target="dissolved",
            action=Action.HANDLE_RECORD,
            decider="founder",
            counts=("committee_dissolved",),
            guard=nobody_serves,
        ),
        # A committee that was never established is in no stock: its end is not counted.
        Transition(
            code="give_up",
            label=_("终止筹建"),
            sources=("forming",),
            target="dissolved",
            action=Action.HANDLE_RECORD,
            decider="founder",
            guard=nobody_serves,
        ),
    ),
)

MEDIATOR = Workflow(
    deciders=DECIDERS,
    states=(
        State("serving", _("在任"), "green"),
        State("left", _("已离任"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="change_post",
            label=_("变更任职"),
            sources=("serving",),
            target="serving",
            action=Action.HANDLE_RECORD,
            decider="electors",
        ),
        Transition(
            code="leave",
            label=_("离任"),
            sources=("serving",),
            target="left",
            action=Action.HANDLE_RECORD,
            decider="electors",
            counts=("left",),
        ),
    ),
)

STUDIO = Workflow(
    deciders=DECIDERS,
    states=(
        State("running", _("运行中"), "green"),
        State("dissolved", _("已撤销"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="dissolve",
            label=_("撤销"),
            sources=("running",),
            target="dissolved",
            action=Action.HANDLE_RECORD,
            decider="committee",
            counts=("studio_dissolved",),
        ),
    ),
)

CENTER = Workflow(
    deciders={"township": _("乡镇（街道）")},
    states=(
        State("running", _("运行中"), "green"),
        State("dissolved", pgettext_lazy("centre", "已停用"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="dissolve",
            label=pgettext_lazy("centre", "停用"),
            sources=("running",),
            target="dissolved",
            action=Action.HANDLE_RECORD,
            decider="township",
        ),
    ),
)

"""Screening: a round runs and ends; a finding is settled on the spot, handed to mediation, or watched."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import NotPossible, State, Transition, Workflow
from offices.permissions import Action

WATCH_WITHIN = "mediation.watch"


def villages_visited(record: Any, facts: dict[str, Any]) -> None:
    """A round without a village has screened nothing."""
    if not facts.get("villages"):
        raise NotPossible(translate("还没有登记走访的村居，不能结束本轮排查。"))


ROUND = Workflow(
    deciders={"office": pgettext_lazy("decider", "司法所")},
    states=(
        State("running", _("进行中"), "blue"),
        State("finished", _("已结束"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="finish",
            label=_("结束排查"),
            sources=("running",),
            target="finished",
            action=Action.HANDLE_RECORD,
            decider="office",
            counts=("screened",),
            guard=villages_visited,
        ),
    ),
)

FINDING = Workflow(
    deciders={"office": pgettext_lazy("decider", "司法所"), "parties": pgettext_lazy("decider", "双方当事人")},
    states=(
        State("found", _("待处理"), "amber"),
        State("watched", pgettext_lazy("state", "稳控关注"), "amber"),
        State("handed", _("已转调解"), "blue", is_open=False),
        State("settled", _("已化解"), "green", is_open=False),
    ),
    transitions=(
        Transition(
            code="hand",
            label=_("转人民调解"),
            sources=("found", "watched"),
            target="handed",
            action=Action.OPEN_RECORD,
            decider="office",
            counts=("handed",),
        ),
        Transition(
            code="settle",
            label=_("就地化解"),
            sources=("found", "watched"),
            target="settled",
            action=Action.HANDLE_RECORD,
            decider="parties",
            counts=("prevented",),
        ),
        Transition(
            code="watch",
            label=_("稳控关注"),
            sources=("found", "watched"),
            target="watched",
            action=Action.HANDLE_RECORD,
            decider="office",
            starts=WATCH_WITHIN,
        ),
    ),
)

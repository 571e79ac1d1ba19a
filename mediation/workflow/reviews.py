"""The review of a dispute that turned criminal: the office gives the facts, the county alone concludes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import NotPossible, State, Transition, Workflow
from offices.permissions import Action

# Until when the county concludes, from the day on which the review began.
REVIEW_WITHIN = "mediation.review"


def answers_the_questions(record: Any, facts: dict[str, Any]) -> None:
    """A review that leaves one of its questions open has found out nothing."""
    if any(facts.get(name) is None for name in ("was_screened", "was_mediated", "was_alerted")):
        raise NotPossible(translate("请逐项写明案发前是否曾排查发现、调解、预警上报。"))


REVIEW = Workflow(
    deciders={
        "office": pgettext_lazy("decider", "司法所"),
        "county": pgettext_lazy("decider", "县司法局"),
    },
    states=(
        State("opened", _("倒查中"), "amber"),
        State("accounted", _("待县局结论"), "blue"),
        State("concluded", _("已作结论"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="account",
            label=_("报送情况说明"),
            sources=("opened", "accounted"),
            target="accounted",
            action=Action.HANDLE_RECORD,
            decider="office",
            keeps_due=True,
        ),
        Transition(
            code="conclude",
            label=_("作出倒查结论"),
            sources=("opened", "accounted"),
            target="concluded",
            action=Action.REVIEW_CRIME,
            decider="county",
            guard=answers_the_questions,
        ),
    ),
)

"""The way of a request to correct what was locked, as a table. Pure: no database, no clock.

An office or its county files it; county leader, city and province say yes one after the other, each another person.
The province decides what becomes of it: the month is restated, or the difference goes into the year to date of the
month that is open. A month of a closed year is restated only where the province's leader agrees.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import NotPossible, State, Transition, Workflow, all_of
from offices.permissions import Action

FILED, CONSENTED, PASSED, PROPOSED = "filed", "consented", "passed", "proposed"
RESTATED, ADJUSTED, REFUSED, WITHDRAWN = "restated", "adjusted", "refused", "withdrawn"
# Steps that a job takes, in a snapshot of its own.
RESTATING = frozenset({"restate", "approve"})


def by_another(correction: Any, facts: dict[str, Any]) -> None:
    """Nobody decides on what they filed or agreed to themselves."""
    if facts["user_id"] in facts["acted"]:
        raise NotPossible(translate("这项申请由您提出或者办理过，须由他人办理。"))


def by_the_filer(correction: Any, facts: dict[str, Any]) -> None:
    """Only who filed a request takes it back."""
    if facts["user_id"] != correction.filed_by_id:
        raise NotPossible(translate("只有申请人可以取消申请。"))


def with_a_reason(correction: Any, facts: dict[str, Any]) -> None:
    """A refusal says why."""
    if not facts.get("note"):
        raise NotPossible(translate("不同意的，请写明理由。"))


def still_in_force(correction: Any, facts: dict[str, Any]) -> None:
    """What was asked of a version is not done to the next one."""
    if not facts["is_newest"]:
        raise NotPossible(translate("申请之后这张报表已有新的版次，请选择不同意，由申请单位重新提出。"))


def year_is_open(correction: Any, facts: dict[str, Any]) -> None:
    """A difference of a closed year is no part of this year's figures; a closed year has a decider of its own."""
    if facts["year"] != correction.month.year:
        raise NotPossible(
            translate("%(year)d年已经结束：不能在本年调整，修订须报省厅领导同意。") % {"year": correction.month.year}
        )


def year_is_closed(correction: Any, facts: dict[str, Any]) -> None:
    """A month of this year needs nobody else's consent."""
    if facts["year"] == correction.month.year:
        raise NotPossible(translate("本年的月份由省厅统计员直接决定。"))


def something_flows(correction: Any, facts: dict[str, Any]) -> None:
    """A balance rights itself with the ledger: only what adds up over a year can be adjusted."""
    if not facts["amounts"]:
        raise NotPossible(translate("这些指标没有本年累计，或者差额已经调整过，不需要调整。"))


def _refusal(code: str, source: str, action: Action, decider: str) -> Transition:
    return Transition(
        code=code,
        label=_("不同意"),
        sources=(source,),
        target=REFUSED,
        action=action,
        decider=decider,
        guard=all_of(by_another, with_a_reason),
    )


CORRECTING = Workflow(
    deciders={
        "filer": _("申请单位"),
        "county": _("县局领导"),
        "city": _("市局"),
        "province": _("省厅统计员"),
        "leader": _("省厅领导"),
    },
    states=(
        State(FILED, _("待县局领导审签"), "amber"),
        State(CONSENTED, _("待市局审核"), "amber"),
        State(PASSED, _("待省厅决定"), "amber"),
        State(PROPOSED, _("待省厅领导同意"), "amber"),
        State(RESTATED, _("已修订"), "green", is_open=False),
        State(ADJUSTED, _("已在当月调整"), "green", is_open=False),
        State(REFUSED, pgettext_lazy("sheet correction", "不同意"), "red", is_open=False),
        State(WITHDRAWN, pgettext_lazy("sheet correction", "已取消"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="withdraw",
            label=_("取消申请"),
            sources=(FILED,),
            target=WITHDRAWN,
            action=Action.FILE_SHEET_CORRECTION,
            decider="filer",
            guard=by_the_filer,
        ),
        Transition(
            code="consent",
            label=_("同意申请"),
            sources=(FILED,),
            target=CONSENTED,
            action=Action.CONSENT_SHEET_CORRECTION,
            decider="county",
            guard=all_of(by_another, still_in_force),
        ),
        _refusal("refuse_county", FILED, Action.CONSENT_SHEET_CORRECTION, "county"),
        Transition(
            code="pass",
            label=_("审核通过，报省厅"),
            sources=(CONSENTED,),
            target=PASSED,
            action=Action.PASS_SHEET_CORRECTION,
            decider="city",
            guard=all_of(by_another, still_in_force),
        ),
        _refusal("refuse_city", CONSENTED, Action.PASS_SHEET_CORRECTION, "city"),
        Transition(
            code="adjust",
            label=_("在当月调整"),
            sources=(PASSED,),
            target=ADJUSTED,
            action=Action.DECIDE_SHEET_CORRECTION,
            decider="province",
            guard=all_of(by_another, still_in_force, year_is_open, something_flows),
        ),
        Transition(
            code="restate",
            label=_("修订这个月份"),
            sources=(PASSED,),
            target=RESTATED,
            action=Action.DECIDE_SHEET_CORRECTION,
            decider="province",
            guard=all_of(by_another, still_in_force, year_is_open),
        ),
        Transition(
            code="propose",
            label=_("拟修订，报省厅领导"),
            sources=(PASSED,),
            target=PROPOSED,
            action=Action.DECIDE_SHEET_CORRECTION,
            decider="province",
            guard=all_of(by_another, still_in_force, year_is_closed),
        ),
        _refusal("refuse", PASSED, Action.DECIDE_SHEET_CORRECTION, "province"),
        Transition(
            code="approve",
            label=_("同意修订"),
            sources=(PROPOSED,),
            target=RESTATED,
            action=Action.APPROVE_RESTATING,
            decider="leader",
            guard=all_of(by_another, still_in_force),
        ),
        _refusal("refuse_leader", PROPOSED, Action.APPROVE_RESTATING, "leader"),
    ),
)
OPEN = CORRECTING.open_states()
# The level at which a request lies in each of its open states.
DESKS = {FILED: "county", CONSENTED: "city", PASSED: "province", PROPOSED: "province"}

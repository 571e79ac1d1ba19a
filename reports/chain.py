"""The way of a unit's sheet from filling to lock, as a table. Pure: no database, no clock.

Every unit has one sheet for each form and month, and all of them walk the same table: an office's sheet is filled from
its ledger, that of a county, a city or the province adds up the signed sheets below it. A return goes one level down:
a city returns a county's sheet, and then the county may return an office's.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import NotPossible, State, Transition, Workflow
from offices.permissions import Action

FILLING, CHECKED, SUBMITTED, APPROVED, RETURNED, MISSING, LOCKED = (
    *("filling", "checked", "submitted", "approved", "returned", "missing", "locked"),
)
# What an upper level may add up: signed figures that it has accepted, or a unit that it has marked as missing.
SETTLED = frozenset({APPROVED, MISSING, LOCKED})
# Still with the unit that fills it: late when its day has passed.
WITH_UNIT = frozenset({FILLING, CHECKED, RETURNED})
# Whose figures stand: the signed digest never changes in these states.
SIGNED = frozenset({SUBMITTED, APPROVED, LOCKED})


def may_be_checked(sheet: Any, facts: dict[str, Any]) -> None:
    """The month is over, what lies below is settled, the unit's own cells are filled, hard checks hold, soft ones are explained."""
    if facts.get("opens_on") and facts["on"] < facts["opens_on"]:
        text = translate("这个月份尚未结束，%(day)s 起可以校核。")
        raise NotPossible(text % {"day": facts["opens_on"].isoformat()})
    if unsettled := facts.get("unsettled"):
        text = translate("还有 %(n)d 个下级单位的报表没有审核通过，也没有标为未报：%(names)s。")
        raise NotPossible(text % {"n": len(unsettled), "names": _named(unsettled)})
    if untyped := facts.get("untyped"):
        raise NotPossible(translate("请先填写本级填报的指标：%(names)s。") % {"names": _named(untyped)})
    if broken := facts.get("broken"):
        raise NotPossible(translate("审核关系不成立：%(checks)s。请更正台账后重新校核。") % {"checks": _named(broken)})
    if unexplained := facts.get("unexplained"):
        raise NotPossible(translate("请说明这些提示的原因：%(checks)s。") % {"checks": _named(unexplained)})


def figures_are_those_signed(sheet: Any, facts: dict[str, Any]) -> None:
    """Who signs has seen these figures: the digest on the page is that of the sheet."""
    if facts.get("digest") != sheet.digest:
        raise NotPossible(translate("报表在您打开之后重新校核过，请看过新的数字再签字。"))


def not_opened_above(sheet: Any, facts: dict[str, Any]) -> None:
    """A submitted sheet is taken back only until the upper level has opened it."""
    if sheet.opened_at is not None:
        raise NotPossible(translate("上级已经打开这张报表，不能撤回，请联系上级退回。"))


def by_another(sheet: Any, facts: dict[str, Any]) -> None:
    """Nobody approves what they filled in or signed."""
    if facts.get("user_id") in {sheet.checked_by_id, sheet.signed_by_id}:
        raise NotPossible(translate("这张报表由您填报或者签字，须由他人审核。"))


def not_added_up(sheet: Any, facts: dict[str, Any]) -> None:
    """An approved sheet comes back only while the sheet that added it up is open too."""
    if facts.get("above") in {CHECKED, *SIGNED}:
        raise NotPossible(translate("本级汇总表已经校核或者报送，请先撤回或者由上级退回汇总表。"))


def returned_with_reasons(sheet: Any, facts: dict[str, Any]) -> None:
    """A return says what is wrong, cell by cell or as a whole; an approved sheet may be returned too."""
    if not facts.get("cells") and not facts.get("note"):
        raise NotPossible(translate("请写明退回原因，或者逐项写明有问题的指标。"))
    not_added_up(sheet, facts)


def consented(sheet: Any, facts: dict[str, Any]) -> None:
    """Silence is not zero: a unit that did not report is marked so with a leader's consent, and prints blank."""
    if not facts.get("is_due"):
        raise NotPossible(translate("报送期限未过，不能标为未报。"))
    if not facts.get("note"):
        raise NotPossible(translate("请写明未报的原因。"))


def accepted_by_all(sheet: Any, facts: dict[str, Any]) -> None:
    """A sheet that was signed but not accepted is locked at the top alone, where nobody stands above."""
    if sheet.state == SUBMITTED and sheet.parent_id is not None:
        raise NotPossible(translate("%(unit)s的报表还没有审核通过。") % {"unit": sheet.unit_name})


def _named(names: list[Any], most: int = 5) -> str:
    shown = translate("、").join(str(name) for name in names[:most])
    return translate("%(names)s等") % {"names": shown} if len(names) > most else shown


CHAIN = Workflow(
    deciders={
        "filler": _("填报单位"),
        "head": _("单位负责人"),
        "above": _("上级单位"),
        "leader": _("上级负责人"),
        "province": _("省厅"),
    },
    states=(
        State(FILLING, pgettext_lazy("sheet", "未报送"), ""),
        State(CHECKED, _("已校核"), "blue"),
        State(SUBMITTED, _("已报送"), "blue"),
        State(APPROVED, _("审核通过"), "green"),
        State(RETURNED, pgettext_lazy("sheet", "已退回"), "red"),
        State(MISSING, _("未报"), "amber", is_open=False),
        State(LOCKED, _("已锁定"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="check",
            label=_("自校"),
            sources=(FILLING, RETURNED),
            target=CHECKED,
            action=Action.FILL_SHEET,
            decider="filler",
            guard=may_be_checked,
        ),
        Transition(
            code="reopen",
            label=_("重新填报"),
            sources=(CHECKED,),
            target=FILLING,
            action=Action.FILL_SHEET,
            decider="filler",
        ),
        Transition(
            code="submit",
            label=_("签字报送"),
            sources=(CHECKED,),
            target=SUBMITTED,
            action=Action.SIGN_SHEET,
            decider="head",
            guard=figures_are_those_signed,
        ),
        Transition(
            code="withdraw",
            label=_("撤回"),
            sources=(SUBMITTED,),
            target=FILLING,
            action=Action.SIGN_SHEET,
            decider="head",
            guard=not_opened_above,
        ),
        Transition(
            code="approve",
            label=_("审核通过"),
            sources=(SUBMITTED,),
            target=APPROVED,
            action=Action.REVIEW_SHEET,
            decider="above",
            guard=by_another,
        ),
        Transition(
            code="return",
            label=_("退回"),
            sources=(SUBMITTED, APPROVED),
            target=RETURNED,
            action=Action.REVIEW_SHEET,
            decider="above",
            guard=returned_with_reasons,
        ),
        Transition(
            code="mark_missing",
            label=_("标为未报"),
            sources=(FILLING, CHECKED, RETURNED),
            target=MISSING,
            action=Action.CONSENT_MISSING,
            decider="leader",
            guard=consented,
        ),
        Transition(
            code="unmark",
            label=_("取消未报"),
            sources=(MISSING,),
            target=FILLING,
            action=Action.CONSENT_MISSING,
            decider="leader",
            guard=not_added_up,
        ),
        Transition(
            code="lock",
            label=_("锁定"),
            # Nobody stands above the province: its own sheet is locked as its leader signed it.
            sources=(APPROVED, SUBMITTED),
            target=LOCKED,
            action=Action.LOCK_MONTH,
            decider="province",
            guard=accepted_by_all,
        ),
    ),
)

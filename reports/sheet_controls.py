"""What may be done with a sheet now, by whom, and why not: a control that is closed says who opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from casework.workflow import NotPossible, Transition
from offices.models import Membership, Office
from offices.permissions import ALLOWED, Action, Role, may
from reports.chain import CHAIN
from reports.due_dates import opens_on
from reports.models import UnitSheet

# Steps of a sheet's own unit; all others are taken by the unit directly above.
OWN = frozenset({"check", "reopen", "submit", "withdraw"})
PRIMARY = frozenset({"check", "submit", "approve"})


@dataclass(frozen=True)
class Control:
    """A step as a button: its address, or ``reason`` why it is closed to this person now."""

    step: str
    label: Any
    is_primary: bool
    reason: str = ""


def controls(sheet: UnitSheet, actor: Membership, unsettled: int) -> list[Control]:
    """Return the steps out of the sheet's state that concern the actor's unit, each open or with the reason."""
    found = []
    for step in CHAIN.possible(sheet.state):
        if step.code == "lock" or not _concerns(step, sheet, actor):
            continue
        reason = _reason(step, sheet, actor, unsettled)
        found.append(Control(step.code, step.label, step.code in PRIMARY and not reason, reason))
    return found


def _concerns(step: Transition, sheet: UnitSheet, actor: Membership) -> bool:
    unit = sheet.unit_id if step.code in OWN else sheet.parent_id
    return unit == actor.office_id


def _reason(step: Transition, sheet: UnitSheet, actor: Membership, unsettled: int) -> str:
    if not may(actor, step.action, sheet.line or None):
        return who_may(step.action, actor.office, sheet.line)
    facts = {
        "on": timezone.localdate(),
        "opens_on": opens_on(sheet.month),
        "unsettled": [_("%(n)d 个单位") % {"n": unsettled}] if unsettled else [],
        "digest": sheet.digest,
        "user_id": actor.user_id,
        "is_due": timezone.localdate() > sheet.due_on,
        # What the form will ask for is not a reason to close the button.
        "note": "-",
    }
    try:
        if step.guard:
            step.guard(sheet, facts)
    except NotPossible as reason:
        return str(reason)
    return ""


def who_may(action: Action, unit: Office, line: str) -> str:
    """Say who of a unit may do a deed, by name: the way to ask is a word across the corridor."""
    posts = Membership.objects.active(timezone.localdate()).filter(office=unit, role__in=ALLOWED[action])
    found = [post for post in posts.select_related("user") if not line or line in post.lines]
    if not found:
        return _("本单位还没有人担任可以办理的岗位，请联系系统管理员。")
    shown = [_("%(name)s（%(role)s）") % {"name": post.user.name, "role": Role(post.role).label} for post in found[:5]]
    people = _("、").join(shown)
    return _("由%(people)s办理，请与其联系。") % {"people": people}

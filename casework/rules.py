"""Dated rules: one person drafts the next one, a second person adopts it; what was once in force is never edited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.handovers import LIMIT
from casework.lines import record_types
from casework.models import DeadlineRule, Handover, RuleDraft
from casework.workflow import NotPossible
from offices.models import Membership
from offices.permissions import Action, may

# What limits are about that no step of a record starts; apps above casework add theirs.
words_of: dict[str, Any] = {LIMIT: gettext_lazy("业务移交：接收或者退回")}


def draft_rule(*, actor: Membership, code: str, valid_from: date, **values: Any) -> RuleDraft:
    """Draft the next rule of a code. Raises ValidationError for a day that is not ahead, or when a draft is open."""
    if not may(actor, Action.EDIT_RULES):
        raise PermissionError(code)
    if valid_from <= timezone.localdate():
        raise ValidationError({"valid_from": _("新规则只能从明天或以后的日期起生效，已经生效的规则不能修改。")})
    draft = RuleDraft(code=code, valid_from=valid_from, drafted_by=actor.user, **values)
    draft.full_clean(exclude=["drafted_by"])
    draft.save(force_insert=True)
    return draft


def adopt_rule(*, draft: RuleDraft, actor: Membership) -> None:
    """Adopt a draft: it is the rule from its day on. Raises NotPossible for the drafter, or when it is too late."""
    _decide("adopt_rule", draft, actor, _("不能审定：须由起草人以外的人审定，且生效日期未到。"))


def refuse_rule(*, draft: RuleDraft, actor: Membership) -> None:
    """Refuse a draft, or withdraw one's own."""
    _decide("refuse_rule", draft, actor, _("这份草案已经处理。"))


def _decide(function: str, draft: RuleDraft, actor: Membership, refusal: str) -> None:
    if not may(actor, Action.EDIT_RULES):
        raise PermissionError(draft.code)
    # Only the owner writes rules: the functions test day and person once more.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [draft.pk])
        if not cursor.fetchone()[0]:
            raise NotPossible(refusal)


def running_rules(day: date) -> list[DeadlineRule]:
    """Return the rule of each code that holds on a day, by code."""
    found: dict[str, DeadlineRule] = {}
    for rule in DeadlineRule.objects.filter(valid_from__lte=day).order_by("code", "valid_from"):
        if rule.valid_until is None or rule.valid_until >= day:
            found[rule.code] = rule
    return list(found.values())


def effect_of(code: str, today: date) -> dict[str, int]:
    """Return what a new rule of a code would meet: open records that keep their date, and how many began in a year.

    A limit is computed when it begins to run; a later rule never moves a date that has been set. Counts what lies in
    the person's reach.
    """
    offers = Handover.objects.filter(due_rule=code)
    open_now = offers.filter(state=Handover.State.OFFERED).count()
    began = offers.filter(offered_on__gte=today - timedelta(days=365)).count()
    for kind in record_types():
        rows = kind.model.objects.filter(due_rule=code)
        open_now += rows.count()
        began += rows.filter(registered_on__gte=today - timedelta(days=365)).count()
    return {"open": open_now, "year": began}


def steps_of(code: str) -> list[str]:
    """Return, in words, what starts a limit: the steps that name its rule, or what the line or another app says of it."""
    found = [str(words_of[code])] if code in words_of else []
    for kind in record_types():
        labels = [label for name, label in kind.rule_labels.items() if name == code]
        labels += [step.label for step in kind.workflow.transitions if step.starts == code]
        found += [f"{kind.label}{_('：')}{label}" for label in labels]
    return found

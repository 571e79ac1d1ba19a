"""Dated limits: how long a step may take, with its article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework.calendars import work_calendar
from casework.dated.subjects import (
    Change,
    ChangeForm,
    Effect,
    Listed,
    Subject,
    UnknownThing,
    Versions,
    in_chinese,
    term,
    term_headings,
)
from casework.deadlines import last_day
from casework.form_fields import fields_of
from casework.handovers import LIMIT
from casework.lines import record_types
from casework.models import DeadlineRule, Handover
from casework.templatetags.casework import record_date

# What limits are about that no step of a record starts; apps above casework add theirs.
words_of: dict[str, Any] = {LIMIT: gettext_lazy("业务移交：接收或者退回")}
YEAR = timedelta(days=365)


def running_rules(day: date) -> list[DeadlineRule]:
    """Return the rule of each code that holds on a day, by code."""
    found: dict[str, DeadlineRule] = {}
    for rule in DeadlineRule.objects.filter(valid_from__lte=day).order_by("code", "valid_from"):
        if rule.valid_until is None or rule.valid_until >= day:
            found[rule.code] = rule
    return list(found.values())


def amount_text(rule: DeadlineRule) -> str:
    """Return how long a rule gives: 30 个自然日，遇节假日顺延."""
    texts = {
        DeadlineRule.Unit.HOUR: ngettext("%(n)d 小时", "%(n)d 小时", rule.amount),
        DeadlineRule.Unit.DAY: ngettext("%(n)d 个自然日", "%(n)d 个自然日", rule.amount),
        DeadlineRule.Unit.WORKDAY: ngettext("%(n)d 个工作日", "%(n)d 个工作日", rule.amount),
        DeadlineRule.Unit.MONTH: ngettext("%(n)d 个月", "%(n)d 个月", rule.amount),
    }
    text = texts[DeadlineRule.Unit(rule.unit)] % {"n": rule.amount}
    return _("%(text)s，遇节假日顺延") % {"text": text} if rule.rolls else text


def steps_of(code: str) -> list[str]:
    """Return, in words, what starts a limit: the steps that name its rule, or what the line or another app says of it."""
    found = [str(words_of[code])] if code in words_of else []
    for kind in record_types():
        labels = [label for name, label in kind.rule_labels.items() if name == code]
        labels += [step.label for step in kind.workflow.transitions if step.starts == code]
        found += [f"{kind.label}{_('：')}{label}" for label in labels]
    return found


def rule_name(code: str) -> str:
    """Return what a limit is about."""
    return _("；").join(steps_of(code)) or code


@fields_of(DeadlineRule, "amount unit rolls article valid_from", future="valid_from")
class RuleForm(ChangeForm):
    """The next rule of a code."""


class DeadlineRules(Subject):
    """The limits."""

    kind = "deadline"
    label = gettext_lazy("期限规则")
    note = gettext_lazy("各步骤的办理期限和依据。期限自起算之日确定，以后的新规则不改变已经确定的期限。")

    def listed(self, day: date) -> list[Listed]:
        """Return the limits that hold on a day."""
        return [
            Listed(
                code=rule.code,
                name=rule_name(rule.code),
                holds=amount_text(rule),
                article=rule.article,
                since=rule.valid_from,
            )
            for rule in running_rules(day)
        ]

    def title(self, code: str) -> str:
        """Return what the limit is about."""
        if not DeadlineRule.objects.filter(code=code).exists():
            raise UnknownThing(code)
        return rule_name(code)

    def versions(self, code: str) -> Versions:
        """Return its versions."""
        today = timezone.localdate()
        rules = DeadlineRule.objects.filter(code=code).order_by("-valid_from")
        rows = [[amount_text(rule), rule.article, *term(rule.valid_from, rule.valid_until, today)] for rule in rules]
        return Versions([_("期限"), _("依据"), *term_headings()], rows)

    def make_form(self, code: str, typed: Any = None) -> ChangeForm:
        """Ask for the next one, beginning with the newest."""
        newest = DeadlineRule.objects.filter(code=code).latest("valid_from")
        names = ("amount", "unit", "rolls", "article")
        return RuleForm(typed, initial={name: getattr(newest, name) for name in names})

    def change(self, code: str, cleaned: Mapping[str, Any]) -> Change:
        """Return what was asked for."""
        content = {name: cleaned[name] for name in ("amount", "unit", "rolls", "article")}
        return Change(valid_from=cleaned["valid_from"], content=content)

    def check(self, code: str, change: Change) -> None:
        """Refuse a limit whose last day lies beyond every calendar, and one that changes nothing."""
        try:
            last_day(_rule(code, change), change.valid_from, work_calendar())
        except ValueError as error:
            raise ValidationError({"amount": _("期限过长，请核对数值和单位。")}) from error
        before = DeadlineRule.objects.filter(code=code, valid_from__lt=change.valid_from).latest("valid_from")
        if all(getattr(before, name) == value for name, value in change.content.items()):
            raise ValidationError({"amount": _("与现在的内容相同。")})

    def told(self, code: str, change: Change) -> str:
        """Say how long, and by which article."""
        return format_html("{} · {}", amount_text(_rule(code, change)), in_chinese(change.content["article"]))

    def effects(self, code: str, change: Change, today: date) -> list[Effect]:
        """Say what runs now and keeps its date, how many begin in a year, and what the new rule gives on its first day.

        A limit is computed when it begins to run; a later rule never moves a date that has been set.
        """
        counts = effect_of(code, today)
        text = _("现有 %(open)s 件正在按本规则计期，期限不变；近一年有 %(year)s 件按本规则起算。")
        found = [Effect(text % counts)]
        before = DeadlineRule.objects.filter(code=code, valid_from__lt=change.valid_from).latest("valid_from")
        calendar = work_calendar()
        was, new = (last_day(rule, change.valid_from, calendar) for rule in (before, _rule(code, change)))
        days = {"day": record_date(change.valid_from), "was": record_date(was), "new": record_date(new)}
        if was != new:
            text = _("例如 %(day)s 起算的，按现行规则于 %(was)s 届满，按新规则于 %(new)s 届满。")
            found.append(Effect(text % days))
        return found


def _rule(code: str, change: Change) -> DeadlineRule:
    return DeadlineRule(code=code, valid_from=change.valid_from, **change.content)


def effect_of(code: str, today: date) -> dict[str, int]:
    """Return how many open records run by a rule, and how many began in a year, of what lies in the person's reach."""
    offers = Handover.objects.filter(due_rule=code)
    open_now = offers.filter(state=Handover.State.OFFERED).count()
    began = offers.filter(offered_on__gte=today - YEAR).count()
    for kind in record_types():
        rows = kind.model.objects.filter(due_rule=code)
        open_now += rows.count()
        began += rows.filter(registered_on__gte=today - YEAR).count()
    return {"open": open_now, "year": began}

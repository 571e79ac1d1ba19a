"""Due dates by dated rules: which rule held on the day a step was taken, and when its time is up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from casework.calendars import work_calendar
from casework.models import DeadlineRule
from casework.workdays import WorkCalendar, add_days, add_months, add_workdays, roll, uses_provisional_year


@dataclass(frozen=True)
class Due:
    """A due date, the rule that made it, and whether it counts a year whose holidays are unpublished."""

    on: date
    rule: DeadlineRule
    provisional: bool


def rule_on(code: str, day: date) -> DeadlineRule:
    """Return the rule of a code that holds on a day; DeadlineRule.DoesNotExist when none does."""
    running = Q(valid_until=None) | Q(valid_until__gte=day)
    return DeadlineRule.objects.filter(running, code=code, valid_from__lte=day).latest("valid_from")


def asks_calendar(rule: DeadlineRule) -> bool:
    """Tell whether a rule's last day depends on which days are worked."""
    return rule.rolls or rule.unit == DeadlineRule.Unit.WORKDAY


def last_day(rule: DeadlineRule, start: date, calendar: WorkCalendar) -> date:
    """Return the last day of a rule's limit that starts to run on ``start``, which is not counted."""
    if rule.unit == DeadlineRule.Unit.WORKDAY:
        end = add_workdays(start, rule.amount, calendar=calendar)
    elif rule.unit == DeadlineRule.Unit.MONTH:
        end = add_months(start, rule.amount)
    else:
        end = add_days(start, rule.amount)
    return roll(end, calendar=calendar) if rule.rolls else end


def due_date(code: str, start: date) -> Due:
    """Return the last day of a limit that starts to run on ``start`` (not counted: Civil Code, articles 200 to 203)."""
    rule, calendar = rule_on(code, start), work_calendar()
    end = last_day(rule, start, calendar)
    provisional = asks_calendar(rule) and uses_provisional_year(start, end, calendar=calendar)
    return Due(on=end, rule=rule, provisional=provisional)

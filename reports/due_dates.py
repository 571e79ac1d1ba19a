"""When the sheets of a month open and are due: a dated rule for each level, in working days of the next month."""

from __future__ import annotations

from datetime import date

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from casework.dated.recomputing import Recomputed, Term, rule_finder
from casework.deadlines import due_date, last_day
from casework.workdays import WorkCalendar, add_days
from reports.chain import LOCKED, MISSING
from reports.models import UnitSheet
from reports.periods import day_after

RULE = "reports.due."
# What each rule is about, for the page of rules.
WORDS = {
    f"{RULE}office": _("统计月报：司法所报送"),
    f"{RULE}county": _("统计月报：县级汇总报送"),
    f"{RULE}city": _("统计月报：市级汇总报送"),
    f"{RULE}province": _("统计月报：省级定稿"),
}


def opens_on(month: date) -> date:
    """Return the first day on which the sheets of a month may be checked: the month is over."""
    return day_after(month)


def due_on(month: date, level: str) -> date:
    """Return the last day on which the units of a level submit: working days after the month's last day."""
    return due_date(f"{RULE}{level}", add_days(opens_on(month), -1)).on


def recompute_sheets(calendar: WorkCalendar, term: Term, today: date, is_real: bool) -> Recomputed:
    """Give the sheets that are still to be submitted the last day of a new calendar, or say how many would get one."""
    finder, counted = rule_finder(), {True: 0, False: 0}
    # What was never submitted is due; what was, keeps the day by which it was in time.
    rows = UnitSheet.objects.filter(first_submitted_on=None).exclude(state__in=[LOCKED, MISSING])
    groups = rows.order_by().values_list("month", "level", "due_on").annotate(count=Count("pk"))
    for month, level, was, count in list(groups):
        start = add_days(opens_on(month), -1)
        rule = finder(f"{RULE}{level}", start)
        new = last_day(rule, start, calendar) if rule is not None else was
        if new == was or max(new, was) < term[0]:
            continue
        is_ahead = min(new, was) >= today
        counted[is_ahead] += count
        if is_real and is_ahead:
            rows.filter(month=month, level=level, due_on=was).update(due_on=new)
    return Recomputed(label=_("统计月报"), moved=counted[True], kept=counted[False])

"""When the sheets of a month open and are due: a dated rule for each level, in working days of the next month."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from casework.deadlines import due_date
from casework.workdays import add_days
from reports.periods import later

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
    return later(month, 1)


def due_on(month: date, level: str) -> date:
    """Return the last day on which the units of a level submit: working days after the month's last day."""
    return due_date(f"{RULE}{level}", add_days(opens_on(month), -1)).on

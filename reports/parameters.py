"""Reading the dated parameters of checks and weights."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from reports.models import Parameter
from reports.volatility import Limits


def parameter(code: str, day: date) -> int:
    """Return the value of a parameter on a day; Parameter.DoesNotExist when none holds."""
    running = Q(valid_until=None) | Q(valid_until__gte=day)
    return Parameter.objects.filter(running, code=code, valid_from__lte=day).latest("valid_from").value


def limits_on(month: date) -> Limits:
    """Return from when on a figure of a month is looked at."""
    return Limits(
        percent=parameter("check.leap_percent", month),
        base=parameter("check.base", month),
        equal_cells=parameter("check.equal_cells", month),
    )

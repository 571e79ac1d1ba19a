"""What the monthly sheets say to a change of units: months that forbid it, and sheets that it lays out or names anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from offices.change_reading import named_on
from offices.models import Office, UnitChange
from offices.scoping import system
from reports.chain import CHECKED, FILLING, RETURNED, SIGNED
from reports.freezing import name_of
from reports.models import Sheet, UnitSheet
from reports.periods import month_of
from reports.reporting import open_month
from reports.selectors import last_day_of


def reported_reason(units: Sequence[int], day: date) -> str:
    """Return why units cannot change on a day: they have reported its month or a later one, or it is added up above."""
    with system("unit_change"):
        counties = Office.objects.filter(pk__in=units).values("county_id")
        own = Q(unit__in=units, state__in=SIGNED)
        above = Q(unit__in=counties, state__in=[CHECKED, *SIGNED])
        sheets = UnitSheet.objects.filter(own | above, month__gte=month_of(day))
        reported = sheets.order_by("month").values_list("month", flat=True).first()
        issued = Sheet.objects.filter(unit__in=units, month__gte=month_of(day))
        reported = reported or issued.order_by("month").values_list("month", flat=True).first()
    if reported is None:
        return ""
    text = _("%(month)s的报表已经报送、汇总或者签发，生效日期须在此后的月份。")
    return text % {"month": f"{reported:%Y-%m}"}


def lay_out(change: UnitChange) -> None:
    """Give new units their sheets of months that are open already, and name those that are not signed as they are now."""
    units = [line.target_id or line.unit_id for line in change.lines.all()]
    month = month_of(change.effective_on)
    opened = UnitSheet.objects.filter(month__gte=month, month__lt=month_of(timezone.localdate()))
    for start in sorted(set(opened.values_list("month", flat=True))):
        open_month(start)
        for unit in named_on(Office.objects.filter(pk__in=units), last_day_of(start)):
            sheets = UnitSheet.objects.filter(unit=unit, month=start, state__in=[FILLING, RETURNED])
            sheets.update(unit_code=unit.code, unit_name=name_of(unit))


def open_sheets(change: UnitChange, units: list[int]) -> list[tuple[Any, int]]:
    """Return how many sheets the units have still to report."""
    waiting = UnitSheet.objects.filter(unit__in=units, state__in=[FILLING, CHECKED, RETURNED]).count()
    return [(_("尚未报送的月报"), waiting)]

"""What the pages share: the line, the unit and the period of an address. Whatever is out of reach does not exist."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone

from casework import lines
from casework.lines import BusinessLine, Form
from offices.models import Level, Office
from offices.permissions import may
from offices.views.base import ActionView
from reports.periods import Period, month_of, parse_month
from reports.selectors import unit_in_reach


class LinePage(ActionView, abstract=True):
    """A page about the figures of one line, named in the address."""

    def allowed(self) -> bool:
        """Tell whether the person may do the deed in the line; an unknown line is not found."""
        if not may(self.request.membership, self.action):
            return False
        return may(self.request.membership, self.action, self.business_line().code)

    def business_line(self) -> BusinessLine:
        """Return the line of the address."""
        try:
            return lines.line(self.kwargs["line"])
        except KeyError:
            raise Http404 from None

    def form(self) -> Form:
        """Return the form of the query, by default the line's first one."""
        forms = {form.code: form for form in self.business_line().forms}
        code = self.request.GET.get("form", "")
        if not forms or (code and code not in forms):
            raise Http404
        return forms[code] if code else next(iter(forms.values()))

    def period(self) -> Period:
        """Return the period of the query, by default the running month; a month that has not begun is not found."""
        this = month_of(timezone.localdate())
        month = self.month_asked() or this
        if month > this:
            raise Http404
        return Period(month, "ytd" if self.request.GET.get("span") == "ytd" else "month")

    def month_asked(self) -> date | None:
        """Return the month of the query; None when it names none."""
        text = self.request.GET.get("period", "")
        month = parse_month(text)
        if text and month is None:
            raise Http404
        return month

    def unit(self, day: date) -> Office:
        """Return the unit of the query, by default the person's own."""
        code = self.request.GET.get("unit", "")
        return found_unit(self, code, day) if code else self.request.membership.office


def found_unit(view: ActionView, code: str, day: date) -> Office:
    """Return a unit of the person's reach by its code, else 404."""
    unit = unit_in_reach(view.request.membership, code[:12], day)
    if unit is None:
        raise Http404
    return unit


def short_name(unit: Office) -> str:
    """Return how a page names a unit."""
    return unit.short_name if unit.level == Level.OFFICE else unit.area_name


def way_to(view: ActionView, unit: Office, address_of: Any) -> list[tuple[str, str]]:
    """Return the units from the person's own down to one, each with its address: the breadcrumb of a dashboard."""
    chain = [unit]
    own = view.request.membership.office_id
    for above in (unit.county, unit.city, _province(unit)):
        if chain[-1].pk == own:
            break
        if above is not None and above.pk != chain[-1].pk:
            chain.append(above)
    return [(short_name(one), address_of(one)) for one in reversed(chain)]


def _province(unit: Office) -> Office | None:
    top = unit.city or unit
    return top.parent if top.level == Level.CITY else None

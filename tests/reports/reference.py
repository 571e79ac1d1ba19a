"""The slow reference: figures counted one event at a time from the declarations, without a line of the rollup."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.apps import apps

from casework import lines
from casework.models import CountedEvent
from casework.workdays import add_months
from offices.models import Office
from offices.scoping import system

LINE = "mediation"
Figures = dict[str, int]


def flows() -> tuple[lines.Indicator, ...]:
    """Return the indicators that are counted."""
    return tuple(indicator for indicator in lines.line(LINE).indicators if indicator.kind == "flow")


def added_by(event: CountedEvent) -> Figures:
    """Return what one event adds to each figure, zeros left out."""
    row = apps.get_model(event.record_type).objects.get(pk=event.record_id)
    line = lines.line(LINE)
    own = [flow for flow in flows() if line.counted_model(flow).record_type() == event.record_type]
    return {flow.code: amount for flow in own if (amount := flow.counts(event.kind, row))}


def kept_open(event: CountedEvent, until: date) -> Figures:
    """Return the balances that one event stands in on the last day before ``until``, the end of a month.

    A balance of the month's beginning is what stood a month before.
    """
    begun = add_months(until, -1)
    return _standing(event, until, opening=False) | _standing(event, begun, opening=True)


def _standing(event: CountedEvent, until: date, *, opening: bool) -> Figures:
    known = CountedEvent.objects.filter(
        record_type=event.record_type, record_id=event.record_id, is_replaced=False, on__lt=until
    )
    # An arrival has gone out with the next hand-over, not with those that came before it.
    kinds = {kind for kind, turn in known.values_list("kind", "turn") if turn == 0 or turn > event.turn}
    line = lines.line(LINE)
    row = apps.get_model(event.record_type).objects.get(pk=event.record_id)
    return {
        one.code: 1
        for one in line.indicators
        if one.kind == "balance"
        and one.opening is opening
        and event.on < until
        and line.counted_model(one).record_type() == event.record_type
        and any(line.indicator(code).counts(event.kind, row) for code in one.plus)
        and not kinds & {kind for code in one.minus for kind in line.indicator(code).events}
    }


def reference_cells() -> dict[tuple[int, date], Figures]:
    """Return the figures of every unit's month that an event lies in, of all levels, zeros left out."""
    found: dict[tuple[int, date], Counter[str]] = {}
    with system("reference"):
        province = Office.objects.get(level="province").pk
        for event in CountedEvent.objects.filter(is_replaced=False):
            for unit in (event.office_id, event.county_id, event.city_id, province):
                found.setdefault((unit, event.on.replace(day=1)), Counter()).update(added_by(event))
    return {key: dict(figures) for key, figures in found.items() if figures}

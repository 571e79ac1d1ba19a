"""The figures of every unit for a month and its four comparisons, read from cells and from what still waits.

Read it inside a snapshot: cells, marks and source then belong to the same instant, so that nothing waits for the drain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from django.db.models import BigIntegerField, Min, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from casework.lines import BusinessLine, Form, Indicator
from offices.change_reading import named_on
from offices.models import Level, Office
from reports import rollup
from reports.counting import balances, flows
from reports.models import Cell
from reports.periods import later, months_between, year_to
from reports.selectors import TREND_MONTHS, exists_in, last_day_of

PERIODS = ("current", "previous", "last_year", "ytd", "last_ytd")
# A balance is a state on the last day: these three days are those of the periods of the same name.
DAYS = ("current", "previous", "last_year")
# From when on the province tells what its offices have done.
SINCE = date(2022, 1, 1)

Sums = dict[str, Counter[str]]
UnitFigures = dict[str, dict[str, int | None]]


@dataclass(frozen=True)
class MonthLedger:
    """What a month says: the units with figures by indicator and period, and the whole's last months by indicator.

    ``first`` is the first month that the portal has data for; None when it has none at all. ``recent`` are the flows of
    each unit's last months, the month itself first, as many as the form's streaks look back.
    """

    first: date | None
    units: list[Office]
    figures: dict[int, UnitFigures]
    trend: list[dict[str, Any]]
    recent: dict[int, list[Counter[str]]]


def read_month(line: BusinessLine, form: Form, month: date, whole: Office) -> MonthLedger:
    """Return the figures of a month for a unit and every unit of its subtree, in the order of level and code.

    What the portal has data for is asked of the ``form``: another form of the line may reach further back. A single
    office's figures that headlines tell have a sixth period, ``since``: everything from 2022 on.
    """
    changes = _pending_changes(line, month)
    first = _first_month(line, form, changes)
    offices = named_on(Office.objects.below(whole), last_day_of(month))
    lowest = [office for office in offices if office.level == Level.OFFICE]
    told = told_codes(line, form) if whole.level == Level.OFFICE else frozenset()
    looked_back = _looked_back(form, month)
    asked = looked_back | ({"since": months_between(SINCE, month)} if told else {})
    sums = _sums(line, month, changes, {office.pk for office in lowest}, asked)
    totals = _totals(sums, lowest, whole)
    figures = {office.pk: _figures(line, month, first, totals[office.pk]) for office in offices}
    counted = {flow.code for flow in flows(line)}
    for code in told:
        figures[whole.pk][code]["since"] = totals[whole.pk]["since"][code] if code in counted else None
    return MonthLedger(
        first=first,
        units=[office for office in offices if _belongs(office, month, figures[office.pk])],
        figures=figures,
        trend=_trend(line, month, first, whole, changes, {office.pk for office in lowest}),
        recent={office.pk: [totals[office.pk][name] for name in looked_back] for office in offices},
    )


def told_codes(line: BusinessLine, form: Form) -> frozenset[str]:
    """Return the indicators of a form that headlines tell."""
    told = [one for one in line.headlines if one.form == form.code]
    return frozenset(code for one in told for code in (*one.plus, *one.of))


def windows(month: date) -> dict[str, tuple[date, ...]]:
    """Return the months that each period adds up."""
    last_year = later(month, -12)
    return {
        "current": (month,),
        "previous": (later(month, -1),),
        "last_year": (last_year,),
        "ytd": year_to(month),
        "last_ytd": year_to(last_year),
    }


def _looked_back(form: Form, month: date) -> dict[str, tuple[date, ...]]:
    """Return the months that the form's streaks look at, each as a period of its own, the month itself first."""
    most = max((streak.months for streak in form.streaks), default=0)
    return {f"back {number}": (later(month, -number),) for number in range(most)}


def _pending_changes(line: BusinessLine, month: date) -> dict[rollup.Pair, Counter[str]]:
    """Return by how much the figures of marked offices' months differ from their cells. No lock, nothing is drained."""
    pairs = [pair for pair in rollup.pending_pairs(line.code) if pair[1] <= month]
    counted = rollup.count_pairs(line, pairs)
    cells = Cell.objects.filter(
        line=line.code, unit_id__in={unit for unit, _ in pairs}, month__in={start for _, start in pairs}
    )
    stored = {(unit, start): figures for unit, start, figures in cells.values_list("unit_id", "month", "figures")}
    changes = {pair: Counter(figures) for pair, figures in counted.items()}
    for pair, change in changes.items():
        change.subtract(stored.get(pair, {}))
    return changes


def _first_month(line: BusinessLine, form: Form, changes: Mapping[rollup.Pair, Counter[str]]) -> date | None:
    codes = flows_behind(line, form)
    # Zeros are not stored: a cell that knows one of the codes has counted something.
    cells = Cell.objects.filter(line=line.code, level=Level.PROVINCE, figures__has_any_keys=codes)
    stored = cells.aggregate(first=Min("month"))["first"]
    moved = [start for (_, start), change in changes.items() if any(change[code] for code in codes)]
    return min((start for start in (stored, *moved) if start), default=None)


def flows_behind(line: BusinessLine, form: Form) -> list[str]:
    """Return the flows that a form's figures are made of."""
    found: dict[str, None] = {}
    for code in (*form.indicators, *form.memo):
        indicator = line.indicator(code)
        found |= dict.fromkeys((*indicator.plus, *indicator.minus) if indicator.kind == "balance" else (code,))
    return list(found)


def _sums(
    line: BusinessLine,
    month: date,
    changes: Mapping[rollup.Pair, Counter[str]],
    offices: set[int],
    looked_back: dict[str, tuple[date, ...]],
) -> dict[int, Sums]:
    """Return, for each office, the flows of each period, those before it, and those to its last day.

    The latter two stand under ``before current``, ``to current`` and so on.
    """
    sums: dict[int, Sums] = {office: defaultdict(Counter) for office in offices}
    wanted = windows(month) | looked_back
    holders = {start: [name for name, months in wanted.items() if start in months] for start in chain(*wanted.values())}
    cells = Cell.objects.filter(line=line.code, level=Level.OFFICE, month__in=list(holders), unit_id__in=offices)
    rows = cells.values_list("unit_id", "month", "figures").iterator(chunk_size=5000)
    for unit, start, figures in (*rows, *((unit, start, change) for (unit, start), change in changes.items())):
        for name in holders.get(start, ()) if unit in offices else ():
            sums[unit][name].update(figures)
    _add_to_date(line, wanted, changes, sums)
    return sums


def _add_to_date(
    line: BusinessLine,
    wanted: Mapping[str, tuple[date, ...]],
    changes: Mapping[rollup.Pair, Counter[str]],
    sums: dict[int, Sums],
) -> None:
    stops = _stops(line, wanted)
    columns = {
        (name, code): Sum(
            Cast(KeyTextTransform(code, "figures"), BigIntegerField()), filter=Q(month__lte=end), default=0
        )
        for name, (end, codes) in stops.items()
        for code in codes
    }
    if not columns:
        return
    cells = Cell.objects.filter(
        line=line.code, level=Level.OFFICE, month__lte=wanted["current"][0], unit_id__in=list(sums)
    )
    named = {f"sum_{place}": column for place, column in enumerate(columns.values())}
    for unit, *values in cells.order_by().values_list("unit_id").annotate(**named):
        for (name, code), value in zip(columns, values, strict=True):
            sums[unit][name][code] += value
    for (unit, start), change in changes.items():
        for name, (end, codes) in stops.items() if unit in sums else ():
            if start <= end:
                sums[unit][name].update({code: change[code] for code in codes})


def _stops(line: BusinessLine, wanted: Mapping[str, tuple[date, ...]]) -> dict[str, tuple[date, list[str]]]:
    """Return the last month of each sum to date, and the flows that the balances of that day are made of."""
    found: dict[str, tuple[date, list[str]]] = {}
    for word, is_opening, months in (("to", False, 0), ("before", True, -1)):
        standing = [balance for balance in balances(line) if balance.opening is is_opening]
        codes = sorted({code for balance in standing for code in (*balance.plus, *balance.minus)})
        found |= {f"{word} {name}": (later(wanted[name][0], months), codes) for name in DAYS}
    return found


def _totals(sums: Mapping[int, Sums], offices: Iterable[Office], whole: Office) -> dict[int, Sums]:
    totals: dict[int, Sums] = defaultdict(lambda: defaultdict(Counter))
    for office in offices:
        for unit in {office.pk, office.county_id, office.city_id, whole.pk}:
            for name, figures in sums[office.pk].items():
                totals[unit or 0][name].update(figures)
    return totals


def _figures(line: BusinessLine, month: date, first: date | None, sums: Sums) -> UnitFigures:
    known = {name: first is None or months[0] >= first for name, months in windows(month).items()}
    # The month itself and its year always stand: what the portal has of them is what there is.
    known |= {"current": True, "ytd": True}
    figures: UnitFigures = {
        flow.code: {name: sums[name][flow.code] if known[name] else None for name in PERIODS} for flow in flows(line)
    }
    for balance in balances(line):
        word = "before" if balance.opening else "to"
        figures[balance.code] = {
            name: _balance(balance, sums[f"{word} {name}"]) if name in DAYS and known[name] else None
            for name in PERIODS
        }
    # No ledger knows what is typed.
    figures |= {typed.code: dict.fromkeys(PERIODS) for typed in line.indicators if typed.kind == "typed"}
    return figures


def _balance(balance: Indicator, flowed: Counter[str]) -> int:
    return sum(flowed[code] for code in balance.plus) - sum(flowed[code] for code in balance.minus)


def _belongs(office: Office, month: date, figures: UnitFigures) -> bool:
    """Tell whether a unit has a sheet: it exists in the month, or has figures in its year that would else be lost."""
    return exists_in(office, month) or any(figure["current"] or figure["ytd"] for figure in figures.values())


def _trend(
    line: BusinessLine,
    month: date,
    first: date | None,
    whole: Office,
    changes: Mapping[rollup.Pair, Counter[str]],
    offices: set[int],
) -> list[dict[str, Any]]:
    months = months_between(later(month, 1 - TREND_MONTHS), month)
    cells = Cell.objects.filter(line=line.code, unit=whole, month__in=months)
    sums = {start: Counter(figures) for start, figures in cells.values_list("month", "figures")}
    for (unit, start), change in changes.items():
        if unit in offices and start in months:
            sums.setdefault(start, Counter()).update(change)
    standing = _standing(line, whole, months, changes, offices)
    codes = [flow.code for flow in flows(line)]
    found = []
    for start in months:
        counted = sums.get(start, Counter())
        figures = {code: counted[code] for code in codes} | standing[start]
        known = first is not None and start >= first
        found.append({"month": start.isoformat(), "figures": {c: v if known else None for c, v in figures.items()}})
    return found


def _standing(
    line: BusinessLine,
    whole: Office,
    months: Sequence[date],
    changes: Mapping[rollup.Pair, Counter[str]],
    offices: set[int],
) -> dict[date, dict[str, int]]:
    """Return the balances of the whole at the end of each of the months."""
    flowed: list[tuple[date, Mapping[str, int]]] = list(
        Cell.objects.filter(line=line.code, unit=whole, month__lte=months[-1]).values_list("month", "figures")
    )
    flowed += [(start, change) for (unit, start), change in changes.items() if unit in offices]
    found = {}
    for month in months:
        to_date, before = Counter[str](), Counter[str]()
        for start, figures in flowed:
            if start <= month:
                to_date.update(figures)
            if start < month:
                before.update(figures)
        found[month] = {one.code: _balance(one, before if one.opening else to_date) for one in balances(line)}
    return found

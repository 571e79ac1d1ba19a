"""The rows behind a live figure: exactly the events that it counts, with their records as far as they are in scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.http import QueryDict
from django.utils.translation import gettext as _

from casework.lines import BusinessLine, Column, Indicator
from casework.models import CountedEvent
from casework.tables import show_date
from offices.models import Level, Office
from reports import rollup, words
from reports.counting import counted_model
from reports.keyset import Page, page_of
from reports.periods import Period

# Beside the day that counts they only make the table too wide for a screen.
OTHER_DATES = frozenset({"registered_on", "due_on"})
UNIT_COLUMNS = {Level.OFFICE: "office_id", Level.COUNTY: "county_id", Level.CITY: "city_id"}


@dataclass(frozen=True)
class Behind:
    """What a figure counts: the line, the flow, the unit and the period."""

    line: BusinessLine
    flow: Indicator
    unit: Office
    period: Period

    def events(self) -> QuerySet[CountedEvent]:
        """Return the counted events whose record, in scope, meets the flow's condition; each with ``ref`` and ``amount``."""
        model = counted_model(self.line)
        events = CountedEvent.objects.filter(
            line=self.line.code,
            record_type=model.record_type(),
            kind=self.flow.event,
            is_replaced=False,
            on__gte=self.period.start,
            on__lt=self.period.end,
        )
        if column := UNIT_COLUMNS.get(Level(self.unit.level)):
            events = events.filter(**{column: self.unit.pk})
        records = model.objects.filter(pk=OuterRef("record_id"))
        met = records.filter(**{_lookup(name, wanted): wanted for name, wanted in self.flow.where.items()})
        amount: Any = Value(1, output_field=IntegerField())
        if self.flow.measure != "count":
            amount = Subquery(records.values(self.flow.measure)[:1])
        ref = Subquery(records.values("public_id")[:1], output_field=CharField())
        return events.filter(Exists(met)).annotate(ref=ref, amount=amount)

    def total(self) -> int:
        """Return what the events in scope add up to now."""
        return self.events().aggregate(total=Sum("amount"))["total"] or 0

    def is_moving(self) -> bool:
        """Tell whether something of the figure waits to be recounted."""
        months = set(self.period.months)
        marked = {office for office, month in rollup.pending_pairs(self.line.code) if month in months}
        return bool(marked) and Office.objects.below(self.unit).filter(pk__in=marked).exists()

    def page(self, query: QueryDict) -> Page:
        """Return one page of the events."""
        return page_of(self.events(), query, anchor=self._anchor, name="ref")

    def _anchor(self, ref: str) -> tuple[date, int] | None:
        record = counted_model(self.line).objects.filter(public_id=ref).values_list("pk", flat=True).first()
        return self.events().filter(record_id=record).values_list("on", "pk").first() if record else None

    def columns(self, *, reduced: bool) -> list[Column]:
        """Return the columns of the list: the day that counts, those of the record, and what the row adds."""
        declared = [
            c for c in self.line.record_types[0].columns if c.name not in OTHER_DATES and (c.reduced or not reduced)
        ]
        when = Column(name="on", label=_("计入日期"), show=show_date)
        found = [*declared[:1], when, *declared[1:]]
        if self.flow.measure != "count":
            unit = words.unit_name(self.flow.unit)
            label = words.labelled(words.name_of(self.flow), unit)
            found.append(Column(name="amount", label=label, show=self._amount))
        return found

    def _amount(self, value: int) -> str:
        return words.count_text(value, is_money=self.flow.is_money)

    def table_rows(self, events: list[CountedEvent], columns: list[Column]) -> list[tuple[Any, ...]]:
        """Return each event as a row of the table: the record's public id, then one raw value for each column."""
        own = {"on", "amount"}
        names = [column.name for column in columns if column.name not in own]
        records = counted_model(self.line).objects.filter(pk__in=[event.record_id for event in events])
        values = {row[0]: dict(zip(names, row[1:], strict=True)) for row in records.values_list("pk", *names)}
        rows = []
        for event in events:
            record = values.get(event.record_id, {}) | {"on": event.on, "amount": event.amount}  # type: ignore[attr-defined]
            rows.append((event.ref, *(record.get(column.name) for column in columns)))  # type: ignore[attr-defined]
        return rows


def _lookup(name: str, wanted: Any) -> str:
    return f"{name}__in" if isinstance(wanted, tuple) else name

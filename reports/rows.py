"""The rows behind a live figure: exactly the events that it counts, with their records as far as they are in scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.http import QueryDict
from django.utils.translation import gettext as _

from casework.lines import BusinessLine, Column, Indicator, RecordType
from casework.models import CountedEvent
from casework.tables import show_date
from offices.models import Level, Office
from reports import rollup, words
from reports.keyset import Page, page_of
from reports.periods import Period
from reports.selectors import UNIT_COLUMNS

# Beside the day that counts they only make the table too wide for a screen.
OTHER_DATES = frozenset({"registered_on", "due_on"})


@dataclass(frozen=True)
class Behind:
    """What a figure counts: the line, the indicator (a flow or a balance), the unit and the period."""

    line: BusinessLine
    flow: Indicator
    unit: Office
    period: Period

    @property
    def model(self) -> Any:
        """The model whose rows are counted."""
        return self.line.counted_model(self.flow)

    @property
    def record_type(self) -> RecordType:
        """The record type to which each row leads."""
        return self.line.counted_type(self.flow)

    @property
    def _record(self) -> str:
        """The path from a counted row to its record, empty for a record."""
        return f"{self.model.parent_field}__" if hasattr(self.model, "parent_field") else ""

    def events(self) -> QuerySet[CountedEvent]:
        """Return the counted events whose row, in scope, meets the condition; each with ``ref`` and ``amount``."""
        events = CountedEvent.objects.filter(
            line=self.line.code, record_type=self.model.record_type(), is_replaced=False, on__lt=self._stop
        )
        if column := UNIT_COLUMNS.get(Level(self.unit.level)):
            events = events.filter(**{column: self.unit.pk})
        events = events.filter(self._standing() if self.flow.kind == "balance" else self._flowing())
        rows = self.model.objects.filter(pk=OuterRef("record_id"))
        amount: Any = Value(1, output_field=IntegerField())
        if self.flow.measure != "count":
            amount = Subquery(rows.values(self.flow.measure)[:1])
        ref = Subquery(rows.values(f"{self._record}public_id")[:1], output_field=CharField())
        # A row that has left the scope is counted, but is not here to be shown.
        return events.filter(Exists(rows)).annotate(ref=ref, amount=amount)

    @property
    def _stop(self) -> date:
        """The first day of which nothing is counted any more."""
        return self.period.start if self.flow.opening else self.period.end

    def _flowing(self) -> Q:
        return Q(on__gte=self.period.start) & self._counted(self.flow)

    def _standing(self) -> Q:
        """Return the condition of what came in before the day on which it is counted, and had not gone out."""
        coming = [self._counted(self.line.indicator(code)) for code in self.flow.plus]
        kinds = {kind for code in self.flow.minus for kind in self.line.indicator(code).events}
        gone = CountedEvent.objects.filter(
            Q(turn=0) | Q(turn__gt=OuterRef("turn")),
            record_type=OuterRef("record_type"),
            record_id=OuterRef("record_id"),
            kind__in=kinds,
            is_replaced=False,
            on__lt=self._stop,
        )
        came = Q(pk=None)
        for condition in coming:
            came |= condition
        return came & Q(~Exists(gone))

    def _counted(self, flow: Indicator) -> Q:
        where = {_lookup(name, wanted): wanted for name, wanted in flow.where.items()}
        met = Q(Exists(self.model.objects.filter(pk=OuterRef("record_id"), **where))) if where else Q()
        return Q(kind__in=flow.events) & met

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
        return page_of(self.events(), query)

    def columns(self, *, reduced: bool) -> list[Column]:
        """Return the columns of the list: the day that counts, those of the record, and what the row adds."""
        declared = [
            c
            for c in self.record_type.columns
            if c.name not in OTHER_DATES and not c.on_demand and (c.reduced or not reduced)
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
        rows = self.model.objects.filter(pk__in=[event.record_id for event in events])
        paths = [F(f"{self._record}{name}") for name in names]
        values = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows.values_list("pk", *paths)}
        found = []
        for event in events:
            shown = values.get(event.record_id, {}) | {"on": event.on, "amount": event.amount}  # type: ignore[attr-defined]
            found.append((event.ref, *(shown.get(column.name) for column in columns)))  # type: ignore[attr-defined]
        return found


def _lookup(name: str, wanted: Any) -> str:
    return f"{name}__in" if isinstance(wanted, tuple) else name

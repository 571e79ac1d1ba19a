"""Where counted events come from: the models of a line whose rows are counted, and how SQL reads them.

The line's first record type has by far the most events and is counted by a query of its own; all others share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from casework.lines import BusinessLine, Indicator
from casework.models import CountedEvent


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with the values of its placeholders, in their order."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Source:
    """A counted model, read under an alias. A part of a record (a row with a parent) leads back to that record."""

    model: Any
    alias: str

    @property
    def code(self) -> str:
        """What counted events call it."""
        return str(self.model.record_type())

    @property
    def parent(self) -> Any | None:
        """The model of the record that a part belongs to; None for a record."""
        name = getattr(self.model, "parent_field", "")
        return self.model._meta.get_field(name).related_model if name else None

    def column(self, name: str) -> str:
        """Return a field as SQL."""
        return f"{self.alias}.{quoted(str(self.model._meta.get_field(name).column))}"

    def joined(self) -> str:
        """Return the join of an event ``e`` with its row."""
        own = f"LEFT JOIN {table_of(self.model)} {self.alias} ON {self.alias}.id = e.record_id"
        return f"{own} AND e.record_type = '{self.code}'"

    def parent_joined(self) -> str:
        """Return the join with the record that a part belongs to, empty for a record."""
        if self.parent is None:
            return ""
        key = self.column(self.model.parent_field)
        return f"LEFT JOIN {table_of(self.parent)} {self.alias}p ON {self.alias}p.id = {key}"

    @property
    def record_alias(self) -> str:
        """The alias of the record to which an event leads back."""
        return f"{self.alias}p" if self.parent is not None else self.alias

    @property
    def record_type(self) -> str:
        """The type of the record to which an event leads back."""
        return str((self.parent or self.model).record_type())


@dataclass(frozen=True)
class Leg:
    """Sources that are counted by one query."""

    sources: tuple[Source, ...]

    def source(self, line: BusinessLine, indicator: Indicator) -> Source | None:
        """Return the source that an indicator counts, None when it lies in another leg."""
        model = line.counted_model(indicator)
        return next((source for source in self.sources if source.model is model), None)

    def codes(self) -> list[str]:
        """Return what counted events call the sources."""
        return [source.code for source in self.sources]

    def joins(self) -> str:
        """Return the joins of an event with its row, whichever source it is of."""
        return " ".join(source.joined() for source in self.sources)

    def parent_joins(self) -> str:
        """Return the joins with the records to which parts belong."""
        return " ".join(source.parent_joined() for source in self.sources)

    def of_record(self, field: str) -> str:
        """Return a column of the record to which an event leads back."""
        return self._by_source([f"{source.record_alias}.{field}" for source in self.sources])

    def record_types(self) -> str:
        """Return the type of the record to which an event leads back."""
        return self._by_source([f"'{source.record_type}'" for source in self.sources])

    def _by_source(self, texts: Sequence[str]) -> str:
        if len(texts) == 1:
            return texts[0]
        cases = " ".join(f"WHEN '{source.code}' THEN {text}" for source, text in zip(self.sources, texts, strict=True))
        return f"CASE e.record_type {cases} END"


def legs(line: BusinessLine) -> tuple[Leg, ...]:
    """Return the queries by which a line is counted."""
    first, *rest = line.counted_models()
    found = [Leg((Source(first, "r"),))]
    if rest:
        found.append(Leg(tuple(Source(model, f"r{place}") for place, model in enumerate(rest))))
    return tuple(found)


def quoted(name: str) -> str:
    """Return an identifier as SQL."""
    return connection.ops.quote_name(name)


def table_of(model: Any) -> str:
    """Return a model's table as SQL."""
    return quoted(model._meta.db_table)


def event_table() -> str:
    """Return the table of counted events."""
    return table_of(CountedEvent)

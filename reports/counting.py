"""From an indicator's declaration to SQL. Values are bound, names come from the models; nothing here touches a database.

Every expression reads a counted event as ``e`` and its record as ``r``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from casework.lines import BusinessLine, Indicator
from casework.models import CountedEvent, Record
from offices.models import Level
from reports.periods import later

# jsonb_build_object takes no more than a hundred arguments.
PAIRS_AT_ONCE = 40
PROVINCE = "(SELECT id FROM offices_office WHERE level = 'province')"


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with the values of its placeholders, in their order."""

    text: str
    values: tuple[Any, ...] = ()


def flows(line: BusinessLine) -> tuple[Indicator, ...]:
    """Return the indicators that are counted from events; the others are computed from them."""
    return tuple(indicator for indicator in line.indicators if indicator.kind == "flow")


def counted_model(line: BusinessLine) -> type[Record]:
    """Return the model whose fields the line's indicators read."""
    return line.record_types[0].model


def quoted(name: str) -> str:
    """Return an identifier as SQL."""
    return connection.ops.quote_name(name)


def record_table(line: BusinessLine) -> str:
    """Return the table of the counted records."""
    return quoted(counted_model(line)._meta.db_table)


def event_table() -> str:
    """Return the table of counted events."""
    return quoted(CountedEvent._meta.db_table)


def figures_of_group(line: BusinessLine) -> Sql:
    """Return the aggregate that makes the figures of a group of events: every flow by its code, zeros included."""
    return _object(line, _aggregate)


def figures_of_event(line: BusinessLine) -> Sql:
    """Return the figures that one event adds: only the indicators that it counts for, '{}' for none."""
    made = _object(line, _amount)
    return Sql(f"jsonb_strip_nulls({made.text})", made.values)


def summed_figures(line: BusinessLine) -> Sql:
    """Return the aggregate that adds up the figures of cells (read as ``c``), missing codes as zero."""
    parts, values = [], []
    for indicator in flows(line):
        parts.append(("%s", "coalesce(sum((c.figures ->> %s)::bigint), 0)"))
        values += [indicator.code, indicator.code]
    return Sql(_joined(parts), tuple(values))


def _object(line: BusinessLine, value_of: Callable[[type[Record], Indicator], Sql]) -> Sql:
    model = counted_model(line)
    parts: list[tuple[str, str]] = []
    values: list[Any] = []
    for indicator in flows(line):
        value = value_of(model, indicator)
        parts.append(("%s", value.text))
        values += [indicator.code, *value.values]
    return Sql(_joined(parts), tuple(values))


def _joined(parts: Sequence[tuple[str, str]]) -> str:
    chunks = [parts[start : start + PAIRS_AT_ONCE] for start in range(0, len(parts), PAIRS_AT_ONCE)]
    objects = [", ".join(f"{key}::text, {value}" for key, value in chunk) for chunk in chunks]
    return " || ".join(f"jsonb_build_object({pairs})" for pairs in objects) or "'{}'::jsonb"


def _aggregate(model: type[Record], indicator: Indicator) -> Sql:
    condition = counts_when(model, indicator)
    if indicator.measure == "count":
        return Sql(f"count(*) FILTER (WHERE {condition.text})", condition.values)
    total = f"sum({_column(model, indicator.measure)}) FILTER (WHERE {condition.text})"
    return Sql(f"coalesce({total}, 0)", condition.values)


def _amount(model: type[Record], indicator: Indicator) -> Sql:
    condition = counts_when(model, indicator)
    amount = "1" if indicator.measure == "count" else f"NULLIF({_column(model, indicator.measure)}, 0)"
    return Sql(f"CASE WHEN {condition.text} THEN {amount} END", condition.values)


def counts_when(model: type[Record], indicator: Indicator) -> Sql:
    """Return the condition under which a flow counts an event."""
    parts, values = ["e.kind = %s"], [indicator.event]
    for name, wanted in indicator.where.items():
        one_of_many = isinstance(wanted, tuple)
        parts.append(f"{_column(model, name)} = {'ANY(%s)' if one_of_many else '%s'}")
        values.append(list(wanted) if isinstance(wanted, tuple) else wanted)  # type: ignore[arg-type]
    return Sql(" AND ".join(parts), tuple(values))


def _column(model: type[Record], name: str) -> str:
    return f"r.{quoted(str(model._meta.get_field(name).column))}"  # type: ignore[union-attr]


def figures_of_pairs(line: BusinessLine, pairs: Sequence[tuple[int, date]]) -> Sql:
    """Return the query of offices' months (unit_id, month, figures) from the source, those without an event included."""
    figures = figures_of_group(line)
    offices, months = zip(*pairs, strict=True)
    text = f"""
        SELECT p.unit_id, p.month, {figures.text} AS figures
        FROM unnest(%s::int[], %s::date[], %s::date[]) AS p (unit_id, month, next_month)
        LEFT JOIN {event_table()} e ON e.line = %s AND e.record_type = %s AND NOT e.is_replaced
             AND e.office_id = p.unit_id AND e.counted_on >= p.month AND e.counted_on < p.next_month
        LEFT JOIN {record_table(line)} r ON r.id = e.record_id
        GROUP BY p.unit_id, p.month
    """  # noqa: S608
    ends = [later(month, 1) for month in months]
    record_type = counted_model(line).record_type()
    return Sql(text, (*figures.values, list(offices), list(months), ends, line.code, record_type))


def expected_cells(line: BusinessLine) -> list[tuple[Level, Sql]]:
    """Return what the cells of each level should be: offices after the source, the others after the level below."""
    figures, summed = figures_of_group(line), summed_figures(line)
    source = f"""
        SELECT e.office_id AS unit_id, date_trunc('month', e.counted_on)::date AS month, {figures.text} AS figures
        FROM {event_table()} e LEFT JOIN {record_table(line)} r ON r.id = e.record_id
        WHERE e.line = %s AND e.record_type = %s AND NOT e.is_replaced GROUP BY 1, 2
    """  # noqa: S608
    record_type = counted_model(line).record_type()
    found = [(Level.OFFICE, Sql(source, (*figures.values, line.code, record_type)))]
    steps = ((Level.COUNTY, Level.OFFICE, "c.county_id"), (Level.CITY, Level.COUNTY, "c.city_id"))
    for level, below, above in (*steps, (Level.PROVINCE, Level.CITY, PROVINCE)):
        text = f"""
            SELECT {above} AS unit_id, c.month, {summed.text} AS figures
            FROM reports_cell c WHERE c.line = %s AND c.level = %s GROUP BY 1, 2
        """  # noqa: S608
        found.append((level, Sql(text, (*summed.values, line.code, below.value))))
    return found

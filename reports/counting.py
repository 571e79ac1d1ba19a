"""From an indicator's declaration to SQL. Values are bound, names come from the models; nothing here touches a database.

Every expression reads a counted event as ``e`` and its record as ``r``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from casework.lines import BusinessLine, Indicator
from casework.models import CountedEvent, Record
from offices.models import Level
from reports.periods import later

# jsonb_build_object takes no more than a hundred arguments.
PAIRS_AT_ONCE = 50
PROVINCE = "(SELECT id FROM offices_office WHERE level = 'province')"


@dataclass(frozen=True)
class Sql:
    """A piece of SQL with the values of its placeholders, in their order."""

    text: str
    values: tuple[Any, ...] = ()


def flows(line: BusinessLine) -> tuple[Indicator, ...]:
    """Return the indicators that are counted from events; the others are computed from them."""
    return tuple(indicator for indicator in line.indicators if indicator.kind == "flow")


def balances(line: BusinessLine) -> tuple[Indicator, ...]:
    """Return the indicators that are a state on the last day of a period."""
    return tuple(indicator for indicator in line.indicators if indicator.kind == "balance")


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


def counts_of_group(line: BusinessLine) -> Sql:
    """Return the columns n0, n1, … that count a group of events: every flow in its order, zeros included."""
    return _numbered([_aggregate(counted_model(line), flow) for flow in flows(line)])


def counts_of_cells(line: BusinessLine) -> Sql:
    """Return the same columns as sums over cells (read as ``c``), missing codes as zero."""
    return _numbered([Sql("coalesce(sum((c.figures ->> %s)::bigint), 0)", (flow.code,)) for flow in flows(line)])


def figures_of_counts(line: BusinessLine) -> Sql:
    """Return the figures, by code, of the columns n0, n1, … of a row read as ``n``.

    Making them costs as much as counting: only a cell that is to be written needs them.
    """
    pairs = _joined([("%s", f"n.n{place}") for place in range(len(flows(line)))])
    return Sql(pairs, tuple(flow.code for flow in flows(line)))


def differs(line: BusinessLine) -> Sql:
    """Return the condition that a cell read as ``c`` does not say what the row ``n`` counts."""
    tests = [f"(c.figures ->> %s)::bigint IS DISTINCT FROM n.n{place}" for place in range(len(flows(line)))]
    return Sql(f"({' OR '.join(tests) or 'false'})", tuple(flow.code for flow in flows(line)))


def contributions(line: BusinessLine, month: date, within: Sql) -> list[Sql]:
    """Return what to store behind a month's figures: two queries of an event ``e`` with its record and ``added``.

    The first has the month's own events, each with the figures that it adds to; the second the earlier ones of records
    that a balance still counts at the month's end. ``within`` limits the events to a unit.
    """
    end = later(month, 1)
    model = counted_model(line)
    flowing = [(flow.code, _amount(model, flow)) for flow in flows(line)]
    standing = [(one.code, _is_open(line, one, end)) for one in balances(line)]
    open_flags = [(code, Sql(f"CASE WHEN {still.text} THEN 1 END", still.values)) for code, still in standing]
    in_month = Sql("e.counted_on >= %s AND e.counted_on < %s", (month, end))
    found = [_adding(line, [*flowing, *open_flags], within, in_month)]
    if standing:
        open_still = Sql(" OR ".join(s.text for _, s in standing), tuple(v for _, s in standing for v in s.values))
        before = Sql(f"e.counted_on < %s AND ({open_still.text})", (month, *open_still.values))
        found.append(_adding(line, open_flags, within, before))
    return found


def _adding(line: BusinessLine, amounts: Sequence[tuple[str, Sql]], *conditions: Sql) -> Sql:
    pairs = _joined([("%s", amount.text) for _, amount in amounts])
    pair_values = [value for code, amount in amounts for value in (code, *amount.values)]
    # Without OFFSET 0 the figures of a row are made twice, and those of a balance before most rows have fallen out.
    text = f"""
        FROM {event_table()} e JOIN {record_table(line)} r ON r.id = e.record_id
        CROSS JOIN LATERAL (SELECT jsonb_strip_nulls({pairs}) AS figures OFFSET 0) added
        WHERE e.line = %s AND e.record_type = %s AND NOT e.is_replaced AND added.figures <> '{{}}'
          AND {" AND ".join(condition.text for condition in conditions)}
    """
    fixed = (line.code, counted_model(line).record_type())
    return Sql(text, (*pair_values, *fixed, *(value for condition in conditions for value in condition.values)))


def _is_open(line: BusinessLine, balance: Indicator, end: date) -> Sql:
    """Return the condition that a balance counts ``e`` on the last day before ``end``: come in, and not gone out."""
    model = counted_model(line)
    coming, going = (
        [counts_when(model, line.indicator(code), alias) for code in codes]
        for codes, alias in ((balance.plus, "e"), (balance.minus, "m"))
    )
    text = f"""(({_any(coming)}) AND e.counted_on < %s AND NOT EXISTS (
        SELECT FROM {event_table()} m WHERE m.record_type = e.record_type AND m.record_id = e.record_id
        AND NOT m.is_replaced AND m.counted_on < %s AND ({_any(going)})))"""
    values = [[value for one in part for value in one.values] for part in (coming, going)]
    return Sql(text, (*values[0], end, end, *values[1]))


def _any(conditions: Sequence[Sql]) -> str:
    return " OR ".join(f"({one.text})" for one in conditions) or "false"


def _numbered(columns: Sequence[Sql]) -> Sql:
    texts = [f"{column.text} AS n{place}" for place, column in enumerate(columns)]
    return Sql(", ".join(texts), tuple(value for column in columns for value in column.values))


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


def counts_when(model: type[Record], indicator: Indicator, event: str = "e") -> Sql:
    """Return the condition under which a flow counts an event, read under the alias ``event``."""
    parts: list[str] = [f"{event}.kind = %s"]
    values: list[Any] = [indicator.event]
    for name, wanted in indicator.where.items():
        one_of_many = isinstance(wanted, tuple)
        parts.append(f"{_column(model, name)} = {'ANY(%s)' if one_of_many else '%s'}")
        values.append(list(wanted) if isinstance(wanted, tuple) else wanted)
    return Sql(" AND ".join(parts), tuple(values))


def _column(model: type[Record], name: str) -> str:
    return f"r.{quoted(str(model._meta.get_field(name).column))}"  # type: ignore[union-attr]


def counts_of_pairs(line: BusinessLine, pairs: Sequence[tuple[int, date]]) -> Sql:
    """Return the query of offices' months (unit_id, month, n0, …) from the source, those without an event included."""
    counts = counts_of_group(line)
    offices, months = zip(*pairs, strict=True)
    text = f"""
        SELECT p.unit_id, p.month, {counts.text}
        FROM unnest(%s::int[], %s::date[], %s::date[]) AS p (unit_id, month, next_month)
        LEFT JOIN {event_table()} e ON e.line = %s AND e.record_type = %s AND NOT e.is_replaced
             AND e.office_id = p.unit_id AND e.counted_on >= p.month AND e.counted_on < p.next_month
        LEFT JOIN {record_table(line)} r ON r.id = e.record_id
        GROUP BY p.unit_id, p.month
    """  # noqa: S608
    ends = [later(month, 1) for month in months]
    record_type = counted_model(line).record_type()
    return Sql(text, (*counts.values, list(offices), list(months), ends, line.code, record_type))


def counts_of_offices(line: BusinessLine) -> Sql:
    """Return the query of all offices' months (unit_id, month, n0, …) that have an event which counts."""
    counts, model = counts_of_group(line), counted_model(line)
    text = f"""
        SELECT e.office_id AS unit_id, date_trunc('month', e.counted_on)::date AS month, {counts.text}
        FROM {event_table()} e LEFT JOIN {record_table(line)} r ON r.id = e.record_id
        WHERE e.line = %s AND e.record_type = %s AND e.kind = ANY(%s) AND NOT e.is_replaced GROUP BY 1, 2
    """  # noqa: S608
    kinds = sorted({flow.event for flow in flows(line)})
    return Sql(text, (*counts.values, line.code, model.record_type(), kinds))


def expected_cells(line: BusinessLine) -> list[tuple[Level, Sql]]:
    """Return what the cells of each level should count: offices after the source, the others after the level below."""
    summed = counts_of_cells(line)
    found = [(Level.OFFICE, counts_of_offices(line))]
    steps = ((Level.COUNTY, Level.OFFICE, "c.county_id"), (Level.CITY, Level.COUNTY, "c.city_id"))
    for level, below, above in (*steps, (Level.PROVINCE, Level.CITY, PROVINCE)):
        text = f"""
            SELECT {above} AS unit_id, c.month, {summed.text}
            FROM reports_cell c WHERE c.line = %s AND c.level = %s GROUP BY 1, 2
        """  # noqa: S608
        found.append((level, Sql(text, (*summed.values, line.code, below.value))))
    return found

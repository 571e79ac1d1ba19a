"""From an indicator's declaration to SQL. Values are bound, names come from the models; nothing here touches a database.

Every expression reads a counted event as ``e`` and its row under the alias of its source.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from casework.lines import HANDED, BusinessLine, Indicator
from offices.models import Level
from reports.periods import day_after, first_day
from reports.sources import Leg, Source, Sql, event_table, legs

# jsonb_build_object takes no more than a hundred arguments.
PAIRS_AT_ONCE = 50
PROVINCE = "(SELECT id FROM offices_office WHERE level = 'province')"
# The rules of months are read once for a query, not once for each event.
MONTH = "statistical_month(e.counted_on, (SELECT month_starts()), (SELECT month_ends()))"


def flows(line: BusinessLine) -> tuple[Indicator, ...]:
    """Return the indicators that are counted from events; the others are computed from them."""
    return tuple(indicator for indicator in line.indicators if indicator.kind == "flow")


def balances(line: BusinessLine) -> tuple[Indicator, ...]:
    """Return the indicators that are a state on the last day of a period."""
    return tuple(indicator for indicator in line.indicators if indicator.kind == "balance")


def counts_of_cells(line: BusinessLine) -> Sql:
    """Return the columns n0, n1, … as sums over cells (read as ``c``), missing codes as zero."""
    columns = [Sql("coalesce(sum((c.figures ->> %s)::bigint), 0)", (flow.code,)) for flow in flows(line)]
    texts = [f"{column.text} AS n{place}" for place, column in enumerate(columns)]
    return Sql(", ".join(texts), tuple(value for column in columns for value in column.values))


def figures_of_counts(line: BusinessLine) -> Sql:
    """Return the figures, by code, of the columns n0, n1, … of a row read as ``n``; what is zero is left out.

    Making them costs as much as counting: only a cell that is to be written needs them.
    """
    pairs = _joined([("%s", f"NULLIF(n.n{place}, 0)") for place in range(len(flows(line)))])
    return Sql(f"jsonb_strip_nulls({pairs})", tuple(flow.code for flow in flows(line)))


def differs(line: BusinessLine) -> Sql:
    """Return the condition that a cell read as ``c`` does not say what the row ``n`` counts."""
    tests = [f"coalesce((c.figures ->> %s)::bigint, 0) <> n.n{place}" for place in range(len(flows(line)))]
    return Sql(f"({' OR '.join(tests) or 'false'})", tuple(flow.code for flow in flows(line)))


def contributions(line: BusinessLine, codes: Collection[str], month: date, within: Sql) -> list[Sql]:
    """Return what to store behind a month's figures of these codes: queries of an event ``e`` with ``k`` and ``added``.

    ``k`` names the record to which the event leads back, ``added`` the figures that it adds to. For each leg the first
    query has the month's own events, the second the earlier ones that a balance still counts at the month's end.
    ``within`` limits the events to a unit.
    """
    return [query for leg in legs(line) for query in _leg_contributions(line, leg, codes, month, within)]


def _leg_contributions(line: BusinessLine, leg: Leg, codes: Collection[str], month: date, within: Sql) -> list[Sql]:
    start, end = first_day(month), day_after(month)
    flowing = [
        (flow.code, _amount(source, flow))
        for flow in flows(line)
        if flow.code in codes and (source := leg.source(line, flow))
    ]
    standing = [
        (one.code, _is_open(line, source, one, start if one.opening else end))
        for one in balances(line)
        if one.code in codes and (source := leg.source(line, line.indicator(one.plus[0])))
    ]
    open_flags = [(code, Sql(f"CASE WHEN {still.text} THEN 1 END", still.values)) for code, still in standing]
    found = []
    if flowing or standing:
        in_month = Sql("e.counted_on >= %s AND e.counted_on < %s", (start, end))
        found.append(_adding(line, leg, [*flowing, *open_flags], within, in_month))
    if standing:
        open_still = Sql(" OR ".join(s.text for _, s in standing), tuple(v for _, s in standing for v in s.values))
        before = Sql(f"e.counted_on < %s AND ({open_still.text})", (start, *open_still.values))
        found.append(_adding(line, leg, open_flags, within, before))
    return found


def _adding(line: BusinessLine, leg: Leg, amounts: Sequence[tuple[str, Sql]], *conditions: Sql) -> Sql:
    pairs = _joined([("%s", amount.text) for _, amount in amounts])
    pair_values = [value for code, amount in amounts for value in (code, *amount.values)]
    names = f"{leg.record_types()} AS record_type, {leg.of_record('public_id')} AS key"
    # Without OFFSET 0 the figures of a row are made twice, and those of a balance before most rows have fallen out.
    text = f"""
        FROM {event_table()} e {leg.joins()} {leg.parent_joins()}
        CROSS JOIN LATERAL (SELECT {names}, {leg.of_record("number")} AS number) k
        CROSS JOIN LATERAL (SELECT jsonb_strip_nulls({pairs}) AS figures OFFSET 0) added
        WHERE e.line = %s AND e.record_type = ANY(%s) AND NOT e.is_replaced AND added.figures <> '{{}}'
          AND {" AND ".join(condition.text for condition in conditions)}
    """
    fixed = (line.code, leg.codes())
    return Sql(text, (*pair_values, *fixed, *(value for condition in conditions for value in condition.values)))


def _is_open(line: BusinessLine, source: Source, balance: Indicator, end: date) -> Sql:
    """Return the condition that a balance counts ``e`` on the last day before ``end``: come in, and not gone out.

    Whoever hands a record over counts its leaving, whoever receives it counts its arrival: of several arrivals of a
    record only the last one stands, and an earlier one has gone out with the next hand-over (``turn``).
    """
    coming, going = (
        [counts_when(source, line.indicator(code), alias) for code in codes]
        for codes, alias in ((balance.plus, "e"), (balance.minus, "m"))
    )
    text = f"""(({_any(coming)}) AND e.counted_on < %s AND NOT EXISTS (
        SELECT FROM {event_table()} m WHERE m.record_type = e.record_type AND m.record_id = e.record_id
        AND NOT m.is_replaced AND m.counted_on < %s AND (m.turn = 0 OR m.turn > e.turn) AND ({_any(going)})))"""
    values = [[value for one in part for value in one.values] for part in (coming, going)]
    return Sql(text, (*values[0], end, end, *values[1]))


def _any(conditions: Sequence[Sql]) -> str:
    return " OR ".join(f"({one.text})" for one in conditions) or "false"


def _joined(parts: Sequence[tuple[str, str]]) -> str:
    chunks = [parts[start : start + PAIRS_AT_ONCE] for start in range(0, len(parts), PAIRS_AT_ONCE)]
    objects = [", ".join(f"{key}::text, {value}" for key, value in chunk) for chunk in chunks]
    return " || ".join(f"jsonb_build_object({pairs})" for pairs in objects) or "'{}'::jsonb"


def _aggregate(source: Source, indicator: Indicator) -> Sql:
    condition = counts_when(source, indicator)
    if indicator.measure == "count":
        return Sql(f"count(*) FILTER (WHERE {condition.text})", condition.values)
    total = f"sum({source.column(indicator.measure)}) FILTER (WHERE {condition.text})"
    return Sql(f"coalesce({total}, 0)", condition.values)


def _amount(source: Source, indicator: Indicator) -> Sql:
    condition = counts_when(source, indicator)
    amount = "1" if indicator.measure == "count" else f"NULLIF({source.column(indicator.measure)}, 0)"
    return Sql(f"CASE WHEN {condition.text} THEN {amount} END", condition.values)


def counts_when(source: Source, indicator: Indicator, event: str = "e") -> Sql:
    """Return the condition under which a flow counts an event, read under the alias ``event``."""
    parts: list[str] = [f"{event}.kind = ANY(%s)" if indicator.also else f"{event}.kind = %s"]
    values: list[object] = [list(indicator.events) if indicator.also else indicator.event]
    if not HANDED.keys().isdisjoint(indicator.events):
        # Every other kind is of one model.
        parts.append(f"{event}.record_type = '{source.code}'")
    for name, wanted in indicator.where.items():
        one_of_many = isinstance(wanted, tuple)
        parts.append(f"{source.column(name)} = {'ANY(%s)' if one_of_many else '%s'}")
        values.append(list(wanted) if isinstance(wanted, tuple) else wanted)
    return Sql(" AND ".join(parts), tuple(values))


def _leg_counts(line: BusinessLine, leg: Leg) -> tuple[list[int], Sql]:
    """Return which flows a leg counts, and their columns n0, n1, … in the numbering of the whole line."""
    counted = [
        (place, _aggregate(source, flow))
        for place, flow in enumerate(flows(line))
        if (source := leg.source(line, flow))
    ]
    texts = [f"{column.text} AS n{place}" for place, column in counted]
    values = tuple(value for _, column in counted for value in column.values)
    return [place for place, _ in counted], Sql(", ".join(texts), values)


def _together(line: BusinessLine, parts: Sequence[tuple[list[int], Sql]]) -> Sql:
    """Return the queries of several legs (unit_id, month, their columns) as one with all columns, zeros filled in."""
    if len(parts) == 1:
        return parts[0][1]
    owner = {place: number for number, (places, _) in enumerate(parts) for place in places}
    columns = ", ".join(f"coalesce(l{owner[place]}.n{place}, 0) AS n{place}" for place in range(len(flows(line))))
    joined = " FULL JOIN ".join(
        f"({query.text}) l{number}{' USING (unit_id, month)' if number else ''}"
        for number, (_, query) in enumerate(parts)
    )
    values = tuple(value for _, query in parts for value in query.values)
    return Sql(f"SELECT unit_id, month, {columns} FROM {joined}", values)  # noqa: S608


def counts_of_pairs(line: BusinessLine, pairs: Sequence[tuple[int, date]]) -> Sql:
    """Return the query of offices' months (unit_id, month, n0, …) from the source, those without an event included."""
    offices, months = zip(*pairs, strict=True)
    starts, ends = [first_day(month) for month in months], [day_after(month) for month in months]
    parts = []
    for leg in legs(line):
        places, counts = _leg_counts(line, leg)
        text = f"""
            SELECT p.unit_id, p.month{", " if places else ""}{counts.text}
            FROM unnest(%s::int[], %s::date[], %s::date[], %s::date[]) AS p (unit_id, month, first_day, day_after)
            LEFT JOIN {event_table()} e ON e.line = %s AND e.record_type = ANY(%s) AND NOT e.is_replaced
                 AND e.office_id = p.unit_id AND e.counted_on >= p.first_day AND e.counted_on < p.day_after
            {leg.joins()}
            GROUP BY p.unit_id, p.month
        """  # noqa: S608
        values = (*counts.values, list(offices), list(months), starts, ends, line.code, leg.codes())
        parts.append((places, Sql(text, values)))
    return _together(line, parts)


def counts_of_offices(line: BusinessLine) -> Sql:
    """Return the query of all offices' months (unit_id, month, n0, …) that have an event which counts."""
    parts = []
    for leg in legs(line):
        places, counts = _leg_counts(line, leg)
        text = f"""
            SELECT e.office_id AS unit_id, {MONTH} AS month, {counts.text or "0 AS none"}
            FROM {event_table()} e {leg.joins()}
            WHERE e.line = %s AND e.record_type = ANY(%s) AND e.kind = ANY(%s) AND NOT e.is_replaced GROUP BY 1, 2
        """  # noqa: S608
        kinds = sorted({kind for flow in flows(line) if leg.source(line, flow) for kind in flow.events})
        parts.append((places, Sql(text, (*counts.values, line.code, leg.codes(), kinds))))
    return _together(line, parts)


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

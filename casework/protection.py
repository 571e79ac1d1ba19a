"""Migration operations for what casework keeps by trigger: parts of a record, and marks for statistics."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.operations import RunSQL

from offices.protection import audited, follows, policy


def record_part(table: str) -> list[RunSQL]:
    """Protect a table whose rows belong to a record of any line, named by record_type and record_id."""
    return [follows(table, "record"), policy(table, None), audited(table)]


def marks_records(table: str, record_type: str) -> RunSQL:
    """Mark every month in which a changed or deleted record is counted. Its events mark their own insertion."""
    up = "".join(
        f"CREATE TRIGGER mark_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION mark_records('{record_type}');"
        for event, rows in (("update", "NEW"), ("delete", "OLD"))
    )
    return RunSQL(up, f"DROP TRIGGER mark_update ON {table}; DROP TRIGGER mark_delete ON {table};")


def searched(table: str, record_type: str, key: str = "id") -> RunSQL:
    """Mark the record that a changed row belongs to (by its column ``key``) for the search."""
    up = "".join(
        f"CREATE TRIGGER search_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION mark_search('{record_type}', '{key}');"
        for event, rows in (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD"))
    )
    return RunSQL(up, "".join(f"DROP TRIGGER search_{event} ON {table};" for event in ("insert", "update", "delete")))


def follows_record(table: str) -> RunSQL:
    """Let the office columns of an append-only part of a record follow the record in a hand-over, and nothing else."""
    again = f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION "
    return RunSQL(
        f"DROP TRIGGER append_only ON {table}; {again} refuse_change_but_scope();",
        f"DROP TRIGGER append_only ON {table}; {again} refuse_change('');",
    )


def handed_over(
    record_type: str,
    *,
    rows: Sequence[tuple[str, str]] = (),
    records: Sequence[tuple[str, str]] = (),
    comes: Sequence[str] = (),
    goes: Sequence[str] = (),
) -> RunSQL:
    """Say what goes along when a record of a type moves to another office: one function, called by the hand-over.

    ``rows`` are the tables of its rows with the key by which they name it, ``records`` the types of records under it
    (attached by an operation of their own, before). ``comes`` and ``goes`` are the counted events by which the line's
    balances count a record of the type; one that stands in them is counted out of the giver and into the receiver.
    """
    table = record_type.replace(".", "_")
    line = record_type.partition(".")[0]
    moved = "(office_id, county_id, city_id) = (target, of_county, of_city)"
    below = "".join(f"UPDATE {name} SET {moved} WHERE {key} = ANY(ids);\n" for name, key in rows)  # noqa: S608
    for kind, key in records:
        found = f"ARRAY(SELECT id FROM {kind.replace('.', '_')} WHERE {key} = ANY(ids))"  # noqa: S608
        below += f"PERFORM hand_over_{kind.replace('.', '_')}({found}, target, day, who, paper, note, details);\n"
    counting = _HANDED.format(
        table=table, line=line, type=record_type, comes=",".join(comes), goes=",".join(goes)
    )  # fmt: skip
    up = _HAND_OVER.format(
        table=table, line=line, type=record_type, counting=counting if comes else "", moved=moved, below=below
    )
    return RunSQL(up, f"DROP FUNCTION hand_over_{table}(bigint[], int, date, bigint, text, text, jsonb);")


# Called with the level raised: by accept_handover, or by the system itself. Under any other scope the triggers and
# policies of the tables refuse every statement of it. The record moves before what takes its office from it.
_HAND_OVER = """
CREATE FUNCTION hand_over_{table}(ids bigint[], target int, day date, who bigint, paper text, note text, details jsonb)
RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE of_county int; of_city int;
BEGIN
  SELECT county_id, city_id INTO of_county, of_city FROM offices_office WHERE id = target AND level = 'office';
  {counting}
  UPDATE {table} SET {moved} WHERE id = ANY(ids);
  {below}
  PERFORM hand_over_parts('{type}', ids, target, of_county, of_city);
  INSERT INTO casework_recordevent (line, record_type, record_id, kind, from_state, to_state, happened_on, decider,
                                    user_id, at, paper, note, details, office_id, county_id, city_id)
  SELECT '{line}', '{type}', id, 'handed_over', state, state, day, '', who, clock_timestamp(), paper, note, details,
         target, of_county, of_city FROM {table} WHERE id = ANY(ids) ORDER BY id;
END $$;
"""
# Never before the record came in: what leaves before it has come would make a balance negative for some days.
_HANDED = """
  INSERT INTO casework_countedevent (line, record_type, record_id, kind, counted_on, turn, is_replaced,
                                     office_id, county_id, city_id)
  SELECT '{line}', '{type}', r.id, w.kind, GREATEST(day, known.came_on), known.turns + 1, false,
         CASE w.kind WHEN 'handed_out' THEN r.office_id ELSE target END,
         CASE w.kind WHEN 'handed_out' THEN r.county_id ELSE of_county END,
         CASE w.kind WHEN 'handed_out' THEN r.city_id ELSE of_city END
  FROM {table} r
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE e.kind = ANY('{{{comes}}}')) AS came,
           max(e.counted_on) FILTER (WHERE e.kind = 'handed_in' OR e.kind = ANY('{{{comes}}}')) AS came_on,
           count(*) FILTER (WHERE e.kind = ANY('{{{goes}}}')) AS gone,
           count(*) FILTER (WHERE e.kind = 'handed_out') AS turns
    FROM casework_countedevent e WHERE e.record_type = '{type}' AND e.record_id = r.id AND NOT e.is_replaced
  ) known
  CROSS JOIN (VALUES ('handed_out'), ('handed_in')) AS w (kind)
  WHERE r.id = ANY(ids) AND known.came > 0 AND known.gone = 0
  ORDER BY r.id, w.kind DESC;
"""

"""Migration operations for what casework keeps by trigger: parts of a record, and marks for statistics."""

from __future__ import annotations

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

"""Migration operations of tables that belong to a unit of any level."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL


def fill_scope_from_unit(table: str) -> RunSQL:
    """Take level and scope columns from the unit."""
    return RunSQL(
        f"CREATE TRIGGER fill_scope BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fill_scope_from_unit();",
        f"DROP TRIGGER fill_scope ON {table};",
    )

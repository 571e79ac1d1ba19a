"""Migration operations that put a table under row-level security and the audit triggers.

The SQL functions they name are created by the app's own migrations; what stands here only attaches them.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

APP_ROLE = "justice_app"
_SETTING = "(SELECT NULLIF(current_setting('app.{}', true), ''))"
_UNIT = "(SELECT NULLIF(current_setting('app.unit', true), '')::int)"
_LINES = "(SELECT string_to_array(NULLIF(current_setting('app.lines', true), ''), ','))"


def _rows(prefix: str = "", *, writing: bool = False) -> str:
    # Integers against one initplan each: on code prefixes the same test costs 24 to 230 times as much.
    # NULLIF: on a reused connection an unset setting is '' and would not be refused.
    wide = "WHEN 'system' THEN true" if writing else "WHEN 'province' THEN true WHEN 'system' THEN true"
    city = "" if writing else f"WHEN 'city' THEN {prefix}city_id = {_UNIT}"
    return (
        f"CASE {_SETTING.format('level')} WHEN 'office' THEN {prefix}office_id = {_UNIT} "
        f"WHEN 'county' THEN {prefix}county_id = {_UNIT} {city} {wide} ELSE false END"
    )


def _line_test(line: str | None) -> str:
    if line is None:
        # Empty: of no line, as a form that draws on all of them.
        return f"(line = '' OR line = ANY({_LINES}::text[]) OR '*' = ANY({_LINES}::text[]))"
    return f"COALESCE((SELECT {_LINES} && ARRAY['{line}', '*']), false)"


def audited(table: str) -> RunSQL:
    """Write one audit row for each changed row, whoever changes it and however."""
    parts = {
        "insert": "REFERENCING NEW TABLE AS new_rows",
        "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "REFERENCING OLD TABLE AS old_rows",
    }
    up = "".join(
        f"CREATE TRIGGER audit_{event} AFTER {event} ON {table} {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION audit_{event}();"
        for event, tables in parts.items()
    )
    return RunSQL(up, "".join(f"DROP TRIGGER audit_{event} ON {table};" for event in parts))


def policy(table: str, line: str | None) -> RunSQL:
    """Show and take only rows in scope; province and city read, they never write."""
    test = _line_test(line)
    up = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope ON {table} USING ({_rows()} AND {test}) WITH CHECK ({_rows(writing=True)} AND {test});
        -- A DELETE is judged by USING alone: without this one city and province could remove what they only read.
        CREATE POLICY scope_delete ON {table} AS RESTRICTIVE FOR DELETE USING ({_rows(writing=True)});
    """
    down = f"""
        DROP POLICY scope_delete ON {table};
        DROP POLICY scope ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
    return RunSQL(up, down)


def policy_between(table: str) -> RunSQL:
    """Show a row to both ends, and to whoever stands above either; only the giving end can add one.

    The receiving end's columns are named like the scope columns, after ``to_``.
    """
    test = _line_test(None)
    up = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY scope ON {table} USING (({_rows()} OR {_rows("to_")}) AND {test})
          WITH CHECK ({_rows(writing=True)} AND {test});
    """
    down = f"DROP POLICY scope ON {table}; ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; "
    return RunSQL(up, down + f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;")


def scope_columns(table: str) -> RunSQL:
    """Keep county and city in step with the office; the office itself changes only by a hand-over."""
    return RunSQL(
        f"CREATE TRIGGER fill_scope BEFORE INSERT OR UPDATE OF office_id, county_id, city_id ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION fill_scope();",
        f"DROP TRIGGER fill_scope ON {table};",
    )


def follows(table: str, origin: str, arguments: str = "") -> RunSQL:
    """Give the rows of a table the three scope columns of what they belong to: a ``parent`` or a ``record``.

    A row that comes without the columns is given them; one that comes with them is compared, all rows of a
    statement at once, for a row at a time would cost a mass import most of its time.
    """
    up = f"""
        CREATE TRIGGER fill_scope BEFORE INSERT ON {table} FOR EACH ROW
          WHEN (NEW.office_id IS NULL OR NEW.county_id IS NULL OR NEW.city_id IS NULL)
          EXECUTE FUNCTION fill_scope_from_{origin}({arguments});
        CREATE TRIGGER keep_scope BEFORE UPDATE ON {table}
          FOR EACH ROW EXECUTE FUNCTION fill_scope_from_{origin}({arguments});
        CREATE TRIGGER check_scope AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
          FOR EACH STATEMENT EXECUTE FUNCTION check_scope_of_{origin}({arguments});
    """
    return RunSQL(up, "".join(f"DROP TRIGGER {name}_scope ON {table};" for name in ("check", "keep", "fill")))


def child_columns(table: str, parent_table: str, parent_column: str) -> RunSQL:
    """Take the three scope columns from the parent row; a parent out of scope is refused (keys ignore policies)."""
    return follows(table, "parent", f"'{parent_table}', '{parent_column}'")


def scoped(table: str, line: str | None) -> list[RunSQL]:
    """Protect a table with an office of its own; ``line`` None reads the row's own line column."""
    return [scope_columns(table), policy(table, line), audited(table)]


def child(table: str, line: str | None, parent_table: str, parent_column: str) -> list[RunSQL]:
    """Protect a table whose rows belong to a parent row."""
    return [child_columns(table, parent_table, parent_column), policy(table, line), audited(table)]


def append_only(table: str, *, may_set: str = "") -> RunSQL:
    """Refuse UPDATE (except of one column, once) and DELETE by anybody but a superuser who drops the trigger."""
    return RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{may_set}');",
        f"DROP TRIGGER append_only ON {table};",
    )


def own_rows(table: str) -> RunSQL:
    """Show and take only the rows of the signed-in person, and all of them to the system itself."""
    test = (
        f"CASE {_SETTING.format('level')} WHEN 'system' THEN true "
        "ELSE user_id = (SELECT NULLIF(current_setting('app.user', true), '')::bigint) END"
    )
    up = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON {table} USING ({test});
    """
    down = f"DROP POLICY own ON {table}; ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; "
    return RunSQL(up, down + f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;")


def only(table: str, *rights: str) -> RunSQL:
    """Leave the application role these rights on a table and no others (none when nothing is passed)."""
    grant = f"GRANT {', '.join(rights)} ON {table} TO {APP_ROLE};" if rights else ""
    return RunSQL(
        f"REVOKE ALL ON {table} FROM {APP_ROLE}; {grant}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE};",
    )

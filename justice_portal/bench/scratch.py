"""Copies of tables in schemas of their own, made and dropped by the owner. The portal's own rows are never touched.

A copy keeps columns, indexes, checks, keys and policies. Its triggers come along where they are asked for; what they
write goes to copies of the tables they write to, so that neither the audit nor the marks learn of a benchmark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, connections

from justice_portal.bench.measuring import NothingToMeasure
from offices.protection import APP_ROLE

OWNER = "owner"
NEWEST = "ORDER BY registered_on DESC, id DESC LIMIT %s"


def quoted(name: str) -> str:
    """Return an identifier as SQL."""
    return connection.ops.quote_name(name)


def owner_known() -> None:
    """Raise unless this process may act as the owner of the tables."""
    if OWNER not in settings.DATABASES:
        raise NothingToMeasure("Set DATABASE_OWNER_URL: the owner makes and drops what is measured.")


@contextmanager
def scratch(name: str) -> Iterator[Scratch]:
    """Make an empty schema that the application role may use, and drop it with all that is in it."""
    owner_known()
    made = Scratch(name)
    made.run(f"DROP SCHEMA IF EXISTS {quoted(name)} CASCADE")
    made.run(f"CREATE SCHEMA {quoted(name)}")
    try:
        made.run(f"GRANT USAGE ON SCHEMA {quoted(name)} TO {APP_ROLE}")
        yield made
    finally:
        made.run(f"DROP SCHEMA IF EXISTS {quoted(name)} CASCADE")
        connections[OWNER].close()


@contextmanager
def looked_up_in(schema: str) -> Iterator[None]:
    """Let this process find its tables in a schema first, and not wait for the disk at a commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('search_path', %s, false)", [f"{quoted(schema)}, public"])
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
            cursor.execute("RESET synchronous_commit")


class Scratch:
    """One schema of copies."""

    def __init__(self, name: str) -> None:
        """Remember the schema's name."""
        self.name = name

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Send one statement as the owner and return its rows."""
        with connections[OWNER].cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def path(self, table: str) -> str:
        """Return a table of the schema as SQL."""
        return f"{quoted(self.name)}.{quoted(table)}"

    def copy(self, table: str, *, newest: int = 0) -> None:
        """Copy a table with its protection and, where ``newest``, so many of the records registered last."""
        here, there = self.path(table), f"public.{quoted(table)}"
        self.run(f"CREATE TABLE {here} (LIKE {there} INCLUDING ALL)")
        if newest:
            self.run(f"INSERT INTO {here} OVERRIDING SYSTEM VALUE SELECT * FROM {there} {NEWEST}", newest)  # noqa: S608
        self._keys(table)
        self._policies(table)
        self.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {here} TO {APP_ROLE}")
        self.run(f"VACUUM ANALYZE {here}")

    def _keys(self, table: str) -> None:
        found = self.run(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            f"public.{quoted(table)}",
        )
        for (definition,) in found:
            self.run(f"ALTER TABLE {self.path(table)} ADD {definition}")

    def _policies(self, table: str) -> None:
        found = self.run(
            "SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies "
            "WHERE schemaname = 'public' AND tablename = %s",
            table,
        )
        for name, permissive, command, test, check in found:
            checked = f"WITH CHECK ({check})" if check else ""
            policy = f"CREATE POLICY {quoted(name)} ON {self.path(table)} AS {permissive} FOR {command}"
            self.run(f"{policy} USING ({test}) {checked}")
            self.run(f"ALTER TABLE {self.path(table)} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")

    def triggers(self, table: str) -> None:
        """Give a copy the triggers of its original; functions that name a schema write into this one."""
        found = self.run(
            "SELECT pg_get_triggerdef(t.oid), pg_get_functiondef(f.oid), f.proname, f.proconfig IS NOT NULL "
            "FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid WHERE t.tgrelid = %s::regclass AND NOT t.tgisinternal",
            f"public.{quoted(table)}",
        )
        for trigger, function, name, is_bound in found:
            there = re.sub(rf" ON (public\.)?{table} ", f" ON {self.path(table)} ", trigger)
            if is_bound:
                self.run(self._moved(function, name))
                there = there.replace(f"FUNCTION {name}(", f"FUNCTION {quoted(self.name)}.{name}(")
            self.run(there)

    def function(self, name: str) -> None:
        """Copy a function that a deed calls, so that it looks into this schema."""
        wanted = "pronamespace = 'public'::regnamespace AND proname = %s"
        question = "SELECT pg_get_functiondef(oid), oid::regprocedure::text FROM pg_proc WHERE "
        for function, signature in self.run(question + wanted, name):
            self.run(self._moved(function, name))
            self.run(f"GRANT EXECUTE ON FUNCTION {quoted(self.name)}.{signature} TO {APP_ROLE}")

    def _moved(self, function: str, name: str) -> str:
        moved = function.replace(f"FUNCTION public.{name}(", f"FUNCTION {quoted(self.name)}.{name}(")
        return re.sub(r"SET search_path TO 'public'", f"SET search_path TO {quoted(self.name)}, 'public'", moved)

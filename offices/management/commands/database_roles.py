"""``manage.py database_roles``: the three roles, the database, and what each role may do. Safe to repeat."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo


@dataclass(frozen=True)
class Role:
    """A database role: its name, the variable that holds its address, its rights and its session settings."""

    name: str
    variable: str
    rights: str
    settings: Mapping[str, str]


# An upgrade that cannot get its lock in ten seconds gives up: queued behind it, every page would stand still.
OWNER = Role("justice_owner", "DATABASE_OWNER_URL", "LOGIN BYPASSRLS", {"lock_timeout": "10s"})
APP = Role("justice_app", "DATABASE_URL", "LOGIN NOBYPASSRLS", {})
BACKUP = Role("justice_backup", "DATABASE_BACKUP_URL", "LOGIN BYPASSRLS", {"default_transaction_read_only": "on"})
ROLES = (OWNER, APP, BACKUP)

# Rights on tables that the owner makes *later*. Existing tables are left alone: a blanket GRANT here would give back
# what a migration has taken away, such as UPDATE and DELETE on the audit.
DATABASE_RIGHTS = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {app}, {backup}",
    "ALTER SCHEMA public OWNER TO {owner}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {app}, {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON SEQUENCES TO {backup}",
    # Without the next two lines every role that can connect could call a SECURITY DEFINER function.
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {app}",
)
# Two set-ups at once (two containers, parallel tests) take turns at this advisory lock.
SETUP_LOCK = 7_305_001


def prepare_database(admin_url: str, *, database: str, passwords: Mapping[str, str] | None = None) -> None:
    """Make or mend the roles, the database named ``database`` and its rights, as the superuser of ``admin_url``.

    ``passwords`` maps role names to clear passwords; a role without one keeps what it has. They are sent as SCRAM
    verifiers, so that the server's log never holds one. Raises psycopg.Error when the server refuses.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        for role in ROLES:
            make_role(connection, role, (passwords or {}).get(role.name, ""))
        make_database(connection, database)
        with psycopg.connect(make_conninfo(admin_url, dbname=database), autocommit=True) as inside:
            grant_rights(inside, database)


def make_role(connection: psycopg.Connection[Any], role: Role, password: str) -> None:
    """Create the role if it is missing, and set its rights, settings and password."""
    name = sql.Identifier(role.name)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.name]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    rights = f"NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {role.rights}"
    connection.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(rights)))
    for setting, value in role.settings.items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))
    if password:
        verifier = connection.pgconn.encrypt_password(password.encode(), role.name.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier)))


def make_database(connection: psycopg.Connection[Any], database: str) -> None:
    """Create the database if it is missing, owned by the owner role."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
    connection.execute(statement.format(sql.Identifier(database), sql.Identifier(OWNER.name)))


def grant_rights(connection: psycopg.Connection[Any], database: str) -> None:
    """Give each role its rights inside the database that ``connection`` is connected to."""
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(OWNER.name),
        "app": sql.Identifier(APP.name),
        "backup": sql.Identifier(BACKUP.name),
    }
    for statement in DATABASE_RIGHTS:
        connection.execute(sql.SQL(statement).format(**names))
    if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'btree_gist'").fetchone():
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def address(variable: str) -> str:
    """Return the address in ``variable`` or in the file named by ``variable_FILE``; empty when neither is set."""
    if path := os.environ.get(f"{variable}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise CommandError(f"{variable}_FILE names {path}, which cannot be read: {error.strerror}") from error
    return os.environ.get(variable, "")


def passwords_and_database() -> tuple[dict[str, str], str]:
    """Read the passwords of the three roles and the database's name from the roles' own addresses."""
    passwords: dict[str, str] = {}
    databases: set[str] = set()
    for role in ROLES:
        if not (url := address(role.variable)):
            continue
        parts = conninfo_to_dict(url)
        if parts.get("user") != role.name:
            raise CommandError(f"{role.variable} must name the role {role.name}, not {parts.get('user') or 'nobody'}.")
        databases.add(str(parts.get("dbname") or ""))
        if password := parts.get("password"):
            passwords[role.name] = str(password)
    if len(databases) != 1:
        raise CommandError(
            "DATABASE_URL, DATABASE_OWNER_URL and DATABASE_BACKUP_URL must name one and the same database."
        )
    return passwords, databases.pop()


class Command(BaseCommand):
    """Make the three roles, the database, and the rights on what the owner makes later."""

    help = "Make the roles justice_owner, justice_app and justice_backup, and the database; safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """No options: everything comes from the addresses in the environment."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the addresses and do it."""
        if not (admin_url := address("DATABASE_ADMIN_URL")):
            raise CommandError("Set DATABASE_ADMIN_URL (or DATABASE_ADMIN_URL_FILE) to a superuser's address.")
        passwords, database = passwords_and_database()
        try:
            prepare_database(admin_url, database=database, passwords=passwords)
        except psycopg.Error as error:
            raise CommandError(f"The database server refused: {error}") from error
        self.stdout.write(f"{', '.join(role.name for role in ROLES)} are ready in the database {database}.")

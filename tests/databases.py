"""The databases of a test run: one migrated template, and a clone of it for each worker and each fresh start.

The template bears the digest of everything it is made from and is kept; a clone costs some hundredths of a second. An
advisory lock on a clone's name tells other runs that it is in use: what no run holds is swept away.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from offices.management.commands.database_roles import APP, OWNER, grant_rights, prepare_database
from tests.cast import build_town

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL")
ALIASES = ("default", "owner")
CLONE = "justice_test_"
TEMPLATE = "justice_template_"
# What the template is made from: another byte in one of these makes another template.
SOURCES = (
    "*/migrations/*.py",
    "*/protection.py",
    "casework/management/commands/import_calendar.py",
    "requirements/runtime.lock",
    "tests/cast.py",
    "tests/databases.py",
)


class MissingAddress(RuntimeError):
    """A test needs the database and the environment does not say where it is."""


def template_name() -> str:
    """Return the name of the template that the present sources make."""
    digest = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return TEMPLATE + digest.hexdigest()[:16]


def use_database(name: str) -> None:
    """Point both aliases, in every thread, at a database; connections of this thread are closed first."""
    for alias in ALIASES:
        connections[alias].close()
        connections.databases[alias] |= {"NAME": name, "CONN_MAX_AGE": 0}


class Databases:
    """The databases of one worker, made and dropped through one superuser connection."""

    def __init__(self) -> None:
        """Connect, sweep away what dead runs have left, and make the template if it is missing."""
        if missing := [name for name in ADDRESSES if not os.environ.get(name)]:
            raise MissingAddress(f"Tests with a database need {', '.join(missing)}; ./test sets everything up.")
        self.admin_url = os.environ["DATABASE_ADMIN_URL"]
        self.admin = psycopg.connect(self.admin_url, autocommit=True)
        self.template = template_name()
        try:
            self._use_template()
            self._drop_unused()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release every lock."""
        self.admin.close()

    @contextmanager
    def clone(self) -> Iterator[str]:
        """Make a clone, point the aliases at it, and yield its name; afterwards point them back and drop it."""
        name = f"{CLONE}{secrets.token_hex(6)}"
        before = str(connections.databases["default"]["NAME"])
        self._lock(name)
        try:
            self._run("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, OWNER.name, self.template)
            # A clone does not inherit the rights on the database itself.
            with psycopg.connect(self.admin_url, dbname=name, autocommit=True) as inside:
                grant_rights(inside, name)
            # Tests of single fields make their own temporary tables; in use the application role makes none.
            self._run("GRANT TEMPORARY ON DATABASE {} TO {}", name, APP.name)
            use_database(name)
            yield name
        finally:
            use_database(before)
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            self._unlock(name)

    def _use_template(self) -> None:
        # Workers start together: the first one builds, the others wait here.
        self.admin.execute("SELECT pg_advisory_lock(hashtextextended('template', 0))")
        try:
            if not self._exists(self.template):
                self._build()
            self.admin.execute("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", [self.template])
        finally:
            self.admin.execute("SELECT pg_advisory_unlock(hashtextextended('template', 0))")

    def _build(self) -> None:
        # Only the holder of the lock builds: every draft that is there was left by a build that failed.
        rows = self.admin.execute("SELECT datname FROM pg_database WHERE datname ~ '^justice_template_.*_draft$'")
        for (left,) in rows.fetchall():
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", left)
        draft = f"{self.template}_draft"
        prepare_database(self.admin_url, database=draft)
        for words in (["migrate", "--database", "owner", "--verbosity", "0"], ["import_calendar"]):
            # A fault in a page must fail the page's test, not every test with a database.
            manage([*words, "--skip-checks"], database=draft)
        before = str(connections.databases["default"]["NAME"])
        use_database(draft)
        try:
            build_town(using="owner")
        finally:
            use_database(before)
        self._run("ALTER DATABASE {} RENAME TO {}", draft, self.template)

    def _drop_unused(self) -> None:
        rows = self.admin.execute("SELECT datname FROM pg_database WHERE datname ~ '^justice_(test|template)_'")
        for (name,) in rows.fetchall():
            if name.endswith("_draft") or name == self.template:
                continue
            row = self.admin.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
            if row and row[0]:
                self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
                self._unlock(name)

    def _exists(self, name: str) -> bool:
        return bool(self.admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())

    def _lock(self, name: str) -> None:
        self.admin.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])

    def _unlock(self, name: str) -> None:
        self.admin.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])

    def _run(self, statement: str, *names: str) -> None:
        self.admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def manage(words: list[str], *, database: str) -> None:
    """Run a management command, as the owner, on another database; raise with its output when it fails."""
    environment = dict(os.environ)
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment[variable] = urlsplit(os.environ[variable])._replace(path=f"/{quote(database)}").geturl()
    command = [sys.executable, "manage.py", *words]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{' '.join(words)} failed on {database}:\n{result.stdout}{result.stderr}")

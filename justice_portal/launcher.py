"""What ./run does once the packages are installed: servers, database, demo data, web, worker and beat."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psycopg

from justice_portal.data_folder import ROOT, CannotStart, held, nearest_existing, server_home, throw_away
from justice_portal.embedded import Postgres, ServerError, Valkey, make_place, stop_orphan
from justice_portal.environment import env
from justice_portal.installation import Addresses, Installation, StepFailed
from justice_portal.processes import Account, Child, Guardian, run_as, stop_all, succeeds, unprivileged_account
from justice_portal.supervisor import GaveUp, Supervisor

PORTS = range(8000, 8100)
READY_PATIENCE = 120.0
APPLICATION_PATIENCE = 12.0
SERVER_PATIENCE = 30.0
# In the order of the fields of Addresses.
ADDRESS_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "DATABASE_BACKUP_URL", "REDIS_URL")
ACCOUNT_COLUMNS = ("username", "password", "role", "office", "name")
# Prints the first folder or file of the project that cannot be read; what is made on this machine does not count.
FIND_UNREADABLE = """
import os, sys
for folder, folders, files in os.walk(sys.argv[1], onerror=lambda error: sys.exit(print(error.filename))):
    folders[:] = [name for name in folders if name[0] != "." and name not in {"var", "node_modules", "secrets"}]
    for name in files:
        if name[0] != "." and not os.access(os.path.join(folder, name), os.R_OK):
            sys.exit(print(os.path.join(folder, name)))
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What was typed after ./run; None where the user has no wish."""

    port: int | None
    folder: Path
    scale: str | None
    reset: bool


def launch(options: Options) -> int:
    """Run the portal until it is told to stop; return the exit code."""
    # SIGINT too: a shell script starts its background commands with SIGINT ignored. SIGHUP stays ignored under nohup.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        with held(options.folder) as lock:
            run(options, lock)
    except (CannotStart, ServerError, StepFailed, GaveUp, psycopg.Error) as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def interrupt(number: int, frame: FrameType | None) -> None:
    """Treat SIGTERM and SIGHUP as Ctrl-C."""
    raise KeyboardInterrupt


class Running:
    """The children of one launcher, and the order in which they end."""

    def __init__(self, lock: int) -> None:
        """Start the guardian before any child."""
        self.guardian = Guardian(lock)
        self.servers: list[Child] = []
        self.applications: list[Child] = []

    def stop(self) -> None:
        """Stop the applications, then the servers; a second Ctrl-C leaves the rest to the guardian, which kills."""
        with contextlib.suppress(KeyboardInterrupt):
            stop_all(self.applications, patience=APPLICATION_PATIENCE)
            stop_all(self.servers, patience=SERVER_PATIENCE)
        self.guardian.close()


def run(options: Options, lock: int) -> None:
    """Set up what is missing, start everything, print the ready line, and tend the children for ever."""
    began = time.monotonic()

    def say(message: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {message}", file=sys.stderr, flush=True)

    folder = options.folder.resolve()
    server_account = unprivileged_account(ROOT)
    install = Installation(folder, application_account(server_account, folder, say), say)
    open_data_folder(install, server_account, reset=options.reset)
    running = Running(lock)
    try:
        install.addresses = start_servers(folder, server_account, running, say)
        prepare(install, options.scale)
        serve(install, choose_port(options.port), running)
    finally:
        install.environment_file.unlink(missing_ok=True)
        running.stop()


def open_data_folder(install: Installation, server_account: Account | None, *, reset: bool) -> None:
    """Read what earlier starts have done; on --reset, or after an interrupted first start, throw it away."""
    install.load()
    if reset or install.unfinished:
        if not reset:
            install.say("the demo data were not finished last time: starting afresh")
        home = server_home(install.folder, server_account)
        stop_orphan(home / "postgres")
        throw_away(install.folder, home)
        install.state = {}
    if install.account:
        os.chown(install.folder, install.account.uid, install.account.gid)


def serve(install: Installation, port: int, running: Running) -> None:
    """Start web, worker and beat, print the ready line, and tend all children until the user interrupts."""
    supervisor = Supervisor(f"http://127.0.0.1:{port}/healthz", install.say)
    for server in running.servers:
        supervisor.adopt(server)
    running.applications = applications(install, port, running.guardian)
    supervisor.start(running.applications, worker=running.applications[1])
    supervisor.wait_until_ready(READY_PATIENCE)
    install.write_environment()
    announce(port, install.accounts_file)
    supervisor.run()


def application_account(account: Account | None, folder: Path, say: Say) -> Account | None:
    """Return the account for web, worker and beat: root itself only where nobody else can read project and data."""
    if account is None:
        return None
    if not succeeds(account, ["test", "-x", nearest_existing(folder)]):
        unreadable = str(folder)
    elif not succeeds(account, [sys.executable, "--version"]):
        unreadable = sys.executable
    else:
        unreadable = run_as(account, [sys.executable, "-c", FIND_UNREADABLE, ROOT]).stdout.strip()
    if not unreadable:
        return account
    say(
        f"the user {account.name} cannot read {unreadable}: web and worker run as root. "
        "Put the project where every user may read it to avoid that."
    )
    return None


def start_servers(folder: Path, account: Account | None, running: Running, say: Say) -> Addresses:
    """Start the servers that the environment does not name, and return all addresses."""
    addresses = Addresses(*(env(name, "") for name in ADDRESS_VARIABLES))
    if addresses.app and not addresses.owner:
        raise CannotStart("DATABASE_URL is set: set DATABASE_OWNER_URL too, as which the database is migrated.")
    if addresses.app and addresses.broker:
        return addresses
    logs = folder / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    place = make_place(folder, logs, account)
    if folder not in place.home.parents:
        say(f"the user {account.name if account else ''} cannot reach {folder}: the servers' data are in {place.home}")
    if not addresses.app:
        postgres = Postgres(place, running.guardian)
        running.servers.append(postgres.child)
        postgres.start()
        names = {"app": "justice_app", "owner": "justice_owner", "backup": "justice_backup"}
        urls = {field: postgres.url(role, "justice") for field, role in names.items()}
        addresses = Addresses(**urls, admin=postgres.admin_url, broker=addresses.broker)
    if not addresses.broker:
        valkey = Valkey(place, running.guardian)
        running.servers.append(valkey.child)
        valkey.start()
        addresses.broker = valkey.url
    return addresses


def choose_port(wish: int | None) -> int:
    """Return the port typed by the user if it is free, else the first free one from 8000 on."""
    for port in PORTS if wish is None else [wish]:
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                attempt.bind(("127.0.0.1", port))
                return port
    raise CannotStart(f"Port {wish or PORTS.start} is taken: choose another --port.")


def prepare(install: Installation, scale: str | None) -> None:
    """Do every step of the set-up that is not done yet."""
    install.make_folders()
    install.make_secrets()
    install.prepare_database(scale or "small")
    install.collect_static()
    if scale and scale != install.state.get("seed"):
        install.say(f"the data are of scale {install.state.get('seed')}; --reset --scale {scale} makes new ones")


def applications(install: Installation, port: int, guardian: Guardian) -> list[Child]:
    """Describe web, worker and beat, in this order."""
    environment = install.environment()
    # The prefork pool needs semaphores in shared memory; threads do not, but cannot be renewed task by task.
    pool = ["--pool", "prefork", "--max-tasks-per-child", "50"]
    if not succeeds(install.account, ["test", "-w", "/dev/shm"]):
        install.say("/dev/shm is not writable: the worker uses threads (mount a tmpfs there to get processes)")
        pool = ["--pool", "threads"]
    celery = ["-m", "celery", "--app", "justice_portal.celery:app"]
    quiet = ["--without-gossip", "--without-mingle"]
    schedule = install.folder / "cache" / "beat-schedule"
    commands: dict[str, Sequence[str | Path]] = {
        "web": ["-m", "gunicorn", "-c", "python:justice_portal.gunicorn_settings", "justice_portal.wsgi:application"],
        "worker": [*celery, "worker", *pool, "--concurrency", "2", *quiet, "--loglevel", "INFO"],
        "beat": [*celery, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "INFO"],
    }
    logs = install.folder / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    return [
        Child(
            name,
            [sys.executable, *words],
            guardian=guardian,
            environment=environment | {"BIND": f"127.0.0.1:{port}"},
            log=logs / f"{name}.log",
            account=install.account,
            folder=ROOT,
        )
        for name, words in commands.items()
    ]


def announce(port: int, accounts_file: Path) -> None:
    """Print the ready line and, below it, the demo accounts."""
    print(f"ready http://127.0.0.1:{port}", flush=True)
    if accounts_file.is_file():
        print(table(json.loads(accounts_file.read_text(encoding="utf-8"))), flush=True)


def table(accounts: Sequence[dict[str, str]]) -> str:
    """Return the accounts in columns; Chinese characters take two places."""
    rows = [ACCOUNT_COLUMNS, *(tuple(str(account.get(name, "")) for name in ACCOUNT_COLUMNS) for account in accounts)]
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in padded)


def display_width(text: str) -> int:
    """Return how many places a terminal needs for the text."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)

"""Real brokers, workers and beats of a test, which may be killed, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

from celery import current_app
from kombu import pools

from justice_portal.embedded import Place, Valkey, make_place
from justice_portal.environment import celery_broker
from justice_portal.processes import Child, Guardian, unprivileged_account

ROOT = Path(__file__).resolve().parents[2]
PORTAL = "justice_portal.celery:app"
QUICK = "tests.faults.quick:app"
QUIET = ["--without-gossip", "--without-mingle"]
FoundT = TypeVar("FoundT")


def eventually(look: Callable[[], FoundT], *, within: float, what: str, pace: float = 0.05) -> FoundT:
    """Return the first true answer of ``look``; fail after ``within`` seconds."""
    end = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < end, f"not within {within:g} s: {what}"
        time.sleep(pace)
    return found


class Works:
    """A broker of the test's own, without persistence, and Celery processes on the test's database."""

    def __init__(self, folder: Path, guardian: Guardian, database: str, lease: int) -> None:
        """Describe the broker; ``database`` is the name of the test's clone."""
        self.folder, self.guardian = folder, guardian
        self.place: Place = make_place(folder, folder, unprivileged_account(ROOT))
        self.broker = Valkey(self.place, guardian)
        self.children: list[Child] = [self.broker.child]
        address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{quote(database)}").geturl()
        rest = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        self.environment = rest | {
            "DATABASE_URL": address,
            "REDIS_URL": self.broker.url,
            "JOB_LEASE_SECONDS": str(lease),
            "LOG_LEVEL": "INFO",
        }

    def worker(self, name: str = "worker", *, app: str = QUICK, processes: int = 2) -> Child:
        """Start a worker."""
        words = ["worker", "--hostname", f"{name}@test", "--concurrency", str(processes)]
        return self._celery(name, app, [*words, "--include", "tests.faults.kinds", *QUIET])

    def beat(self, *, app: str = QUICK) -> Child:
        """Start a beat."""
        return self._celery("beat", app, ["beat", "--schedule", str(self.folder / "schedule"), "--pidfile", ""])

    def _celery(self, name: str, app: str, words: list[str]) -> Child:
        child = Child(
            name,
            [sys.executable, "-m", "celery", "--app", app, *words, "--loglevel", "INFO"],
            guardian=self.guardian,
            environment=self.environment,
            log=self.folder / f"{name}.log",
            folder=ROOT,
        )
        child.start()
        self.children.append(child)
        return child

    def said(self, name: str, text: str) -> int:
        """Return how often a process has written a text to its log."""
        return (self.folder / f"{name}.log").read_text(errors="replace").count(text)

    def end(self) -> None:
        """Kill what still runs."""
        for child in reversed(self.children):
            kill(child)


def kill(child: Child) -> None:
    """Kill a process and all its descendants at once, and wait until it is gone."""
    child.signal_group(signal.SIGKILL)
    eventually(lambda: child.pid is None or child.exit_code() is not None, within=20, what=f"{child.name} is dead")


@contextmanager
def works_on(database: str, *, lease: int) -> Iterator[Works]:
    """Start a broker for a clone and send this process's own hints there; everything ends with the block."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        # The servers' account has to pass through.
        folder.chmod(0o755)
        guardian = Guardian()
        works = Works(folder, guardian, database, lease)
        try:
            works.broker.start()
            with hints_go_to(works.broker.url):
                yield works
        finally:
            works.end()
            guardian.close()


@contextmanager
def hints_go_to(redis_url: str) -> Iterator[None]:
    """Let this process's Celery application publish at another broker."""
    configuration = current_app.conf
    before = {name: configuration[name] for name in ("broker_url", "broker_transport_options")}
    options = {name: value for name, value in before["broker_transport_options"].items() if name != "global_keyprefix"}
    configuration.update(broker_url=celery_broker(redis_url), broker_transport_options=options)
    forget_producers()
    try:
        yield
    finally:
        configuration.update(before)
        forget_producers()


def forget_producers() -> None:
    """Make the next hint open a connection by the present configuration."""
    pools.reset()
    current_app._pool = None  # the public way to this is a fork
    vars(current_app._get_current_object()).pop("amqp", None)

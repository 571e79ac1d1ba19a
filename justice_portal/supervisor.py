"""Keeps the children of ./run alive: restarts with growing pauses, and a watchdog over the job queue."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from justice_portal.processes import Child

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
GIVE_UP_AFTER = 8
HEALTH_INTERVAL = 15.0
HEALTH_TIMEOUT = 5.0
# Well above the minute's tick, which repeats lost hints: a queue older than this means that the worker hangs.
OLDEST_JOB_LIMIT = 120.0
# Without the empty ProxyHandler a proxy of the environment would be asked for 127.0.0.1.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class GaveUp(RuntimeError):
    """A child cannot be kept running; the message holds the end of its log."""


@dataclass
class Keeper:
    """One child, how often it has failed in a row, and when it is to be started again."""

    child: Child
    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    started_at: float = 0.0
    start_at: float | None = None

    def start(self) -> None:
        """Start the child."""
        self.child.start()
        self.started_at, self.start_at = self.clock(), None

    def tend(self, say: Callable[[str], None]) -> None:
        """Plan a restart when the child has ended, and start it when its pause is over."""
        now = self.clock()
        if self.start_at is not None:
            if now >= self.start_at:
                self.start()
        elif (code := self.child.exit_code()) is not None:
            self.failures = 1 if now - self.started_at > STEADY_AFTER else self.failures + 1
            if self.failures > GIVE_UP_AFTER:
                raise GaveUp(
                    f"{self.child.name} has ended {self.failures} times in a row. "
                    f"The end of {self.child.log}:\n{self.child.last_words()}"
                )
            pause = min(LONGEST_PAUSE, 0.5 * 2 ** (self.failures - 1))
            say(f"{self.child.name} has ended with code {code}; next start in {pause:g} s (see {self.child.log})")
            self.start_at = now + pause


class Supervisor:
    """Tends all children until it is interrupted; ``health_url`` is the portal's /healthz."""

    def __init__(
        self, health_url: str, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take no child yet; ``clock`` gives seconds that only grow."""
        self._health_url = health_url
        self._say = say
        self._clock = clock
        self._keepers: list[Keeper] = []
        self._worker: Keeper | None = None
        self._look_again = clock() + HEALTH_INTERVAL

    def adopt(self, child: Child) -> None:
        """Tend a child that is already running (the servers)."""
        self._keepers.append(Keeper(child, self._clock, started_at=self._clock()))

    def start(self, children: Sequence[Child], *, worker: Child) -> None:
        """Start and tend children; ``worker``, one of them, is restarted when jobs lie too long."""
        for child in children:
            keeper = Keeper(child, self._clock)
            self._keepers.append(keeper)
            self._worker = keeper if child is worker else self._worker
            keeper.start()

    def wait_until_ready(self, patience: float) -> None:
        """Return when /healthz answers 200; raises GaveUp when it does not within ``patience`` seconds."""
        end = time.monotonic() + patience
        while self.health() is None:
            if time.monotonic() > end:
                raise GaveUp(f"{self._health_url} has not answered 200 for {patience:.0f} s.")
            self.tend()
            time.sleep(0.1)

    def run(self) -> None:
        """Tend the children for ever; ends by GaveUp or KeyboardInterrupt."""
        while True:
            self.tend()
            self.watch_jobs()
            time.sleep(0.5)

    def tend(self) -> None:
        """Look once after every child."""
        for keeper in self._keepers:
            keeper.tend(self._say)

    def health(self) -> dict[str, object] | None:
        """Return what /healthz answers with 200, else None."""
        try:
            with HTTP.open(self._health_url, timeout=HEALTH_TIMEOUT) as answer:
                body = json.load(answer)
        except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
            return None
        return body if isinstance(body, dict) else {}

    def watch_jobs(self) -> None:
        """Restart the worker when the oldest open job has waited longer than the limit."""
        now = self._clock()
        if self._worker is None or now < self._look_again:
            return
        self._look_again = now + HEALTH_INTERVAL
        age = (self.health() or {}).get("oldest_open_job_seconds")
        if not isinstance(age, int | float) or age <= OLDEST_JOB_LIMIT:
            return
        if now - self._worker.started_at < OLDEST_JOB_LIMIT or self._worker.start_at is not None:
            return
        self._say(f"the oldest open job has waited {age:.0f} s: restarting {self._worker.child.name}")
        self._worker.child.stop(patience=10)
        self._worker.start()

"""Without a broker the pages work and dashboards show their older state; once it is back everything is made up for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework import jobs
from casework.models import Job
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from tests.factories import dispute_in
from tests.faults.running import PORTAL, QUICK, Works, eventually, kill

PATIENCE = 120.0
# Seconds from the broker's return until nothing is left to do: a minute's tick and the work itself.
LIMIT = 70.0
# What Celery's worker writes each time.
MISSED = "Cannot connect to"
OpenWorks = Callable[..., AbstractContextManager[Works]]


class Board:
    """What the county's dashboard says, as its page shows it."""

    def __init__(self, client: Client) -> None:
        """Read it through a client that is signed in."""
        self.client = client

    def seen(self) -> tuple[str, str]:
        """Return the moment that the figures stand for, and the month's number of cases."""
        page = self.client.get(reverse("dashboard", args=["mediation"]), {"period": f"{timezone.localdate():%Y-%m}"})
        assert page.status_code == 200
        html = page.content.decode()
        as_of = re.search(r'<time datetime="([^"]+)"', html)
        cases = re.search(r'class="jo-kpi-value"><a href="[^"]*T9\.01\b[^"]*">([\d,]+)<', html)
        return (as_of[1] if as_of else "", cases[1] if cases else "")


def open_jobs() -> int:
    """Count the jobs that are due and not done: what removes an exported file waits for its day."""
    with system("test"):
        return Job.objects.exclude(state=Job.State.DONE).filter(run_after__lte=timezone.now()).count()


def pages_work(client: Client, dispute: Dispute) -> None:
    """Open the pages of a clerk's morning."""
    for address in (reverse("home"), reverse("disputes:list"), reverse("disputes:detail", args=[dispute.public_id])):
        assert client.get(address).status_code == 200, address


def work_without_a_broker(client: Client, clerk: Membership, exports: int, today: date) -> None:
    """Accept a dispute through its page and ask for files."""
    dispute = dispute_in("registered", actor=clerk, on=today)
    pages_work(client, dispute)
    fields = {"on": today.isoformat(), "version": str(dispute.version)}
    answer = client.post(reverse("disputes:step", args=[dispute.public_id, "accept"]), fields)
    assert answer.status_code == 303
    for _ in range(exports):
        assert client.post(reverse("disputes:export"), {"format": "csv"}).status_code == 303
    pages_work(client, dispute)


def worker_misses_it(running: Works) -> None:
    """Wait until the worker has looked for the broker in vain once more."""
    before = running.said("worker", MISSED)
    eventually(lambda: running.said("worker", MISSED) > before, within=PATIENCE, what="the worker misses the broker")


@pytest.mark.fresh_database
@pytest.mark.parametrize(("app", "exports"), [(QUICK, 2), pytest.param(PORTAL, 20, marks=pytest.mark.slow)])
def test_what_is_asked_without_a_broker_is_done_when_it_returns(
    app: str,
    exports: int,
    works: OpenWorks,
    clerk: Membership,
    county_leader: Membership,
    client_for: Callable[[Membership], Client],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(jobs, "_broker_silent_until", 0.0)
    today, board, client = timezone.localdate(), Board(client_for(county_leader)), client_for(clerk)
    with works(lease=60) as running:
        running.worker(app=app)
        running.beat(app=app)
        dispute_in("accepted", actor=clerk, on=today)
        eventually(lambda: board.seen()[1] == "1", within=PATIENCE, what="the first case is shown")
        kill(running.broker.child)
        worker_misses_it(running)
        before = board.seen()
        work_without_a_broker(client, clerk, exports, today)
        worker_misses_it(running)
        assert board.seen() == before
        assert open_jobs() == exports
        running.broker.start()
        returned = time.monotonic()
        eventually(lambda: not open_jobs() and board.seen()[1] == "2", within=PATIENCE, what="all jobs are done")
        took = time.monotonic() - returned
    assert board.seen()[0] > before[0]
    with capsys.disabled():
        print(f"\nbroker back: {exports} jobs done and the case counted after {took:.1f} s")
    assert took <= LIMIT

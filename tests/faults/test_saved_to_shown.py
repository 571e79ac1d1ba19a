"""From a saved deed to the county's dashboard: a hint leaves with the commit, a worker counts, the cell stands there."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from statistics import quantiles

import pytest
from django.utils import timezone

from casework import jobs, lines
from offices.models import Membership
from offices.scoping import within
from reports.periods import Period
from reports.selectors import unit_cells
from tests.crowd import crowd
from tests.factories import dispute_in, take_step
from tests.faults.running import PORTAL, Works, eventually

PATIENCE = 120.0
# Seconds from saving to seeing, for nineteen of twenty.
LIMIT = 5.0
# Mean pause of a county's clerks between two deeds.
PAUSE = 0.5
TOTAL = "T9.01"
OpenWorks = Callable[..., AbstractContextManager[Works]]


def shown(viewer: Membership, month: date) -> int:
    """Return the month's cases as the viewer's dashboard reads them."""
    with within(viewer):
        cells = unit_cells(lines.line("mediation"), viewer.office, month)
    return cells.value(Period(month), TOTAL)


def save_at_random(clerks: list[Membership], number: int, today: date) -> list[float]:
    """Accept disputes, one after the other at random moments; return when the clerk pressed the button each time."""
    chance = random.Random(number)
    pressed = []
    for turn in range(number):
        clerk = clerks[turn % len(clerks)]
        dispute = dispute_in("registered", actor=clerk, on=today)
        time.sleep(chance.expovariate(1 / PAUSE))
        pressed.append(time.monotonic())
        take_step(dispute, "accept", actor=clerk, on=today)
    return pressed


def watch(viewer: Membership, number: int, today: date) -> list[float]:
    """Look at the figure without a pause; return when each further case was seen first."""
    seen: list[float] = []
    for wanted in range(1, number + 1):
        reached = partial(reaches, viewer, wanted, today)
        eventually(reached, within=PATIENCE, what=f"{wanted} cases are shown", pace=0.01)
        seen.append(time.monotonic())
    return seen


def reaches(viewer: Membership, wanted: int, today: date) -> bool:
    """Tell whether the viewer's dashboard shows so many cases of this month."""
    return shown(viewer, today.replace(day=1)) >= wanted


def delays(clerks: list[Membership], viewer: Membership, number: int) -> list[float]:
    """Save and watch at once; return for each case, in order of size, the seconds until it was seen."""
    today = timezone.localdate()
    pressed, seen = crowd([partial(save_at_random, clerks, number, today), partial(watch, viewer, number, today)])
    assert pressed is not None
    assert seen is not None
    return sorted(there - then for then, there in zip(pressed, seen, strict=True))


def warm_up(clerk: Membership, running: Works) -> None:
    """Start worker and beat as in production, and wait until a case of another month has been counted."""
    running.worker(app=PORTAL)
    running.beat(app=PORTAL)
    earlier = date(timezone.localdate().year - 1, 5, 4)
    dispute_in("accepted", actor=clerk, on=earlier)
    eventually(partial(reaches, clerk, 1, earlier), within=PATIENCE, what="the first case is counted")


@pytest.mark.fresh_database
@pytest.mark.parametrize("number", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_what_is_saved_is_soon_on_the_county_s_dashboard(
    number: int,
    works: OpenWorks,
    clerk: Membership,
    sibling_clerk: Membership,
    county_leader: Membership,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with works(lease=60) as running:
        warm_up(clerk, running)
        found = delays([clerk, sibling_clerk], county_leader, number)
    middle, high = (quantiles(found, n=20, method="inclusive")[place] for place in (9, 18))
    with capsys.disabled():
        print(f"\nsaved to shown, {number} cases: p50 {middle:.2f} s, p95 {high:.2f} s, most {found[-1]:.2f} s")
    if number >= 60:
        assert high <= LIMIT


@pytest.mark.slow
@pytest.mark.fresh_database
def test_without_hints_it_would_wait_for_the_minute(
    works: OpenWorks, clerk: Membership, county_leader: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = timezone.localdate()
    with works(lease=60) as running:
        warm_up(clerk, running)
        monkeypatch.setattr(jobs, "after_marks", [])
        dispute_in("accepted", actor=clerk, on=today)
        with pytest.raises(AssertionError):
            eventually(partial(reaches, county_leader, 1, today), within=LIMIT, what="it is shown")
        eventually(partial(reaches, county_leader, 1, today), within=PATIENCE, what="the minute's tick counts it")

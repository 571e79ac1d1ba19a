"""Workers and brokers are killed while jobs run: every job is done, no effect is doubled, poison stops itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from casework.jobs import enqueue
from casework.models import Job
from offices.scoping import system
from tests.faults import kinds
from tests.faults.running import Works, eventually, kill

LEASE = 1
PATIENCE = 240.0
OpenWorks = Callable[..., AbstractContextManager[Works]]


def ask_for(number: int, *, seconds: float) -> None:
    """Enqueue jobs that work for a moment each."""
    for key in range(number):
        with system("test"):
            enqueue(kinds.SYSTEM_EFFECT, key=str(key), payload={"seconds": seconds})


def done() -> int:
    """Count the finished jobs."""
    with system("test"):
        return Job.objects.filter(kind=kinds.SYSTEM_EFFECT, state=Job.State.DONE).count()


def assert_each_done_once(number: int) -> Counter[int]:
    """Fail unless every job is done with one effect; return how many jobs took how many attempts."""
    with system("test"):
        jobs = list(Job.objects.filter(kind=kinds.SYSTEM_EFFECT).values_list("pk", "state", "attempts"))
    assert [state for _, state, _ in jobs] == [Job.State.DONE] * number
    assert kinds.left(kinds.SYSTEM_EFFECT) == sorted(key for key, _, _ in jobs)
    return Counter(attempts for _, _, attempts in jobs)


@pytest.mark.fresh_database
def test_jobs_outlive_a_killed_worker_and_poison_stops_itself(works: OpenWorks) -> None:
    with works(lease=LEASE) as running:
        with system("test"):
            poison = enqueue(kinds.POISON, key="1")
        ask_for(12, seconds=0.2)
        worker = running.worker()
        running.beat()
        eventually(lambda: done() >= 3, within=PATIENCE, what="three jobs are done")
        kill(worker)
        running.worker()
        eventually(lambda: done() == 12, within=PATIENCE, what="twelve jobs are done")
        assert_each_done_once(12)
        eventually(lambda: state_of(poison) == Job.State.DEAD, within=PATIENCE, what="the poison is dead")
    assert kinds.left(kinds.POISON) == [poison.pk] * 5


def state_of(job: Job) -> str:
    """Return a job's present state."""
    with system("test"):
        return Job.objects.get(pk=job.pk).state


@pytest.mark.slow
@pytest.mark.fresh_database
def test_four_hundred_jobs_outlive_four_kills(works: OpenWorks, capsys: pytest.CaptureFixture[str]) -> None:
    with works(lease=LEASE) as running:
        ask_for(400, seconds=0.05)
        worker = running.worker()
        running.beat()
        for number, victim in ((60, "worker"), (140, "broker"), (220, "worker"), (300, "broker")):
            eventually(lambda mark=number: done() >= mark, within=PATIENCE, what=f"{number} jobs are done")  # type: ignore[misc]  # bound now
            if victim == "worker":
                kill(worker)
                worker = running.worker()
            else:
                kill(running.broker.child)
                running.broker.start()
        eventually(lambda: done() == 400, within=PATIENCE, what="400 jobs are done")
        attempts = assert_each_done_once(400)
    with capsys.disabled():
        print(f"\n400 jobs, 4 kills: jobs by attempts {dict(sorted(attempts.items()))}, 0 doubled effects")

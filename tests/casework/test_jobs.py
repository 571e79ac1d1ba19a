"""Jobs: taken by one worker, done once, stopped after five attempts, with the asker's present rights, without a name."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from casework import jobs, tasks
from casework.jobs import MOST_ATTEMPTS, claim, enqueue, finish, job, oldest_open_seconds, report_progress
from casework.models import Job
from casework.papers import issue_document
from offices.models import Membership, User
from offices.scoping import system, within
from tests.crowd import crowd
from tests.factories import dispute_in
from tests.faults import kinds
from tests.faults.running import hints_go_to

OVERTAKEN, LATE_FAILURE = "test.overtaken", "test.late_failure"
taken, overtaken = threading.Event(), threading.Event()
PATIENCE = 60.0


@job(OVERTAKEN, runs_as="system")
def be_overtaken(claimed: Job) -> dict[str, Any]:
    """Leave the effect, and let the test take the job away before it is done."""
    kinds.leave(claimed, OVERTAKEN)
    if claimed.attempts == 1:
        taken.set()
        assert overtaken.wait(PATIENCE)
    return {"attempt": claimed.attempts}


@job(LATE_FAILURE, runs_as="own")
def fail_after_the_commit(claimed: Job) -> dict[str, Any]:
    """Commit effect and "done", and fail then."""
    with system("late"):
        kinds.leave(claimed, LATE_FAILURE)
        finish(claimed, {})
    raise ZeroDivisionError


def ask(kind: str, asker: Membership, *, key: str = "1") -> Job:
    """Enqueue a job as a page does."""
    with within(asker):
        return enqueue(kind, key=key, asker=asker)


def now_of(asked: Job) -> Job:
    """Return the job as it stands in the table."""
    with system("test"):
        return Job.objects.get(pk=asked.pk)


def later(**delta: float) -> Any:
    """Set the clock ahead for a block; it goes on from there."""
    return time_machine.travel(timezone.now() + timedelta(**delta))


def leave_and_finish(claimed: Job) -> None:
    """Do what jobs.run does with a claimed job."""
    with system("test"):
        kinds.leave(claimed, kinds.EFFECT)
        finish(claimed, {})


class TestDoing:
    """One attempt after the other."""

    def test_effect_and_done_are_there_together(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        jobs.run(asked.pk)
        done = now_of(asked)
        assert (done.state, done.attempts, done.result, done.lease_until) == (Job.State.DONE, 1, {"left": 1}, None)
        assert kinds.left(kinds.EFFECT) == [asked.pk]

    def test_a_second_hint_does_nothing(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        jobs.run(asked.pk)
        jobs.run(asked.pk)
        assert kinds.left(kinds.EFFECT) == [asked.pk]

    def test_a_taken_job_is_free_again_when_its_lease_has_run_out(self, clerk: Membership, settings: Settings) -> None:
        asked = ask(kinds.EFFECT, clerk)
        assert claim(asked.pk)
        assert claim(asked.pk) is None
        with later(seconds=settings.JOB_LEASE_SECONDS + 1):
            again = claim(asked.pk)
        assert again is not None
        assert again.attempts == 2

    def test_an_overtaken_attempt_can_neither_finish_nor_leave_its_effect(
        self, clerk: Membership, settings: Settings
    ) -> None:
        settings.JOB_LEASE_SECONDS = -1
        asked = ask(kinds.EFFECT, clerk)
        first, second = claim(asked.pk), claim(asked.pk)
        assert first is not None
        assert second is not None
        with pytest.raises(RuntimeError, match="another attempt"):
            leave_and_finish(first)
        assert kinds.left(kinds.EFFECT) == []
        leave_and_finish(second)
        assert now_of(asked).state == Job.State.DONE

    def test_an_overtaken_attempt_shows_no_progress(self, clerk: Membership, settings: Settings) -> None:
        settings.JOB_LEASE_SECONDS = -1
        asked = ask(kinds.EFFECT, clerk)
        first, second = claim(asked.pk), claim(asked.pk)
        assert first is not None
        assert second is not None
        report_progress(second, 2, 10, "第二次")
        report_progress(first, 9, 10, "第一次")
        found = now_of(asked)
        assert (found.progress, found.message) == (2, "第二次")

    def test_progress_prolongs_the_lease(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        claimed = claim(asked.pk)
        assert claimed is not None
        before = now_of(asked).lease_until
        with later(seconds=30):
            report_progress(claimed, 1, 2, "")
        after = now_of(asked).lease_until
        assert before is not None
        assert after is not None
        assert after >= before + timedelta(seconds=29)

    def test_what_fails_after_the_commit_does_not_put_a_finished_job_back(self, clerk: Membership) -> None:
        asked = ask(LATE_FAILURE, clerk)
        jobs.run(asked.pk)
        assert now_of(asked).state == Job.State.DONE
        assert asked.pk not in jobs.due_jobs()


class TestFailing:
    """Attempts that come to nothing."""

    def test_it_waits_longer_each_time_and_dies_after_five_attempts(self, clerk: Membership) -> None:
        asked = ask(kinds.FAILURE, clerk)
        waits = []
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for attempt in range(1, MOST_ATTEMPTS + 1):
                jobs.run(asked.pk)
                found = now_of(asked)
                assert found.attempts == attempt
                jobs.run(asked.pk)  # it is not due
                assert now_of(asked).attempts == attempt
                waits.append((found.run_after - timezone.now()).total_seconds())
                clock.move_to(max(found.run_after, timezone.now()))
        assert waits[:-1] == list(jobs.BACK_OFF)
        assert (found.state, found.message) == (Job.State.DEAD, "ZeroDivisionError")
        assert kinds.left(kinds.FAILURE) == []

    def test_a_job_that_never_comes_back_is_started_five_times(self, clerk: Membership, settings: Settings) -> None:
        settings.JOB_LEASE_SECONDS = -1
        asked = ask(kinds.EFFECT, clerk)
        starts = [claim(asked.pk) for _ in range(8)]
        assert [start.attempts for start in starts if start] == [1, 2, 3, 4, 5]
        assert (now_of(asked).state, now_of(asked).attempts) == (Job.State.DEAD, 5)

    def test_the_log_and_the_table_do_not_repeat_the_words_of_the_error(
        self, clerk: Membership, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = ask(kinds.FAILURE, clerk)
        jobs.run(asked.pk)
        assert "ZeroDivisionError" in caplog.text
        assert kinds.WORDS not in caplog.text
        assert kinds.WORDS not in now_of(asked).message

    def test_a_refusal_ends_it_with_its_reason(self, clerk: Membership) -> None:
        asked = ask(kinds.REFUSAL, clerk)
        jobs.run(asked.pk)
        assert (now_of(asked).state, now_of(asked).message) == (Job.State.DEAD, "记录已归档。")
        assert kinds.left(kinds.REFUSAL) == []


class TestRights:
    """The asker's rights are those of the moment in which the job runs."""

    def test_a_suspended_person_s_job_is_refused(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        User.objects.filter(pk=clerk.user_id).update(is_active=False)
        self.assert_refused(asked)

    def test_the_job_of_an_ended_post_is_refused(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        yesterday = timezone.localdate() - timedelta(days=1)
        Membership.objects.filter(pk=clerk.pk).update(valid_until=yesterday)
        self.assert_refused(asked)

    def test_a_missing_right_ends_it(self, clerk: Membership) -> None:
        asked = ask(kinds.DENIAL, clerk)
        jobs.run(asked.pk)
        assert (now_of(asked).state, now_of(asked).message) == (Job.State.DEAD, "refused")
        assert kinds.left(kinds.DENIAL) == []

    def test_a_paper_asked_for_by_a_clerk_who_has_moved_away_is_refused(
        self, clerk: Membership, sibling_clerk: Membership
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        with within(clerk):
            asked = issue_document(record=dispute, actor=clerk, code="registration")
        Membership.objects.filter(pk=clerk.pk).update(office=sibling_clerk.office_id)
        jobs.run(asked.pk)
        assert (now_of(asked).state, now_of(asked).message) == (Job.State.DEAD, "refused")

    def assert_refused(self, asked: Job) -> None:
        """Fail unless the job ended without an effect, for good."""
        jobs.run(asked.pk)
        found = now_of(asked)
        assert (found.state, found.message) == (Job.State.DEAD, "refused")
        assert kinds.left(kinds.EFFECT) == []
        assert asked.pk not in jobs.due_jobs()


class TestOneOpenJob:
    """A key has one open job."""

    def test_a_second_click_finds_the_open_one(self, clerk: Membership) -> None:
        assert ask(kinds.EFFECT, clerk) == ask(kinds.EFFECT, clerk)

    def test_a_colleague_finds_it_too_and_does_not_become_its_asker(self, clerk: Membership, head: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        found = ask(kinds.EFFECT, head)
        assert found == asked
        assert (found.user_id, found.membership_id) == (clerk.user_id, clerk.pk)

    def test_looking_for_a_colleague_s_job_leaves_the_scope_as_it_was(
        self, clerk: Membership, head: Membership
    ) -> None:
        ask(kinds.EFFECT, clerk)
        with within(head):
            enqueue(kinds.EFFECT, key="1", asker=head)
            assert not Job.objects.exists()

    def test_once_it_is_done_the_next_one_is_new(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        jobs.run(asked.pk)
        assert ask(kinds.EFFECT, clerk) != asked

    def test_an_unknown_kind_is_a_mistake_of_the_program(self, clerk: Membership) -> None:
        with pytest.raises(KeyError), within(clerk):
            enqueue("nonsense", key="1", asker=clerk)


class TestHints:
    """What the broker is told."""

    @pytest.fixture
    def messages(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
        """Return a function that takes every message off the queue."""
        monkeypatch.setattr(jobs, "_broker_silent_until", 0.0)
        take_messages()
        return take_messages

    def test_a_hint_leaves_after_the_commit_and_holds_an_id_alone(
        self, clerk: Membership, messages: Callable[[], list[dict[str, Any]]], django_capture_on_commit_callbacks: Any
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        with django_capture_on_commit_callbacks(execute=True), within(clerk):
            asked = issue_document(record=dispute, actor=clerk, code="registration")
            assert messages() == []
        (sent,) = messages()
        assert (sent["task"], sent["args"]) == ("casework.run_job", [asked.pk])
        assert asked.payload == {"record_type": "mediation.dispute", "record": dispute.pk, "code": "registration"}
        for text in (dispute.title, dispute.number, clerk.user.name, clerk.user.username):
            assert text not in sent["everything"]

    def test_the_tick_repeats_the_hints_of_what_is_due_and_of_nothing_else(
        self, clerk: Membership, messages: Callable[[], list[dict[str, Any]]]
    ) -> None:
        due, running, planned, done = (ask(kinds.EFFECT, clerk, key=key) for key in "abcd")
        with system("test"):
            Job.objects.filter(pk=planned.pk).update(run_after=timezone.now() + timedelta(hours=1))
        jobs.run(done.pk)
        assert claim(running.pk)
        for _ in range(2):
            tasks.tick()
            sent = messages()
            assert [message["args"] for message in sent if message["task"] == "casework.run_job"] == [[due.pk]]
            assert {message["task"] for message in sent} == {"casework.run_job", *tasks.on_tick}

    def test_a_dead_worker_s_job_is_hinted_again(
        self, clerk: Membership, settings: Settings, messages: Callable[[], list[dict[str, Any]]]
    ) -> None:
        settings.JOB_LEASE_SECONDS = -1
        asked = ask(kinds.EFFECT, clerk)
        claim(asked.pk)
        tasks.tick()
        assert [asked.pk] in [message["args"] for message in messages()]


def take_messages() -> list[dict[str, Any]]:
    """Take every message off this run's queue and return its task, its arguments and its whole text."""
    found = []
    with current_app.connection_for_read() as connection, connection.channel() as channel:
        while (message := channel.basic_get("celery", no_ack=True)) is not None:
            args, _kwargs, _embedded = json.loads(message.body)
            everything = json.dumps([message.headers, message.properties, args], ensure_ascii=False, default=str)
            found.append({"task": message.headers["task"], "args": args, "everything": everything})
    return found


class SilentBroker:
    """A port that takes every connection, never answers, and counts."""

    def __init__(self) -> None:
        self.connections: list[socket.socket] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.door.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the door is closed
            while True:
                self.connections.append(self.door.accept()[0])

    def close(self) -> None:
        """Refuse whoever comes from now on."""
        with contextlib.suppress(OSError):  # it is closed already
            self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        for connection in self.connections:
            connection.close()


class TestBrokerDown:
    """A page that asks for a job neither fails nor waits for long; the job waits in the table."""

    @pytest.fixture
    def silent(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentBroker]:
        """Send the hints to a broker that never answers."""
        monkeypatch.setattr(jobs, "_broker_silent_until", 0.0)
        broker = SilentBroker()
        with hints_go_to(broker.url):
            yield broker
        broker.close()

    def ask_and_commit(self, clerk: Membership, key: str, callbacks: Any) -> float:
        """Enqueue a job, run what a commit runs, and return how long that took."""
        start = time.monotonic()
        with callbacks(execute=True) as called:
            asked = ask(kinds.EFFECT, clerk, key=key)
        assert len(called) == 1
        assert (now_of(asked).state, now_of(asked).attempts) == (Job.State.WAITING, 0)
        return time.monotonic() - start

    def test_it_asks_a_silent_broker_twice_and_then_leaves_it_in_peace(
        self, clerk: Membership, silent: SilentBroker, django_capture_on_commit_callbacks: Any
    ) -> None:
        first = self.ask_and_commit(clerk, "a", django_capture_on_commit_callbacks)
        tries = len(silent.connections)
        second = self.ask_and_commit(clerk, "b", django_capture_on_commit_callbacks)
        assert tries in {1, 2}
        assert len(silent.connections) == tries
        print(f"silent broker: the first page waited {first:.2f} s, the second {second:.2f} s")

    def test_a_closed_port_is_no_error(
        self, clerk: Membership, silent: SilentBroker, django_capture_on_commit_callbacks: Any
    ) -> None:
        silent.close()
        print(f"closed port: {self.ask_and_commit(clerk, 'a', django_capture_on_commit_callbacks):.2f} s")

    def test_after_a_pause_it_asks_again(
        self, clerk: Membership, silent: SilentBroker, django_capture_on_commit_callbacks: Any
    ) -> None:
        self.ask_and_commit(clerk, "a", django_capture_on_commit_callbacks)
        tries = len(silent.connections)
        jobs._broker_silent_until -= jobs.BROKER_PAUSE_SECONDS
        self.ask_and_commit(clerk, "b", django_capture_on_commit_callbacks)
        assert len(silent.connections) > tries


class TestWatching:
    """The age of the oldest open job, which the watchdog asks for."""

    def test_nothing_waits(self, clerk: Membership) -> None:
        asked = ask(kinds.EFFECT, clerk)
        jobs.run(asked.pk)
        planned = ask(kinds.EFFECT, clerk, key="planned")
        with system("test"):
            Job.objects.filter(pk=planned.pk).update(run_after=timezone.now() + timedelta(hours=1))
        assert oldest_open_seconds() == 0

    def test_a_waiting_job_has_an_age(self, clerk: Membership) -> None:
        ask(kinds.EFFECT, clerk)
        with later(seconds=200):
            assert oldest_open_seconds() in {200, 201}

    def test_a_job_whose_worker_has_died_waits_from_the_end_of_its_lease(
        self, clerk: Membership, settings: Settings
    ) -> None:
        asked = ask(kinds.EFFECT, clerk)
        assert claim(asked.pk)
        assert oldest_open_seconds() == 0
        with later(seconds=settings.JOB_LEASE_SECONDS + 200):
            assert oldest_open_seconds() in {200, 201}


@pytest.mark.fresh_database
class TestAtOnce:
    """Workers and people at the same moment, each with a connection of its own."""

    def test_one_of_eight_workers_takes_a_job(self, clerk: Membership) -> None:
        for key in "abcde":
            asked = ask(kinds.EFFECT, clerk, key=key)
            claims = crowd([partial(claim, asked.pk)] * 8)
            assert [claimed.attempts for claimed in claims if claimed] == [1]

    def test_eight_clicks_of_two_people_make_one_job(self, clerk: Membership, head: Membership) -> None:
        for key in "abcde":
            askers = [clerk, head] * 4
            found = crowd([partial(ask, kinds.EFFECT, asker, key=key) for asker in askers])
            assert len({asked.pk for asked in found if asked}) == 1
        with system("test"):
            assert Job.objects.count() == 5

    def test_an_attempt_that_is_overtaken_while_it_works_changes_nothing(self, settings: Settings) -> None:
        settings.JOB_LEASE_SECONDS = -1
        with system("test"):
            asked = enqueue(OVERTAKEN, key="1")

        def overtake() -> None:
            assert taken.wait(PATIENCE)
            jobs.run(asked.pk)
            overtaken.set()

        crowd([lambda: jobs.run(asked.pk), overtake])
        found = now_of(asked)
        assert (found.state, found.attempts, found.result) == (Job.State.DONE, 2, {"attempt": 2})
        assert kinds.left(OVERTAKEN) == [asked.pk]
        connections.close_all()

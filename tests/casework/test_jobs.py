"""Jobs: taken by one worker, done once, stopped after five attempts, with the asker's present rights, without a name."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from casework import jobs
from casework.jobs import MOST_ATTEMPTS, claim, enqueue, finish, job, oldest_open_seconds, report_progress
from casework.models import Job
from casework.papers import issue_document
from offices.models import Membership, User
from offices.scoping import system, within
from tests.casework.asking import ask, now_of
from tests.crowd import crowd
from tests.factories import dispute_in
from tests.faults import kinds

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

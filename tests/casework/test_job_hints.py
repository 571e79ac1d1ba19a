"""Hints: the broker is told ids after the commit, and a broker that does not answer holds nobody up."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone
from pytest_django.fixtures import Settings

from casework import jobs, tasks
from casework.jobs import claim
from casework.models import Job
from casework.papers import issue_document
from offices.models import Membership
from offices.scoping import system, within
from tests.casework.asking import ask, now_of
from tests.factories import dispute_in
from tests.faults import kinds
from tests.faults.running import hints_go_to


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

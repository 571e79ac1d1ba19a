"""Requests of real people, in this process: every middleware, a session's cookie, the whole page as bytes."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from casework import lines
from casework.lines import RecordType
from justice_portal.bench.measuring import NothingToMeasure
from offices.middleware import MEMBERSHIP_KEY, SEEN_AT, SIGNED_IN_AT
from offices.models import Membership
from offices.permissions import Action, may
from offices.scoping import system

Statement = tuple[str, tuple[Any, ...]]


def busiest_type() -> RecordType:
    """Return the record type with the most records."""
    with system("bench"):
        counted = [(kind.model.objects.count(), kind) for kind in lines.record_types()]
    most, kind = max(counted, key=lambda pair: pair[0], default=(0, None))
    if kind is None or not most:
        raise NothingToMeasure("There are no records to measure with: run manage.py seed first.")
    return kind


def reader(kind: RecordType, level: str) -> Membership:
    """Return who may read the list at a level, of the unit that stands in the middle by its number of records.

    Not of the largest: the capped count of a large unit makes the floor dear and the ratio cheap.
    """
    active = Membership.objects.active(timezone.localdate()).select_related("user", "office")
    people = [
        one
        for one in active.filter(office__level=level, user__must_change_password=False)
        if may(one, Action.LIST_RECORDS, kind.line) or may(one, Action.LIST_REDUCED, kind.line)
    ]
    if not people:
        raise NothingToMeasure(f"Nobody of the level {level} has an account: run manage.py seed first.")
    numbers = records_by_unit(kind, level)
    found = sorted(people, key=lambda one: (numbers.get(one.office_id, 0), one.pk))
    return found[len(found) // 2]


def people_who(action: Action, line: str) -> list[Membership]:
    """Return who may do something in a line today."""
    active = Membership.objects.active(timezone.localdate()).select_related("user", "office__county", "office__city")
    return [one for one in active if may(one, action, line)]


def records_by_unit(kind: RecordType, level: str) -> dict[int, int]:
    """Return the number of records of each unit of a level below the province."""
    if level == "province":
        return {}
    with system("bench"):
        rows = kind.model.objects.order_by().values_list(f"{level}_id")
        return dict(rows.annotate(number=Count("pk")))


@dataclass
class Page:
    """One address as one person's browser asks for it. Called, it returns the body; an answer but 200 raises."""

    handler: WSGIHandler
    cookie: str
    path: str
    query: str = ""

    def __call__(self) -> bytes:
        """Ask once."""
        answers: list[str] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answers.append(status)

        answer = self.handler(environment(self.path, self.query, self.cookie), start_response)
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        if not answers[0].startswith("200"):
            raise NothingToMeasure(f"{self.path}?{self.query} answered {answers[0]}.")
        return body


def environment(path: str, query: str = "", cookie: str = "") -> dict[str, Any]:
    """Return the WSGI environment of a GET."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": cookie,
        "wsgi.url_scheme": "https" if settings.HTTPS else "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }


@contextmanager
def signed_in(members: Sequence[Membership]) -> Iterator[list[str]]:
    """Give each person a session while the block runs; yield their cookies."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    sessions = []
    for member in members:
        session = store()
        session[SESSION_KEY] = str(member.user_id)
        session[BACKEND_SESSION_KEY] = "offices.accounts.PasswordBackend"
        session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
        session[MEMBERSHIP_KEY] = member.pk
        # As in the middle of a working day: the session is not written again within the minute.
        session[SIGNED_IN_AT] = session[SEEN_AT] = int(time.time())
        session.create()
        sessions.append(session)
    try:
        yield [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]
    finally:
        for session in sessions:
            session.delete()


def statements_of(page: Page) -> list[Statement]:
    """Return the queries that a request sends, with their values, in order."""
    sent: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    page()
    with connection.execute_wrapper(note):
        page()
    return sent

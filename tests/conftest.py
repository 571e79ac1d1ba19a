"""Databases, cast, clock and switches of every test.

`./test` starts servers and sets what follows. Plain pytest needs the same variables: DATABASE_URL (application role),
DATABASE_OWNER_URL, DATABASE_ADMIN_URL (a superuser, for the template and its clones), REDIS_URL, SECRET_KEY,
FIELD_KEYS_FILE, PLAIN_STATIC=1. The database that they name is never touched.

- Ordinary tests: mark ``django_db`` or use a member of the cast. They run in a transaction of the application role
  that is rolled back. ``django_db(databases=["default", "owner"])`` adds the owner's connection: that is *another*
  transaction, so that neither sees what the other has not committed.
- Tests that commit (scope, jobs, freezing, live server): mark ``fresh_database``; each gets a clone of its own.
  ``fresh_database(per="class")`` gives one to the whole class. What many ordinary tests of a module look at and none may
  keep changing is built once by a fixture of the module on ``module_database``. ``django_db(transaction=True)`` is refused: its flush
  would empty the code tables.
- ``slow`` tests run with RUN_SLOW=1; ``browser`` tests are skipped without Chromium, except where CI=1.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from celery import current_app
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client, override_settings
from django.test.testcases import LiveServerThread
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

from offices.middleware import MEMBERSHIP_KEY
from offices.models import Membership, Office
from tests.cast import CAST
from tests.databases import CLONE, Databases, MissingAddress

TODAY = date(2026, 5, 20)
"""A Wednesday, no holiday near; the day of tests that use the fixture ``today``."""

HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.Argon2PasswordHasher"]
COMMITTING = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


def pytest_configure(config: pytest.Config) -> None:
    """Make the suite's own mark known; on a busy machine an example may take its time."""
    settings.register_profile("suite", deadline=None)
    settings.load_profile("suite")
    config.addinivalue_line("markers", "fresh_database(per='function'): works on a clone of its own and may commit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what was not asked for; refuse Django's own way of testing with commits."""
    for item in items:
        refuse_flush(item)
        if item.get_closest_marker("slow") and os.environ.get("RUN_SLOW") != "1":
            item.add_marker(pytest.mark.skip(reason="slow: run it with RUN_SLOW=1"))
        if item.get_closest_marker("browser") and not chromium() and os.environ.get("CI") != "1":
            item.add_marker(pytest.mark.skip(reason="there is no Chromium"))


def refuse_flush(item: pytest.Item) -> None:
    """Stop the run at a test that Django would clean up after by TRUNCATE."""
    marker = item.get_closest_marker("django_db")
    asked = set(getattr(item, "fixturenames", ())) & COMMITTING
    if asked or (marker and marker.kwargs.get("transaction")):
        raise pytest.UsageError(f"{item.nodeid}: use the mark fresh_database; the server is the fixture live_portal")
    if marker and item.get_closest_marker("fresh_database"):
        raise pytest.UsageError(f"{item.nodeid}: django_db and fresh_database exclude each other")


def chromium() -> str | None:
    """Return the path of the browser."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def databases(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Databases]:
    """Give the worker its means to clone, the template built."""
    with django_db_blocker.unblock():
        try:
            made = Databases()
        except MissingAddress as missing:
            pytest.fail(str(missing), pytrace=False)
    yield made
    made.close()


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point both aliases at the worker's clone, in place of Django's own test databases."""
    with django_db_blocker.unblock(), databases.clone() as name:
        assert_safe(name)
        # pytest-django blocks the database again between tests.
        with django_db_blocker.block():
            yield


def assert_safe(name: str) -> None:
    """Fail unless the tests run on their clone, as the application role, under its policies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_database(), current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        found = cursor.fetchone()
    connection.close()
    assert name.startswith(CLONE)
    assert found == (name, "justice_app", False, False), f"the tests must not run as {found}"


@contextmanager
def clone_in_use(databases: Databases, blocker: DjangoDbBlocker) -> Iterator[str]:
    """Work on a fresh clone with the database unblocked."""
    with blocker.unblock(), databases.clone() as name:
        cache.clear()
        yield name
        for alias in connections:
            connections[alias].close()


@pytest.fixture
def fresh_database(django_db_setup: None, databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give one test a clone of its own, in which it may commit; return its name."""
    with clone_in_use(databases, django_db_blocker) as name:
        yield name


@pytest.fixture(scope="class")
def class_database(django_db_setup: None, databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give the tests of one class a clone of their own, in which they may commit; return its name."""
    with clone_in_use(databases, django_db_blocker) as name:
        yield name


@pytest.fixture(scope="module")
def module_database(django_db_setup: None, databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Give the fixtures of one module a clone in which they commit; its ordinary tests are rolled back in it."""
    with clone_in_use(databases, django_db_blocker) as name:
        yield name


def wanted_clone(request: pytest.FixtureRequest) -> str:
    """Return the name of the fixture that the test's mark asks for; empty without the mark."""
    marker = request.node.get_closest_marker("fresh_database")
    if marker is None:
        return ""
    return "class_database" if marker.kwargs.get("per") == "class" else "fresh_database"


@pytest.fixture(autouse=True)
def _fresh_database_of_mark(request: pytest.FixtureRequest) -> None:
    if name := wanted_clone(request):
        request.getfixturevalue(name)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> None:
    """Open the database in the way of the test's mark: a fresh clone, else the transaction that is rolled back."""
    asked = {"fresh_database", "class_database"} & set(request.fixturenames)
    if not asked and not wanted_clone(request):
        request.getfixturevalue("db")
        # What an earlier test cached is rolled back by now.
        cache.clear()


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def member(database: None) -> Callable[[str], Membership]:
    """Find a member of the cast by name, for parametrised tests; the names are also fixtures."""
    return find_member


def find_member(name: str) -> Membership:
    """Return the membership of one of the cast, with unit and ancestors loaded."""
    return Membership.objects.select_related("user", "office__county", "office__city").get(user__username=name)


def _fixture_of(name: str) -> Callable[[], Membership]:
    @pytest.fixture(name=name)
    def fixture(database: None) -> Membership:
        return find_member(name)

    return fixture


for _name in CAST:
    globals()[f"_{_name}"] = _fixture_of(_name)


@pytest.fixture
def unit(database: None) -> Callable[[str], Office]:
    """Find a unit of the town by its short name: 石桥司法所, 石门县, 青河市, 山东省."""
    return lambda name: Office.objects.get(short_name=name)


@pytest.fixture
def client_for(database: None) -> Callable[[Membership], Client]:
    """Make signed-in clients: ``client_for(clerk).get(...)``."""
    return sign_in


def sign_in(membership: Membership, **options: Any) -> Client:
    """Return a client whose session belongs to a membership."""
    client = Client(**options)
    client.force_login(membership.user, backend="offices.accounts.PasswordBackend")
    session = client.session
    session[MEMBERSHIP_KEY] = membership.pk
    session.save()
    return client


# --- clock, passwords, browser ---------------------------------------------------------------------------------------


@contextmanager
def on_the_day() -> Iterator[date]:
    """Set the clock to ten o'clock on a Wednesday in May 2026; it goes on from there."""
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    with time_machine.travel(moment):
        yield TODAY


@pytest.fixture
def today() -> Iterator[date]:
    """Set the clock to ten o'clock on a Wednesday in May 2026 for a test."""
    with on_the_day() as day:
        yield day


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords(django_test_environment: None) -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=HASHERS):
        yield


@pytest.fixture(scope="session", autouse=True)
def _queue_of_its_own(django_test_environment: None) -> None:
    # Runs share one broker: under a common name a worker would be handed the job ids of another run's database.
    prefix = {"global_keyprefix": f"test-{secrets.token_hex(6)}-"}
    current_app.conf.broker_transport_options = {**current_app.conf.broker_transport_options, **prefix}


@pytest.fixture
def live_portal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the portal on a free port to a test marked ``fresh_database``; return its address."""
    assert wanted_clone(request), "a live server commits: mark the test fresh_database"
    # The browser's driver runs an event loop in this thread; Django would refuse the test's own queries.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium; root has no sandbox for it."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium(), "args": arguments}

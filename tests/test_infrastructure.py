"""The suite's own ground: the database is a clone, the role is the application's, nothing stays behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import ProgrammingError, connection, connections
from django.test import Client
from django.utils import timezone

from casework.models import RecordEvent
from mediation.models import Dispute, Party
from mediation.workflow.disputes import WORKFLOW
from offices.models import AccessEntry, Membership, Office
from offices.permissions import Role
from offices.scoping import NoScope, within
from tests.cast import CAST
from tests.databases import CLONE
from tests.factories import PATHS, STEPS, dispute_in


def database_of(alias: str) -> tuple[str, str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user")
        name, role = cursor.fetchone()
    return name, role


def leave_an_entry() -> int:
    AccessEntry.objects.create(kind=AccessEntry.Kind.VIEW, note="left behind")
    return AccessEntry.objects.filter(note="left behind").count()


@pytest.mark.django_db(databases=["default", "owner"])
def test_both_roles_work_on_one_clone() -> None:
    name, role = database_of("default")
    assert name.startswith(CLONE)
    assert role == "justice_app"
    assert database_of("owner") == (name, "justice_owner")


@pytest.mark.django_db
def test_the_application_role_is_held_by_the_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("UPDATE offices_office SET name = 'x'")


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
def test_an_ordinary_test_leaves_nothing(time: str) -> None:
    assert leave_an_entry() == 1


@pytest.mark.fresh_database
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_committing_test_has_a_clone_of_its_own(time: str, clerk: Membership) -> None:
    assert leave_an_entry() == 1
    assert not connection.in_atomic_block


@pytest.mark.fresh_database
def test_other_threads_see_the_same_clone() -> None:
    found: list[str] = []

    def look() -> None:
        found.append(database_of("default")[0])
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [database_of("default")[0]]


@pytest.mark.fresh_database(per="class")
class TestOneCloneForAClass:
    def test_the_first_commits(self) -> None:
        assert leave_an_entry() == 1

    def test_the_second_finds_it(self) -> None:
        assert leave_an_entry() == 2


@pytest.mark.django_db
def test_the_whole_cast_stands_where_its_names_say(member: Callable[[str], Membership]) -> None:
    for name, person in CAST.items():
        found = member(name)
        assert (found.office.short_name, found.role) == (person.unit, person.role)
    assert {person.role for person in CAST.values()} == set(Role)


@pytest.mark.django_db
def test_the_tree_hangs_together(unit: Callable[[str], Office]) -> None:
    bridge, zone = unit("石桥司法所"), unit("青河高新区")
    assert (bridge.county, bridge.city) == (unit("石门县"), unit("青河市"))
    assert zone.is_functional_zone
    assert zone.city == bridge.city
    assert unit("渔湾司法所").city == unit("海安市")


def test_siblings_share_the_county(clerk: Membership, sibling_clerk: Membership, far_clerk: Membership) -> None:
    assert clerk.office != sibling_clerk.office
    assert clerk.office.county == sibling_clerk.office.county
    assert clerk.office.city != far_clerk.office.city


def test_a_client_is_signed_in(client_for: Callable[[Membership], Client], clerk: Membership) -> None:
    assert client_for(clerk).session["_auth_user_id"] == str(clerk.user_id)


def test_the_clock_stands_on_a_wednesday(today: date) -> None:
    assert timezone.localdate() == today
    assert today.isoweekday() == 3


def test_every_state_and_step_can_be_built() -> None:
    assert set(PATHS) == {state.code for state in WORKFLOW.states}
    assert set(STEPS) == {transition.code for transition in WORKFLOW.transitions}


@pytest.mark.parametrize("state", PATHS)
def test_a_dispute_walks_to_each_state(state: str, clerk: Membership, today: date) -> None:
    dispute = dispute_in(state, actor=clerk)
    with within(clerk):
        assert Dispute.objects.get(pk=dispute.pk).state == state
        assert Party.objects.filter(dispute=dispute).count() == 2
        assert RecordEvent.objects.filter(record_id=dispute.pk).count() == len(PATHS[state]) + 1


def test_the_factories_open_no_scope_for_the_test(clerk: Membership) -> None:
    dispute_in("registered", actor=clerk)
    with pytest.raises(NoScope):
        Dispute.objects.count()

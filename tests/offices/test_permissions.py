"""Deeds: one table role × action, asked by every view, and administrators who exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from offices.models import AccessEntry, Level, Membership, Office, User
from offices.permissions import ADMINISTRATORS, ALLOWED, LEVELS_OF, Action, Role, may
from offices.scoping import system
from offices.services import Post, give_membership
from offices.views.base import ActionView
from tests.cast import CAST

START = date(2026, 1, 1)
# What an administrator may do with business: nothing.
BUSINESS = frozenset(Action) - {
    Action.HOME,
    Action.OWN_ACCOUNT,
    Action.READ_OFFICES,
    Action.ADMINISTER_ACCOUNTS,
    Action.READ_UNIT_CHANGES,
    Action.DRAFT_UNIT_CHANGE,
    Action.ADOPT_UNIT_CHANGE,
    Action.FOLLOW_JOB,
}
OPEN_VIEWS = {"sign_in", "healthz"}


def post_of(role: Role, line: str = "mediation") -> Membership:
    return Membership(role=role, lines=[line], office=Office())


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_action_is_in_the_table_and_somebody_may_do_it() -> None:
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())


def test_every_role_has_a_level() -> None:
    assert set(LEVELS_OF) == set(Role)
    assert {level for levels in LEVELS_OF.values() for level in levels} == set(Level.values)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_no_administrator_touches_business(role: Role) -> None:
    assert [action for action in BUSINESS if may(post_of(role), action)] == []


@pytest.mark.parametrize(
    ("role", "action"),
    [
        (Role.ASSISTANT, Action.CLOSE_RECORD),
        (Role.ASSISTANT, Action.HANDLE_RECORD),
        (Role.OFFICE_CLERK, Action.ISSUE_REPORT),
        (Role.COUNTY_REVIEWER, Action.AMEND_RECORD),
        (Role.COUNTY_LEADER, Action.OPEN_RECORD),
        (Role.CITY_REVIEWER, Action.READ_RECORD),
        (Role.PROVINCE_STATISTICIAN, Action.LIST_RECORDS),
        (Role.PROVINCE_LINE_LEAD, Action.ISSUE_REPORT),
        (Role.OFFICE_HEAD, Action.ADMINISTER_ACCOUNTS),
        (Role.OFFICE_HEAD, Action.REVIEW_CRIME),
        (Role.COUNTY_STATISTICIAN, Action.REVIEW_CRIME),
        (Role.ASSISTANT, Action.OPEN_REVIEW),
        (Role.OFFICE_CLERK, Action.DECIDE_ALERT),
        (Role.CITY_REVIEWER, Action.DECIDE_ALERT),
    ],
)
def test_what_the_roles_may_not_do(role: Role, action: Action) -> None:
    assert not may(post_of(role), action)


def test_a_line_that_the_post_does_not_have_is_closed() -> None:
    clerk = post_of(Role.OFFICE_CLERK)
    assert may(clerk, Action.OPEN_RECORD, "mediation")
    assert not may(clerk, Action.OPEN_RECORD, "correction")


def test_who_has_no_post_may_do_nothing() -> None:
    assert [action for action in Action if may(None, action)] == []


# --- the views -------------------------------------------------------------------------------------------------------


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        else:
            yield pattern.name or "", pattern.callback


def test_every_address_leads_to_a_view_with_an_action() -> None:
    without = {
        name
        for name, view in views(get_resolver().url_patterns)
        if not issubclass(getattr(view, "view_class", object), ActionView)
    }
    assert without == OPEN_VIEWS


def test_a_view_without_an_action_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match="has no action"):
        type("Forgetful", (ActionView,), {})
    with pytest.raises(TypeError, match="has no action"):
        type("Misspelt", (ActionView,), {"action": "open_record"})


class Shared(ActionView, abstract=True):
    """A base that is never routed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("done")


class Registering(Shared):
    """A concrete view of a line."""

    action = Action.OPEN_RECORD
    line = "mediation"


def ask(membership: Membership | None) -> HttpResponse:
    request = RequestFactory().get("/")
    request.membership = membership  # type: ignore[attr-defined]  # the middleware sets it
    return Registering.as_view()(request)  # type: ignore[return-value]


def test_a_view_does_its_deed_for_who_may() -> None:
    assert ask(post_of(Role.OFFICE_CLERK)).content == b"done"


@pytest.mark.parametrize("membership", [None, post_of(Role.COUNTY_LEADER), post_of(Role.OFFICE_CLERK, "correction")])
def test_a_view_refuses_who_may_not(membership: Membership | None) -> None:
    with pytest.raises(PermissionDenied):
        ask(membership)


@pytest.mark.parametrize("name", sorted(name for name, one in CAST.items() if one.is_active and not one.valid_until))
def test_the_pages_of_administration_answer_as_the_table_says(
    name: str, member: Callable[[str], Membership], client_for: Callable[[Membership], Client]
) -> None:
    client = client_for(member(name))
    expected = 200 if CAST[name].role in ALLOWED[Action.ADMINISTER_ACCOUNTS] else 403
    pages = ("people", "person_create", "people_import", "people_import_template")
    assert {client.get(reverse(page)).status_code for page in pages} == {expected}
    assert client.get(reverse("offices")).status_code == 200


def test_a_refusal_is_recorded_without_the_query(clerk: Membership, client_for: Callable[[Membership], Client]) -> None:
    client_for(clerk).get(reverse("people") + "?q=secret")
    (entry,) = AccessEntry.objects.filter(kind=AccessEntry.Kind.REFUSAL)
    assert (entry.user_id, entry.path, entry.note) == (clerk.user_id, reverse("people"), "GET")


# --- separate administrators -----------------------------------------------------------------------------------------

ADMINS = sorted(ADMINISTRATORS)
BUSINESS_ROLES = [Role.PROVINCE_STATISTICIAN, Role.PROVINCE_LINE_LEAD]


def give(person: User, role: Role, office: Office, **dates: date) -> Membership:
    days = {"valid_from": START} | dates
    with system("test"):
        return give_membership(
            person=person, post=Post(office=office, role=role, lines=("mediation",), **days), by=None
        )


@pytest.fixture
def newcomer(database: None) -> User:
    """Return a person without a post."""
    return User.objects.create(username="newcomer", name="新来人")


@pytest.mark.parametrize(("first", "second"), [pair for pair in product(ADMINS, ADMINS) if pair[0] != pair[1]])
def test_nobody_is_two_kinds_of_administrator(
    newcomer: User, unit: Callable[[str], Office], first: Role, second: Role
) -> None:
    province = unit("山东省")
    give(newcomer, first, province)
    with pytest.raises(ValidationError, match="互斥"):
        give(newcomer, second, province)


@pytest.mark.parametrize(("admin", "business"), list(product(ADMINS, BUSINESS_ROLES)))
def test_an_administrator_has_no_business_post_nor_the_other_way_round(
    newcomer: User, unit: Callable[[str], Office], admin: Role, business: Role
) -> None:
    province = unit("山东省")
    given = give(newcomer, admin, province)
    with pytest.raises(ValidationError, match="互斥"):
        give(newcomer, business, province)
    given.delete()
    give(newcomer, business, province)
    with pytest.raises(ValidationError, match="互斥"):
        give(newcomer, admin, province)


def test_one_post_after_the_other_is_no_clash(newcomer: User, unit: Callable[[str], Office]) -> None:
    province = unit("山东省")
    give(newcomer, Role.PROVINCE_STATISTICIAN, province, valid_until=date(2026, 6, 30))
    assert give(newcomer, Role.SYSTEM_ADMIN, province, valid_from=date(2026, 7, 1)).pk


def test_a_post_that_is_given_for_later_counts_as_well(newcomer: User, unit: Callable[[str], Office]) -> None:
    province = unit("山东省")
    give(newcomer, Role.AUDIT_ADMIN, province, valid_from=date(2030, 1, 1))
    with pytest.raises(ValidationError, match="互斥"):
        give(newcomer, Role.SECURITY_ADMIN, province)


def test_administrators_get_no_line(newcomer: User, unit: Callable[[str], Office]) -> None:
    assert give(newcomer, Role.SYSTEM_ADMIN, unit("山东省")).lines == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_given_at_its_levels_alone(newcomer: User, unit: Callable[[str], Office], role: Role) -> None:
    units = {"province": unit("山东省"), "city": unit("青河市"), "county": unit("石门县"), "office": unit("石桥司法所")}
    for level, office in units.items():
        if level in LEVELS_OF[role]:
            give(newcomer, role, office).delete()
        else:
            with pytest.raises(ValidationError, match="没有这个角色"):
                give(newcomer, role, office)

"""Accounts and posts: what an administrator of a county and of the province may do, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from offices.models import AccessEntry, AuditEntry, Membership, User
from offices.permissions import Role
from offices.scoping import system
from offices.services import initial_password
from tests.cast import PASSWORD
from tests.offices.entries import Units, signs_in, typed

ClientFor = Callable[[Membership], Client]
YESTERDAY = -timedelta(days=1)


@pytest.fixture
def county(client_for: ClientFor, county_admin: Membership) -> Client:
    """Return the browser of the county's administrator."""
    return client_for(county_admin)


@pytest.fixture
def province(client_for: ClientFor, system_admin: Membership) -> Client:
    """Return the browser of the province's administrator."""
    return client_for(system_admin)


def text(response: Any) -> str:
    return response.content.decode()


def deeds(person: User) -> list[str]:
    entries = AccessEntry.objects.filter(kind=AccessEntry.Kind.ADMINISTRATION, record_key=str(person.pk))
    return list(entries.order_by("id").values_list("note", flat=True))


def password_on(response: Any) -> str:
    (password,) = re.findall(r"<code>((?:\w{4}-){3}\w{4})</code>", text(response))
    return password


# --- who is seen -----------------------------------------------------------------------------------------------------


def test_the_province_sees_everybody(province: Client) -> None:
    page = text(province.get(reverse("people")))
    assert f"共 {User.objects.count()} 人" in page


def test_a_county_sees_its_own_people_alone(county: Client, far_clerk: Membership, clerk: Membership) -> None:
    page = text(county.get(reverse("people")))
    assert clerk.user.name in page
    for stranger in (far_clerk.user.name, "王建军宗", "林晓峰", "赵明", "冯立新"):
        assert stranger not in page


@pytest.mark.parametrize(
    "stranger", ["far_clerk", "zone_clerk", "city_reviewer", "province_statistician", "system_admin"]
)
def test_who_is_out_of_reach_does_not_exist(county: Client, member: Callable[[str], Membership], stranger: str) -> None:
    post = member(stranger)
    names = ("person", "person_suspend", "person_restore", "person_reset_password", "membership_give")
    for address in [
        *(reverse(name, args=[post.user_id]) for name in names),
        reverse("membership_move", args=[post.pk]),
        reverse("membership_end", args=[post.pk]),
    ]:
        assert county.get(address).status_code == 404
        expected = 405 if address == reverse("person", args=[post.user_id]) else 404
        assert county.post(address, {}).status_code == expected
    post.user.refresh_from_db()
    assert post.user.is_active
    assert deeds(post.user) == []


def test_a_person_who_also_serves_elsewhere_is_seen_but_not_touched(
    county: Client, clerk: Membership, unit: Units
) -> None:
    Membership.objects.create(
        user=clerk.user, office=unit("渔湾司法所"), role=Role.OFFICE_CLERK, valid_from=date(2026, 1, 1)
    )
    page = text(county.get(reverse("person", args=[clerk.user_id])))
    assert "另有任职" in page
    assert "渔湾" not in page
    assert county.get(reverse("person_suspend", args=[clerk.user_id])).status_code == 403
    assert county.post(reverse("person_suspend", args=[clerk.user_id])).status_code == 403
    assert county.post(reverse("membership_end", args=[clerk.pk]), {"last_day": "2026-05-01"}).status_code == 403
    clerk.user.refresh_from_db()
    assert clerk.user.is_active


def test_nobody_administers_the_own_account(
    county: Client, county_admin: Membership, province: Client, system_admin: Membership
) -> None:
    for client, own in ((county, county_admin), (province, system_admin)):
        for name in ("person_suspend", "person_reset_password", "membership_give"):
            assert client.post(reverse(name, args=[own.user_id]), typed(own.office)).status_code == 403
        assert client.post(reverse("membership_end", args=[own.pk]), {"last_day": "2026-05-01"}).status_code == 403


def test_another_administrator_belongs_to_the_province(county: Client, unit: Units, province: Client) -> None:
    user = User.objects.create(username="second.admin", name="副管理员")
    Membership.objects.create(user=user, office=unit("石门县"), role=Role.SYSTEM_ADMIN, valid_from=date(2026, 1, 1))
    assert county.get(reverse("person", args=[user.pk])).status_code == 200
    assert county.post(reverse("person_reset_password", args=[user.pk])).status_code == 403
    assert province.post(reverse("person_reset_password", args=[user.pk])).status_code == 200


def test_the_list_is_searched_without_a_name_in_the_address(
    county: Client, clerk: Membership, head: Membership
) -> None:
    response = county.post(reverse("people_search"), {"text": clerk.user.name, "state": ""})
    assert response.headers["Location"] == reverse("people")
    page = text(county.get(reverse("people")))
    assert "共 1 人" in page
    assert head.user.name not in page
    county.post(reverse("people_search"), {"clear": "1"})
    assert head.user.name in text(county.get(reverse("people")))


def test_suspended_people_are_found_by_their_state(county: Client, suspended: Membership, clerk: Membership) -> None:
    county.post(reverse("people_search"), {"text": "", "state": "suspended"})
    page = text(county.get(reverse("people")))
    assert suspended.user.name in page
    assert clerk.user.name not in page


def test_the_list_has_pages_and_a_constant_number_of_queries(
    province: Client, unit: Units, django_assert_max_num_queries: Any
) -> None:
    people = [User(username=f"many{number:03}", name="众人") for number in range(60)]
    made = User.objects.bulk_create(people)
    office = unit("渔湾司法所")
    Membership.objects.bulk_create(
        Membership(user=user, office=office, role=Role.OFFICE_CLERK, valid_from=date(2026, 1, 1)) for user in made
    )
    province.get(reverse("people"))
    with django_assert_max_num_queries(16):
        page = text(province.get(reverse("people") + "?page=2"))
    assert page.count("<tr>") == 26
    assert province.get(reverse("people") + "?page=999").status_code == 200
    assert province.get(reverse("people") + "?page=x").status_code == 200


# --- entering people -------------------------------------------------------------------------------------------------


def test_a_county_enters_a_clerk_who_changes_the_first_password(
    county: Client, county_admin: Membership, unit: Units
) -> None:
    answer = county.post(reverse("person_create"), typed(unit("石桥司法所"), username="Li.Na", name="李娜"))
    password = password_on(answer)
    user = User.objects.get(username="li.na")
    (post,) = user.memberships.all()
    assert (user.must_change_password, post.lines, post.granted_by) == (True, ["mediation"], county_admin.user)
    assert signs_in("li.na", password)
    assert password not in text(county.get(reverse("person", args=[user.pk])))
    assert deeds(user) == ["create", f"give office_clerk in {post.office.code} from 2026-01-01"]


def test_the_province_types_the_unit(province: Client, unit: Units) -> None:
    office = unit("渔湾司法所")
    # The town is small enough for a list; a great province is typed: see the table below.
    answer = province.post(reverse("person_create"), typed(office, username="yu.wan", name="于湾"))
    assert answer.status_code == 200
    assert User.objects.filter(username="yu.wan").exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "1abc"}, "username"),
        ({"username": "张三"}, "username"),
        ({"username": "clerk"}, "username"),
        ({"username": "x" * 41}, "username"),
        ({"name": ""}, "name"),
        ({"name": "长" * 1_000_000}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"office": ""}, "office"),
        ({"office": "999999999999"}, "office"),
        ({"role": "county_leader"}, "role"),
        ({"role": "city_reviewer"}, "role"),
        ({"role": "province_statistician"}, "role"),
        ({"role": "system_admin"}, "role"),
        ({"role": "emperor"}, "role"),
        ({"lines": []}, "lines"),
        ({"lines": ["correction"]}, "lines"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"valid_from": "0001-01-01"}, "valid_from"),
        ({"valid_until": "2025-12-31"}, "valid_until"),
    ],
)
def test_a_wrong_entry_is_refused_beside_its_field(
    county: Client, unit: Units, clerk: Membership, changed: dict[str, Any], field: str
) -> None:
    before = User.objects.count()
    entry = typed(unit("石桥司法所"), username="li.na", name="李娜") | changed
    response = county.post(reverse("person_create"), entry)
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text(response)
    assert User.objects.count() == before


def test_what_was_typed_is_kept(county: Client, unit: Units) -> None:
    entry = typed(unit("石桥司法所"), username="li.na", name="<script>李娜", role="")
    page = text(county.post(reverse("person_create"), entry))
    assert 'value="li.na"' in page
    assert "&lt;script&gt;李娜" in page
    assert "<script>李娜" not in page


def test_a_unit_of_another_county_cannot_be_chosen(county: Client, unit: Units, far_clerk: Membership) -> None:
    entry = typed(far_clerk.office, username="li.na", name="李娜")
    response = county.post(reverse("person_create"), entry)
    assert response.status_code == 422
    assert far_clerk.office.name not in text(response)


def test_the_form_begins_with_the_unit_from_which_one_comes(county: Client, unit: Units, far_clerk: Membership) -> None:
    own, other = unit("柳河司法所"), far_clerk.office
    page = text(county.get(reverse("person_create") + f"?office={own.pk}"))
    assert f'<option value="{own.pk}" selected>' in page
    for wrong in (other.pk, "x", "9" * 40):
        assert county.get(reverse("person_create") + f"?office={wrong}").status_code == 200


def test_initial_passwords_pass_every_rule_and_are_never_the_same() -> None:
    made = {initial_password() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"([A-Z][a-z]\d[a-z]-){3}[A-Z][a-z]\d[a-z]", password) for password in made)


# --- deeds on accounts and posts -------------------------------------------------------------------------------------


def test_suspending_ends_the_session_and_restoring_does_not_bring_it_back(
    county: Client, client_for: ClientFor, clerk: Membership
) -> None:
    open_session = client_for(clerk)
    assert open_session.get(reverse("account")).status_code == 200
    person = [clerk.user_id]
    assert county.get(reverse("person_suspend", args=person)).status_code == 200
    assert county.post(reverse("person_suspend", args=person)).status_code == 303
    assert open_session.get(reverse("account")).status_code == 302
    assert not signs_in("clerk", PASSWORD)
    password = password_on(county.post(reverse("person_restore", args=person)))
    assert open_session.get(reverse("account")).status_code == 302
    assert signs_in("clerk", password)
    assert deeds(clerk.user) == ["suspend", "restore"]


def test_a_reset_password_is_shown_once_ends_sessions_and_lifts_a_lock(
    county: Client, client_for: ClientFor, clerk: Membership
) -> None:
    open_session = client_for(clerk)
    assert not any(signs_in("clerk", "wrong") for _guess in range(6))
    password = password_on(county.post(reverse("person_reset_password", args=[clerk.user_id])))
    assert open_session.get(reverse("account")).status_code == 302
    assert not signs_in("clerk", PASSWORD)
    assert signs_in("clerk", password)
    assert User.objects.get(username="clerk").must_change_password


def test_a_person_gets_a_second_post(county: Client, clerk: Membership, unit: Units) -> None:
    entry = typed(unit("柳河司法所"), role="assistant", valid_until="2027-01-01")
    assert county.post(reverse("membership_give", args=[clerk.user_id]), entry).status_code == 303
    post = clerk.user.memberships.get(role="assistant")
    assert (post.valid_from, post.valid_until) == (date(2026, 1, 1), date(2027, 1, 1))


def test_the_same_post_is_not_given_twice(county: Client, clerk: Membership) -> None:
    response = county.post(reverse("membership_give", args=[clerk.user_id]), typed(clerk.office))
    assert response.status_code == 422
    assert 'id="id_office_error"' in text(response)
    assert clerk.user.memberships.count() == 1


def test_a_moved_person_leaves_one_office_the_day_before_the_other(
    county: Client, client_for: ClientFor, clerk: Membership, unit: Units, today: date
) -> None:
    session = client_for(clerk)
    entry = typed(unit("柳河司法所"), valid_from=today.isoformat())
    assert county.post(reverse("membership_move", args=[clerk.pk]), entry).status_code == 303
    clerk.refresh_from_db()
    assert clerk.valid_until == today + YESTERDAY
    page = session.get(reverse("account"))
    assert [post.office.short_name for post in page.context["memberships"]] == ["柳河司法所"]


def test_a_move_into_another_county_is_the_provinces(
    county: Client, province: Client, clerk: Membership, unit: Units, today: date
) -> None:
    entry = typed(unit("渔湾司法所"), valid_from=today.isoformat())
    assert county.post(reverse("membership_move", args=[clerk.pk]), entry).status_code == 422
    assert province.post(reverse("membership_move", args=[clerk.pk]), entry).status_code == 303
    # The county's administrator keeps seeing who worked there, and touches the account no longer.
    assert county.post(reverse("person_suspend", args=[clerk.user_id])).status_code == 403


def test_a_refused_move_ends_nothing(county: Client, clerk: Membership, unit: Units, today: date) -> None:
    other = unit("柳河司法所")
    Membership.objects.create(user=clerk.user, office=other, role=Role.OFFICE_CLERK, valid_from=date(2026, 1, 1))
    entry = typed(other, valid_from=today.isoformat())
    assert county.post(reverse("membership_move", args=[clerk.pk]), entry).status_code == 422
    clerk.refresh_from_db()
    assert clerk.valid_until is None


@pytest.mark.parametrize(("ends", "status"), [(-1, 302), (0, 200)])
def test_a_post_ends_with_its_last_day(
    county: Client, client_for: ClientFor, clerk: Membership, today: date, ends: int, status: int
) -> None:
    session = client_for(clerk)
    last_day = today + timedelta(days=ends)
    entry = {"last_day": last_day.isoformat()}
    assert county.post(reverse("membership_end", args=[clerk.pk]), entry).status_code == 303
    clerk.refresh_from_db()
    assert clerk.valid_until == last_day
    assert session.get(reverse("home")).status_code == (200 if ends == 0 else 403)


@pytest.mark.parametrize("last_day", ["2021-12-31", "", "tomorrow", "9999-99-99"])
def test_a_last_day_that_makes_no_sense_is_refused(county: Client, clerk: Membership, last_day: str) -> None:
    response = county.post(reverse("membership_end", args=[clerk.pk]), {"last_day": last_day})
    assert response.status_code == 422
    assert 'id="id_last_day_error"' in text(response)


def test_an_ending_never_makes_a_post_longer(county: Client, clerk: Membership, today: date) -> None:
    Membership.objects.filter(pk=clerk.pk).update(valid_until=today)
    entry = {"last_day": (today + timedelta(days=30)).isoformat()}
    assert county.post(reverse("membership_end", args=[clerk.pk]), entry).status_code == 422


def test_a_post_that_has_not_begun_is_taken_back(county: Client, clerk: Membership, unit: Units) -> None:
    begins = timezone.localdate() + timedelta(days=9)
    later = Membership.objects.create(
        user=clerk.user, office=unit("柳河司法所"), role=Role.ASSISTANT, valid_from=begins, lines=["mediation"]
    )
    entry = {"last_day": timezone.localdate().isoformat()}
    assert county.post(reverse("membership_end", args=[later.pk]), entry).status_code == 303
    assert not Membership.objects.filter(pk=later.pk).exists()


def test_the_audit_names_the_administrator(county: Client, county_admin: Membership, clerk: Membership) -> None:
    county.post(reverse("person_suspend", args=[clerk.user_id]))
    with system("test"):
        row = AuditEntry.objects.filter(table_name="offices_user", row_key=str(clerk.user_id)).latest("id")
    assert (row.user_id, row.membership_id) == (county_admin.user_id, county_admin.pk)
    assert row.after is not None
    assert row.after["is_active"] is False


# --- the office tree -------------------------------------------------------------------------------------------------


def test_the_tree_is_opened_level_by_level(client_for: ClientFor, clerk: Membership, unit: Units) -> None:
    client = client_for(clerk)
    page = text(client.get(reverse("offices")))
    assert "青河市司法局</a>" in page
    assert "石门县司法局</a>" not in page
    page = text(client.get(reverse("office", args=[unit("石门县").pk])))
    assert "石桥镇司法所" in page
    page = text(client.get(reverse("office", args=[unit("石桥司法所").pk])))
    assert "南园社区居民委员会" in page
    assert "新增人员" not in page
    assert client.get(reverse("office", args=[999_999])).status_code == 404


def test_an_administrator_enters_people_from_the_tree(county: Client, unit: Units) -> None:
    assert "新增人员" in text(county.get(reverse("office", args=[unit("石桥司法所").pk])))
    assert "新增人员" not in text(county.get(reverse("office", args=[unit("渔湾司法所").pk])))

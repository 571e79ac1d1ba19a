"""Sign-in, sign-out, lock-out, one's own account. Nobody learns here whether an account exists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from offices.models import AccessEntry, AuditEntry, Membership, Office, User
from offices.permissions import Role
from offices.scoping import system
from tests.cast import PASSWORD

ClientFor = Callable[[Membership], Client]
OPEN_VIEWS = {"sign_in", "healthz"}
NEW = "River-crossing-77"


@pytest.fixture
def visitor(database: None) -> Client:
    """Return a browser that nobody has signed in with."""
    return Client()


def try_in(client: Client, username: str, password: str, **more: Any) -> HttpResponse:
    return client.post(reverse("sign_in"), {"username": username, "password": password}, **more)  # type: ignore[return-value]


def shown(response: HttpResponse) -> str:
    """Return a page without what differs for every request: the token, and what was typed."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r'name="username" value="[^"]*"', "", text)


def entries(kind: AccessEntry.Kind) -> list[AccessEntry]:
    return list(AccessEntry.objects.filter(kind=kind).order_by("id"))


# --- the door --------------------------------------------------------------------------------------------------------


def named_views(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from named_views(pattern.url_patterns)
        else:
            yield pattern.name or "", pattern.callback


def test_every_view_asks_for_sign_in_but_the_listed_ones() -> None:
    found = {
        name for name, view in named_views(get_resolver().url_patterns) if not getattr(view, "login_required", True)
    }
    assert found == OPEN_VIEWS


def test_a_stranger_is_sent_to_sign_in_and_back(visitor: Client, clerk: Membership) -> None:
    response = visitor.get(reverse("account"))
    assert response.headers["Location"] == f"{reverse('sign_in')}?next={reverse('account')}"
    response = visitor.post(response.headers["Location"], {"username": "clerk", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (303, reverse("account"))


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_sign_in_never_leads_to_another_host(visitor: Client, clerk: Membership, elsewhere: str) -> None:
    response = visitor.post(reverse("sign_in"), {"username": "clerk", "password": PASSWORD, "next": elsewhere})
    assert response.headers["Location"] == reverse("home")


# --- who gets in -----------------------------------------------------------------------------------------------------


def test_the_right_password_opens_a_new_session(visitor: Client, clerk: Membership) -> None:
    visitor.get(reverse("sign_in"))
    assert try_in(visitor, "clerk", PASSWORD).status_code == 303
    assert visitor.get(reverse("account")).status_code == 200
    (entry,) = entries(AccessEntry.Kind.SIGN_IN)
    assert (entry.user_id, entry.address) == (clerk.user_id, "127.0.0.1")


def test_the_audit_names_the_person_whose_last_sign_in_changed(visitor: Client, clerk: Membership) -> None:
    try_in(visitor, "clerk", PASSWORD)
    with system("test"):
        row = AuditEntry.objects.filter(table_name="offices_user", row_key=str(clerk.user_id)).latest("id")
    assert (row.user_id, row.source) == (clerk.user_id, "system:sign_in")


def test_case_and_width_of_the_user_name_do_not_matter(visitor: Client, clerk: Membership) -> None:
    assert try_in(visitor, " ＣＬＥＲＫ ", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("username", "password"),
    [("nobody.here", PASSWORD), ("clerk", "wrong"), ("suspended", PASSWORD), ("suspended", "x")],
)
def test_every_refusal_looks_the_same(visitor: Client, clerk: Membership, username: str, password: str) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        reference = try_in(Client(), "head", "wrong")
        response = try_in(visitor, username, password)
    assert response.status_code == reference.status_code == 422
    assert shown(response) == shown(reference)
    assert "用户名或密码不正确" in shown(response)
    assert "sessionid" not in response.cookies


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("username", ["clerk", "suspended", "nobody.here"])
def test_every_refusal_costs_one_hash(visitor: Client, clerk: Membership, username: str) -> None:
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.CountingHasher"]):
        CountingHasher.hashed = 0
        try_in(visitor, username, "wrong")
    assert CountingHasher.hashed == 1


def test_what_a_stranger_types_stands_in_no_table(visitor: Client, clerk: Membership) -> None:
    secret = "My-Password-In-The-Wrong-Box"
    try_in(visitor, secret, secret)
    (entry,) = entries(AccessEntry.Kind.SIGN_IN_FAILED)
    assert (entry.user_id, entry.note, entry.path) == (None, "", "")
    (attempt,) = AccessAttempt.objects.values()
    assert secret.lower() not in repr(attempt).lower()


def test_a_failed_attempt_names_the_account_that_exists(visitor: Client, clerk: Membership) -> None:
    try_in(visitor, "Clerk", "wrong")
    (entry,) = entries(AccessEntry.Kind.SIGN_IN_FAILED)
    assert entry.user_id == clerk.user_id


@pytest.mark.parametrize(
    "typed",
    [{}, {"username": "clerk"}, {"username": "x" * 1_000_000, "password": "y"}, {"username": "a\0b", "password": "\0"}],
)
def test_a_form_that_makes_no_sense_is_shown_again(visitor: Client, typed: dict[str, str]) -> None:
    assert visitor.post(reverse("sign_in"), typed).status_code == 422


# --- lock-out --------------------------------------------------------------------------------------------------------


def lock(client: Client, username: str, **more: Any) -> HttpResponse:
    for _attempt in range(4):
        assert try_in(client, username, "wrong", **more).status_code == 422
    return try_in(client, username, "wrong", **more)


@pytest.mark.parametrize("username", ["clerk", "nobody.here"])
def test_the_fifth_failure_locks_the_name_whether_or_not_it_exists(
    visitor: Client, clerk: Membership, username: str
) -> None:
    response = lock(visitor, username)
    assert response.status_code == 429
    assert "请30分钟后再试" in shown(response)
    assert shown(try_in(visitor, username, PASSWORD)) == shown(response)


def test_other_spellings_give_no_more_guesses(visitor: Client, clerk: Membership) -> None:
    for spelling in ("clerk", "Clerk", "ＣＬＥＲＫ", " clerk"):
        assert try_in(visitor, spelling, "wrong").status_code == 422
    assert try_in(visitor, "cLeRk", "wrong").status_code == 429


def test_a_lock_holds_for_one_name_from_one_address(visitor: Client, clerk: Membership, head: Membership) -> None:
    lock(visitor, "clerk")
    assert try_in(visitor, "clerk", PASSWORD).status_code == 429
    assert try_in(visitor, "head", PASSWORD).status_code == 303
    assert try_in(Client(), "clerk", PASSWORD, REMOTE_ADDR="10.1.2.3").status_code == 303


def test_a_lock_ends_after_half_an_hour(visitor: Client, clerk: Membership) -> None:
    lock(visitor, "clerk")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert try_in(visitor, "clerk", PASSWORD).status_code == 303


def test_typing_errors_of_a_whole_office_lock_nobody_out(visitor: Client, clerk: Membership) -> None:
    names = list(User.objects.filter(is_active=True).values_list("username", flat=True)[:8])
    for name in names:
        for _slip in range(2):
            try_in(visitor, name, "wrong")
    assert [name for name in names if try_in(Client(), name, PASSWORD).status_code != 303] == []


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session(client_for: ClientFor, clerk: Membership) -> None:
    client = client_for(clerk)
    cookie = client.cookies["session"].value
    response = client.post(reverse("sign_out"))
    assert (response.status_code, response.headers["Location"]) == (303, reverse("sign_in"))
    client.cookies["session"] = cookie
    assert client.get(reverse("account")).status_code == 302


def test_signing_out_needs_a_post(client_for: ClientFor, clerk: Membership) -> None:
    client = client_for(clerk)
    assert client.get(reverse("sign_out")).headers["Location"] == reverse("home")
    assert client.get(reverse("account")).status_code == 200


def test_the_button_of_an_expired_session_leads_to_sign_in_and_on_to_the_first_page(
    visitor: Client, clerk: Membership
) -> None:
    response = visitor.post(reverse("sign_out"))
    assert response.headers["Location"].startswith(reverse("sign_in"))
    response = visitor.post(response.headers["Location"], {"username": "clerk", "password": PASSWORD}, follow=True)
    assert response.request["PATH_INFO"] == reverse("home")


def test_a_session_ends_after_thirty_idle_minutes(client_for: ClientFor, clerk: Membership) -> None:
    client = client_for(clerk)
    now = timezone.now()
    assert client.get(reverse("account")).status_code == 200
    with time_machine.travel(now + timedelta(minutes=29)):
        assert client.get(reverse("account")).status_code == 200
    with time_machine.travel(now + timedelta(minutes=60)):
        assert client.get(reverse("account")).status_code == 302


def test_a_suspended_persons_session_ends_at_once(client_for: ClientFor, clerk: Membership) -> None:
    client = client_for(clerk)
    assert client.get(reverse("account")).status_code == 200
    User.objects.filter(pk=clerk.user_id).update(is_active=False)
    assert client.get(reverse("account")).status_code == 302


# --- one's own account -----------------------------------------------------------------------------------------------


def change(client: Client, current: str = PASSWORD, new: str = NEW, repeated: str | None = None) -> HttpResponse:
    typed = {"current": current, "new": new, "repeated": new if repeated is None else repeated}
    return client.post(reverse("password"), typed)  # type: ignore[return-value]


def test_a_first_password_must_be_changed_before_anything_else(client_for: ClientFor, clerk: Membership) -> None:
    User.objects.filter(pk=clerk.user_id).update(must_change_password=True)
    client = client_for(clerk)
    for name in ("home", "account", "offices"):
        assert client.get(reverse(name)).headers["Location"] == reverse("password")
    assert change(client).headers["Location"] == reverse("home")
    assert client.get(reverse("account")).status_code == 200


def test_a_changed_password_ends_the_other_sessions_alone(client_for: ClientFor, clerk: Membership) -> None:
    here, elsewhere = client_for(clerk), client_for(clerk)
    assert change(here).status_code == 303
    assert here.get(reverse("account")).status_code == 200
    assert elsewhere.get(reverse("account")).status_code == 302
    assert try_in(Client(), "clerk", NEW).status_code == 303
    assert try_in(Client(), "clerk", PASSWORD).status_code == 422


@pytest.mark.parametrize(
    ("current", "new", "repeated", "message"),
    [
        (PASSWORD, "Short-1", None, "id_new_error"),
        (PASSWORD, "onlysmallletters", None, "三种"),
        (PASSWORD, PASSWORD, None, "不能与现在的密码相同"),
        (PASSWORD, NEW, "River-crossing-78", "不一样"),
        ("wrong", NEW, None, "现在的密码不正确"),
        ("", "", "", "id_current_error"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_beside_its_field(
    client_for: ClientFor, clerk: Membership, current: str, new: str, repeated: str | None, message: str
) -> None:
    response = change(client_for(clerk), current, new, repeated)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert try_in(Client(), "clerk", PASSWORD).status_code == 303


def test_an_open_session_is_no_place_to_guess_the_password(client_for: ClientFor, clerk: Membership) -> None:
    client = client_for(clerk)
    assert [change(client, "wrong").status_code for _guess in range(5)] == [422, 422, 422, 422, 429]
    assert change(client).status_code == 429


def test_a_person_chooses_language_and_text_size(client_for: ClientFor, clerk: Membership) -> None:
    client = client_for(clerk)
    response = client.post(reverse("account"), {"language": "en", "text_size": "large"})
    assert response.status_code == 303
    page = client.get(reverse("account"))
    assert (page.headers["Content-Language"], b'data-size="large"' in page.content) == ("en", True)
    client.post(reverse("sign_out"))
    assert client.get(reverse("sign_in")).headers["Content-Language"] == "en"


def test_a_language_that_does_not_exist_is_refused(client_for: ClientFor, clerk: Membership) -> None:
    assert client_for(clerk).post(reverse("account"), {"language": "xx", "text_size": "large"}).status_code == 422


def second_post(clerk: Membership, unit: Office, **changed: Any) -> Membership:
    post = {"role": Role.ASSISTANT, "lines": ["mediation"], "valid_from": date(2022, 1, 1)} | changed
    return Membership.objects.create(user=clerk.user, office=unit, **post)


def test_a_person_switches_between_own_posts(
    client_for: ClientFor, clerk: Membership, unit: Callable[[str], Office]
) -> None:
    other = second_post(clerk, unit("柳河司法所"))
    client = client_for(clerk)
    assert client.post(reverse("switch_membership"), {"membership": other.pk}).headers["Location"] == reverse("home")
    assert client.get(reverse("account")).context["membership"] == other


def test_nobody_switches_to_a_post_of_somebody_else_or_of_the_past(
    client_for: ClientFor, clerk: Membership, head: Membership, unit: Callable[[str], Office]
) -> None:
    ended = second_post(clerk, unit("柳河司法所"), valid_until=date(2024, 1, 1))
    client = client_for(clerk)
    for wanted in (head.pk, ended.pk, "", "x", "9" * 30):
        assert client.post(reverse("switch_membership"), {"membership": wanted}).status_code == 404
    assert client.get(reverse("account")).context["membership"] == clerk


def test_who_has_no_post_left_sees_nothing_but_may_leave(client_for: ClientFor, former_clerk: Membership) -> None:
    client = client_for(former_clerk)
    assert client.get(reverse("home")).status_code == 403
    assert client.post(reverse("sign_out")).status_code == 303


# --- demonstration ---------------------------------------------------------------------------------------------------


def test_the_demonstration_alone_shows_its_accounts(visitor: Client, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    account = {
        "username": "demo.clerk",
        "password": "Demo-1",
        "role": "office_clerk",
        "office": "石桥司法所",
        "name": "周",
    }
    path.write_text(json.dumps([account]), encoding="utf-8")
    with override_settings(DEMO=True, DEMO_ACCOUNTS_FILE=str(path)):
        page = visitor.get(reverse("sign_in")).content.decode()
    assert "demo.clerk" in page
    assert "石桥司法所 · 司法所工作人员" in page
    with override_settings(DEMO=False, DEMO_ACCOUNTS_FILE=str(path)):
        assert "demo.clerk" not in visitor.get(reverse("sign_in")).content.decode()
    with override_settings(DEMO=True, DEMO_ACCOUNTS_FILE=str(tmp_path / "missing.json")):
        assert visitor.get(reverse("sign_in")).status_code == 200

"""The first administrator: made from the shell, once, with a password that nobody else has seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from offices.models import Membership, User
from offices.permissions import Role
from tests.offices.entries import Units, signs_in, typed


@pytest.fixture
def password_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a file with a good password, known to the command."""
    path = tmp_path / "password"
    path.write_text("River-crossing-77\n", encoding="utf-8")
    monkeypatch.setenv("FIRST_ADMIN_PASSWORD_FILE", str(path))
    return path


def test_a_province_with_an_administrator_gets_no_first_one(password_file: Any, system_admin: Membership) -> None:
    with pytest.raises(CommandError, match="has a system administrator already"):
        call_command("first_admin", username="second", name="第二人")
    call_command("first_admin", username="second", name="第二人", force=True)
    assert signs_in("second", "River-crossing-77")


def test_the_first_administrator_may_make_others(password_file: Any, database: None, unit: Units) -> None:
    Membership.objects.filter(role=Role.SYSTEM_ADMIN).delete()
    call_command("first_admin", username="first", name="第一人")
    client = Client()
    client.post(reverse("sign_in"), {"username": "first", "password": "River-crossing-77"})
    entry = typed(unit("石门县"), username="county.two", name="县管", role="system_admin", lines=[])
    assert client.post(reverse("person_create"), entry).status_code == 200


@pytest.mark.parametrize(("name", "content"), [("first", "short"), ("first", ""), ("X Y", "River-crossing-77")])
def test_the_first_administrator_needs_a_good_name_and_password(
    password_file: Any, database: None, name: str, content: str
) -> None:
    Membership.objects.filter(role=Role.SYSTEM_ADMIN).delete()
    password_file.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("first_admin", username=name, name="第一人")
    assert not User.objects.filter(name="第一人").exists()


def test_without_a_terminal_and_a_file_the_command_says_what_it_needs(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRST_ADMIN_PASSWORD_FILE", raising=False)
    with pytest.raises(CommandError, match="FIRST_ADMIN_PASSWORD_FILE"):
        call_command("first_admin", username="first", name="第一人", force=True)

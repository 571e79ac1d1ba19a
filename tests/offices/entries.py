"""What an administrator types, and whether somebody can sign in after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from offices.models import Office

Units = Callable[[str], Office]


def typed(office: Office, **changed: Any) -> dict[str, Any]:
    """Return the entries of a post in an office."""
    post = {"office": str(office.pk), "role": "office_clerk", "lines": ["mediation"], "valid_from": "2026-01-01"}
    return post | changed


def signs_in(username: str, password: str) -> bool:
    """Tell whether a name and a password open the portal."""
    response = Client().post(reverse("sign_in"), {"username": username, "password": password})
    return response.status_code == 303

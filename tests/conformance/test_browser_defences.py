"""What every page sends: headers, no inline code, files that are what their manifest says."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from offices.models import Membership
from tests.factories import dispute_in

STATIC = Path(settings.BASE_DIR) / "static"
INLINE = re.compile(
    r"<[^>]+\s(?:style|on[a-z]+)=|<style|<script(?![^>]*\ssrc=)(?![^>]*application/json)", re.IGNORECASE
)
NAMES = ("home", "disputes:list", "disputes:open", "drafts", "offices", "account", "password")


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_page_defends_itself(name: str, clerk: Membership, client_for: Any) -> None:
    answer = client_for(clerk).get(reverse(name))
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_page_holds_no_inline_code(name: str, clerk: Membership, client_for: Any) -> None:
    html = client_for(clerk).get(reverse(name)).content.decode()
    assert not INLINE.findall(html)
    assert not re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", html)


@pytest.mark.django_db
def test_the_page_of_a_record_holds_no_inline_code(clerk: Membership, client_for: Any) -> None:
    dispute = dispute_in("mediating", actor=clerk)
    html = client_for(clerk).get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
    assert not INLINE.findall(html)


def test_vendored_files_are_what_the_manifest_says() -> None:
    manifest = json.loads((STATIC / "vendor" / "VENDOR.json").read_text(encoding="utf-8"))
    listed = {entry["file"]: entry["sha256"] for entry in manifest}
    found = {
        str(path.relative_to(STATIC / "vendor")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and path.name != "VENDOR.json"
    }
    assert found == listed


def test_colours_stand_in_the_token_layer_alone() -> None:
    css = (STATIC / "css" / "portal.css").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", css)

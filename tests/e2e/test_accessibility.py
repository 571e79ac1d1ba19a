"""axe finds nothing on any page, at 1366, 390 and 320 pixels, and no page is wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext

from offices.models import Membership
from tests.conftest import find_member, sign_in
from tests.factories import dispute_in

pytestmark = [pytest.mark.browser, pytest.mark.fresh_database]
WIDTHS = (1366, 390, 320)
TAGS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def context_of(browser: Browser, address: str, member: Membership) -> BrowserContext:
    """Return a browser that is signed in as a person."""
    session = sign_in(member).cookies["session"].value
    context = browser.new_context(locale="zh-CN")
    context.add_cookies([{"name": "session", "value": session, "url": address}])
    return context


def faults(page: Any, path: str) -> list[str]:
    """Return what axe finds on the page that is shown, at each width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            found.append(f"{path} is wider than {width}")
        for violation in Axe().run(page, options=TAGS).response["violations"]:
            targets = [node["target"] for node in violation["nodes"]][:3]
            found.append(f"{path} at {width}: {violation['id']} {targets}")
    return found


def pages_of(who: str, ref: str) -> list[str]:
    """Return the addresses that a person's pages have."""
    record = [reverse(f"disputes:{name}", args=[ref]) for name in ("detail", "amend", "attach")]
    steps = [reverse("disputes:step", args=[ref, step]) for step in ("agree_in_writing", "fail")]
    paper = reverse("disputes:make_document", args=[ref, "registration"])
    own = [reverse(name) for name in ("home", "drafts", "account", "password", "offices")]
    people = [reverse(name) for name in ("people", "person_create", "people_import")]
    pages = {
        "clerk": [
            *own,
            reverse("disputes:list"),
            reverse("disputes:open"),
            *record,
            *steps,
            paper,
            f"{record[0]}?tab=log",
        ],
        "county_reviewer": [reverse("home"), reverse("disputes:list"), record[0]],
        "province_statistician": [reverse("home"), reverse("disputes:list")],
        "county_admin": [reverse("home"), *people],
    }
    return pages[who]


@pytest.mark.parametrize("who", ["clerk", "county_reviewer", "province_statistician", "county_admin"])
def test_nothing_is_found_on_the_pages_of(who: str, live_portal: str, browser: Browser) -> None:
    dispute = dispute_in("mediating", actor=find_member("clerk"))
    context = context_of(browser, live_portal, find_member(who))
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    found = []
    for path in pages_of(who, dispute.public_id):
        answer = page.goto(f"{live_portal}{path}")
        assert answer is not None
        assert answer.status == 200, path
        found += faults(page, path)
    context.close()
    assert not found, "\n".join(found)
    assert not [text for text in said if "Content Security Policy" in text]


def test_a_form_with_errors_and_the_sign_in_page_have_no_faults(live_portal: str, browser: Browser) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(f"{live_portal}/sign-in/")
    found = faults(page, "/sign-in/")
    page.close()
    context = context_of(browser, live_portal, find_member("clerk"))
    page = context.new_page()
    page.goto(live_portal + reverse("disputes:open"))
    page.click("[data-submit]")
    page.wait_for_selector("[data-error-summary]")
    found += faults(page, "a form with errors")
    page.goto(f"{live_portal}/disputes/0000000000/")
    found += faults(page, "404")
    context.close()
    assert not found, "\n".join(found)

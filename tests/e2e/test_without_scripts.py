"""A dispute registered and concluded with scripts off, by keyboard alone, at 320 pixels, in English."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from mediation.models import Dispute
from offices.models import Membership, User
from offices.scoping import within
from tests.cast import PASSWORD
from tests.e2e.keyboard import choose, enter, fill, tab_to
from tests.factories import resident_id

pytestmark = [pytest.mark.browser, pytest.mark.fresh_database]


@pytest.fixture
def page(browser: Browser) -> Any:
    """A small screen without scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}, locale="en-GB")
    yield context.new_page()
    context.close()


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def type_new_year(page: Page, name: str) -> None:
    """Type the first of January into a date field: whether the browser asks for day or month first, it is the same."""
    tab_to(page, name)
    page.keyboard.type(f"0101{timezone.localdate().year}")


def test_a_clerk_registers_and_concludes_a_dispute(live_portal: str, clerk: Membership, page: Page) -> None:
    User.objects.filter(pk=clerk.user_id).update(language="en")
    page.goto(live_portal)
    fill(page, "username", "clerk")
    fill(page, "password", PASSWORD)
    enter(page)
    assert_fits(page)

    register(page, live_portal)
    assert_fits(page)
    with within(clerk):
        dispute = Dispute.objects.get()
    address = f"{live_portal}/disputes/{dispute.public_id}/"
    for step, entries in (
        ("accept", {}),
        ("assign", {"mediators": " "}),
        ("begin", {}),
        ("agree_orally", {"terms": "Pay once.", "agreed_amount": "800"}),
        ("perform", {}),
        ("visit", {"performance": "Paid.", "satisfaction": "=Satisf"}),
        ("close", {"note": "Copies of ID cards to follow.", "missing_noted": " "}),
        ("archive", {"dossier_pages": "9"}),
    ):
        take(page, f"{address}steps/{step}/", entries)
    with within(clerk):
        dispute.refresh_from_db()
    assert (dispute.state, dispute.agreed_amount) == ("archived", 80_000)


def register(page: Page, live_portal: str) -> None:
    """Fill the registration form from top to bottom and submit it with Enter on its button."""
    page.goto(f"{live_portal}/disputes/new/")
    assert_fits(page)
    fill(page, "parties-0-name", "张三丰")
    fill(page, "parties-0-identifier", resident_id(3).number)
    fill(page, "parties-1-name", "李四光")
    fill(page, "parties-1-identifier", resident_id(4).number)
    choose(page, "dispute_type", "Neigh")
    tab_to(page, "village")
    page.keyboard.press("ArrowDown")
    type_new_year(page, "occurred_on")
    fill(page, "brief", "A wall was raised and the rain cannot run off.")
    submit(page)


def take(page: Page, address: str, entries: dict[str, str]) -> None:
    """Take one step; a blank entry ticks the box, one that begins with = is chosen from a list."""
    page.goto(address)
    assert_fits(page)
    for name, text in entries.items():
        if text == " ":
            tab_to(page, name)
            page.keyboard.press("Space")
        elif text.startswith("="):
            choose(page, name, text[1:])
        else:
            fill(page, name, text)
    submit(page)


def submit(page: Page) -> None:
    """Go to the visible submit button and press Enter; a refusal would show its summary."""
    tab_to_submit(page)
    enter(page)
    assert page.locator("[data-error-summary]").count() == 0, page.locator("[data-error-summary]").all_inner_texts()


def tab_to_submit(page: Page) -> None:
    """Press Tab until the focus is on the form's own submit button."""
    for _press in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hasAttribute('data-submit')"):
            return
    raise AssertionError("Tab never reaches the submit button")

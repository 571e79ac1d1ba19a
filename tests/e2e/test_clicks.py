"""The most frequent tasks of the line, counted in clicks and pages from the signed-in first page to the saved result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from casework import jobs, search_index
from casework.views import files
from mediation.models import Dispute, Session
from offices.models import Membership
from offices.scoping import within
from reports import rollup
from tests.cast import PASSWORD
from tests.conftest import TODAY
from tests.factories import PartyFactory, dispute_in, resident_id
from tests.mediation.ledgers import book, good_row
from tests.registers import one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.fresh_database]


class Hand:
    """A hand on the mouse: counts its clicks, and the pages that it is led through before the last one."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.pages = page, 0, -1

    def click(self, selector: str) -> None:
        """Click something that leads to the next page."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.clicks += 1
        self.pages += 1

    def tick(self, selector: str) -> None:
        """Click a box: the page stays."""
        self.page.check(selector)
        self.clicks += 1


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A desktop screen."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    yield context.new_page()
    context.close()


@pytest.fixture
def hand(live_portal: str, clerk: Membership, page: Page) -> Hand:
    """The clerk's hand on the first page."""
    return sign_in(page, live_portal, "clerk")


def sign_in(page: Page, address: str, username: str) -> Hand:
    """Sign in and stand on the first page."""
    page.goto(address)
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    return Hand(page)


def test_registering_a_dispute_takes_two_clicks_and_one_page(hand: Hand, clerk: Membership) -> None:
    page = hand.page
    hand.click("main a[href='/disputes/new/']")
    page.fill("[name=parties-0-name]", "张三丰")
    page.fill("[name=parties-0-identifier]", resident_id(3).number)
    page.fill("[name=parties-1-name]", "李四光")
    page.select_option("[name=dispute_type]", "neighbourhood")
    page.select_option("[name=village]", index=1)
    page.fill("[name=occurred_on]", TODAY.isoformat())
    page.fill("[name=brief]", "翻修院墙抬高地面，雨水无法排出。")
    hand.click("[data-submit]")
    with within(clerk):
        assert Dispute.objects.count() == 1
    assert (hand.clicks, hand.pages) == (2, 1)


def test_a_record_of_mediation_takes_two_clicks_and_one_page(live_portal: str, clerk: Membership, page: Page) -> None:
    dispute_in("mediating", actor=clerk, on=date(2026, 5, 4))
    hand = sign_in(page, live_portal, "clerk")
    hand.click("main a[href$='/parts/session/new/']")
    page.fill("main [name=text]", "双方陈述，调解员释明法律。")
    hand.click("[data-submit]")
    assert page.locator("[data-error-summary]").count() == 0, page.inner_text("[data-error-summary]")
    with within(clerk):
        assert Session.objects.count() == 1
    assert (hand.clicks, hand.pages) == (2, 1)


def test_an_oral_agreement_takes_three_clicks_and_one_page(hand: Hand, clerk: Membership) -> None:
    page = hand.page
    hand.click("main a[href='/oral-agreements/new/']")
    for name, text in (
        ("applicant", "张三丰"),
        ("respondent", "李四光"),
        ("brief", "停车口角。"),
        ("terms", "互相道歉。"),
    ):
        page.fill(f"[name={name}]", text)
    page.select_option("[name=dispute_type]", "neighbourhood")
    page.select_option("[name=village]", index=1)
    page.select_option("[name=mediator]", index=1)
    # What the law asks is stated by the clerk, never ticked beforehand.
    hand.tick("[name=rights_told]")
    hand.click("[data-submit]")
    with within(clerk):
        assert Dispute.objects.get().state == "performed"
    assert (hand.clicks, hand.pages) == (3, 1)


def test_a_found_dispute_is_handed_to_mediation_in_one_click(live_portal: str, clerk: Membership, page: Page) -> None:
    made = one_of_each(clerk)
    hand = sign_in(page, live_portal, "clerk")
    page.goto(f"{live_portal}/findings/{made['findings']}/")
    hand.click("main a[href*='from=mediation.screeningfinding']")
    assert page.input_value("[name=parties-0-name]") == "孙一"
    assert hand.clicks == 1


def test_the_county_reaches_the_rows_behind_a_number_in_one_click(
    live_portal: str, clerk: Membership, county_reviewer: Membership, page: Page
) -> None:
    dispute_in("accepted", actor=clerk)
    rollup.drain()
    hand = sign_in(page, live_portal, "county_reviewer")
    page.goto(f"{live_portal}/dash/mediation/")
    hand.click("main a[href*='figure=T9.01']")
    assert page.locator("main tbody tr").count() == 1
    assert (hand.clicks, hand.pages) == (1, 0)


def test_a_case_is_found_by_a_name_in_one_click_and_one_page(live_portal: str, clerk: Membership, page: Page) -> None:
    dispute_in("mediating", actor=clerk, parties=[PartyFactory(name="张三丰"), PartyFactory(role="respondent")])
    search_index.drain()
    hand = sign_in(page, live_portal, "clerk")
    page.keyboard.press("/")
    page.keyboard.type("张三")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    hand.click("main .jo-hits a")
    assert "张三" in page.inner_text("h1")
    assert (hand.clicks, hand.pages) == (1, 0)


def test_two_hundred_rows_are_imported_in_four_clicks_and_three_pages(
    live_portal: str, clerk: Membership, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0)
    ledger = tmp_path / "ledger.xlsx"
    ledger.write_bytes(book([good_row(number) for number in range(200)]))
    hand = sign_in(page, live_portal, "clerk")
    hand.click("nav a[href='/disputes/import/']")
    page.set_input_files("[name=file]", ledger)
    hand.click("[data-submit]")
    do_jobs()
    page.reload()
    hand.click("main a[href*='/disputes/import/']")
    hand.click("main button:has-text('开始导入')")
    do_jobs()
    with within(clerk):
        assert Dispute.objects.count() == 200
    assert (hand.clicks, hand.pages) == (4, 3)


def do_jobs() -> None:
    """Do what a worker does with the jobs that wait."""
    for job_id in jobs.due_jobs():
        jobs.run(job_id)

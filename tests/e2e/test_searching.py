"""Searching as a person does: the slash, the box, the results, a list's views and columns, possible duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from casework import search_index
from casework.models import Job
from casework.taken_files import REMOVE
from mediation.models import Dispute
from offices.models import Membership, Village
from offices.scoping import system, within
from tests.e2e.looking import Looker
from tests.factories import PartyFactory, dispute_in, resident_id

pytestmark = [pytest.mark.browser, pytest.mark.fresh_database]


@pytest.fixture
def dispute(clerk: Membership) -> Dispute:
    parties: list[dict[str, Any]] = [dict(PartyFactory.build(name="张三丰", identifier=resident_id(3)))]
    parties.append(dict(PartyFactory.build(name="𠮷㐂", role="respondent")))
    made = dispute_in("accepted", actor=clerk, brief="翻修院墙抬高地面，雨水无法排出。", parties=parties)
    search_index.drain()
    return made


@pytest.fixture
def looker(live_portal: str, browser: Browser, clerk: Membership, dispute: Dispute) -> Iterator[Looker]:
    made = Looker(browser, live_portal, clerk)
    yield made
    faults = made.close()
    assert not faults, "\n".join(faults)


def test_the_slash_leads_through_the_box_to_the_results(looker: Looker, dispute: Dispute) -> None:
    looker.open(reverse("home"))
    looker.page.keyboard.press("/")
    expect(looker.page.locator("#jo-top-text")).to_be_focused()
    looker.page.keyboard.type("雨水/")
    expect(looker.page.locator("#jo-top-text")).to_have_value("雨水/")
    with looker.page.expect_navigation():
        looker.page.keyboard.press("Enter")
    expect(looker.page.locator(".jo-hits mark")).to_have_text("雨水")
    looker.look("the results")


def test_a_list_shows_its_views_its_columns_and_what_was_found(looker: Looker, dispute: Dispute) -> None:
    looker.open(reverse("disputes:list"))
    looker.page.fill("#jo-list-text", "zhangsan")
    looker.press(".jo-list-search button")
    expect(looker.page.locator("#results")).to_contain_text(dispute.title)
    looker.page.click("text=列设置")
    looker.press("[aria-label='下移“纠纷名称”']")
    expect(looker.page.locator("#results th").nth(2)).to_have_text("纠纷名称")
    expect(looker.page.locator("#results")).to_contain_text(dispute.title)
    looker.look("the columns")
    looker.unfold()
    looker.look("everything unfolded")


def test_a_view_is_saved_as_it_is_shown_after_a_query(looker: Looker, dispute: Dispute) -> None:
    looker.open(reverse("disputes:list"))
    looker.page.select_option("[name=state]", "rejected")
    looker.page.click(".jo-query-foot [type=submit]")
    expect(looker.page.locator("#results")).not_to_contain_text(dispute.title)
    looker.page.click("text=管理视图")
    looker.page.fill("#jo-view-name", "不予受理的")
    looker.press("text=保存视图")
    expect(looker.page.locator(".jo-views [aria-current]")).to_have_text("不予受理的")
    expect(looker.page.locator("#results")).not_to_contain_text(dispute.title)


def test_a_ledger_is_printed_as_it_is_shown_after_a_query(looker: Looker, dispute: Dispute) -> None:
    looker.open(reverse("disputes:list"))
    looker.page.select_option("[name=state]", "rejected")
    looker.page.click(".jo-query-foot [type=submit]")
    expect(looker.page.locator("#results")).not_to_contain_text(dispute.title)
    looker.press("text=打印台账")
    with system("test"):
        assert Job.objects.exclude(kind=REMOVE).get().payload["filters"] == {"state": "rejected"}


def test_possible_duplicates_are_shown_while_typing_and_the_answer_stays(
    looker: Looker, dispute: Dispute, clerk: Membership
) -> None:
    with within(clerk):
        village = Village.objects.filter(office=clerk.office).earliest("code").pk
    looker.open(reverse("disputes:open"))
    looker.page.fill("[name=parties-0-name]", "张三丰")
    looker.page.select_option("[name=village]", str(village))
    shown = looker.page.locator(".jo-similar")
    expect(shown).to_contain_text("同村同名")
    shown.get_by_label("不是同一件").check()
    looker.page.fill("[name=parties-0-identifier]", resident_id(3).number)
    looker.page.fill("[name=parties-1-name]", "李四光")
    expect(shown).to_contain_text("相同证件号码")
    expect(shown.get_by_label("不是同一件")).to_be_checked()
    looker.look("a form with possible duplicates")

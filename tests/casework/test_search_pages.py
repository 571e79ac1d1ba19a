"""The search's pages: boxes, results and lists, and nothing personal in an address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casework import search_index
from casework.exports import KIND, write_export
from casework.models import Job
from casework.search import forget_old_texts
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system, within
from tests.casework.searching import BRIEF, dispute_known_to_the_search
from tests.factories import PartyFactory, dispute_in, resident_id


@pytest.fixture
def dispute(clerk: Membership, today: Any) -> Dispute:
    """One accepted dispute of the clerk's office, known to the search."""
    return dispute_known_to_the_search(clerk)


def searched(client: Client, text: str, **more: str) -> Any:
    """Type a text into a box and return the page that it leads to; every address on the way is held to be silent."""
    answer: Any = client.post(reverse("search"), {"text": text, **more})
    assert answer.status_code == 303
    assert not names_anybody(answer.url), answer.url
    return client.get(answer.url)


def names_anybody(address: str) -> bool:
    """Tell whether an address holds a name, a text or a number of a person."""
    plain = unquote(address)
    return any(ord(char) > 127 for char in plain) or "zhangsan" in plain or resident_id(1).number in plain


class TestPages:
    """The boxes, the results, the list."""

    def test_the_results_name_type_state_day_and_what_was_found(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        html = searched(client_for(clerk), "雨水").content.decode()
        for shown in (
            "矛盾纠纷",
            dispute.title,
            "已受理",
            "2026-05-20",
            "<mark>雨水</mark>",
            "共 1 条",
            dispute.number,
        ):
            assert shown in html
        assert reverse("disputes:detail", args=[dispute.public_id]) in html

    def test_a_full_number_leads_straight_to_the_record(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        answer = client_for(clerk).post(reverse("search"), {"text": dispute.number})
        assert answer.url == reverse("disputes:detail", args=[dispute.public_id])

    def test_city_finds_the_number_without_name_or_link(
        self, dispute: Dispute, city_reviewer: Membership, client_for: Any
    ) -> None:
        html = searched(client_for(city_reviewer), dispute.number).content.decode()
        assert dispute.number in html
        assert dispute.title not in html
        assert reverse("disputes:detail", args=[dispute.public_id]) not in html
        assert "没有找到" in searched(client_for(city_reviewer), "张三丰").content.decode()

    def test_no_address_tells_what_was_searched_for(self, dispute: Dispute, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        for text in ("张三丰", "zhangsan", resident_id(1).number):
            html = searched(client, text).content.decode()
            listed = searched(client, text, list="disputes", query="state=open").content.decode()
            for address in re.findall(r'(?:href|action|hx-get)="([^"]*)"', html + listed):
                assert not names_anybody(address), address

    def test_a_token_is_its_owner_s_and_ends_after_half_an_hour(
        self, dispute: Dispute, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        address = client_for(clerk).post(reverse("search"), {"text": "张三丰"}).url
        assert dispute.public_id in client_for(clerk).get(address).content.decode()
        assert client_for(head).get(address).status_code == 303
        with time_machine.travel(timezone.now() + timedelta(minutes=29)):
            assert client_for(clerk).get(address).status_code == 200
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            assert client_for(clerk).get(address).status_code == 303

    def test_an_old_text_is_deleted_whether_or_not_anybody_searches_again(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        searched(client_for(clerk), "张三丰")
        assert forget_old_texts() == 0
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            assert forget_old_texts() == 1

    def test_the_text_is_encrypted(self, dispute: Dispute, clerk: Membership, client_for: Any) -> None:
        searched(client_for(clerk), "张三丰")
        with system("test"), connection.cursor() as cursor:
            cursor.execute("SELECT encode(text, 'escape') FROM casework_searchtext")
            assert "张三丰".encode() not in cursor.fetchone()[0].encode()

    def test_the_list_combines_the_text_with_its_other_conditions(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        other = dispute_in("registered", actor=clerk, brief="为宅基地争执")
        search_index.drain()
        client = client_for(clerk)
        html = searched(client, "张三丰", list="disputes", query="state=accepted&older=X").content.decode()
        assert dispute.public_id in html
        assert other.public_id not in html
        assert "搜索：张三丰" in html
        assert (
            dispute.public_id
            not in searched(client, "张三丰", list="disputes", query="state=registered").content.decode()
        )
        assert dispute.public_id in searched(client, resident_id(1).number, list="disputes").content.decode()

    def test_a_token_that_has_run_out_shows_no_rows(self, dispute: Dispute, clerk: Membership, client_for: Any) -> None:
        html = client_for(clerk).get(reverse("disputes:list"), {"q": "0000000000"}).content.decode()
        assert "搜索内容保存半小时" in html
        assert dispute.public_id not in html

    def test_the_export_holds_what_was_found_and_no_text_in_its_job(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        dispute_in(
            "registered", actor=clerk, brief="为宅基地争执", parties=[PartyFactory(), PartyFactory(role="respondent")]
        )
        search_index.drain()
        client = client_for(clerk)
        listed = client.post(reverse("search"), {"text": "雨水", "list": "disputes"}).url
        query = listed.partition("?")[2]
        client.post(f"{reverse('disputes:export')}?{query}", {"format": "csv"})
        with within(clerk):
            job = Job.objects.get(kind=KIND)
            assert "雨水" not in str(job.payload)
            assert write_export(job)["rows"] == 1

    def test_a_page_costs_the_same_for_one_hit_and_for_many(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        for _ in range(12):
            dispute_in("accepted", actor=clerk, brief=BRIEF)
        search_index.drain()
        client = client_for(clerk)
        one, many = (client.post(reverse("search"), {"text": text}).url for text in ("供销社", "雨水"))
        with CaptureQueriesContext(connection) as of_one:
            client.get(one)
        with CaptureQueriesContext(connection) as of_many:
            assert "共 13 条" in client.get(many).content.decode()
        assert len(of_many) == len(of_one) <= 20

    def test_pages_follow_each_other_in_both_directions(self, clerk: Membership, today: Any, client_for: Any) -> None:
        made = [dispute_in("registered", actor=clerk, brief=BRIEF).public_id for _ in range(30)]
        search_index.drain()
        client = client_for(clerk)
        address = client.post(reverse("search"), {"text": "雨水"}).url
        first = client.get(address).content.decode()
        second = client.get(address + link_of(first, "next")).content.decode()
        back = client.get(address + link_of(second, "prev")).content.decode()
        shown = [refs_of(page) for page in (first, second, back)]
        assert shown[0] + shown[1] == made[::-1]
        assert shown[2] == shown[0]


def link_of(html: str, rel: str) -> str:
    """Return where a page's link to the next or previous page leads."""
    found = re.search(rf'href="([^"]*)" rel="{rel}"', html)
    assert found
    return found[1].replace("&amp;", "&")


def refs_of(html: str) -> list[str]:
    """Return the public ids of the disputes that a page of results leads to, in its order."""
    return re.findall(r'class="jo-strong" href="/disputes/(\w+)/"', html)

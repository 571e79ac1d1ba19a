"""Views and columns of lists: what every list has, what a person keeps, what the unit shares."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from casework.exports import KIND, write_export
from casework.lines import record_type, record_types
from casework.list_views import choice_of, columns_for
from casework.models import Job, ListSetting, SavedView
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in

LIST = "/disputes/"
COLUMNS = ("choose_columns", "disputes")
DECLARED = ["number", "title", "dispute_type", "state", "registered_on", "accepted_on", "due_on", "office__short_name"]


def heads_of(html: str) -> list[str]:
    """Return the headings of a list's table."""
    return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', html)


def page(client: Client, query: str = "") -> str:
    """Return the list."""
    answer = client.get(LIST + query, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def choose(client: Client, shown: list[str], **more: str) -> None:
    """Send the chooser as the browser does: every column in its order, the ticked ones."""
    order = shown + [name for name in DECLARED if name not in shown]
    answer = client.post(
        reverse("choose_columns", args=["disputes"]), {"order": order, "shown": shown, "query": "", **more}
    )
    assert answer.status_code == 303


def save(client: Client, name: str, query: str = "state=accepted", **more: str) -> str:
    """Save a view and return its key."""
    answer: Any = client.post(reverse("save_view", args=["disputes"]), {"name": name, "query": query, **more})
    assert answer.status_code == 303
    found = re.search(r"view=(\w+)", answer.url)
    return found[1] if found else ""


@pytest.fixture
def client(client_for: Any, clerk: Membership, today: Any) -> Client:
    found: Client = client_for(clerk)
    return found


class TestEveryList:
    """The three views that every list has."""

    @pytest.mark.parametrize("kind", list(record_types()), ids=lambda kind: kind.code)
    def test_it_has_them(self, kind: Any, client: Client) -> None:
        html = client.get(reverse(f"{kind.slug}:list")).content.decode()
        for query in ("state=open", "due=soon", "closed=month"):
            address = (
                f"{reverse(f'{kind.slug}:list')}?{query}&amp;view={query.partition('=')[0].replace('state', 'open')}"
            )
            assert address in html
            assert client.get(address.replace("&amp;", "&")).status_code == 200

    def test_they_show_what_they_say(self, client: Client, clerk: Membership) -> None:
        still = dispute_in("registered", actor=clerk)
        old = dispute_in("registered", actor=clerk, on=date(2026, 3, 2))
        closed = dispute_in("archived", actor=clerk)
        with within(clerk):
            Dispute.objects.filter(pk=still.pk).update(due_on=date(2026, 5, 27))
            Dispute.objects.filter(pk=old.pk).update(due_on=date(2026, 5, 28))
        shown = {
            query: page(client, query)
            for query in ("?state=open", "?due=soon", "?due=late", "?closed=month", "?closed=last_month")
        }
        found = {query: [d for d in (still, old, closed) if d.public_id in html] for query, html in shown.items()}
        assert found == {
            "?state=open": [still, old],
            "?due=soon": [still],
            "?due=late": [],
            "?closed=month": [closed],
            "?closed=last_month": [],
        }

    def test_they_cannot_be_removed(self, client: Client) -> None:
        for key in ("open", "due", "closed"):
            answer = client.post(reverse("change_view", args=["disputes", key]), {"remove": "1"})
            assert answer.status_code == 404


class TestSavedViews:
    """Views under a name of one's own."""

    def test_a_saved_view_is_a_chip_and_shows_its_rows(self, client: Client, clerk: Membership) -> None:
        accepted, registered = dispute_in("accepted", actor=clerk), dispute_in("registered", actor=clerk)
        key = save(client, "已受理的")
        html = page(client, f"?state=accepted&view={key}")
        assert f'{LIST}?state=accepted&amp;view={key}" aria-current="true">已受理的' in html
        assert accepted.public_id in html
        assert registered.public_id not in html

    def test_it_keeps_no_text_and_nothing_that_the_list_does_not_know(self, client: Client, clerk: Membership) -> None:
        save(client, "干净的", query="state=accepted&q=0000000000&older=X&name=张三丰")
        with within(clerk):
            assert SavedView.objects.get().query == "state=accepted"

    def test_a_shared_one_is_read_by_the_unit_and_changed_by_its_owner(
        self, client: Client, client_for: Any, clerk: Membership, head: Membership, sibling_clerk: Membership
    ) -> None:
        mine, ours = save(client, "我的"), save(client, "大家的", shared="1")
        html = page(client_for(head))
        assert "大家的" in html
        assert "我的" not in html
        assert "大家的" not in page(client_for(sibling_clerk))
        for member in (head, sibling_clerk):
            for key in (mine, ours):
                answer = client_for(member).post(reverse("change_view", args=["disputes", key]), {"remove": "1"})
                assert answer.status_code == 404
        with within(clerk):
            assert SavedView.objects.count() == 2

    def test_the_database_itself_keeps_a_colleague_s_hands_off(self, client: Client, head: Membership) -> None:
        save(client, "大家的", shared="1")
        with within(head):
            assert SavedView.objects.count() == 1
            assert SavedView.objects.update(name="改") == 0
            assert SavedView.objects.all().delete()[0] == 0

    def test_one_can_open_the_list_and_all_rows_stay_a_click_away(self, client: Client, clerk: Membership) -> None:
        registered = dispute_in("registered", actor=clerk)
        key = save(client, "已受理的")
        client.post(reverse("change_view", args=["disputes", key]), {"default": "1", "query": ""})
        answer: Any = client.get(LIST)
        assert (answer.status_code, answer.url) == (302, f"{LIST}?state=accepted&view={key}")
        assert registered.public_id in page(client, "?view=all")
        client.post(reverse("change_view", args=["disputes", key]), {"remove": "1"})
        assert client.get(LIST).status_code == 200

    @pytest.mark.parametrize("name", ["", "  ", "很" * 21])
    def test_a_name_that_is_none_is_refused(self, name: str, client: Client, clerk: Membership) -> None:
        assert save(client, name) == ""
        with within(clerk):
            assert not SavedView.objects.exists()

    def test_a_name_is_taken_once(self, client: Client, clerk: Membership) -> None:
        save(client, "已受理的")
        assert save(client, "已受理的") == ""
        assert "已有同名视图" in page(client)


class TestChips:
    """A condition that is taken away."""

    @pytest.mark.parametrize("place", ["on=2026-01-05", "older=x", "newer=x"])
    def test_the_list_starts_at_its_first_page_again(self, place: str, client: Client) -> None:
        html = page(client, f"?state=accepted&{place}")
        removing = re.findall(r'<a href="(\?[^"]*)">(?:(?!</a>).)*去掉这个条件', html, re.DOTALL)
        assert removing
        assert not [link for link in removing if f"{place.split('=')[0]}=" in link]


class TestColumns:
    """Which columns, in which order."""

    @pytest.fixture(autouse=True)
    def _a_row(self, clerk: Membership, today: Any) -> None:
        # A list without rows has no headings.
        dispute_in("accepted", actor=clerk)

    def test_the_chosen_ones_are_shown_in_their_order_on_the_page_and_in_the_file(
        self, client: Client, clerk: Membership
    ) -> None:
        choose(client, ["number", "due_on", "state"])
        assert heads_of(page(client)) == ["编号", "办理期限", "状态"]
        client.post(reverse("disputes:export"), {"format": "csv"})
        with within(clerk):
            made = write_export(Job.objects.get(kind=KIND))
        text = Path(settings.DATA_DIR, made["stored_as"]).read_text(encoding="utf-8-sig")
        assert next(csv.reader(io.StringIO(text))) == ["编号", "办理期限", "状态"]

    def test_buttons_move_a_column_and_stop_at_the_ends(self, client: Client) -> None:
        shown = ["number", "title", "state"]
        choose(client, shown, up="state")
        assert heads_of(page(client)) == ["编号", "状态", "纠纷名称"]
        choose(client, shown, down="state")
        assert heads_of(page(client)) == ["编号", "纠纷名称", "状态"]

    def test_reset_and_choosing_nothing_go_back_to_the_declared_ones(self, client: Client) -> None:
        declared = heads_of(page(client))
        choose(client, ["number", "state"])
        choose(client, ["number", "state"], reset="1")
        assert heads_of(page(client)) == declared
        choose(client, [])
        assert heads_of(page(client)) == declared

    def test_city_chooses_among_the_reduced_columns_only(
        self, client_for: Any, city_reviewer: Membership, today: Any
    ) -> None:
        client = client_for(city_reviewer)
        choose(client, ["number", "title", "due_on", "state"])
        assert heads_of(page(client)) == ["编号", "状态"]
        assert 'value="title"' not in page(client)
        assert [c.name for c in columns_for(record_type("mediation.dispute"), city_reviewer, ["title"])] == ["number"]

    def test_a_day_is_never_broken_over_two_lines(self, client: Client) -> None:
        html = page(client)
        assert re.search(r'<td data-label="登记日期" class="jo-day">\d{4}-\d\d-\d\d</td>', html)
        assert re.search(r'<td data-label="受理日期" class="jo-wide-only jo-day">', html)
        assert re.search(r'<td data-label="纠纷名称">', html)

    def test_columns_on_demand_are_offered_and_shown_to_whoever_chose_them(
        self, client: Client, client_for: Any, city_reviewer: Membership
    ) -> None:
        assert len(heads_of(page(client))) == len(DECLARED)
        assert 'value="village__name"' in page(client)
        choose(client, ["number", "village__name", "amount", "performance"])
        html = page(client)
        assert heads_of(html) == ["编号", "村（居）", "涉及金额（元）", "履行情况"]
        assert "3,200.00" in html
        # A village is not among what the city sees, an amount is.
        far = client_for(city_reviewer)
        choose(far, ["number", "village__name", "amount"])
        assert heads_of(page(far)) == ["编号", "涉及金额（元）"]

    def test_the_choice_is_one_s_own(
        self, client: Client, client_for: Any, head: Membership, clerk: Membership
    ) -> None:
        choose(client, ["number", "state"])
        assert len(heads_of(page(client_for(head)))) == len(DECLARED)
        with within(head):
            assert not ListSetting.objects.exists()
            assert choice_of(record_type("mediation.dispute"), clerk).columns == ()

"""Possible duplicates while a dispute is typed: what is shown, what is not, and that nobody is stopped."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework import search_index
from casework.models import RecordEvent
from mediation.models import Dispute
from mediation.selectors import open_elsewhere
from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import PartyFactory, dispute_in, resident_id
from tests.mediation.test_pages import registration

ADDRESS = "/_hx/duplicates/"
ELSEWHERE = "其他单位有在办记录，请与县局核对"


def parties(first: str = "郝连成", number: int = 7) -> list[dict[str, Any]]:
    """Return two parties, the first with this name and ID number."""
    return [
        dict(PartyFactory.build(name=first, identifier=resident_id(number))),
        dict(PartyFactory.build(name="乙方某", role="respondent")),
    ]


def asked(client: Client, **fields: Any) -> str:
    """Return what the page shows for a half-typed form."""
    answer = client.post(ADDRESS, {"parties-TOTAL_FORMS": "2", **fields})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def client(client_for: Any, clerk: Membership) -> Client:
    found: Client = client_for(clerk)
    return found


@pytest.mark.usefixtures("today")
class TestWhatIsSimilar:
    """By number, by name and village, by place and type."""

    def test_the_same_number_is_shown_whatever_the_name(self, client: Client, clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk, parties=parties())
        html = asked(client, **{"parties-0-name": "别名", "parties-0-identifier": resident_id(7).number})
        assert dispute.title in html
        assert "相同证件号码" in html
        assert ELSEWHERE not in html
        assert dispute.title not in asked(client, **{"parties-0-identifier": resident_id(8).number})

    def test_the_same_name_is_shown_in_the_same_village_only(self, client: Client, clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk, parties=parties())
        search_index.drain()
        with within(clerk):
            villages = list(Village.objects.filter(office=clerk.office).order_by("code").values_list("pk", flat=True))
        assert "同村同名" in asked(client, **{"parties-1-name": "郝连成", "village": dispute.village_id})
        assert dispute.title not in asked(client, **{"parties-1-name": "郝连成", "village": villages[1]})
        assert dispute.title not in asked(client, **{"parties-1-name": "郝连", "village": dispute.village_id})

    def test_the_same_place_and_type_is_shown_for_ninety_days(self, client: Client, clerk: Membership) -> None:
        early = dispute_in("registered", actor=clerk, place="供销社东墙", on=date(2026, 2, 18), parties=parties("早"))
        late = dispute_in("registered", actor=clerk, place="供销社东墙", on=date(2026, 2, 19), parties=parties("晚"))
        html = asked(client, place="供销社东墙", dispute_type="neighbourhood")
        assert late.title in html
        assert early.title not in html
        assert late.title not in asked(client, place="供销社东墙", dispute_type="land")

    def test_at_most_five_are_shown(self, client: Client, clerk: Membership) -> None:
        for _ in range(7):
            dispute_in("registered", actor=clerk, parties=parties())
        assert asked(client, **{"parties-0-identifier": resident_id(7).number}).count("<fieldset") == 5

    def test_a_half_typed_form_shows_nothing(self, client: Client, clerk: Membership) -> None:
        dispute_in("registered", actor=clerk, parties=parties())
        for fields in ({}, {"parties-0-name": "郝"}, {"village": "x"}, {"parties-0-identifier": "3701"}):
            assert asked(client, **fields).strip() == ""


@pytest.mark.usefixtures("today")
class TestOtherOffices:
    """Outside the scope a person learns that there is something, and nothing else."""

    def test_only_an_open_case_of_the_same_county_is_hinted_at(
        self, client: Client, sibling_clerk: Membership, far_clerk: Membership, zone_clerk: Membership
    ) -> None:
        number = {"parties-0-identifier": resident_id(7).number}
        for actor in (far_clerk, zone_clerk):
            dispute_in("registered", actor=actor, parties=parties())
        dispute_in("rejected", actor=sibling_clerk, parties=parties())
        assert asked(client, **number).strip() == ""
        dispute = dispute_in("registered", actor=sibling_clerk, parties=parties())
        html = asked(client, **number)
        assert ELSEWHERE in html
        for secret in (dispute.title, dispute.public_id, "柳河", "郝连成"):
            assert secret not in html

    def test_one_s_own_case_is_not_elsewhere(self, clerk: Membership, county_reviewer: Membership) -> None:
        dispute_in("registered", actor=clerk, parties=parties())
        for member in (clerk, county_reviewer):
            with within(member):
                assert not open_elsewhere([resident_id(7).number])

    def test_nobody_of_another_line_is_told(self, clerk: Membership, sibling_clerk: Membership) -> None:
        dispute_in("registered", actor=sibling_clerk, parties=parties())
        with within(clerk):
            assert open_elsewhere([resident_id(7).number])
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.lines', 'review', true)")
            assert not open_elsewhere([resident_id(7).number])

    def test_the_scope_is_as_it_was_afterwards(self, clerk: Membership, sibling_clerk: Membership) -> None:
        dispute_in("registered", actor=sibling_clerk, parties=parties())
        with within(clerk):
            assert open_elsewhere([resident_id(7).number])
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('app.level'), (SELECT count(*) FROM mediation_dispute)")
                assert cursor.fetchone() == ("office", 0)

    @pytest.mark.fresh_database
    def test_canary_the_county_is_what_keeps_the_far_case_silent(
        self, clerk: Membership, far_clerk: Membership
    ) -> None:
        dispute_in("registered", actor=far_clerk, parties=parties())
        with within(clerk):
            assert not open_elsewhere([resident_id(7).number])
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_get_functiondef('open_elsewhere'::regproc)")
            cursor.execute(cursor.fetchone()[0].replace("p.county_id =", "0 <"))
        with within(clerk):
            assert open_elsewhere([resident_id(7).number])


@pytest.mark.usefixtures("today")
class TestAnswer:
    """What is said is kept; nobody has to say anything."""

    def test_the_answer_stands_in_the_history(self, client: Client, clerk: Membership) -> None:
        known = dispute_in("accepted", actor=clerk, parties=parties())
        answer = client.post(reverse("disputes:open"), registration(clerk, **{f"same-{known.public_id}": "no"}))
        assert answer.status_code == 303
        with within(clerk):
            fresh = Dispute.objects.exclude(pk=known.pk).get()
            note = RecordEvent.objects.get(record_id=fresh.pk, kind="opened").note
        assert note == f"疑似重复比对：{known.number}：不是同一件"

    def test_an_answer_about_a_foreign_or_unknown_case_is_not_kept(
        self, client: Client, clerk: Membership, sibling_clerk: Membership
    ) -> None:
        foreign = dispute_in("registered", actor=sibling_clerk, parties=parties())
        more = {f"same-{foreign.public_id}": "yes", "same-0000000000": "yes"}
        assert client.post(reverse("disputes:open"), registration(clerk, **more)).status_code == 303
        with within(clerk):
            assert RecordEvent.objects.get(kind="opened").note == ""

    def test_a_duplicate_is_registered_without_an_answer(self, client: Client, clerk: Membership) -> None:
        dispute_in("registered", actor=clerk, parties=parties("张三丰", 1))
        assert client.post(reverse("disputes:open"), registration(clerk)).status_code == 303


@pytest.mark.usefixtures("today")
class TestRepeatedDisputes:
    """On a dispute's page: others of the same people or at the same place."""

    def panel(self, client: Client, dispute: Dispute) -> str:
        """Return the panel's part of a dispute's page; empty when there is none."""
        html = client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        return html.partition("重复纠纷</h2>")[2].partition("</section>")[0]

    def test_the_panel_does_not_stand_without_others(self, client: Client, clerk: Membership) -> None:
        alone = dispute_in("registered", actor=clerk, place="供销社东墙", parties=parties())
        for place, first in (("", "别人"), ("供销社西墙", "郝连成")):
            dispute_in("registered", actor=clerk, place=place, parties=parties(first, 8))
        assert self.panel(client, alone) == ""

    def test_disputes_without_a_place_are_not_at_the_same_one(self, client: Client, clerk: Membership) -> None:
        alone, _other = (dispute_in("registered", actor=clerk, place="", parties=parties(number=n)) for n in (7, 8))
        assert self.panel(client, alone) == ""

    def test_it_names_the_newest_ten_with_the_reason(self, client: Client, clerk: Membership) -> None:
        days = [date(2026, 4, day) for day in range(1, 13)]
        there = [dispute_in("registered", actor=clerk, place="水井", on=day, parties=parties(number=8)) for day in days]
        same = dispute_in("registered", actor=clerk, parties=parties())
        dispute = dispute_in("registered", actor=clerk, place="水井", parties=parties())
        html = self.panel(client, dispute)
        assert html.count("相同当事人") == 1
        assert html.count("相同地点") == 9
        assert same.public_id in html
        assert [one.public_id in html for one in there] == [False] * 3 + [True] * 9
        assert dispute.public_id not in html

    def test_the_page_costs_the_same_for_one_other_and_for_many(self, client: Client, clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk, place="水井", parties=parties())
        address = reverse("disputes:detail", args=[dispute.public_id])
        counts = []
        for others in (1, 6):
            for _ in range(others):
                dispute_in("registered", actor=clerk, place="水井", parties=parties())
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counts.append(len(asked))
        assert counts[0] == counts[1]

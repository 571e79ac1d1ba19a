"""Searching: everything by which a case is found, nobody who may not find it, and an index that follows every change."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.contrib.admin.utils import get_fields_from_path
from django.db import ProgrammingError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casework import search_index
from casework.exports import KIND, write_export
from casework.lines import record_type, record_types
from casework.models import Job
from casework.search import exact, find, forget_old_texts, types_for
from casework.tokens import names_of, words_of
from mediation.models import Dispute, Mediator, Party
from mediation.services.disputes import replace_parties
from offices.models import Membership
from offices.scoping import system, within
from offices.secrecy import EncryptedField
from tests.factories import PartyFactory, dispute_in, resident_id
from tests.registers import one_of_each

BRIEF = "翻修院墙抬高地面，雨水无法排出，双方争执。"
PARTIES = [
    PartyFactory.build(name="张三丰", identifier=resident_id(1)),
    PartyFactory.build(name="𠮷㐂", role="respondent"),
]


@pytest.fixture
def dispute(clerk: Membership, today: Any) -> Dispute:
    """One accepted dispute of the clerk's office, known to the search."""
    made = dispute_in(
        "accepted", actor=clerk, parties=[dict(party) for party in PARTIES], brief=BRIEF, place="供销社东墙"
    )
    search_index.drain()
    return made


def read_for_the_index(dispute: Dispute) -> list[str]:
    """Return every text of a dispute that the index is made of."""
    fields = record_type("mediation.dispute").search
    assert fields
    with system("test"):
        texts = search_index.texts_of(record_type("mediation.dispute"), fields.names + fields.words, [dispute.pk])
    return texts[dispute.pk]


def found_by(member: Membership, text: str) -> list[str]:
    """Return the public ids of the disputes that a person finds."""
    with within(member):
        return [hit.public_id for hit in find(text, [record_type("mediation.dispute")], member).hits]


class TestFinding:
    """By whom and by what a case is found."""

    @pytest.mark.parametrize(
        "text",
        ["张三丰", "张三", "三丰", "丰", "zhangsanfeng", "zhangsan", "ZSF", "zs", "sanfeng", "𠮷㐂", "𠮷", "ＺＳＦ"]
        + ["雨水", "无法排出", "院墙抬高", "供销社", "石桥村", "张三 院墙", "zs 雨水"],
    )
    def test_it_is_found(self, text: str, dispute: Dispute, clerk: Membership, county_reviewer: Membership) -> None:
        assert found_by(clerk, text) == [dispute.public_id]
        assert found_by(county_reviewer, text) == [dispute.public_id]

    @pytest.mark.parametrize(
        "text", ["", " ", "。", "张丰", "丰张", "墙院", "院墙雨水", "zsx", "李四", "张三 李四", "'", "\\"]
    )
    def test_it_is_not_found(self, text: str, dispute: Dispute, clerk: Membership) -> None:
        assert found_by(clerk, text) == []

    def test_neighbouring_pairs_are_not_enough(self, clerk: Membership, today: Any) -> None:
        """甲乙丙 holds 甲乙 and 乙丙, and so does 乙丙甲乙, which must not be found by it."""
        dispute_in("registered", actor=clerk, brief="乙丙甲乙")
        search_index.drain()
        assert found_by(clerk, "甲乙丙") == []
        assert len(found_by(clerk, "丙甲乙")) == 1

    def test_the_end_of_a_text_and_the_beginning_of_the_next_are_apart(self, clerk: Membership, today: Any) -> None:
        dispute_in("registered", actor=clerk, brief="最后一甲", claims="乙字开头")
        search_index.drain()
        assert found_by(clerk, "甲乙") == []

    def test_a_full_number_leads_to_its_record(self, dispute: Dispute, clerk: Membership) -> None:
        bare = dispute.number.replace("（", "(").replace("）", ")")
        with within(clerk):
            assert exact(dispute.number, clerk) == (record_type("mediation.dispute"), dispute.public_id)
            assert exact(bare, clerk) == (record_type("mediation.dispute"), dispute.public_id)
            assert exact(dispute.number[:-2], clerk) is None

    def test_an_id_number_finds_its_person_and_stands_in_no_index(self, dispute: Dispute, clerk: Membership) -> None:
        number = resident_id(1).number
        assert found_by(clerk, number) == [dispute.public_id]
        assert found_by(clerk, number[:17]) == []
        assert not any("1980" in text for text in read_for_the_index(dispute))

    def test_records_of_every_type_are_found(self, clerk: Membership, today: Any) -> None:
        made = one_of_each(clerk)
        search_index.drain()
        with within(clerk):
            types = types_for(clerk)
            assert {kind.code for kind in types} == {kind.code for kind in record_types()}
            hits = {
                text: {hit.public_id for hit in find(text, types, clerk).hits} for text in ("赵新", "zhaoxin", "滴水")
            }
        assert made["mediators"] in hits["赵新"]
        assert made["mediators"] in hits["zhaoxin"]
        assert made["findings"] in hits["滴水"]

    def test_hits_are_marked_and_escaped(self, clerk: Membership, today: Any) -> None:
        dispute_in("registered", actor=clerk, brief="<b>雨水</b>无法排出", parties=[dict(party) for party in PARTIES])
        search_index.drain()
        with within(clerk):
            hit = find("雨水", types_for(clerk), clerk).hits[0]
            named = find("zsf", types_for(clerk), clerk).hits[0]
        assert "&lt;b&gt;<mark>雨水</mark>&lt;/b&gt;" in hit.snippet
        assert "<mark>张三丰</mark>" in named.snippet


class TestScope:
    """Nobody finds what is not theirs."""

    def test_nobody_finds_a_case_of_another_office(
        self, dispute: Dispute, sibling_clerk: Membership, far_clerk: Membership, other_county_reviewer: Membership
    ) -> None:
        for stranger in (sibling_clerk, far_clerk, other_county_reviewer):
            assert found_by(stranger, "张三丰") == found_by(stranger, dispute.number) == []
            assert counted(stranger, "张三丰") == 0

    def test_city_and_province_find_by_number_alone(
        self, dispute: Dispute, city_reviewer: Membership, province_statistician: Membership, other_city_reviewer: Any
    ) -> None:
        for above in (city_reviewer, province_statistician):
            for text in ("张三丰", "zsf", "雨水", "供销社", "丰", resident_id(1).number):
                assert found_by(above, text) == []
                assert counted(above, text) == 0
            assert found_by(above, dispute.number) == [dispute.public_id]
        assert found_by(other_city_reviewer, dispute.number) == []

    def test_city_sees_no_name_beside_a_number(self, dispute: Dispute, city_reviewer: Membership) -> None:
        with within(city_reviewer):
            hit = find(dispute.number, types_for(city_reviewer), city_reviewer).hits[0]
        assert (hit.title, hit.snippet) == ("", "")

    def test_a_line_that_a_post_does_not_have_finds_nothing(self, dispute: Dispute, clerk: Membership) -> None:
        clerk.lines = []
        assert counted(clerk, "张三丰") == 0

    def test_who_serves_pages_may_neither_read_nor_write_the_table(self, dispute: Dispute, clerk: Membership) -> None:
        sql = "SELECT has_table_privilege('justice_app', %s, 'SELECT, INSERT, UPDATE, DELETE')"
        with within(clerk), connection.cursor() as cursor:
            for table in ("casework_searchrow", "casework_searchmark"):
                cursor.execute(sql, [table])
                assert cursor.fetchone() == (False,)

    @pytest.mark.parametrize(
        "call",
        [
            "take_search_marks(1)",
            "drop_search_rows('mediation.dispute', '{1}')",
            "drop_lost_search_rows('mediation.dispute')",
        ]
        + ["put_search_rows('a.b', 'a', '{1}', '{1}', '{1}', '{1}', '{2026-01-01}', '{}', '{}', '{}')"],
    )
    def test_only_the_portal_itself_writes_the_index(self, call: str, clerk: Membership) -> None:
        with (
            pytest.raises(ProgrammingError, match="Only the portal itself"),
            within(clerk),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SELECT {call}")

    @pytest.mark.fresh_database
    def test_canary_the_scope_condition_is_what_hides(
        self, clerk: Membership, sibling_clerk: Membership, today: Any
    ) -> None:
        dispute_in("registered", actor=clerk, parties=[dict(party) for party in PARTIES])
        search_index.drain()
        assert counted(sibling_clerk, "张三丰") == 0
        with connections["owner"].cursor() as cursor:
            cursor.execute("CREATE OR REPLACE FUNCTION search_scope() RETURNS text LANGUAGE sql AS $$ SELECT 'true' $$")
        assert counted(sibling_clerk, "张三丰") == 1
        # The second net: what the search gave away is not read back under the policies.
        assert found_by(sibling_clerk, "张三丰") == []


def counted(member: Membership, text: str) -> int:
    """Return how many records a text finds, of all types."""
    with within(member):
        return find(text, list(search_index.searchable().values()), member).count


class TestFollowing:
    """The index follows what is saved, however it is saved."""

    def test_an_amended_name_disappears(self, dispute: Dispute, clerk: Membership) -> None:
        with within(clerk):
            parties = [dict(PARTIES[0], name="马超群"), dict(PARTIES[1])]
            replace_parties(dispute, parties)
            Dispute.objects.filter(pk=dispute.pk).update(title="马超群与𠮷㐂邻里纠纷")
        search_index.drain()
        assert found_by(clerk, "张三") == []
        assert found_by(clerk, "machaoqun") == [dispute.public_id]

    def test_a_deleted_party_disappears(self, dispute: Dispute, clerk: Membership) -> None:
        with within(clerk):
            Party.objects.filter(dispute=dispute, name="𠮷㐂").delete()
            Dispute.objects.filter(pk=dispute.pk).update(title="纠纷")
        search_index.drain()
        assert found_by(clerk, "𠮷㐂") == []

    def test_a_mediator_s_new_name_is_found_in_the_disputes(self, clerk: Membership, today: Any) -> None:
        mediated = dispute_in("assigned", actor=clerk)
        with within(clerk):
            mediator = mediated.mediators.get().mediator
            assert Mediator.objects.filter(pk=mediator.pk).update(title="欧阳长风") == 1
        search_index.drain()
        assert found_by(clerk, "欧阳长风") == [mediated.public_id]

    def test_draining_twice_and_reindexing_change_nothing(self, dispute: Dispute, clerk: Membership) -> None:
        assert search_index.drain() == 0
        assert search_index.reindex() == 0
        assert found_by(clerk, "张三") == [dispute.public_id]

    def test_a_row_without_its_record_is_forgotten(self, dispute: Dispute, clerk: Membership) -> None:
        row: list[Any] = [
            [999_999],
            [clerk.office_id],
            [clerk.office.county_id],
            [clerk.office.city_id],
            ["2026-01-01"],
        ]
        tokens = [[names_of(["张三丰"])], [words_of([])], [""]]
        call = (
            "SELECT put_search_rows('mediation.dispute', 'mediation', %s::bigint[], %s::int[], %s::int[], %s::int[], "
        )
        with system("test"), connection.cursor() as cursor:
            cursor.execute(f"{call}%s::date[], %s::text[], %s::text[], %s::text[])", [*row, *tokens])
        assert counted(clerk, "张三丰") == 2
        search_index.reindex()
        assert counted(clerk, "张三丰") == 1

    @pytest.mark.fresh_database
    def test_a_second_drainer_leaves_the_marks_to_the_first(self, clerk: Membership, today: Any) -> None:
        dispute_in("registered", actor=clerk)
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [search_index.LOCK])
            assert search_index.drain() == 0
            assert search_index.marks_wait()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [search_index.LOCK])
        assert search_index.drain() > 0
        assert not search_index.marks_wait()

    @pytest.mark.django_db
    @pytest.mark.parametrize("kind", list(record_types()), ids=lambda kind: kind.code)
    def test_every_table_that_is_read_marks_its_changes(self, kind: Any) -> None:
        tables = {kind.model._meta.db_table}
        for path in kind.search.names + kind.search.words:
            *_way, last = get_fields_from_path(kind.model, path)
            assert not isinstance(last, EncryptedField), path
            field = kind.model._meta.get_field(path.partition("__")[0])
            if field.one_to_many:
                tables.add(field.related_model._meta.db_table)
        sql = (
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid "
            "WHERE f.proname = 'mark_search' AND encode(t.tgargs, 'escape') LIKE %s GROUP BY 1 HAVING count(*) = 3"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [f"{kind.code}%"])
            assert tables <= {name for (name,) in cursor.fetchall()}


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

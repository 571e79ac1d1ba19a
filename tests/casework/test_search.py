"""The search: everything by which a case is found, nobody who may not find it, an index that follows every change."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.utils import get_fields_from_path
from django.db import ProgrammingError, connection, connections

from casework import search_index
from casework.lines import record_type, record_types
from casework.search import exact, find, types_for
from casework.tokens import names_of, words_of
from mediation.models import Dispute, Mediator, Party
from mediation.services.parties import replace_parties
from offices.models import Membership
from offices.scoping import system, within
from offices.secrecy import EncryptedField
from tests.casework.searching import PARTIES, dispute_known_to_the_search
from tests.factories import dispute_in, resident_id
from tests.registers import one_of_each


@pytest.fixture
def dispute(clerk: Membership, today: Any) -> Dispute:
    """One accepted dispute of the clerk's office, known to the search."""
    return dispute_known_to_the_search(clerk)


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

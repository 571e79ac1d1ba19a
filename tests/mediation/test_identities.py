"""Who the parties are: their papers, what these say, what is asked beside them, and rows that keep their identity."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.urls import reverse

from casework import search_index
from casework.identifiers import resident_id_check_char
from casework.parts import add_part
from casework.search import find, types_for
from mediation.declarations.disputes import DISPUTE
from mediation.likeness import Similar, disputes_by_person, repeated, same_people, similar_disputes
from mediation.models import Dispute, Party
from offices.models import Membership
from offices.scoping import within
from tests.conftest import TODAY
from tests.factories import PartyFactory, dispute_in, resident_id
from tests.mediation.full_case import CREDIT_CODE
from tests.mediation.test_pages import errors_of, registration

BORN = resident_id(1).birth_date
PASSPORT = {"parties-0-id_kind": "passport", "parties-0-identifier": "ｅ1234 5678"}


def registered(clerk: Membership, client: Client, **changes: Any) -> Party:
    """Register a dispute and return its first party."""
    answer = client.post(reverse("disputes:open"), registration(clerk, **changes))
    assert answer.status_code == 303, errors_of(answer.content.decode())
    with within(clerk):
        return Party.objects.get(position=1)


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestPaper:
    """The number is read by its paper; sex and birth date come from it or are asked."""

    def test_a_passport_is_stored_with_what_was_asked(self, clerk: Membership, client_for: Any) -> None:
        asked = {"parties-0-sex": "2", "parties-0-birth_date": "1946-03-02"}
        found = registered(clerk, client_for(clerk), **PASSPORT, **asked)
        assert (found.id_kind, found.id_number) == ("passport", "E12345678")
        assert (found.sex, found.birth_date) == ("2", date(1946, 3, 2))

    def test_without_a_number_sex_and_birth_date_are_what_was_asked(self, clerk: Membership, client_for: Any) -> None:
        asked = {"parties-0-identifier": "", "parties-0-sex": "1", "parties-0-birth_date": "1990-01-01"}
        found = registered(clerk, client_for(clerk), **asked)
        assert (found.id_kind, found.id_number, found.sex, found.birth_date) == ("", None, "1", date(1990, 1, 1))

    def test_a_child_that_is_not_registered_has_no_number(self, clerk: Membership, client_for: Any) -> None:
        given = {"parties-0-id_kind": "unregistered", "parties-0-birth_date": "2025-01-01"}
        found = registered(clerk, client_for(clerk), **given, **{"parties-0-identifier": ""})
        assert (found.id_kind, found.id_number) == ("unregistered", None)

    def test_a_name_of_one_character_is_confirmed_once(self, clerk: Membership, client_for: Any) -> None:
        client, name = client_for(clerk), {"parties-0-name": "丑"}
        html = client.post(reverse("disputes:open"), registration(clerk, **name)).content.decode()
        assert "姓名只有一个字" in errors_of(html)
        assert 'name="parties-0-single_name"' in html
        assert 'name="parties-1-single_name"' not in html
        assert registered(clerk, client, **name, **{"parties-0-single_name": "on"}).name == "丑"

    @pytest.mark.parametrize(
        ("change", "field", "message"),
        [
            ({"parties-0-birth_date": "1980-03-01"}, "birth_date", f"出生日期（{BORN}）不符"),
            ({"parties-0-sex": "2"}, "sex", "性别（男）不符"),
            ({"parties-0-id_kind": "hk_mo_permit"}, "identifier", "应为H或M加8位数字"),
            ({"parties-0-id_kind": "unregistered"}, "identifier", "未上户口的没有证件号码"),
            ({"parties-0-birth_date": "1899-12-31"}, "birth_date", "不能早于1900年1月1日"),
            ({"parties-0-birth_date": "2026-05-21"}, "birth_date", "不能晚于今天"),
            ({"parties-1-own_labour": "on"}, "birth_date", "请填写出生日期"),
            ({"parties-1-own_labour": "on", "parties-1-birth_date": "2011-05-20"}, "own_labour", "未满十六周岁"),
            ({"parties-0-id_kind": "nonsense"}, "id_kind", "nonsense"),
        ],
    )
    def test_a_contradiction_is_told_beside_the_field(
        self, change: dict[str, str], field: str, message: str, clerk: Membership, client_for: Any
    ) -> None:
        answer = client_for(clerk).post(reverse("disputes:open"), registration(clerk, **change))
        html = answer.content.decode()
        assert answer.status_code == 422
        beside = html.partition(f'-{field}_error">')[2].partition("</div>")[0]
        assert message in beside

    def test_a_residence_permit_of_hong_kong_bears_its_own_area(self, clerk: Membership, client_for: Any) -> None:
        body = "81000019800229001"
        given = {"parties-0-id_kind": "hmt_residence", "parties-0-identifier": body + resident_id_check_char(body)}
        found = registered(clerk, client_for(clerk), **given)
        assert (found.birth_date, found.sex) == (date(1980, 2, 29), "1")

    def test_an_organisation_has_a_kind_and_none_of_a_person_s_fields(self, clerk: Membership, client_for: Any) -> None:
        given = {
            "parties-0-kind": "organisation",
            "parties-0-name": "石桥建材有限公司",
            "parties-0-identifier": CREDIT_CODE,
            "parties-0-organisation_kind": "enterprise",
            "parties-0-representative": "李㐂",
            "parties-0-birth_date": "1980-01-01",
            "parties-0-sex": "1",
        }
        found = registered(clerk, client_for(clerk), **given)
        assert (found.credit_code, found.organisation_kind, found.representative) == (CREDIT_CODE, "enterprise", "李㐂")
        assert (found.birth_date, found.sex, found.id_kind) == (None, "0", "")

    def test_the_check_beside_the_field_knows_the_paper_and_fills_the_others(
        self, clerk: Membership, client_for: Any
    ) -> None:
        client, number = client_for(clerk), resident_id(1).number
        answer = client.post(reverse("check_identifier"), {"kind": "person", "id_kind": "household", "value": number})
        assert answer.json()["fill"] == {"birth_date": BORN.isoformat(), "sex": "1"}
        answer = client.post(
            reverse("check_identifier"), {"kind": "person", "id_kind": "passport", "value": "e1234567"}
        )
        assert (answer.json()["value"], answer.json()["fill"]) == ("E1234567", {})
        wrong = client.post(reverse("check_identifier"), {"kind": "person", "id_kind": "tw_permit", "value": number})
        assert wrong.status_code == 422

    @pytest.mark.parametrize(
        "values",
        [
            {"id_kind": "", "id_number": resident_id(1).number},
            {"kind": "organisation", "birth_date": BORN},
            {"credit_code": CREDIT_CODE},
        ],
    )
    def test_the_database_refuses_what_cannot_be(self, values: dict[str, Any], clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk)
        with within(clerk), pytest.raises(IntegrityError):
            Party.objects.create(**{"dispute": dispute, "position": 9, "role": "third", "kind": "person", **values})


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestKnownAgain:
    """Other disputes of the same people, by keys that have their index."""

    def parties(self, **first: Any) -> list[dict[str, Any]]:
        """Return a party with these values, and somebody else."""
        bare = {"role": "applicant", "kind": "person", "name": "郝连成"}
        return [bare | first, dict(PartyFactory.build(role="respondent"))]

    @pytest.mark.parametrize(
        ("first", "again", "why"),
        [
            ({"identifier": resident_id(7)}, {"identifier": resident_id(7), "name": "改名"}, "相同证件号码"),
            ({"birth_date": BORN}, {"birth_date": BORN}, "同名且出生日期相同"),
            ({"phone": "13800001111"}, {"phone": "13800001111"}, "同名且电话相同"),
            ({"identifier": resident_id(7)}, {"birth_date": BORN}, "同名且出生日期相同"),
            ({"birth_date": BORN}, {"birth_date": date(1980, 2, 28)}, ""),
            ({"birth_date": BORN}, {"birth_date": BORN, "name": "别人"}, ""),
            ({"identifier": resident_id(7)}, {"identifier": resident_id(8)}, ""),
            (
                {"kind": "organisation", "identifier": CREDIT_CODE},
                {"kind": "organisation", "identifier": CREDIT_CODE, "name": "更名后的公司"},
                "相同信用代码",
            ),
        ],
    )
    def test_by_number_code_birth_date_and_telephone(
        self, first: dict[str, Any], again: dict[str, Any], why: str, clerk: Membership
    ) -> None:
        known = dispute_in("registered", actor=clerk, place="", parties=self.parties(**first))
        dispute = dispute_in("registered", actor=clerk, place="", parties=self.parties(**again))
        with within(clerk):
            assert [(other.pk, said) for other, said in repeated(dispute)] == ([(known.pk, why)] if why else [])

    def test_what_is_typed_is_compared_by_the_same_keys(self, clerk: Membership) -> None:
        known = dispute_in("registered", actor=clerk, parties=self.parties(birth_date=BORN))
        with within(clerk):
            found = similar_disputes(Similar(born=(("郝连成", BORN, False),)), TODAY)
        assert [(other.pk, why) for other, why in found] == [(known.pk, "同名且出生日期相同")]


MANY = """
INSERT INTO mediation_party (dispute_id, office_id, county_id, city_id, position, role, kind, name, ethnicity, sex,
  birth_date, capacity, own_labour, is_adult, occupation, id_kind, id_number, id_index, phone_index, organisation_kind,
  credit_code, representative)
SELECT d.id, d.office_id, d.county_id, d.city_id, n, 'third', CASE WHEN n % 4 = 0 THEN 'organisation' ELSE 'person' END,
  '张三' || n % 50, '', '1', CASE WHEN n % 4 = 0 THEN NULL ELSE date '1950-01-01' + n END, '', false, false, '',
  CASE WHEN n % 4 = 0 THEN '' ELSE 'passport' END, NULL, CASE WHEN n % 4 = 0 THEN NULL ELSE sha256(n::text::bytea) END,
  sha256(n::text::bytea), '', CASE WHEN n % 4 = 0 THEN 'C' || n ELSE '' END, ''
FROM mediation_dispute d, generate_series(10, 20000) AS n
"""


@pytest.mark.fresh_database
@pytest.mark.usefixtures("today")
def test_each_key_is_answered_by_its_index(clerk: Membership) -> None:
    dispute_in("registered", actor=clerk)
    asked = Similar(
        numbers=(resident_id(1).number,),
        codes=(CREDIT_CODE,),
        born=(("张三1", BORN, True), ("张三2", date(1990, 1, 1), False)),
        reached=(("张三1", "13800001111", False), ("张三2", "13800002222", True)),
    )
    with within(clerk), connection.cursor() as cursor:
        cursor.execute(MANY)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE mediation_party")
    with within(clerk):
        plans = [Party.objects.filter(condition).explain() for condition, _why in same_people(asked)]
    keys = ["party_by_id_index", "party_by_credit_code", "party_by_name_and_birth", "party_by_phone_and_name"]
    assert [plan for key, plan in zip(keys, plans, strict=True) if key not in plan] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestSearch:
    """Whoever takes part finds the case, and so does the committee."""

    @pytest.fixture
    def dispute(self, clerk: Membership) -> Dispute:
        """A child's case with a guardian, an agent and somebody invited."""
        child = PartyFactory.build(name="孩子某", identifier=resident_id(1, born=date(2014, 5, 6)))
        found = dispute_in("accepted", actor=clerk, parties=[child, PartyFactory.build(role="respondent")])
        paper = {"id_kind": "resident_id"}
        with within(clerk):
            ward = found.parties.get(position=1)
            rows: dict[str, dict[str, Any]] = {
                "guardian": {
                    "party": ward,
                    "name": "尉迟监护",
                    "relation": "父母",
                    **(paper | {"id_number": resident_id(21).number}),
                },
                "agent": {
                    "party": ward,
                    "name": "诸葛代理",
                    "powers": "general",
                    "authorised_on": TODAY,
                    **(paper | {"id_number": resident_id(22).number}),
                },
                "invitee": {"name": "欧阳邻居", "capacity": "neighbour", "consented_on": TODAY},
            }
            for code, values in rows.items():
                add_part(part_type=DISPUTE.part(code), record=found, actor=clerk, values=values)
        search_index.drain()
        return found

    @pytest.mark.parametrize("text", ["尉迟监护", "yuchi", "欧阳邻居", "诸葛代理", "石桥镇人民调解委员会"])
    def test_names_find_it_for_who_may_read_it_and_for_nobody_else(
        self, text: str, dispute: Dispute, clerk: Membership, sibling_clerk: Membership, city_statistician: Membership
    ) -> None:
        for member, there in ((clerk, True), (sibling_clerk, False), (city_statistician, False)):
            with within(member):
                hits = [hit.public_id for hit in find(text, types_for(member), member).hits]
            assert (dispute.public_id in hits) is there

    @pytest.mark.parametrize("number", [1, 21, 22])
    def test_the_number_of_each_finds_it(self, number: int, dispute: Dispute, clerk: Membership) -> None:
        born = date(2014, 5, 6) if number == 1 else BORN
        with within(clerk):
            found = Dispute.objects.filter(pk__in=disputes_by_person(resident_id(number, born=born).number))
            assert list(found) == [dispute]

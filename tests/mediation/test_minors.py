"""Who takes part through a guardian, whose age must be known, and who may be a guardian (Civil Code, arts. 17 to 35)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse

from casework.parts import add_part
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.documents.results import RESULTS
from mediation.models import Dispute, Guardian, Party
from mediation.workflow.minors import has_full_capacity
from offices.models import Membership
from offices.scoping import within
from tests.conftest import TODAY
from tests.factories import PartyFactory, dispute_in, resident_id, take_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ADULT = date(1980, 2, 29)
CHILD, YOUTH = date(2014, 5, 6), date(2009, 5, 20)


def party(name: str, born: date | None = ADULT, number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a party as the form cleans it; without a birth date it shows no paper either."""
    identifier = resident_id(number, born=born) if born else None
    return dict(PartyFactory.build(name=name, identifier=identifier, **more))


def case(clerk: Membership, state: str, first: dict[str, Any], **more: Any) -> Dispute:
    """Return a dispute of this first party against an adult."""
    return dispute_in(state, actor=clerk, parties=[first, party("对方某", number=9, role="respondent")], **more)


def guard(dispute: Dispute, clerk: Membership, name: str = "家长某", **values: Any) -> Guardian:
    """Give the first party a guardian."""
    with within(clerk):
        given = {"party": dispute.parties.first(), "name": name, "relation": "父母", **values}
        row = add_part(part_type=DISPUTE.part("guardian"), record=dispute, actor=clerk, values=given)
        return Guardian.objects.get(pk=row.pk)


class TestCapacity:
    """Pure: what age, labour and capacity come to."""

    @pytest.mark.parametrize(
        ("given", "full"),
        [
            ({"birth_date": date(2008, 5, 20)}, True),
            ({"birth_date": date(2008, 5, 21)}, False),
            ({"birth_date": YOUTH}, False),
            ({"birth_date": date(2010, 5, 20), "own_labour": True}, True),
            ({"birth_date": date(2010, 5, 21), "own_labour": True}, False),
            ({"birth_date": ADULT, "capacity": "limited"}, False),
            ({"birth_date": None, "capacity": "none"}, False),
            ({"birth_date": None}, True),
            ({"kind": "organisation"}, True),
        ],
    )
    def test_full_capacity_follows_age_labour_and_capacity(self, given: dict[str, Any], full: bool) -> None:
        assert has_full_capacity(Party(**{"kind": "person", **given}), TODAY) is full


class TestSteps:
    """Mediation begins, and an agreement is reached, with the guardian."""

    def test_a_child_s_case_is_accepted_before_the_guardian_has_come(self, clerk: Membership) -> None:
        assert case(clerk, "assigned", party("孩子某", CHILD)).state == "assigned"

    def test_mediation_does_not_begin_without_the_guardian(self, clerk: Membership) -> None:
        dispute = case(clerk, "assigned", party("孩子某", CHILD))
        with pytest.raises(NotPossible, match="孩子某.*监护人.*民法典第十九条"):
            take_step(dispute, "begin", actor=clerk, on=TODAY)
        guard(dispute, clerk, is_adult=True)
        assert take_step(dispute, "begin", actor=clerk, on=TODAY).state == "mediating"

    def test_who_lives_on_the_own_labour_needs_none(self, clerk: Membership) -> None:
        assert case(clerk, "agreed_written", party("青年某", YOUTH, own_labour=True)).state == "agreed_written"

    @pytest.mark.parametrize("step", ["agree_in_writing", "agree_orally"])
    def test_an_adult_of_limited_capacity_does_not_agree_alone(self, step: str, clerk: Membership) -> None:
        dispute = case(clerk, "mediating", party("老人某"))
        with within(clerk):
            Party.objects.filter(name="老人某").update(capacity="limited")
        with pytest.raises(NotPossible, match="老人某"):
            take_step(dispute, step, actor=clerk, on=TODAY)
        guard(dispute, clerk, is_adult=True)
        assert take_step(dispute, step, actor=clerk, on=TODAY).agreement_form

    def test_a_written_agreement_asks_for_the_birth_date_and_links_the_form(
        self, clerk: Membership, client_for: Any
    ) -> None:
        dispute = case(clerk, "mediating", party("某人", None))
        posted = {
            "on": "2026-05-20",
            "facts": "事实",
            "terms": "条款",
            "effective_on": "2026-05-20",
            "copies": "3",
            "items-TOTAL_FORMS": "0",
            "items-INITIAL_FORMS": "0",
            "parties_signed": "on",
            "mediators_signed": "on",
        }
        address = reverse("disputes:step", args=[dispute.public_id, "agree_in_writing"])
        answer = client_for(clerk).post(address, posted | {"sealed": "on"})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "某人的出生日期没有填写" in html
        assert f'href="{reverse("disputes:amend", args=[dispute.public_id])}"' in html
        assert "条款" in html

    def test_a_missing_guardian_links_the_guardian_s_form(self, clerk: Membership, client_for: Any) -> None:
        dispute = case(clerk, "assigned", party("孩子某", CHILD))
        address = reverse("disputes:step", args=[dispute.public_id, "begin"])
        posted = {"on": "2026-05-20", "rights_notice_on": "2026-05-20"}
        html = client_for(clerk).post(address, posted).content.decode()
        assert f'href="{reverse("disputes:add_part", args=[dispute.public_id, "guardian"])}"' in html

    def test_an_oral_agreement_passes_once_somebody_is_seen_to_be_of_age(
        self, clerk: Membership, client_for: Any
    ) -> None:
        dispute = case(clerk, "mediating", party("某人", None))
        client, address = client_for(clerk), reverse("disputes:step", args=[dispute.public_id, "agree_orally"])
        posted = {"on": "2026-05-20", "facts": "事实", "terms": "条款"}
        posted |= {"items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}
        assert "某人没有填写出生日期" in client.get(address).content.decode()
        refused = client.post(address, posted)
        assert (refused.status_code, "请勾选“已核实为成年人”" in refused.content.decode()) == (422, True)
        assert client.post(address, posted | {"adults_confirmed": "on"}).status_code == 303
        with within(clerk):
            assert Party.objects.get(name="某人").is_adult
            assert not Party.objects.get(name="对方某").is_adult

    @pytest.mark.parametrize("known", [{}, {"born": None, "is_adult": True}])
    def test_who_is_known_to_be_of_age_is_asked_nothing_orally(
        self, known: dict[str, Any], clerk: Membership, client_for: Any
    ) -> None:
        dispute = case(clerk, "mediating", party("某人", **known))
        address = reverse("disputes:step", args=[dispute.public_id, "agree_orally"])
        assert "adults_confirmed" not in client_for(clerk).get(address).content.decode()

    def test_a_guardian_who_became_an_opponent_is_none(self, clerk: Membership) -> None:
        dispute = case(clerk, "assigned", party("孩子某", CHILD))
        guard(dispute, clerk, id_kind="resident_id", id_number=resident_id(5).number)
        with within(clerk):
            Party.objects.create(
                dispute=dispute,
                position=3,
                role="respondent",
                kind="person",
                name="家长某",
                id_kind="resident_id",
                id_number=resident_id(5).number,
            )
        with pytest.raises(NotPossible, match="请先登记监护人"):
            take_step(dispute, "begin", actor=clerk, on=TODAY)

    def test_the_page_of_the_case_says_who_needs_one(self, clerk: Membership, client_for: Any) -> None:
        dispute = case(clerk, "accepted", party("孩子某", CHILD))
        client, address = client_for(clerk), reverse("disputes:detail", args=[dispute.public_id])
        assert "须登记监护人" in client.get(address).content.decode()
        guard(dispute, clerk, is_adult=True)
        html = client.get(address).content.decode()
        assert ("须登记监护人" in html, "监护人：家长某" in html) == (False, True)


class TestGuardians:
    """Who may be one."""

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"id_kind": "resident_id", "id_number": resident_id(3, born=CHILD).number}, "应当是成年人"),
            ({"birth_date": YOUTH}, "应当是成年人"),
            ({"id_kind": "resident_id", "id_number": resident_id(9).number}, "不能是对方当事人"),
            ({"name": "对方某"}, "与对方当事人同名"),
            (
                {"id_kind": "resident_id", "id_number": resident_id(3).number, "birth_date": date(1981, 1, 1)},
                "与证件号码中的出生日期",
            ),
        ],
    )
    def test_neither_a_minor_nor_an_opponent(self, given: dict[str, Any], told: str, clerk: Membership) -> None:
        dispute = case(clerk, "accepted", party("孩子某", CHILD))
        with pytest.raises(ValidationError, match=told):
            guard(dispute, clerk, **given)

    def test_a_namesake_of_the_opponent_is_asked_about(self, clerk: Membership) -> None:
        dispute = case(clerk, "accepted", party("孩子某", CHILD))
        assert guard(dispute, clerk, name="对方某", namesake_checked=True).name == "对方某"

    def test_two_numbers_tell_namesakes_apart(self, clerk: Membership) -> None:
        dispute = case(clerk, "accepted", party("孩子某", CHILD))
        row = guard(dispute, clerk, name="对方某", id_kind="resident_id", id_number=resident_id(4).number)
        assert row.birth_date == ADULT

    def test_an_adult_of_full_capacity_has_none(self, clerk: Membership) -> None:
        with pytest.raises(ValidationError, match="不需要监护人"):
            guard(case(clerk, "accepted", party("成人某")), clerk, is_adult=True)

    def test_the_form_asks_whether_the_guardian_is_of_age(self, clerk: Membership, client_for: Any) -> None:
        dispute = case(clerk, "accepted", party("孩子某", CHILD))
        with within(clerk):
            ward = dispute.parties.get(position=1)
        client, address = client_for(clerk), reverse("disputes:add_part", args=[dispute.public_id, "guardian"])
        posted = {"party": ward.pk, "name": "家长某", "relation": "母女", "id_kind": "resident_id"}
        refused = client.post(address, posted)
        assert (refused.status_code, "监护人应当是成年人：" in refused.content.decode()) == (422, True)
        assert client.post(address, posted | {"is_adult": "on"}).status_code == 303
        assert client.get(reverse("disputes:detail", args=[dispute.public_id]) + "?tab=records").status_code == 200

    def test_a_civil_affairs_office_may_be_one(self, clerk: Membership) -> None:
        dispute = case(clerk, "assigned", party("孩子某", CHILD))
        guard(dispute, clerk, name="石桥镇民政办", relation="指定监护", is_organisation=True)
        assert take_step(dispute, "begin", actor=clerk, on=TODAY).state == "mediating"


class TestPapers:
    """The guardian stands on the agreement, and people are as old as they were on its day."""

    def test_the_agreement_names_the_guardian_and_the_age_of_its_own_day(self, clerk: Membership) -> None:
        born = date(2011, 5, 15)
        dispute = case(clerk, "accepted", party("孩子某", born), on=date(2026, 5, 6))
        guard(dispute, clerk, is_adult=True)
        for step in ("assign", "begin", "agree_in_writing"):
            dispute = take_step(dispute, step, actor=clerk, on=TODAY)
        papers = {paper.code: paper for paper in RESULTS}
        with within(clerk):
            shown = papers["agreement"].context(dispute)["dispute"]["parties"][0]
            first = papers["visit"].context(dispute)["dispute"]["parties"][0]
        assert (shown["age"], first["age"]) == (15, 14)
        assert shown["guardians"][0]["name"] == "家长某"
        assert shown["id_label"] == "居民身份证"

    @pytest.mark.parametrize("paper", ["visit", "termination", "agreement", "oral_agreement"])
    def test_each_paper_of_the_result_names_the_guardian(self, paper: str) -> None:
        child = {"name": "孩子某", "guardians": [{"name": "家长某"}], "kind": "person", "role_label": "申请人"}
        context = {"dispute": {"parties": [child]}, "visits": [{"on": TODAY}]}
        assert "家长某" in render_to_string(f"print/mediation/{paper}.html", context)

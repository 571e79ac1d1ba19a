"""The register of mediators: adults, once in a committee, one director on a day, posts and certificates with their days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from casework.parts import add_part
from mediation.declarations.organisations import MEDIATOR_TYPE
from mediation.models import MediationCommittee, Mediator, MediatorPost
from mediation.models.organisations import serving_on
from mediation.services import organisations
from offices.models import Membership
from offices.scoping import within
from tests.factories import committee_of, resident_id
from tests.registers import new_committee, new_mediator

TODAY = date(2026, 5, 20)
BORN = date(1980, 3, 4)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def appointed(
    actor: Membership, name: str = "钱多", committee: MediationCommittee | None = None, **more: Any
) -> Mediator:
    """Appoint somebody, to the township's own committee unless another is named."""
    with within(actor):
        given = {"kind": "member", "appointed_from": TODAY, "position": "", **more}
        return organisations.appoint_mediator(
            actor=actor,
            registered_on=given["appointed_from"],
            committee=committee or committee_of(actor.office),
            title=name,
            **given,
        )


def refused(field: str, words: str) -> Any:
    """Expect a refusal beside a field."""
    return pytest.raises(ValidationError, match=rf"'{field}'.*{words}")


class TestAdults:
    def test_whoever_is_eighteen_on_the_day_may_be_appointed(self, clerk: Membership) -> None:
        born = date(2008, 5, 20)
        assert appointed(clerk, birth_date=born).birth_date == born
        with refused("appointed_from", "未满十八周岁.*第十四条"):
            appointed(clerk, "小钱", birth_date=born + timedelta(days=1))

    def test_the_number_tells_birth_date_and_sex(self, clerk: Membership) -> None:
        number = resident_id(3, born=BORN).number
        mediator = appointed(clerk, id_number=number)
        assert (mediator.birth_date, mediator.sex) == (BORN, "1")
        told: tuple[tuple[str, Any], ...] = (("birth_date", date(1980, 3, 5)), ("sex", "2"))
        for field, value in told:
            with refused(field, "与身份证号不符"):
                appointed(clerk, "钱二", id_number=resident_id(5, born=BORN).number, **{field: value})

    def test_a_child_by_the_number_is_refused(self, clerk: Membership) -> None:
        with refused("appointed_from", "未满十八周岁"):
            appointed(clerk, id_number=resident_id(3, born=date(2009, 1, 1)).number)

    def test_the_form_asks_for_one_of_them_and_checks_the_number(self, clerk: Membership, client_for: Any) -> None:
        with within(clerk):
            committee = committee_of(clerk.office).pk
        data = {"committee": committee, "title": "钱多", "kind": "member", "appointed_from": "2026-05-20"}
        client, address = client_for(clerk), reverse("mediators:open")
        answer = client.post(address, data)
        assert answer.status_code == 422
        assert "成年公民" in str(answer.context["form"].errors["birth_date"])
        number = resident_id(3, born=BORN).number
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        answer = client.post(address, data | {"id_number": wrong})
        assert "校验不符" in str(answer.context["form"].errors["id_number"])
        assert 'value="钱多"' in answer.content.decode()
        assert client.post(address, data | {"id_number": number}).status_code == 303

    def test_a_correction_is_held_against_the_same_rules(self, clerk: Membership) -> None:
        mediator = appointed(clerk, birth_date=BORN)
        with within(clerk), refused("appointed_from", "未满十八周岁"):
            organisations.amend_mediator(record=mediator, actor=clerk, version=1, birth_date=date(2010, 1, 1))


class TestOnce:
    def test_nobody_serves_twice_in_a_committee_on_a_day(self, clerk: Membership) -> None:
        number = resident_id(3, born=BORN).number
        appointed(clerk, id_number=number, appointed_from=TODAY - timedelta(days=9))
        with refused("title", "已在该调委会任职"):
            appointed(clerk, "钱多多", id_number=number)
        with refused("title", "已在该调委会任职"):
            appointed(clerk, birth_date=BORN)

    def test_a_namesake_and_another_committee_are_no_matter(self, clerk: Membership) -> None:
        number = resident_id(3, born=BORN).number
        appointed(clerk, id_number=number)
        appointed(clerk, id_number=resident_id(7, born=BORN).number)
        appointed(clerk, birth_date=BORN + timedelta(days=1))
        with within(clerk):
            other = new_committee(clerk.office, "新村人民调解委员会")
            other.save()
        assert appointed(clerk, committee=other, id_number=number).pk

    def test_who_has_left_serves_again_with_a_second_row(self, clerk: Membership) -> None:
        start, end = TODAY - timedelta(days=90), TODAY - timedelta(days=30)
        first = appointed(clerk, birth_date=BORN, appointed_from=start)
        with within(clerk):
            organisations.end_service(record=first, actor=clerk, on=end, departure="term_ended")
        with refused("title", "已在该调委会任职"):
            appointed(clerk, birth_date=BORN, appointed_from=end)
        again = appointed(clerk, birth_date=BORN, appointed_from=TODAY - timedelta(days=10))
        with within(clerk):
            for day, who in ((start, [first]), (end, [first]), (TODAY - timedelta(days=20), []), (TODAY, [again])):
                assert list(Mediator.objects.filter(serving_on(day), title="钱多")) == who


class TestDirectors:
    def test_there_is_one_on_a_day(self, clerk: Membership, client_for: Any) -> None:
        first = appointed(clerk, "甲", position="director", appointed_from=TODAY - timedelta(days=30))
        with refused("position", "甲任主任"):
            appointed(clerk, "乙", position="director")
        second = appointed(clerk, "乙", appointed_from=TODAY - timedelta(days=30))
        address = reverse("mediators:step", args=[second.public_id, "change_post"])
        answer = client_for(clerk).post(address, {"on": TODAY.isoformat(), "kind": "member", "position": "director"})
        assert (answer.status_code, "甲任主任" in str(answer.context["form"].errors["position"])) == (422, True)
        with within(clerk):
            assert not MediatorPost.objects.exists()
            organisations.change_post(record=first, actor=clerk, on=TODAY, kind="member", position="deputy")
            second = organisations.change_post(record=second, actor=clerk, on=TODAY, kind="member", position="director")
        assert (second.position, second.post_since) == ("director", TODAY)

    def test_the_past_counts_too(self, clerk: Membership) -> None:
        start = TODAY - timedelta(days=30)
        first = appointed(clerk, "甲", position="director", appointed_from=start)
        with within(clerk):
            organisations.change_post(record=first, actor=clerk, on=TODAY, kind="member", position="")
        with refused("position", "甲任主任（2026-04-20 – 2026-05-19）"):
            appointed(clerk, "乙", position="director", appointed_from=TODAY - timedelta(days=1))
        assert appointed(clerk, "乙", position="director").pk

    def test_the_database_holds_two_directors_apart(self, clerk: Membership) -> None:
        appointed(clerk, "甲", position="director")
        with within(clerk), pytest.raises(IntegrityError, match="one_director_per_committee"), transaction.atomic():
            new_mediator(committee_of(clerk.office), "乙", position="director").save()


class TestPosts:
    def test_another_post_keeps_the_one_before_it(self, clerk: Membership, client_for: Any) -> None:
        start, middle = TODAY - timedelta(days=60), TODAY - timedelta(days=20)
        mediator = appointed(clerk, "甲", appointed_from=start)
        with within(clerk):
            mediator = organisations.change_post(
                record=mediator, actor=clerk, on=middle, kind="member", position="deputy"
            )
            mediator = organisations.change_post(
                record=mediator, actor=clerk, on=TODAY, kind="member", position="director"
            )
            held = list(MediatorPost.objects.filter(mediator=mediator).values_list("position", "since", "until"))
            paper = MEDIATOR_TYPE.document("mediator_register").context(mediator)
        assert held == [
            ("", start, middle - timedelta(days=1)),
            ("deputy", middle, TODAY - timedelta(days=1)),
        ]
        assert mediator.serves_on(start)
        assert [post["name"] for post in paper["posts"]] == ["委员", "副主任"]
        page = client_for(clerk).get(reverse("mediators:detail", args=[mediator.public_id])).content.decode()
        assert "任职经历" in page

    @pytest.mark.parametrize(("days", "position", "field"), [(30, "deputy", "on"), (0, "", "position")])
    def test_it_begins_after_the_one_before_and_differs(
        self, days: int, position: str, field: str, clerk: Membership
    ) -> None:
        mediator = appointed(clerk, "甲", appointed_from=TODAY - timedelta(days=30))
        on = TODAY - timedelta(days=days)
        with within(clerk), pytest.raises(ValidationError) as error:
            organisations.change_post(record=mediator, actor=clerk, on=on, kind="member", position=position)
        assert set(error.value.error_dict) == {field}

    def test_a_corrected_appointment_moves_the_first_post(self, clerk: Membership) -> None:
        mediator = appointed(clerk, "甲", appointed_from=TODAY - timedelta(days=30))
        earlier = TODAY - timedelta(days=40)
        with within(clerk):
            mediator = organisations.change_post(
                record=mediator, actor=clerk, on=TODAY, kind="member", position="deputy"
            )
            organisations.amend_mediator(record=mediator, actor=clerk, version=mediator.version, appointed_from=earlier)
            assert MediatorPost.objects.get(mediator=mediator).since == earlier


class TestLeaving:
    @pytest.mark.parametrize("ground", ["partial", "insulting", "bribed", "indiscreet"])
    def test_a_dismissal_says_what_was_done(self, ground: str, clerk: Membership, client_for: Any) -> None:
        mediator = appointed(clerk, "甲")
        address = reverse("mediators:step", args=[mediator.public_id, "leave"])
        data = {"on": TODAY.isoformat(), "departure": ground}
        client = client_for(clerk)
        answer = client.post(address, data)
        assert (answer.status_code, "第十五条" in str(answer.context["form"].errors["note"])) == (422, True)
        assert client.post(address, data | {"note": "收受当事人烟酒。"}).status_code == 303
        page = client.get(reverse("mediators:detail", args=[mediator.public_id])).content.decode()
        assert "罢免（解聘）：" in page

    def test_nobody_leaves_before_the_present_post_began(self, clerk: Membership) -> None:
        mediator = appointed(clerk, "甲", appointed_from=TODAY - timedelta(days=30))
        with within(clerk):
            mediator = organisations.change_post(
                record=mediator, actor=clerk, on=TODAY, kind="member", position="deputy"
            )
            with refused("on", "现职起始日期"):
                organisations.end_service(
                    record=mediator, actor=clerk, on=TODAY - timedelta(days=1), departure="resigned"
                )


class TestTraining:
    def taught(self, mediator: Mediator, clerk: Membership, on: date, hours: int) -> None:
        """Enter a course."""
        values = {"on": on, "topic": "民法典", "hours": hours}
        with within(clerk):
            add_part(part_type=MEDIATOR_TYPE.part("training"), record=mediator, actor=clerk, values=values)

    def test_hours_are_summed_by_year_and_can_be_asked_for(self, clerk: Membership, client_for: Any) -> None:
        long_ago = date(2025, 1, 6)
        diligent, idle = (appointed(clerk, name, appointed_from=long_ago) for name in ("勤学", "懒学"))
        for on, hours in ((date(2025, 6, 1), 16), (date(2026, 3, 1), 4), (date(2026, 4, 1), 4)):
            self.taught(diligent, clerk, on, hours)
        self.taught(idle, clerk, date(2025, 7, 1), 2)
        client = client_for(clerk)
        page = client.get(reverse("mediators:detail", args=[diligent.public_id])).content.decode()
        assert "2026年：8学时" in page
        assert "2025年：16学时" in page
        for query, there in (
            ("hours_below=8", {idle}),
            ("hours_below=9", {diligent, idle}),
            ("hours_below=16&hours_year=2025", {idle}),
            ("hours_year=2025", {diligent, idle}),
        ):
            listed = client.get(f"{reverse('mediators:list')}?{query}").content.decode()
            assert {one for one in (diligent, idle) if one.public_id in listed} == there, query

    def test_a_course_before_the_appointment_is_refused(self, clerk: Membership) -> None:
        mediator = appointed(clerk, "甲")
        with pytest.raises(ValidationError, match="培训日期不能早于任职日期"):
            self.taught(mediator, clerk, TODAY - timedelta(days=1), 4)


def test_certificates_run_out_and_can_be_asked_for(clerk: Membership, client_for: Any) -> None:
    issued = date(2023, 5, 1)
    valid, soon, late = (
        appointed(clerk, name, certificate="37-1", certificate_on=issued, certificate_until=until)
        for name, until in (("甲", date(2027, 5, 1)), ("乙", date(2026, 7, 1)), ("丙", date(2026, 5, 1)))
    )
    client = client_for(clerk)
    for query, there in (("certificate=soon", soon), ("certificate=late", late)):
        listed = client.get(f"{reverse('mediators:list')}?{query}").content.decode()
        assert [one for one in (valid, soon, late) if one.public_id in listed] == [there]
    with pytest.raises(ValidationError, match="证件有效期应当晚于发证日期"):
        appointed(clerk, "丁", certificate_on=issued, certificate_until=issued)

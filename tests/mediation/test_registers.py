"""Committees and centres: composition, foundation, terms and end; deeds keep to the days in between."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.models import CountedEvent
from casework.parts import add_part
from casework.workflow import NotPossible
from mediation.declarations.organisations import CENTER_TYPE, COMMITTEE_TYPE
from mediation.models import CommitteeTerm, MediationCommittee, Mediator, OneStopCenter
from mediation.models.organisations import serving_on
from mediation.selectors import composition_problems
from mediation.services import organisations
from offices.models import Membership
from offices.scoping import within
from tests.factories import committee_of
from tests.registers import new_committee

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def founded(actor: Membership) -> MediationCommittee:
    """Register a committee that is being formed."""
    return organisations.register_committee(
        actor=actor,
        registered_on=TODAY,
        title="新村人民调解委员会",
        kind="village",
        short_name="新村",
        established_on=TODAY,
    )


def member(actor: Membership, committee: MediationCommittee, name: str, **more: Any) -> Mediator:
    """Enter a member."""
    given = {"sex": "1", "kind": "member", "appointed_from": TODAY, **more}
    return organisations.appoint_mediator(actor=actor, registered_on=TODAY, committee=committee, title=name, **given)


class TestCourses:
    @pytest.fixture
    def committee(self, clerk: Membership) -> MediationCommittee:
        """The clerk's own committee."""
        with within(clerk):
            return committee_of(clerk.office)

    def add(self, client: Any, committee: MediationCommittee, **changes: str) -> Any:
        """Post the form of a course."""
        data = {"on": "2026-05-12", "topic": "民法典与调解技巧", "organiser": "县司法局", "hours": "4", **changes}
        return client.post(reverse("committees:add_part", args=[committee.public_id, "course"]), data)

    def test_a_committee_enters_a_course_once_and_it_is_counted(
        self, committee: MediationCommittee, clerk: Membership, client_for: Any
    ) -> None:
        client = client_for(clerk)
        assert self.add(client, committee).status_code == 303
        again = self.add(client, committee)
        assert again.status_code == 422
        assert "已经登记" in again.content.decode()
        assert self.add(client, committee, topic="人民调解法").status_code == 303
        with within(clerk):
            assert committee.courses.count() == 2
            assert CountedEvent.objects.filter(kind="held", on=date(2026, 5, 12)).count() == 2

    def test_a_course_without_an_hour_is_refused_beside_the_field(
        self, committee: MediationCommittee, clerk: Membership, client_for: Any
    ) -> None:
        answer = self.add(client_for(clerk), committee, hours="0")
        assert answer.status_code == 422
        assert "民法典与调解技巧" in answer.content.decode()
        assert "学时至少为" in answer.content.decode()


class TestCommittees:
    @pytest.mark.parametrize(
        ("members", "problem"),
        [
            ([("甲", "2", "director"), ("乙", "1", "")], "三至九人"),
            ([("甲", "1", "director"), ("乙", "1", ""), ("丙", "1", "")], "妇女成员"),
            ([("甲", "2", ""), ("乙", "1", ""), ("丙", "1", "")], "主任"),
            ([(f"委员{n}", "2", "director" if not n else "") for n in range(10)], "三至九人"),
        ],
    )
    def test_it_is_established_only_as_article_8_asks(
        self, members: list[tuple[str, str, str]], problem: str, clerk: Membership
    ) -> None:
        with within(clerk):
            committee = founded(clerk)
            for name, sex, position in members:
                member(clerk, committee, name, sex=sex, position=position)
            with pytest.raises(NotPossible, match=f"第八条.*{problem}"):
                organisations.establish_committee(record=committee, actor=clerk, on=TODAY, term_from=TODAY)

    def test_its_term_is_three_years_and_its_foundation_counts(self, clerk: Membership) -> None:
        with within(clerk):
            committee = founded(clerk)
            for name, sex, position in (("甲", "2", "director"), ("乙", "1", ""), ("丙", "1", "")):
                member(clerk, committee, name, sex=sex, position=position)
            committee = organisations.establish_committee(record=committee, actor=clerk, on=TODAY, term_from=TODAY)
            assert committee.term_until == committee.due_on == date(2029, 5, 20)
            assert CountedEvent.objects.get(record_id=committee.pk, kind="established").on == TODAY
            with pytest.raises(NotPossible, match="3 名调解员在任"):
                organisations.dissolve_committee(record=committee, actor=clerk, on=TODAY, note="合并")

    def test_one_that_is_older_than_the_portal_keeps_its_day_of_foundation(self, clerk: Membership) -> None:
        long_ago = date(2015, 3, 2)
        with within(clerk):
            committee = founded(clerk)
            MediationCommittee.objects.filter(pk=committee.pk).update(established_on=long_ago)
            for name, sex, position in (("甲", "2", "director"), ("乙", "1", ""), ("丙", "1", "")):
                member(clerk, committee, name, sex=sex, position=position)
            committee.refresh_from_db()
            committee = organisations.establish_committee(record=committee, actor=clerk, on=TODAY, term_from=TODAY)
            assert (committee.established_on, committee.term_from) == (long_ago, TODAY)
            counted = CountedEvent.objects.filter(record_id=committee.pk, kind="established", is_replaced=False)
            assert [event.on for event in counted] == [long_ago]

    def test_the_end_counts_only_for_a_committee_that_was_established(self, clerk: Membership) -> None:
        with within(clerk):
            running, forming = new_committee(clerk.office, "旧调委会"), founded(clerk)
            running.save()
            given: dict[str, Any] = {"actor": clerk, "on": TODAY, "note": "合并"}
            for wrong, record in (
                (organisations.give_up_committee, running),
                (organisations.dissolve_committee, forming),
            ):
                with pytest.raises(NotPossible, match="当前状态"):
                    wrong(record=record, **given)
            ended = [
                organisations.dissolve_committee(record=running, **given),
                organisations.give_up_committee(record=forming, **given),
            ]
            counted = CountedEvent.objects.filter(kind="committee_dissolved").values_list("record_id", "on")
            assert [(one.state, one.dissolved_on) for one in ended] == [("dissolved", TODAY)] * 2
            assert list(counted) == [(running.pk, TODAY)]

    def test_a_committee_that_is_given_up_still_has_to_part_with_its_mediators(self, clerk: Membership) -> None:
        with within(clerk):
            forming = founded(clerk)
            member(clerk, forming, "甲")
            with pytest.raises(NotPossible, match="1 名调解员在任"):
                organisations.give_up_committee(record=forming, actor=clerk, on=TODAY, note="不再设立")

    def test_the_register_knows_who_served_on_a_day(self, clerk: Membership) -> None:
        with within(clerk):
            committee = committee_of(clerk.office)
            start = TODAY - timedelta(days=100)
            mediator = member(clerk, committee, "短期", appointed_from=start)
            end = TODAY - timedelta(days=50)
            organisations.end_service(record=mediator, actor=clerk, on=TODAY, departure="resigned")
            Mediator.objects.filter(pk=mediator.pk).update(appointed_until=end)
            for day, serves in (
                (start, True),
                (end, True),
                (end + timedelta(days=1), False),
                (start - timedelta(1), False),
            ):
                assert Mediator.objects.filter(serving_on(day), pk=mediator.pk).exists() is serves

    def test_a_director_there_is_exactly_one_as_of_the_day(self, clerk: Membership) -> None:
        with within(clerk):
            committee = founded(clerk)
            start = TODAY - timedelta(days=60)
            MediationCommittee.objects.filter(pk=committee.pk).update(established_on=start)
            people = [
                member(clerk, committee, name, sex=sex, position=position, appointed_from=start)
                for name, sex, position in (("甲", "2", "director"), ("乙", "1", ""), ("丙", "1", ""))
            ]
            Mediator.objects.filter(pk=people[0].pk).update(registered_on=start)
            organisations.change_post(record=people[0], actor=clerk, on=TODAY, kind="member", position="")
            assert composition_problems(committee, TODAY) == ["应设主任一人。"]
            assert composition_problems(committee, TODAY - timedelta(days=1)) == []


class TestTerms:
    def running(self, clerk: Membership, term_from: date) -> MediationCommittee:
        """Establish a committee of three on the first day of a term."""
        with within(clerk):
            committee = organisations.register_committee(
                actor=clerk,
                registered_on=term_from,
                title="新村人民调解委员会",
                kind="village",
                short_name="新村",
                established_on=term_from,
            )
            for name, sex, position in (("甲", "2", "director"), ("乙", "1", ""), ("丙", "1", "")):
                given: dict[str, Any] = {"sex": sex, "position": position, "kind": "member"}
                organisations.appoint_mediator(
                    actor=clerk,
                    registered_on=term_from,
                    committee=committee,
                    title=name,
                    appointed_from=term_from,
                    **given,
                )
            return organisations.establish_committee(
                record=committee, actor=clerk, on=term_from, term_from=term_from, filing_number="备1号"
            )

    def test_a_new_term_keeps_the_old_one_and_the_day_of_foundation(self, clerk: Membership, client_for: Any) -> None:
        first = date(2023, 5, 10)
        committee = self.running(clerk, first)
        with within(clerk):
            committee = organisations.renew_committee(
                record=committee, actor=clerk, on=TODAY, term_from=date(2026, 5, 15), filing_number="备2号"
            )
            kept = CommitteeTerm.objects.get(committee=committee)
        assert (kept.since, kept.until, kept.filing_number) == (first, date(2026, 5, 10), "备1号")
        assert (committee.established_on, committee.term_from, committee.term_until) == (
            *(first, date(2026, 5, 15), date(2029, 5, 15)),
        )
        page = client_for(clerk).get(reverse("committees:detail", args=[committee.public_id])).content.decode()
        assert "2023-05-10 – 2026-05-10" in page
        with within(clerk):
            assert COMMITTEE_TYPE.document("committee_register").context(committee)["terms"][0]["since"] == first

    def test_an_early_election_ends_the_old_term_the_day_before(self, clerk: Membership) -> None:
        committee = self.running(clerk, date(2025, 1, 6))
        with within(clerk):
            organisations.renew_committee(record=committee, actor=clerk, on=TODAY, term_from=TODAY)
            assert CommitteeTerm.objects.get(committee=committee).until == TODAY - timedelta(days=1)

    @pytest.mark.parametrize("term_from", [date(2025, 1, 6), date(2024, 1, 1)])
    def test_two_terms_do_not_overlap(self, term_from: date, clerk: Membership, client_for: Any) -> None:
        committee = self.running(clerk, date(2025, 1, 6))
        address = reverse("committees:step", args=[committee.public_id, "renew"])
        answer = client_for(clerk).post(address, {"on": TODAY.isoformat(), "term_from": term_from.isoformat()})
        assert answer.status_code == 422
        assert "两届任期不能重叠" in str(answer.context["form"].errors["term_from"])
        with within(clerk):
            assert not CommitteeTerm.objects.exists()


class TestDaysOfACommittee:
    def test_nothing_is_done_before_its_foundation(self, clerk: Membership) -> None:
        with within(clerk):
            committee = new_committee(clerk.office, "新村人民调解委员会", established_on=TODAY - timedelta(days=10))
            committee.save()
            early = TODAY - timedelta(days=11)
            funding = {"on": early, "kind": "work", "amount": 100}
            with pytest.raises(ValidationError, match="到账日期不能早于调委会设立日期"):
                add_part(part_type=COMMITTEE_TYPE.part("funding"), record=committee, actor=clerk, values=funding)
            with pytest.raises(ValidationError, match="任职日期不能早于调委会设立日期"):
                member(clerk, committee, "甲", appointed_from=early)
            leader = member(clerk, committee, "乙", appointed_from=TODAY - timedelta(days=5))
            for day, words in ((11, "调委会设立日期"), (6, "领衔调解员任职日期")):
                with pytest.raises(ValidationError, match=words):
                    organisations.open_studio(
                        actor=clerk,
                        registered_on=TODAY,
                        title="工作室",
                        committee=committee,
                        leader=leader,
                        established_on=TODAY - timedelta(days=day),
                    )

    def test_its_end_comes_after_its_money_its_studios_and_its_mediators(self, clerk: Membership) -> None:
        with within(clerk):
            committee = new_committee(clerk.office, "旧村人民调解委员会")
            committee.save()
            funding = {"on": TODAY - timedelta(days=1), "kind": "work", "amount": 100}
            add_part(part_type=COMMITTEE_TYPE.part("funding"), record=committee, actor=clerk, values=funding)
            leader = member(clerk, committee, "甲", appointed_from=TODAY - timedelta(days=9))
            studio = organisations.open_studio(
                actor=clerk,
                registered_on=TODAY,
                title="工作室",
                committee=committee,
                leader=leader,
                established_on=TODAY - timedelta(days=5),
            )
            end: dict[str, Any] = {"record": committee, "actor": clerk, "note": "合并"}
            with pytest.raises(ValidationError, match="还登记有经费到账"):
                organisations.dissolve_committee(on=TODAY - timedelta(days=2), **end)
            with pytest.raises(NotPossible, match="1 名调解员在任"):
                organisations.dissolve_committee(on=TODAY, **end)
            Mediator.objects.filter(pk=leader.pk).update(state="left", appointed_until=TODAY - timedelta(days=1))
            with pytest.raises(NotPossible, match="1 个个人调解工作室"):
                organisations.dissolve_committee(on=TODAY, **end)
            organisations.dissolve_studio(record=studio, actor=clerk, on=TODAY, note="合并")
            assert organisations.dissolve_committee(on=TODAY, **end).dissolved_on == TODAY

    def test_a_corrected_foundation_comes_before_its_deeds_and_before_its_end(self, clerk: Membership) -> None:
        with within(clerk):
            committee = new_committee(clerk.office, "旧村人民调解委员会", established_on=TODAY - timedelta(days=9))
            committee.save()
            funding = {"on": TODAY - timedelta(days=5), "kind": "work", "amount": 100}
            add_part(part_type=COMMITTEE_TYPE.part("funding"), record=committee, actor=clerk, values=funding)
            given: dict[str, Any] = {"record": committee, "actor": clerk, "version": 1}
            with pytest.raises(ValidationError, match="2026-05-15已有任期、任职或经费记录") as refused:
                organisations.amend_committee(established_on=TODAY - timedelta(days=4), **given)
            assert set(refused.value.error_dict) == {"established_on"}
            moved = organisations.amend_committee(established_on=TODAY - timedelta(days=5), **given)
            with pytest.raises(ValidationError, match="不能早于设立日期（2026-05-15）"):
                organisations.dissolve_committee(record=moved, actor=clerk, on=TODAY - timedelta(days=6), note="合并")


class TestCentres:
    def opened(self, clerk: Membership) -> OneStopCenter:
        """Open a centre ten days ago."""
        with within(clerk):
            return organisations.open_center(
                actor=clerk,
                registered_on=TODAY - timedelta(days=10),
                title="一站式中心",
                host="司法所",
                windows=2,
                opened_on=TODAY - timedelta(days=10),
            )

    def received(self, center: OneStopCenter, clerk: Membership, on: date) -> Any:
        """Enter the visitors of a day."""
        values = {"on": on, "visitors": 3}
        return add_part(part_type=CENTER_TYPE.part("reception"), record=center, actor=clerk, values=values)

    def test_it_receives_nobody_before_it_opened_nor_tomorrow(self, clerk: Membership, client_for: Any) -> None:
        center = self.opened(clerk)
        address = reverse("centers:add_part", args=[center.public_id, "reception"])
        client = client_for(clerk)
        for day, words in (("2026-05-09", "不能早于中心启用日期（2026-05-10）"), ("2026-05-21", "不能晚于今天")):
            answer = client.post(address, {"on": day, "visitors": 3, "taken": 0, "diverted": 0, "settled": 0})
            assert answer.status_code == 422
            assert words in str(answer.context["form"].errors["on"])

    def test_it_closes_after_the_last_day_on_which_it_received(self, clerk: Membership) -> None:
        center = self.opened(clerk)
        with within(clerk):
            self.received(center, clerk, TODAY - timedelta(days=1))
            close: dict[str, Any] = {"record": center, "actor": clerk, "note": "并入综治中心"}
            for day, words in ((2, "还登记有接待"), (11, "启用日期")):
                with pytest.raises(ValidationError, match=words):
                    organisations.close_center(on=TODAY - timedelta(days=day), **close)
            closed = organisations.close_center(on=TODAY, **close)
            assert closed.closed_on == TODAY
            with pytest.raises(NotPossible, match="当前状态"):
                self.received(closed, clerk, TODAY)

    def test_a_corrected_day_of_opening_comes_before_what_was_done_there(self, clerk: Membership) -> None:
        center = self.opened(clerk)
        with within(clerk):
            self.received(center, clerk, TODAY - timedelta(days=8))
            with pytest.raises(ValidationError, match="2026-05-12已有接待"):
                organisations.amend_center(record=center, actor=clerk, version=1, opened_on=TODAY)
            values = {"kind": "court", "name": "法庭", "since": TODAY, "until": TODAY - timedelta(days=1)}
            with pytest.raises(ValidationError, match="撤出日期不能早于入驻日期"):
                add_part(part_type=CENTER_TYPE.part("resident"), record=center, actor=clerk, values=values)

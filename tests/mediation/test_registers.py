"""Committees, mediators, screening, confirmation, alerts and the short form: their rules, through services and pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.models import CountedEvent, RecordEvent, RecordLink
from casework.workflow import NotPossible
from mediation.models import Dispute, JudicialConfirmation, MediationCommittee, Mediator, RiskAlert, ScreeningFinding
from mediation.models.organisations import serving_on
from mediation.services import alerts, confirmations, organisations, screening
from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import committee_of, dispute_in, take_step
from tests.registers import new_committee, one_of_each

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


def opening(slug: str, source: Dispute) -> str:
    """Return the address at which a record is opened out of a dispute."""
    return f"{reverse(f'{slug}:open')}?from=mediation.dispute/{source.public_id}"


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


class TestScreening:
    def test_a_finding_becomes_a_dispute_in_one_click_and_both_know_each_other(
        self, clerk: Membership, client_for: Any
    ) -> None:
        made = one_of_each(clerk)
        client = client_for(clerk)
        page = client.get(reverse("findings:detail", args=[made["findings"]])).content.decode()
        address = f"{reverse('disputes:open')}?from=mediation.screeningfinding/{made['findings']}"
        assert f'href="{address}"' in page
        form = client.get(address).content.decode()
        for text in ('value="孙一"', 'value="钱二"', "因滴水起争执。"):
            assert text in form
        with within(clerk):
            village = Village.objects.filter(office=clerk.office).earliest("code")
            data = {
                "parties-TOTAL_FORMS": 2,
                "parties-INITIAL_FORMS": 2,
                "dispute_type": "neighbourhood",
                "village": village.pk,
                "occurred_on": "2026-05-20",
                "source": "ex_officio",
                "committee": committee_of(clerk.office).pk,
                "brief": "因滴水起争执。",
            }
        for place, (role, name) in enumerate((("applicant", "孙一"), ("respondent", "钱二"))):
            data |= {f"parties-{place}-role": role, f"parties-{place}-kind": "person", f"parties-{place}-name": name}
        answer = client.post(address, data)
        assert answer.status_code == 303
        with within(clerk):
            link = RecordLink.objects.get()
            finding = ScreeningFinding.objects.get()
            dispute = Dispute.objects.get(pk=link.record_id)
            assert (finding.state, link.source_id) == ("handed", finding.pk)
        assert finding.public_id in client.get(answer.url).content.decode()
        shown = client.get(reverse("findings:detail", args=[finding.public_id])).content.decode()
        assert dispute.public_id in shown
        assert client.get(address).status_code == 303

    def test_a_round_ends_with_the_sums_of_its_villages(self, clerk: Membership) -> None:
        with within(clerk):
            villages = list(Village.objects.filter(office=clerk.office)[:2])
            visits = [
                {"village": village, "on": TODAY, "households": n, "persons": 2 * n}
                for n, village in enumerate(villages, start=10)
            ]
            found = screening.open_round(
                actor=clerk, registered_on=TODAY, kind="weekly", started_on=TODAY, organiser="周晓兰", visits=visits
            )
            found = screening.finish_round(record=found, actor=clerk, on=TODAY)
        assert (found.villages, found.households, found.persons) == (2, 21, 42)

    def test_a_round_without_a_village_does_not_end(self, clerk: Membership) -> None:
        with within(clerk):
            found = screening.open_round(
                actor=clerk, registered_on=TODAY, kind="weekly", started_on=TODAY, organiser="周晓兰"
            )
            with pytest.raises(NotPossible, match="走访的村居"):
                screening.finish_round(record=found, actor=clerk, on=TODAY)


class TestConfirmation:
    def planned(self, clerk: Membership, matters: list[str], on: date = TODAY) -> Any:
        """Return the plan to confirm an agreement of a day."""
        dispute = dispute_in("agreed_written", actor=clerk, on=on)
        with within(clerk):
            given = {"court": "石门县人民法院", "court_ground": "committee", "matters": matters}
            return confirmations.plan_confirmation(actor=clerk, registered_on=TODAY, source_record=dispute, **given)

    def apply(self, record: Any, clerk: Membership, **more: Any) -> Any:
        """Apply today, both parties together."""
        with within(clerk):
            given = {"on": TODAY, "jointly": True, **more}
            return confirmations.apply_for_confirmation(record=record, actor=clerk, **given)

    def test_it_is_due_thirty_days_after_the_effect(self, clerk: Membership) -> None:
        record = self.planned(clerk, [])
        # The thirtieth day, 19 June 2026, is the Dragon Boat Festival: the next working day is Monday.
        assert record.due_on == date(2026, 6, 22)
        assert self.apply(record, clerk).state == "applied"

    @pytest.mark.parametrize(
        ("matters", "more", "days", "article"),
        [
            (["status"], {}, 0, "第三百五十五条"),
            ([], {"jointly": False}, 0, "共同申请"),
            ([], {}, 40, "三十日"),
        ],
    )
    def test_what_a_court_must_refuse_is_refused_with_its_article(
        self, matters: list[str], more: dict[str, Any], days: int, article: str, clerk: Membership
    ) -> None:
        record = self.planned(clerk, matters, TODAY - timedelta(days=days))
        with pytest.raises(NotPossible, match=article):
            self.apply(record, clerk, **more)

    def test_an_oral_agreement_is_not_confirmed_however_far_it_is_followed(
        self, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("agreed_oral", actor=clerk, on=TODAY)
        dispute = take_step(dispute, "follow_performance", actor=clerk, on=TODAY)
        given = {"court": "石门县人民法院", "court_ground": "committee", "matters": []}
        with within(clerk), pytest.raises(NotPossible, match="书面"):
            confirmations.plan_confirmation(actor=clerk, registered_on=TODAY, source_record=dispute, **given)
        client = client_for(clerk)
        address = opening("confirmations", dispute)
        assert address not in client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        assert client.get(address).status_code == 303

    def test_the_step_looks_at_the_form_of_the_agreement_too(self, clerk: Membership) -> None:
        record = self.planned(clerk, [])
        with within(clerk):
            Dispute.objects.filter(pk=record.dispute_id).update(agreement_form="oral")
            record = JudicialConfirmation.objects.get(pk=record.pk)
        with pytest.raises(NotPossible, match="书面"):
            self.apply(record, clerk)

    @pytest.mark.parametrize("state", ["agreed_written", "performing", "performed", "breached", "visited", "closed"])
    def test_it_is_offered_wherever_there_is_an_agreement(self, state: str, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in(state, actor=clerk, on=TODAY)
        page = client_for(clerk).get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        assert opening("confirmations", dispute) in page

    def test_after_what_came_to_nothing_the_parties_apply_again(self, clerk: Membership) -> None:
        record = self.planned(clerk, [])
        given: dict[str, Any] = {"court": "石门县人民法院", "court_ground": "domicile", "matters": []}
        given["registered_on"] = TODAY
        with within(clerk):
            dispute = record.dispute
            with pytest.raises(NotPossible, match="不能重复"):
                confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)
            confirmations.give_up_application(record=record, actor=clerk, on=TODAY, note="改为自行履行")
            record = confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)
        record = self.apply(record, clerk)
        with within(clerk):
            confirmations.refuse_application(record=record, actor=clerk, on=TODAY, note="不属本院管辖")
            record = confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)
        record = self.apply(record, clerk)
        with within(clerk):
            record = confirmations.admit_application(record=record, actor=clerk, on=TODAY, court_number="民特1号")
            confirmations.dismiss_application(record=record, actor=clerk, on=TODAY, note="驳回")
            with pytest.raises(NotPossible, match="不能重复"):
                confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)

    def test_only_where_a_court_sent_the_dispute_did_a_court_invite(self, clerk: Membership, client_for: Any) -> None:
        plain = dispute_in("agreed_written", actor=clerk, on=TODAY)
        sent = dispute_in("agreed_written", actor=clerk, on=TODAY, source="referral_court")
        data = {"court": "石门县人民法院", "court_ground": "inviting"}
        client = client_for(clerk)
        refused = client.post(opening("confirmations", plain), data)
        assert refused.status_code == 422
        assert "法院委托移送" in refused.content.decode()
        assert 'value="inviting" selected' in client.get(opening("confirmations", sent)).content.decode()
        made = client.post(opening("confirmations", sent), data)
        assert made.status_code == 303
        other = client.post(opening("confirmations", plain), data | {"court_ground": "domicile"})
        corrected = client.post(f"{other.url}amend/", data | {"version": 1})
        assert corrected.status_code == 422
        assert "法院委托移送" in corrected.content.decode()


class TestAlerts:
    def raised(self, clerk: Membership, level: str = "red") -> RiskAlert:
        """Raise an alert about a case in mediation."""
        dispute = dispute_in("mediating", actor=clerk)
        with within(clerk):
            return alerts.raise_alert(
                actor=clerk,
                registered_on=TODAY,
                source_record=dispute,
                level=level,
                triggers=["threat", "weapon"],
                situation="扬言报复。",
                measure="已稳控。",
                responsible="王德福",
                raised_at=timezone.now(),
                follow_up_days=2,
            )

    @pytest.mark.parametrize(("level", "hours"), [("red", 2), ("orange", 24), ("yellow", 72)])
    def test_each_level_has_its_time_and_the_dispute_its_flags(self, level: str, hours: int, clerk: Membership) -> None:
        alert = self.raised(clerk, level)
        assert alert.report_by - alert.raised_at == timedelta(hours=hours)
        with within(clerk):
            assert Dispute.objects.get(pk=alert.dispute_id).risk_flags == ["threat", "weapon"]

    def test_the_county_acknowledges_and_nobody_else(
        self, clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        alert = self.raised(clerk)
        with within(clerk):
            alert = alerts.report_alert(record=alert, actor=clerk, on=TODAY, reported_to=["police_station"])
        address = reverse("alerts:step", args=[alert.public_id, "acknowledge"])
        answer = {"on": "2026-05-20", "note": "已派员处置"}
        assert client_for(clerk).post(address, answer).status_code == 403
        county = client_for(county_reviewer)
        assert "签收" in county.get(reverse("home")).content.decode()
        assert county.post(address, answer).status_code == 303
        with within(clerk):
            alert = RiskAlert.objects.get()
        assert (alert.state, alert.due_on) == ("acknowledged", TODAY + timedelta(days=2))

    def test_the_county_sees_every_alert_from_the_moment_it_is_raised(
        self, clerk: Membership, county_reviewer: Membership, city_reviewer: Membership, client_for: Any
    ) -> None:
        alert = self.raised(clerk)
        county = client_for(county_reviewer).get(reverse("home")).content.decode()
        assert "待签收的预警" in county
        assert alert.title in county
        assert "余1小时59分" in county or "余2小时0分" in county
        for other in (clerk, city_reviewer):
            assert "未签收的预警" not in client_for(other).get(reverse("home")).content.decode()

    def test_a_report_by_telephone_is_entered_with_its_own_time(self, clerk: Membership, client_for: Any) -> None:
        alert = self.raised(clerk)
        with within(clerk):
            RiskAlert.objects.update(raised_at=timezone.now() - timedelta(minutes=50))
            alert.refresh_from_db()
        called = timezone.localtime(alert.raised_at) + timedelta(minutes=10)
        address = reverse("alerts:step", args=[alert.public_id, "report"])
        early = (called - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
        given = {"on": TODAY.isoformat(), "reported_to": ["police_station"]}
        client = client_for(clerk)
        refused = client.post(address, given | {"reported_at": early})
        assert (refused.status_code, "上报时间不能早于发现时间" in refused.content.decode()) == (422, True)
        assert client.post(address, given | {"reported_at": called.strftime("%Y-%m-%dT%H:%M")}).status_code == 303
        with within(clerk):
            alert.refresh_from_db()
        assert alert.reported_at == called.replace(second=0, microsecond=0)
        assert alert.reported_to == ["police_station", "county_bureau"]

    def test_another_level_has_another_limit_and_ends_what_was_escalated(self, clerk: Membership) -> None:
        alert = self.raised(clerk, "red")
        with within(clerk):
            RiskAlert.objects.update(raised_at=timezone.now() - timedelta(hours=3), escalated_at=timezone.now())
            alert.refresh_from_db()
            fields = {name: getattr(alert, name) for name in ("situation", "measure", "responsible", "raised_at")}
            fields |= {"follow_up_days": 2, "triggers": ["threat", "domestic_violence"], "level": "yellow"}
            alert = alerts.amend_alert(record=alert, actor=clerk, version=alert.version, **fields)
            assert alert.report_by - alert.raised_at == timedelta(hours=72)
            assert alert.due_on == timezone.localdate(alert.report_by)
            assert (alert.escalated_at, alert.due_rule) == (None, "mediation.alert.yellow")
            flags = Dispute.objects.get(pk=alert.dispute_id).risk_flags
            assert flags == ["threat", "weapon", "domestic_violence"]

    def test_what_nobody_acknowledges_in_time_is_escalated_once(
        self, clerk: Membership, county_leader: Membership, city_reviewer: Membership, client_for: Any
    ) -> None:
        alert = self.raised(clerk)
        assert alerts.escalate_alerts() == 0
        with within(clerk):
            RiskAlert.objects.update(report_by=timezone.now() - timedelta(minutes=1))
        assert alerts.escalate_alerts() == 1
        assert alerts.escalate_alerts() == 0
        with within(clerk):
            entry = RecordEvent.objects.get(record_id=alert.pk, kind="escalated")
            assert entry.decider == "system"
        leader = client_for(county_leader).get(reverse("home")).content.decode()
        assert "待签收的预警" in leader
        assert "已超时" in leader
        assert alert.title in leader
        city = client_for(city_reviewer).get(reverse("home")).content.decode()
        assert "超时未签收的预警" in city
        assert alert.title not in city


class TestOralAgreement:
    def test_one_form_takes_every_step(self, clerk: Membership, client_for: Any) -> None:
        with within(clerk):
            village = Village.objects.filter(office=clerk.office).earliest("code")
            mediator = Mediator.objects.earliest("pk")
        data = {
            "applicant": "张三丰",
            "respondent": "𠮷㐂",
            "dispute_type": "neighbourhood",
            "village": village.pk,
            "mediator": mediator.pk,
            "on": "2026-05-20",
            "brief": "因停车发生口角。",
            "terms": "互相道歉，以后不占道。",
            "at_once": "on",
        }
        client = client_for(clerk)
        refused = client.post(reverse("register_oral"), data)
        assert refused.status_code == 422
        assert "第二十三" in refused.content.decode()
        with within(clerk):
            assert not Dispute.objects.exists()
        assert client.post(reverse("register_oral"), data | {"rights_told": "on"}).status_code == 303
        with within(clerk):
            dispute = Dispute.objects.get()
            kinds = set(CountedEvent.objects.values_list("kind", flat=True))
            steps = RecordEvent.objects.exclude(to_state="").count()
        assert (dispute.state, dispute.performance, dispute.agreement_form) == ("performed", "at_once", "oral")
        assert kinds == {"accepted", "succeeded"}
        assert steps == 6

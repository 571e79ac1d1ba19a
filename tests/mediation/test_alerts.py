"""Alerts: their time, who answers them, how they are followed up, upgraded, lowered, voided and closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casework.models import RecordEvent
from casework.parts import add_part
from casework.workflow import NotPossible
from mediation.declarations.alerts import ALERT_TYPE
from mediation.models import AlertReport, Dispute, RiskAlert
from mediation.services import alerts
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def raised(clerk: Membership, level: str = "red") -> RiskAlert:
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


def reported(clerk: Membership, level: str = "yellow") -> RiskAlert:
    """Raise an alert and report it."""
    alert = raised(clerk, level)
    with within(clerk):
        return alerts.report_alert(record=alert, actor=clerk, on=TODAY, reported_to=["police_station"])


def acknowledged(clerk: Membership, county: Membership, level: str = "yellow") -> RiskAlert:
    """Raise an alert that the county has acknowledged."""
    alert = reported(clerk, level)
    with within(county):
        return alerts.acknowledge_alert(record=alert, actor=county, on=TODAY, note="已派员处置")


def history(alert: RiskAlert) -> list[str]:
    """Return the kinds of what happened to an alert, in order."""
    return list(RecordEvent.objects.filter(record_id=alert.pk).order_by("id").values_list("kind", flat=True))


class TestAlerts:
    @pytest.mark.parametrize(("level", "hours"), [("red", 2), ("orange", 24), ("yellow", 72)])
    def test_each_level_has_its_time_and_the_dispute_its_flags(self, level: str, hours: int, clerk: Membership) -> None:
        alert = raised(clerk, level)
        assert alert.report_by - alert.raised_at == timedelta(hours=hours)
        with within(clerk):
            assert Dispute.objects.get(pk=alert.dispute_id).risk_flags == ["threat", "weapon"]

    def test_the_county_acknowledges_and_nobody_else(
        self, clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        alert = raised(clerk)
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
        alert = raised(clerk)
        county = client_for(county_reviewer).get(reverse("home")).content.decode()
        assert "待签收的预警" in county
        assert alert.title in county
        assert "余1小时59分" in county or "余2小时0分" in county
        assert "待上报和待签收的预警" in client_for(clerk).get(reverse("home")).content.decode()
        assert "未签收的预警" not in client_for(city_reviewer).get(reverse("home")).content.decode()

    def test_a_report_by_telephone_is_entered_with_its_own_time(self, clerk: Membership, client_for: Any) -> None:
        alert = raised(clerk)
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
        alert = raised(clerk, "red")
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
        alert = raised(clerk)
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


class TestFollowingUp:
    def test_what_was_done_is_noted_and_the_next_look_is_due_after_the_interval(
        self, clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        alert = acknowledged(clerk, county_reviewer)
        client = client_for(clerk)
        address = reverse("alerts:step", args=[alert.public_id, "track"])
        assert f'href="{address}"' in client.get(reverse("home")).content.decode()
        day = {"on": TODAY.isoformat(), "note": "双方分开居住，情绪平稳。"}
        assert client.post(address, day | {"follow_up_days": 0}).status_code == 422
        assert client.post(address, day | {"follow_up_days": 5}).status_code == 303
        with within(clerk):
            alert.refresh_from_db()
            assert (alert.state, alert.due_on, alert.follow_up_days) == ("acknowledged", TODAY + timedelta(days=5), 5)
            again = alerts.track_alert(record=alert, actor=clerk, on=TODAY, note="再次走访。")
            assert again.due_on == TODAY + timedelta(days=5)
            assert history(alert)[-2:] == ["track", "track"]

    def test_further_bodies_are_told_after_the_first_report_with_their_own_time(
        self, clerk: Membership, assistant: Membership, client_for: Any
    ) -> None:
        alert = raised(clerk)
        part = ALERT_TYPE.part("report_record")
        now = timezone.localtime()
        values = {"reported_to": ["petition"], "reported_at": now, "content": "通报上访苗头。"}
        with within(clerk), pytest.raises(NotPossible, match="当前状态"):
            add_part(part_type=part, record=alert, actor=clerk, values=values)
        with within(clerk):
            alert = alerts.report_alert(record=alert, actor=clerk, on=TODAY, reported_to=["police_station"])
        address = reverse("alerts:add_part", args=[alert.public_id, "report_record"])
        assert client_for(assistant).get(address).status_code == 403
        data = {"reported_to": ["petition", "politics_law"], "content": "通报上访苗头。"}
        early = (now - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")
        client = client_for(clerk)
        refused = client.post(address, data | {"reported_at": early})
        assert (refused.status_code, "首次上报" in refused.content.decode()) == (422, True)
        assert client.post(address, data | {"reported_at": now.strftime("%Y-%m-%dT%H:%M")}).status_code == 303
        with within(clerk):
            assert AlertReport.objects.get().reported_to == ["petition", "politics_law"]
            paper = ALERT_TYPE.document("alert_report").context(alert)
        assert paper["reports"][0]["content"] == "通报上访苗头。"


class TestLevels:
    def upgrade(self, alert: RiskAlert, clerk: Membership, level: str = "red", **more: Any) -> RiskAlert:
        """Raise an alert's level now."""
        given = {"level": level, "relevelled_at": timezone.now(), "note": "对方购买刀具。", **more}
        with within(clerk):
            return alerts.upgrade_alert(record=alert, actor=clerk, **given)

    def test_a_higher_level_runs_from_its_own_moment_and_is_acknowledged_anew(
        self, clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        alert = acknowledged(clerk, county_reviewer)
        with within(clerk):
            RiskAlert.objects.update(raised_at=timezone.now() - timedelta(days=2), escalated_at=timezone.now())
            alert.refresh_from_db()
        address = reverse("alerts:step", args=[alert.public_id, "upgrade"])
        moment = timezone.localtime()
        data = {"level": "red", "relevelled_at": moment.strftime("%Y-%m-%dT%H:%M"), "note": "对方购买刀具。"}
        assert client_for(county_reviewer).post(address, data).status_code == 403
        assert client_for(clerk).post(address, data).status_code == 303
        with within(clerk):
            alert.refresh_from_db()
            assert (alert.state, alert.level, alert.acknowledged_at, alert.escalated_at) == (
                *("reported", "red", None, None),
            )
            assert alert.report_by == moment.replace(second=0, microsecond=0) + timedelta(hours=2)
            assert (alert.due_on, alert.due_rule) == (TODAY, "mediation.alert.red")
            assert "红色预警" in alert.title
            note = RecordEvent.objects.get(record_id=alert.pk, kind="upgrade").note
        assert note == "黄色 → 红色 · 对方购买刀具。"
        page = client_for(county_reviewer).get(reverse("home")).content.decode()
        assert reverse("alerts:step", args=[alert.public_id, "acknowledge"]) in page

    def test_what_is_upgraded_and_not_acknowledged_is_escalated_again(
        self, clerk: Membership, county_reviewer: Membership
    ) -> None:
        alert = self.upgrade(acknowledged(clerk, county_reviewer), clerk)
        with within(clerk):
            RiskAlert.objects.update(report_by=timezone.now() - timedelta(minutes=1))
        assert alerts.escalate_alerts() == 1
        with within(clerk):
            assert history(alert)[-2:] == ["upgrade", "escalated"]

    @pytest.mark.parametrize(("level", "minutes", "field"), [("yellow", 0, "level"), ("red", 90, "relevelled_at")])
    def test_an_upgrade_is_graver_and_comes_after_the_danger_was_seen(
        self, level: str, minutes: int, field: str, clerk: Membership, county_reviewer: Membership
    ) -> None:
        alert = acknowledged(clerk, county_reviewer, "orange")
        with pytest.raises(ValidationError) as refused:
            self.upgrade(alert, clerk, level, relevelled_at=timezone.now() - timedelta(minutes=minutes))
        assert set(refused.value.error_dict) == {field}

    def test_the_county_alone_lowers_a_level_and_has_seen_it_by_that(
        self, clerk: Membership, county_leader: Membership, client_for: Any
    ) -> None:
        alert = reported(clerk, "red")
        address = reverse("alerts:step", args=[alert.public_id, "lower"])
        moment = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
        data = {"level": "yellow", "relevelled_at": moment, "note": "刀具已收缴。", "follow_up_days": 7}
        assert client_for(clerk).post(address, data).status_code == 403
        client = client_for(county_leader)
        wrong = client.post(address, data | {"level": "red"})
        assert (wrong.status_code, "更低的等级" in wrong.content.decode()) == (422, True)
        assert client.post(address, data).status_code == 303
        with within(clerk):
            alert.refresh_from_db()
        assert (alert.state, alert.level, alert.due_on) == ("acknowledged", "yellow", TODAY + timedelta(days=7))
        assert alert.acknowledged_at is not None


class TestVoid:
    def test_the_county_alone_voids_what_was_raised_in_error(
        self, clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        alert = raised(clerk)
        address = reverse("alerts:step", args=[alert.public_id, "void"])
        data = {"on": TODAY.isoformat(), "note": "系误报，双方系玩笑。"}
        assert client_for(clerk).post(address, data).status_code == 403
        county = client_for(county_reviewer)
        assert county.post(address, data | {"note": ""}).status_code == 422
        assert county.post(address, data).status_code == 303
        with within(clerk):
            alert.refresh_from_db()
        assert (alert.state, alert.voided_on, alert.void_reason) == ("voided", TODAY, data["note"])
        assert alert.due_on is None
        for person in (clerk, county_reviewer):
            assert alert.public_id not in client_for(person).get(reverse("home")).content.decode()

    def test_what_is_void_or_closed_goes_nowhere(self, clerk: Membership, county_reviewer: Membership) -> None:
        closed = acknowledged(clerk, county_reviewer)
        with within(clerk):
            closed = alerts.close_alert(record=closed, actor=clerk, on=TODAY, outcome="已握手言和。")
        with within(county_reviewer), pytest.raises(NotPossible, match="已解除"):
            alerts.void_alert(record=closed, actor=county_reviewer, on=TODAY, note="误报")


class TestHome:
    def test_it_leads_with_what_is_late_and_its_queries_do_not_grow(
        self, clerk: Membership, head: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        first, second = reported(clerk, "red"), reported(clerk, "yellow")
        with within(clerk):
            RiskAlert.objects.filter(pk=second.pk).update(escalated_at=timezone.now())
        client = client_for(county_reviewer)
        page = client.get(reverse("home")).content.decode()
        assert page.index(second.title) < page.index(first.title)
        assert page.index("待签收的预警") < page.index("待办收件箱")
        assert reverse("alerts:step", args=[first.public_id, "acknowledge"]) in page
        before = self.queries(client)
        for _number in range(6):
            raised(clerk)
        assert self.queries(client) == before
        office = client_for(head).get(reverse("home"))
        lead = office.context["leading"][0]
        assert len(lead["items"]) == 5
        assert {item["action_url"].rsplit("/", 2)[1] for item in lead["items"] if "action_url" in item} == {"report"}

    def queries(self, client: Any) -> int:
        """Return how many queries the first page takes."""
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("home"))
        return len(captured)

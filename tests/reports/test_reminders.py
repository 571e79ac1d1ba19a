"""What the first page and the menu say of the monthly reports: to who fills, who signs, who reviews."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from reports import reporting
from reports.reminders import WAITS, lower_panel, own_panel, waiting_sheets
from tests.reports.chain_people import checked, sheet, submitted
from tests.reports.issuing import APRIL

pytestmark = [pytest.mark.usefixtures("today"), pytest.mark.fresh_database]
FIRST_WORKDAY, IN_TIME, AFTER = (f"2026-05-{day} 10:00:00+08:00" for day in ("06", "08", "09"))


@pytest.fixture
def month(ledger: list[Dispute]) -> date:
    """April, laid out for every unit; the offices are due on 8 May."""
    reporting.open_month(APRIL)
    return APRIL


def panel(member: Membership, make: Any) -> dict[str, Any]:
    """Return what a panel shows a person, empty when it is not there."""
    with within(member):
        return make(member) or {}


def told(member: Membership, make: Any) -> list[tuple[str, str]]:
    """Return tag and button of each item."""
    return [(item["tag"], str(item.get("action_label", ""))) for item in panel(member, make).get("items", [])]


def waiting(member: Membership) -> int:
    """Return the number beside the menu's entry."""
    with within(member):
        return waiting_sheets(member).count()


class TestWhoFills:
    """The own unit's sheets."""

    @pytest.mark.parametrize(
        ("moment", "tag", "leads"),
        [
            # Two working days before: 6 May; the day before that is a day off, two working days after it is 7 May.
            ("2026-05-05 10:00:00+08:00", "", False),
            (FIRST_WORKDAY, "还有 2 天", False),
            (IN_TIME, "今天到期", True),
            ("2026-05-08 23:59:59+08:00", "今天到期", True),
            ("2026-05-09 00:00:00+08:00", "逾期 1 天", True),
        ],
    )
    def test_a_clerk_is_reminded_before_the_day(
        self, month: date, clerk: Membership, moment: str, tag: str, leads: bool
    ) -> None:
        with time_machine.travel(moment):
            assert told(clerk, own_panel) == ([(tag, "自校")] * 2 if tag else [])
            assert panel(clerk, own_panel).get("leads", False) is leads

    def test_the_page_shows_it_with_the_way_to_the_form(self, month: date, clerk: Membership, client_for: Any) -> None:
        ref = sheet(clerk.office, month).public_id
        html = client_for(clerk).get(reverse("home")).content.decode()
        assert "统计月报待办" in html
        assert reverse("sheet_step", args=[ref, "check"]) in html

    def test_what_is_done_is_gone_and_what_came_back_is_there(
        self, month: date, clerk: Membership, county_statistician: Membership
    ) -> None:
        with time_machine.travel(FIRST_WORKDAY):
            sent = submitted(clerk.office, month)
            assert len(told(clerk, own_panel)) == 1
            reporting.return_sheet(sheet=sent, actor=county_statistician, note="请核实。")
            assert len(told(clerk, own_panel)) == 2

    def test_a_county_is_reminded_of_its_own(self, month: date, county_statistician: Membership) -> None:
        with time_machine.travel(IN_TIME):
            # Due on Monday the 11th: Saturday the 9th is worked, so that it is the second working day from here.
            assert [tag for tag, _button in told(county_statistician, own_panel)] == ["还有 3 天"] * 2


class TestWhoSigns:
    """A checked sheet waits for the head, whatever the day."""

    def test_a_head_is_told_what_waits_for_the_signature(
        self, month: date, clerk: Membership, head: Membership
    ) -> None:
        with time_machine.travel("2026-05-04 10:00:00+08:00"):
            checked(clerk.office, month)
            assert told(head, own_panel) == [("还有 4 天", "签字报送")]
            assert told(clerk, own_panel) == []
        with time_machine.travel(AFTER):
            assert sorted(told(head, own_panel)) == [("逾期 1 天", "签字报送"), ("逾期 1 天", "自校")]
            # Who cannot sign sees that it is late, and no button.
            assert sorted(told(clerk, own_panel)) == [("逾期 1 天", ""), ("逾期 1 天", "自校")]


class TestWhoReviews:
    """The sheets directly below."""

    def test_submitted_sheets_wait_and_late_units_are_named(
        self, month: date, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership
    ) -> None:
        with time_machine.travel(FIRST_WORKDAY):
            assert told(county_statistician, lower_panel) == []
            submitted(clerk.office, month)
            assert told(county_statistician, lower_panel) == [("待审核 1", "审核")]
        with time_machine.travel(AFTER):
            assert told(county_statistician, lower_panel) == [("逾期 2", ""), ("逾期 1", "审核")]
            ten, nine = panel(county_statistician, lower_panel)["items"]
            assert ten["line"] == "未报送：石桥司法所、柳河司法所"
            assert nine["line"] == "未报送：柳河司法所 · 待审核 1"

    def test_what_is_due_next_is_told_the_working_day_before(
        self, month: date, county_statistician: Membership
    ) -> None:
        with time_machine.travel("2026-05-07 10:00:00+08:00"):
            assert told(county_statistician, lower_panel) == [("即将到期 2", "")] * 2

    def test_a_leader_sees_who_is_late_and_no_review(
        self, month: date, clerk: Membership, sibling_clerk: Membership, county_leader: Membership
    ) -> None:
        submitted(clerk.office, month)
        submitted(sibling_clerk.office, month)
        items = panel(county_leader, lower_panel)["items"]
        assert [item["text"].split()[1] for item in items] == ["鲁司统10表"]

    def test_city_and_province_see_the_units_directly_below(
        self, month: date, city_statistician: Membership, province_statistician: Membership
    ) -> None:
        for viewer, names in ((city_statistician, "石门县、青河高新区"), (province_statistician, "青河市、海安市")):
            [first, _second] = panel(viewer, lower_panel)["items"]
            assert first["line"] == f"未报送：{names}"

    def test_nobody_else_is_told(self, month: date, clerk: Membership, member: Any) -> None:
        assert panel(clerk, lower_panel) == {}
        for name in ("assistant", "system_admin", "audit_admin"):
            assert panel(member(name), lower_panel) == panel(member(name), own_panel) == {}


class TestTheMenu:
    """The number beside the entry is what waits for a deed of the person."""

    def test_it_follows_a_sheet_on_its_way(
        self, month: date, clerk: Membership, head: Membership, county_statistician: Membership, assistant: Membership
    ) -> None:
        own = 2
        assert [waiting(one) for one in (clerk, head, county_statistician, assistant)] == [2, 2, own, 0]
        checked(clerk.office, month)
        # The head may fill as well: one to fill, one to sign.
        assert [waiting(one) for one in (clerk, head, county_statistician)] == [1, 2, own]
        one = sheet(clerk.office, month)
        sent = reporting.submit_sheet(sheet=one, actor=head, digest=one.digest)
        assert [waiting(one) for one in (clerk, head, county_statistician)] == [1, 1, own + 1]
        reporting.approve_sheet(sheet=sent, actor=county_statistician)
        assert [waiting(one) for one in (clerk, head, county_statistician)] == [1, 1, own]

    def test_every_page_shows_it_in_its_one_question(self, month: date, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        client.get(reverse("drafts"))
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(reverse("drafts"))
        items = {item["url"]: item.get("count") for group in answer.context["menu"] for item in group["items"]}
        assert items[reverse("sheets")] == 2
        [question] = [one["sql"] for one in asked if 'FROM "reports_unitsheet"' in one["sql"]]
        assert "UNION ALL" in question
        assert f"'{WAITS}'" in question

    def test_panels_cost_the_same_however_much_waits(
        self,
        month: date,
        clerk: Membership,
        sibling_clerk: Membership,
        county_statistician: Membership,
        client_for: Any,
    ) -> None:
        client, costs = client_for(county_statistician), []
        for waits in (False, True):
            if waits:
                submitted(clerk.office, month)
                submitted(sibling_clerk.office, month)
                reporting.open_month(date(2026, 3, 1))
            client.get(reverse("home"))
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("home"))
            costs.append(sum('FROM "reports_unitsheet"' in one["sql"] for one in asked))
        # One for the menu, one for the own sheets, one for those below.
        assert costs == [3, 3]

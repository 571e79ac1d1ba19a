"""Months and changes of units: a merger in mid-month, names of an old month, and months that forbid a change."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework import lines
from mediation.models import Dispute
from offices.changes import Facts, NotDecided, adopt_change
from offices.models import Membership, Office
from offices.scoping import system, within
from reports import rollup
from reports.models import Cell, UnitSheet
from reports.reporting import open_month
from reports.selectors import lower_units, unit_in_reach
from reports.sheet_freezing import figures_of
from tests.changing import changed, drafted, planned
from tests.conftest import find_member, sign_in
from tests.factories import dispute_in, take_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
MERGED = date(2026, 5, 11)


def cell(unit: Office, month: date) -> dict[str, int]:
    with system("test"):
        found = Cell.objects.filter(unit=unit, month=month, line="mediation").values_list("figures", flat=True)
        return dict(found.first() or {})


def merge(giver: Membership, receiver: Membership) -> None:
    plan = planned("merge", giver.office, on=MERGED, into=receiver.office)
    changed(plan, find_member("system_admin"), find_member("province_line_lead"))
    rollup.drain()


class TestAMergerInMidMonth:
    """柳河 merges into 石桥 on 11 May."""

    @pytest.fixture
    def disputes(self, clerk: Membership, sibling_clerk: Membership) -> list[Dispute]:
        """One of April and one of May at 柳河, one of May at 石桥; the merger; and one more step and case afterwards."""
        first = dispute_in("mediating", actor=sibling_clerk, on=date(2026, 4, 8))
        second = dispute_in("accepted", actor=sibling_clerk, on=date(2026, 5, 6))
        own = dispute_in("accepted", actor=clerk, on=date(2026, 5, 7))
        rollup.drain()
        self.april = cell(sibling_clerk.office, APRIL), cell(sibling_clerk.office.county, APRIL)  # type: ignore[arg-type]
        merge(sibling_clerk, clerk)
        take_step(first, "agree_orally", actor=clerk, on=date(2026, 5, 15))
        later = dispute_in("accepted", actor=clerk, on=date(2026, 5, 18))
        rollup.drain()
        return [first, second, own, later]

    def test_the_month_before_reads_as_it_did(self, disputes: list[Dispute], sibling_clerk: Membership) -> None:
        county = sibling_clerk.office.county
        assert county is not None
        assert self.april[0]["T9.01"] == 1
        assert (cell(sibling_clerk.office, APRIL), cell(county, APRIL)) == self.april

    def test_each_counts_what_it_did_in_the_month_and_the_balances_close(
        self, disputes: list[Dispute], clerk: Membership, sibling_clerk: Membership
    ) -> None:
        line = lines.line("mediation")
        form = lines.form("T9")[1]
        open_month(MAY)
        with system("test"):
            sheets = {sheet.unit_id: sheet for sheet in UnitSheet.objects.filter(month=MAY, form="T9")}
            predecessor, successor = sheets[sibling_clerk.office_id], sheets[clerk.office_id]
            county = clerk.office.county
            assert county is not None
            found = {
                name: {code: one["current"] for code, one in figures_of(sheet, line, form).figures.items()}
                for name, sheet in (("old", predecessor), ("new", successor))
            }
        assert (found["old"]["T9.01"], found["new"]["T9.01"]) == (1, 2)
        assert (found["old"]["T9.B"], found["new"]["T9.B"]) == (0, 3)
        counted = cell(county, MAY)
        assert counted["T9.01"] == 3
        assert found["new"]["T9.03"] == 1

    def test_the_predecessor_reports_its_last_month_and_no_later_one(
        self, disputes: list[Dispute], clerk: Membership, sibling_clerk: Membership
    ) -> None:
        for month in (MAY, JUNE):
            open_month(month)
        with system("test"):
            old = UnitSheet.objects.filter(unit=sibling_clerk.office, form="T9")
            new = UnitSheet.objects.filter(unit=clerk.office, form="T9")
            assert list(old.values_list("month", flat=True)) == [MAY]
            assert set(new.values_list("month", flat=True)) == {MAY, JUNE}
            assert old.get().parent_id == sibling_clerk.office.county_id

    def test_its_people_see_its_last_sheet(self, disputes: list[Dispute], sibling_clerk: Membership) -> None:
        open_month(MAY)
        client = sign_in(find_member("sibling_clerk"))
        with system("test"):
            sheet = UnitSheet.objects.get(unit=sibling_clerk.office, form="T9", month=MAY)
        assert client.get(reverse("sheet", args=[sheet.public_id])).status_code == 200
        assert client.get(reverse("sheets")).status_code == 200


class TestNames:
    """A month's tables name the units as they were called on its last day."""

    @pytest.fixture
    def renamed(self, clerk: Membership) -> Office:
        office = clerk.office
        facts = Facts(code="379121190", area_name="石桥街道")
        plan = planned("rename", office, on=MERGED, facts=facts)
        changed(plan, find_member("system_admin"), find_member("province_line_lead"))
        return Office.objects.get(pk=office.pk)

    def test_sheets_that_are_laid_out_later_bear_the_old_name(self, renamed: Office) -> None:
        for month in (APRIL, MAY):
            open_month(month)
        with system("test"):
            found = UnitSheet.objects.filter(unit=renamed, form="T9").order_by("month")
            assert list(found.values_list("unit_name", "unit_code")) == [
                ("石桥司法所", "379121100"),
                ("石桥街道司法所", "379121190"),
            ]

    def test_dashboards_name_and_find_it_by_either_code(self, renamed: Office, county_reviewer: Membership) -> None:
        county = county_reviewer.office
        names = {month: {unit.short_name for unit in lower_units(county, month, [])} for month in (APRIL, MAY)}
        assert "石桥司法所" in names[APRIL]
        assert "石桥街道司法所" in names[MAY]
        for code in ("379121100", "379121190"):
            found = unit_in_reach(county_reviewer, code, date(2026, 5, 31))
            assert found is not None
            assert (found.pk, found.short_name) == (renamed.pk, "石桥街道司法所")


class TestMonthsThatForbid:
    """What has been reported is not changed from behind."""

    def state(self, unit: Office, state: str) -> None:
        open_month(APRIL)
        with system("test"):
            UnitSheet.objects.filter(unit=unit, form="T9", month=APRIL).update(state=state)

    def plan(self, office: Office) -> object:
        return planned("rename", office, on=date(2026, 4, 27), facts=Facts(code=office.code, area_name="石桥街道"))

    @pytest.mark.parametrize("state", ["submitted", "approved", "locked"])
    def test_a_reported_month_forbids(self, state: str, clerk: Membership, system_admin: Membership) -> None:
        self.state(clerk.office, state)
        with pytest.raises(ValidationError, match="2026-04的报表已经报送"):
            drafted(system_admin, self.plan(clerk.office))  # type: ignore[arg-type]

    def test_a_month_that_the_county_has_added_up_forbids(self, clerk: Membership, system_admin: Membership) -> None:
        county = clerk.office.county
        assert county is not None
        self.state(county, "checked")
        with pytest.raises(ValidationError, match="2026-04"):
            drafted(system_admin, self.plan(clerk.office))  # type: ignore[arg-type]

    def test_a_month_reported_between_draft_and_decision_forbids_the_adoption(
        self, clerk: Membership, system_admin: Membership, province_line_lead: Membership
    ) -> None:
        change = drafted(system_admin, self.plan(clerk.office))  # type: ignore[arg-type]
        self.state(clerk.office, "submitted")
        with within(province_line_lead), pytest.raises(NotDecided, match="2026-04"):
            adopt_change(change=change, by=province_line_lead)

    def test_an_open_month_is_laid_out_and_named_anew(
        self, clerk: Membership, sibling_clerk: Membership, system_admin: Membership, province_line_lead: Membership
    ) -> None:
        open_month(APRIL)
        facts = Facts(code="379121105", area_name="石柳镇")
        plan = planned("merge", clerk.office, sibling_clerk.office, on=date(2026, 4, 27), facts=facts)
        changed(plan, system_admin, province_line_lead)
        changed(
            planned(
                "rename",
                find_member("zone_clerk").office,
                on=date(2026, 4, 27),
                facts=Facts(code="379171001", area_name="科创街道"),
            ),
            system_admin,
            province_line_lead,
        )
        with system("test"):
            april = UnitSheet.objects.filter(month=APRIL, form="T9", level="office")
            names = set(april.values_list("unit_name", flat=True))
        assert {"石桥司法所", "柳河司法所", "石柳镇司法所", "科创街道司法所"} <= names
        assert "科苑司法所" not in names

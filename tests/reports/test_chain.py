"""The monthly chain: every step of its table, who may take it, and that what was signed stands."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from casework.models import Job
from casework.workflow import NotPossible
from mediation.models import Dispute
from offices.models import Level, Membership, Office
from offices.permissions import ALLOWED
from offices.scoping import system, within
from reports import reporting, rollup
from reports.chain import CHAIN
from reports.locking import digest_of_edition, newest_sheets
from reports.models import Cell, DifferenceNotice, MonthEdition, SheetAction, SheetRow, UnitSheet
from reports.sheet_digests import is_unchanged
from reports.sheet_freezing import children_of
from reports.sheet_reading import cells_to_type
from tests.factories import dispute_in
from tests.reports.chain_people import (
    FILLERS,
    SIGNERS,
    TYPED,
    approved,
    check_once,
    checked,
    everything_approved,
    filler,
    locked,
    sheet,
    submitted,
    units,
)
from tests.reports.issuing import APRIL
from tests.reports.reference import flows as reference_flows

pytestmark = pytest.mark.usefixtures("today")


def sum_of_rows(one: UnitSheet, code: str) -> int:
    """Return what the stored rows of a sheet add up to."""
    rows = SheetRow.objects.filter(sheet_id=one.pk, figures__has_key=code)
    return sum(figures[code] for figures in rows.values_list("figures", flat=True))


@pytest.fixture
def month(ledger: list[Dispute]) -> date:
    """April, laid out for every unit."""
    reporting.open_month(APRIL)
    return APRIL


class TestTable:
    """What the table says without a database."""

    def test_every_state_can_be_reached(self) -> None:
        assert CHAIN.reachable() == {state.code for state in CHAIN.states}

    def test_every_step_has_a_role_at_every_level_that_takes_it(self) -> None:
        for transition in CHAIN.transitions:
            assert ALLOWED[transition.action], transition.code
        for level in Level:
            assert FILLERS[level] in ALLOWED[CHAIN.transition("check").action]
            assert SIGNERS[level] in ALLOWED[CHAIN.transition("submit").action]


@pytest.mark.fresh_database
class TestOffice:
    """An office's sheet."""

    def test_a_month_is_laid_out_once_for_every_unit_and_form(self, month: date) -> None:
        with system("test"):
            found = UnitSheet.objects.filter(month=month)
            assert set(found.filter(form="T9").values_list("unit_id", flat=True)) == set(
                Office.objects.values_list("pk", flat=True)
            )
            limits = dict(found.filter(form="T9").values_list("level", "due_on").distinct().order_by("level"))
            # Form 8 is reported for June and December.
            assert not found.filter(form="T8").exists()
        # Labour Day: 1 to 5 May are days off, 9 May is a make-up day.
        assert limits == {
            "office": date(2026, 5, 8),
            "county": date(2026, 5, 11),
            "city": date(2026, 5, 13),
            "province": date(2026, 5, 18),
        }
        assert reporting.open_month(APRIL) == 0

    def test_a_self_check_freezes_figures_and_the_rows_behind_them(self, clerk: Membership, month: date) -> None:
        frozen = checked(clerk.office, month)
        with system("test"):
            figures = frozen.figures
            assert figures["T9.01"]["current"] == 1
            assert all(sum_of_rows(frozen, code) == (one["current"] or 0) for code, one in figures.items())
            assert is_unchanged(frozen)
        # What happens in the ledger afterwards is not in the sheet.
        dispute_in("agreed_oral", actor=clerk, on=date(2026, 4, 7))
        assert sheet(clerk.office, month).figures == figures

    def test_the_head_signs_the_figures_that_were_seen(self, clerk: Membership, head: Membership, month: date) -> None:
        frozen = checked(clerk.office, month)
        with pytest.raises(NotPossible, match="新的数字"):
            reporting.submit_sheet(sheet=frozen, actor=head, digest="0" * 64)
        with pytest.raises(PermissionDenied):
            reporting.submit_sheet(sheet=frozen, actor=clerk, digest=frozen.digest)
        done = reporting.submit_sheet(sheet=frozen, actor=head, digest=frozen.digest)
        assert (done.state, done.first_submitted_on) == ("submitted", date(2026, 5, 20))
        with system("test"):
            step = SheetAction.objects.get(sheet=frozen, kind="submit")
        assert (step.user_id, step.digest, step.figures["T9.01"]) == (head.user_id, frozen.digest, 1)

    def test_a_reopened_sheet_forgets_what_was_frozen(self, clerk: Membership, month: date) -> None:
        frozen = checked(clerk.office, month)
        reporting.reopen_sheet(sheet=frozen, actor=clerk)
        again = sheet(clerk.office, month)
        assert (again.state, again.figures, again.digest) == ("filling", {}, "")
        with system("test"):
            assert not SheetRow.objects.filter(sheet=again).exists()

    def test_a_sheet_is_taken_back_until_somebody_above_opens_it(
        self, clerk: Membership, head: Membership, county_statistician: Membership, month: date
    ) -> None:
        reporting.withdraw_sheet(sheet=submitted(clerk.office, month), actor=head)
        assert sheet(clerk.office, month).state == "filling"
        again = submitted(clerk.office, month)
        reporting.note_opening(again, county_statistician)
        with pytest.raises(NotPossible, match="已经打开"):
            reporting.withdraw_sheet(sheet=again, actor=head)

    def test_a_month_that_is_not_over_cannot_be_checked(self, clerk: Membership, month: date) -> None:
        reporting.open_month(date(2026, 5, 1))
        assert "尚未结束" in check_once(sheet(clerk.office, date(2026, 5, 1)), clerk)
        assert sheet(clerk.office, date(2026, 5, 1)).state == "filling"

    def test_a_zero_report_is_checked_and_signed_like_any_other(self, zone_clerk: Membership, month: date) -> None:
        done = submitted(zone_clerk.office, month)
        assert not any(one["current"] for one in done.figures.values())
        assert done.digest

    def test_nobody_touches_the_sheet_of_another_unit(
        self, sibling_clerk: Membership, clerk: Membership, other_county_reviewer: Membership, month: date
    ) -> None:
        with pytest.raises(PermissionDenied):
            reporting.check_sheet(sheet=sheet(clerk.office, month), actor=sibling_clerk)
        with pytest.raises(PermissionDenied):
            reporting.approve_sheet(sheet=submitted(clerk.office, month), actor=other_county_reviewer)


@pytest.mark.fresh_database
class TestAbove:
    """Counties, cities and the province add up what was signed below."""

    def test_a_county_waits_for_every_office(
        self, clerk: Membership, county_statistician: Membership, month: date
    ) -> None:
        approved(clerk.office, month)
        outcome = check_once(sheet(county_statistician.office, month), county_statistician)
        assert "1 个下级单位" in outcome
        assert "柳河司法所" in outcome

    def test_a_county_reports_the_sum_of_signed_sheets_and_never_recounts(
        self, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership, month: date
    ) -> None:
        for actor in (clerk, sibling_clerk):
            approved(actor.office, month)
        dispute_in("agreed_oral", actor=clerk, on=date(2026, 4, 8))
        total = checked(county_statistician.office, month)
        with system("test"):
            below = children_of(total)
            assert is_unchanged(total, below)
        for code in total.figures.keys() - TYPED.keys():
            assert total.figures[code]["current"] == sum(child.figures[code]["current"] for child in below), code
        assert total.figures["T9.01"]["current"] == 2

    def test_silence_is_not_zero(
        self, clerk: Membership, sibling_clerk: Membership, county_leader: Membership, month: date
    ) -> None:
        approved(clerk.office, month)
        late = sheet(sibling_clerk.office, month)
        with pytest.raises(NotPossible, match="原因"):
            reporting.mark_missing(sheet=late, actor=county_leader, note=" ")
        reporting.mark_missing(sheet=late, actor=county_leader, note="司法所停电，已电话催报。")
        total = checked(county_leader.office, month)
        assert total.figures["T9.01"]["current"] == 1
        with system("test"):
            assert not is_unchanged(total, [child for child in children_of(total) if child.state != "missing"])

    def test_nobody_approves_what_they_signed(
        self, clerk: Membership, county_reviewer: Membership, month: date
    ) -> None:
        done = submitted(clerk.office, month)
        guard = CHAIN.transition("approve").guard
        assert guard is not None
        for own in (done.checked_by_id, done.signed_by_id):
            with pytest.raises(NotPossible, match="他人"):
                guard(done, {"user_id": own})
        guard(done, {"user_id": county_reviewer.user_id})

    def test_a_return_names_cells_and_goes_one_level_down(
        self, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership, month: date
    ) -> None:
        for actor in (clerk, sibling_clerk):
            approved(actor.office, month)
        county = submitted(county_statistician.office, month)
        one = sheet(clerk.office, month)
        with pytest.raises(NotPossible, match="汇总表"):
            reporting.return_sheet(sheet=one, actor=county_statistician, note="请核实。")
        assert county.unit.parent is not None
        city = filler(county.unit.parent)
        with pytest.raises(PermissionDenied):
            reporting.return_sheet(sheet=one, actor=city, note="请核实。")
        with pytest.raises(NotPossible, match="原因"):
            reporting.return_sheet(sheet=county, actor=city)
        reporting.return_sheet(sheet=county, actor=city, cells={"T9.01": "比上月少一半，请核实。"})
        assert sheet(county_statistician.office, month).returns == 1
        back = reporting.return_sheet(sheet=one, actor=county_statistician, note="请核实案件总数。")
        assert (back.state, back.returns) == ("returned", 1)
        assert approved(clerk.office, month).state == "approved"

    def test_the_whole_way_up(self, month: date) -> None:
        for level in (Level.OFFICE, Level.COUNTY, Level.CITY):
            for unit in units(level):
                approved(unit, month)
        [province] = units(Level.PROVINCE)
        top = submitted(province, month)
        assert top.figures["T9.01"]["current"] == 3
        with system("test"):
            rows = SheetRow.objects.filter(month=month, form="T9", figures__has_key="T9.01")
            assert rows.count() == 3


@pytest.mark.fresh_database
class TestSigned:
    """What the database refuses."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE reports_unitsheet SET figures = '{}' WHERE id = %s",
            "UPDATE reports_unitsheet SET digest = 'x' WHERE id = %s",
            "DELETE FROM reports_unitsheet WHERE id = %s",
            "UPDATE reports_sheetrow SET number = 'x' WHERE sheet_id = %s",
            "DELETE FROM reports_sheetrow WHERE sheet_id = %s",
            "DELETE FROM reports_sheetaction WHERE sheet_id = %s",
        ],
    )
    def test_nothing_of_a_signed_sheet_is_changed(self, clerk: Membership, month: date, statement: str) -> None:
        done = submitted(clerk.office, month)
        with system("test"), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [done.pk])
        assert sheet(clerk.office, month).digest == done.digest

    def test_a_locked_sheet_is_never_changed(self, clerk: Membership, month: date) -> None:
        done = approved(clerk.office, month)
        with system("test"):
            UnitSheet.objects.filter(pk=done.pk).update(state="locked")
            with pytest.raises(DatabaseError), transaction.atomic():
                UnitSheet.objects.filter(pk=done.pk).update(state="filling")


@pytest.mark.fresh_database
class TestTypedCells:
    """What a county types, because no office has it."""

    def test_a_county_is_not_checked_before_its_cells_are_filled(
        self, month: date, county_statistician: Membership
    ) -> None:
        county = county_statistician.office
        for office in (unit for unit in units(Level.OFFICE) if unit.county_id == county.pk):
            approved(office, month)
        assert "不经司法所受理的案件数" in check_once(sheet(county, month), county_statistician)
        figures = checked(county, month).figures["T9.X"]
        assert (figures["current"], figures["ytd"], figures["since"]) == (4, 10, 300)
        # Not of this unit: what an office or a city would type is not kept.
        with system("test"):
            assert UnitSheet.objects.get(unit=county, form="T9", month=month).typed == TYPED

    def test_those_above_add_up_and_an_office_has_none(self, month: date, province_statistician: Membership) -> None:
        province = everything_approved(month)
        counties = len(units(Level.COUNTY))
        found = sheet(province, month).figures["T9.X"]
        assert (found["current"], found["ytd"], found["since"]) == (4 * counties, 10 * counties, 300 * counties)
        [office, *_rest] = units(Level.OFFICE)
        assert set(sheet(office, month).figures["T9.X"].values()) == {None}
        with within(province_statistician):
            assert not cells_to_type(sheet(province, month))


@pytest.mark.fresh_database
class TestLock:
    """The month sealed."""

    def test_a_month_is_locked_when_everything_is_accepted(
        self, month: date, province_statistician: Membership
    ) -> None:
        refused = locked(province_statistician, month)
        assert refused.state == Job.State.DEAD
        assert "没有审核通过" in refused.message
        everything_approved(month)
        assert locked(province_statistician, month).state == Job.State.DONE
        with system("test"):
            edition = MonthEdition.objects.get()
            assert set(UnitSheet.objects.filter(month=month).values_list("state", flat=True)) == {"locked"}
            assert edition.sheets.count() == UnitSheet.objects.filter(month=month).count()
            assert digest_of_edition(edition, newest_sheets(month)) == edition.digest
            assert SheetAction.objects.filter(kind="lock").count() == edition.sheets.count()
        assert "已经锁定" in locked(province_statistician, month).message
        with system("test"):
            assert MonthEdition.objects.count() == 1

    def test_what_the_ledger_says_later_is_noticed_and_changes_nothing(
        self, month: date, clerk: Membership, province_statistician: Membership
    ) -> None:
        everything_approved(month)
        locked(province_statistician, month)
        before = sheet(clerk.office, month).figures
        dispute_in("agreed_oral", actor=clerk, on=date(2026, 4, 9), amount=50_000)
        rollup.drain()
        with system("test"):
            notices = {n.indicator: (n.signed, n.live) for n in DifferenceNotice.objects.all()}
            cell = Cell.objects.get(unit=clerk.office, month=month).figures
        assert sheet(clerk.office, month).figures == before
        flows = {flow.code for flow in reference_flows()}
        differing = {
            code: (one["current"], cell.get(code, 0))
            for code, one in before.items()
            if code in flows and one["current"] != cell.get(code, 0)
        }
        assert notices == differing
        assert notices["T9.01"] == (1, 2)

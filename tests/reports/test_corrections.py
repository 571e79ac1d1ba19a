"""What happens to a month after its lock: who may ask and decide, and the difference adjusted in the open month."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from casework.workflow import NotPossible
from mediation.models import Dispute
from offices.models import Membership
from offices.permissions import ALLOWED, Role
from offices.scoping import system
from reports import reporting, rollup
from reports.correcting import CORRECTING
from reports.models import (
    Adjustment,
    CorrectionStep,
    DifferenceNotice,
    UnitSheet,
)
from reports.selectors import locked_reason
from reports.sheet_corrections import adjust_later, differences_of, ledger_of, move_correction
from reports.sheet_digests import is_unchanged
from reports.sheet_freezing import children_of, freeze_sheet
from reports.year_to_date import year_check
from tests.conftest import find_member
from tests.factories import dispute_in
from tests.reports.chain_people import sealed, sheet
from tests.reports.correcting import (
    ONE,
    above,
    filed,
    late_april,
    late_case,
    ledger_year,
    passed,
    ytd,
)
from tests.reports.issuing import APRIL

pytestmark = pytest.mark.usefixtures("today")
MAY = date(2026, 5, 1)
# Early in the next month, when May is over.
JUNE = "2026-06-03 10:00:00+08:00"


@pytest.fixture(scope="module")
def april(module_database: str) -> None:
    """March and April sealed, and a case of April that turned up afterwards; made once."""
    late_april()


class TestTable:
    """What the table says without a database."""

    def test_every_state_can_be_reached(self) -> None:
        assert CORRECTING.reachable() == {state.code for state in CORRECTING.states}

    def test_every_step_has_a_role(self) -> None:
        assert all(ALLOWED[step.action] for step in CORRECTING.transitions)

    def test_the_province_leader_and_the_statistician_are_two(self) -> None:
        approving = ALLOWED[CORRECTING.transition("approve").action]
        assert not approving & ALLOWED[CORRECTING.transition("restate").action]
        assert approving == {Role.PROVINCE_LINE_LEAD}

    def test_a_year_to_date_that_does_not_add_up_is_named(self) -> None:
        figures: dict[str, dict[str, int | None]] = {ONE: {"current": 2, "ytd": 7, "adjustment": 1}}
        before: dict[str, dict[str, int | None]] = {ONE: {"ytd": 4}}
        assert year_check(figures, before, {ONE: "总数"}).passed
        broken = year_check(figures, {ONE: {"ytd": 5}}, {ONE: "总数"})
        assert broken.hard
        assert not broken.passed
        assert "总数（7 ≠ 5 + 2 + 1）" in broken.text
        # January goes on from nothing; a year without sheets before has nothing to be held against.
        assert not year_check(figures, {}, {ONE: "总数"}).passed
        assert year_check(figures, None, {ONE: "总数"}).passed


@pytest.mark.usefixtures("database")
class TestAsking:
    """Who asks and who decides."""

    def test_a_request_holds_what_was_signed_and_what_the_ledger_says(self, april: None, head: Membership) -> None:
        one = sheet(head.office, APRIL)
        asked = filed(APRIL)
        with system("test"):
            ledger = ledger_of(one)
        assert asked.state == "filed"
        assert asked.cells[ONE] == {"old": 1, "new": 2}
        differing = {code for code, value in ledger.items() if value != one.figures[code]["current"]}
        assert set(asked.cells) == differing
        with system("test"):
            noticed = set(DifferenceNotice.objects.filter(sheet=one).values_list("indicator", flat=True))
        assert noticed <= differing

    def test_only_the_head_and_the_county_statistician_ask(
        self, april: None, clerk: Membership, county_statistician: Membership, zone_clerk: Membership
    ) -> None:
        for actor in (clerk, zone_clerk, find_member("county_leader")):
            with pytest.raises(PermissionDenied):
                filed(APRIL, actor=actor)
        assert filed(APRIL, actor=county_statistician).filed_by == county_statistician.user

    def test_what_agrees_with_the_ledger_is_not_corrected(self, april: None) -> None:
        with pytest.raises(NotPossible, match="与台账一致"):
            filed(APRIL, only=("T9.02x",))

    def test_a_sheet_that_is_not_locked_is_returned_instead(self, april: None) -> None:
        reporting.open_month(MAY)
        with pytest.raises(NotPossible, match="还没有锁定"):
            filed(MAY)

    def test_a_sheet_has_one_open_request(self, april: None, head: Membership) -> None:
        first = filed(APRIL)
        with pytest.raises(NotPossible, match="正在办理"):
            filed(APRIL)
        move_correction(correction=first, actor=head, step="withdraw")
        assert filed(APRIL).pk != first.pk

    def test_only_the_filer_withdraws(self, april: None, county_statistician: Membership) -> None:
        with pytest.raises(NotPossible, match="申请人"):
            move_correction(correction=filed(APRIL), actor=county_statistician, step="withdraw")

    def test_nobody_decides_on_what_they_filed(self, april: None, county_statistician: Membership) -> None:
        asked = filed(APRIL, actor=county_statistician)
        with system("test"):
            both = Membership.objects.create(
                user=county_statistician.user,
                office=county_statistician.office,
                role=Role.COUNTY_LEADER,
                lines=["mediation"],
                valid_from=date(2026, 1, 1),
            )
        with pytest.raises(NotPossible, match="他人"):
            move_correction(correction=asked, actor=both, step="consent")
        # And the database says so too.
        with system("test"), pytest.raises(IntegrityError), transaction.atomic():
            CorrectionStep.objects.create(
                unit=asked.unit, level="office", correction=asked, kind="consent", to_state="consented", user=both.user
            )

    def test_each_desk_has_its_own_level(self, april: None, city_statistician: Membership) -> None:
        asked = filed(APRIL)
        with pytest.raises(NotPossible, match="待县局领导审签"):
            move_correction(correction=asked, actor=city_statistician, step="pass")
        with pytest.raises(PermissionDenied):
            move_correction(correction=asked, actor=city_statistician, step="consent")
        with pytest.raises(PermissionDenied):
            move_correction(correction=asked, actor=find_member("other_city_reviewer"), step="pass")

    def test_a_refusal_has_its_reason_and_ends_the_request(self, april: None, county_leader: Membership) -> None:
        asked = filed(APRIL)
        with pytest.raises(NotPossible, match="理由"):
            move_correction(correction=asked, actor=county_leader, step="refuse_county", note=" ")
        done = move_correction(correction=asked, actor=county_leader, step="refuse_county", note="卷宗日期是五月。")
        assert done.state == "refused"
        with system("test"):
            assert [step.note for step in asked.steps.all()] == ["", "卷宗日期是五月。"]
        with pytest.raises(NotPossible):
            move_correction(correction=asked, actor=county_leader, step="consent")

    def test_what_was_counted_in_a_locked_month_is_not_taken_back(self, april: None, clerk: Membership) -> None:
        with system("test"):
            dispute = Dispute.objects.filter(office=clerk.office).latest("pk")
            assert "已经锁定" in locked_reason(dispute, date(2026, 4, 9))
            assert "2026-03" in locked_reason(dispute, date(2026, 2, 9))
            assert locked_reason(dispute, date(2026, 5, 9)) == ""


@pytest.mark.usefixtures("database")
class TestAdjusting:
    """The locked month stays; the difference goes into the open one."""

    def test_the_difference_goes_into_the_year_of_the_open_month_at_every_level(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        before = {unit.pk: sheet(unit, APRIL) for unit in above(clerk.office)}
        asked = passed(filed(APRIL))
        done = adjust_later(correction=asked, actor=province_statistician)
        assert (done.state, done.into) == ("adjusted", MAY)
        for pk, one in before.items():
            with system("test"):
                assert UnitSheet.objects.filter(unit=pk, month=APRIL, form="T9").count() == 1
                assert UnitSheet.objects.get(pk=one.pk).digest == one.digest
        with time_machine.travel(JUNE):
            sealed(MAY, province_statistician)
            for unit in above(clerk.office):
                figures = sheet(unit, MAY).figures[ONE]
                assert figures["adjustment"] == 1
                assert figures["ytd"] == before[unit.pk].figures[ONE]["ytd"] + figures["current"] + 1
                assert [item["amount"] for item in sheet(unit, MAY).adjustments if item["indicator"] == ONE] == [1]
            with system("test"):
                one = sheet(clerk.office, MAY)
                # Nothing is lost and nothing counted twice: the year is that of the ledger.
                assert ytd(clerk.office, MAY) == ledger_year(clerk.office, MAY)
                assert is_unchanged(one)

    def test_an_item_counts_once(self, april: None, clerk: Membership, province_statistician: Membership) -> None:
        adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
        with time_machine.travel("2026-07-02 10:00:00+08:00"):
            sealed(MAY, province_statistician)
            sealed(date(2026, 6, 1), province_statistician)
            for unit in above(clerk.office):
                june = sheet(unit, date(2026, 6, 1))
                assert "adjustment" not in june.figures[ONE]
                assert june.adjustments == []
                assert june.figures[ONE]["ytd"] == ytd(unit, MAY) + june.figures[ONE]["current"]
            assert ytd(clerk.office, date(2026, 6, 1)) == ledger_year(clerk.office, date(2026, 6, 1))

    def test_what_was_checked_meanwhile_is_passed_over(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        asked = passed(filed(APRIL))
        with time_machine.travel(JUNE):
            reporting.open_month(MAY)
            with system("test"):
                may = sheet(clerk.office, MAY)
                freeze_sheet(may)
                may.state = "checked"
                may.save(force_update=True)
            assert adjust_later(correction=asked, actor=province_statistician).into == date(2026, 6, 1)

    def test_an_item_waits_while_its_unit_does_not_report(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
        june = date(2026, 6, 1)
        with time_machine.travel("2026-07-02 10:00:00+08:00"):
            sealed(MAY, province_statistician, missing=(clerk.office,))
            sealed(june, province_statistician)
            office, county, *_rest = above(clerk.office)
            assert "adjustment" not in sheet(county, MAY).figures[ONE]
            assert sheet(office, june).figures[ONE]["adjustment"] == 1
            assert sheet(county, june).figures[ONE]["adjustment"] == 1
            # The cases of the month that was not reported are in nobody's year: the county's is the sum below it.
            with system("test"):
                below = [child.figures[ONE]["ytd"] for child in children_of(sheet(county, june))]
            assert ytd(county, june) == sum(below)

    def test_a_difference_that_was_adjusted_is_not_adjusted_again(
        self, april: None, province_statistician: Membership, head: Membership
    ) -> None:
        adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
        with system("test"):
            found = {one.indicator: one for one in differences_of(sheet(head.office, APRIL))}
        assert found[ONE].is_settled
        with pytest.raises(NotPossible, match="已经调整"):
            filed(APRIL, only=(ONE,))
        late_case(APRIL)
        again = passed(filed(APRIL, only=(ONE,)))
        assert again.cells[ONE] == {"old": 1, "new": 3}
        adjust_later(correction=again, actor=province_statistician)
        with system("test"):
            assert list(Adjustment.objects.filter(indicator=ONE).values_list("amount", flat=True)) == [1, 1]

    def test_a_balance_alone_is_not_adjusted(self, april: None, province_statistician: Membership) -> None:
        dispute_in("mediating", actor=find_member("clerk"), on=date(2026, 4, 10))
        rollup.drain()
        asked = passed(filed(APRIL, only=("T9.B",)))
        with pytest.raises(NotPossible, match="没有本年累计"):
            adjust_later(correction=asked, actor=province_statistician)

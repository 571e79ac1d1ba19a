"""What happens to a month after its lock: who may ask and decide, the month restated, the difference adjusted."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from casework import lines
from casework.models import Job
from casework.workflow import NotPossible
from mediation.models import Dispute
from offices.models import Membership, Office
from offices.permissions import ALLOWED, Role
from offices.scoping import system, within
from reports import reporting, rollup
from reports.comparing import changes_between, changes_of
from reports.correcting import CORRECTING
from reports.models import (
    Adjustment,
    CorrectionStep,
    DifferenceNotice,
    EditionSheet,
    MonthEdition,
    SheetAction,
    SheetCorrection,
    UnitSheet,
)
from reports.month_editions import editions_of, is_edition_unchanged
from reports.restating import ask_to_restate
from reports.selectors import locked_reason
from reports.sheet_corrections import adjust_later, differences_of, ledger_of, move_correction
from reports.sheet_digests import is_unchanged
from reports.sheet_freezing import checks_of, children_of, figures_of, freeze_sheet
from reports.sheet_reading import rows_behind
from reports.year_to_date import NAME, year_check
from tests.conftest import find_member, on_the_day
from tests.factories import dispute_in
from tests.reports.chain_people import checked, sealed, sheet, submitted
from tests.reports.correcting import filed, passed, read, restated, restated_by_job, version
from tests.reports.issuing import APRIL

pytestmark = pytest.mark.usefixtures("today")
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 1)
ONE = "T9.01"
# Early in the next month, when May is over.
JUNE = "2026-06-03 10:00:00+08:00"


def above(unit: Office) -> list[Office]:
    """Return a unit and all that stand above it."""
    with system("test"):
        found = [Office.objects.get(pk=unit.pk)]
        while found[-1].parent_id:
            found.append(Office.objects.get(pk=found[-1].parent_id))
    return found


def ytd(unit: Office, month: date, code: str = ONE) -> int:
    """Return the year to date of a unit's newest sheet."""
    return int(sheet(unit, month).figures[code]["ytd"])


def row_sum(one: UnitSheet, code: str) -> int:
    """Return what the stored rows behind a figure add up to."""
    with system("test"):
        return sum(row.figures[code] for row in rows_behind(one, code))


@pytest.fixture(scope="module")
def april(module_database: str) -> None:
    """March and April sealed; then a case of April turns up in the clerk's office. Made once."""
    with on_the_day():
        for name, month in (("clerk", MARCH), ("clerk", APRIL), ("sibling_clerk", APRIL), ("far_clerk", APRIL)):
            dispute_in("agreed_oral", actor=find_member(name), on=month.replace(day=5))
        for month in (MARCH, APRIL):
            sealed(month, find_member("province_statistician"))
        late_case(APRIL)


def late_case(month: date) -> Dispute:
    """Register a case of a month that is over, in the clerk's office, and count it."""
    made = dispute_in("agreed_oral", actor=find_member("clerk"), on=month.replace(day=9))
    rollup.drain()
    return made


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


def ledger_year(unit: Office, month: date, code: str = ONE) -> int:
    """Return a unit's year to date by its accepted cases, counted by plain SQL."""
    with system("test"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM casework_countedevent WHERE office_id = %s AND kind = 'accepted' AND NOT is_replaced "
            "AND counted_on >= %s AND counted_on < %s",
            [unit.pk, month.replace(month=1), month.replace(month=month.month + 1)],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("database")
class TestRestating:
    """The next version of the sheets, and edition n+1."""

    def test_a_month_is_restated_at_every_level_and_sealed_again(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        asked = passed(filed(APRIL))
        restated(asked)
        assert (read(asked).state, read(asked).made) == ("restated", 2)
        for unit in above(clerk.office):
            old, new = version(unit, APRIL, 1), sheet(unit, APRIL)
            assert (new.version, new.state, old.state) == (2, "locked", "locked")
            for period in ("current", "ytd"):
                assert new.figures[ONE][period] == old.figures[ONE][period] + 1
            # What nobody asked about, and what it is compared with, is as it was signed.
            asked_about = set(asked.cells)
            assert all(new.figures[code] == one for code, one in old.figures.items() if code not in asked_about)
            compared = [(f["previous"], f["last_year"], f["last_ytd"]) for f in new.figures.values()]
            assert compared == [(f["previous"], f["last_year"], f["last_ytd"]) for f in old.figures.values()]
            for code, figures in new.figures.items():
                assert row_sum(new, code) == (figures["current"] or 0), code
                assert row_sum(old, code) == (old.figures[code]["current"] or 0), code
            with system("test"):
                action = SheetAction.objects.get(sheet=new)
                assert action.kind == "restate"
                assert asked.public_id in action.note
                assert action.user_id == new.signed_by_id
        with system("test"):
            edition = MonthEdition.objects.get(month=APRIL, number=2)
            assert asked.public_id in edition.reason
            assert is_edition_unchanged(edition)
            assert is_edition_unchanged(MonthEdition.objects.get(month=APRIL, number=1))
            assert not DifferenceNotice.objects.filter(sheet__month=APRIL, unit=clerk.office).exists()
            rollup.recount()
            assert not DifferenceNotice.objects.filter(sheet__month=APRIL, unit=clerk.office).exists()

    def test_the_signers_are_those_who_agreed(self, april: None, clerk: Membership) -> None:
        restated(passed(filed(APRIL)))
        names = [sheet(unit, APRIL).signed_by_id for unit in above(clerk.office)]
        agreed = [
            find_member(name).user_id
            for name in ("county_leader", "county_leader", "city_statistician", "province_statistician")
        ]
        assert names == agreed

    def test_the_old_edition_is_marked_as_replaced_for_every_reader(
        self, april: None, clerk: Membership, province_statistician: Membership, sibling_clerk: Membership
    ) -> None:
        restated(passed(filed(APRIL)))
        for reader in (clerk, sibling_clerk, province_statistician):
            with system("test"):
                found = [(one.number, one.replaced_by) for one in editions_of(APRIL, reader)]
            assert found == [(2, 0), (1, 2)]

    def test_the_table_of_changes_is_what_plain_sql_finds(self, april: None, clerk: Membership) -> None:
        restated(passed(filed(APRIL)))
        with system("test"), connection.cursor() as cursor:
            edition = MonthEdition.objects.get(month=APRIL, number=2)
            cursor.execute(
                """
                SELECT n.form, n.unit_code, f.code, p.period, (o.figures -> f.code ->> p.period)::bigint,
                       (n.figures -> f.code ->> p.period)::bigint
                FROM reports_editionsheet a JOIN reports_unitsheet o ON o.id = a.sheet_id AND a.number = 1
                JOIN reports_editionsheet b ON b.number = 2 AND b.month = a.month
                JOIN reports_unitsheet n ON n.id = b.sheet_id AND n.unit_id = o.unit_id AND n.form = o.form
                CROSS JOIN LATERAL jsonb_object_keys(n.figures) f (code)
                CROSS JOIN (VALUES ('current'), ('ytd')) p (period)
                WHERE a.month = %s AND o.figures -> f.code -> p.period IS DISTINCT FROM n.figures -> f.code -> p.period
                """,
                [APRIL],
            )
            expected = set(cursor.fetchall())
            found = changes_of(edition)
            assert {(c.form, c.unit_code, c.indicator, c.period, c.old, c.new) for c in found} == expected
            assert len(found) == len(expected)
            assert [c.level for c in found] == sorted(
                (c.level for c in found), key=["province", "city", "county", "office"].index
            )
            # Within a unit in the order of the form, the month before the year.
            listed = [code for code in lines.form("T9")[1].indicators if code in {c.indicator for c in found}]
            numbered = [c.indicator for c in found if c.level == "province" and c.period == "ytd"]
            assert [code for code in numbered if code in listed] == listed
            offices = changes_between(APRIL, 1, 2, level="office")
            assert {c.unit_code for c in offices} == {clerk.office.code}
            assert changes_between(APRIL, 1, 2, form="T10") == []
            # Read from behind, the same cells the other way round.
            assert [(c.old, c.new) for c in changes_between(APRIL, 2, 1)] == [(c.new, c.old) for c in found]

    def test_a_reader_sees_the_changes_of_the_own_units(self, april: None, clerk: Membership) -> None:
        restated(passed(filed(APRIL)))
        with within(clerk):
            assert {c.unit_code for c in changes_between(APRIL, 1, 2)} == {clerk.office.code}
        with within(find_member("other_county_reviewer")):
            assert changes_between(APRIL, 1, 2) == []

    def test_the_open_month_goes_on_from_the_new_version(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        restated(passed(filed(APRIL)))
        with time_machine.travel(JUNE):
            sealed(MAY, province_statistician)
            for unit in above(clerk.office):
                may = sheet(unit, MAY)
                assert "adjustment" not in may.figures[ONE]
                assert may.figures[ONE]["previous"] == sheet(unit, APRIL).figures[ONE]["current"]
                assert may.figures[ONE]["ytd"] == ytd(unit, APRIL) + may.figures[ONE]["current"]
            assert ytd(clerk.office, MAY) == ledger_year(clerk.office, MAY)

    def test_later_locked_months_stay_and_what_they_lack_goes_into_the_open_one(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        late_case(MARCH)
        signed = sheet(clerk.office, APRIL)
        restated(passed(filed(MARCH)))
        assert sheet(clerk.office, APRIL).pk == signed.pk
        with system("test"):
            carried = Adjustment.objects.get(indicator=ONE)
        assert (carried.amount, carried.month) == (1, MAY)
        adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
        with time_machine.travel(JUNE):
            sealed(MAY, province_statistician)
            for unit in above(clerk.office):
                may = sheet(unit, MAY).figures[ONE]
                assert may["adjustment"] == 2
                assert may["ytd"] == ytd(unit, APRIL) + may["current"] + 2
            assert ytd(clerk.office, MAY) == ledger_year(clerk.office, MAY)

    def test_restating_takes_out_again_what_was_adjusted_before(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
        late_case(APRIL)
        restated(passed(filed(APRIL)))
        with time_machine.travel(JUNE):
            sealed(MAY, province_statistician)
            for unit in above(clerk.office):
                assert "adjustment" not in sheet(unit, MAY).figures[ONE]
            assert ytd(clerk.office, MAY) == ledger_year(clerk.office, MAY)

    def test_a_second_restating_makes_the_third_version(self, april: None, clerk: Membership) -> None:
        restated(passed(filed(APRIL)))
        late_case(APRIL)
        restated(passed(filed(APRIL)))
        assert [sheet(unit, APRIL).version for unit in above(clerk.office)] == [3, 3, 3, 3]
        with system("test"):
            for edition in MonthEdition.objects.filter(month=APRIL):
                assert is_edition_unchanged(edition)
            assert MonthEdition.objects.filter(month=APRIL).count() == 3

    def test_a_sheet_of_another_office_is_in_both_editions(self, april: None, sibling_clerk: Membership) -> None:
        restated(passed(filed(APRIL)))
        one = sheet(sibling_clerk.office, APRIL)
        assert one.version == 1
        with system("test"):
            assert EditionSheet.objects.filter(sheet=one).count() == 2

    def test_cells_that_were_not_asked_about_are_named(self, april: None) -> None:
        asked = passed(filed(APRIL, only=(ONE,)))
        with pytest.raises(NotPossible, match="不在申请之内"):
            restated(asked)

    def test_a_ledger_that_moved_again_is_not_restated(self, april: None) -> None:
        asked = passed(filed(APRIL))
        late_case(APRIL)
        with pytest.raises(NotPossible, match="又有变动"):
            restated(asked)

    def test_a_request_about_a_replaced_version_is_refused(
        self, april: None, province_statistician: Membership
    ) -> None:
        asked = passed(filed(APRIL))
        restated(asked)
        with pytest.raises(NotPossible):
            adjust_later(correction=asked, actor=province_statistician)

    def test_an_item_that_waits_is_not_counted_twice_by_a_late_report(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        late_case(MAY)
        with time_machine.travel(JUNE):
            adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
            sealed(MAY, province_statistician, missing=(clerk.office,))
            asked = passed(filed(MAY))
            with pytest.raises(NotPossible, match="待计入的调整"):
                restated(asked)

    def test_a_unit_that_did_not_report_comes_into_the_month(
        self, april: None, clerk: Membership, province_statistician: Membership
    ) -> None:
        late_case(MAY)
        restated(passed(filed(APRIL)))
        with time_machine.travel(JUNE):
            sealed(MAY, province_statistician, missing=(clerk.office,))
            restated(passed(filed(MAY)))
        new = sheet(clerk.office, MAY)
        assert (new.version, new.state, new.figures[ONE]["current"]) == (2, "locked", 1)
        assert new.figures[ONE]["ytd"] == ledger_year(clerk.office, MAY)
        for unit in above(clerk.office)[1:]:
            assert ytd(unit, MAY) == int(version(unit, MAY, 1).figures[ONE]["ytd"]) + 1
        with system("test"):
            for edition in MonthEdition.objects.filter(month=MAY):
                assert is_edition_unchanged(edition)


@pytest.mark.usefixtures("database")
class TestClosedYear:
    """A month of a year that is over."""

    def test_it_is_restated_with_the_leaders_consent_alone_and_takes_its_later_months_along(
        self,
        ledger: list[Dispute],
        clerk: Membership,
        province_statistician: Membership,
        province_line_lead: Membership,
    ) -> None:
        november, december = date(2025, 11, 1), date(2025, 12, 1)
        for month in (november, december):
            sealed(month, province_statistician)
        late_case(november)
        asked = passed(filed(november))
        with pytest.raises(NotPossible, match="2025年已经结束"):
            adjust_later(correction=asked, actor=province_statistician)
        with pytest.raises(NotPossible, match="2025年已经结束"):
            restated(asked)
        move_correction(correction=asked, actor=province_statistician, step="propose")
        with pytest.raises(PermissionDenied):
            ask_to_restate(correction=read(asked), actor=province_statistician, step="approve")
        restated(read(asked), actor="province_line_lead", step="approve")
        for unit in above(clerk.office):
            for month, current in ((november, 1), (december, 0)):
                old, new = version(unit, month, 1).figures[ONE], sheet(unit, month)
                assert new.version == 2
                assert new.figures[ONE]["current"] == old["current"] + current
                assert new.figures[ONE]["ytd"] == old["ytd"] + 1
                assert row_sum(new, ONE) == new.figures[ONE]["current"]
        with system("test"):
            assert not Adjustment.objects.exists()
            for edition in MonthEdition.objects.all():
                assert is_edition_unchanged(edition)
            assert MonthEdition.objects.filter(month=december).count() == 2

    def test_a_month_of_this_year_needs_no_leader(self, april: None, province_statistician: Membership) -> None:
        with pytest.raises(NotPossible, match="直接决定"):
            move_correction(correction=passed(filed(APRIL)), actor=province_statistician, step="propose")


@pytest.mark.usefixtures("database")
class TestKept:
    """What the database refuses."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE reports_sheetcorrection SET cells = '{}'",
            "UPDATE reports_sheetcorrection SET reason = 'x'",
            "DELETE FROM reports_sheetcorrection",
            "UPDATE reports_correctionstep SET note = 'x'",
            "DELETE FROM reports_correctionstep",
        ],
    )
    def test_what_was_asked_and_done_is_not_changed(self, april: None, statement: str) -> None:
        filed(APRIL)
        with system("test"), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE reports_sheetcorrection SET state = 'filed'",
            "UPDATE reports_adjustment SET amount = 2",
            "DELETE FROM reports_adjustment",
        ],
    )
    def test_what_was_decided_is_not_changed(
        self, april: None, province_statistician: Membership, statement: str
    ) -> None:
        adjust_later(correction=passed(filed(APRIL)), actor=province_statistician)
        with system("test"), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE reports_unitsheet SET figures = '{}' WHERE month = '2026-04-01' AND version = %s",
            "UPDATE reports_unitsheet SET state = 'checked' WHERE month = '2026-04-01' AND version = %s",
            "DELETE FROM reports_sheetrow WHERE sheet_id IN (SELECT id FROM reports_unitsheet WHERE version = %s)",
            "UPDATE reports_monthedition SET digest = 'x' WHERE number = %s",
        ],
    )
    @pytest.mark.parametrize("number", [1, 2])
    def test_no_version_of_a_locked_sheet_is_changed(self, april: None, statement: str, number: int) -> None:
        restated(passed(filed(APRIL)))
        with system("test"), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [number])


@pytest.mark.usefixtures("database")
def test_a_sheet_whose_year_does_not_add_up_is_not_checked(
    april: None, clerk: Membership, province_statistician: Membership
) -> None:
    with time_machine.travel(JUNE):
        reporting.open_month(MAY)
        with system("test"):
            may = sheet(clerk.office, MAY)
            line, form = lines.form("T9")
            found = figures_of(may, line, form)
            assert {one.name: one.passed for one in checks_of(may, line, form, found)}[NAME]
            found.figures[ONE]["ytd"] = (found.figures[ONE]["ytd"] or 0) + 1
            broken = {one.name: one for one in checks_of(may, line, form, found)}[NAME]
    assert broken.hard
    assert not broken.passed


@pytest.mark.fresh_database
def test_by_their_jobs_a_month_is_restated_and_the_next_one_checked(clerk: Membership, head: Membership) -> None:
    """What the other tests do in one transaction, as the pages do it."""
    statistician = find_member("province_statistician")
    dispute_in("agreed_oral", actor=clerk, on=date(2026, 4, 5))
    sealed(APRIL, statistician)
    late_case(APRIL)
    refused = restated_by_job(passed(filed(APRIL, only=(ONE,))))
    assert refused.state == Job.State.DEAD
    assert "不在申请之内" in refused.message
    with system("test"):
        [asked] = SheetCorrection.objects.all()
        assert asked.state == "passed"
        assert not UnitSheet.objects.filter(version=2).exists()
    adjust_later(correction=asked, actor=statistician)
    with time_machine.travel(JUNE):
        reporting.open_month(MAY)
        frozen = checked(clerk.office, MAY)
        assert frozen.figures[ONE]["adjustment"] == 1
        assert {check["name"]: check["passed"] for check in frozen.checks}[NAME]
        reporting.reopen_sheet(sheet=frozen, actor=clerk)
        assert sheet(clerk.office, MAY).adjustments == []
        # Restated after all, April takes back what had been put into May.
        done = restated_by_job(passed(filed(APRIL)))
        assert done.state == Job.State.DONE, done.message
        signed = submitted(clerk.office, MAY)
        assert "adjustment" not in signed.figures[ONE]
        assert [item["amount"] for item in signed.adjustments if item["indicator"] == ONE] == [1, -1]
        with system("test"), pytest.raises(DatabaseError), transaction.atomic():
            UnitSheet.objects.filter(pk=signed.pk).update(adjustments=[])

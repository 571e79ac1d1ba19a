"""A locked month restated: every level's next version, edition n+1, closed years, and what the database keeps."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from casework import lines
from casework.models import Job
from casework.workflow import NotPossible
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system, within
from reports import reporting, rollup
from reports.comparing import changes_between, changes_of
from reports.models import (
    Adjustment,
    DifferenceNotice,
    EditionSheet,
    MonthEdition,
    SheetAction,
    SheetCorrection,
    UnitSheet,
)
from reports.month_editions import editions_of, is_edition_unchanged
from reports.restating import ask_to_restate
from reports.sheet_corrections import adjust_later, move_correction
from reports.sheet_freezing import checks_of, figures_of
from reports.year_to_date import NAME
from tests.conftest import find_member
from tests.factories import dispute_in
from tests.reports.chain_people import checked, sealed, sheet, submitted
from tests.reports.correcting import (
    MARCH,
    ONE,
    above,
    filed,
    late_april,
    late_case,
    ledger_year,
    passed,
    read,
    restated,
    restated_by_job,
    row_sum,
    version,
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

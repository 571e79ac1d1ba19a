"""Reporting quality: rates and ranks, random chains against a reference, the clock at both ends of the due day."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework import jobs
from casework.models import Job
from mediation.models import Dispute
from offices.models import Level, Membership, Office
from offices.scoping import system, within
from reports import reporting
from reports.locking import lock_month
from reports.models import UnitSheet
from reports.quality import COUNTS, QualityRow, Tally, added_up, judged_sheets, quality_of, ranks
from tests.conftest import find_member
from tests.factories import dispute_in
from tests.reports.chain_people import approved, checked, filler, sheet, signer, submitted
from tests.reports.issuing import APRIL
from tests.reports.quality_reference import NAMES, quality_by_hand, rank_by_hand

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Labour Day: 1 to 5 May are days off, 6, 7 and 8 May are worked.
DUE = date(2026, 5, 8)
CLERKS = ("clerk", "sibling_clerk", "zone_clerk", "far_clerk")


def at(day: date, hour: int = 10) -> Any:
    """Set the clock to an hour of a day in Shanghai."""
    return time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))


class TestRates:
    """What needs no database."""

    def test_each_rate_is_a_quotient_of_two_counts(self) -> None:
        tally = Tally(due=8, submitted=7, on_time=6, first_pass=5, returned=2, corrected=3, filled=400)
        assert tally.completeness == Decimal("87.5")
        assert tally.punctuality == Decimal("75.0")
        assert tally.first_pass_rate == Decimal("71.4")
        assert tally.return_rate == Decimal("28.6")
        assert tally.error_rate == Decimal("0.8")

    def test_nothing_to_divide_by_is_no_rate(self) -> None:
        nothing = Tally(due=2)
        assert (nothing.completeness, nothing.punctuality) == (Decimal("0.0"), Decimal("0.0"))
        assert (nothing.first_pass_rate, nothing.return_rate, nothing.error_rate) == (None, None, None)
        assert Tally().completeness is None

    def test_a_sum_is_divided_and_rates_are_never_averaged(self) -> None:
        large, small = Tally(due=99, submitted=99, on_time=99), Tally(due=1)
        assert (large + small).punctuality == Decimal("99.0")

    def test_units_are_ranked_by_punctuality_then_completeness_then_first_pass(self) -> None:
        best = Tally(due=4, submitted=4, on_time=4, first_pass=4)
        tallies = {
            1: Tally(due=4, submitted=4, on_time=3, first_pass=4),
            2: best,
            3: Tally(due=4, submitted=3, on_time=3, first_pass=3),
            4: Tally(due=8, submitted=8, on_time=8, first_pass=8),
            5: Tally(due=4, submitted=4, on_time=4, first_pass=3),
            6: Tally(),
        }
        # Two share the first rank, nobody has the second; of whom nothing was due has none.
        assert ranks(tallies) == {2: 1, 4: 1, 5: 3, 1: 4, 3: 5}

    def test_equal_in_print_is_not_equal(self) -> None:
        tallies = {1: Tally(due=3001, on_time=3000), 2: Tally(due=3000, on_time=2999)}
        assert tallies[1].punctuality == tallies[2].punctuality
        assert ranks(tallies) == {1: 1, 2: 2}

    def test_rows_are_added_up_and_ranked_beside_each_other(self) -> None:
        def row(key: int, level: Level, parent: int | None, **counts: int) -> QualityRow:
            return QualityRow(
                unit_id=key, code=f"{key:03}", name="", level=level, parent_id=parent, tally=Tally(**counts)
            )

        given = [
            row(31, Level.OFFICE, 21, due=1, submitted=1, on_time=1),
            row(32, Level.OFFICE, 21, due=1),
            row(33, Level.OFFICE, 22, due=1, submitted=1),
            row(22, Level.COUNTY, 11),
            row(21, Level.COUNTY, 11),
            row(11, Level.CITY, 1),
        ]
        found = added_up(given)
        assert [(one.unit_id, one.tally.due, one.tally.on_time, one.rank) for one in found] == [
            (11, 3, 1, None),
            (21, 2, 1, 1),
            (22, 1, 0, 2),
            (31, 1, 1, 1),
            (32, 1, 0, 2),
            (33, 1, 0, 1),
        ]


@pytest.fixture
def month(today: date, ledger: list[Dispute]) -> date:
    """April, laid out for every unit."""
    reporting.open_month(APRIL)
    return APRIL


def counted(month: date, whole: Office, form: str = "") -> dict[int, QualityRow]:
    """Return the rows of a unit and those below it, as the system reads them."""
    with system("test"):
        return {row.unit_id: row for row in quality_of(month, whole, form)}


def tally_of(office: Office, month: date, form: str = "T9") -> Tally:
    """Return one office's tally of one form."""
    return counted(month, office, form)[office.pk].tally


class Chance:
    """Random lives of sheets: in time or late, taken back, returned, corrected, given up."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.day = date(2026, 5, 6)

    def later(self) -> Any:
        """Let some days pass, as a rule none."""
        self.day += timedelta(days=self.chance.choice([0, 0, 1, 3]))
        return at(self.day)

    def live(self, office: Office, form: str, clerk: Membership | None) -> None:
        """Let one sheet live until it is approved, given up or left lying."""
        self.day = date(2026, 5, 6)
        if self.chance.random() < 0.2:
            return
        for _round in range(3):
            with self.later():
                submitted(office, APRIL, form)
            deed = self.chance.choice([self.approve, self.approve, self.give_back, self.give_back, self.withdraw, None])
            if deed is None or not deed(office, form):
                break
            if clerk is not None and self.chance.random() < 0.7:
                dispute_in("agreed_oral", actor=clerk, on=date(2026, 4, 11), source="referral_police")
        if self.chance.random() < 0.3 and sheet(office, APRIL, form).state in {"filling", "returned"}:
            self.give_up(office, form)

    def approve(self, office: Office, form: str) -> bool:
        """Let the county accept it; sometimes it finds something afterwards."""
        with self.later():
            reporting.approve_sheet(sheet=sheet(office, APRIL, form), actor=filler(above(office)))
        return self.chance.random() < 0.2 and self.give_back(office, form)

    def give_back(self, office: Office, form: str) -> bool:
        """Let the county return it."""
        with self.later():
            reporting.return_sheet(sheet=sheet(office, APRIL, form), actor=filler(above(office)), note="请核实。")
        return True

    def withdraw(self, office: Office, form: str) -> bool:
        """Let the office take it back."""
        with self.later():
            reporting.withdraw_sheet(sheet=sheet(office, APRIL, form), actor=signer(office))
        return self.chance.random() < 0.8

    def give_up(self, office: Office, form: str) -> None:
        """Let the county's leader consent that it is missing."""
        self.day = max(self.day, date(2026, 5, 9))
        with self.later():
            leader = signer(above(office))
            reporting.mark_missing(sheet=sheet(office, APRIL, form), actor=leader, note="停电，已电话催报。")


def above(office: Office) -> Office:
    """Return the county of an office."""
    assert office.parent is not None
    return office.parent


@pytest.mark.fresh_database
class TestAgainstTheReference:
    """Random chains, every unit, every form, every count and every rank."""

    @pytest.mark.parametrize("seed", [2, 7])
    def test_random_chains(self, month: date, seed: int) -> None:
        chance = Chance(seed)
        clerks = {find_member(name).office_id: find_member(name) for name in CLERKS}
        with system("test"):
            offices = list(Office.objects.filter(level=Level.OFFICE).select_related("parent"))
            units = list(Office.objects.all())
        for form in ("T9", "T10"):
            for office in offices:
                chance.live(office, form, clerks.get(office.pk))
        assert COUNTS == NAMES
        # Every count has something to be wrong about.
        [province] = [unit.pk for unit in units if unit.level == Level.PROVINCE]
        assert all(quality_by_hand(APRIL, DUE)[province][name] for name in NAMES)
        for form in ("", "T9", "T10"):
            wanted = quality_by_hand(APRIL, DUE, form)
            for whole in units:
                rows = counted(APRIL, whole, form)
                for key, row in rows.items():
                    assert {name: getattr(row.tally, name) for name in NAMES} == {
                        name: wanted[key][name] for name in NAMES
                    }
                    beside = [one.unit_id for one in rows.values() if one.parent_id == row.parent_id]
                    rank = None if key == whole.pk else rank_by_hand(wanted, beside, key)
                    assert row.rank == rank
                below = [unit.pk for unit in units if whole.pk in ancestors(unit)]
                assert set(rows) == set(below)


def ancestors(unit: Office) -> list[int]:
    """Return the ids of a unit and all above it."""
    return [unit.pk, *(ancestors(unit.parent) if unit.parent else [])]


def filled_of(one: UnitSheet) -> int:
    """Return how many cells of a sheet hold a figure: what does not apply to an office is blank."""
    return sum(figures["current"] is not None for figures in one.figures.values())


@pytest.mark.fresh_database
class TestSheets:
    """What each way of a sheet counts."""

    def test_a_correction_after_a_return_counts_the_cells_that_differ(self, month: date, clerk: Membership) -> None:
        first = submitted(clerk.office, month)
        county = filler(above(clerk.office))
        said = {code: one["current"] for code, one in first.figures.items()}
        reporting.return_sheet(sheet=first, actor=county, note="少报一件。")
        # What came back blank stands nowhere.
        assert tally_of(clerk.office, month) == Tally(due=1, submitted=1, returned=1)
        dispute_in("agreed_oral", actor=clerk, on=date(2026, 4, 9), source="referral_police")
        final = approved(clerk.office, month)
        changed = [code for code, one in final.figures.items() if one["current"] != said[code]]
        assert "T9.01" in changed
        tally = tally_of(clerk.office, month)
        assert (tally.corrected, tally.filled) == (len(changed), filled_of(final))
        assert (tally.submitted, tally.first_pass, tally.returned) == (1, 0, 1)
        with system("test"):
            [one] = judged_sheets(month, clerk.office, "T9")
        assert (one.sheet.pk, one.corrected, one.filled) == (final.pk, len(changed), filled_of(final))

    def test_what_was_taken_back_is_not_submitted_and_was_yet_in_time(self, month: date, clerk: Membership) -> None:
        with at(DUE):
            sent = submitted(clerk.office, month)
        reporting.withdraw_sheet(sheet=sent, actor=signer(clerk.office))
        assert tally_of(clerk.office, month) == Tally(due=1)
        again = approved(clerk.office, month)
        assert again.signed_at is not None
        # Whoever finds an error and takes the report back to mend it is as punctual as before.
        assert tally_of(clerk.office, month) == Tally(
            due=1, submitted=1, on_time=1, first_pass=1, filled=filled_of(again)
        )

    def test_a_missing_unit_is_due_and_nothing_else(self, month: date, sibling_clerk: Membership) -> None:
        sent = submitted(sibling_clerk.office, month)
        county = above(sibling_clerk.office)
        reporting.return_sheet(sheet=sent, actor=filler(county), note="请核实。")
        late = sheet(sibling_clerk.office, month)
        reporting.mark_missing(sheet=late, actor=signer(county), note="停电，已电话催报。")
        assert tally_of(sibling_clerk.office, month) == Tally(due=1)

    def test_only_offices_are_counted(
        self, month: date, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership
    ) -> None:
        for actor in (clerk, sibling_clerk):
            approved(actor.office, month)
        before = tally_of(county_statistician.office, month)
        assert (before.due, before.submitted) == (2, 2)
        submitted(county_statistician.office, month)
        assert tally_of(county_statistician.office, month) == before

    def test_a_locked_month_stays_what_it_was(
        self, month: date, clerk: Membership, province_statistician: Membership
    ) -> None:
        with system("test"):
            units = {level: list(Office.objects.filter(level=level).select_related("parent")) for level in Level}
        reporting.return_sheet(
            sheet=submitted(clerk.office, month), actor=filler(above(clerk.office)), note="请核实案件总数。"
        )
        for form in ("T9", "T10"):
            for level in (Level.OFFICE, Level.COUNTY, Level.CITY):
                for unit in units[level]:
                    approved(unit, month, form)
            submitted(units[Level.PROVINCE][0], month, form)
        with within(province_statistician):
            asked = lock_month(month=month, actor=province_statistician)
        open_still = counted(month, province_statistician.office)
        jobs.run(asked.pk)
        with system("test"):
            assert Job.objects.get(pk=asked.pk).state == Job.State.DONE
        sealed = counted(month, province_statistician.office)
        assert sealed == open_still
        old = sheet(clerk.office, month)
        with system("test"):
            values = {
                field.attname: getattr(old, field.attname)
                for field in UnitSheet._meta.concrete_fields
                if field.attname not in {"id", "public_id"}
            }
            # What a correction after the lock makes: the next version, of today, with other figures.
            figures = {code: one | {"current": 9} for code, one in old.figures.items()}
            more = {"version": 2, "returns": 0, "first_submitted_on": date(2026, 7, 1), "figures": figures}
            UnitSheet.objects.create(**values | more)
        assert counted(month, province_statistician.office) == sealed

    def test_one_query_tells_it_of_a_whole_province(self, month: date, province_statistician: Membership) -> None:
        with within(province_statistician), CaptureQueriesContext(connection) as asked:
            rows = quality_of(month, province_statistician.office)
        assert len(asked) == 1
        assert [row.level for row in rows] == ["province"] + ["city"] * 2 + ["county"] * 3 + ["office"] * 5
        assert rows[0].tally == Tally(due=10)

    def test_who_reads_sees_their_own_part_alone(
        self, month: date, clerk: Membership, county_statistician: Membership, other_city_reviewer: Membership
    ) -> None:
        with within(county_statistician):
            assert quality_of(month, county_statistician.office)[0].tally == Tally(due=4)
            # Of another unit nothing is there.
            assert quality_of(month, other_city_reviewer.office) == []
        with within(clerk):
            [own] = quality_of(month, clerk.office)
        assert (own.name, own.tally, own.rank) == ("石桥司法所", Tally(due=2), None)


@pytest.mark.fresh_database
@pytest.mark.usefixtures("today")
class TestTheClock:
    """The last moment of the due day and the first one after it, in Shanghai."""

    @pytest.mark.parametrize(
        ("reported", "due"),
        [
            # 1 to 3 January are days off, Sunday 4 January is a make-up day.
            (date(2025, 12, 1), date(2026, 1, 6)),
            (APRIL, DUE),
            # 1 to 7 October are days off, Saturday 10 October is a make-up day.
            (date(2026, 9, 1), date(2026, 10, 10)),
            # An ordinary month: Monday is the first working day.
            (date(2026, 7, 1), date(2026, 8, 5)),
        ],
    )
    @pytest.mark.parametrize(("late", "on_time"), [(timedelta(), 1), (timedelta(microseconds=1), 0)])
    def test_both_ends_of_the_day(
        self, zone_clerk: Membership, reported: date, due: date, late: timedelta, on_time: int
    ) -> None:
        office = zone_clerk.office
        end = datetime(due.year, due.month, due.day, 23, 59, 59, 999_999, tzinfo=SHANGHAI)
        with at(due):
            reporting.open_month(reported)
            assert sheet(office, reported).due_on == due
            one = checked(office, reported)
        with time_machine.travel(end + late, tick=False):
            reporting.submit_sheet(sheet=one, actor=signer(office), digest=one.digest, phone="0537-1")
        assert tally_of(office, reported).on_time == on_time

"""Issuing a month: one snapshot, every unit's sheet, the rows behind it, and nothing that changes afterwards."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from python_calamine import CalamineWorkbook

from casework import jobs
from casework.files import stored_path
from casework.models import Job
from mediation.models import Dispute
from offices.models import Membership, Office
from offices.scoping import NoScope, current_scope, system, within
from reports import rollup
from reports.editions import content_of, digest_of, is_intact
from reports.freezing import FREEZE, RENDER, freeze
from reports.models import Cell, Contribution, Edition, EditionFile, IssueRequest, Sheet
from reports.services import issue_report
from tests.corrections import correct
from tests.factories import dispute_in, take_step
from tests.reports.reference import LINE, flows, reference_cells

APRIL = date(2026, 4, 1)
UNITS = 11

pytestmark = [pytest.mark.usefixtures("today"), pytest.mark.fresh_database]


@pytest.fixture
def ledger(clerk: Membership, sibling_clerk: Membership, far_clerk: Membership) -> list[Dispute]:
    """Cases of April and of the months that it is compared with, in three offices of two cities."""
    made = []
    for month, number in ((date(2025, 3, 5), 1), (date(2025, 4, 5), 2), (date(2026, 3, 5), 1), (date(2026, 4, 5), 3)):
        for actor in (clerk, sibling_clerk, far_clerk)[:number]:
            made.append(dispute_in("agreed_oral", actor=actor, on=month, source="referral_police"))
        made.append(dispute_in("mediating", actor=far_clerk, on=month, dispute_type="medical"))
    dispute_in("accepted", actor=clerk)
    return made


def ask(actor: Membership, **changes: Any) -> Job:
    """Ask for April as the page does."""
    given = {"form": "T9", "month": APRIL, "unit": actor.office, **changes}
    with within(actor):
        return issue_report(actor=actor, **given)


def issued(actor: Membership, **changes: Any) -> Edition:
    """Ask for April, do the job, and return the edition."""
    asked = ask(actor, **changes)
    jobs.run(asked.pk)
    with system("test"):
        done = Job.objects.get(pk=asked.pk)
        assert done.state == Job.State.DONE, done.message
        return Edition.objects.select_related("unit", "definition").get(public_id=done.result["edition"])


def sheet_of(edition: Edition, unit: Office) -> Sheet:
    """Return a unit's sheet of an edition."""
    with system("test"):
        return Sheet.objects.get(edition=edition, unit=unit)


@pytest.fixture
def edition(ledger: list[Dispute], province_statistician: Membership) -> Iterator[Edition]:
    """The first edition of April."""
    return issued(province_statistician)  # type: ignore[return-value]


class TestFrozenFigures:
    """What an edition holds."""

    def test_every_unit_of_the_month_has_a_sheet(self, edition: Edition) -> None:
        with system("test"):
            sheets = {sheet.unit_id: sheet for sheet in Sheet.objects.filter(edition=edition)}
            assert set(sheets) == set(Office.objects.values_list("pk", flat=True))
        assert len(sheets) == UNITS
        assert all({flow.code for flow in flows()} < set(sheet.figures) for sheet in sheets.values())

    def test_its_month_is_what_the_slow_reference_counts(self, edition: Edition) -> None:
        expected = {unit: figures for (unit, month), figures in reference_cells().items() if month == APRIL}
        codes = {flow.code for flow in flows()}
        with system("test"):
            found = {
                sheet.unit_id: {
                    code: n["current"] for code, n in sheet.figures.items() if n["current"] and code in codes
                }
                for sheet in Sheet.objects.filter(edition=edition)
            }
        assert {unit: figures for unit, figures in found.items() if figures} == expected

    def test_it_compares_with_last_month_last_year_and_the_years_to_date(
        self, edition: Edition, province_statistician: Membership
    ) -> None:
        figures = sheet_of(edition, province_statistician.office).figures
        assert figures["T9.01"] == {"current": 4, "previous": 2, "last_year": 3, "ytd": 6, "last_ytd": None}
        assert figures["T9.03"]["current"] == 3

    def test_a_balance_is_the_state_on_the_last_day(self, edition: Edition, province_statistician: Membership) -> None:
        figures = sheet_of(edition, province_statistician.office).figures
        assert figures["T9.B"] == {"current": 4, "previous": 3, "last_year": 2, "ytd": None, "last_ytd": None}

    def test_months_before_the_portal_have_no_figures(
        self, clerk: Membership, province_statistician: Membership
    ) -> None:
        dispute_in("accepted", actor=clerk, on=date(2026, 4, 5))
        figures = sheet_of(issued(province_statistician), clerk.office).figures
        assert figures["T9.01"] == {"current": 1, "previous": None, "last_year": None, "ytd": 1, "last_ytd": None}

    def test_each_figure_is_the_sum_of_its_rows(self, edition: Edition) -> None:
        sums: dict[int, Counter[str]] = {}
        with system("test"):
            for row in Contribution.objects.filter(edition=edition):
                for unit in (row.office_id, row.county_id, row.city_id, edition.unit_id):
                    sums.setdefault(unit, Counter()).update(row.figures)
            sheets = list(Sheet.objects.filter(edition=edition))
        for sheet in sheets:
            for flow in flows():
                assert sheet.figures[flow.code]["current"] == sums.get(sheet.unit_id, Counter())[flow.code]

    def test_rows_hold_no_name_and_no_text(self, edition: Edition) -> None:
        with system("test"):
            rows = str(list(Contribution.objects.filter(edition=edition).values()))
        assert "张三丰" not in rows
        assert "排水沟" not in rows

    def test_the_trend_ends_with_the_month(self, edition: Edition) -> None:
        assert [point["month"] for point in edition.trend][-1] == "2026-04-01"
        assert [point["figures"]["T9.01"] for point in edition.trend][-2:] == [2, 4]
        assert len(edition.trend) == 13


class TestSnapshot:
    """Freezing neither waits for the drain nor disturbs it."""

    def test_it_counts_what_is_still_marked_and_leaves_the_marks(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        marked = rollup.pending_pairs()
        assert marked
        edition = issued(province_statistician)
        assert rollup.pending_pairs() == marked
        with system("test"):
            assert not Cell.objects.exists()
        assert sheet_of(edition, province_statistician.office).figures["T9.01"]["current"] == 4

    def test_drained_or_not_gives_the_same(self, ledger: list[Dispute], province_statistician: Membership) -> None:
        first = issued(province_statistician)
        rollup.drain()
        take_step(ledger[-1], "agree_orally", actor=ledger_owner(ledger[-1]), on=date(2026, 5, 6))
        second = issued(province_statistician, reason="核对")
        with system("test"):
            figures = [
                dict(Sheet.objects.filter(edition=edition).values_list("unit_id", "figures"))
                for edition in (first, second)
            ]
        assert figures[0] == figures[1]

    def test_a_snapshot_is_refused_inside_another_transaction(self) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError, match="outermost"), system("test", snapshot=True):
            pass

    def test_a_snapshot_does_not_see_what_is_saved_meanwhile(self, clerk: Membership) -> None:
        with system("test", snapshot=True):
            before = Dispute.objects.count()
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert cursor.fetchone() == ("repeatable read",)
            assert Dispute.objects.count() == before
        with pytest.raises(NoScope):
            current_scope()


def ledger_owner(dispute: Dispute) -> Membership:
    """Return the clerk of a dispute's office."""
    return Membership.objects.select_related("user", "office").get(user=dispute.created_by_id, office=dispute.office_id)


class TestForGood:
    """What is issued stays as it is."""

    def test_a_later_correction_moves_no_sheet(
        self, edition: Edition, ledger: list[Dispute], clerk: Membership, province_statistician: Membership
    ) -> None:
        case = next(
            dispute for dispute in ledger if dispute.office_id == clerk.office_id and dispute.accepted_on >= APRIL
        )
        correct(case, clerk, accepted_on=None, dispute_type="tourism")
        rollup.drain()
        with system("test"):
            assert is_intact(edition)
        again = issued(province_statistician, reason="纠纷类型登记有误")
        assert sheet_of(edition, clerk.office).figures["T9.31"]["current"] == 0
        assert sheet_of(again, clerk.office).figures["T9.31"]["current"] == 1

    @pytest.mark.parametrize("model", [Edition, Sheet, Contribution, IssueRequest])
    def test_the_database_refuses_to_change_it(self, edition: Edition, model: type[Any]) -> None:
        for change in (lambda rows: rows.update(line="other"), lambda rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="never changed"), system("test"):
                change(model.objects.all())

    def test_another_edition_needs_a_reason_and_gets_the_next_number(
        self, edition: Edition, province_statistician: Membership
    ) -> None:
        with pytest.raises(ValidationError) as refusal:
            ask(province_statistician)
        assert list(refusal.value.error_dict) == ["reason"]
        second = issued(province_statistician, reason="三件纠纷补登")
        assert (edition.number, second.number) == (1, 2)
        with system("test"):
            assert content_of(second).replaces == 1
            assert content_of(second).notes == ("更正说明：三件纠纷补登",)

    def test_names_and_meaning_are_those_of_the_day(self, edition: Edition, clerk: Membership) -> None:
        with system("test", using="owner"):
            Office.objects.using("owner").filter(pk=clerk.office_id).update(short_name="新名")
        with system("test"):
            content = content_of(edition)
            assert "新名" not in {sheet.unit_name for sheet in Sheet.objects.filter(edition=edition)}
        assert content.columns[0].definition == flows()[0].definition
        assert len(content.columns) == 39

    def test_the_digest_covers_the_rows(self, edition: Edition) -> None:
        with system("test"):
            assert digest_of(edition) == edition.digest
            edition.checks = []
            assert digest_of(edition) != edition.digest


class TestAsking:
    """Who may issue what, and how often."""

    def test_a_second_click_finds_the_first_job(self, ledger: list[Dispute], province_statistician: Membership) -> None:
        assert ask(province_statistician).pk == ask(province_statistician).pk
        with system("test"):
            assert IssueRequest.objects.count() == 1

    def test_a_job_that_runs_twice_makes_one_edition(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        asked = ask(province_statistician)
        for _attempt in range(2):
            jobs.run(asked.pk)
        with system("test"):
            assert Edition.objects.count() == 1

    def test_an_attempt_whose_lease_has_passed_on_leaves_nothing(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        asked = ask(province_statistician)
        slow = jobs.claim(asked.pk)
        assert slow is not None
        with system("test"):
            Job.objects.filter(pk=asked.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        jobs.run(asked.pk)
        handler, _runs_as = jobs._handlers[FREEZE]
        with pytest.raises(RuntimeError, match="lease"):
            handler(slow)
        with system("test"):
            assert Edition.objects.count() == 1
            assert Job.objects.filter(kind=RENDER).count() == 1

    def test_a_running_month_is_refused(self, ledger: list[Dispute], province_statistician: Membership) -> None:
        with pytest.raises(ValidationError) as refusal:
            ask(province_statistician, month=date(2026, 5, 1))
        assert list(refusal.value.error_dict) == ["month"]

    def test_a_month_before_the_portal_is_refused(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        with pytest.raises(ValidationError) as refusal:
            ask(province_statistician, month=date(2024, 1, 1))
        assert list(refusal.value.error_dict) == ["month"]

    def test_an_expired_form_is_refused(self, ledger: list[Dispute], province_statistician: Membership) -> None:
        later = datetime(2028, 3, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
        with time_machine.travel(later), pytest.raises(ValidationError) as refusal:
            ask(province_statistician, month=date(2028, 1, 1))
        assert list(refusal.value.error_dict) == ["form"]

    def test_an_unknown_form_is_refused(self, province_statistician: Membership) -> None:
        with pytest.raises(ValidationError) as refusal:
            ask(province_statistician, form="T99")
        assert list(refusal.value.error_dict) == ["form"]

    @pytest.mark.parametrize("name", ["county_statistician", "city_statistician", "province_line_lead", "clerk"])
    def test_only_the_statistician_of_the_province_issues(self, name: str, member: Any) -> None:
        with pytest.raises(PermissionError):
            ask(member(name))

    def test_nobody_issues_for_another_unit(self, province_statistician: Membership, clerk: Membership) -> None:
        with pytest.raises(PermissionError):
            ask(province_statistician, unit=clerk.office)

    def test_the_right_is_read_again_when_the_job_runs(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        asked = ask(province_statistician)
        province_statistician.user.is_active = False
        province_statistician.user.save()
        jobs.run(asked.pk)
        with system("test"):
            assert Job.objects.get(pk=asked.pk).state == Job.State.DEAD
            assert not Edition.objects.exists()

    def test_a_broken_check_relation_stops_the_month(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        with system("test"):
            Dispute.objects.filter(accepted_on__gte=APRIL).update(source="unheard_of")
        asked = ask(province_statistician)
        jobs.run(asked.pk)
        with system("test"):
            dead = Job.objects.get(pk=asked.pk)
            assert (dead.state, Edition.objects.count()) == (Job.State.DEAD, 0)
        assert "1 = 12 + 13 + 14" in dead.message
        rollup.drain()
        with pytest.raises(ValidationError) as refusal:
            ask(province_statistician)
        assert list(refusal.value.error_dict) == ["month"]


class TestFiles:
    """Drawing the files, once."""

    @pytest.fixture
    def drawn(self, edition: Edition) -> list[EditionFile]:
        """Do the rendering job twice."""
        with system("test"):
            rendering = Job.objects.get(kind=RENDER)
        for _attempt in range(2):
            jobs.run(rendering.pk)
        with system("test"):
            assert Job.objects.get(pk=rendering.pk).state == Job.State.DONE
            return list(EditionFile.objects.filter(edition=edition))

    def test_two_private_files_with_their_digests(self, drawn: list[EditionFile]) -> None:
        assert {file.kind for file in drawn} == {"pdf", "xlsx"}
        for file in drawn:
            path = stored_path(file.stored_as)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert path.stat().st_size == file.size
        kept = {path.name for path in Path(path.parent.parent).rglob("*") if path.is_file()}
        assert {Path(file.stored_as).name for file in drawn} <= kept

    def test_the_workbook_says_what_sql_counts(self, drawn: list[EditionFile]) -> None:
        (workbook,) = (file for file in drawn if file.kind == "xlsx")
        sheet = CalamineWorkbook.from_path(stored_path(workbook.stored_as)).get_sheet_by_name("省表")
        rows = {row[0]: row for row in sheet.to_python()}
        with connection.cursor() as cursor, system("test"):
            cursor.execute(
                "SELECT count(*), sum(d.party_count) FROM casework_countedevent e JOIN mediation_dispute d "
                "ON d.id = e.record_id WHERE e.kind = 'accepted' AND NOT e.is_replaced "
                "AND e.counted_on BETWEEN '2026-04-01' AND '2026-04-30'"
            )
            cases, parties = cursor.fetchone()
        assert (rows["01"][4], rows["02"][4]) == (cases, parties)

    def test_the_command_does_what_the_page_does_and_ends_with_the_path(
        self, ledger: list[Dispute], capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("issue_report", "--form", "T9", "--month", "2026-04", "--unit", "37")
        path = Path(capsys.readouterr().out.splitlines()[-1])
        assert path.read_bytes().startswith(b"%PDF-")


def test_freezing_again_without_a_change_gives_the_same_figures(
    edition: Edition, province_statistician: Membership
) -> None:
    with system("test", snapshot=True):
        request = IssueRequest.objects.select_related("unit").get()
        again = freeze(request, province_statistician, timezone.now())
        stored = dict(Sheet.objects.filter(edition=again).values_list("unit_id", "figures"))
        assert stored == dict(Sheet.objects.filter(edition=edition).values_list("unit_id", "figures"))
    assert again.line == LINE

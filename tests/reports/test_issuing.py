"""Asking for a month: who may, the job that freezes it once, and the files that are drawn of it once."""

from __future__ import annotations

import hashlib
import stat
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from python_calamine import CalamineWorkbook

from casework import jobs
from casework.files import stored_path
from casework.models import Job
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.freezing import FREEZE, RENDER
from reports.models import Edition, EditionFile, IssueRequest
from tests.reports.issuing import APRIL, ask

pytestmark = pytest.mark.usefixtures("today")


@pytest.mark.django_db
class TestAsking:
    """Who may issue what, and when."""

    def test_a_second_click_finds_the_first_job(self, ledger: list[Dispute], province_statistician: Membership) -> None:
        assert ask(province_statistician).pk == ask(province_statistician).pk
        with system("test"):
            assert IssueRequest.objects.count() == 1

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


@pytest.mark.fresh_database
class TestJob:
    """The job that freezes: once, with the rights of the day, or not at all."""

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


@pytest.mark.fresh_database(per="class")
class TestFiles:
    """The command, and the files that it has drawn."""

    @pytest.fixture
    def printed(self, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> list[EditionFile]:
        """Issue April from the shell, once for the class; return the files."""
        with system("test"):
            found = list(EditionFile.objects.all())
        if not found:
            request.getfixturevalue("ledger")
            call_command("issue_report", "--form", "T9", "--month", "2026-04", "--unit", "37")
            path = Path(capsys.readouterr().out.splitlines()[-1])
            assert path.read_bytes().startswith(b"%PDF-")
            with system("test"):
                found = list(EditionFile.objects.all())
        return found

    def test_two_private_files_as_long_as_they_say(self, printed: list[EditionFile]) -> None:
        assert {file.kind for file in printed} == {"pdf", "xlsx"}
        for file in printed:
            path = stored_path(file.stored_as)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert path.stat().st_size == file.size
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256

    def test_a_rendering_that_runs_again_draws_nothing_more(self, printed: list[EditionFile]) -> None:
        with system("test"):
            rendering = Job.objects.get(kind=RENDER)
        jobs.run(rendering.pk)
        with system("test"):
            assert EditionFile.objects.count() == 2

    def test_the_workbook_says_what_sql_counts(self, printed: list[EditionFile]) -> None:
        (workbook,) = (file for file in printed if file.kind == "xlsx")
        sheet = CalamineWorkbook.from_path(stored_path(workbook.stored_as)).get_sheet_by_name("省表")
        rows = {row[0]: row for row in sheet.to_python()}
        with system("test"), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), sum(d.party_count) FROM casework_countedevent e JOIN mediation_dispute d "
                "ON d.id = e.record_id WHERE e.kind = 'accepted' AND NOT e.is_replaced "
                "AND e.counted_on BETWEEN '2026-04-01' AND '2026-04-30'"
            )
            cases, parties = cursor.fetchone()
        assert cases == 3
        assert (rows["01"][4], rows["02"][4]) == (cases, parties)

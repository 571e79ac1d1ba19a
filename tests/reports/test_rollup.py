"""Cells follow the ledger: every level, every correction, whoever drains and however many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.models import Cell, Drained
from tests.corrections import correct
from tests.factories import dispute_in, take_step
from tests.reports.reference import Figures, reference_cells

MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)
Execute = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("today")


def cells() -> dict[tuple[int, date], Figures]:
    """Return all cells by unit and month, zeros left out."""
    with system("test"):
        stored = Cell.objects.values_list("unit_id", "month", "figures")
        found = {(unit, month): {code: n for code, n in figures.items() if n} for unit, month, figures in stored}
    return {key: figures for key, figures in found.items() if figures}


def figure(membership: Membership, code: str, month: date = MAY) -> int:
    """Return a figure of a member's unit; a missing cell is zero."""
    return cells().get((membership.office_id, month), {}).get(code, 0)


def ledger(clerk: Membership, sibling_clerk: Membership, far_clerk: Membership) -> None:
    """Fill three offices of two cities with cases in every kind of state, over two months."""
    april = date(2026, 4, 27)
    dispute_in("agreed_written", actor=clerk, on=april, step_dates={"agree_in_writing": date(2026, 5, 6)})
    dispute_in("agreed_oral", actor=clerk, source="referral_court", dispute_type="medical")
    dispute_in("mediating", actor=clerk, is_difficult=True, party_count=7)
    dispute_in("failed", actor=sibling_clerk, on=april, source="ex_officio")
    dispute_in("transferred", actor=sibling_clerk)
    dispute_in("rejected", actor=sibling_clerk)
    dispute_in("archived", actor=far_clerk, on=april, dispute_type="other")
    dispute_in("registered", actor=far_clerk)


@pytest.mark.django_db
class TestDrain:
    """What a drain makes of marks."""

    def test_every_level_agrees_with_the_slow_reference(
        self, clerk: Membership, sibling_clerk: Membership, far_clerk: Membership
    ) -> None:
        ledger(clerk, sibling_clerk, far_clerk)
        assert rollup.drain() > 0
        assert cells() == reference_cells()

    def test_a_backlog_counted_as_a_whole_gives_the_same(
        self, clerk: Membership, sibling_clerk: Membership, far_clerk: Membership, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ledger(clerk, sibling_clerk, far_clerk)
        monkeypatch.setattr(rollup, "WHOLE_FROM", 1)
        rollup.drain()
        assert cells() == reference_cells()

    def test_it_leaves_no_mark_and_remembers_how_far_it_came(self, clerk: Membership) -> None:
        dispute_in("accepted", actor=clerk)
        assert rollup.pending_pairs() == [(clerk.office_id, MAY)]
        rollup.drain()
        assert rollup.pending_pairs() == []
        before = Drained.objects.get().as_of
        rollup.drain()
        assert Drained.objects.get().as_of > before

    def test_a_step_counts_in_the_month_of_its_legal_date(self, clerk: Membership, county_reviewer: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=date(2026, 4, 30))
        take_step(dispute, "agree_orally", actor=clerk, on=date(2026, 5, 4))
        rollup.drain()
        assert (figure(county_reviewer, "T9.01", APRIL), figure(county_reviewer, "T9.03", APRIL)) == (1, 0)
        assert (figure(county_reviewer, "T9.01"), figure(county_reviewer, "T9.03")) == (0, 1)

    def test_a_corrected_date_moves_the_case_to_the_other_month(
        self, clerk: Membership, province_statistician: Membership
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=date(2026, 4, 28), step_dates={"accept": date(2026, 5, 6)})
        rollup.drain()
        assert figure(province_statistician, "T9.01") == 1
        correct(dispute, clerk, accepted_on=date(2026, 4, 29))
        rollup.drain()
        assert (figure(province_statistician, "T9.01", APRIL), figure(province_statistician, "T9.01")) == (1, 0)
        assert cells() == reference_cells()

    def test_a_corrected_field_recounts_the_month_of_its_event(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=date(2026, 4, 28))
        rollup.drain()
        assert figure(clerk, "T9.21", APRIL) == 1
        correct(dispute, clerk, dispute_type="medical")
        rollup.drain()
        assert (figure(clerk, "T9.21", APRIL), figure(clerk, "T9.34", APRIL)) == (0, 1)

    def test_money_is_summed_in_fen(self, clerk: Membership, city_reviewer: Membership) -> None:
        dispute_in("agreed_oral", actor=clerk, amount=123)
        dispute_in("agreed_oral", actor=clerk, amount=2_000_000_000_000)
        rollup.drain()
        assert figure(city_reviewer, "T9.05") == 2_000_000_000_123

    def test_what_sql_changes_is_counted_too(self, clerk: Membership) -> None:
        dispute_in("accepted", actor=clerk)
        rollup.drain()
        with system("test"):
            Dispute.objects.update(is_difficult=True)
        rollup.drain()
        assert figure(clerk, "T9.04") == 1


def tamper(clerk: Membership) -> None:
    """Count one case of the office as five, and leave no mark."""
    dispute_in("accepted", actor=clerk)
    rollup.drain()
    with system("test"):
        cell = Cell.objects.get(unit=clerk.office)
        Cell.objects.filter(pk=cell.pk).update(figures=cell.figures | {"T9.01": 5})


def unlocked(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Take the lock's place in the canaries: everybody thinks to hold it."""
    for function in ("pg_try_advisory_xact_lock", "pg_advisory_xact_lock"):
        sql = sql.replace(f"SELECT {function}(%s)", "SELECT %s IS NOT NULL")
    return execute(sql, params, many, context)


def as_it_is(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Change nothing."""
    return execute(sql, params, many, context)


@contextmanager
def paused_before_writing(work: Callable[[], int], lock: Execute) -> Iterator[None]:
    """Let a thread count, run the block, and only then let the thread write and end."""
    counted, go = threading.Event(), threading.Event()

    def waiting(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT INTO reports_cell" in sql and not counted.is_set():
            counted.set()
            go.wait(timeout=20)
        return execute(sql, params, many, context)

    def run() -> None:
        with connection.execute_wrapper(lock), connection.execute_wrapper(waiting):
            work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert counted.wait(timeout=20)
    try:
        yield
    finally:
        go.set()
        thread.join(timeout=20)


@pytest.mark.fresh_database
class TestTwoAtOnce:
    """One has counted, a case is saved, another drains, then the first one writes what it counted."""

    def second_drain(self, clerk: Membership, lock: Execute) -> None:
        """Save a case and drain; whoever waits here for a lock of the first one fails."""
        dispute_in("accepted", actor=clerk)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        with connection.execute_wrapper(lock):
            rollup.drain()

    def test_the_second_drainer_returns_at_once_and_the_first_counts_its_case(self, clerk: Membership) -> None:
        dispute_in("accepted", actor=clerk)
        with paused_before_writing(rollup.drain, as_it_is):
            self.second_drain(clerk, as_it_is)
            assert figure(clerk, "T9.01") == 0
        assert figure(clerk, "T9.01") == 2
        assert (rollup.verify().differing, rollup.pending_pairs()) == (0, [])

    def test_without_the_lock_the_second_drainer_would_wait_for_the_first(self, clerk: Membership) -> None:
        dispute_in("accepted", actor=clerk)
        with paused_before_writing(rollup.drain, unlocked), pytest.raises(OperationalError, match="lock timeout"):
            self.second_drain(clerk, unlocked)

    def recounted(self, clerk: Membership, lock: Execute) -> rollup.Verification:
        """Let a recount find a wrong cell and a drain count a new case before the recount has written."""
        tamper(clerk)
        with paused_before_writing(rollup.recount, lock):
            self.second_drain(clerk, lock)
        return rollup.verify()

    def test_a_recount_does_not_write_over_a_later_case(self, clerk: Membership) -> None:
        assert self.recounted(clerk, as_it_is).differing == 0
        assert figure(clerk, "T9.01") == 2

    def test_without_the_lock_the_later_case_is_lost(self, clerk: Membership) -> None:
        assert self.recounted(clerk, unlocked).differing > 0
        assert figure(clerk, "T9.01") == 1


@pytest.mark.fresh_database
class TestVerification:
    """Cells that are wrong are found, named and mended."""

    def test_agreeing_cells_exit_quietly(self, clerk: Membership, capsys: pytest.CaptureFixture[str]) -> None:
        dispute_in("archived", actor=clerk)
        call_command("recount", "--verify")
        assert capsys.readouterr().out.startswith("0 of ")

    def test_a_wrong_cell_is_named_and_ends_with_1(self, clerk: Membership, capsys: pytest.CaptureFixture[str]) -> None:
        tamper(clerk)
        with pytest.raises(SystemExit) as stop:
            call_command("recount", "--verify")
        assert stop.value.code == 1
        printed = capsys.readouterr().out
        assert printed.startswith("2 of ")
        assert f"2026-05 office {clerk.office.name}: T9.01" in printed

    def test_recount_mends_it(self, clerk: Membership) -> None:
        tamper(clerk)
        call_command("recount")
        assert rollup.verify().differing == 0
        assert cells() == reference_cells()

    def test_a_cell_without_events_left_becomes_zero(self, clerk: Membership) -> None:
        with system("test"):
            Cell(unit=clerk.office, line="mediation", month=APRIL, figures={"T9.01": 5}, as_of=timezone.now()).save()
        # The office's, and the county's that should be its sum.
        assert rollup.verify().differing == 2
        call_command("recount")
        assert cells() == {}

    def test_marked_months_are_not_called_wrong(self, clerk: Membership) -> None:
        rollup.drain()
        dispute_in("accepted", actor=clerk)
        found = rollup.verify()
        assert (found.differing, found.pending) == (0, 1)

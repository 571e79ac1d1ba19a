"""A year of months that end on the 25th: cells, rows behind a figure, sheets, dates and editions follow it together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from casework import lines
from casework.months import forget_months
from mediation.models import Dispute
from offices.models import Membership, Office
from offices.scoping import system, within
from reports import reporting, rollup
from reports.due_dates import due_on, opens_on
from reports.editions import content_of
from reports.freezing import freeze
from reports.ledger import read_month
from reports.models import Cell, Contribution, IssueRequest, UnitSheet, Volume
from reports.periods import Period
from reports.rows import Behind
from reports.selectors import last_day_of, locked_reason
from reports.volume_pdf import volume_context
from reports.volume_reading import content_of_volume
from tests.casework.dated import AHEAD, adopted
from tests.factories import dispute_in
from tests.reports.chain_people import sealed
from tests.reports.reference import LINE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
JANUARY, FEBRUARY, MARCH = AHEAD, date(2034, 2, 1), date(2034, 3, 1)
ACCEPTED = "T9.01"
# Acceptances on both sides of each end, and in the year before.
DAYS = {
    date(2033, 12, 31): date(2033, 12, 1),
    date(2034, 1, 25): JANUARY,
    date(2034, 1, 26): FEBRUARY,
    date(2034, 1, 31): FEBRUARY,
    date(2034, 2, 25): FEBRUARY,
    date(2034, 2, 26): MARCH,
}


@pytest.fixture
def spring() -> Iterator[None]:
    """Stand in the middle of March 2034, with months that end on the 25th since January."""
    forget_months()
    with time_machine.travel(datetime(2034, 3, 15, 10, tzinfo=ZoneInfo("Asia/Shanghai"))):
        yield
    forget_months()


@pytest.fixture
def ledger(database: None, clerk: Membership) -> dict[date, int]:
    """Adopt the rule and accept a case on each day; return how many each month has."""
    with time_machine.travel(date(2026, 5, 20)):
        adopted("month", "month", {"last_day": 25, "article": "统计报表制度"})
    counted: dict[date, int] = {}
    for day, month in DAYS.items():
        dispute_in("accepted", actor=clerk, on=day)
        counted[month] = counted.get(month, 0) + 1
    return counted


def cells_of(clerk: Membership) -> dict[date, int]:
    """Return the accepted cases of the clerk's office by month, as the cells say."""
    with system("test"):
        rows = Cell.objects.filter(unit=clerk.office_id, line=LINE).values_list("month", "figures")
        return {month: figures[ACCEPTED] for month, figures in rows if figures.get(ACCEPTED)}


def test_drain_recount_and_verification_count_by_the_rule(ledger: dict[date, int], clerk: Membership) -> None:
    with system("test"):
        marked = {month for _office, month in rollup.pending_pairs(LINE)}
    assert marked == set(ledger)
    rollup.drain()
    assert cells_of(clerk) == ledger
    assert rollup.recount() == 0
    with system("test"):
        Cell.objects.all().delete()
    assert rollup.recount() > 0
    assert cells_of(clerk) == ledger


def test_the_rows_behind_a_figure_are_as_many_as_the_figure(ledger: dict[date, int], clerk: Membership) -> None:
    line = lines.line(LINE)
    with within(clerk):
        for month, count in ledger.items():
            behind = Behind(line, line.indicator(ACCEPTED), clerk.office, Period(month))
            assert behind.total() == count, month
        year = Behind(line, line.indicator(ACCEPTED), clerk.office, Period(MARCH, "ytd"))
        assert year.total() == sum(count for month, count in ledger.items() if month >= JANUARY)


def test_a_balance_stands_at_the_end_of_the_month(ledger: dict[date, int], clerk: Membership) -> None:
    line = lines.line(LINE)
    balance = next(one for one in line.indicators if ACCEPTED in one.plus and not one.opening)
    rollup.drain()
    with system("test"):
        whole = Office.objects.get(level="province")
        figures = read_month(line, lines.form("T9")[1], FEBRUARY, whole).figures[clerk.office_id]
    with within(clerk):
        behind = Behind(line, balance, clerk.office, Period(FEBRUARY)).total()
    assert figures[balance.code]["current"] == behind == sum(n for month, n in ledger.items() if month <= FEBRUARY)


def test_an_edition_keeps_the_events_of_its_month(ledger: dict[date, int], province_statistician: Membership) -> None:
    with system("test"):
        request = IssueRequest(
            unit=province_statistician.office, level="province", line=LINE, form="T9", month=FEBRUARY, reason=""
        )
        request.asked_by = province_statistician.user
        request.save()
        edition = freeze(request, province_statistician, timezone.now())
        kept = Contribution.objects.filter(edition_id=edition.pk, figures__has_key=ACCEPTED)
        days = sorted(kept.values_list("on", flat=True))
        notes = content_of(edition).notes
    assert notes == ("统计期间：2034年1月26日至2034年2月25日。",)
    assert days == [day for day, month in DAYS.items() if month == FEBRUARY]


def test_sheets_open_after_the_last_day_and_are_due_by_working_days_after_it(
    ledger: dict[date, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Today's forms are not in force as long as that.
    monkeypatch.setattr(lines.Form, "is_due", lambda form, month: True)
    assert opens_on(FEBRUARY) == date(2034, 2, 26)
    # The 26th is a Sunday: Monday, Tuesday, Wednesday.
    assert due_on(FEBRUARY, "office") == date(2034, 3, 1)
    assert opens_on(date(2033, 11, 1)) == date(2033, 12, 1)
    with time_machine.travel(date(2034, 2, 26)):
        assert reporting.open_last_month() > 0
    with system("test"):
        assert set(UnitSheet.objects.values_list("month", flat=True)) == {FEBRUARY}


def test_the_pages_show_the_running_month_and_its_days(
    ledger: dict[date, int], clerk: Membership, client_for: Any
) -> None:
    rollup.drain()
    page = client_for(clerk).get(reverse("dashboard", args=[LINE])).content.decode()
    assert "2034-02-26 — 2034-03-25" in page
    with time_machine.travel(datetime(2034, 3, 26, 10, tzinfo=ZoneInfo("Asia/Shanghai"))):
        client = client_for(clerk)
        april = client.get(reverse("dashboard", args=[LINE]), {"period": "2034-04"})
        assert (april.status_code, "2034-03-26 — 2034-04-25" in april.content.decode()) == (200, True)
        assert client.get(reverse("dashboard", args=[LINE]), {"period": "2034-05"}).status_code == 404


def test_a_locked_month_holds_its_own_days_and_names(
    ledger: dict[date, int], clerk: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines.Form, "is_due", lambda form, month: True)
    reporting.open_month(FEBRUARY)
    with system("test"):
        UnitSheet.objects.filter(unit=clerk.office, month=FEBRUARY).update(state="locked")
    with within(clerk):
        dispute = Dispute.objects.first()
        assert dispute is not None
        assert locked_reason(dispute, date(2034, 1, 26))
        assert locked_reason(dispute, date(2034, 2, 25))
        # In February by its date, in March by the rule.
        assert locked_reason(dispute, date(2034, 2, 26)) == ""
    assert last_day_of(FEBRUARY) == date(2034, 2, 25)


def test_a_volume_says_from_when_to_when_its_month_counts(
    ledger: dict[date, int], province_statistician: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines.Form, "is_due", lambda form, month: True)
    edition = sealed(FEBRUARY, province_statistician)
    with system("test"):
        volume = Volume.objects.select_related("unit", "edition").get(edition=edition, level="province")
        context = volume_context(content_of_volume(volume))
    cover = render_to_string("print/volume/cover.html", context)
    assert "2034年1月26日至2034年2月25日" in cover

"""Balances close for every unit, whoever hands over what to whom and however often; the rows follow the figures."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from casework import lines, taking_over
from casework.models import CountedEvent
from mediation.models import Dispute
from mediation.services import organisations
from offices.models import Membership, Office
from offices.scoping import system, within
from reports import rollup
from reports.freezing import codes_of
from reports.models import Cell, Contribution
from reports.periods import Period
from reports.rows import Behind
from tests.conftest import clone_in_use, find_member, on_the_day
from tests.databases import Databases
from tests.factories import committee_of, dispute_in, take_step
from tests.handing import handed
from tests.reports.extras import add_extras
from tests.reports.issuing import frozen
from tests.reports.pages import row_count, text_of
from tests.reports.reference import LINE, added_by, kept_open, reference_cells

SEEDS = (1, 20260520)
MONTHS = (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
CLERKS = ("clerk", "sibling_clerk", "zone_clerk", "far_clerk")
OPEN, ENDS = ("registered", "accepted", "assigned", "mediating"), ("agree_orally", "fail")

pytestmark = pytest.mark.usefixtures("today")


def live(seed: int) -> None:
    """Let cases of four offices in three counties begin, move to and fro, and end, on random days of spring."""
    chance = random.Random(seed)
    for _number in range(24):
        holder = find_member(chance.choice(CLERKS))
        day = date(2026, 3, 2) + timedelta(days=chance.randrange(40))
        dispute = dispute_in(chance.choice(OPEN), actor=holder, on=day)
        for _turn in range(chance.randrange(4)):
            day += timedelta(days=chance.randrange(12))
            receiver = find_member(chance.choice([name for name in CLERKS if name != holder.user.username]))
            dispute, holder = handed(dispute, holder, receiver, on=day), receiver
        if dispute.state == "mediating" and chance.random() < 0.5:
            day += timedelta(days=chance.randrange(8))
            take_step(dispute, chance.choice(ENDS), actor=holder, on=day)


def units() -> list[Office]:
    return list(Office.objects.filter(valid_to=None))


def standing(unit: Office, month: date) -> int:
    """Return how many cases are in mediation at a unit at the end of a month, counted one by one from their events."""
    following = (month + timedelta(days=31)).replace(day=1)
    column = {"office": "office", "county": "county", "city": "city"}.get(unit.level)
    with system("test"):
        events = CountedEvent.objects.filter(is_replaced=False, record_type="mediation.dispute")
        events = events.filter(**{column: unit}) if column else events
        return sum("T9.B" in kept_open(event, following) for event in events)


def balance(unit: Office, month: date, code: str = "T9.B") -> int:
    """Return a balance of a unit at the end of a month from its cells."""
    line = lines.line(LINE)
    declared = line.indicator(code)
    found: Counter[str] = Counter()
    with system("test"):
        for figures in Cell.objects.filter(unit=unit, line=LINE, month__lte=month).values_list("figures", flat=True):
            found.update(figures)
    return sum(found[plus] for plus in declared.plus) - sum(found[minus] for minus in declared.minus)


@pytest.fixture(scope="class", params=SEEDS)
def lives(
    request: pytest.FixtureRequest, django_db_setup: None, databases: Databases, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Let the cases of a seed live, and count them: in a clone of its own, in which the tests are rolled back."""
    with clone_in_use(databases, django_db_blocker):
        with on_the_day():
            live(request.param)
            rollup.drain()
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("lives")
class TestRandomLives:
    """Of random business no figure is lost and none is counted twice."""

    def test_cells_follow_the_events(self) -> None:
        with system("test"):
            stored = {
                (unit, month): figures
                for unit, month, figures in Cell.objects.values_list("unit_id", "month", "figures")
                if figures
            }
        assert stored == reference_cells()

    def test_the_balance_of_every_unit_is_what_it_holds(self) -> None:
        negative = 0
        for month in MONTHS:
            held = {unit.pk: balance(unit, month) for unit in units()}
            assert held == {unit.pk: standing(unit, month) for unit in units()}
            negative += sum(value < 0 for value in held.values())
            province = next(unit for unit in units() if unit.level == "province")
            assert held[province.pk] == sum(held[unit.pk] for unit in units() if unit.level == "office")
        assert not negative
        # On the last day it is what lies there now.
        with system("test"):
            now = Counter(
                Dispute.objects.filter(state__in=["accepted", "assigned", "mediating"]).values_list("office", flat=True)
            )
        assert {unit.pk: balance(unit, MONTHS[-1]) for unit in units() if unit.level == "office"} == {
            unit.pk: now[unit.pk] for unit in units() if unit.level == "office"
        }

    def test_what_an_edition_stores_adds_up(self, province_statistician: Membership) -> None:
        edition = frozen(province_statistician)
        printed = set(codes_of(*lines.form("T9")))
        with system("test"):
            stored = dict(Contribution.objects.filter(edition=edition).values_list("event_id", "figures"))
            events = CountedEvent.objects.filter(is_replaced=False, on__lt=date(2026, 5, 1))
            april = date(2026, 4, 1)
            expected = {
                event.pk: (added_by(event) if event.on >= april else {}) | kept_open(event, date(2026, 5, 1))
                for event in events
            }
        of_form = {key: {code: n for code, n in added.items() if code in printed} for key, added in expected.items()}
        assert stored == {key: added for key, added in of_form.items() if added}

    def test_the_rows_of_a_balance_are_the_cases_of_the_unit(self) -> None:
        line = lines.line(LINE)
        for name in (*CLERKS, "county_reviewer", "city_reviewer", "province_statistician"):
            member = find_member(name)
            with within(member):
                behind = Behind(line, line.indicator("T9.B"), member.office, Period(MONTHS[-1], "month"))
                assert behind.total() == balance(member.office, MONTHS[-1])
                held = Dispute.objects.filter(state__in=["accepted", "assigned", "mediating"])
                assert {event.record_id for event in behind.events()} == set(held.values_list("pk", flat=True))


@pytest.mark.django_db
class TestRowsOfFigures:
    """What a unit counted and no longer holds is said in words, never shown."""

    def test_the_giver_reads_how_many_have_moved_and_the_receiver_sees_the_rows(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        for _number in range(3):
            handed(dispute_in("mediating", actor=clerk, on=date(2026, 5, 4)), clerk, far_clerk, on=date(2026, 5, 6))
        dispute_in("mediating", actor=clerk, on=date(2026, 5, 4))
        rollup.drain()
        found = {}
        for member in (clerk, far_clerk):
            for code in ("T9.01", "T9.BI", "T9.BO", "T9.B"):
                address = f"{reverse('figure_rows', args=['mediation'])}?figure={code}&period=2026-05"
                page = client_for(member).get(address)
                rows = row_count(client_for(member), address)
                found[member.user.username, code] = (rows, "另有3件" in text_of(page))
        assert found == {
            ("clerk", "T9.01"): (1, True),
            ("clerk", "T9.BI"): (0, False),
            ("clerk", "T9.BO"): (0, True),
            ("clerk", "T9.B"): (1, False),
            ("far_clerk", "T9.01"): (0, False),
            ("far_clerk", "T9.BI"): (3, False),
            ("far_clerk", "T9.BO"): (0, False),
            ("far_clerk", "T9.B"): (3, False),
        }


@pytest.mark.django_db
def test_a_merger_moves_stocks_and_leaves_no_balance_behind(
    clerk: Membership, sibling_clerk: Membership, today: date
) -> None:
    add_extras(sibling_clerk, date(2026, 4, 1))
    dispute_in("mediating", actor=sibling_clerk, on=date(2026, 4, 3))
    with within(sibling_clerk):
        given: dict[str, Any] = {
            "actor": sibling_clerk,
            "registered_on": today,
            "committee": committee_of(sibling_clerk.office),
        }
        mediator = organisations.appoint_mediator(title="柳新", appointed_from=date(2026, 4, 5), sex="2", **given)
        organisations.open_studio(title="柳新调解工作室", leader=mediator, established_on=date(2026, 4, 6), **given)
    rollup.drain()
    balances = [one.code for one in lines.line(LINE).indicators if one.kind == "balance" and not one.opening]
    before = {code: balance(sibling_clerk.office, MONTHS[-1], code) for code in balances}
    own = {code: balance(clerk.office, MONTHS[-1], code) for code in balances}
    province = {code: balance(units()[0], MONTHS[-1], code) for code in balances}
    assert {code for code, value in before.items() if value} >= {"T9.B", "T9.P", "T8.11", "T8.10", "T10.15", "T10.16"}
    taking_over.take_over_office(giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today)
    rollup.drain()
    assert {code: balance(sibling_clerk.office, MONTHS[-1], code) for code in balances} == dict.fromkeys(balances, 0)
    assert {code: balance(clerk.office, MONTHS[-1], code) - own[code] for code in balances} == before
    assert {code: balance(units()[0], MONTHS[-1], code) for code in balances} == province
    # What was counted before stays where it was counted.
    assert balance(sibling_clerk.office, date(2026, 4, 1)) == before["T9.B"]

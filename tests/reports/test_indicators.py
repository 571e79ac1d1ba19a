"""Every indicator, one by one: SQL and the slow reference agree on what an event adds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework import lines
from casework.models import CountedEvent
from mediation.indicators.case_codes import KINDS, REFERRALS, TYPES
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.freezing import codes_of, freeze
from reports.models import Contribution, IssueRequest
from tests.factories import dispute_in
from tests.handing import handed
from tests.reports.extras import add_extras
from tests.reports.reference import LINE, added_by, kept_open

APRIL = date(2026, 4, 1)
SOURCES = ("ex_officio", "on_application", *(code for code, *_ in REFERRALS))
STATES = ("accepted", "agreed_written", "agreed_oral", "failed", "transferred")


@pytest.fixture
def frozen(
    today: date, clerk: Membership, sibling_clerk: Membership, province_statistician: Membership
) -> Iterator[dict[int, dict[str, int]]]:
    """Freeze a month with every type, source, committee and outcome; yield what each event was stored to add."""
    for number, (code, *_) in enumerate(TYPES):
        dispute = dispute_in(
            STATES[number % len(STATES)],
            actor=clerk,
            on=date(2026, 4, 20),
            dispute_type=code,
            source=SOURCES[number % len(SOURCES)],
            is_difficult=number % 5 == 0,
            amount=number * 1_000,
            party_count=2 + number % 3,
        )
        with system("test"):
            Dispute.objects.filter(pk=dispute.pk).update(committee_kind=KINDS[number % len(KINDS)][0])
    for state in ("rejected", "registered"):
        dispute_in(state, actor=clerk, on=date(2026, 4, 20))
    dispute_in("mediating", actor=clerk, on=date(2026, 3, 30))
    handed(dispute_in("mediating", actor=sibling_clerk, on=date(2026, 4, 20)), sibling_clerk, clerk, date(2026, 4, 22))
    add_extras(clerk, APRIL)
    with system("test"):
        request = IssueRequest(
            unit=province_statistician.office,
            level="province",
            line=LINE,
            form="T9",
            month=APRIL,
            asked_by=province_statistician.user,
        )
        request.save()
        edition = freeze(request, province_statistician, request.asked_at)
        yield dict(Contribution.objects.filter(edition=edition).values_list("event_id", "figures"))


@pytest.mark.django_db
def test_every_event_adds_what_the_declarations_say(frozen: dict[int, dict[str, int]]) -> None:
    events = CountedEvent.objects.filter(is_replaced=False)
    expected = {
        event.pk: (added_by(event) if event.on >= APRIL else {}) | kept_open(event, date(2026, 5, 1))
        for event in events
    }
    printed = set(codes_of(*lines.form("T9")))
    of_form = {key: {code: n for code, n in added.items() if code in printed} for key, added in expected.items()}
    assert frozen == {key: added for key, added in of_form.items() if added}
    # The cases of the test reach every indicator of the form.
    typed = {one.code for one in lines.line(LINE).indicators if one.kind == "typed"}
    assert {code for figures in frozen.values() for code in figures} == printed - typed


@pytest.mark.django_db
def test_a_balance_is_what_is_still_open(today: date, clerk: Membership) -> None:
    for state in (*STATES, "mediating", "rejected", "registered"):
        dispute_in(state, actor=clerk, on=date(2026, 4, 20))
    balance = lines.line(LINE).indicator("T9.B")
    with system("test"):
        (figures,) = rollup.count_pairs(lines.line(LINE), [(clerk.office_id, APRIL)]).values()
        still_open = Dispute.objects.filter(state__in=["accepted", "assigned", "mediating"]).count()
    assert still_open == 2
    assert sum(figures[code] for code in balance.plus) - sum(figures[code] for code in balance.minus) == still_open


@pytest.mark.django_db
@pytest.mark.parametrize(
    "figure", [*lines.line(LINE).indicators, *lines.line(LINE).ratios], ids=lambda figure: figure.code
)
def test_every_figure_has_a_page_that_says_what_it_means(figure: Any, clerk: Membership, client_for: Any) -> None:
    page = client_for(clerk).get(reverse("metric", args=[figure.code]))
    assert page.status_code == 200
    assert figure.definition in page.content.decode()

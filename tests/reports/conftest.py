"""Cases of April, and the edition that is made of them."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from mediation.models import Dispute
from offices.models import Membership
from reports import rollup
from reports.models import Edition
from tests.conftest import find_member, on_the_day
from tests.factories import dispute_in
from tests.reports.issuing import APRIL, frozen, issued


@pytest.fixture
def ledger(database: None) -> list[Dispute]:
    """Cases of April and of the months that it is compared with, in three offices of two cities."""
    return made_ledger()


def made_ledger() -> list[Dispute]:
    """Make the cases of the fixture ``ledger``."""
    clerk, sibling_clerk, far_clerk = (find_member(name) for name in ("clerk", "sibling_clerk", "far_clerk"))
    made = []
    for month, number in ((date(2025, 3, 5), 1), (date(2025, 4, 5), 1), (date(2026, 3, 5), 1), (date(2026, 4, 5), 2)):
        made += [
            dispute_in("agreed_oral", actor=actor, on=month, source="referral_police")
            for actor in (clerk, sibling_clerk, far_clerk)[:number]
        ]
        if month.month == APRIL.month:
            made.append(dispute_in("mediating", actor=far_clerk, on=month, dispute_type="medical"))
    dispute_in("accepted", actor=clerk)
    return made


@pytest.fixture
def edition(ledger: list[Dispute], province_statistician: Membership) -> Edition:
    """The first edition of April: by its job where the test may commit, else in the transaction of the test."""
    return frozen(province_statistician) if connection.in_atomic_block else issued(province_statistician)


@pytest.fixture(scope="module")
def drained_ledger(module_database: str) -> None:
    """A drained ledger of three offices in two months, made once for the tests of a module that look at it."""
    clerk, sibling_clerk, far_clerk = (find_member(name) for name in ("clerk", "sibling_clerk", "far_clerk"))
    with on_the_day():
        dispute_in("agreed_written", actor=clerk, on=date(2026, 4, 6), amount=1_234_500)
        dispute_in("agreed_oral", actor=clerk, source="referral_court", dispute_type="medical", amount=67_800)
        dispute_in("mediating", actor=clerk, party_count=7, is_difficult=True)
        dispute_in("failed", actor=sibling_clerk)
        dispute_in("archived", actor=far_clerk)
        rollup.drain()

"""Rows of one record that are more than a page: every list behind a figure shows each of them once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework.parts import add_part
from mediation.declarations.organisations import CENTER_TYPE
from mediation.services import organisations
from offices.models import Membership
from offices.scoping import within
from reports import rollup
from tests.reports.chain_people import sealed, sheet
from tests.reports.issuing import APRIL, frozen
from tests.reports.pages import row_count

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
FIGURE = "T10.06"
DAYS = 30


@pytest.fixture
def busy(clerk: Membership) -> Membership:
    """Open a centre that receives somebody on each day of April."""
    with within(clerk):
        given: dict[str, Any] = {
            "title": "一站式中心",
            "host": "司法所",
            "windows": 2,
            "registered_on": date(2026, 3, 1),
        }
        center = organisations.open_center(actor=clerk, opened_on=date(2026, 3, 1), **given)
        for day in range(1, DAYS + 1):
            values = {"on": date(2026, 4, day), "visitors": 3}
            add_part(part_type=CENTER_TYPE.part("reception"), record=center, actor=clerk, values=values)
    rollup.drain()
    return clerk


def test_every_list_shows_each_row_once(busy: Membership, province_statistician: Membership, client_for: Any) -> None:
    client = client_for(busy)
    live = f"?figure={FIGURE}&period=2026-04&unit={busy.office.code}"
    assert row_count(client, reverse("figure_rows", args=["mediation"]) + live) == DAYS
    sealed(APRIL, province_statistician)
    ref = sheet(busy.office, APRIL, "T10").public_id
    assert row_count(client, reverse("sheet_rows", args=[ref]) + f"?figure={FIGURE}") == DAYS
    edition = frozen(province_statistician, form="T10")
    place = ("T10", "2026-04", busy.office.code, edition.number)
    assert row_count(client, reverse("edition_rows", args=place) + f"?figure={FIGURE}") == DAYS

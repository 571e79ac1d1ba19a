"""List, export, dashboard and table say the same of random data, figure by figure."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from casework import jobs
from casework.files import stored_path
from casework.models import Job
from mediation.indicators.cases import REFERRALS, TYPES
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.models import Edition, Sheet
from tests.factories import PATHS, dispute_in
from tests.reports.issuing import APRIL, frozen
from tests.reports.pages import row_count, text_of

SEED = 20260520
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
WITHOUT_ACCEPTANCE = {"registered", "rejected"}


@pytest.fixture
def edition(today: Any, clerk: Membership, sibling_clerk: Membership, province_statistician: Membership) -> Edition:
    """Forty random cases of two offices, drained, and April frozen."""
    chance = random.Random(SEED)
    for _number in range(40):
        state = chance.choice([state for state in PATHS if state not in WITHOUT_ACCEPTANCE])
        dispute_in(
            state,
            actor=chance.choice([clerk, clerk, sibling_clerk]),
            on=date(2026, 3, 20) + timedelta(days=chance.randrange(50)),
            dispute_type=chance.choice(TYPES)[0],
            source=chance.choice(["ex_officio", "on_application", *(code for code, *_names in REFERRALS)]),
            is_difficult=chance.random() < 0.3,
        )
    rollup.drain()
    return frozen(province_statistician)


def query(**conditions: str) -> str:
    """Return the list's query for cases accepted in April."""
    given = {"accepted_since": FIRST.isoformat(), "accepted_until": LAST.isoformat(), **conditions}
    return "?" + "&".join(f"{name}={value}" for name, value in given.items())


def exported(client: Client, address: str) -> int:
    """Return how many rows the list's export has."""
    client.post(address, {"format": "csv"})
    with system("test"):
        job = Job.objects.latest("pk")
    jobs.run(job.pk)
    with system("test"):
        job.refresh_from_db()
    content = stored_path(job.result["stored_as"]).read_bytes().decode("utf-8-sig")
    return len(list(csv.reader(io.StringIO(content)))) - 1


def on_dashboard(client: Client, code: str) -> int:
    """Return a figure of April as the rows' page says it."""
    address = f"{reverse('figure_rows', args=['mediation'])}?figure={code}&period=2026-04"
    total = re.search(r"合计：([\d,]+)", text_of(client.get(address)))
    assert total is not None
    return int(total[1].replace(",", ""))


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["clerk", "county_reviewer"])
def test_list_export_dashboard_and_table_agree(who: str, edition: Edition, request: Any, client_for: Any) -> None:
    member: Membership = request.getfixturevalue(who)
    client = client_for(member)
    with system("test"):
        figures = Sheet.objects.get(edition=edition, unit_id=member.office_id, month=APRIL).figures
    asked = {"T9.01": query(), "T9.04": query(is_difficult="true"), "T9.12": query(source="ex_officio")}
    asked |= {f"T9.{number}": query(dispute_type=code) for number, (code, *_names) in enumerate(TYPES, start=20)}
    found = {}
    for code, conditions in asked.items():
        listed = row_count(client, reverse("disputes:list") + conditions)
        found[code] = (listed, on_dashboard(client, code), figures[code]["current"])
    assert all(len(set(values)) == 1 for values in found.values()), found
    assert found["T9.01"][0] > 5
    assert exported(client, reverse("disputes:export") + query()) == found["T9.01"][0]
    with system("test"):
        assert Dispute.objects.filter(accepted_on__range=(FIRST, LAST)).count() >= found["T9.01"][0]

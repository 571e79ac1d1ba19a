"""List, export, printed ledger, dashboard and table say the same of random data, figure by figure."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from casework import jobs
from casework.files import stored_path
from casework.models import Job
from casework.money import format_yuan
from casework.taken_files import REMOVE
from mediation.indicators.case_codes import REFERRALS, TYPES
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.models import Edition, Sheet
from tests.factories import PATHS, dispute_in
from tests.printed import read_ledger
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
            amount=chance.choice([0, chance.randrange(10**7)]),
        )
    rollup.drain()
    return frozen(province_statistician)


def query(**conditions: str) -> str:
    """Return the list's query for cases accepted in April."""
    given = {"accepted_since": FIRST.isoformat(), "accepted_until": LAST.isoformat(), **conditions}
    return "?" + "&".join(f"{name}={value}" for name, value in given.items())


def made(client: Client, address: str, form: str = "") -> bytes:
    """Return the file that a button of the list makes."""
    client.post(address, {"format": form})
    with system("test"):
        job = Job.objects.exclude(kind=REMOVE).latest("pk")
    jobs.run(job.pk)
    with system("test"):
        job.refresh_from_db()
    return stored_path(job.result["stored_as"]).read_bytes()


def exported(client: Client, conditions: str) -> list[str]:
    """Return the numbers of the cases in the list's export."""
    content = made(client, reverse("disputes:export") + conditions, "csv").decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(content))][1:]


def cover_and_rows(client: Client, conditions: str) -> tuple[int, int]:
    """Return how many rows the cover sheet of the list's export names, and how many there are."""
    cover, sheet = openpyxl.load_workbook(
        io.BytesIO(made(client, reverse("disputes:export") + conditions, "xlsx"))
    ).worksheets
    said = {str(label.value): str(text.value) for label, text in cover.iter_rows()}
    return int(said["行数"]), sheet.max_row - 1


def on_dashboard(client: Client, code: str) -> int:
    """Return a figure of April as the rows' page says it."""
    address = f"{reverse('figure_rows', args=['mediation'])}?figure={code}&period=2026-04"
    total = re.search(r"合计：([\d,]+)", text_of(client.get(address)))
    assert total is not None
    return int(total[1].replace(",", ""))


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["clerk", "county_reviewer"])
def test_list_export_ledger_dashboard_and_table_agree(
    who: str, edition: Edition, request: Any, client_for: Any
) -> None:
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
    for code in ("T9.01", "T9.04"):
        assert found[code][0] > 0
        assert_files_agree(client, asked[code], found[code][0])


def assert_files_agree(client: Client, conditions: str, number: int) -> None:
    """Compare export, its cover sheet and the printed ledger with a figure, case by case and sum by sum."""
    numbers = exported(client, conditions)
    assert len(set(numbers)) == len(numbers) == number
    assert cover_and_rows(client, conditions) == (number, number)
    ledger = read_ledger(made(client, reverse("disputes:ledger") + conditions))
    assert (ledger.count, ledger.serials) == (number, list(range(1, number + 1)))
    # The list shows the newest first, a ledger the oldest.
    assert ledger.numbers == numbers[::-1]
    with system("test"):
        cases = Dispute.objects.filter(accepted_on__range=(FIRST, LAST), number__in=numbers)
        sums = cases.aggregate(amount=Sum("amount"), agreed=Sum("agreed_amount"))
    assert ledger.sums == [format_yuan(sums["amount"]), format_yuan(sums["agreed"])]

"""Pages of the monthly chain: who sees what, who may press what, and that what was typed stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework import jobs
from casework.models import Job
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import reporting
from tests.reports.chain_people import approved, checked, sheet, submitted
from tests.reports.issuing import APRIL

pytestmark = [pytest.mark.usefixtures("today"), pytest.mark.fresh_database]


@pytest.fixture
def month(ledger: list[Dispute]) -> date:
    """April, laid out for every unit."""
    reporting.open_month(APRIL)
    return APRIL


def page(client: Any, name: str, ref: str) -> str:
    answer = client.get(reverse(name, args=[ref]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_way_of_a_sheet_through_its_pages(
    month: date, clerk: Membership, head: Membership, county_statistician: Membership, client_for: Any
) -> None:
    ref = sheet(clerk.office, month).public_id
    office = client_for(clerk)
    assert "此刻台账上的数字" in page(office, "sheet", ref)
    soft = {f"explanation_{place}": "已核实。" for place in range(9)}
    asked = office.post(reverse("sheet_step", args=[ref, "check"]), soft)
    assert asked.status_code == 303
    with system("test"):
        job = Job.objects.filter(kind="check_sheet").latest("pk")
    jobs.run(job.pk)
    assert "查看月报" in office.get(asked.url).content.decode()
    shown = page(office, "sheet", ref)
    # Who cannot sign is told who can.
    assert "郑国强" in shown
    leader = client_for(head)
    digest = sheet(clerk.office, month).digest
    stale = leader.post(reverse("sheet_step", args=[ref, "submit"]), {"digest": "0" * 64, "phone": "0530-1"})
    assert stale.status_code == 422
    assert "新的数字" in stale.content.decode()
    assert "0530-1" in stale.content.decode()
    done = leader.post(reverse("sheet_step", args=[ref, "submit"]), {"digest": digest, "phone": "0530-1234567"})
    assert done.status_code == 303
    county = client_for(county_statistician)
    listed = county.get(reverse("sheets") + "?period=2026-04").content.decode()
    assert "已报送" in listed
    missing = county.post(reverse("sheet_step", args=[ref, "return"]), {"first": "T9.01"})
    assert missing.status_code == 422
    assert "请写明这个指标的问题" in missing.content.decode()
    cells = {"first": "T9.01", "first_note": "少报一件。"}
    assert county.post(reverse("sheet_step", args=[ref, "return"]), cells).status_code == 303
    assert "少报一件" in page(office, "sheet", ref)


def test_clean_units_are_approved_together(
    month: date, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership, client_for: Any
) -> None:
    refs = [submitted(actor.office, month).public_id for actor in (clerk, sibling_clerk)]
    county = client_for(county_statistician)
    answer = county.post(reverse("sheets") + "?period=2026-04", {"sheet": refs}, follow=True)
    assert "审核通过 2 张报表" in answer.content.decode()
    assert {sheet(actor.office, month).state for actor in (clerk, sibling_clerk)} == {"approved"}


def test_rows_behind_a_signed_figure_lead_to_their_cases(
    month: date, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership, client_for: Any
) -> None:
    for actor in (clerk, sibling_clerk):
        approved(actor.office, month)
    total = checked(county_statistician.office, month)
    address = reverse("sheet_rows", args=[total.public_id]) + "?figure=T9.01"
    shown = client_for(county_statistician).get(address).content.decode()
    assert shown.count("/disputes/") >= 2


def test_the_lock_names_who_is_not_through(month: date, province_statistician: Membership, client_for: Any) -> None:
    client = client_for(province_statistician)
    address = reverse("lock_month", args=["2026-04"])
    assert address in client.get(reverse("sheets") + "?period=2026-04").content.decode()
    asked = client.post(address)
    with system("test"):
        jobs.run(Job.objects.filter(kind="lock_month").latest("pk").pk)
    shown = client.get(asked.url).content.decode()
    assert "没有审核通过" in shown
    assert "石桥司法所" in shown


def test_a_sheet_of_another_county_is_not_there(
    month: date, clerk: Membership, other_county_reviewer: Membership, client_for: Any
) -> None:
    ref = sheet(clerk.office, month).public_id
    stranger = client_for(other_county_reviewer)
    assert stranger.get(reverse("sheet", args=[ref])).status_code == 404
    assert stranger.post(reverse("sheet_step", args=[ref, "approve"])).status_code == 404

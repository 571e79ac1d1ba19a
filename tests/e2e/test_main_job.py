"""The main job through the pages, on the province's real offices: from a dispute to a figure in the PDF and back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from casework import jobs
from mediation.models import Dispute
from offices.models import Membership, Office, User
from offices.permissions import Role
from offices.scoping import system, within
from reports.rollup import drain
from tests.factories import resident_id
from tests.registers import new_committee, new_mediator

pytestmark = [pytest.mark.browser, pytest.mark.fresh_database]
PASSWORD = "Stone-bridge-2026"
OFFICE, COUNTY, PROVINCE = "370102001", "370102", "37"


def moment(day: date) -> datetime:
    """Return ten in the morning of a day in the province."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def offices(fresh_database: str) -> dict[str, Membership]:
    """The real tree, with one person at an office, its county and the province."""
    call_command("import_offices", verbosity=0)
    posts = {
        "main_clerk": (Role.OFFICE_CLERK, OFFICE, "周敏"),
        "main_county": (Role.COUNTY_REVIEWER, COUNTY, "林静"),
        "main_province": (Role.PROVINCE_STATISTICIAN, PROVINCE, "高远"),
    }
    made = {}
    for username, (role, code, name) in posts.items():
        user = User(username=username, name=name, must_change_password=False)
        user.set_password(PASSWORD)
        user.save()
        unit = Office.objects.get(code=code, valid_to=None)
        made[username] = Membership.objects.create(
            user=user, office=unit, role=role, lines=["mediation"], valid_from=date(2022, 1, 1)
        )
    with system("test"):
        unit = made["main_clerk"].office
        committee = new_committee(unit, "解放路街道人民调解委员会", kind="subdistrict", short_name="解放路街道")
        committee.save()
        new_mediator(committee, "何建国").save()
    return made


@contextmanager
def signed_in(browser: Browser, address: str, username: str) -> Iterator[Page]:
    """A person's own browser, after signing in through the page."""
    context = browser.new_context(locale="zh-CN", accept_downloads=True)
    page = context.new_page()
    page.goto(address)
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    yield page
    context.close()


def submit(page: Page) -> None:
    """Submit the form of the page; a refusal fails the test with its words."""
    with page.expect_navigation():
        page.click("[data-submit]")
    refused = page.locator("[data-error-summary]")
    assert refused.count() == 0, refused.all_inner_texts()


def register(page: Page, address: str) -> None:
    """Register a dispute as a clerk does."""
    page.goto(f"{address}{reverse('disputes:open')}")
    page.fill("[name=parties-0-name]", "张三丰")
    page.fill("[name=parties-0-identifier]", resident_id(7).number)
    page.fill("[name=parties-1-name]", "李四光")
    page.fill("[name=parties-1-birth_date]", "1979-12-31")
    page.select_option("[name=dispute_type]", "neighbourhood")
    page.select_option("[name=village]", index=1)
    page.fill("[name=occurred_on]", "2026-05-18")
    page.fill("[name=brief]", "翻修院墙抬高地面，雨水无法排出。")
    submit(page)


def conclude(page: Page, address: str, ref: str) -> None:
    """Take every step to the agreement."""
    steps: list[tuple[str, dict[str, Any], list[str]]] = [
        ("accept", {}, []),
        ("assign", {}, ["mediators"]),
        ("begin", {}, []),
        (
            "agree_in_writing",
            {"terms": "恢复排水沟。", "agreed_amount": "3200"},
            ["parties_signed", "mediators_signed", "sealed"],
        ),
    ]
    for step, entries, boxes in steps:
        page.goto(f"{address}{reverse('disputes:step', args=[ref, step])}")
        for name, text in entries.items():
            page.fill(f"[name={name}]", text)
        for name in boxes:
            page.check(f"[name={name}]")
        submit(page)


def run_waiting_jobs() -> None:
    """Do what a worker does with the jobs that wait, and with those that they ask for."""
    while due := jobs.due_jobs():
        for job_id in due:
            jobs.run(job_id)


def test_a_dispute_becomes_a_figure_in_the_report_and_leads_back(
    live_portal: str, offices: dict[str, Membership], browser: Browser
) -> None:
    with time_machine.travel(moment(date(2026, 5, 20))):
        with signed_in(browser, live_portal, "main_clerk") as page:
            register(page, live_portal)
            with within(offices["main_clerk"]):
                dispute = Dispute.objects.get()
            conclude(page, live_portal, dispute.public_id)
        drain()
        with signed_in(browser, live_portal, "main_county") as page:
            page.goto(f"{live_portal}{reverse('dashboard', args=['mediation'])}?period=2026-05")
            page.click("main a[href*='figure=T9.01']")
            page.wait_for_load_state()
            page.click(f"a[href*='{dispute.public_id}']")
            page.wait_for_load_state()
            assert "张三丰与李四光" in page.inner_text("h1")

    with time_machine.travel(moment(date(2026, 6, 3))), signed_in(browser, live_portal, "main_province") as page:
        page.goto(f"{live_portal}{reverse('issue_report')}")
        page.select_option("[name=month]", "2026-05")
        with page.expect_navigation():
            page.click("main button[type=submit]")
        run_waiting_jobs()
        edition = reverse("edition", args=["T9", "2026-05", PROVINCE, 1])
        with page.expect_download() as expected:
            page.evaluate("address => { location.href = address }", f"{edition.rstrip('/')}.pdf")
        text = read(expected.value.path())
        assert figure_of(text, "历下区") == ["1", "2", "1"]
        page.goto(f"{live_portal}{edition}")
        page.click("a[href*='rows/?figure=T9.01']")
        page.wait_for_load_state()
        rows = page.inner_text("main")
        assert "（2026）解放路街道人调字第1号" in rows
        assert "张三丰" not in rows


def read(path: Any) -> str:
    """Return the text of a PDF."""
    with open(path, "rb") as source:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(source.read())).pages)


def figure_of(text: str, unit: str) -> list[str]:
    """Return the first three figures in a unit's row of the district sheet: cases, parties, settled."""
    rows = [line.split() for line in text.splitlines() if f"{unit} {COUNTY} " in line]
    first = next(row for row in rows if len(row) > 6)
    return first[first.index(COUNTY) + 1 :][:3]

"""The pages of an import at 1366, 390 and 320 pixels, and the whole way from the upload to the undoing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from casework import jobs
from casework.models import ImportBatch
from casework.views import files
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system, within
from tests.e2e.looking import Looker
from tests.mediation.ledgers import book, good_row

pytestmark = [pytest.mark.browser, pytest.mark.fresh_database, pytest.mark.usefixtures("today")]


@pytest.fixture
def looker(live_portal: str, browser: Browser, clerk: Membership, monkeypatch: pytest.MonkeyPatch) -> Iterator[Looker]:
    # Jobs are done by the test itself: their page need not wait.
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0)
    made = Looker(browser, live_portal, clerk)
    yield made
    faults = made.close()
    assert not faults, "\n".join(faults)


def upload(looker: Looker, content: bytes, folder: Path) -> str:
    """Upload a file by the page, let it be checked, and return the address of its page."""
    path = folder / "ledger.xlsx"
    path.write_bytes(content)
    looker.open(reverse("disputes:import"))
    looker.page.set_input_files("[name=file]", path)
    looker.press("[data-submit]")
    do_jobs()
    with system("test"):
        batch = ImportBatch.objects.latest("pk")
    return reverse("disputes:import_batch", args=[batch.public_id])


def do_jobs() -> None:
    for job_id in jobs.due_jobs():
        jobs.run(job_id)


def test_from_the_upload_to_the_undoing(looker: Looker, clerk: Membership, tmp_path: Path) -> None:
    looker.open(reverse("disputes:list"))
    expect(looker.page.locator("main").get_by_role("link", name="批量导入")).to_be_visible()
    rows = [good_row(0), good_row(1) | {"amount": "-5"}, good_row(2)]
    address = upload(looker, book(rows), tmp_path)
    looker.open(address)
    expect(looker.page.locator("main")).to_contain_text("金额不能为负数")
    looker.look("a checked ledger")
    looker.press("button:has-text('开始导入')")
    do_jobs()
    with within(clerk):
        assert Dispute.objects.count() == 2
    looker.open(address)
    expect(looker.page.locator("main")).to_contain_text("已导入 2 件")
    looker.look("an imported ledger")
    looker.open(reverse("disputes:import"))
    looker.look("the upload with an earlier import")
    looker.open(f"{address}undo/")
    looker.look("the question before an undoing")
    looker.press("main button[type=submit]")
    do_jobs()
    with within(clerk):
        assert Dispute.objects.count() == 0


def test_the_headings_of_a_foreign_ledger(looker: Looker, tmp_path: Path) -> None:
    headings = ("受理时间", "纠纷类别", "来源", "发生时间", "村居", "调委会", "案情", "申请人", "被申请人", "结果")
    names = ("accepted_on", "dispute_type", "source", "occurred_on", "village", "committee", "brief")
    more = ("first_name", "second_name", "result")
    content = book([good_row(0, result="mediating")], headings=headings, names=(*names, *more))
    looker.open(upload(looker, content, tmp_path))
    looker.look("the headings to match")
    looker.press("[data-submit]")
    do_jobs()
    with system("test"):
        assert ImportBatch.objects.get().good == 1

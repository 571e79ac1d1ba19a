"""Pages of corrections and editions: from the notice to the request, through its desks, to the new edition."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework.models import Job
from offices.models import Membership
from offices.scoping import system
from reports import reporting, rollup
from reports.models import SheetCorrection
from reports.sheet_freezing import freeze_sheet
from tests.conftest import find_member, on_the_day
from tests.factories import dispute_in
from tests.reports.chain_people import sealed, sheet
from tests.reports.correcting import filed, passed, read, restated, version
from tests.reports.issuing import APRIL

pytestmark = pytest.mark.usefixtures("today", "april", "database")
MAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def april(module_database: str) -> None:
    """April sealed; then a case of April turns up in the clerk's office. Made once."""
    with on_the_day():
        for name in ("clerk", "sibling_clerk"):
            dispute_in("agreed_oral", actor=find_member(name), on=date(2026, 4, 5))
        rollup.drain()
        sealed(APRIL, find_member("province_statistician"))
        dispute_in("agreed_oral", actor=find_member("clerk"), on=date(2026, 4, 9))
        rollup.drain()


def text(client: Any, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return str(answer.content.decode())


def step(correction: SheetCorrection, name: str) -> str:
    return reverse("sheet_correction_step", args=[correction.public_id, name])


def page(correction: SheetCorrection) -> str:
    return reverse("sheet_correction", args=[correction.public_id])


def test_one_click_leads_from_the_notice_to_the_request(head: Membership, client_for: Any) -> None:
    client, ref = client_for(head), sheet(head.office, APRIL).public_id
    filing = reverse("file_sheet_correction", args=[ref])
    assert filing in text(client, reverse("sheet", args=[ref]))
    form = text(client, filing)
    assert "调解案件总数：报表 1，台账 2" in form
    assert 'value="T9.01"' in form
    half = client.post(filing, {"cells": ["T9.01"], "evidence": "卷宗〔2026〕3号"})
    assert half.status_code == 422
    assert "请填写修正原因" in half.content.decode()
    assert "卷宗〔2026〕3号" in half.content.decode()
    nothing = client.post(filing, {"reason": "漏登。", "evidence": "卷宗"})
    assert nothing.status_code == 422
    assert "请选择要修正的指标" in nothing.content.decode()
    done = client.post(filing, {"cells": ["T9.01", "T9.03"], "reason": "漏登一件。", "evidence": "卷宗〔2026〕3号"})
    assert done.status_code == 303
    shown = text(client, done.url)
    assert "漏登一件。" in shown
    assert "待县局领导审签" in shown
    # The sheet leads to its request, and not to a second one.
    again = text(client, reverse("sheet", args=[ref]))
    assert done.url in again
    told = client.get(filing, follow=True)
    assert "正在办理" in told.content.decode()


def test_a_sheet_that_agrees_has_nothing_to_correct(
    sibling_clerk: Membership, county_statistician: Membership, client_for: Any
) -> None:
    filing = reverse("file_sheet_correction", args=[sheet(sibling_clerk.office, APRIL).public_id])
    told = client_for(county_statistician).get(filing, follow=True)
    assert "没有可以修正的指标" in told.content.decode()


def test_what_waits_stands_on_the_first_page_of_who_decides_next(
    head: Membership, county_leader: Membership, city_statistician: Membership, client_for: Any
) -> None:
    asked = filed(APRIL)
    leader, city = client_for(county_leader), client_for(city_statistician)
    assert page(asked) in text(leader, reverse("home"))
    assert page(asked) not in text(city, reverse("home"))
    assert page(asked) not in text(client_for(head), reverse("home"))
    assert page(asked) in text(city, reverse("sheet_corrections"))
    assert leader.post(step(asked, "consent"), {"note": "属实。"}).status_code == 303
    assert page(asked) not in text(leader, reverse("home"))
    assert page(asked) in text(city, reverse("home"))
    # Who was first cannot do it twice, and is told so.
    told = leader.get(step(asked, "consent"), follow=True)
    assert "已经处理" in told.content.decode()


def test_a_refusal_without_a_reason_keeps_its_page(county_leader: Membership, client_for: Any) -> None:
    asked, leader = filed(APRIL), client_for(county_leader)
    refused = leader.post(step(asked, "refuse_county"), {"note": " "})
    assert refused.status_code == 422
    assert "请写明理由" in refused.content.decode()
    assert leader.post(step(asked, "refuse_county"), {"note": "卷宗日期是五月。"}).status_code == 303
    shown = text(leader, page(asked))
    assert "卷宗日期是五月。" in shown
    assert page(asked) in text(leader, reverse("sheet_corrections") + "?state=done")


def test_the_province_is_advised_and_adjusts(
    clerk: Membership, province_statistician: Membership, client_for: Any
) -> None:
    asked, client = passed(filed(APRIL)), client_for(province_statistician)
    shown = text(client, page(asked))
    assert "一般应当修订这个月份" in shown
    assert step(asked, "restate") in shown
    # A month of this year is not put before the leader, and the page says why.
    assert step(asked, "propose") not in shown
    assert "直接决定" in shown
    assert "2026年5月的本年累计" in text(client, step(asked, "adjust"))
    done = client.post(step(asked, "adjust"), {"note": "差额不大。"})
    assert done.status_code == 303
    assert "差额记入2026年5月的本年累计" in text(client, done.url)
    reporting.open_month(MAY)
    may = text(client_for(clerk), reverse("sheet", args=[sheet(clerk.office, MAY).public_id]))
    assert "本年累计中的调整" in may
    assert "补录漏登的一件纠纷" in may


def test_the_month_is_restated_from_its_page(
    clerk: Membership, province_statistician: Membership, client_for: Any
) -> None:
    asked, client = passed(filed(APRIL)), client_for(province_statistician)
    assert "原来的版次保留" in text(client, step(asked, "restate"))
    answer = client.post(step(asked, "restate"))
    assert answer.status_code == 303
    with system("test"):
        waiting = Job.objects.get(kind="restate_sheet", key=asked.public_id)
    assert answer.url == reverse("job", args=[waiting.public_id])


def test_an_old_version_says_what_stands_instead_and_keeps_its_rows(
    clerk: Membership, county_statistician: Membership, client_for: Any
) -> None:
    restated(passed(filed(APRIL)))
    county = client_for(county_statistician)
    for unit in (clerk.office, county_statistician.office):
        old, new = version(unit, APRIL, 1), sheet(unit, APRIL)
        shown = text(county, reverse("sheet", args=[old.public_id]))
        assert "这一版已被第 2 版替代" in shown
        assert reverse("sheet", args=[new.public_id]) in shown
        assert "已被第" not in text(county, reverse("sheet", args=[new.public_id]))
        rows = {
            one.version: text(county, reverse("sheet_rows", args=[one.public_id]) + "?figure=T9.01").count("/disputes/")
            for one in (old, new)
        }
        assert rows[2] == rows[1] + 1
    assert "第 2 版" in text(county, reverse("sheet", args=[sheet(clerk.office, APRIL).public_id]))


def test_the_editions_of_a_month_are_listed_and_compared(
    clerk: Membership, sibling_clerk: Membership, province_statistician: Membership, client_for: Any
) -> None:
    asked = passed(filed(APRIL))
    restated(asked)
    client = client_for(province_statistician)
    listed = text(client, reverse("month_editions", args=["2026-04"]))
    assert "已被第 2 版替代" in listed
    assert asked.public_id in listed
    compare = reverse("compare_editions", args=["2026-04"])
    assert f"{compare}?old=1&amp;new=2" in listed
    shown = text(client, f"{compare}?old=1&new=2")
    assert all(name in shown for name in ("石桥司法所", "石门县", "青河市"))
    only = text(client, f"{compare}?old=1&new=2&level=office&form=T9")
    # Each row of the table names its unit once.
    assert only.count('data-label="单位"') < shown.count('data-label="单位"')
    assert "石桥司法所" in only
    assert 'data-label="单位">石门县' not in only
    assert "两个版次没有不同" in text(client, f"{compare}?old=2&new=2")
    # Numbers that there are none of lead to the default; a neighbour sees nothing of it.
    assert "石桥司法所" in text(client, f"{compare}?old=99&new=x")
    assert "石桥司法所" not in text(client_for(sibling_clerk), compare)
    assert asked.public_id not in text(client_for(sibling_clerk), reverse("month_editions", args=["2026-04"]))


def test_a_month_without_a_lock_has_no_editions(province_statistician: Membership, client_for: Any) -> None:
    client = client_for(province_statistician)
    assert "还没有锁定" in text(client, reverse("month_editions", args=["2026-01"]))
    assert "两个版次没有不同" in text(client, reverse("compare_editions", args=["2026-01"]))
    assert reverse("month_editions", args=["2026-04"]) in text(client, reverse("sheets") + "?period=2026-04")


def test_a_figure_of_an_open_sheet_above_leads_to_stored_rows(
    clerk: Membership, county_statistician: Membership, client_for: Any
) -> None:
    made = dispute_in("agreed_oral", actor=clerk, on=date(2026, 5, 4))
    reporting.open_month(MAY)
    county, ref = client_for(county_statistician), sheet(county_statistician.office, MAY).public_id
    rows = reverse("sheet_rows", args=[ref])
    # Nothing is frozen below it yet: no live case stands behind a figure that adds up signed sheets.
    assert "没有计入这个数字的业务" in text(county, f"{rows}?figure=T9.01")
    with system("test"):
        below = sheet(clerk.office, MAY)
        freeze_sheet(below)
        below.state = "approved"
        below.save(force_update=True)
    assert made.public_id in text(county, f"{rows}?figure=T9.01")
    assert f"{rows}?figure=T9.01" in text(county, reverse("sheet", args=[ref]))
    text(county, f"{rows}?figure=T9.xx", 404)


def test_a_request_of_another_county_is_not_there(other_county_reviewer: Membership, client_for: Any) -> None:
    asked, stranger = filed(APRIL), client_for(other_county_reviewer)
    text(stranger, page(asked), 404)
    assert page(asked) not in text(stranger, reverse("sheet_corrections"))
    assert read(asked).state == "filed"

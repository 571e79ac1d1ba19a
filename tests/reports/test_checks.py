"""The check relations: what each says of whom in words, which of them refuse, and the way to the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework import lines
from casework.lines import Form
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.checks import CheckedUnit, CheckResult, check_form, refusals
from reports.models import Sheet
from tests.factories import dispute_in
from tests.reports.issuing import APRIL, frozen
from tests.reports.pages import text_of
from tests.reports.reference import LINE

EQUATION = "期初 + 1 + 转入 = 3 + 不成 + 移交 + 转出 + 期末"
BALANCED = {"T9.BS": 4, "T9.01": 10, "T9.BI": 1, "T9.03": 8, "T9.F": 2, "T9.T": 1, "T9.BO": 1, "T9.B": 3}
HARD_OF_CASES = 15


def cases() -> Form:
    """Return the table of cases."""
    return lines.form("T9")[1]


Figures = dict[str, int]


def results(current: Figures, ytd: Figures | None = None, recent: Sequence[Figures] = ()) -> dict[str, CheckResult]:
    """Return the results for one unit with these figures, by name."""
    unit = CheckedUnit("379121100", "石桥司法所", current, current if ytd is None else ytd, recent)
    return {check.name: check for check in check_form(cases(), [unit])}


def test_the_cases_of_a_period_close() -> None:
    assert results(BALANCED)[EQUATION].passed
    for code in BALANCED:
        check = results(BALANCED | {code: BALANCED[code] + 1})[EQUATION]
        assert (check.passed, check.hard) == (False, True), code


def test_what_is_hard_refuses_and_what_is_soft_warns() -> None:
    hard = {relation.name for relation in cases().relations if relation.hard}
    soft = {relation.name for relation in cases().relations if not relation.hard}
    assert soft == {"3 ≤ 1", "3 ≤ 1（本年累计）", "3 = 40 + 41 + 42", "44 ≤ 39", "2 ≥ 2 × 1"}
    assert len(hard) == HARD_OF_CASES
    found = results({"T9.01": 3, "T9.02": 5})
    assert "2 ≥ 2 × 1" not in refusals(found.values())
    assert "1 = 6 + … + 11。调解案件总数应等于各类调委会案件数之和，1个单位不满足" in refusals(found.values())


@pytest.mark.parametrize("form", lines.forms(), ids=lambda form: form.code)
def test_every_relation_says_in_words_what_it_asks(form: Form) -> None:
    assert all(relation.meaning for relation in form.relations)
    assert all(streak.meaning for streak in form.streaks)
    names = [relation.name for relation in form.relations] + [streak.name for streak in form.streaks]
    assert len(set(names)) == len(names)


def test_a_failed_relation_names_the_unit_both_sides_and_the_figure_to_look_at() -> None:
    check = results({"T9.47": 4, "T9.48": 3})["48 ≥ 47"]
    assert check.text == "防止激化的人数不应少于件数，1个单位不满足：石桥司法所（3，4）。"
    assert check.failed == ({"unit": "379121100", "name": "石桥司法所", "figure": "T9.48"},)
    # There are no rows behind a zero: the other side has them.
    assert results({"T9.47": 4})["48 ≥ 47"].failed[0]["figure"] == "T9.47"


def test_the_year_to_date_has_a_relation_of_its_own() -> None:
    found = results({"T9.01": 1, "T9.03": 2}, ytd={"T9.01": 9, "T9.03": 8})
    assert (found["3 ≤ 1"].passed, found["3 ≤ 1（本年累计）"].passed) == (False, True)


@pytest.mark.parametrize(
    ("months", "is_marked"),
    [
        ([(4, 0), (4, 0), (4, 0)], True),
        ([(4, 0), (4, 1), (4, 0)], False),
        ([(4, 0), (0, 0), (9, 0)], False),
        ([(3, 0), (3, 0), (3, 0)], False),
        ([(9, 0), (9, 0)], False),
    ],
    ids=["never failed", "failed once", "a month without cases", "too few cases", "too few months"],
)
def test_a_unit_that_never_fails_for_months_is_marked(months: list[tuple[int, int]], is_marked: bool) -> None:
    recent = [{"T9.03": settled, "T9.F": failed} for settled, failed in months]
    check = results({}, recent=recent)["连续成功率"]
    assert (check.passed, check.hard) == (not is_marked, False)
    assert check.text.startswith("连续三个月没有一件调解不成的，请核实" if is_marked else "")


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
def test_the_edition_leads_from_a_warning_to_the_rows(
    clerk: Membership, province_statistician: Membership, client_for: Any
) -> None:
    for month in (2, 3, 4):
        for day in range(2, 6):
            dispute_in("agreed_oral", actor=clerk, on=date(2026, month, day))
    edition = frozen(province_statistician)
    client = client_for(province_statistician)
    page = client.get(reverse("edition", args=["T9", "2026-04", "37", edition.number]))
    (row,) = (row for row in page.context["checks"] if row["name"] == "连续成功率")
    assert [link["label"] for link in row["links"]] == ["山东省", "青河市", "石门县"]
    assert "石门县的明细" in text_of(page)
    rows = client.get(row["links"][-1]["url"])
    assert (rows.status_code, rows.context["total"]) == (200, "4件")
    with system("test"):
        figures = Sheet.objects.get(edition=edition, unit_id=clerk.office_id, month=APRIL).figures
    assert [figures[code]["current"] for code in ("T9.BS", "T9.B", "T9.C", "T9.V")] == [0, 0, 4, 4]


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
def test_a_rate_of_nothing_is_a_dash_on_dashboard_and_table(
    clerk: Membership, province_statistician: Membership, client_for: Any
) -> None:
    dispute_in("mediating", actor=clerk, on=date(2026, 4, 2))
    rollup.drain()
    edition = frozen(province_statistician)
    client = client_for(clerk)
    names = [ratio.name for ratio in lines.line(LINE).ratios if ratio.code.startswith("T9.")]
    assert len(names) == 3
    board = client.get(reverse("dashboard", args=[LINE]) + "?period=2026-04")
    cards = {card["label"]: card for card in board.context["kpis"]}
    assert [(cards[name]["value"], cards[name]["unit"]) for name in names] == [("0.0", "%"), ("", ""), ("100.0", "%")]
    # Of nothing concluded there is no share, and a month without cases has none at all.
    assert "终结案件成功率终结案件成功率的口径—" in text_of(board)
    empty = client.get(reverse("dashboard", args=[LINE]) + "?period=2026-03")
    assert [card["value"] for card in empty.context["kpis"] if card["label"] in names] == ["", "", ""]
    assert all("÷" in cards[name]["definition"] for name in names)
    sheet = client.get(reverse("edition", args=["T9", "2026-04", clerk.office.code, edition.number]))
    shown = {row["name"]: row for row in sheet.context["rows"] if row["name"] in names}
    assert [row["values"][0] for row in shown.values()] == ["0.0", "", "100.0"]
    assert all("".join(row["definition"].split()) in text_of(sheet) for row in shown.values())

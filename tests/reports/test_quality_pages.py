"""The pages of reporting quality and of the calendar: who sees what, and what leads where."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from mediation.models import Dispute
from offices.models import Membership, User
from reports import reporting
from tests.conftest import find_member
from tests.english import Reader, english
from tests.reports.chain_people import approved, checked, sheet, signer, submitted
from tests.reports.issuing import APRIL
from tests.reports.pages import links, text_of

pytestmark = [pytest.mark.usefixtures("today"), pytest.mark.fresh_database]
# A Thursday: the offices are due on the next day.
BEFORE_DUE = "2026-05-07 10:00:00+08:00"


@pytest.fixture
def month(ledger: list[Dispute]) -> date:
    """April, laid out for every unit."""
    reporting.open_month(APRIL)
    return APRIL


def quality(client: Any, **query: str) -> Any:
    """Return the page of a query."""
    return client.get(reverse("sheet_quality"), query)


def table(answer: Any) -> list[tuple[Any, str]]:
    """Return rank and name of each row of the ranking."""
    return [(row["rank"], row["name"]) for row in answer.context["rows"]]


def test_a_county_sees_its_rates_and_its_offices_by_rank(
    month: date, clerk: Membership, sibling_clerk: Membership, county_statistician: Membership, client_for: Any
) -> None:
    with time_machine.travel(BEFORE_DUE):
        approved(sibling_clerk.office, month)
    back = submitted(clerk.office, month)
    reporting.return_sheet(sheet=back, actor=county_statistician, note="请核实。")
    answer = quality(client_for(county_statistician), period="2026-04", form="T9")
    assert table(answer) == [(None, "石门县"), (1, "柳河司法所"), (2, "石桥司法所")]
    values = {card["label"]: card["value"] for card in answer.context["stats"]}
    assert values == {
        "上报率": "100.0",
        "及时率": "50.0",
        "一次通过率": "50.0",
        "退回率": "50.0",
        "差错率": "0.0",
    }
    text = text_of(answer)
    assert "1÷2张" in text
    # The marks of the form (Statistics Law, article 17).
    assert all(mark in text for mark in ("鲁司统Q表", "山东省司法厅", "2027-12-31"))
    # Over both forms: half of what was due came in.
    both = {card["label"]: card["value"] for card in quality(client_for(county_statistician)).context["stats"]}
    assert (both["上报率"], both["及时率"]) == ("50.0", "25.0")


def test_nothing_submitted_prints_a_dash(month: date, county_statistician: Membership, client_for: Any) -> None:
    answer = quality(client_for(county_statistician))
    values = {card["label"]: card["value"] for card in answer.context["stats"]}
    assert (values["上报率"], values["一次通过率"], values["差错率"]) == ("0.0", "—", "—")
    assert "—" in text_of(answer)


def test_a_figure_leads_down_to_the_sheets(
    month: date, clerk: Membership, city_statistician: Membership, client_for: Any
) -> None:
    ref = approved(clerk.office, month).public_id
    client = client_for(city_statistician)
    city = quality(client, period="2026-04")
    [county] = [url for url in links(city, "sheets/quality/") if url.endswith("unit=379121")]
    [office] = [url for url in links(client.get(county), "sheets/quality/") if url.endswith("unit=379121100")]
    shown = client.get(office)
    assert shown.context["rows"] == []
    assert [(one["form"].split()[0], one["state"], one["is_late"]) for one in shown.context["sheets"]] == [
        ("鲁司统10表", "未报送", False),
        ("鲁司统9表", "审核通过", True),
    ]
    assert links(shown, ref)


def test_an_office_sees_its_own_sheets(month: date, clerk: Membership, client_for: Any) -> None:
    answer = quality(client_for(clerk))
    assert answer.context["rows"] == []
    assert len(answer.context["sheets"]) == 2
    assert answer.context["stats"][0]["note"] == "0 ÷ 2 张"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"period": "2026-13"}, 200),
        ({"period": "2020-01"}, 200),
        ({"unit": "379121"}, 200),
        ({"unit": "379171"}, 404),
        ({"unit": "37"}, 404),
        ({"unit": "x" * 40}, 404),
        ({"form": "T9"}, 200),
        ({"form": "T99"}, 404),
    ],
)
def test_what_an_address_may_say(
    month: date, county_reviewer: Membership, client_for: Any, query: dict[str, str], code: int
) -> None:
    answer = quality(client_for(county_reviewer), **query)
    assert answer.status_code == code
    if query.get("period") == "2020-01":
        assert "没有需要填报的报表" in text_of(answer)


@pytest.mark.parametrize("name", ["sheet_quality", "sheet_calendar"])
def test_a_page_asks_the_same_number_of_questions_however_many_units_report(
    month: date,
    clerk: Membership,
    province_statistician: Membership,
    client_for: Any,
    name: str,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    few, many = client_for(clerk), client_for(province_statistician)
    with django_assert_max_num_queries(22) as asked:
        few.get(reverse(name))
    # The office's page lists its sheets, the province's its cities.
    with django_assert_max_num_queries(len(asked) + 1):
        many.get(reverse(name))


def test_what_is_said_of_late_and_waiting_reports_is_english(
    month: date, clerk: Membership, sibling_clerk: Membership
) -> None:
    User.objects.update(language="en")
    checked(clerk.office, month)
    submitted(sibling_clerk.office, month)
    reader = Reader()
    reader.learn()
    names = ("clerk", "head", "county_statistician", "county_leader", "city_statistician", "province_statistician")
    for name in names:
        for moment in (BEFORE_DUE, "2026-05-20 10:00:00+08:00"):
            with time_machine.travel(moment):
                client = english(find_member(name))
                for page in ("home", "sheets", "sheet_quality", "sheet_calendar"):
                    assert reader.look(client, reverse(page)) == 200
    assert not reader.wrong, "\n".join(reader.wrong)


class TestCalendar:
    """The days of the window, and who is late."""

    def test_days_are_marked_with_what_they_are_and_what_is_due(
        self, month: date, county_statistician: Membership, client_for: Any
    ) -> None:
        answer = client_for(county_statistician).get(reverse("sheet_calendar") + "?period=2026-04")
        days = {day["on"]: day for day in answer.context["days"]}
        assert (days[date(2026, 5, 1)]["text"], days[date(2026, 5, 1)]["mark"]) == ("休息", "节假日")
        assert (days[date(2026, 5, 9)]["text"], days[date(2026, 5, 9)]["mark"]) == ("第 4 个工作日", "调休上班")
        due = {day: [one["label"] for one in shown["due"]] for day, shown in days.items() if shown["due"]}
        assert due == {
            date(2026, 5, 8): ["司法所到期"],
            date(2026, 5, 11): ["县（市、区）到期"],
            date(2026, 5, 13): ["市到期"],
            date(2026, 5, 18): ["省到期"],
        }
        # The reader's own day stands out.
        assert days[date(2026, 5, 11)]["due"][0]["tone"] == "amber"

    @pytest.mark.parametrize(
        ("moment", "listed"),
        [
            ("2026-05-06 10:00:00+08:00", []),
            (BEFORE_DUE, ["还有 1 天"] * 3),
            ("2026-05-08 23:59:59+08:00", ["今天到期"] * 3),
            ("2026-05-09 00:00:00+08:00", ["逾期 1 天"] * 3),
        ],
    )
    def test_who_is_late_and_who_is_next(
        self,
        month: date,
        clerk: Membership,
        county_statistician: Membership,
        client_for: Any,
        moment: str,
        listed: list[str],
    ) -> None:
        with time_machine.travel("2026-05-06 09:00:00+08:00"):
            submitted(clerk.office, month)
        with time_machine.travel(moment):
            answer = client_for(county_statistician).get(reverse("sheet_calendar"))
        assert [line["left"] for line in answer.context["late"]] == listed
        named = [(line["unit"], line["form"].split()[0]) for line in answer.context["late"]]
        wanted = [("石桥司法所", "鲁司统10表"), ("柳河司法所", "鲁司统10表"), ("柳河司法所", "鲁司统9表")]
        assert named == (wanted if listed else [])

    @pytest.mark.parametrize(("day", "listed"), [("03", set()), ("04", {"石门县", "青河高新区"})])
    def test_what_is_due_on_monday_is_next_on_friday(
        self, city_statistician: Membership, client_for: Any, day: str, listed: set[str]
    ) -> None:
        # The fifth working day of September 2026 is Monday the 7th.
        reporting.open_month(date(2026, 8, 1))
        with time_machine.travel(f"2026-09-{day} 10:00:00+08:00"):
            answer = client_for(city_statistician).get(reverse("sheet_calendar"))
            assert {line["unit"] for line in answer.context["late"]} == listed

    def test_a_missing_unit_is_not_late_any_more(
        self, month: date, sibling_clerk: Membership, county_statistician: Membership, client_for: Any
    ) -> None:
        client = client_for(county_statistician)
        before = client.get(reverse("sheet_calendar")).context["late"]
        late = sheet(sibling_clerk.office, month)
        reporting.mark_missing(sheet=late, actor=signer(county_statistician.office), note="停电。")
        after = client.get(reverse("sheet_calendar")).context["late"]
        assert len(before) - len(after) == 1

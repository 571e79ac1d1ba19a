"""Dashboards, the rows behind a figure, and the report centre: the numbers agree and nobody sees beyond the own unit."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system
from reports import rollup
from reports.models import Drained
from tests.factories import dispute_in
from tests.reports.pages import links, row_count, text_of
from tests.reports.reference import flows, reference_cells

MAY, APRIL = date(2026, 5, 1), date(2026, 4, 1)
# Signing in, membership and scope take eight; the board itself reads cells in a handful.
MOST_QUERIES = 18

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def board(line: str = "mediation", **query: str) -> str:
    """Return the address of a dashboard."""
    return reverse("dashboard", args=[line]) + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def rows(**query: str) -> str:
    """Return the address of the rows behind a figure."""
    return reverse("figure_rows", args=["mediation"]) + "?" + "&".join(f"{n}={value}" for n, value in query.items())


def titles() -> list[str]:
    """Return the names of all disputes: they hold the names of the parties."""
    with system("test"):
        return list(Dispute.objects.values_list("title", flat=True))


class TestBoard:
    """The figures of a dashboard."""

    @pytest.mark.parametrize("name", ["clerk", "county_reviewer", "city_statistician", "province_line_lead"])
    def test_the_cards_say_what_the_slow_reference_counts(
        self, name: str, drained_ledger: None, member: Any, client_for: Any
    ) -> None:
        viewer = member(name)
        expected = reference_cells()[viewer.office_id, MAY]
        answer = client_for(viewer).get(board(period="2026-05"))
        cards = {card["label"]: card["value"] for card in answer.context["kpis"]}
        assert cards["调解案件总数"] == str(expected["T9.01"])
        assert cards["涉及当事人数"] == str(expected["T9.02"])
        assert cards["调解成功案件数"] == str(expected["T9.03"])

    def test_money_is_shown_in_units_of_ten_thousand_yuan(
        self, drained_ledger: None, clerk: Membership, client_for: Any
    ) -> None:
        answer = client_for(clerk).get(board(period="2026-05", span="ytd"))
        (card,) = (card for card in answer.context["kpis"] if card["label"] == "协议涉及金额")
        assert (card["value"], card["unit"]) == ("1.30", "万元")

    def test_the_year_to_date_adds_its_months(self, drained_ledger: None, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        month, year = (client.get(board(period="2026-05", span=span)).context["kpis"][0] for span in ("month", "ytd"))
        assert (month["value"], year["value"]) == ("2", "3")
        assert "month" not in year

    def test_the_ranking_adds_up_to_its_sum_and_equal_values_share_a_rank(
        self, drained_ledger: None, city_reviewer: Membership, clerk: Membership, client_for: Any
    ) -> None:
        answer = client_for(city_reviewer).get(board(period="2026-05"))
        ranking = answer.context["ranking"]
        assert ranking["total"]["value"] == str(sum(int(row["value"]) for row in ranking["rows"]))
        assert [(row["rank"], row["name"], row["value"]) for row in ranking["rows"]] == [
            (1, "石门县", "3"),
            (2, "青河高新区", "0"),
        ]
        county = client_for(city_reviewer).get(board(period="2026-03", unit="379121"))
        assert {row["rank"] for row in county.context["ranking"]["rows"]} == {1}

    def test_a_chart_and_its_table_hold_the_same_numbers(
        self, drained_ledger: None, county_reviewer: Membership, client_for: Any
    ) -> None:
        for chart in client_for(county_reviewer).get(board(period="2026-05")).context["charts"]:
            columns = list(zip(*chart["rows"], strict=True))[1:]
            for drawn, written in zip(chart["data"]["series"], columns, strict=True):
                values = [float(text.replace(",", "")) if text else None for text in written]
                assert values == [None if value is None else float(value) for value in drawn["data"]]

    def test_it_says_how_far_the_cells_are(self, drained_ledger: None, clerk: Membership, client_for: Any) -> None:
        answer = client_for(clerk).get(board())
        assert answer.context["as_of"] == rollup_moment()
        assert "数据截至" in text_of(answer)

    def test_without_marks_drained_the_older_figures_stand(
        self, drained_ledger: None, clerk: Membership, client_for: Any
    ) -> None:
        dispute_in("accepted", actor=clerk)
        answer = client_for(clerk).get(board(period="2026-05"))
        assert answer.context["kpis"][0]["value"] == "2"
        rollup.drain()
        assert client_for(clerk).get(board(period="2026-05")).context["kpis"][0]["value"] == "3"

    def test_it_reads_a_handful_of_rows(
        self, drained_ledger: None, county_reviewer: Membership, client_for: Any, django_assert_max_num_queries: Any
    ) -> None:
        client = client_for(county_reviewer)
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(board(period="2026-05"))

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"period": "2026-06"}, 404),
            ({"period": "2026-13"}, 404),
            ({"period": "x"}, 404),
            ({"period": "2019-01"}, 200),
            ({"unit": "379121"}, 200),
            ({"unit": "379121100"}, 200),
            ({"unit": "379171"}, 404),
            ({"unit": "3791"}, 404),
            ({"unit": "37"}, 404),
            ({"unit": "999999"}, 404),
            ({"sort": "T9.99"}, 200),
            ({"span": "week"}, 200),
        ],
    )
    def test_only_units_in_reach_and_months_that_have_begun_exist(
        self, query: dict[str, str], code: int, county_reviewer: Membership, client_for: Any
    ) -> None:
        assert client_for(county_reviewer).get(board(**query)).status_code == code

    def test_an_unknown_line_is_not_found_and_a_line_of_others_refused(
        self, clerk: Membership, client_for: Any
    ) -> None:
        client = client_for(clerk)
        assert client.get(board(line="astrology")).status_code == 404
        clerk.lines = []
        clerk.save()
        assert client.get(board()).status_code == 403


def rollup_moment() -> Any:
    """Return the moment up to which the cells are complete."""
    return Drained.objects.get().as_of


class TestRows:
    """The rows behind a figure."""

    @pytest.mark.parametrize("name", ["clerk", "county_reviewer", "city_reviewer", "province_statistician"])
    def test_each_figure_leads_to_exactly_its_rows(
        self, name: str, drained_ledger: None, member: Any, client_for: Any
    ) -> None:
        viewer = member(name)
        client = client_for(viewer)
        expected = reference_cells()[viewer.office_id, MAY]
        for flow in flows():
            if flow.measure != "count":
                continue
            address = rows(figure=flow.code, period="2026-05", unit=viewer.office.code)
            assert row_count(client, address) == expected.get(flow.code, 0), flow.code

    def test_every_link_of_a_dashboard_opens(
        self, drained_ledger: None, county_reviewer: Membership, client_for: Any
    ) -> None:
        client = client_for(county_reviewer)
        found = links(client.get(board(period="2026-05")), "/rows/?")
        assert {parse_qs(urlsplit(link).query)["figure"][0] for link in found} >= {"T9.01", "T9.03", "T9.R", "T9.05"}
        assert all(client.get(link).status_code == 200 for link in found)

    def test_pages_hold_every_row_once(self, clerk: Membership, client_for: Any) -> None:
        # Of a month in which the ledger has no case.
        for _number in range(28):
            dispute_in("accepted", actor=clerk, on=date(2026, 3, 2))
        rollup.drain()
        client = client_for(clerk)
        first = client.get(rows(figure="T9.01", period="2026-03"))
        (older,) = links(first, "older=")
        second = client.get(reverse("figure_rows", args=["mediation"]) + older)
        seen = links(first, "/disputes/") + links(second, "/disputes/")
        opened = {link for link in seen if re.search(r"/disputes/[0-9A-Z]{10}/$", link)}
        assert len(opened) == 28
        (newer,) = links(second, "newer=")
        back = client.get(reverse("figure_rows", args=["mediation"]) + newer)
        assert links(back, "/disputes/") == links(first, "/disputes/")

    def test_county_and_below_open_the_record(
        self, drained_ledger: None, county_reviewer: Membership, client_for: Any
    ) -> None:
        client = client_for(county_reviewer)
        answer = client.get(rows(figure="T9.05", period="2026-05"))
        (record,) = (link for link in links(answer, "/disputes/") if re.search(r"/[0-9A-Z]{10}/$", link))
        assert client.get(record).status_code == 200
        assert any(title in text_of(answer) for title in titles())

    @pytest.mark.parametrize("name", ["city_reviewer", "province_statistician"])
    def test_city_and_province_get_the_reduced_list(
        self, name: str, drained_ledger: None, member: Any, client_for: Any
    ) -> None:
        answer = client_for(member(name)).get(rows(figure="T9.01", period="2026-05"))
        assert not [link for link in links(answer, "/disputes/") if re.search(r"/[0-9A-Z]{10}/$", link)]
        assert not any(title in text_of(answer) for title in titles())
        assert "石桥司法所" in text_of(answer)

    def test_the_total_is_the_figure_and_says_when_it_moves(
        self, drained_ledger: None, clerk: Membership, client_for: Any
    ) -> None:
        client = client_for(clerk)
        assert "合计：2件" in text_of(client.get(rows(figure="T9.01", period="2026-05")))
        dispute_in("accepted", actor=clerk)
        moving = text_of(client.get(rows(figure="T9.01", period="2026-05")))
        assert "合计：2件" in moving
        assert "数据正在更新" in moving

    def test_a_colleagues_marks_do_not_make_a_figure_move(
        self, drained_ledger: None, clerk: Membership, sibling_clerk: Membership, client_for: Any
    ) -> None:
        dispute_in("accepted", actor=sibling_clerk)
        assert "数据正在更新" not in text_of(client_for(clerk).get(rows(figure="T9.01", period="2026-05")))

    @pytest.mark.parametrize("query", [{"figure": "T9.99"}, {"figure": ""}, {"figure": "T9.01", "unit": "379221"}])
    def test_what_has_no_rows_is_not_found(
        self, query: dict[str, str], county_reviewer: Membership, client_for: Any
    ) -> None:
        assert client_for(county_reviewer).get(rows(**query)).status_code == 404

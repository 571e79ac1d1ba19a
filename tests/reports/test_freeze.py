"""Issuing a month: one snapshot, every unit's sheet, the rows behind it, and nothing that changes afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from casework import lines
from mediation.models import Dispute
from offices.models import Membership, Office
from offices.scoping import NoScope, current_scope, system
from reports import rollup
from reports.editions import content_of, digest_of, is_intact
from reports.freezing import codes_of, freeze
from reports.models import Cell, Contribution, Edition, IssueRequest, Sheet
from tests.corrections import correct
from tests.factories import dispute_in, take_step
from tests.reports.issuing import APRIL, ask, frozen, issued, sheet_of
from tests.reports.reference import LINE, flows, reference_cells

UNITS = 11

pytestmark = pytest.mark.usefixtures("today")


@pytest.mark.django_db
class TestFrozenFigures:
    """What an edition holds."""

    def test_every_unit_of_the_month_has_a_sheet(self, edition: Edition) -> None:
        with system("test"):
            sheets = {sheet.unit_id: sheet for sheet in Sheet.objects.filter(edition=edition)}
            assert set(sheets) == set(Office.objects.values_list("pk", flat=True))
        assert len(sheets) == UNITS
        printed = set(codes_of(*lines.form("T9")))
        assert all(set(sheet.figures) == printed for sheet in sheets.values())

    def test_its_month_is_what_the_slow_reference_counts(self, edition: Edition) -> None:
        expected = {unit: figures for (unit, month), figures in reference_cells().items() if month == APRIL}
        codes = {flow.code for flow in flows()}
        with system("test"):
            found = {
                sheet.unit_id: {
                    code: n["current"] for code, n in sheet.figures.items() if n["current"] and code in codes
                }
                for sheet in Sheet.objects.filter(edition=edition)
            }
        assert {unit: figures for unit, figures in found.items() if figures} == expected

    def test_it_compares_with_last_month_last_year_and_the_years_to_date(
        self, edition: Edition, province_statistician: Membership
    ) -> None:
        figures = sheet_of(edition, province_statistician.office).figures
        assert figures["T9.01"] == {"current": 3, "previous": 1, "last_year": 2, "ytd": 4, "last_ytd": None}
        assert figures["T9.03"]["current"] == 2

    def test_a_balance_is_the_state_on_the_last_day(self, edition: Edition, province_statistician: Membership) -> None:
        figures = sheet_of(edition, province_statistician.office).figures
        assert figures["T9.B"] == {"current": 2, "previous": 1, "last_year": 1, "ytd": None, "last_ytd": None}

    def test_months_before_the_portal_have_no_figures(
        self, clerk: Membership, province_statistician: Membership
    ) -> None:
        dispute_in("accepted", actor=clerk, on=date(2026, 4, 5))
        figures = sheet_of(frozen(province_statistician), clerk.office).figures
        assert figures["T9.01"] == {"current": 1, "previous": None, "last_year": None, "ytd": 1, "last_ytd": None}

    def test_each_figure_is_the_sum_of_its_rows(self, edition: Edition) -> None:
        sums: dict[int, Counter[str]] = {}
        with system("test"):
            for row in Contribution.objects.filter(edition=edition):
                for unit in (row.office_id, row.county_id, row.city_id, edition.unit_id):
                    sums.setdefault(unit, Counter()).update(row.figures)
            still_open = Contribution.objects.filter(edition=edition, figures__has_key="T9.B")
            assert {row.on.year for row in still_open} == {2025, 2026}
            sheets = list(Sheet.objects.filter(edition=edition))
        for sheet in sheets:
            for code in codes_of(*lines.form("T9")):
                assert (sheet.figures[code]["current"] or 0) == sums.get(sheet.unit_id, Counter())[code]

    def test_rows_hold_no_name_and_no_text(self, edition: Edition) -> None:
        with system("test"):
            rows = str(list(Contribution.objects.filter(edition=edition).values()))
        assert "张三丰" not in rows
        assert "排水沟" not in rows

    def test_the_trend_ends_with_the_month(self, edition: Edition) -> None:
        assert [point["month"] for point in edition.trend][-1] == "2026-04-01"
        assert [point["figures"]["T9.01"] for point in edition.trend][-2:] == [1, 3]
        assert len(edition.trend) == 13


@pytest.mark.fresh_database
class TestSnapshot:
    """Freezing neither waits for the drain nor disturbs it."""

    def test_it_counts_what_is_still_marked_and_leaves_the_marks(
        self, ledger: list[Dispute], province_statistician: Membership
    ) -> None:
        marked = rollup.pending_pairs()
        assert marked
        edition = issued(province_statistician)
        assert rollup.pending_pairs() == marked
        with system("test"):
            assert not Cell.objects.exists()
        assert sheet_of(edition, province_statistician.office).figures["T9.01"]["current"] == 3

    def test_drained_or_not_gives_the_same(self, ledger: list[Dispute], province_statistician: Membership) -> None:
        first = issued(province_statistician)
        rollup.drain()
        take_step(ledger[-1], "agree_orally", actor=ledger_owner(ledger[-1]), on=date(2026, 5, 6))
        second = issued(province_statistician, reason="核对")
        with system("test"):
            figures = [
                dict(Sheet.objects.filter(edition=edition).values_list("unit_id", "figures"))
                for edition in (first, second)
            ]
        assert figures[0] == figures[1]

    def test_a_snapshot_is_refused_inside_another_transaction(self) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError, match="outermost"), system("test", snapshot=True):
            pass

    def test_a_snapshot_does_not_see_what_is_saved_meanwhile(self, clerk: Membership) -> None:
        with system("test", snapshot=True):
            before = Dispute.objects.count()
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert cursor.fetchone() == ("repeatable read",)
            assert Dispute.objects.count() == before
        with pytest.raises(NoScope):
            current_scope()

    def test_names_and_meaning_are_those_of_the_day(self, edition: Edition, clerk: Membership) -> None:
        with system("test", using="owner"):
            Office.objects.using("owner").filter(pk=clerk.office_id).update(short_name="新名")
        with system("test"):
            content = content_of(edition)
            assert "新名" not in {sheet.unit_name for sheet in Sheet.objects.filter(edition=edition)}
        assert content.columns[0].definition == flows()[0].definition
        assert len(content.columns) == 57


def ledger_owner(dispute: Dispute) -> Membership:
    """Return the clerk of a dispute's office."""
    return Membership.objects.select_related("user", "office").get(user=dispute.created_by_id, office=dispute.office_id)


@pytest.mark.django_db
class TestForGood:
    """What is issued stays as it is."""

    def test_a_later_correction_moves_no_sheet(
        self, edition: Edition, ledger: list[Dispute], clerk: Membership, province_statistician: Membership
    ) -> None:
        case = next(
            dispute for dispute in ledger if dispute.office_id == clerk.office_id and dispute.registered_on >= APRIL
        )
        correct(case, clerk, accepted_on=None, dispute_type="tourism")
        rollup.drain()
        with system("test"):
            assert is_intact(edition)
        again = frozen(province_statistician, reason="纠纷类型登记有误")
        assert sheet_of(edition, clerk.office).figures["T9.31"]["current"] == 0
        assert sheet_of(again, clerk.office).figures["T9.31"]["current"] == 1

    @pytest.mark.parametrize("model", [Edition, Sheet, Contribution, IssueRequest])
    def test_the_database_refuses_to_change_it(self, edition: Edition, model: type[Any]) -> None:
        for change in (lambda rows: rows.update(line="other"), lambda rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="never changed"), system("test"):
                change(model.objects.all())

    def test_another_edition_needs_a_reason_and_gets_the_next_number(
        self, edition: Edition, province_statistician: Membership
    ) -> None:
        with pytest.raises(ValidationError) as refusal:
            ask(province_statistician)
        assert list(refusal.value.error_dict) == ["reason"]
        second = frozen(province_statistician, reason="三件纠纷补登")
        assert (edition.number, second.number) == (1, 2)
        with system("test"):
            assert content_of(second).replaces == 1
            assert content_of(second).notes == ("更正说明：三件纠纷补登",)

    def test_the_digest_covers_the_rows(self, edition: Edition) -> None:
        with system("test"):
            assert digest_of(edition) == edition.digest
            edition.checks = []
            assert digest_of(edition) != edition.digest


@pytest.mark.fresh_database
def test_freezing_again_without_a_change_gives_the_same_figures(
    edition: Edition, province_statistician: Membership
) -> None:
    with system("test", snapshot=True):
        request = IssueRequest.objects.select_related("unit").get()
        again = freeze(request, province_statistician, timezone.now())
        stored = dict(Sheet.objects.filter(edition=again).values_list("unit_id", "figures"))
        assert stored == dict(Sheet.objects.filter(edition=edition).values_list("unit_id", "figures"))
    assert again.line == LINE

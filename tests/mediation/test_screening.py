"""Screening: rounds end with their sums and keep to their days, findings become disputes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.models import RecordLink
from casework.parts import add_part
from casework.workflow import NotPossible
from mediation.declarations.screening import ROUND_TYPE
from mediation.models import Dispute, ScreeningFinding, ScreeningRound
from mediation.services import screening
from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import committee_of
from tests.registers import one_of_each

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestScreening:
    def test_a_finding_becomes_a_dispute_in_one_click_and_both_know_each_other(
        self, clerk: Membership, client_for: Any
    ) -> None:
        made = one_of_each(clerk)
        client = client_for(clerk)
        page = client.get(reverse("findings:detail", args=[made["findings"]])).content.decode()
        address = f"{reverse('disputes:open')}?from=mediation.screeningfinding/{made['findings']}"
        assert f'href="{address}"' in page
        form = client.get(address).content.decode()
        for text in ('value="孙一"', 'value="钱二"', "因滴水起争执。"):
            assert text in form
        with within(clerk):
            village = Village.objects.filter(office=clerk.office).earliest("code")
            data = {
                "parties-TOTAL_FORMS": 2,
                "parties-INITIAL_FORMS": 2,
                "dispute_type": "neighbourhood",
                "village": village.pk,
                "occurred_on": "2026-05-20",
                "source": "ex_officio",
                "committee": committee_of(clerk.office).pk,
                "brief": "因滴水起争执。",
            }
        for place, (role, name) in enumerate((("applicant", "孙一"), ("respondent", "钱二"))):
            data |= {f"parties-{place}-role": role, f"parties-{place}-kind": "person", f"parties-{place}-name": name}
        answer = client.post(address, data)
        assert answer.status_code == 303
        with within(clerk):
            link = RecordLink.objects.get()
            finding = ScreeningFinding.objects.get()
            dispute = Dispute.objects.get(pk=link.record_id)
            assert (finding.state, link.source_id) == ("handed", finding.pk)
        assert finding.public_id in client.get(answer.url).content.decode()
        shown = client.get(reverse("findings:detail", args=[finding.public_id])).content.decode()
        assert dispute.public_id in shown
        assert client.get(address).status_code == 303

    def test_a_round_ends_with_the_sums_of_its_villages(self, clerk: Membership) -> None:
        with within(clerk):
            villages = list(Village.objects.filter(office=clerk.office)[:2])
            visits = [
                {"village": village, "on": TODAY, "households": n, "persons": 2 * n}
                for n, village in enumerate(villages, start=10)
            ]
            found = screening.open_round(
                actor=clerk, registered_on=TODAY, kind="weekly", started_on=TODAY, organiser="周晓兰", visits=visits
            )
            found = screening.finish_round(record=found, actor=clerk, on=TODAY)
        assert (found.villages, found.households, found.persons) == (2, 21, 42)

    def test_a_round_without_a_village_does_not_end(self, clerk: Membership) -> None:
        with within(clerk):
            found = screening.open_round(
                actor=clerk, registered_on=TODAY, kind="weekly", started_on=TODAY, organiser="周晓兰"
            )
            with pytest.raises(NotPossible, match="走访的村居"):
                screening.finish_round(record=found, actor=clerk, on=TODAY)


class TestDaysOfARound:
    def begun(self, clerk: Membership, **more: Any) -> ScreeningRound:
        """Begin a round three days ago."""
        given: dict[str, Any] = {"kind": "weekly", "started_on": TODAY - timedelta(days=3), "organiser": "周晓兰"}
        with within(clerk):
            return screening.open_round(actor=clerk, registered_on=given["started_on"], **given | more)

    def visit(self, found: ScreeningRound, clerk: Membership, on: date, village: Village | None = None) -> Any:
        """Visit a village of the office on a day."""
        own = Village.objects.filter(office=clerk.office).earliest("code")
        values = {"village": village or own, "on": on, "households": 5, "persons": 9}
        return add_part(part_type=ROUND_TYPE.part("village"), record=found, actor=clerk, values=values)

    def find(self, found: ScreeningRound, clerk: Membership, on: date, village: Village | None = None) -> Any:
        """Enter a finding of a day."""
        own = Village.objects.filter(office=clerk.office).earliest("code")
        values = {"people": "孙一与钱二", "dispute_type": "neighbourhood", "brief": "滴水。", "found_on": on}
        return screening.report_finding(
            actor=clerk, registered_on=TODAY, source_record=found, village=village or own, **values
        )

    @pytest.mark.parametrize(("deed", "field"), [("visit", "on"), ("find", "found_on")])
    def test_nothing_is_visited_or_found_before_it_began(self, deed: str, field: str, clerk: Membership) -> None:
        found = self.begun(clerk)
        with within(clerk), pytest.raises(ValidationError, match="不能早于排查开始日期（2026-05-17）") as refused:
            getattr(self, deed)(found, clerk, TODAY - timedelta(days=4))
        assert set(refused.value.error_dict) == {field}

    @pytest.mark.parametrize("deed", ["visit", "find"])
    def test_it_keeps_to_the_villages_of_its_office(
        self, deed: str, clerk: Membership, sibling_clerk: Membership
    ) -> None:
        found = self.begun(clerk)
        with within(sibling_clerk):
            foreign = Village.objects.filter(office=sibling_clerk.office).earliest("code")
        with within(clerk), pytest.raises(ValidationError, match="本所辖区的村居"):
            getattr(self, deed)(found, clerk, TODAY, foreign)

    def test_it_ends_after_its_last_visit_and_finding_and_began_before_the_first(self, clerk: Membership) -> None:
        found = self.begun(clerk)
        with within(clerk):
            self.visit(found, clerk, TODAY - timedelta(days=2))
            self.find(found, clerk, TODAY - timedelta(days=1))
            for day, words in ((2, "2026-05-19还有走访"), (4, "不能早于开始日期")):
                with pytest.raises(ValidationError, match=words) as refused:
                    screening.finish_round(record=found, actor=clerk, on=TODAY - timedelta(days=day))
                assert set(refused.value.error_dict) == {"on"}
            fields = {"kind": "weekly", "organiser": "周晓兰", "theme": "", "started_on": TODAY}
            with pytest.raises(ValidationError, match="2026-05-18已有走访"):
                screening.amend_round(record=found, actor=clerk, version=1, **fields)
            found = screening.finish_round(record=found, actor=clerk, on=TODAY)
        assert (found.started_on, found.ended_on) == (TODAY - timedelta(days=3), TODAY)

    def test_a_finding_is_settled_after_it_was_found(self, clerk: Membership) -> None:
        found = self.begun(clerk)
        with within(clerk):
            finding = self.find(found, clerk, TODAY)
            for deed in (screening.settle_finding, screening.watch_finding):
                with pytest.raises(ValidationError, match="不能早于发现日期"):
                    deed(record=finding, actor=clerk, on=TODAY - timedelta(days=1), note="劝和。")

    def test_a_visit_before_the_round_is_shown_beside_its_line(self, clerk: Membership, client_for: Any) -> None:
        with within(clerk):
            village = Village.objects.filter(office=clerk.office).earliest("code")
        data = {
            "kind": "weekly",
            "started_on": "2026-05-18",
            "organiser": "周晓兰",
            "visits-TOTAL_FORMS": 1,
            "visits-INITIAL_FORMS": 0,
            "visits-0-village": village.pk,
            "visits-0-on": "2026-05-17",
            "visits-0-households": 12,
        }
        answer = client_for(clerk).post(reverse("rounds:open"), data)
        assert answer.status_code == 422
        assert "走访日期不能早于排查开始日期" in str(answer.context["form"].formset.forms[0].errors["on"])
        assert 'value="12"' in answer.content.decode()

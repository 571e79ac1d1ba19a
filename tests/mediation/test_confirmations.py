"""Judicial confirmation: when, of what, by whom, and how often it is applied for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from casework.workflow import NotPossible
from mediation.models import Dispute, JudicialConfirmation
from mediation.services import confirmations
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in, take_step

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def opening(slug: str, source: Dispute) -> str:
    """Return the address at which a record is opened out of a dispute."""
    return f"{reverse(f'{slug}:open')}?from=mediation.dispute/{source.public_id}"


class TestConfirmation:
    def planned(self, clerk: Membership, matters: list[str], on: date = TODAY) -> Any:
        """Return the plan to confirm an agreement of a day."""
        dispute = dispute_in("agreed_written", actor=clerk, on=on)
        with within(clerk):
            given = {"court": "石门县人民法院", "court_ground": "committee", "matters": matters}
            return confirmations.plan_confirmation(actor=clerk, registered_on=TODAY, source_record=dispute, **given)

    def apply(self, record: Any, clerk: Membership, **more: Any) -> Any:
        """Apply today, both parties together."""
        with within(clerk):
            given = {"on": TODAY, "jointly": True, **more}
            return confirmations.apply_for_confirmation(record=record, actor=clerk, **given)

    def test_it_is_due_thirty_days_after_the_effect(self, clerk: Membership) -> None:
        record = self.planned(clerk, [])
        # The thirtieth day, 19 June 2026, is the Dragon Boat Festival: the next working day is Monday.
        assert record.due_on == date(2026, 6, 22)
        assert self.apply(record, clerk).state == "applied"

    @pytest.mark.parametrize(
        ("matters", "more", "days", "article"),
        [
            (["status"], {}, 0, "第三百五十五条"),
            ([], {"jointly": False}, 0, "共同申请"),
            ([], {}, 40, "三十日"),
        ],
    )
    def test_what_a_court_must_refuse_is_refused_with_its_article(
        self, matters: list[str], more: dict[str, Any], days: int, article: str, clerk: Membership
    ) -> None:
        record = self.planned(clerk, matters, TODAY - timedelta(days=days))
        with pytest.raises(NotPossible, match=article):
            self.apply(record, clerk, **more)

    def test_an_oral_agreement_is_not_confirmed_however_far_it_is_followed(
        self, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("agreed_oral", actor=clerk, on=TODAY)
        dispute = take_step(dispute, "follow_performance", actor=clerk, on=TODAY)
        given = {"court": "石门县人民法院", "court_ground": "committee", "matters": []}
        with within(clerk), pytest.raises(NotPossible, match="书面"):
            confirmations.plan_confirmation(actor=clerk, registered_on=TODAY, source_record=dispute, **given)
        client = client_for(clerk)
        address = opening("confirmations", dispute)
        assert address not in client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        assert client.get(address).status_code == 303

    def test_the_step_looks_at_the_form_of_the_agreement_too(self, clerk: Membership) -> None:
        record = self.planned(clerk, [])
        with within(clerk):
            Dispute.objects.filter(pk=record.dispute_id).update(agreement_form="oral")
            record = JudicialConfirmation.objects.get(pk=record.pk)
        with pytest.raises(NotPossible, match="书面"):
            self.apply(record, clerk)

    @pytest.mark.parametrize("state", ["agreed_written", "performing", "performed", "breached", "visited", "closed"])
    def test_it_is_offered_wherever_there_is_an_agreement(self, state: str, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in(state, actor=clerk, on=TODAY)
        page = client_for(clerk).get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        assert opening("confirmations", dispute) in page

    def test_after_what_came_to_nothing_the_parties_apply_again(self, clerk: Membership) -> None:
        record = self.planned(clerk, [])
        given: dict[str, Any] = {"court": "石门县人民法院", "court_ground": "domicile", "matters": []}
        given["registered_on"] = TODAY
        with within(clerk):
            dispute = record.dispute
            with pytest.raises(NotPossible, match="不能重复"):
                confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)
            confirmations.give_up_application(record=record, actor=clerk, on=TODAY, note="改为自行履行")
            record = confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)
        record = self.apply(record, clerk)
        with within(clerk):
            confirmations.refuse_application(record=record, actor=clerk, on=TODAY, note="不属本院管辖")
            record = confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)
        record = self.apply(record, clerk)
        with within(clerk):
            record = confirmations.admit_application(record=record, actor=clerk, on=TODAY, court_number="民特1号")
            confirmations.dismiss_application(record=record, actor=clerk, on=TODAY, note="驳回")
            with pytest.raises(NotPossible, match="不能重复"):
                confirmations.plan_confirmation(actor=clerk, source_record=dispute, **given)

    def test_only_where_a_court_sent_the_dispute_did_a_court_invite(self, clerk: Membership, client_for: Any) -> None:
        plain = dispute_in("agreed_written", actor=clerk, on=TODAY)
        sent = dispute_in("agreed_written", actor=clerk, on=TODAY, source="referral_court")
        data = {"court": "石门县人民法院", "court_ground": "inviting"}
        client = client_for(clerk)
        refused = client.post(opening("confirmations", plain), data)
        assert refused.status_code == 422
        assert "法院委托移送" in refused.content.decode()
        assert 'value="inviting" selected' in client.get(opening("confirmations", sent)).content.decode()
        made = client.post(opening("confirmations", sent), data)
        assert made.status_code == 303
        other = client.post(opening("confirmations", plain), data | {"court_ground": "domicile"})
        corrected = client.post(f"{other.url}amend/", data | {"version": 1})
        assert corrected.status_code == 422
        assert "法院委托移送" in corrected.content.decode()

"""The rows of a case and its agreement are held against the days of the case."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from casework.workflow import NotPossible
from mediation.forms.results import WrittenAgreementForm
from mediation.models import Agreement, Dispute
from offices.models import Membership
from offices.scoping import within
from tests.factories import PartyFactory, dispute_in, take_step
from tests.mediation.rows import items, part, receive

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestDaysInOrder:
    """Acceptance, inquiry, sitting, agreement, performance and visit follow each other."""

    ON = date(2026, 5, 11)
    DAY_BEFORE = date(2026, 5, 10)
    MOMENT = timezone.make_aware(datetime(2026, 5, 10, 9, 30))

    @pytest.mark.parametrize(
        ("state", "code", "wrong", "more", "words"),
        [
            (
                "accepted",
                "investigation",
                "at_time",
                {"place": "村委会", "person": "吴", "investigators": "王"},
                "受理",
            ),
            ("accepted", "evidence", "received_on", {"name": "借条", "kind": "document", "provider": "张"}, "纠纷发生"),
            ("accepted", "undisputed", "on", {"text": "双方认可。"}, "受理"),
            ("accepted", "invitee", "consented_on", {"name": "孙", "capacity": "neighbour"}, "登记"),
            ("agreed_oral", "item", "due_on", {"content": "付款", "debtor": "李"}, "达成协议"),
            ("failed", "visit_record", "on", {"visited": "李", "way": "telephone", "performance": "无"}, "办结"),
            ("accepted", "transfer_record", "on", {"body_kind": "police", "body": "派出所", "reason": "治安"}, "登记"),
        ],
    )
    def test_a_row_of_a_case_is_held_against_its_days(
        self, state: str, code: str, wrong: str, more: dict[str, Any], words: str, clerk: Membership
    ) -> None:
        dispute = dispute_in(state, actor=clerk, on=self.ON)
        rest: dict[str, dict[str, Any]] = {
            "investigation": {"recorder": "孙", "text": "见过。"},
            "visit_record": {"satisfaction": "fair", "visitor": "王"},
        }
        more |= rest.get(code, {})
        moment = wrong == "at_time"
        with pytest.raises(ValidationError, match=f"不能早于{words}日期（2026-05-11）") as refused:
            part(dispute, code, clerk, **more, **{wrong: self.MOMENT if moment else self.DAY_BEFORE})
        assert list(refused.value.message_dict) == [wrong]
        right = timezone.make_aware(datetime.combine(self.ON, time(9, 30))) if moment else self.ON
        assert part(dispute, code, clerk, **more, **{wrong: right}).pk

    def test_a_receipt_follows_its_transfer(self, clerk: Membership) -> None:
        away = dispute_in("transferred", actor=clerk, on=self.ON)
        with pytest.raises(ValidationError, match="回执日期不能早于移交日期"):
            receive(away, clerk, self.DAY_BEFORE)

    def test_an_inquiry_comes_after_acceptance(self, clerk: Membership) -> None:
        with pytest.raises(NotPossible, match="当前状态不能登记"):
            part(dispute_in("registered", actor=clerk), "investigation", clerk, at_time=timezone.now())

    def test_the_last_signature_before_the_agreement_is_refused_beside_its_field(
        self, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=date(2026, 5, 4))
        given = {"on": "2026-05-11", "effective_on": "2026-05-10", "facts": "a", "terms": "b", "copies": "3"}
        given |= dict.fromkeys(("parties_signed", "mediators_signed", "sealed"), "on")
        given |= {"items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}
        client, address = client_for(clerk), reverse("disputes:step", args=[dispute.public_id, "agree_in_writing"])
        refused = client.post(address, given)
        assert refused.status_code == 422
        assert "最后签名盖章日期不能早于达成协议日期（2026-05-11）" in refused.content.decode()
        assert client.post(address, given | {"effective_on": "2026-05-12"}).status_code == 303
        with within(clerk):
            assert Dispute.objects.get(pk=dispute.pk).effective_on == date(2026, 5, 12)


class TestAgreementAndItsDays:
    """Articles 29 and 31: everybody keeps a copy; what is agreed is due with its last item."""

    def test_each_party_and_the_committee_keep_a_copy(self, clerk: Membership) -> None:
        parties = [PartyFactory(), PartyFactory(role="respondent"), PartyFactory(role="third")]
        dispute = dispute_in("mediating", actor=clerk, parties=parties)
        with within(clerk):
            assert WrittenAgreementForm(record=dispute).fields["copies"].initial == 4
        agreed = take_step(dispute, "agree_in_writing", actor=clerk, on=TODAY, copies=0)
        with within(clerk):
            assert Agreement.objects.get(dispute=agreed).copies == 4

    @pytest.mark.parametrize("step", ["agree_in_writing", "agree_orally"])
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            (
                {"performance_due_on": date(2026, 6, 1), "items": [date(2026, 6, 5)]},
                "最后一项履行事项的期限（2026-06-05）",
            ),
            ({"performance_due_on": date(2026, 5, 19), "items": []}, "不能早于达成协议日期"),
            ({"items": [date(2026, 5, 19)]}, "履行事项的期限不能早于达成协议日期"),
        ],
    )
    def test_an_agreement_is_due_after_itself_and_with_its_last_item(
        self, step: str, given: dict[str, Any], words: str, clerk: Membership
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        with pytest.raises(ValidationError, match=words):
            take_step(dispute, step, actor=clerk, on=TODAY, **given | {"items": items(*given["items"])})

    def test_the_performance_is_watched_until_the_last_item(self, clerk: Membership) -> None:
        values = {"agree_in_writing": {"items": items(date(2026, 6, 25))}}
        dispute = dispute_in("agreed_written", actor=clerk, step_values=values)
        with pytest.raises(ValidationError, match="最后一项履行事项"):
            take_step(dispute, "follow_performance", actor=clerk, on=TODAY, performance_due_on=date(2026, 6, 1))

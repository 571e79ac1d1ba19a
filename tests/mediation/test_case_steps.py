"""What the steps of a dispute ask of the law, where the table of walks does not see it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from casework.models import CountedEvent
from casework.parts import add_part
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.forms.results import FailForm
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in, take_step

TODAY = date(2026, 5, 20)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestEndingBeforeMediation:
    """Articles 17 and 23: a party may refuse or leave at any time."""

    @pytest.mark.parametrize("state", ["accepted", "assigned"])
    def test_a_refusal_after_acceptance_ends_the_case_and_counts(self, state: str, clerk: Membership) -> None:
        dispute = dispute_in(state, actor=clerk)
        ended = take_step(dispute, "fail", actor=clerk, on=TODAY, failure="refused")
        assert (ended.state, ended.failure, ended.concluded_on) == ("failed", "refused", TODAY)
        with within(clerk):
            assert CountedEvent.objects.filter(record_id=ended.pk, kind="failed", on=TODAY).count() == 1

    def test_no_agreement_is_no_reason_before_mediation_has_begun(self, clerk: Membership) -> None:
        dispute = dispute_in("assigned", actor=clerk)
        with within(clerk):
            offered = [code for code, _label in FailForm(record=dispute).fields["failure"].choices]  # type: ignore[attr-defined]
        assert "refused" in offered
        assert "no_agreement" not in offered
        with pytest.raises(NotPossible, match="第二十三条"):
            take_step(dispute, "fail", actor=clerk, on=TODAY, failure="no_agreement")


class TestRightsBeforeMediation:
    """Articles 23 and 24: who mediates tells the parties their rights first."""

    @pytest.mark.parametrize(
        ("told", "words"), [(date(2026, 5, 3), "不能早于受理日期"), (date(2026, 5, 12), "不能晚于开始调解")]
    )
    def test_a_notice_lies_between_acceptance_and_the_beginning(
        self, told: date, words: str, clerk: Membership
    ) -> None:
        dispute = dispute_in("assigned", actor=clerk, on=date(2026, 5, 4))
        with pytest.raises(NotPossible, match=words):
            take_step(dispute, "begin", actor=clerk, on=date(2026, 5, 11), rights_notice_on=told)
        begun = take_step(dispute, "begin", actor=clerk, on=date(2026, 5, 11), rights_notice_on=date(2026, 5, 4))
        assert begun.rights_notice_on == date(2026, 5, 4)

    def test_a_sitting_is_written_down_once_mediation_has_begun(self, clerk: Membership) -> None:
        assigned = dispute_in("assigned", actor=clerk, on=date(2026, 5, 4))
        with pytest.raises(NotPossible, match="当前状态不能登记"):
            sitting(assigned, clerk, date(2026, 5, 6))
        begun = take_step(assigned, "begin", actor=clerk, on=date(2026, 5, 6))
        with pytest.raises(ValidationError, match="不能早于权利义务告知日期（2026-05-06）"):
            sitting(begun, clerk, date(2026, 5, 5))
        assert sitting(begun, clerk, date(2026, 5, 6)).pk

    def test_a_sitting_comes_before_the_result(self, clerk: Membership) -> None:
        agreed = dispute_in("agreed_written", actor=clerk, on=date(2026, 5, 4))
        with pytest.raises(ValidationError, match="不能晚于办结日期（2026-05-04）"):
            sitting(agreed, clerk, date(2026, 5, 5))

    def test_a_case_that_ended_before_mediation_has_no_sitting(self, clerk: Membership) -> None:
        refused = take_step(dispute_in("accepted", actor=clerk), "fail", actor=clerk, on=TODAY)
        with pytest.raises(ValidationError, match="没有开始调解"):
            sitting(refused, clerk, TODAY)


def part(dispute: Dispute, code: str, actor: Membership, **values: Any) -> Any:
    """Add a part to a dispute."""
    with within(actor):
        return add_part(part_type=DISPUTE.part(code), record=dispute, actor=actor, values=values)


def sitting(dispute: Dispute, actor: Membership, on: date) -> Any:
    """Write down a sitting of a morning."""
    at_time = timezone.make_aware(datetime.combine(on, time(9, 30)))
    more = {"place": "调解室", "way": "face_to_face", "recorder": "周晓兰", "text": "双方陈述。", "result": "none"}
    return part(dispute, "session", actor, at_time=at_time, **more)


class TestOtherRoutes:
    """Article 26: who ends mediation names the other routes."""

    def test_the_routes_that_were_told_are_asked_for_kept_and_shown(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        address = reverse("disputes:step", args=[dispute.public_id, "fail"])
        given = {"on": "2026-05-20", "failure": "no_agreement", "note": "分歧过大。"}
        client = client_for(clerk)
        assert "第二十六条" in client.post(address, given).content.decode()
        assert client.post(address, given | {"told_routes": ["nonsense"]}).status_code == 422
        assert client.post(address, given | {"told_routes": ["litigation", "legal_aid"]}).status_code == 303
        with within(clerk):
            assert Dispute.objects.get(pk=dispute.pk).told_routes == ["litigation", "legal_aid"]
        page = client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        assert "向人民法院提起诉讼、向法律援助机构申请法律援助" in page

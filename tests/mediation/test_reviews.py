"""The review of a crime: begun by office or county, supplied by the office, concluded by the county alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from casework.models import RecordEvent
from casework.parts import change_part, remove_part
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.declarations.reviews import REVIEW_TYPE
from mediation.models import CriminalReview, Dispute, Escalation
from mediation.services import alerts, reviews
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in
from tests.handing import handed
from tests.registers import turned_criminal

TODAY = date(2026, 5, 20)
ANSWERS: dict[str, Any] = {"was_screened": False, "was_mediated": True, "was_alerted": False}
SAID = {"responsible": "石桥司法所 周晓兰", "findings": "未及时回访。", "measures": "建立台账。"}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def opening(dispute: Dispute) -> str:
    """Return the address at which the review of a dispute begins."""
    return f"{reverse('reviews:open')}?from=mediation.dispute/{dispute.public_id}"


def begun(actor: Membership, dispute: Dispute) -> CriminalReview:
    """Begin the review of a dispute."""
    with within(actor):
        return reviews.open_review(actor=actor, registered_on=TODAY, source_record=dispute, event="持刀伤人。")


class TestBeginning:
    @pytest.mark.parametrize("who", ["clerk", "head", "county_reviewer", "county_leader"])
    def test_office_and_county_begin_it_and_it_lies_with_the_office(
        self, who: str, clerk: Membership, member: Any, client_for: Any
    ) -> None:
        dispute = turned_criminal(clerk)
        client = client_for(member(who))
        page = client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        assert f'href="{opening(dispute)}"' in page
        answer = client.post(opening(dispute), {"event": "持刀伤人。"})
        assert answer.status_code == 303
        with within(clerk):
            review = CriminalReview.objects.get()
            again = Dispute.objects.get(pk=dispute.pk)
        assert (review.office_id, review.state, review.dispute_id) == (clerk.office_id, "opened", dispute.pk)
        assert review.due_on == date(2026, 6, 22)
        assert client.get(opening(again)).status_code == 303

    @pytest.mark.parametrize("who", ["assistant", "county_statistician", "city_reviewer"])
    def test_nobody_else_begins_it(self, who: str, clerk: Membership, member: Any, client_for: Any) -> None:
        dispute = turned_criminal(clerk)
        assert client_for(member(who)).post(opening(dispute), {"event": "持刀伤人。"}).status_code == 403

    def test_it_needs_a_crime_and_begins_after_it(self, clerk: Membership, client_for: Any) -> None:
        plain = dispute_in("mediating", actor=clerk)
        client = client_for(clerk)
        assert opening(plain) not in client.get(reverse("disputes:detail", args=[plain.public_id])).content.decode()
        assert client.get(opening(plain)).status_code == 303
        with pytest.raises(NotPossible, match="刑事案件"):
            begun(clerk, plain)
        dispute = turned_criminal(clerk)
        data = {"event": "持刀伤人。", "registered_on": (TODAY - timedelta(days=1)).isoformat()}
        answer = client.post(opening(dispute), data)
        assert answer.status_code == 422
        assert "不能早于案发日期（2026-05-20）" in str(answer.context["form"].errors["registered_on"])

    def test_a_dispute_is_reviewed_once(self, clerk: Membership, county_reviewer: Membership) -> None:
        dispute = turned_criminal(clerk)
        begun(county_reviewer, dispute)
        with pytest.raises(NotPossible, match="不能重复"):
            begun(clerk, dispute)

    def test_what_is_reviewed_is_not_taken_back_nor_dated_later(self, clerk: Membership) -> None:
        dispute = turned_criminal(clerk)
        crime = DISPUTE.part("escalation")
        with within(clerk):
            row = Escalation.objects.get(dispute=dispute)
            change_part(
                part_type=crime, record=dispute, actor=clerk, key=row.public_id, version=1, values={"persons": 3}
            )
            begun(clerk, dispute)
            at: dict[str, Any] = {"part_type": crime, "record": dispute, "actor": clerk, "key": row.public_id}
            with pytest.raises(NotPossible, match="不能删除这一激化后果"):
                remove_part(version=2, note="误录", **at)
            for values in ({"kind": "brawl"}, {"on": TODAY + timedelta(days=1)}):
                with pytest.raises(NotPossible, match="开展民转刑倒查"):
                    change_part(version=2, values=values, **at)
            assert Escalation.objects.get(dispute=dispute).kind == "crime"


class TestConcluding:
    def test_the_office_supplies_facts_and_the_county_concludes(
        self, clerk: Membership, head: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        review = begun(clerk, turned_criminal(clerk))
        account = reverse("reviews:step", args=[review.public_id, "account"])
        conclude = reverse("reviews:step", args=[review.public_id, "conclude"])
        on = {"on": TODAY.isoformat()}
        data = on | {"was_screened": "no", "was_mediated": "yes", "was_alerted": "no"} | SAID
        office, county = client_for(head), client_for(county_reviewer)
        assert office.post(conclude, data).status_code == 403
        assert county.post(account, on | {"account": "曾调解一次。"}).status_code == 403
        assert office.post(account, on | {"account": "曾调解一次。"}).status_code == 303
        assert conclude in county.get(reverse("home")).content.decode()
        missing = county.post(conclude, data | {"was_screened": ""})
        assert (missing.status_code, "was_screened" in missing.context["form"].errors) == (422, True)
        assert county.post(conclude, data).status_code == 303
        with within(clerk):
            review.refresh_from_db()
            entry = RecordEvent.objects.get(record_id=review.pk, kind="conclude")
        assert (review.state, review.due_on, review.concluded_on) == ("concluded", None, TODAY)
        assert (review.was_screened, review.was_mediated, review.was_alerted) == (False, True, False)
        assert (entry.decider, entry.user_id) == ("county", county_reviewer.user_id)
        assert office.get(reverse("reviews:amend", args=[review.public_id])).status_code == 403

    def test_a_service_call_by_the_office_is_refused_too(self, clerk: Membership) -> None:
        review = begun(clerk, turned_criminal(clerk))
        with within(clerk), pytest.raises(PermissionError):
            reviews.conclude_review(record=review, actor=clerk, on=TODAY, **ANSWERS, **SAID)

    def test_every_question_is_answered(self, clerk: Membership, county_leader: Membership) -> None:
        review = begun(clerk, turned_criminal(clerk))
        with within(county_leader), pytest.raises(NotPossible, match="逐项写明"):
            reviews.conclude_review(
                record=review, actor=county_leader, on=TODAY, **ANSWERS | {"was_alerted": None}, **SAID
            )
        with within(county_leader), pytest.raises(ValidationError, match="存在问题"):
            reviews.conclude_review(record=review, actor=county_leader, on=TODAY, **ANSWERS, **SAID | {"findings": ""})

    def test_the_form_begins_with_what_the_portal_knows(
        self, clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        dispute = turned_criminal(clerk)
        with within(clerk):
            alert = alerts.raise_alert(
                actor=clerk,
                registered_on=TODAY,
                source_record=dispute,
                level="red",
                triggers=["threat"],
                situation="扬言报复。",
                measure="已稳控。",
                responsible="王德福",
                raised_at=timezone.now(),
                follow_up_days=1,
            )
        review = begun(clerk, dispute)
        address = reverse("reviews:step", args=[review.public_id, "conclude"])

        def known() -> list[str]:
            fields = client_for(county_reviewer).get(address).context["form"].fields
            return [fields[name].initial for name in ANSWERS]

        assert known() == ["no", "yes", "yes"]
        with within(county_reviewer):
            alerts.void_alert(record=alert, actor=county_reviewer, on=TODAY, note="误报")
        assert known() == ["no", "yes", "no"]

    def test_the_paper_says_what_was_found(self, clerk: Membership, county_leader: Membership) -> None:
        review = begun(clerk, turned_criminal(clerk))
        with within(county_leader):
            review = reviews.conclude_review(record=review, actor=county_leader, on=TODAY, **ANSWERS, **SAID)
            shown = REVIEW_TYPE.document("crime_review").context(review)["review"]
        assert (shown["was_mediated"], shown["was_alerted"], shown["findings"]) == ("是", "否", "未及时回访。")
        assert shown["county_name"] == "石门县司法局"


def test_it_moves_with_its_dispute(clerk: Membership, sibling_clerk: Membership) -> None:
    dispute = turned_criminal(clerk)
    review = begun(clerk, dispute)
    handed(dispute, clerk, sibling_clerk)
    with within(sibling_clerk):
        moved = CriminalReview.objects.get(pk=review.pk)
        kinds = set(RecordEvent.objects.filter(record_id=moved.pk).values_list("kind", flat=True))
    assert moved.office_id == sibling_clerk.office_id
    assert "handed_over" in kinds

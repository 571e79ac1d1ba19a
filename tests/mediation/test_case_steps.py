"""What the steps of a dispute ask of the law, where the table of walks does not see it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.deadlines import due_date
from casework.models import CountedEvent
from casework.parts import change_part
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.demo.checking import findings
from mediation.forms.disputes import ExtendForm
from mediation.forms.results import FailForm
from mediation.models import Dispute, PerformanceItem, Transfer
from mediation.workflow.disputes import (
    ARCHIVE_WITHIN,
    CLOSE_WITHIN,
    CONCLUDE_WITHIN,
    CONFIRM_WITHIN,
    EXTEND_BY,
    RECEIPT_WITHIN,
    VISIT_WITHIN,
)
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in, take_step
from tests.mediation.rows import items, part, receive, sitting

TODAY = date(2026, 5, 20)
RETURNS = ("return_registered", "return_accepted", "return_failed")
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


class TestWhatIsDueAfterAnAgreement:
    """Article 31: the committee watches the performance; article 33: nobody has to ask for confirmation."""

    FIRST, SECOND = date(2026, 6, 5), date(2026, 6, 25)

    @pytest.mark.parametrize("step", ["agree_in_writing", "agree_orally"])
    def test_the_first_item_is_due_from_the_agreement_on(self, step: str, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        agreed = take_step(dispute, step, actor=clerk, on=TODAY, items=items(self.SECOND, self.FIRST))
        assert (agreed.due_on, agreed.due_rule, agreed.performance_due_on) == (self.FIRST, "", self.SECOND)

    def test_without_a_day_the_visit_is_due_after_the_effect_and_no_confirmation(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=date(2026, 5, 4))
        on, effective = date(2026, 5, 6), date(2026, 5, 8)
        agreed = take_step(dispute, "agree_in_writing", actor=clerk, on=on, effective_on=effective)
        assert (agreed.due_rule, agreed.due_on) == (VISIT_WITHIN, due_date(VISIT_WITHIN, effective).on)

    def test_a_done_item_moves_the_date_before_anybody_follows_the_performance(self, clerk: Membership) -> None:
        values = {"agree_in_writing": {"items": items(self.FIRST, self.SECOND)}}
        dispute = dispute_in("agreed_written", actor=clerk, step_values=values)
        with within(clerk):
            first = PerformanceItem.objects.filter(dispute=dispute).first()
            assert first is not None
            change_part(
                part_type=DISPUTE.part("item"), record=dispute, actor=clerk, key=first.public_id, version=1,
                values={"done_on": TODAY},
            )  # fmt: skip
            dispute = Dispute.objects.get(pk=dispute.pk)
        assert (dispute.performance, dispute.due_on, dispute.performance_due_on) == (
            "partial", self.SECOND, self.SECOND,
        )  # fmt: skip

    def test_a_visit_keeps_what_is_due(self, clerk: Membership) -> None:
        values = {"agree_in_writing": {"items": items(self.FIRST)}}
        dispute = dispute_in("agreed_written", actor=clerk, step_values=values)
        visited = take_step(dispute, "visit", actor=clerk, on=TODAY)
        assert (visited.due_on, visited.due_rule) == (self.FIRST, "")

    def test_a_further_visit_puts_off_the_next_where_no_day_is_named(self, clerk: Membership) -> None:
        dispute = dispute_in("agreed_oral", actor=clerk, on=date(2026, 5, 4))
        visited = take_step(dispute, "visit", actor=clerk, on=date(2026, 5, 11))
        assert (visited.due_rule, visited.due_on) == (VISIT_WITHIN, due_date(VISIT_WITHIN, date(2026, 5, 11)).on)
        more = {
            "visited": "李四光",
            "way": "telephone",
            "performance": "未到期",
            "satisfaction": "fair",
            "visitor": "王",
        }
        part(visited, "visit_record", clerk, on=TODAY, **more)
        with within(clerk):
            assert Dispute.objects.get(pk=dispute.pk).due_on == due_date(VISIT_WITHIN, TODAY).on

    def test_the_thirty_days_are_told_and_are_nobodys_arrears(self, clerk: Membership, client_for: Any) -> None:
        on = date(2026, 4, 1)
        late, fresh = (dispute_in("agreed_written", actor=clerk, on=day) for day in (on, TODAY))
        client = client_for(clerk)
        pages = [client.get(reverse("disputes:detail", args=[one.public_id])).content.decode() for one in (late, fresh)]
        assert "可申请司法确认至" in pages[0]
        assert "2026-05-06（已届满）" in pages[0]
        left = (due_date(CONFIRM_WITHIN, TODAY).on - TODAY).days
        assert f"（还有 {left} 天）" in pages[1]
        assert "司法确认" not in client.get(reverse("home")).content.decode()


class TestClosingIsAskedFor:
    """Article 27: what is settled is closed, what is closed is filed."""

    @pytest.mark.parametrize(
        ("state", "rule", "text", "step"),
        [
            ("failed", CLOSE_WITHIN, "结案", "close"),
            ("visited", CLOSE_WITHIN, "结案", "close"),
            ("closed", ARCHIVE_WITHIN, "归档", "archive"),
        ],
    )
    def test_the_next_step_has_a_date_and_a_line_in_the_inbox(
        self, state: str, rule: str, text: str, step: str, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in(state, actor=clerk)
        assert (dispute.due_rule, dispute.due_on) == (rule, due_date(rule, TODAY).on)
        home = client_for(clerk).get(reverse("home")).content.decode()
        assert f"{dispute.title}：{text}" in home
        assert reverse("disputes:step", args=[dispute.public_id, step]) in home

    def test_what_is_filed_is_due_no_more(self, clerk: Membership) -> None:
        dispute = dispute_in("archived", actor=clerk)
        assert (dispute.due_rule, dispute.due_on) == ("", None)


def standing(dispute: Dispute, kind: str) -> int:
    """Return how many counted events of a kind stand for a dispute."""
    return CountedEvent.objects.filter(record_id=dispute.pk, kind=kind, is_replaced=False).count()


class TestAfterATransfer:
    """A transfer is no end: it is received, or comes back; one case has one dossier."""

    def test_a_transferred_case_is_closed_once_the_receipt_is_there(self, clerk: Membership) -> None:
        dispute = dispute_in("transferred", actor=clerk)
        with pytest.raises(NotPossible, match="回执"):
            take_step(dispute, "close", actor=clerk, on=TODAY)
        received = receive(dispute, clerk, TODAY)
        assert (received.due_rule, received.due_on) == (CLOSE_WITHIN, due_date(CLOSE_WITHIN, TODAY).on)
        closed = take_step(received, "close", actor=clerk, on=TODAY)
        assert take_step(closed, "archive", actor=clerk, on=TODAY).state == "archived"

    def test_what_was_never_accepted_has_no_dossier_to_close(self, clerk: Membership) -> None:
        diverted = take_step(dispute_in("registered", actor=clerk), "divert", actor=clerk, on=TODAY)
        assert receive(diverted, clerk, TODAY).due_on is None
        with pytest.raises(NotPossible, match="不立卷"):
            take_step(diverted, "close", actor=clerk, on=TODAY)

    def test_a_refused_transfer_comes_back_into_mediation_and_counts_no_more(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=date(2026, 5, 4))
        away = take_step(dispute, "transfer", actor=clerk, on=date(2026, 5, 6))
        with within(clerk):
            assert standing(away, "transferred") == 1
        back = take_step(away, "return_accepted", actor=clerk, on=date(2026, 5, 11), note="不属于受理范围。")
        assert (back.state, back.concluded_on) == ("accepted", None)
        assert (back.due_rule, back.due_on) == (CONCLUDE_WITHIN, due_date(CONCLUDE_WITHIN, date(2026, 5, 11)).on)
        with within(clerk):
            assert standing(back, "transferred") == 0
            assert "不属于受理范围" in Transfer.objects.get(dispute=back).result
        again = take_step(back, "transfer", actor=clerk, on=TODAY)
        with within(clerk):
            assert standing(again, "transferred") == 1
            assert all(not finding.wrong for finding in findings("default", TODAY))

    def test_a_diverted_dispute_comes_back_to_be_examined(self, clerk: Membership) -> None:
        diverted = take_step(dispute_in("registered", actor=clerk), "divert", actor=clerk, on=TODAY)
        back = take_step(diverted, "return_registered", actor=clerk, on=TODAY)
        assert (back.state, back.concluded_on) == ("registered", None)
        with within(clerk):
            assert standing(back, "diverted") == 0
        assert take_step(back, "accept", actor=clerk, on=TODAY).state == "accepted"

    def test_a_failure_that_comes_back_stays_a_failure_and_is_counted_once(self, clerk: Membership) -> None:
        away = take_step(dispute_in("failed", actor=clerk), "pass_on", actor=clerk, on=TODAY)
        back = take_step(away, "return_failed", actor=clerk, on=TODAY)
        assert (back.state, back.concluded_on, back.due_rule) == ("failed", TODAY, CLOSE_WITHIN)
        with within(clerk):
            assert standing(back, "failed") == 1

    def test_an_agreement_that_was_passed_on_is_still_performed(self, clerk: Membership) -> None:
        first, second = date(2026, 6, 5), date(2026, 6, 25)
        values = {"agree_in_writing": {"items": items(first, second)}}
        agreed = dispute_in("agreed_written", actor=clerk, step_values=values)
        away = take_step(agreed, "pass_on", actor=clerk, on=TODAY)
        with within(clerk):
            row = PerformanceItem.objects.filter(dispute=away).first()
            assert row is not None
            change_part(
                part_type=DISPUTE.part("item"), record=away, actor=clerk, key=row.public_id, version=1,
                values={"done_on": TODAY},
            )  # fmt: skip
            away = Dispute.objects.get(pk=away.pk)
        assert (away.performance, away.due_rule) == ("partial", RECEIPT_WITHIN)
        received = receive(away, clerk, TODAY)
        assert (received.due_on, received.due_rule) == (second, "")
        assert take_step(received, "perform", actor=clerk, on=TODAY).performance == "full"

    def test_the_page_offers_the_return_that_fits(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        for state, step in (("accepted", "transfer"), ("failed", "pass_on")):
            away = take_step(dispute_in(state, actor=clerk), step, actor=clerk, on=TODAY)
            page = client.get(reverse("disputes:detail", args=[away.public_id])).content.decode()
            fitting = {"transfer": "return_accepted", "pass_on": "return_failed"}[step]
            offered = [code for code in RETURNS if reverse("disputes:step", args=[away.public_id, code]) in page]
            assert offered == [fitting]
            assert reverse("disputes:step", args=[away.public_id, "perform"]) not in page


class TestAfterClosing:
    """What happens later is entered later."""

    @pytest.mark.parametrize("state", ["closed", "archived"])
    def test_a_suit_is_counted_and_opens_nothing(self, state: str, clerk: Membership) -> None:
        dispute = dispute_in(state, actor=clerk, on=date(2026, 5, 4))
        sued = take_step(dispute, f"sue_{state}", actor=clerk, on=TODAY)
        assert (sued.state, sued.sued_on, sued.performance, sued.due_on) == (state, TODAY, "full", dispute.due_on)
        with within(clerk):
            assert standing(sued, "sued") == 1

    @pytest.mark.parametrize("state", ["closed", "archived", "transferred"])
    def test_a_late_visit_finds_its_place(self, state: str, clerk: Membership) -> None:
        dispute = dispute_in("agreed_oral" if state == "transferred" else state, actor=clerk, on=date(2026, 5, 4))
        if state == "transferred":
            dispute = take_step(dispute, "pass_on", actor=clerk, on=date(2026, 5, 4))
        more = {
            "visited": "李四光",
            "way": "telephone",
            "performance": "已履行",
            "satisfaction": "fair",
            "visitor": "王",
        }
        assert part(dispute, "visit_record", clerk, on=TODAY, **more).pk

    def test_what_was_not_performed_may_be_performed_late(self, clerk: Membership) -> None:
        late = take_step(dispute_in("breached", actor=clerk), "perform", actor=clerk, on=TODAY)
        assert (late.state, late.performance) == ("performed", "full")


class TestExtension:
    """Article 33 of the Rules: longer than a month with both parties' consent, which somebody has written down."""

    def test_a_limit_is_extended_before_it_is_over_within_bounds_and_on_paper(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=date(2026, 3, 2))
        assert dispute.due_on == date(2026, 4, 2)
        with pytest.raises(NotPossible, match="已于 2026-04-02 届满"):
            take_step(dispute, "extend", actor=clerk, on=date(2026, 4, 3))
        latest = due_date(EXTEND_BY, dispute.due_on).on
        with pytest.raises(NotPossible, match=f"最多延长到 {latest.isoformat()}"):
            take_step(dispute, "extend", actor=clerk, on=date(2026, 4, 2), until=latest + timedelta(days=1))
        with pytest.raises(NotPossible, match="书面材料"):
            take_step(dispute, "extend", actor=clerk, on=date(2026, 4, 2), until=latest, paper="")
        longer = take_step(dispute, "extend", actor=clerk, on=date(2026, 4, 2), until=latest)
        assert (longer.due_on, longer.due_rule) == (latest, CONCLUDE_WITHIN)

    def test_the_form_asks_for_the_paper(self, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        with within(clerk):
            form = ExtendForm({"on": "2026-05-20", "until": "2026-06-30", "note": "鉴定"}, record=dispute)
            assert "paper" in form.errors


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


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
def test_what_was_performed_is_not_offered_to_be_performed(clerk: Membership, client_for: Any) -> None:
    def offered(dispute: Dispute) -> set[str]:
        page = client_for(clerk).get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
        steps = ("perform", "follow_performance", "breach", "close")
        return {step for step in steps if f"/disputes/{dispute.public_id}/steps/{step}/" in page}

    performed = dispute_in("visited", actor=clerk)
    assert performed.performance == "full"
    assert offered(performed) == {"close"}
    early = take_step(dispute_in("agreed_written", actor=clerk), "visit", actor=clerk, on=date(2026, 5, 20))
    assert offered(early) == {"perform", "follow_performance", "breach", "close"}

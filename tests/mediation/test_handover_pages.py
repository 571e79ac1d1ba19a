"""Handing a dispute over as two clerks do it: on their pages, from the button to the history."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.models import Handover
from casework.paging import SIZE
from casework.parts import add_part
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute, MediationCommittee, Mediator
from offices.models import AccessEntry, Membership, Village
from offices.scoping import system, within
from tests.factories import PartyFactory, committee_of, dispute_in, resident_id, take_step
from tests.handing import accepted, handed, offered

pytestmark = pytest.mark.usefixtures("today")


def text_of(answer: Any) -> str:
    """Return the text of a page without its markup."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def offer_data(receiver: Membership, **more: Any) -> dict[str, Any]:
    """Return what a clerk fills in."""
    given = {"to": "far", "elsewhere": receiver.office.code, "ground": "territory", "on": "2026-05-20"}
    return {**given, "reason": "发生地在渔湾镇。", "paper": "移交函〔2026〕3号", **more}


def accept_data(receiver: Membership, **more: Any) -> dict[str, Any]:
    """Return what the receiving clerk fills in."""
    with within(receiver):
        committee = committee_of(receiver.office)
        village = Village.objects.filter(office=receiver.office).earliest("code")
        mediators = list(Mediator.objects.filter(committee=committee).values_list("pk", flat=True))
    return {"on": "2026-05-20", "committee": committee.pk, "village": village.pk, "mediators": mediators, **more}


def the_handover() -> Handover:
    with system("test"):
        return Handover.objects.select_related("office", "to_office").latest("pk")


def detail(dispute: Dispute) -> str:
    return reverse("disputes:detail", args=[dispute.public_id])


class TestFromButtonToHistory:
    """The whole way."""

    def test_a_dispute_goes_from_office_to_office(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        giver, receiver = client_for(clerk), client_for(far_clerk)
        button = reverse("disputes:hand_over", args=[dispute.public_id])
        assert f'href="{button}"' in giver.get(detail(dispute)).content.decode()
        assert giver.get(button).status_code == 200
        answer = giver.post(button, offer_data(far_clerk), follow=True)
        address = reverse("handover", args=[the_handover().public_id])
        assert answer.redirect_chain == [(address, 303)]
        assert "等待渔湾司法所接收" in text_of(answer)
        self.waits_there(receiver, dispute, address)
        accept = reverse("accept_handover", args=[the_handover().public_id])
        assert receiver.get(accept).status_code == 200
        answer = receiver.post(accept, accept_data(far_clerk), follow=True)
        assert answer.redirect_chain == [(detail(dispute), 303)]
        self.tells_where_it_came_from(text_of(answer))
        assert giver.get(detail(dispute)).status_code == 404
        outcome = text_of(giver.get(address))
        assert "已接收" in outcome
        assert "查看这件业务" not in outcome
        assert dispute.title in text_of(giver.get(f"{reverse('handovers')}?way=out"))

    def waits_there(self, receiver: Client, dispute: Dispute, address: str) -> None:
        home = receiver.get(reverse("home")).content.decode()
        assert f"{dispute.title}：接收或者退回" in home
        assert f'href="{address}"' in home
        assert "石桥司法所移交 · 2026-05-20" in home
        shown = text_of(receiver.get(address))
        for text in (dispute.brief, "发生地在渔湾镇。", "移交函〔2026〕3号", "纠纷发生地属接收单位辖区", "接收期限"):
            assert text in shown
        assert receiver.get(detail(dispute)).status_code == 404

    def tells_where_it_came_from(self, shown: str) -> None:
        assert "石桥司法所 → 渔湾司法所" in shown
        assert "渔湾镇人民调解委员会" in shown
        assert "原：石桥镇人民调解委员会" in shown
        assert "移交函〔2026〕3号 · 发生地在渔湾镇。" in shown

    def test_every_page_of_what_has_moved_opens(
        self, clerk: Membership, far_clerk: Membership, client_for: Any, today: date
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        with within(clerk):
            values = {"name": "照片", "kind": "picture", "provider": "村委会", "received_on": today, "pages": 1}
            add_part(part_type=DISPUTE.part("evidence"), record=dispute, actor=clerk, values=values)
        handed(dispute, clerk, far_clerk)
        client = client_for(far_clerk)
        pages = ["", "?tab=records", "?tab=log"]
        assert [client.get(detail(dispute) + tab).status_code for tab in pages] == [200] * 3
        assert dispute.title in text_of(client.get(reverse("disputes:list")))
        for name in ("amend", "attach"):
            assert client.get(reverse(f"disputes:{name}", args=[dispute.public_id])).status_code == 200
        for part in DISPUTE.parts:
            if "mediating" in part.states:
                address = reverse("disputes:add_part", args=[dispute.public_id, part.code])
                assert client.get(address).status_code == 200, part.code
        for transition in DISPUTE.workflow.possible("mediating"):
            address = reverse("disputes:step", args=[dispute.public_id, transition.code])
            assert client.get(address).status_code == 200, transition.code

    def test_papers_and_dossier_name_who_mediates_now(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        moved = handed(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        moved = take_step(moved, "agree_in_writing", actor=far_clerk, on=today)
        with within(far_clerk):
            for document in DISPUTE.documents_of(moved):
                if moved.state in document.states and not document.missing(moved):
                    shown = str(document.context(moved))
                    assert "石桥镇人民调解委员会" not in shown, document.code
            register = DISPUTE.document("registration").context(moved)
            assert "渔湾镇人民调解委员会" in str(register)


class TestRefusals:
    """Bad input is said beside the field; what cannot be done is said before it is tried."""

    @pytest.mark.parametrize(
        ("changed", "field", "message"),
        [
            ({"to": ""}, "to", "请选择接收单位"),
            ({"to": "999999"}, "to", "999999"),
            ({"elsewhere": ""}, "elsewhere", "请填写接收单位"),
            ({"elsewhere": "没有的"}, "elsewhere", "没有这个司法所"),
            ({"elsewhere": "司法所"}, "elsewhere", "不止一个"),
            ({"elsewhere": "石桥司法所"}, "elsewhere", "不能移交给本所"),
            ({"elsewhere": "石门县"}, "elsewhere", "没有这个司法所"),
            ({"reason": ""}, "reason", "请填写具体说明"),
            ({"reason": "a\0b"}, "reason", "空字符"),
            ({"reason": "长" * 301}, "reason", "300"),
            ({"ground": "x"}, "ground", "x"),
            ({"on": "2026-05-21"}, "on", "不能晚于今天"),
            ({"on": "2026-05-01"}, "on", "上一步"),
            ({"on": "昨天"}, "on", "真实存在"),
        ],
    )
    def test_a_wrong_offer(
        self,
        changed: dict[str, str],
        field: str,
        message: str,
        clerk: Membership,
        far_clerk: Membership,
        client_for: Any,
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        address = reverse("disputes:hand_over", args=[dispute.public_id])
        answer = client_for(clerk).post(address, offer_data(far_clerk, **changed))
        assert answer.status_code == 422
        assert message in str(answer.context["form"].errors[field])
        with system("test"):
            assert not Handover.objects.exists()

    def test_an_office_of_the_county_is_chosen_from_the_list(
        self, clerk: Membership, sibling_clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        address = reverse("disputes:hand_over", args=[dispute.public_id])
        client = client_for(clerk)
        both = client.post(address, offer_data(sibling_clerk, to=sibling_clerk.office_id))
        assert "只填一处" in str(both.context["form"].errors["elsewhere"])
        data = offer_data(sibling_clerk, to=sibling_clerk.office_id, elsewhere="")
        assert client.post(address, data).status_code == 303
        assert the_handover().to_office_id == sibling_clerk.office_id

    @pytest.mark.parametrize("state", ["agreed_written", "archived", "rejected"])
    def test_what_has_a_result_has_no_button(self, state: str, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in(state, actor=clerk)
        client, address = client_for(clerk), reverse("disputes:hand_over", args=[dispute.public_id])
        assert f'href="{address}"' not in client.get(detail(dispute)).content.decode()
        answer = client.get(address, follow=True)
        assert answer.redirect_chain == [(detail(dispute), 303)]
        assert "不能移交其他司法所" in text_of(answer)

    def test_what_is_offered_shows_where_to_and_has_no_second_button(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        page = client_for(clerk).get(detail(dispute)).content.decode()
        assert reverse("disputes:hand_over", args=[dispute.public_id]) not in page
        assert reverse("handover", args=[handover.public_id]) in page

    def test_a_committee_or_mediator_of_another_office_is_no_choice(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        with within(clerk):
            theirs = MediationCommittee.objects.earliest("pk").pk
            mediator = Mediator.objects.earliest("pk").pk
        address = reverse("accept_handover", args=[handover.public_id])
        answer = client_for(far_clerk).post(address, accept_data(far_clerk, committee=theirs, mediators=[mediator]))
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"committee", "mediators"}

    def test_a_mediator_of_another_committee_of_the_office_is_refused(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        with within(far_clerk):
            village = MediationCommittee.objects.filter(kind="village").earliest("pk").pk
        address = reverse("accept_handover", args=[handover.public_id])
        answer = client_for(far_clerk).post(address, accept_data(far_clerk, committee=village))
        assert "不属于" in str(answer.context["form"].errors["mediators"])

    def test_what_was_worked_on_meanwhile_is_said_on_the_form(
        self, clerk: Membership, far_clerk: Membership, client_for: Any, today: date
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        take_step(dispute, "assign", actor=clerk, on=today)
        answer = client_for(far_clerk).post(
            reverse("accept_handover", args=[handover.public_id]), accept_data(far_clerk)
        )  # fmt: skip
        assert answer.status_code == 422
        assert "又办理了这件业务" in text_of(answer)

    def test_a_double_submission_leads_to_the_record(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        address, client = reverse("accept_handover", args=[handover.public_id]), client_for(far_clerk)
        data = accept_data(far_clerk, submit_token="6f1f3f86-5d0c-4b12-9d4c-2f4f6f2f8a11")
        assert client.post(address, data).url == detail(dispute)
        assert client.post(address, data).url == detail(dispute)

    @pytest.mark.parametrize("name", ["accept_handover", "return_handover", "withdraw_handover"])
    def test_what_is_decided_shows_its_page(
        self, name: str, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        handover = offered(dispute_in("accepted", actor=clerk), clerk, far_clerk)
        accepted(handover, far_clerk)
        client = client_for(clerk if name == "withdraw_handover" else far_clerk)
        answer = client.get(reverse(name, args=[handover.public_id]), follow=True)
        assert "已经处理" in text_of(answer)
        assert client.post(reverse(name, args=[handover.public_id]), {"on": "2026-05-20"}).status_code == 422


class TestReturningAndWithdrawing:
    """The other two ends."""

    def test_it_is_returned_with_the_reason(self, clerk: Membership, far_clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        address = reverse("return_handover", args=[handover.public_id])
        empty = client_for(far_clerk).post(address, {"on": "2026-05-20", "reason": ""})
        assert "请填写退回理由" in str(empty.context["form"].errors["reason"])
        answer = client_for(far_clerk).post(address, {"on": "2026-05-20", "reason": "不在本所辖区。"}, follow=True)
        assert "已退回石桥司法所" in text_of(answer)
        shown = text_of(client_for(clerk).get(detail(dispute)))
        assert "移交被退回" in shown
        assert "不在本所辖区。" in shown

    def test_it_is_withdrawn(self, clerk: Membership, far_clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        address = reverse("withdraw_handover", args=[handover.public_id])
        answer = client_for(clerk).post(address, {"reason": ""}, follow=True)
        assert "仍由本所办理" in text_of(answer)
        assert dispute.title not in text_of(client_for(far_clerk).get(reverse("home")))


class TestListsAndReminders:
    """Each office finds its own, however many there are."""

    def test_out_and_in_are_kept_apart(
        self, clerk: Membership, far_clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        mine, theirs = dispute_in("accepted", actor=clerk), dispute_in("mediating", actor=far_clerk)
        offered(mine, clerk, far_clerk)
        offered(theirs, far_clerk, clerk)
        for member in (clerk, county_reviewer):
            client = client_for(member)
            coming, going = (text_of(client.get(reverse("handovers") + way)) for way in ("", "?way=out"))
            assert (theirs.title in coming, mine.title in coming) == (True, False)
            assert (theirs.title in going, mine.title in going) == (False, True)

    def test_pages_follow_each_other(self, clerk: Membership, sibling_clerk: Membership, client_for: Any) -> None:
        for _number in range(SIZE + 2):
            offered(dispute_in("registered", actor=sibling_clerk), sibling_clerk, clerk)
        client, address = client_for(clerk), reverse("handovers")
        first = client.get(address).content.decode()
        assert first.count("<tr><td") == SIZE
        older = re.search(r'href="(\?older=[^"]+)"', first)
        assert older is not None
        assert client.get(address + older[1]).content.decode().count("<tr><td") == 2

    @pytest.mark.parametrize("query", ["?older=x", "?newer=0000000000", "?on=never", "?way=x", "?on=2026-05-20"])
    def test_a_wrong_address_shows_the_list(self, query: str, clerk: Membership, client_for: Any) -> None:
        assert client_for(clerk).get(reverse("handovers") + query).status_code == 200

    def test_the_lists_cost_the_same_however_many_there_are(
        self, clerk: Membership, sibling_clerk: Membership, client_for: Any
    ) -> None:
        client = client_for(clerk)
        costs = []
        for count in (1, 5):
            for _number in range(count):
                offered(dispute_in("registered", actor=sibling_clerk), sibling_clerk, clerk)
            for address in (reverse("handovers"), reverse("home")):
                client.get(address)
                with CaptureQueriesContext(connection) as asked:
                    client.get(address)
                costs.append(len(asked))
        assert costs[:2] == costs[2:]

    def test_the_menu_says_how_many_wait(self, clerk: Membership, far_clerk: Membership, client_for: Any) -> None:
        for _number in range(3):
            offered(dispute_in("accepted", actor=far_clerk), far_clerk, clerk)
        offered(dispute_in("accepted", actor=clerk), clerk, far_clerk)
        items = {
            str(item["label"]): item.get("count")
            for group in client_for(clerk).get(reverse("home")).context["menu"]
            for item in group["items"]
        }
        assert (items["业务移交"], items["工作台"]) == (3, 0)

    def test_an_overdue_one_is_late(
        self, clerk: Membership, far_clerk: Membership, client_for: Any, today: date
    ) -> None:
        begun = today - timedelta(days=30)
        late = dispute_in("accepted", actor=far_clerk, on=begun)
        offered(late, far_clerk, clerk, on=today - timedelta(days=20))
        answer = client_for(clerk).get(f"{reverse('home')}?group=late")
        assert f"{late.title}：接收或者退回" in text_of(answer)
        [home] = [item for group in answer.context["menu"] for item in group["items"] if item["url"] == reverse("home")]
        assert home["count"] == 1

    def test_an_assistant_is_not_reminded_and_reads_all_the_same(
        self, assistant: Membership, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        handover = offered(dispute_in("accepted", actor=far_clerk), far_clerk, clerk)
        client = client_for(assistant)
        assert "接收或者退回" not in text_of(client.get(reverse("home")))
        page = client.get(reverse("handover", args=[handover.public_id])).content.decode()
        assert reverse("accept_handover", args=[handover.public_id]) not in page

    def test_reading_is_written_down(self, clerk: Membership, far_clerk: Membership, client_for: Any) -> None:
        handover = offered(dispute_in("accepted", actor=clerk), clerk, far_clerk)
        client_for(far_clerk).get(reverse("handover", args=[handover.public_id]))
        found = AccessEntry.objects.filter(kind="view", record_type="casework.handover")
        assert [(entry.record_key, entry.user_id) for entry in found] == [(handover.public_id, far_clerk.user_id)]

    def test_the_limit_stands_among_the_rules(self, clerk: Membership, client_for: Any) -> None:
        shown = text_of(client_for(clerk).get(reverse("rules")))
        assert "业务移交：接收或者退回" in shown
        assert client_for(clerk).get(reverse("rule", args=["deadline", "casework.handover"])).status_code == 200


@pytest.mark.fresh_database
class TestNamesakes:
    """A receiver's mediator who bears the name of a person of the case is asked about, as at an assignment."""

    def test_the_receiver_says_that_it_is_somebody_else(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        parties = [PartyFactory(name="于福海", identifier=None), PartyFactory(role="respondent")]
        offered(dispute_in("assigned", actor=clerk, parties=parties), clerk, far_clerk)
        client, address = client_for(far_clerk), reverse("accept_handover", args=[the_handover().public_id])
        refused = client.post(address, accept_data(far_clerk))
        assert refused.status_code == 422
        assert "于福海与本案当事人、代理人或监护人同名" in text_of(refused)
        assert client.post(address, accept_data(far_clerk, namesakes_checked="on")).status_code == 303

    def test_the_same_person_is_refused_all_the_same(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        with system("test"):
            Mediator.objects.filter(title="于福海").update(id_number=resident_id(31).number)
        parties = [PartyFactory(name="于福海", identifier=resident_id(31)), PartyFactory(role="respondent")]
        offered(dispute_in("assigned", actor=clerk, parties=parties), clerk, far_clerk)
        address = reverse("accept_handover", args=[the_handover().public_id])
        answer = client_for(far_clerk).post(address, accept_data(far_clerk, namesakes_checked="on"))
        assert (answer.status_code, "证件号码相同" in text_of(answer)) == (422, True)

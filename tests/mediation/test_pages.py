"""The pages of a dispute as a clerk uses them, without a browser."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.models import CountedEvent, Draft, RecordEvent
from mediation.forms.disputes import DisputeFields
from mediation.forms.parties import PartyForm
from mediation.models import Dispute, Party
from offices.models import AccessEntry, Membership, Village
from offices.scoping import within
from tests.factories import committee_of, dispute_in, resident_id

# What the page says of an empty list of things to be done.
NO_ITEMS = {"items-TOTAL_FORMS": 0, "items-INITIAL_FORMS": 0}


def registration(membership: Membership, **changes: Any) -> dict[str, Any]:
    """Return what a browser posts for a complete registration."""
    with within(membership):
        village = Village.objects.filter(office=membership.office).earliest("code")
        committee = committee_of(membership.office)
    fields = {
        "parties-TOTAL_FORMS": 2,
        "parties-INITIAL_FORMS": 2,
        "parties-0-role": "applicant",
        "parties-0-kind": "person",
        "parties-0-name": "张三丰",
        "parties-0-identifier": resident_id(1).number,
        "parties-0-phone": "138 0000 0001",
        "parties-0-address": "石桥镇石桥村12号",
        "parties-1-role": "respondent",
        "parties-1-kind": "person",
        "parties-1-name": "𠮷㐂",
        "parties-1-identifier": "",
        "dispute_type": "neighbourhood",
        "village": village.pk,
        "occurred_on": "2026-05-18",
        "source": "on_application",
        "committee": committee.pk,
        "amount": "0.32万元",
        "brief": "翻修院墙抬高地面，雨水无法排出，双方争执。",
        "submit_token": "5f0f7f0e-8f5c-4bb0-9d3a-0c8f2f5a7f10",
    }
    return fields | changes


def dispute_of(membership: Membership) -> Dispute:
    """Return the only dispute in a person's scope."""
    with within(membership):
        return Dispute.objects.get()


def wrong_digit(number: str) -> str:
    """Return a resident number whose check character is wrong."""
    return number[:-1] + ("1" if number[-1] == "0" else "0")


def errors_of(html: str) -> str:
    """Return the text of the error summary."""
    found = re.search(r"data-error-summary.*?</ul>", html, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found[0]) if found else ""


@pytest.mark.usefixtures("today")
class TestRegistration:
    """Registering through the page."""

    def test_it_keeps_a_complete_registration_and_leads_to_the_record(self, clerk: Membership, client_for: Any) -> None:
        answer = client_for(clerk).post(reverse("disputes:open"), registration(clerk))
        dispute = dispute_of(clerk)
        assert answer.status_code == 303
        assert answer.url == reverse("disputes:detail", args=[dispute.public_id])
        assert dispute.title == "张三丰与𠮷㐂邻里纠纷"
        assert (dispute.amount, dispute.party_count, dispute.state) == (320_000, 2, "registered")

    def test_sex_and_birth_date_come_from_the_id_number(self, clerk: Membership, client_for: Any) -> None:
        client_for(clerk).post(reverse("disputes:open"), registration(clerk))
        with within(clerk):
            party = Party.objects.get(position=1)
        assert (party.sex, party.birth_date) == ("1", resident_id(1).birth_date)
        assert party.id_number == resident_id(1).number

    def test_a_double_submission_makes_one_dispute_and_leads_to_it(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        first = client.post(reverse("disputes:open"), registration(clerk))
        second = client.post(reverse("disputes:open"), registration(clerk))
        assert first.url == second.url
        assert dispute_of(clerk)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"parties-0-identifier": wrong_digit(resident_id(1).number)}, "校验"),
            ({"occurred_on": "2099-01-01"}, "不能晚于今天"),
            ({"occurred_on": "2026-02-30"}, "真实存在"),
            ({"dispute_type": "nonsense"}, "nonsense"),
            ({"village": "999999"}, ""),
            ({"brief": "长" * 1_000_000}, "2000"),
            ({"brief": "a\x00b"}, ""),
            ({"parties-1-name": "", "parties-1-role": "respondent"}, ""),
            ({"parties-1-role": "applicant"}, "申请人和被申请人"),
            ({"amount": "很多"}, ""),
            ({"parties-1-name": "=cmd|' /C calc'!A0"}, ""),
        ],
    )
    def test_bad_input_gets_a_message_and_loses_nothing(
        self, clerk: Membership, client_for: Any, change: dict[str, Any], message: str
    ) -> None:
        answer = client_for(clerk).post(reverse("disputes:open"), registration(clerk, **change))
        html = answer.content.decode()
        assert answer.status_code == 422
        assert message in errors_of(html)
        assert errors_of(html)
        assert "2026-05-18" in html or "occurred_on" in change
        assert "张三丰" in html
        with within(clerk):
            assert not Dispute.objects.exists()

    def test_markup_in_a_text_is_shown_as_text(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        answer = client.post(reverse("disputes:open"), registration(clerk, brief="<script>alert(1)</script>"))
        html = client.get(answer.url).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html

    def test_a_number_known_in_another_office_gives_no_hint(
        self, clerk: Membership, far_clerk: Membership, client_for: Any
    ) -> None:
        client_for(far_clerk).post(reverse("disputes:open"), registration(far_clerk))
        checked = client_for(clerk).post(reverse("check_identifier"), {"value": resident_id(1).number})
        answer = client_for(clerk).post(
            reverse("disputes:open"), registration(clerk, submit_token="0d9c3f40-42e9-4d0f-8b43-94b7a0f4a6aa")
        )
        assert checked.json()["notice"] == ""
        assert answer.status_code == 303

    def test_registering_asks_for_no_more_than_twelve_entries(self) -> None:
        own = sum(field.required for field in DisputeFields.base_fields.values())
        each_party = sum(field.required for field in PartyForm.base_fields.values())
        assert own + 2 * each_party <= 12

    def test_one_more_block_without_scripts_keeps_what_was_typed(self, clerk: Membership, client_for: Any) -> None:
        answer = client_for(clerk).post(reverse("disputes:open"), registration(clerk, add_form="parties"))
        html = answer.content.decode()
        assert 'name="parties-2-name"' in html
        assert "张三丰" in html
        assert not errors_of(html)


@pytest.mark.usefixtures("today")
class TestDrafts:
    """What is typed and not yet submitted."""

    def test_a_draft_comes_back_as_typed_and_is_stored_encrypted(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        client.post(
            reverse("disputes:open_draft"), registration(clerk, brief="写到一半"), HTTP_ACCEPT="application/json"
        )
        html = client.get(reverse("disputes:open") + "?draft=continue").content.decode()
        assert "写到一半" in html
        assert resident_id(1).number in html
        assert not errors_of(html)

    def test_the_first_page_leads_back_to_a_draft_by_its_name(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        client.post(reverse("disputes:open_draft"), registration(clerk))
        html = client.get(reverse("home")).content.decode()
        way = re.search(
            rf'<a [^>]*href="{re.escape(reverse("disputes:open"))}\?draft=continue"[^>]*>(.*?)</a>', html, re.DOTALL
        )
        assert way is not None
        assert "登记" in way[1]

    def test_a_draft_is_unknown_to_anybody_else(self, clerk: Membership, head: Membership, client_for: Any) -> None:
        client_for(clerk).post(reverse("disputes:open_draft"), registration(clerk))
        with within(clerk):
            ref = Draft.objects.get().public_id
        assert client_for(head).post(reverse("discard_draft", args=[ref])).status_code == 404
        assert client_for(clerk).post(reverse("discard_draft", args=[ref])).status_code == 303

    def test_submitting_ends_the_draft(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        client.post(reverse("disputes:open_draft"), registration(clerk))
        client.post(reverse("disputes:open"), registration(clerk))
        with within(clerk):
            assert not Draft.objects.exists()


@pytest.mark.usefixtures("today")
class TestSteps:
    """Walking the workflow through the pages."""

    def take(self, client: Client, ref: str, step: str, **fields: Any) -> Any:
        """Post one step of today."""
        return client.post(reverse("disputes:step", args=[ref, step]), {"on": "2026-05-20", **fields})

    def test_a_dispute_goes_from_registration_to_archive(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        ref = dispute_in("registered", actor=clerk).public_id
        assert self.take(client, ref, "accept").status_code == 303
        page = client.get(reverse("disputes:step", args=[ref, "assign"])).content.decode()
        mediators = re.findall(r'name="mediators" value="(\d+)"', page)
        agreement = {"facts": "事实", "terms": "一次付清", "effective_on": "2026-05-20", "copies": "3"}
        signatures = {"parties_signed": "on", "mediators_signed": "on", "sealed": "on"}
        visit = {"visited": "张三丰", "way": "telephone", "performance": "已付清", "satisfaction": "satisfied"}
        visit["visitor"] = "王德福"
        for step, fields in (
            ("assign", {"mediators": mediators[:1]}),
            ("begin", {"rights_notice_on": "2026-05-20"}),
            ("agree_in_writing", agreement | signatures | NO_ITEMS),
            ("perform", {"performance": "full"}),
            ("visit", visit),
            ("close", {"missing_noted": "on", "note": "身份证复印件待补"}),
            ("archive", {"dossier_pages": "12"}),
        ):
            assert self.take(client, ref, step, **fields).status_code == 303, step
        dispute = dispute_of(clerk)
        assert (dispute.state, dispute.number) == ("archived", "（2026）石桥镇人调字第1号")
        with within(clerk):
            kinds = {event.kind for event in CountedEvent.objects.all()}
        assert kinds == {"accepted", "succeeded"}

    @pytest.mark.parametrize(
        ("state", "step", "fields", "article"),
        [
            ("registered", "accept", {"party_refuses": "on"}, "第十七条"),
            ("assigned", "begin", {"rights_notice_on": ""}, "第二十三"),
            ("mediating", "fail", {"note": "分歧过大", "failure": "no_agreement"}, "第二十六条"),
            (
                "mediating",
                "agree_in_writing",
                {"facts": "a", "terms": "b", "effective_on": "2026-05-20", "copies": 3, **NO_ITEMS},
                "第二十九条",
            ),
            ("agreed_written", "breach", {}, "第三十二条"),
        ],
    )
    def test_a_guard_refuses_with_its_article_and_keeps_the_page(
        self, clerk: Membership, client_for: Any, state: str, step: str, fields: dict[str, Any], article: str
    ) -> None:
        ref = dispute_in(state, actor=clerk).public_id
        answer = self.take(client_for(clerk), ref, step, **fields)
        assert answer.status_code == 422
        assert article in errors_of(answer.content.decode())
        assert dispute_of(clerk).state == state

    def test_a_step_before_the_last_one_is_refused_beside_the_date(self, clerk: Membership, client_for: Any) -> None:
        ref = dispute_in("registered", actor=clerk).public_id
        answer = client_for(clerk).post(reverse("disputes:step", args=[ref, "accept"]), {"on": "2026-05-19"})
        assert answer.status_code == 422
        assert "不能早于上一步" in errors_of(answer.content.decode())

    def test_an_impossible_step_leads_back_with_the_reason(self, clerk: Membership, client_for: Any) -> None:
        ref = dispute_in("registered", actor=clerk).public_id
        answer = client_for(clerk).get(reverse("disputes:step", args=[ref, "archive"]), follow=True)
        assert "当前状态是" in answer.content.decode()

    def test_an_assistant_may_register_but_not_decide(self, assistant: Membership, client_for: Any) -> None:
        ref = dispute_in("registered", actor=assistant).public_id
        assert self.take(client_for(assistant), ref, "accept").status_code == 403


@pytest.mark.usefixtures("today")
class TestAmending:
    """Corrections."""

    def posted(self, clerk: Membership, client: Client, ref: str, **changes: Any) -> Any:
        """Post the amendment page's own values with changes."""
        page = client.get(reverse("disputes:amend", args=[ref])).content.decode()
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version
        shown = {
            f"parties-{n}-{name}": re.search(rf'name="parties-{n}-{name}"[^>]*value="([^"]*)"', page)
            for n in (0, 1)
            for name in ("key", "identifier", "phone", "address", "name")
        }
        fields = {name: found[1] for name, found in shown.items() if found}
        amended = registration(clerk, **fields) | {"accepted_on": "2026-05-20", "version": version[1]}
        return client.post(reverse("disputes:amend", args=[ref]), amended | changes)

    def test_masked_numbers_stay_what_they_are(self, clerk: Membership, client_for: Any) -> None:
        ref = dispute_in("registered", actor=clerk).public_id
        with within(clerk):
            before = [(p.id_number, p.phone, p.address) for p in Party.objects.all()]
        assert self.posted(clerk, client_for(clerk), ref, brief="补充事实").status_code == 303
        with within(clerk):
            after = [(p.id_number, p.phone, p.address) for p in Party.objects.all()]
        assert after == before
        assert dispute_of(clerk).brief == "补充事实"

    def test_a_corrected_acceptance_replaces_the_counted_event(self, clerk: Membership, client_for: Any) -> None:
        ref = dispute_in("accepted", actor=clerk).public_id
        answer = self.posted(clerk, client_for(clerk), ref, accepted_on="2026-05-20")
        assert answer.status_code == 303
        with within(clerk):
            dispute = Dispute.objects.get()
            assert CountedEvent.objects.filter(kind="accepted", is_replaced=False).count() == 1
            assert dispute.accepted_on is not None

    def test_a_stale_save_is_refused_and_keeps_what_was_typed(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        ref = dispute_in("registered", actor=clerk).public_id
        self.posted(clerk, client, ref, brief="同事先保存的文字")
        answer = self.posted(clerk, client, ref, brief="我写的文字", version="1", submit_token=str(uuid.uuid4()))
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "我写的文字" in html
        assert "同事先保存的文字" in html
        assert dispute_of(clerk).brief == "同事先保存的文字"

    def test_after_a_collision_each_field_keeps_the_version_that_was_chosen(
        self, clerk: Membership, client_for: Any
    ) -> None:
        client = client_for(clerk)
        ref = dispute_in("registered", actor=clerk).public_id
        theirs = {
            "brief": "同事写的概况",
            "place": "同事写的地点",
            "is_difficult": "on",
            "parties-1-name": "同事写的人",
        }
        self.posted(clerk, client, ref, **theirs)
        mine = {"brief": "我写的概况", "place": "我写的地点", "parties-1-name": "我写的人"}
        collision = self.posted(clerk, client, ref, **mine, version="1", submit_token=str(uuid.uuid4()))
        html = collision.content.decode()
        for name in ("brief", "place", "is_difficult", "parties"):
            assert f'name="choose-{name}" value="theirs"' in html
        assert "choose-dispute_type" not in html
        chosen = {"choose-brief": "theirs", "choose-is_difficult": "theirs", "choose-parties": "theirs"}
        chosen |= {"choose-place": "yours", "version": "2", "submit_token": str(uuid.uuid4())}
        assert self.posted(clerk, client, ref, **mine, **chosen).status_code == 303
        dispute = dispute_of(clerk)
        assert (dispute.brief, dispute.place, dispute.is_difficult) == ("同事写的概况", "我写的地点", True)
        with within(clerk):
            assert dispute.parties.get(position=2).name == "同事写的人"


def test_opening_a_record_is_logged(clerk: Membership, client_for: Any) -> None:
    ref = dispute_in("registered", actor=clerk).public_id
    client_for(clerk).get(reverse("disputes:detail", args=[ref]))
    assert AccessEntry.objects.filter(kind="view", record_key=ref, user=clerk.user).count() == 1


def test_progress_and_history_come_from_one_reading(clerk: Membership, client_for: Any) -> None:
    dispute = dispute_in("mediating", actor=clerk)
    client, address = client_for(clerk), reverse("disputes:detail", args=[dispute.public_id])
    for query in ({}, {"tab": "log"}, {"tab": "records"}):
        with CaptureQueriesContext(connection) as asked:
            html = client.get(address, query).content.decode()
        assert sum('FROM "casework_recordevent"' in one["sql"] for one in asked) == 1
        assert 'aria-current="step"' in html


def test_a_stranger_gets_404_and_an_unentitled_colleague_403(
    clerk: Membership, sibling_clerk: Membership, city_reviewer: Membership, client_for: Any
) -> None:
    ref = dispute_in("registered", actor=clerk).public_id
    address = reverse("disputes:detail", args=[ref])
    assert client_for(sibling_clerk).get(address).status_code == 404
    assert client_for(city_reviewer).get(address).status_code == 403


def test_no_page_shows_a_whole_number(clerk: Membership, client_for: Any) -> None:
    dispute = dispute_in("mediating", actor=clerk)
    client = client_for(clerk)
    with within(clerk):
        numbers = [party.id_number for party in Party.objects.all()]
    for name in ("detail", "amend"):
        html = client.get(reverse(f"disputes:{name}", args=[dispute.public_id])).content.decode()
        assert not any(number and number in html for number in numbers)


def test_history_is_never_changed(clerk: Membership) -> None:
    dispute_in("accepted", actor=clerk)
    with within(clerk), pytest.raises(Exception, match="never changed"):
        RecordEvent.objects.update(note="anders")

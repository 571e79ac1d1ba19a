"""Pages of corrections: a step's right day, asking, deciding, void records and void files."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casework import search_index
from casework.correction_requests import ask
from casework.files import attach_file, part_of
from casework.history import last_step
from casework.ledger_printing import print_ledger, read_ledger
from casework.models import Attachment, CorrectionRequest, CountedEvent, IssuedDocument
from casework.search import keep_text
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.conftest import find_member
from tests.correcting import undone
from tests.factories import dispute_in
from tests.handing import offered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
DAYS = {"accept": date(2026, 4, 28), "assign": date(2026, 4, 29), "begin": date(2026, 5, 6)}


@pytest.fixture
def head(clerk: Membership) -> Membership:
    """The head of the clerk's office."""
    return find_member("head")


@pytest.fixture
def dispute(clerk: Membership) -> Dispute:
    """A dispute in mediation, registered in April."""
    return dispute_in("mediating", actor=clerk, on=date(2026, 4, 27), step_dates=DAYS)


def stored(dispute: Dispute, actor: Membership) -> Dispute:
    """Return the dispute as it is stored."""
    with within(actor):
        return Dispute.objects.get(pk=dispute.pk)


def of(page: str, dispute: Dispute, *more: Any) -> str:
    """Return the address of a page of a dispute."""
    return reverse(f"disputes:{page}", args=[dispute.public_id, *more])


def step_page(dispute: Dispute, actor: Membership, kind: str) -> str:
    """Return the address on which a step is corrected."""
    with within(actor):
        step = last_step(dispute, kind)
    assert step is not None
    return of("correct_step", dispute, step.event.pk)


class TestCorrectingAStep:
    def test_field_limit_and_month_follow_the_right_day(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        address, client = step_page(dispute, clerk, "accept"), client_for(clerk)
        assert "2026-04-28" in client.get(address).content.decode()
        typed = {"on": "2026-04-29", "paper": "受理通知书", "note": "", "reason": "日期看错一天"}
        assert client.post(address, typed).status_code == 303
        found = stored(dispute, clerk)
        assert found.accepted_on == date(2026, 4, 29)
        assert (found.due_on, dispute.due_on) == (date(2026, 5, 29), date(2026, 5, 28))
        with within(clerk):
            counted = CountedEvent.objects.get(record_id=dispute.pk, kind="accepted", is_replaced=False)
        assert counted.on == date(2026, 4, 29)
        page = client.get(of("detail", dispute)).content.decode()
        assert "受理通知书" in page
        assert "更正前：2026-04-28" in page
        assert "日期看错一天" in page

    @pytest.mark.parametrize(
        ("day", "message"),
        [
            ("2026-04-26", "不能早于上一步“登记”（2026-04-27）"),
            ("2026-04-30", "不能晚于下一步“指定调解员”（2026-04-29）"),
            ("2026-05-21", "日期不能晚于今天"),
        ],
    )
    def test_a_day_out_of_order_is_refused_beside_the_field(
        self, day: str, message: str, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        address = step_page(dispute, clerk, "accept")
        answer = client_for(clerk).post(address, {"on": day, "reason": "原因写在这里"})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert message in text
        assert "原因写在这里" in text
        assert stored(dispute, clerk).accepted_on == DAYS["accept"]

    def test_what_was_not_changed_is_no_correction(self, dispute: Dispute, clerk: Membership, client_for: Any) -> None:
        address = step_page(dispute, clerk, "begin")
        answer = client_for(clerk).post(address, {"on": "2026-05-06", "reason": "没有"})
        assert answer.status_code == 422

    def test_a_second_correction_moves_the_limit_again(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        address, client = step_page(dispute, clerk, "accept"), client_for(clerk)
        for day in ("2026-04-27", "2026-04-29"):
            assert client.post(address, {"on": day, "reason": "看错"}).status_code == 303
        assert stored(dispute, clerk).due_on == date(2026, 5, 29)


class TestTakingBack:
    def test_one_asks_and_another_confirms(
        self, dispute: Dispute, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        client = client_for(clerk)
        assert "撤回“开始调解”" in client.get(of("take_back", dispute)).content.decode()
        assert client.post(of("take_back", dispute), {"reason": "点错了按钮"}).status_code == 303
        with within(clerk):
            request = CorrectionRequest.objects.get()
        page = reverse("correction", args=[request.public_id])
        # The clerk may withdraw it, but not decide.
        assert 'value="confirm"' not in client.get(page).content.decode()
        assert client.post(page, {"decision": "confirm"}).status_code == 403
        assert client.get(of("take_back", dispute)).status_code == 303
        second = client_for(head)
        assert request.public_id in second.get(reverse("home")).content.decode()
        assert second.post(page, {"decision": "confirm"}).status_code == 303
        found = stored(dispute, clerk)
        assert (found.state, found.rights_notice_on) == ("assigned", None)
        shown = client.get(of("detail", dispute)).content.decode()
        assert "点错了按钮" in shown
        assert "<del>" in shown

    def test_whoever_asked_never_confirms(self, dispute: Dispute, head: Membership, client_for: Any) -> None:
        client = client_for(head)
        client.post(of("take_back", dispute), {"reason": "点错了"})
        with within(head):
            request = CorrectionRequest.objects.get()
        page = reverse("correction", args=[request.public_id])
        assert client.post(page, {"decision": "confirm"}).status_code == 422
        county = client_for(find_member("county_reviewer"))
        assert county.post(page, {"decision": "confirm"}).status_code == 303
        assert stored(dispute, head).state == "assigned"

    def test_a_refusal_needs_a_reason_and_reaches_whoever_asked(
        self, dispute: Dispute, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        client_for(clerk).post(of("take_back", dispute), {"reason": "点错了"})
        with within(clerk):
            request = CorrectionRequest.objects.get()
        page = reverse("correction", args=[request.public_id])
        assert client_for(head).post(page, {"decision": "refuse"}).status_code == 422
        assert client_for(head).post(page, {"decision": "refuse", "reason": "办理无误"}).status_code == 303
        client = client_for(clerk)
        assert request.public_id in client.get(reverse("home")).content.decode()
        assert "办理无误" in client.get(page).content.decode()
        assert client.post(page, {"decision": "acknowledge"}).status_code == 303
        assert request.public_id not in client.get(reverse("home")).content.decode()


class TestVoid:
    def test_a_void_record_counts_no_more_and_hides(
        self, dispute: Dispute, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        other = dispute_in("accepted", actor=clerk)
        client = client_for(clerk)
        wrong = client.post(of("void", dispute), {"reason": "重复登记", "same_as": "没有这个编号"})
        assert wrong.status_code == 422
        typed = {"reason": "重复登记", "same_as": other.number}
        assert client.post(of("void", dispute), typed).status_code == 303
        with within(clerk):
            request = CorrectionRequest.objects.get()
        assert request.same_as == other.public_id
        page = reverse("correction", args=[request.public_id])
        assert client_for(head).post(page, {"decision": "confirm"}).status_code == 303
        found = stored(dispute, clerk)
        assert (found.state, found.number, found.due_on) == ("void", dispute.number, None)
        with within(clerk):
            assert not CountedEvent.objects.filter(record_id=dispute.pk, is_replaced=False).exists()
        assert dispute.public_id not in client.get(reverse("disputes:list")).content.decode()
        assert dispute.public_id in client.get(reverse("disputes:list"), {"state": "void"}).content.decode()
        shown = client.get(of("detail", dispute)).content.decode()
        assert "作废" in shown
        assert of("amend", dispute) not in shown
        assert of("make_document", dispute, "registration") not in shown
        assert "待生成" not in shown

    def test_the_ledger_prints_its_number_as_void_and_counts_it_no_more(
        self, dispute: Dispute, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        other = dispute_in("accepted", actor=clerk, amount=5000)
        undone(dispute, "void", clerk, head)
        undone(dispute_in("registered", actor=clerk), "void", clerk, head)
        with within(clerk):
            job = print_ledger(record_type=DISPUTE, actor=clerk, query={})
            printed = read_ledger(job, timezone.now())
        numbers = ["".join((*row[0].whole, row[0].text)) for row in printed.rows]
        assert numbers == [f"{dispute.number}（作废）", other.number]
        assert printed.number == 1
        assert "".join(printed.sums[0].whole) == "50.00"
        assert any("作废：1件" in note for note in printed.notes)

    def test_the_search_finds_it_marked(
        self, dispute: Dispute, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        undone(dispute, "void", clerk, head)
        search_index.drain()
        with within(clerk):
            token = keep_text(clerk, dispute.number)
        page = client_for(clerk).get(reverse("disputes:list"), {"q": token}).content.decode()
        assert dispute.public_id in page
        assert "作废" in page


class TestFiles:
    def test_a_void_file_stays_and_says_why(self, dispute: Dispute, clerk: Membership, client_for: Any) -> None:
        with within(clerk):
            file = attach_file(record=dispute, actor=clerk, upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7"))
        address, client = of("void_file", dispute, file.public_id), client_for(clerk)
        assert client.get(address).status_code == 200
        assert client.post(address, {"reason": "传错了案件"}).status_code == 303
        with within(clerk):
            assert Attachment.objects.get().void_reason == "传错了案件"
        page = client.get(of("detail", dispute)).content.decode()
        assert "<del>a.pdf</del>" in page
        assert client.post(address, {"reason": "再来一次"}).status_code == 422


class TestWhoIsToldWhat:
    @pytest.mark.parametrize("page", ["home", "corrections"])
    def test_what_waits_costs_the_same_queries_however_much(
        self, page: str, clerk: Membership, head: Membership, client_for: Any
    ) -> None:
        client, needed = client_for(head), []
        for _time in range(2):
            for _number in range(3):
                with within(clerk):
                    dispute = dispute_in("accepted", actor=clerk)
                    ask(record=dispute, actor=clerk, kind="take_back", reason="点错了")
            client.get(reverse(page))
            with CaptureQueriesContext(connection) as asked:
                assert "撤回“受理”" in client.get(reverse("home")).content.decode()
                client.get(reverse(page))
            needed.append(len(asked))
        assert needed[0] == needed[1]

    def test_nothing_is_handed_over_while_a_request_waits(
        self, dispute: Dispute, clerk: Membership, zone_clerk: Membership
    ) -> None:
        with within(clerk):
            ask(record=dispute, actor=clerk, kind="take_back", reason="点错了")
        with pytest.raises(NotPossible, match="审批后才能移交"):
            offered(dispute, clerk, zone_clerk)

    def test_the_database_itself_asks_for_a_second_person(self, dispute: Dispute, clerk: Membership) -> None:
        with within(clerk):
            request = ask(record=dispute, actor=clerk, kind="void", reason="重复")
            request.state, request.decided_by = "confirmed", clerk.user
            with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
                request.save(force_update=True)

    def test_what_is_issued_stays_as_it_is_but_for_the_mark(self, dispute: Dispute, clerk: Membership) -> None:
        with within(clerk):
            given = {"code": "registration", "issue_no": 1, "name": "a.pdf", "stored_as": "a", "size": 1, "pages": 1}
            paper = IssuedDocument(**part_of(dispute), **given, sha256="0" * 64, record_version=1, user=clerk.user)
            paper.save(force_insert=True)
            own = IssuedDocument.objects.filter(pk=paper.pk)
            assert own.update(void_reason="写错") == 1
            for changes in ({"void_reason": "别的"}, {"name": "b.pdf"}):
                with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                    own.update(**changes)

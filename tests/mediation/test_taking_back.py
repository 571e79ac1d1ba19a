"""Taking the last step back: asked by one person, confirmed by a second one, and the record is what it was."""

from __future__ import annotations

import hashlib
import io
import random
from datetime import date, timedelta
from typing import Any

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import reverse

from casework import jobs
from casework.correction_requests import ask, confirm
from casework.files import stored_path, void_file
from casework.history import steps_of
from casework.models import CountedEvent, IssuedDocument, RecordEvent
from casework.papers import issue_document
from casework.services import link_records
from casework.taking_back import rows_under, written_by
from casework.workflow import NotPossible
from mediation.models import Dispute
from mediation.services import confirmations as services
from offices.models import Membership
from offices.scoping import within
from tests.conftest import find_member
from tests.correcting import undone, with_day
from tests.factories import PATHS, dispute_in, take_step
from tests.handing import handed, offered
from tests.mediation.test_walks import WALKS
from tests.reports.issuing import frozen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
START = date(2026, 3, 2)
# What a step taken back leaves alone.
NOT_COMPARED = {"version", "updated_at"}


@pytest.fixture
def head(clerk: Membership) -> Membership:
    """The head of the clerk's office."""
    return find_member("head")


def issue(dispute: Dispute, clerk: Membership) -> IssuedDocument:
    """Make the registration form of a dispute as its job does."""
    with within(clerk):
        asked = issue_document(record=dispute, actor=clerk, code="registration")
    jobs.run(asked.pk)
    with within(clerk):
        return IssuedDocument.objects.filter(record_id=dispute.pk).latest("pk")


def values(row: Model) -> dict[str, Any]:
    """Return all fields of a row but those that count on."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in NOT_COMPARED
    }


def standing(dispute: Dispute, actor: Membership) -> dict[str, Any]:
    """Return a dispute, its rows and what it counts, as they are stored."""
    with within(actor):
        found: dict[str, Any] = {"dispute": values(Dispute.objects.get(pk=dispute.pk))}
        for table, (model, column) in rows_under(Dispute).items():
            found[table] = [values(row) for row in model.objects.filter(**{column: dispute.pk}).order_by("pk")]
        events = CountedEvent.objects.filter(record_id=dispute.pk, is_replaced=False)
        found["counted"] = sorted(events.values_list("record_type", "kind", "on", "office"))
        found["steps"] = [(step.kind, step.on) for step in steps_of(dispute)]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_after_taking_back_the_last_step_a_dispute_is_what_it_was(
    seed: int, clerk: Membership, head: Membership
) -> None:
    path = random.Random(seed).choice(WALKS)
    dispute = dispute_in("registered", actor=clerk, on=START)
    for number, step in enumerate(path, start=1):
        on = START + timedelta(days=2 * number)
        before = standing(dispute, clerk)
        try:
            taken = take_step(dispute, step, actor=clerk, on=on)
        except NotPossible:
            return
        if taken.state == "archived":
            with within(clerk), pytest.raises(NotPossible, match="已归档"):
                ask(record=taken, actor=clerk, kind="take_back", reason="点错了")
        else:
            back = undone(taken, "take_back", clerk, head)
            assert standing(back, clerk) == before, step
            taken = take_step(back, step, actor=clerk, on=on)
        dispute = taken


class TestWhatStandsAgainstIt:
    def refused(self, dispute: Dispute, clerk: Membership, match: str, kind: str = "take_back") -> None:
        with within(clerk), pytest.raises(NotPossible, match=match):
            ask(record=dispute, actor=clerk, kind=kind, reason="点错了")

    def test_what_was_registered_only_is_voided_instead(self, clerk: Membership) -> None:
        self.refused(dispute_in("registered", actor=clerk), clerk, "还没有可以撤回的步骤")

    def test_a_record_that_came_out_of_it(self, clerk: Membership, head: Membership) -> None:
        dispute = dispute_in("agreed_written", actor=clerk, on=START)
        with within(clerk):
            confirmation = services.plan_confirmation(
                actor=clerk,
                registered_on=START,
                source_record=dispute,
                court="石门县人民法院",
                court_ground="committee",
                matters=[],
            )
            link_records(dispute, confirmation, actor=clerk)
        self.refused(dispute, clerk, "已经办理“.+司法确认”，不能撤回")
        self.refused(dispute, clerk, "不能作废", kind="void")
        undone(confirmation, "void", clerk, head)
        assert undone(dispute, "take_back", clerk, head).state == "mediating"

    def test_a_step_before_a_hand_over(self, clerk: Membership, zone_clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=START)
        offered(dispute, clerk, zone_clerk)
        self.refused(dispute, clerk, "已经提出移交")
        moved = handed(dispute_in("accepted", actor=clerk, on=START), clerk, zone_clerk, on=date(2026, 5, 20))
        self.refused(moved, zone_clerk, "移交前的步骤不能撤回")
        self.refused(moved, zone_clerk, "在司法所之间移交过", kind="void")

    def test_a_month_that_was_issued(self, clerk: Membership, province_statistician: Membership) -> None:
        counted = dispute_in("accepted", actor=clerk, on=date(2026, 4, 8))
        uncounted = dispute_in("assigned", actor=clerk, on=date(2026, 4, 8))
        frozen(province_statistician)
        self.refused(counted, clerk, "2026-04的报表已经签发")
        with within(clerk):
            assert ask(record=uncounted, actor=clerk, kind="take_back", reason="点错了").pk

    def test_another_step_meanwhile(self, clerk: Membership, head: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=START)
        with within(clerk):
            request = ask(record=dispute, actor=clerk, kind="take_back", reason="点错了")
        self.refused(dispute, clerk, "已有待审批")
        take_step(dispute, "assign", actor=clerk, on=START)
        with within(head), pytest.raises(NotPossible, match="又办理了其他步骤"):
            confirm(request=request, actor=head)

    def test_what_was_imported_has_no_before(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=START)
        with within(clerk):
            step = steps_of(dispute)[-1]
            copied = RecordEvent.objects.get(pk=step.event.pk)
            copied.pk, copied.kind = None, "assign"
            copied.from_state, copied.to_state = "accepted", "assigned"
            copied.record_id = dispute_in("registered", actor=clerk).pk
            copied.save(force_insert=True)
            assert written_by(Dispute.objects.get(pk=copied.record_id), copied) == []


def test_the_county_confirms_what_an_office_has_done_since_it_received_a_case(
    clerk: Membership, sibling_clerk: Membership, county_reviewer: Membership
) -> None:
    dispute = dispute_in("mediating", actor=clerk, on=START)
    moved = handed(dispute, clerk, sibling_clerk, on=date(2026, 4, 7))
    before = standing(moved, sibling_clerk)
    ended = take_step(moved, "fail", actor=sibling_clerk, on=date(2026, 4, 9))
    back = undone(ended, "take_back", sibling_clerk, county_reviewer)
    assert standing(back, sibling_clerk) == before
    single = dispute_in("failed", actor=sibling_clerk, on=START)
    assert undone(single, "void", sibling_clerk, county_reviewer).state == "void"


class TestNumbersAndPapers:
    def test_a_number_stays_used_and_papers_of_the_step_are_void(self, clerk: Membership, head: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk, on=START)
        early = issue(dispute, clerk)
        accepted = take_step(dispute, "accept", actor=clerk, on=START)
        late = issue(accepted, clerk)
        back = undone(accepted, "take_back", clerk, head)
        assert (back.number, back.number_body) == ("", "")
        with within(clerk):
            told = RecordEvent.objects.get(record_id=dispute.pk, kind="taken_back").details
            void = {paper.pk: paper.void_reason for paper in IssuedDocument.objects.filter(record_id=dispute.pk)}
        assert told["number"] == accepted.number
        assert void == {early.pk: "", late.pk: "撤回“受理”"}
        assert take_step(back, "accept", actor=clerk, on=START).number != accepted.number

    def test_a_void_paper_bears_the_mark_and_the_file_stays_as_it_was(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=START)
        paper = issue(dispute, clerk)
        with within(clerk):
            void_file(record=dispute, actor=clerk, file=paper, reason="内容有误")
        address = reverse("disputes:document", args=[dispute.public_id, paper.public_id])
        answer = client_for(clerk).get(address)
        sent = b"".join(answer.streaming_content)
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sent)).pages]
        assert all(text.count("作废") == 1 and text.count("页　共") == 1 for text in pages)
        kept = stored_path(paper.stored_as).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == paper.sha256


class TestOrderOfDays:
    @pytest.mark.parametrize("state", [state for state in PATHS if state != "registered"])
    def test_nothing_of_the_last_step_keeps_the_wrong_day(self, state: str, clerk: Membership) -> None:
        wrong, right = date(2026, 5, 19), date(2026, 5, 18)
        dispute = dispute_in(state, actor=clerk, on=START, step_dates={PATHS[state][-1]: wrong})
        with_day(dispute, PATHS[state][-1], right, clerk)
        found = standing(dispute, clerk)
        rows = [found.pop("dispute"), *(row for table in rows_under(Dispute) for row in found[table])]
        # What the parties have agreed is due is no day of the step.
        days = {name for row in rows for name, day in row.items() if day == wrong and not name.endswith("due_on")}
        assert not days
        assert wrong not in {on for _type, _kind, on, _office in found["counted"]}

    def test_a_later_step_and_a_hand_over_see_the_right_day(self, clerk: Membership, zone_clerk: Membership) -> None:
        """Typed a day too late, corrected: what happens on the right day is no longer before the last step."""
        dispute = dispute_in("accepted", actor=clerk, on=START, step_dates={"accept": date(2026, 5, 19)})
        right = with_day(dispute, "accept", date(2026, 3, 10), clerk)
        moved = handed(right, clerk, zone_clerk, on=date(2026, 3, 12))
        assert moved.office_id == zone_clerk.office_id

    @pytest.mark.parametrize(
        ("state", "step", "field"),
        [
            ("agreed_oral", "agree_orally", "effective_on"),
            ("agreed_written", "agree_in_writing", "effective_on"),
            ("closed", "close", "closed_on"),
            ("archived", "archive", "archived_on"),
            ("rejected", "reject", "concluded_on"),
            ("transferred", "transfer", "concluded_on"),
        ],
    )
    def test_the_field_behind_a_step_follows(self, state: str, step: str, field: str, clerk: Membership) -> None:
        dispute = dispute_in(state, actor=clerk, on=START, step_dates={step: date(2026, 5, 19)})
        before = dispute.due_on
        right = with_day(dispute, step, date(2026, 5, 12), clerk)
        assert getattr(right, field) == date(2026, 5, 12)
        assert (right.due_on is None) == (before is None)
        if before is not None:
            assert right.due_on < before

    def test_the_row_of_a_visit_follows_and_keeps_its_own_order(self, clerk: Membership) -> None:
        dispute = dispute_in("visited", actor=clerk, on=START, step_dates={"visit": date(2026, 5, 19)})
        right = with_day(dispute, "visit", date(2026, 5, 4), clerk)
        with within(clerk):
            assert right.visits.get().on == date(2026, 5, 4)

    def test_article_33_holds_for_the_right_day_of_an_application(self, clerk: Membership) -> None:
        dispute = dispute_in("agreed_written", actor=clerk, on=START)
        with within(clerk):
            confirmation = services.plan_confirmation(
                actor=clerk,
                registered_on=START,
                source_record=dispute,
                court="石门县人民法院",
                court_ground="committee",
                matters=[],
            )
            applied = services.apply_for_confirmation(record=confirmation, actor=clerk, on=START, jointly=True)
        with pytest.raises(ValidationError, match="第三十三条"):
            with_day(applied, "apply", date(2026, 4, 20), clerk)
        assert with_day(applied, "apply", date(2026, 3, 20), clerk).applied_on == date(2026, 3, 20)

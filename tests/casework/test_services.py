"""Saving: never over what somebody else has saved meanwhile, never twice."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from casework.models import CountedEvent, RecordEvent, SubmitToken
from casework.services import StaleRecord, amend_record
from casework.views.base import token_led_to, use_token
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.corrections import correct
from tests.factories import dispute_in, take_step


def amend(dispute: Dispute, actor: Membership, brief: str) -> Dispute:
    """Correct the brief on the version that the editor has on the screen."""
    with within(actor):
        return amend_record(record=dispute, actor=actor, version=dispute.version, changes={"brief": brief})


def stored(dispute: Dispute, actor: Membership) -> Dispute:
    """Return the dispute as the table has it."""
    with within(actor):
        return Dispute.objects.get(pk=dispute.pk)


class TestTwoEditors:
    """The second editor's save is refused."""

    def test_the_first_one_is_saved_and_raises_the_version(self, clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk)
        amend(dispute, clerk, "甲")
        assert (stored(dispute, clerk).brief, stored(dispute, clerk).version) == ("甲", 2)

    def test_the_second_one_learns_what_stands_there_and_changes_nothing(
        self, clerk: Membership, head: Membership
    ) -> None:
        dispute = dispute_in("registered", actor=clerk)
        amend(dispute, clerk, "甲")
        with pytest.raises(StaleRecord) as refused:
            amend(dispute, head, "乙")
        assert refused.value.record.version == 2
        assert stored(dispute, clerk).brief == "甲"
        with within(clerk):
            assert RecordEvent.objects.filter(record_id=dispute.pk, kind="amended").count() == 1

    def test_a_step_taken_meanwhile_makes_the_form_stale(self, clerk: Membership, head: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk)
        take_step(dispute, "accept", actor=head, on=dispute.registered_on)
        with pytest.raises(StaleRecord):
            amend(dispute, clerk, "甲")

    def test_without_the_check_the_first_save_would_be_lost(
        self, clerk: Membership, head: Membership, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Dispute, "touched_since", lambda record, version: False)
        dispute = dispute_in("registered", actor=clerk)
        amend(dispute, clerk, "甲")
        amend(dispute, head, "乙")
        assert stored(dispute, clerk).brief == "乙"


class TestCountedEvents:
    """What was counted is replaced by a correction, never changed."""

    def test_a_correction_of_the_date_replaces_the_event(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=date(2026, 3, 2))
        correct(dispute, clerk, accepted_on=date(2026, 4, 1))
        with within(clerk):
            events = CountedEvent.objects.filter(record_id=dispute.pk, kind="accepted").order_by("id")
            assert [(event.on, event.is_replaced) for event in events] == [
                (date(2026, 3, 2), True),
                (date(2026, 4, 1), False),
            ]

    def test_saving_the_same_date_again_writes_no_event(self, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=date(2026, 3, 2))
        correct(dispute, clerk, accepted_on=date(2026, 3, 2))
        with within(clerk):
            assert CountedEvent.objects.filter(record_id=dispute.pk, kind="accepted").count() == 1


def submission(actor: Membership, token: str) -> Any:
    """Return a request as the form page sees it."""
    request: Any = HttpRequest()
    request.user, request.membership = actor.user, actor
    request.POST = QueryDict(f"submit_token={token}")
    return request


class TestTokens:
    """A form is submitted once."""

    def submit(self, actor: Membership, token: str, leads_to: str = "/disputes/A/") -> HttpResponse | None:
        """Use the token up as the form page does; None when the deed was done."""
        with within(actor):
            request = submission(actor, token)
            if doubled := use_token(request):
                return doubled
            token_led_to(request, leads_to)
        return None

    def test_the_second_submission_is_led_to_what_the_first_one_made(self, clerk: Membership) -> None:
        token = str(uuid.uuid4())
        assert self.submit(clerk, token) is None
        doubled = self.submit(clerk, token, "/disputes/B/")
        assert doubled is not None
        assert doubled.headers["Location"] == "/disputes/A/"

    def test_another_person_s_token_leads_home_and_tells_nothing(self, clerk: Membership, head: Membership) -> None:
        token = str(uuid.uuid4())
        self.submit(clerk, token)
        doubled = self.submit(head, token)
        assert doubled is not None
        assert doubled.headers["Location"] == reverse("home")

    @pytest.mark.parametrize("token", ["", "nonsense"])
    def test_a_form_without_a_token_is_a_first_submission(self, clerk: Membership, token: str) -> None:
        assert self.submit(clerk, token) is None
        assert self.submit(clerk, token) is None

    def test_a_deed_that_is_refused_does_not_use_it_up(self, clerk: Membership) -> None:
        token = str(uuid.uuid4())
        with pytest.raises(ZeroDivisionError), within(clerk):
            use_and_fail(clerk, token)
        assert self.submit(clerk, token) is None
        with within(clerk):
            assert SubmitToken.objects.get(token=token).led_to == "/disputes/A/"


def use_and_fail(actor: Membership, token: str) -> None:
    """Use the token up for a deed that comes to nothing."""
    use_token(submission(actor, token))
    raise ZeroDivisionError

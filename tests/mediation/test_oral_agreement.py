"""The short form of an oral agreement takes every step."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from casework.models import CountedEvent, RecordEvent
from mediation.models import Dispute, Mediator
from offices.models import Membership, Village
from offices.scoping import within

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestOralAgreement:
    def test_one_form_takes_every_step(self, clerk: Membership, client_for: Any) -> None:
        with within(clerk):
            village = Village.objects.filter(office=clerk.office).earliest("code")
            mediator = Mediator.objects.earliest("pk")
        data = {
            "applicant": "张三丰",
            "respondent": "𠮷㐂",
            "dispute_type": "neighbourhood",
            "village": village.pk,
            "mediator": mediator.pk,
            "on": "2026-05-20",
            "brief": "因停车发生口角。",
            "terms": "互相道歉，以后不占道。",
            "at_once": "on",
        }
        client = client_for(clerk)
        refused = client.post(reverse("register_oral"), data)
        assert refused.status_code == 422
        assert "第二十三" in refused.content.decode()
        with within(clerk):
            assert not Dispute.objects.exists()
        assert client.post(reverse("register_oral"), data | {"rights_told": "on"}).status_code == 303
        with within(clerk):
            dispute = Dispute.objects.get()
            kinds = set(CountedEvent.objects.values_list("kind", flat=True))
            steps = RecordEvent.objects.exclude(to_state="").count()
        assert (dispute.state, dispute.performance, dispute.agreement_form) == ("performed", "at_once", "oral")
        assert kinds == {"accepted", "succeeded"}
        assert steps == 6

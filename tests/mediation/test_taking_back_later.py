"""Taking a step back when other deeds came after it, each in a transaction of its own as on the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from casework.correction_requests import ask
from casework.parts import add_part, remove_part
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute
from offices.scoping import within
from tests.conftest import find_member
from tests.correcting import undone
from tests.corrections import correct
from tests.factories import dispute_in

pytestmark = [pytest.mark.fresh_database, pytest.mark.usefixtures("today")]
START = date(2026, 3, 2)
SESSION: dict[str, Any] = {
    "place": "司法所",
    "way": "face_to_face",
    "recorder": "周晓兰",
    "text": "记录。",
    "result": "none",
}


def test_a_record_of_the_proceedings_that_the_earlier_state_does_not_take() -> None:
    clerk, head = find_member("clerk"), find_member("head")
    dispute, part = dispute_in("mediating", actor=clerk, on=START), DISPUTE.part("session")
    with within(clerk):
        values = SESSION | {"at_time": timezone.now()}
        row = add_part(part_type=part, record=dispute, actor=clerk, values=values)
    with within(clerk), pytest.raises(NotPossible, match="登记了“调解记录”，请先删除"):
        ask(record=dispute, actor=clerk, kind="take_back", reason="点错了")
    with within(clerk):
        given: dict[str, Any] = {"key": row.public_id, "version": row.version, "note": "撤回前删除"}
        remove_part(part_type=part, record=dispute, actor=clerk, **given)
    assert undone(dispute, "take_back", clerk, head).state == "assigned"


def test_what_was_amended_since_stays_amended() -> None:
    clerk, head = find_member("clerk"), find_member("head")
    dispute = dispute_in("accepted", actor=clerk, on=START)
    correct(dispute, clerk, brief="补充的事实。", accepted_on=date(2026, 3, 3))
    with within(clerk):
        version = Dispute.objects.get(pk=dispute.pk).version
    back = undone(dispute, "take_back", clerk, head)
    assert (back.state, back.brief, back.accepted_on) == ("registered", "补充的事实。", None)
    assert back.version == version + 1

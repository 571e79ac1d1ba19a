"""What happened before it was entered: it is registered with its own day, and counted in its own month."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from casework.deadlines import due_date
from casework.models import CountedEvent
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from reports import rollup
from reports.models import Cell
from tests.mediation.test_pages import registration

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
TODAY, APRIL = date(2026, 5, 20), date(2026, 4, 28)


def register(clerk: Membership, client: Any, **fields: Any) -> Any:
    """Post the form of a new dispute."""
    return client.post(reverse("disputes:open"), registration(clerk, **{"occurred_on": "2026-04-20", **fields}))


def test_a_case_of_last_month_is_registered_accepted_and_counted_there(clerk: Membership, client_for: Any) -> None:
    client = client_for(clerk)
    assert register(clerk, client, registered_on=APRIL.isoformat()).status_code == 303
    with within(clerk):
        dispute = Dispute.objects.get()
        assert (dispute.registered_on, dispute.due_on) == (APRIL, due_date("mediation.accept", APRIL).on)
    answer = client.post(reverse("disputes:step", args=[dispute.public_id, "accept"]), {"on": "2026-04-29"})
    assert answer.status_code == 303
    rollup.drain()
    with within(clerk):
        assert CountedEvent.objects.get(kind="accepted").on == date(2026, 4, 29)
        cells = Cell.objects.filter(unit=clerk.office).values_list("month", "figures")
        assert {month for month, figures in cells if figures.get("T9.01")} == {date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-04-19", "登记日期不能早于发生日期"),
        ("2026-05-21", "日期不能晚于今天"),
        ("2026-02-30", "请填写真实存在的日期"),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_the_field(
    day: str, told: str, clerk: Membership, client_for: Any
) -> None:
    answer = register(clerk, client_for(clerk), registered_on=day)
    html = answer.content.decode()
    assert (answer.status_code, told in html, f'value="{day}"' in html) == (422, True, True)


def test_a_day_before_the_first_rule_is_told_in_words(clerk: Membership, client_for: Any) -> None:
    answer = register(clerk, client_for(clerk), occurred_on="2019-01-01", registered_on="2019-01-02")
    assert answer.status_code == 422
    assert "2019-01-02时还没有这项业务的期限规则" in answer.content.decode()


def test_without_a_day_it_is_today(clerk: Membership, client_for: Any) -> None:
    assert register(clerk, client_for(clerk)).status_code == 303
    with within(clerk):
        assert Dispute.objects.get().registered_on == TODAY


def test_every_type_that_is_opened_asks_for_the_day(clerk: Membership, client_for: Any) -> None:
    html = client_for(clerk).get(reverse("committees:open")).content.decode()
    assert f'name="registered_on" value="{TODAY.isoformat()}"' in html

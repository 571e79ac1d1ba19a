"""What a list of disputes is narrowed by beside what every list has."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import dispute_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(client_for: Any, clerk: Membership, today: Any) -> Any:
    """Two disputes that differ in everything, and a call that says which of them a query leaves."""
    with within(clerk):
        first, second = Village.objects.filter(office=clerk.office).order_by("code")[:2]
        assert first.name not in second.name
    disputes = {
        "agreed": dispute_in("agreed_written", actor=clerk, amount=1_000_050, village=first),
        "open": dispute_in("accepted", actor=clerk, amount=0, village=second),
    }
    client: Client = client_for(clerk)

    def ask(query: str) -> set[str]:
        html = client.get(
            "/disputes/", {name: value for name, _, value in (p.partition("=") for p in query.split("&"))}
        )
        return {name for name, dispute in disputes.items() if dispute.public_id in html.content.decode()}

    ask.village = first.name  # type: ignore[attr-defined]
    return ask


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("amount_from=10000.5", {"agreed"}),
        ("amount_from=10000.51", set()),
        ("amount_from=0", {"agreed", "open"}),
        ("agreement_form=written", {"agreed"}),
        ("agreement_form=oral", set()),
        ("performance=not_due", {"agreed"}),
        ("committee_kind=township", {"agreed", "open"}),
        ("committee_kind=village", set()),
        ("village=没有这样的村", set()),
    ],
)
def test_a_condition_leaves_the_rows_that_meet_it(query: str, left: set[str], found: Any) -> None:
    assert found(query) == left


def test_a_village_is_found_by_a_part_of_its_name(found: Any) -> None:
    assert found(f"village={found.village[:-1]}") == {"agreed"}


@pytest.mark.parametrize(
    ("value", "told"),
    [("-1", "大于或等于0"), ("x", "输入一个数字"), ("NaN", "输入一个数字"), ("1e99", "小于或等于1000000000000")],
)
def test_an_amount_that_is_none_is_told_beside_the_field(
    value: str, told: str, client_for: Any, clerk: Membership
) -> None:
    answer = client_for(clerk).get("/disputes/", {"amount_from": value})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert told in html
    assert f'value="{value}"' in html

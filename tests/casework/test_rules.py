"""Dated rules: drafted by one person, adopted by another, from a day that is still to come."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from casework.deadlines import due_date, rule_on
from casework.models import DeadlineRule, RuleDraft
from casework.rules import adopt_rule, draft_rule, refuse_rule, steps_of
from casework.services import follow
from casework.workflow import NotPossible
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in

CODE = "mediation.return_visit"
NEXT = date(2027, 7, 1)
VALUES = {"amount": 15, "unit": "day", "rolls": True, "article": "县局通知第3条", "reason": "缩短回访期限"}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def draft(actor: Membership, **more: Any) -> RuleDraft:
    """Draft a shorter limit."""
    with within(actor):
        return draft_rule(actor=actor, code=CODE, **{"valid_from": NEXT, **VALUES, **more})


def test_a_second_person_adopts_and_the_old_rule_ends_the_day_before(
    province_line_lead: Membership, province_statistician: Membership, clerk: Membership
) -> None:
    before = dispute_in("performed", actor=clerk)
    drafted = draft(province_line_lead)
    with within(province_line_lead), pytest.raises(NotPossible, match="起草人以外"):
        adopt_rule(draft=drafted, actor=province_line_lead)
    with within(province_statistician):
        adopt_rule(draft=drafted, actor=province_statistician)
    old, new = DeadlineRule.objects.filter(code=CODE).order_by("valid_from")
    assert (old.valid_until, new.valid_from, new.amount) == (date(2027, 6, 30), NEXT, 15)
    assert (rule_on(CODE, date(2027, 6, 30)).amount, rule_on(CODE, NEXT).amount) == (old.amount, 15)
    assert due_date(CODE, NEXT).on == date(2027, 7, 16)
    with within(clerk):
        kept = before.due_on
        before.refresh_from_db()
        assert before.due_on == kept


def test_what_is_in_force_cannot_be_changed(province_line_lead: Membership, province_statistician: Membership) -> None:
    with pytest.raises(ValidationError, match="不能修改"):
        draft(province_line_lead, valid_from=date(2026, 5, 20))
    for statement in ("UPDATE casework_deadlinerule SET amount = 1", "DELETE FROM casework_deadlinerule"):
        with (
            within(province_statistician),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_one_draft_at_a_time_and_a_refused_one_changes_nothing(
    province_line_lead: Membership, province_statistician: Membership
) -> None:
    first = draft(province_line_lead)
    with pytest.raises(ValidationError, match="待审定"):
        draft(province_statistician)
    with within(province_statistician):
        refuse_rule(draft=first, actor=province_statistician)
        with pytest.raises(NotPossible):
            adopt_rule(draft=first, actor=province_statistician)
    assert DeadlineRule.objects.filter(code=CODE).count() == 1
    assert draft(province_statistician).pk != first.pk


def test_the_pages_draft_show_the_effect_and_adopt(
    province_line_lead: Membership, province_statistician: Membership, clerk: Membership, client_for: Any
) -> None:
    address = reverse("rule", args=[CODE])
    posted = {"amount": "15", "unit": "day", "article": "第3条", "valid_from": "2027-07-01", "reason": "缩短"}
    assert client_for(clerk).post(address, posted).status_code == 403
    lead = client_for(province_line_lead)
    assert lead.post(address, posted | {"valid_from": "2026-05-01"}).status_code == 422
    assert lead.post(address, posted).status_code == 303
    page = client_for(province_statistician).get(address).content.decode()
    assert "期限不变" in page
    assert 'value="adopt"' in page
    assert 'value="adopt"' not in lead.get(address).content.decode()
    assert client_for(province_statistician).post(address, {"decision": "adopt"}).status_code == 303
    assert rule_on(CODE, NEXT).amount == 15


def test_every_rule_is_named_by_what_starts_it(clerk: Membership, client_for: Any) -> None:
    rules = DeadlineRule.objects.values_list("code", flat=True)
    html = client_for(clerk).get(reverse("rules")).content.decode()
    assert [code for code in rules if not steps_of(code)] == []
    for text in ("矛盾纠纷：登记", "风险预警：登记红色预警", "3 个工作日", "2 小时"):
        assert f">{text}" in html


def test_a_running_limit_keeps_the_article_under_which_it_began(
    province_line_lead: Membership, province_statistician: Membership, clerk: Membership, client_for: Any
) -> None:
    before = dispute_in("performed", actor=clerk)
    drafted = draft(province_line_lead)
    with within(province_statistician):
        adopt_rule(draft=drafted, actor=province_statistician)
    with within(clerk):
        # A limit that ends when the next rule is in force.
        follow(before, due_on=date(2027, 7, 10))
    page = client_for(clerk).get(reverse("disputes:detail", args=[before.public_id])).content.decode()
    assert rule_on(CODE, before.registered_on).article in page
    assert VALUES["article"] not in page

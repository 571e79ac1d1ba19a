"""Dated rules: drafted by one person, adopted by another, from a day that is still to come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from casework.dated.deadlines import steps_of
from casework.dated.deeds import refuse_draft
from casework.dated.subjects import subjects
from casework.deadlines import due_date, rule_on
from casework.models import DatedDraft, DeadlineRule
from casework.services import follow
from casework.workflow import NotPossible
from offices.models import AuditEntry, Membership
from offices.scoping import system, within
from tests.casework.dated import AHEAD, adopt, draft
from tests.factories import dispute_in

CODE = "mediation.return_visit"
VALUES = {"amount": 15, "unit": "day", "rolls": True, "article": "县局通知第3条"}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def rule_draft(actor: Membership | None = None, **more: Any) -> DatedDraft:
    """Draft a shorter limit."""
    return draft("deadline", CODE, VALUES, actor=actor, **more)


def test_a_second_person_adopts_and_the_old_rule_ends_the_day_before(
    province_line_lead: Membership, clerk: Membership
) -> None:
    before = dispute_in("performed", actor=clerk)
    drafted = rule_draft()
    with pytest.raises(NotPossible, match="起草人以外"):
        adopt(drafted, province_line_lead)
    adopt(drafted)
    old, new = DeadlineRule.objects.filter(code=CODE).order_by("valid_from")
    assert (old.valid_until, new.valid_from, new.amount) == (AHEAD - timedelta(days=1), AHEAD, 15)
    assert (rule_on(CODE, AHEAD - timedelta(days=1)).amount, rule_on(CODE, AHEAD).amount) == (old.amount, 15)
    assert due_date(CODE, AHEAD).on == date(2034, 1, 16)
    with within(clerk):
        kept = before.due_on
        before.refresh_from_db()
        assert before.due_on == kept


def test_what_is_in_force_cannot_be_changed(province_statistician: Membership) -> None:
    with pytest.raises(ValidationError, match="不能修改"):
        rule_draft(day=date(2026, 5, 20))
    with pytest.raises(ValidationError, match="不能晚于"):
        rule_draft(day=date(2060, 1, 1))
    tables = ("deadlinerule", "codevalue", "calendarday", "calendaryear", "monthrule")
    statements = [f"DELETE FROM casework_{table}" for table in tables]
    for statement in ("UPDATE casework_deadlinerule SET amount = 1", *statements):
        with (
            within(province_statistician),
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_database_itself_tests_day_and_person(
    province_line_lead: Membership, province_statistician: Membership
) -> None:
    with within(province_line_lead):
        past = DatedDraft(kind="deadline", code=CODE, content=VALUES, valid_from=date(2020, 1, 1), reason="x")
        past.drafted_by = province_line_lead.user
        past.save(force_insert=True)

    def decided(draft_key: int, actor: Membership) -> bool:
        with within(actor), connection.cursor() as cursor:
            cursor.execute("SELECT adopt_dated(%s)", [draft_key])
            return bool(cursor.fetchone()[0])

    assert not decided(past.pk, province_statistician)
    with within(province_statistician), connection.cursor() as cursor:
        cursor.execute("SELECT refuse_dated(%s)", [past.pk])
    fresh = rule_draft()
    assert not decided(fresh.pk, province_line_lead)
    assert decided(fresh.pk, province_statistician)
    assert not decided(fresh.pk, province_statistician)
    with (
        within(province_statistician),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT put_in_force_deadline(d) FROM casework_dateddraft d")


def test_one_draft_at_a_time_and_a_refused_one_changes_nothing(province_statistician: Membership) -> None:
    first = rule_draft()
    with pytest.raises(ValidationError, match="待审定"):
        rule_draft(province_statistician)
    with within(province_statistician):
        refuse_draft(draft=first, actor=province_statistician)
    with pytest.raises(NotPossible):
        adopt(first)
    assert DeadlineRule.objects.filter(code=CODE).count() == 1
    assert rule_draft(province_statistician).pk != first.pk


def test_draft_and_rule_are_in_the_audit(province_statistician: Membership) -> None:
    drafted = rule_draft()
    adopt(drafted)
    with system("test"):
        entries = AuditEntry.objects.filter(table_name="casework_dateddraft", row_key=str(drafted.pk))
        assert list(entries.order_by("id").values_list("action", flat=True)) == ["I", "U"]
        rule = DeadlineRule.objects.get(code=CODE, valid_from=AHEAD)
        made = AuditEntry.objects.get(table_name="casework_deadlinerule", row_key=str(rule.pk))
    assert (made.action, made.user_id) == ("I", province_statistician.user_id)


def test_the_pages_preview_draft_show_the_effect_and_adopt(
    province_line_lead: Membership, province_statistician: Membership, clerk: Membership, client_for: Any
) -> None:
    dispute_in("performed", actor=clerk)
    address = reverse("rule", args=["deadline", CODE])
    posted = {"amount": "15", "unit": "day", "article": "第3条", "valid_from": AHEAD.isoformat(), "reason": "缩短"}
    assert client_for(clerk).post(address, posted).status_code == 403
    lead, second = client_for(province_line_lead), client_for(province_statistician)
    late = lead.post(address, posted | {"valid_from": "2026-05-01"})
    assert (late.status_code, 'value="第3条"' in late.content.decode()) == (422, True)
    previewed = lead.post(address, posted | {"preview": "1"})
    assert (previewed.status_code, DatedDraft.objects.count()) == (200, 0)
    assert "2034-01-16" in previewed.content.decode()
    assert lead.post(address, posted).status_code == 303
    key = DatedDraft.objects.get().pk
    page = second.get(address).content.decode()
    assert "现有 1 件正在按本规则计期，期限不变" in page
    assert 'value="adopt"' in page
    assert 'value="adopt"' not in lead.get(address).content.decode()
    assert second.post(address, {"decision": "adopt", "draft": "0"}).status_code == 404
    assert second.post(address, {"decision": "adopt", "draft": key}).status_code == 303
    assert rule_on(CODE, AHEAD).amount == 15
    assert "已审定" in lead.get(address).content.decode()


def test_a_limit_beyond_every_calendar_is_refused_beside_its_field(
    province_line_lead: Membership, client_for: Any
) -> None:
    address = reverse("rule", args=["deadline", CODE])
    posted = {"amount": "30000", "unit": "month", "article": "第3条", "valid_from": AHEAD.isoformat(), "reason": "长"}
    answer = client_for(province_line_lead).post(address, posted)
    assert (answer.status_code, "期限过长" in answer.content.decode()) == (422, True)


def test_every_rule_is_named_by_what_starts_it(clerk: Membership, client_for: Any) -> None:
    rules = DeadlineRule.objects.values_list("code", flat=True)
    html = client_for(clerk).get(reverse("rules")).content.decode()
    assert [code for code in rules if not steps_of(code)] == []
    for text in ("矛盾纠纷：登记", "风险预警：登记红色预警", "3 个工作日", "2 小时"):
        assert f">{text}" in html


def test_the_index_finds_by_a_word_that_stands_in_no_address(clerk: Membership, client_for: Any) -> None:
    client = client_for(clerk)
    address = reverse("rules")
    everything = client.get(address).content.decode()
    for kind in subjects():
        assert str(kind.label) in everything
    answer = client.post(address, {"text": "回访"})
    assert (answer.status_code, answer.url) == (303, address)
    found = client.get(address).content.decode()
    assert (reverse("rule", args=["codes", "mediation.visit_way"]) in found, "统计参数</h2>" in found) == (True, False)
    client.post(address, {"clear": "1"})
    assert client.get(address).content.decode().count("<tr>") == everything.count("<tr>")


def test_the_index_says_what_waits(clerk: Membership, client_for: Any) -> None:
    rule_draft()
    assert "1 项有待审定的草案" in client_for(clerk).get(reverse("rules")).content.decode()


def test_a_running_limit_keeps_the_article_under_which_it_began(clerk: Membership, client_for: Any) -> None:
    before = dispute_in("performed", actor=clerk)
    adopt(rule_draft())
    with within(clerk):
        # A limit that ends when the next rule is in force.
        follow(before, due_on=AHEAD + timedelta(days=9))
    page = client_for(clerk).get(reverse("disputes:detail", args=[before.public_id])).content.decode()
    assert rule_on(CODE, before.registered_on).article in page
    assert str(VALUES["article"]) not in page

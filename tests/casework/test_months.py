"""The statistical month: Python and the database agree on every day, and no past month moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from casework.models import DatedDraft, MonthRule
from casework.months import forget_months, months
from offices.models import Membership
from offices.scoping import within
from tests.casework.dated import AHEAD, adopted, draft
from tests.conftest import find_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "fresh_months")]
EARLY = {"last_day": 25, "article": "统计报表制度"}
CALENDAR = {"last_day": 31, "article": "统计报表制度"}


@pytest.fixture
def fresh_months() -> Iterator[None]:
    """Read the rules afresh before and after: what a test adopts is rolled back."""
    forget_months()
    yield
    forget_months()


def by_database(first: date, last: date) -> dict[date, date]:
    """Return the month of each day as the database counts it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d::date, statistical_month(d::date, (SELECT month_starts()), (SELECT month_ends()))"
            " FROM generate_series(%s::date, %s::date, '1 day') AS d",
            [first, last],
        )
        return dict(cursor.fetchall())


def test_python_and_the_database_agree_on_every_day_of_every_rule() -> None:
    adopted("month", "month", EARLY)
    adopted("month", "month", CALENDAR, day=date(2036, 1, 1))
    found = by_database(date(2010, 1, 1), date(2037, 12, 31))
    assert len(found) == 28 * 365 + 7
    assert {day: months().month_of(day) for day in found} == found
    for month in {*found.values()} - {date(2010, 1, 1)}:
        inside = [day for day, of in found.items() if of == month]
        assert (min(inside), max(inside)) == (months().first_day(month), months().last_day(month))


def test_months_before_the_change_stay_and_every_day_has_one_month() -> None:
    before = by_database(date(2030, 1, 1), date(2033, 12, 31))
    adopted("month", "month", EARLY)
    assert by_database(date(2030, 1, 1), date(2033, 12, 31)) == before
    now = months()
    assert (now.first_day(AHEAD), now.last_day(AHEAD)) == (AHEAD, date(2034, 1, 25))
    assert (now.first_day(date(2034, 2, 1)), now.last_day(date(2034, 2, 1))) == (date(2034, 1, 26), date(2034, 2, 25))
    assert now.month_of(date(2034, 12, 26)) == date(2035, 1, 1)


def test_back_to_calendar_months_the_days_between_are_january() -> None:
    adopted("month", "month", EARLY)
    adopted("month", "month", CALENDAR, day=date(2036, 1, 1))
    assert (months().first_day(date(2036, 1, 1)), months().last_day(date(2036, 1, 1))) == (
        date(2035, 12, 26),
        date(2036, 1, 31),
    )


def test_a_change_begins_with_a_january_and_changes_something(province_line_lead: Membership) -> None:
    with pytest.raises(ValidationError, match="一月一日"):
        draft("month", "month", EARLY, day=date(2034, 2, 1))
    with pytest.raises(ValidationError, match="相同"):
        draft("month", "month", CALENDAR)
    with pytest.raises(ValidationError, match="不能修改"):
        draft("month", "month", EARLY, day=date(2026, 1, 1))
    with within(province_line_lead):
        odd = DatedDraft(kind="month", code="month", content=EARLY, valid_from=AHEAD + timedelta(days=1), reason="x")
        odd.drafted_by = province_line_lead.user
        odd.save(force_insert=True)
    with pytest.raises(DatabaseError, match="month_rule_from_january"), transaction.atomic():
        adopt_in_the_database(odd)


def adopt_in_the_database(drafted: DatedDraft) -> None:
    """Adopt past the service, as a second person."""

    with within(find_member("province_statistician")), connection.cursor() as cursor:
        cursor.execute("SELECT adopt_dated(%s)", [drafted.pk])


def test_the_page_says_what_the_first_months_would_be(province_line_lead: Membership, client_for: Any) -> None:
    client, address = client_for(province_line_lead), reverse("rule", args=["month", "month"])
    typed = {"last_day": "25", "year": "2028", "article": "统计报表制度", "reason": "按制度"}
    page = client.post(address, typed | {"preview": "1"}).content.decode()
    assert "2028-01-26 — 2028-02-25" in page
    assert "共 25 天" in page
    assert client.post(address, typed | {"year": "2026"}).status_code == 422
    assert client.post(address, typed).status_code == 303
    assert DatedDraft.objects.get().valid_from == date(2028, 1, 1)
    assert MonthRule.objects.count() == 1

"""A year's holidays on their page: read as people write them, adopted by two, followed by the limits that are open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework import jobs
from casework.calendars import forget_work_calendar, load_work_calendar
from casework.dated.calendar import DaysField, marked_days
from casework.dated.recomputing import KIND, recompute_due
from casework.dated.subjects import change_of, subject
from casework.deadlines import due_date
from casework.models import CalendarYear, DatedDraft, Job, RecordEvent
from casework.workdays import is_workday
from mediation.models import Dispute
from mediation.workflow.disputes import ACCEPT_WITHIN
from offices.models import Membership
from offices.scoping import system, within
from tests.casework.dated import adopt, draft
from tests.factories import dispute_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("december")]
# A Wednesday; the holidays of the next year are not published.
NOW, YEAR = date(2034, 12, 27), 2035
NEW_YEAR = date(YEAR, 1, 1)
NOTICE = {
    "source": "国办发明电〔2034〕9号",
    "days": [
        {"date": "2035-01-01", "is_workday": False, "note": "元旦"},
        {"date": "2035-01-02", "is_workday": False, "note": "元旦"},
        {"date": "2035-01-06", "is_workday": True, "note": "元旦调休上班"},
    ],
}


def at(day: date, hour: int = 10) -> Any:
    """Set the clock."""
    return time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def december() -> Iterator[None]:
    """Stand in the last week of a year, with a calendar that no other test has read."""
    forget_work_calendar()
    with at(NOW):
        yield
    forget_work_calendar()


def notice(content: dict[str, Any] = NOTICE, day: date = NEW_YEAR) -> DatedDraft:
    """Draft the days of the next year."""
    return draft("calendar", str(YEAR), content, day=day)


def recomputed(day: date = NOW) -> dict[str, Any]:
    """Let the job do its work on a day."""
    with at(day, 11), system(KIND):
        return recompute_due(Job.objects.get(kind=KIND))


def test_open_limits_follow_the_calendar_and_say_so_without_a_new_version(clerk: Membership) -> None:
    dispute = dispute_in("registered", actor=clerk)
    agreed = dispute_in("mediating", actor=clerk)
    assert (dispute.due_on, dispute.due_since) == (NEW_YEAR, NOW)
    assert due_date(ACCEPT_WITHIN, NOW).provisional
    drafted = notice()
    with within(clerk):
        told = [effect.text for effect in subject("calendar").effects(str(YEAR), change_of(drafted), NOW)]
    assert "矛盾纠纷：1 件在办的期限将重新计算。" in told
    adopt(drafted)
    assert recomputed()["moved"] == 1
    with within(clerk):
        moved = Dispute.objects.get(pk=dispute.pk)
        assert (moved.due_on, moved.version) == (date(2035, 1, 3), dispute.version)
        assert moved.due_on == due_date(ACCEPT_WITHIN, NOW).on
        entry = RecordEvent.objects.get(record_id=dispute.pk, kind="recomputed")
        assert (entry.decider, entry.details) == ("system", {"due_on": "2035-01-03"})
        assert "国办发明电〔2034〕9号" in entry.note
        # Thirty natural days from acceptance: no calendar gives that date.
        assert Dispute.objects.get(pk=agreed.pk).due_on == agreed.due_on


def test_a_date_that_has_passed_stays_with_a_note(clerk: Membership) -> None:
    dispute = dispute_in("registered", actor=clerk)
    adopt(notice())
    assert recomputed(date(2035, 1, 3)) == {"moved": 0, "kept": 1}
    with within(clerk):
        assert Dispute.objects.get(pk=dispute.pk).due_on == NEW_YEAR
        assert RecordEvent.objects.filter(record_id=dispute.pk, kind="limit_kept").exists()


def test_what_no_rule_gives_and_what_is_closed_stays(clerk: Membership) -> None:
    closed = dispute_in("rejected", actor=clerk)
    put_off = dispute_in("registered", actor=clerk)
    with within(clerk):
        Dispute.objects.filter(pk=put_off.pk).update(due_since=None)
    adopt(notice())
    assert recomputed() == {"moved": 0, "kept": 0}
    with within(clerk):
        for one in (closed, put_off):
            assert Dispute.objects.get(pk=one.pk).due_on == one.due_on


def test_the_job_waits_until_no_process_counts_by_the_old_calendar(clerk: Membership) -> None:
    dispute = dispute_in("registered", actor=clerk)
    adopt(notice())
    waiting = Job.objects.get(kind=KIND)
    jobs.run(waiting.pk)
    with within(clerk):
        assert Dispute.objects.get(pk=dispute.pk).due_on == NEW_YEAR
    with at(NOW, 11):
        jobs.run(waiting.pk)
    with system("test"):
        assert Job.objects.get(pk=waiting.pk).state == Job.State.DONE


def test_the_year_is_what_was_adopted_and_its_past_stays() -> None:
    adopt(notice())
    calendar = load_work_calendar()
    worked = [is_workday(date(YEAR, 1, day), calendar=calendar) for day in (1, 2, 3, 6)]
    assert worked == [False, False, True, True]
    assert YEAR in calendar.published_years
    assert CalendarYear.objects.get(year=YEAR).adopted_from == NEW_YEAR
    with at(date(YEAR, 1, 4)):
        for days, words in (([], "2035-01-01 在起始日期以前"), (NOTICE["days"], "与现在的内容相同")):
            with pytest.raises(ValidationError, match=words):
                notice({**NOTICE, "days": days}, day=date(YEAR, 1, 5))
        longer = [*NOTICE["days"], {"date": "2035-01-08", "is_workday": False, "note": "大雪"}]
        adopt(notice({**NOTICE, "days": longer}, day=date(YEAR, 1, 5)))
    found = {one.day: one.is_workday for one in marked_days(YEAR)}
    assert found == {date(YEAR, 1, 1): False, date(YEAR, 1, 2): False, date(YEAR, 1, 6): True, date(YEAR, 1, 8): False}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2035-01-01 元旦", [1]),
        ("1月1日至1月3日 元旦", [1, 2, 3]),
        ("01-05", [5]),
        ("2035.1.1—2035.1.2 元旦\n\n2035/1/5", [1, 2, 5]),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: list[int]) -> None:
    found = DaysField(year=YEAR, is_workday=False).clean(text)
    assert [one.day for one in found] == [date(YEAR, 1, day) for day in days]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("元旦", "第1行不是日期"),
        ("2035-01-01\n2035-02-30", "第2行不是日期"),
        ("2034-12-31 元旦", "不在2035年"),
        ("2035-01-03 至 2035-01-01", "前后颠倒"),
        ("2035-01-01\n1月1日", "同一天写了两次"),
    ],
)
def test_what_cannot_be_read_is_said_by_line(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        DaysField(year=YEAR, is_workday=False).clean(text)


def test_the_page_previews_and_drafts_a_year(
    province_line_lead: Membership, clerk: Membership, client_for: Any
) -> None:
    dispute_in("registered", actor=clerk)
    client, address = client_for(province_line_lead), reverse("rule", args=["calendar", str(YEAR)])
    typed = {
        "source": NOTICE["source"],
        "off": "2035-01-01 至 2035-01-02 元旦",
        "worked": "2035-01-06 元旦调休上班",
        "valid_from": "2035-01-01",
        "reason": "公布",
    }
    page = client.post(address, typed | {"preview": "1"}).content.decode()
    assert "有 3 天与现在不同" in page
    assert "1 件在办的期限将重新计算" in page
    both = client.post(address, typed | {"worked": "2035-01-01"})
    assert (both.status_code, "同时写在放假和调休上班里" in both.content.decode()) == (422, True)
    assert client.post(address, typed).status_code == 303
    assert DatedDraft.objects.get().content == NOTICE

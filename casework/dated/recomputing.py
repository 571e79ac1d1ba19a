"""Counting the limits of open business again when a calendar changes: one job, which the preview of the change asks too.

A limit follows the calendar where a rule gives it and its run touches a day of the change. What is over stays over: a
date that has passed, or would have passed by the new calendar, is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from casework.calendars import forget_work_calendar, load_work_calendar
from casework.deadlines import asks_calendar, last_day
from casework.jobs import job
from casework.lines import RecordType, record_types
from casework.models import DatedDraft, DeadlineRule, Job
from casework.services import move_limits
from casework.workdays import WorkCalendar

KIND = "recompute_due"
Term = tuple[date, date]


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """Of how many open records of a kind the date moves, and how many keep it although the new one is another."""

    label: Any
    moved: int
    kept: int


# What else runs by a calendar, of apps above casework: told the calendar, the days that changed, today, and whether to
# move the dates or only to say how many would be.
followers: list[Callable[[WorkCalendar, Term, date, bool], Recomputed]] = []


@dataclass(frozen=True, kw_only=True)
class Move:
    """Open records with one due date from one day by one rule, and the date that the new calendar gives."""

    rule: DeadlineRule
    since: date
    was: date
    due_on: date
    count: int

    def target(self, today: date) -> date | None:
        """Return the new date; None where the old one stays because one of both has passed."""
        return self.due_on if min(self.was, self.due_on) >= today else None


def preview(calendar: WorkCalendar, term: Term, today: date) -> list[Recomputed]:
    """Return what a calendar would move, by kind of record; kinds of which nothing moves are left out."""
    found = [_tell(kind, moves_of(kind, calendar, term, today), today) for kind in record_types()]
    found += [follow(calendar, term, today, False) for follow in followers]
    return [one for one in found if one.moved or one.kept]


def _tell(kind: RecordType, moves: Iterable[Move], today: date) -> Recomputed:
    counted = {True: 0, False: 0}
    for move in moves:
        counted[move.target(today) is not None] += move.count
    return Recomputed(label=kind.label, moved=counted[True], kept=counted[False])


def moves_of(kind: RecordType, calendar: WorkCalendar, term: Term, today: date) -> Iterator[Move]:
    """Yield the open limits of a kind whose run touches the days of a change and ends on another day."""
    rules = rule_finder()
    limits = kind.model._default_manager.filter(
        state__in=kind.workflow.open_states(), due_since__isnull=False, due_since__lte=term[1]
    )
    groups = limits.order_by().values_list("due_rule", "due_since", "due_on").annotate(count=Count("pk"))
    for code, since, was, count in groups:
        rule = rules(code, since)
        if rule is None or not asks_calendar(rule):
            continue
        due_on = last_day(rule, since, calendar)
        if due_on != was and max(was, due_on) >= term[0]:
            yield Move(rule=rule, since=since, was=was, due_on=due_on, count=count)


def rule_finder() -> Callable[[str, date], DeadlineRule | None]:
    """Return a function that finds the rule of a code on a day; all rules are read once."""
    rules: dict[str, list[DeadlineRule]] = {}
    for rule in DeadlineRule.objects.order_by("-valid_from"):
        rules.setdefault(rule.code, []).append(rule)

    def find(code: str, day: date) -> DeadlineRule | None:
        return next((rule for rule in rules.get(code, ()) if rule.valid_from <= day), None)

    return find


def _note(draft: DatedDraft, move: Move) -> str:
    """Say in Chinese, as it is stored, which notice gives which date."""
    with override("zh-hans"):
        text = _("%(source)s公布后，按新的工作日历计算，期限由 %(was)s 变为 %(now)s。")
        days = {"was": move.was.isoformat(), "now": move.due_on.isoformat()}
        return text % ({"source": draft.content["source"]} | days)


@job(KIND, runs_as="system")
def recompute_due(claimed: Job) -> dict[str, Any]:
    """Move the dates that an adopted calendar gives, each with an entry in its record's history."""
    draft = DatedDraft.objects.get(pk=claimed.payload["draft"], adopted=True)
    forget_work_calendar()
    calendar, today = load_work_calendar(), timezone.localdate()
    term = draft.valid_from, date(int(draft.code), 12, 31)
    moved = kept = 0
    for kind in record_types():
        # Read whole before the first is moved: what moves joins another group.
        for move in list(moves_of(kind, calendar, term, today)):
            to, user_id = move.target(today), draft.decided_by_id or draft.drafted_by_id
            limit = {"due_rule": move.rule.code, "due_since": move.since, "due_on": move.was}
            count = move_limits(kind.model, kind.workflow, limit, to=to, user_id=user_id, note=_note(draft, move))
            moved, kept = moved + (count if to else 0), kept + (0 if to else count)
    for follow in followers:
        done = follow(calendar, term, today, True)
        moved, kept = moved + done.moved, kept + done.kept
    return {"moved": moved, "kept": kept}

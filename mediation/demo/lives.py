"""The course of a dispute: which steps on which days, and what the workflow makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import NamedTuple

from mediation.demo.days import Days
from mediation.workflow.disputes import ACCEPT_WITHIN, CLOSE_WITHIN, CONCLUDE_WITHIN, VISIT_WITHIN, WORKFLOW


class Step(NamedTuple):
    """A step and the number of its working day."""

    code: str
    day: int


def _waits(weights: Mapping[int, int]) -> tuple[int, ...]:
    # {0: 45, 1: 30}: 45 times no day, 30 times one. Choosing from the whole is choosing by weight, only faster.
    return tuple(days for days, weight in weights.items() for _ in range(weight))


# Working days between a step and the one before it.
WAITS = {
    "accept": _waits({0: 45, 1: 30, 2: 15, 3: 9, 5: 1}),
    "reject": _waits({0: 20, 1: 40, 2: 25, 3: 15}),
    "divert": _waits({0: 50, 1: 40, 2: 10}),
    "assign": _waits({0: 75, 1: 20, 2: 5}),
    "begin": _waits({0: 20, 1: 40, 2: 25, 3: 15}),
    "agree": _waits({0: 14, 1: 12, 2: 12, 3: 11, 4: 9, 5: 8, 6: 7, 8: 7, 10: 6, 12: 5, 14: 4, 17: 2, 24: 2, 30: 1}),
    "fail": _waits({5: 20, 8: 25, 12: 25, 16: 22, 22: 6, 30: 2}),
    "transfer": _waits({2: 40, 5: 40, 9: 20}),
    "follow_performance": _waits({0: 60, 1: 30, 3: 10}),
    "perform": _waits({0: 45, 1: 15, 3: 15, 5: 10, 8: 10, 12: 5}),
    "perform_followed": _waits({5: 20, 10: 25, 15: 20, 20: 20, 40: 15}),
    "breach": _waits({10: 30, 20: 40, 30: 30}),
    "visit": _waits({4: 10, 8: 20, 12: 25, 16: 25, 20: 15, 26: 5}),
    "close": _waits({0: 50, 1: 20, 3: 20, 8: 10}),
    "close_transferred": _waits({8: 60, 9: 25, 10: 15}),
    "archive": _waits({1: 25, 3: 25, 5: 25, 10: 20, 20: 5}),
}
TO_MEDIATION = ("accept", "assign", "begin")
# Of a hundred recent cases one or two are left lying; "recent" is counted in working days.
STALLED, STALLED_WITHIN = 0.015, 60


def draw_course(rng: Random, registered: int, days: Days) -> list[Step]:
    """Return the steps that a dispute registered on a day has taken by now."""
    found: list[Step] = []
    day = registered
    codes = _path(rng)
    if registered > days.end - STALLED_WITHIN and rng.random() < STALLED:
        codes = codes[: rng.randrange(len(codes))]
    for code in codes:
        wait = "agree" if code.startswith("agree") else code
        if code == "perform" and found and found[-1].code == "follow_performance":
            wait = "perform_followed"
        if code == "close" and found and found[-1].code == "transfer":
            wait = "close_transferred"
        day += rng.choice(WAITS[wait])
        if day >= days.end:
            break
        found.append(Step(code, day))
    return found


def _path(rng: Random) -> tuple[str, ...]:
    chance = rng.random()
    if chance < 0.02:
        return ("reject",)
    if chance < 0.027:
        return ("divert",)
    chance = rng.random()
    if chance < 0.006:
        return (*TO_MEDIATION[: rng.randint(1, 3)], "transfer", "close", "archive")
    if chance < 0.032:
        return (*TO_MEDIATION, "fail", *_finish(rng, visited=0.4))
    written = rng.random() < 0.62
    agreed = "agree_in_writing" if written else "agree_orally"
    followed = ("follow_performance",) if written and rng.random() < 0.35 else ()
    end = "breach" if written and rng.random() < 0.02 else "perform"
    return (*TO_MEDIATION, agreed, *followed, end, *_finish(rng, visited=0.85))


def _finish(rng: Random, *, visited: float) -> tuple[str, ...]:
    return ("visit", "close", "archive") if rng.random() < visited else ("close", "archive")


class Task(NamedTuple):
    """A case on a clerk's desk: the steps taken, the one from which a limit runs, and when it ends.

    ``due_in`` counts working days from today; the other steps lie one working day apart on both sides of the anchor.
    """

    steps: tuple[str, ...]
    rule: str
    anchor: str
    due_in: int


AGREED = (*TO_MEDIATION, "agree_in_writing")
DESK = (
    Task((), ACCEPT_WITHIN, "", -2),
    Task((), ACCEPT_WITHIN, "", 0),
    Task((), ACCEPT_WITHIN, "", 1),
    Task((), ACCEPT_WITHIN, "", 2),
    Task(TO_MEDIATION[:1], CONCLUDE_WITHIN, "accept", 12),
    Task(TO_MEDIATION[:2], CONCLUDE_WITHIN, "accept", 4),
    Task(TO_MEDIATION, CONCLUDE_WITHIN, "accept", -3),
    Task(TO_MEDIATION, CONCLUDE_WITHIN, "accept", 0),
    Task(TO_MEDIATION, CONCLUDE_WITHIN, "accept", 2),
    Task(TO_MEDIATION, CONCLUDE_WITHIN, "accept", 8),
    Task((*TO_MEDIATION, "fail"), CLOSE_WITHIN, "fail", 1),
    Task(AGREED, VISIT_WITHIN, "agree_in_writing", 6),
    Task((*TO_MEDIATION, "agree_orally"), VISIT_WITHIN, "agree_orally", 3),
    Task((*AGREED, "perform"), VISIT_WITHIN, "perform", -1),
    Task((*AGREED, "perform"), VISIT_WITHIN, "perform", 5),
)


def desk_course(task: Task, today: date, days: Days) -> tuple[int, list[Step]] | None:
    """Return the day of registration and the steps of a task; None when no day fits it."""
    anchor = days.start_of(task.rule, days.workday_after(today, task.due_in))
    if anchor is None:
        return None
    codes = ("", *task.steps)
    at = codes.index(task.anchor)
    steps = [Step(code, min(days.end - 1, anchor + (place - at))) for place, code in enumerate(codes)]
    if steps[0].day < 0:
        return None
    return steps[0].day, steps[1:]


class Event(NamedTuple):
    """One entry of the history."""

    kind: str
    source: str
    target: str
    on: date
    decider: str
    note: str
    due_on: date | None


TRANSITIONS = {transition.code: transition for transition in WORKFLOW.transitions}


@dataclass
class Life:
    """A dispute as casework.services would have left it, without a database."""

    registered_on: date
    days: Days
    state: str = WORKFLOW.initial
    version: int = 1
    due_on: date | None = None
    due_rule: str = ACCEPT_WITHIN
    due_since: date | None = None
    events: list[Event] = field(default_factory=list)
    counted: list[tuple[str, date]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the record."""
        self._run(ACCEPT_WITHIN, self.registered_on)
        self.events.append(Event("opened", "", self.state, self.registered_on, "", "", None))

    def move(
        self, step: str, on: date, *, note: str = "", due_from: date | None = None, due_on: date | None = None
    ) -> None:
        """Take one step, as casework.services.move_record does."""
        transition = TRANSITIONS[step]
        before, self.state = self.state, transition.target
        self.version += 1
        if not transition.keeps_due:
            self._run("" if due_on else transition.starts, due_from or on)
        if due_on is not None:
            self.due_on, self.due_since = due_on, None
        self.events.append(Event(step, before, self.state, on, transition.decider, note, self.due_on))
        self.counted += [(kind, on) for kind in transition.counts]

    def receive(self, receipt_on: date) -> None:
        """Take the receipt of a transfer: an accepted case is to be closed, a diverted one is due no more."""
        accepted = any(event.kind == "accept" for event in self.events)
        self._run(CLOSE_WITHIN if accepted else "", receipt_on)

    def _run(self, rule: str, start: date) -> None:
        self.due_rule = rule
        self.due_on, self.due_since = (self.days.due(rule, start), start) if rule else (None, None)

"""States and the transitions between them, as a table that a lawyer can read. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from offices.permissions import Action


class NotPossible(Exception):
    """A step that the record's state or a rule of law does not allow; the message is for the user.

    ``mend`` names the page of the record that mends it, where there is one: "amend", or "add_part/" and a part's code.
    """

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.mend = mend


@dataclass(frozen=True)
class State:
    """One state: its code, what a person reads, its colour and whether business is still open in it."""

    code: str
    label: Any
    tone: str = ""
    is_open: bool = True


# Of a record that was opened in error. No step leads there: casework.corrections does, once two persons agree.
VOID = "void"
VOIDED = State(VOID, pgettext_lazy("state", "作废"), "", is_open=False)

Guard = Callable[[Any, dict[str, Any]], None]


def all_of(*guards: Guard) -> Guard:
    """Return a guard that asks each of some, in their order: the first that refuses gives the reason."""

    def ask(record: Any, facts: dict[str, Any]) -> None:
        for guard in guards:
            guard(record, facts)

    return ask


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One step: from which states to which, who decides, which deed enters it.

    ``guard(record, facts)`` raises NotPossible with the reason in law. ``counts`` names the counted events that the
    step makes. ``starts`` names the deadline rule that runs from the step's date; ``keeps_due`` leaves the running one.
    ``dates`` names the fields of the record that keep the step's day: they follow when that day is corrected.
    ``fits(record)`` tells whether the step is worth offering on a record's page: its guard decides all the same.
    """

    code: str
    label: Any
    sources: tuple[str, ...]
    target: str
    action: Action
    decider: str
    counts: tuple[str, ...] = ()
    starts: str = ""
    keeps_due: bool = False
    guard: Guard | None = None
    dates: tuple[str, ...] = ()
    fits: Callable[[Any], bool] = lambda record: True


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The states of a record type in their order, the first one being that of a new record, and its transitions.

    ``voids``: a record that was opened in error may be voided.
    """

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    deciders: dict[str, Any] = field(default_factory=dict)
    voids: bool = False

    def __post_init__(self) -> None:
        known = {state.code for state in self.states}
        for transition in self.transitions:
            unknown = {*transition.sources, transition.target} - known
            if unknown:
                raise ValueError(f"Transition {transition.code} names unknown states: {sorted(unknown)}")
            if transition.decider not in self.deciders:
                raise ValueError(f"Transition {transition.code} names the unknown decider {transition.decider}")
        codes = [transition.code for transition in self.transitions]
        if len(codes) != len(set(codes)):
            raise ValueError("Two transitions bear the same code")

    @property
    def initial(self) -> str:
        """The state of a new record."""
        return self.states[0].code

    def state(self, code: str) -> State:
        """Return a state by its code; KeyError when it is unknown."""
        return {state.code: state for state in self.all_states}[code]

    @property
    def all_states(self) -> tuple[State, ...]:
        """The states, and that of a voided record where there can be one."""
        return (*self.states, VOIDED) if self.voids else self.states

    def transition(self, code: str) -> Transition:
        """Return a transition by its code; KeyError when it is unknown."""
        return {transition.code: transition for transition in self.transitions}[code]

    def possible(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that lead out of a state, in their declared order."""
        return tuple(transition for transition in self.transitions if state in transition.sources)

    def open_states(self) -> frozenset[str]:
        """Return the codes of the states in which business is still open."""
        return frozenset(state.code for state in self.states if state.is_open)

    def reachable(self) -> frozenset[str]:
        """Return every state that some chain of transitions reaches from the first one."""
        found, edge = {self.initial}, {self.initial}
        while edge:
            edge = {t.target for t in self.transitions if edge & set(t.sources)} - found
            found |= edge
        return frozenset(found)


DueDate = Callable[[str, date], date]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What is told of one step: its day, the fields it sets, the facts its guard judges, from when its limit runs.

    The step's limit runs from ``due_from`` where the law says another day than ``on``; ``starts`` names another rule
    than the table's where it depends on the record; ``due_on`` is a date that the parties themselves agreed: no rule
    gives it, unless the running one is kept.
    """

    step: str
    on: date
    changes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    due_from: date | None = None
    due_on: date | None = None
    starts: str | None = None


def allowed_step(record: Any, workflow: Workflow, step: str, facts: dict[str, Any]) -> Transition:
    """Return a step that a record may take now; NotPossible where table or guard forbids it."""
    transition = workflow.transition(step)
    if record.state not in transition.sources:
        label = workflow.state(record.state).label
        raise NotPossible(_("当前状态是“%(state)s”，不能“%(step)s”。") % {"state": label, "step": transition.label})
    if transition.guard:
        transition.guard(record, facts)
    return transition


def take_step(record: Any, workflow: Workflow, deed: Deed, due_date: DueDate) -> dict[str, Any]:
    """Move a record in memory and return its history entry; NotPossible where table or guard forbids the step."""
    transition = allowed_step(record, workflow, deed.step, deed.facts)
    for name, value in deed.changes.items():
        setattr(record, name, value)
    before, record.state = record.state, transition.target
    record.version += 1
    if not transition.keeps_due:
        rule = "" if deed.due_on else (transition.starts if deed.starts is None else deed.starts)
        set_due(record, rule, deed.due_from or deed.on, due_date)
    if deed.due_on is not None:
        record.due_on, record.due_since = deed.due_on, None
    return {
        "kind": deed.step,
        "on": deed.on,
        "from_state": before,
        "to_state": record.state,
        "decider": transition.decider,
        "details": {"due_on": record.due_on.isoformat() if record.due_on else None},
    }


def set_due(record: Any, rule: str, start: date, due_date: DueDate) -> None:
    """Let the limit of a rule run from a day; no rule, no limit."""
    record.due_rule = rule
    record.due_on = due_date(rule, start) if rule else None
    record.due_since = start if rule else None


def choices(states: Iterable[State]) -> list[tuple[str, Any]]:
    """Return states as choices of a form field."""
    return [(state.code, state.label) for state in states]

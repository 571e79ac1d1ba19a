"""States and the transitions between them, as a table that a lawyer can read. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from offices.permissions import Action


class NotPossible(Exception):
    """A step that the record's state or a rule of law does not allow; the message is for the user."""


@dataclass(frozen=True)
class State:
    """One state: its code, what a person reads, its colour and whether business is still open in it."""

    code: str
    label: Any
    tone: str = ""
    is_open: bool = True


Guard = Callable[[Any, dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One step: from which states to which, who decides, which deed enters it.

    ``guard(record, facts)`` raises NotPossible with the reason in law. ``counts`` names the counted events that the
    step makes. ``starts`` names the deadline rule that runs from the step's date; ``keeps_due`` leaves the running one.
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


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The states of a record type in their order, the first one being that of a new record, and its transitions."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    deciders: dict[str, Any] = field(default_factory=dict)

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
        return {state.code: state for state in self.states}[code]

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


def choices(states: Iterable[State]) -> list[tuple[str, Any]]:
    """Return states as choices of a form field."""
    return [(state.code, state.label) for state in states]

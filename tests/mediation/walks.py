"""Walks through a workflow, made from its table: every way from the first state on that takes no step twice.

A step that leads back to where the walk has been ends it, and so does one out of a state named in ``near_end``: what
comes after is walked from other states.
"""

from __future__ import annotations

from collections.abc import Iterator

from casework.workflow import Workflow


def walks(
    workflow: Workflow,
    state: str = "",
    seen: frozenset[str] = frozenset(),
    taken: tuple[str, ...] = (),
    *,
    near_end: frozenset[str] = frozenset(),
    stayed: bool = False,
) -> Iterator[tuple[str, ...]]:
    """Yield the codes of each walk, which takes one step at most that stays in its state."""
    state = state or workflow.initial
    seen = seen | {state}
    possible = [
        step for step in workflow.possible(state) if step.code not in taken and not (stayed and step.target == state)
    ]
    if not possible:
        yield taken
    for step in possible:
        walk = (*taken, step.code)
        if state in near_end or (step.target != state and step.target in seen):
            yield walk
        else:
            stays = stayed or step.target == state
            yield from walks(workflow, step.target, seen, walk, near_end=near_end, stayed=stays)

"""Walks through a workflow, made from its table: every way from the first state on that takes no step twice."""

from __future__ import annotations

from collections.abc import Iterator

from casework.workflow import Workflow


def walks(
    workflow: Workflow, state: str = "", seen: frozenset[str] = frozenset(), taken: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the codes of each walk. A step that stays in its state is taken once; no state is entered twice."""
    state = state or workflow.initial
    seen = seen | {state}
    onward = [
        step
        for step in workflow.possible(state)
        if step.code not in taken and (step.target == state or step.target not in seen)
    ]
    if not onward:
        yield taken
    for step in onward:
        yield from walks(workflow, step.target, seen, (*taken, step.code))

"""Walks through a workflow, made from its table: together they take every step after every other that it may follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from casework.workflow import Workflow

Walk = tuple[str, ...]
After = Callable[[Any, str], Any]


def walks(workflow: Workflow, start: Any, after: After) -> list[Walk]:
    """Return the shortest walks that take every pair of consecutive steps, the refused ones too.

    ``start`` is what the law looks at in a new record, its ``state`` among it; ``after`` returns what a step makes of
    it, None where the law refuses the step, which ends the walk.
    """
    found = list(_pairs(workflow, start, after))
    beginnings = {walk[:length] for walk in found for length in range(len(walk))}
    return [walk for walk in found if walk not in beginnings]


def _pairs(workflow: Workflow, start: Any, after: After) -> Iterator[Walk]:
    """Yield the shortest walk to each pair, breadth first over what the law looks at and the step that led to it."""
    reached: dict[tuple[Any, str], Walk] = {(start, ""): ()}
    seen: set[tuple[str, str, bool]] = set()
    edge: list[tuple[Any, Walk]] = [(start, ())]
    while edge:
        there, walk = edge.pop(0)
        for step in workflow.possible(there.state):
            last, coming = walk[-1] if walk else "", after(there, step.code)
            if (pair := (last, step.code, coming is None)) not in seen:
                seen.add(pair)
                yield (*walk, step.code)
            if coming is not None and (coming, step.code) not in reached:
                reached[coming, step.code] = (*walk, step.code)
                edge.append((coming, (*walk, step.code)))


def few(found: list[Walk], taken: Callable[[Walk], set[str]]) -> list[Walk]:
    """Return a few of the walks that take as many different steps as all of them, the fullest first."""
    left = set().union(*map(taken, found))
    chosen = []
    while left:
        best = max(found, key=lambda walk: len(taken(walk) & left))
        chosen.append(best)
        left -= taken(best)
    return chosen

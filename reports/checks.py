"""Check relations of a form (审核关系): the sum of some columns against the sum of others, for every unit."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from casework.lines import Form, Relation

COMPARED: dict[str, Callable[[int, int], bool]] = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}
MOST_NAMED = 3


@dataclass(frozen=True)
class CheckResult:
    """Whether the figures of a month satisfy a relation; ``text`` names the first units that do not, in Chinese."""

    name: str
    hard: bool
    passed: bool
    text: str


def check_relations(form: Form, units: Sequence[tuple[str, Mapping[str, int]]]) -> list[CheckResult]:
    """Hold each relation of a form against the figures of the month of each unit (name, figures by code)."""
    return [_check(relation, units) for relation in form.relations]


def broken(form: Form, figures: Mapping[str, int]) -> list[Relation]:
    """Return the hard relations that one unit's figures break."""
    return [relation for relation in form.relations if relation.hard and not _holds(relation, figures)]


def _check(relation: Relation, units: Sequence[tuple[str, Mapping[str, int]]]) -> CheckResult:
    failed = [(name, *_sides(relation, figures)) for name, figures in units if not _holds(relation, figures)]
    named = "、".join(f"{name}（{left}，{right}）" for name, left, right in failed[:MOST_NAMED])
    text = f"{len(failed)}个单位不满足：{named}{'等' if len(failed) > MOST_NAMED else ''}。" if failed else ""
    return CheckResult(relation.name, relation.hard, not failed, text)


def _holds(relation: Relation, figures: Mapping[str, int]) -> bool:
    return COMPARED[relation.sign](*_sides(relation, figures))


def _sides(relation: Relation, figures: Mapping[str, int]) -> tuple[int, int]:
    left, right = (sum(figures.get(code, 0) for code in side) for side in (relation.left, relation.right))
    return left, right

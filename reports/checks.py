"""Check relations of a form (审核关系): the sum of some columns against the sum of others, for every unit.

Beside them stand its streaks: figures that are too good for too long, a mark of doubtful data that refuses nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from casework.lines import Form, Relation, Streak

COMPARED: dict[str, Callable[[int, int], bool]] = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}
MOST_NAMED = 3

Figures = Mapping[str, int]


@dataclass(frozen=True)
class CheckedUnit:
    """A unit with its figures by code, of the month and of the year to date, and those of its last months."""

    code: str
    name: str
    current: Figures
    ytd: Figures
    recent: Sequence[Figures] = ()


@dataclass(frozen=True)
class CheckResult:
    """Whether the figures of a month satisfy a relation; ``text`` says in Chinese what does not hold, and of whom.

    ``failed`` has the first units that fail: name, national code, and the code of the figure whose rows to look at.
    """

    name: str
    hard: bool
    passed: bool
    text: str
    meaning: str = ""
    failed: tuple[Mapping[str, str], ...] = field(default=())


def check_form(form: Form, units: Sequence[CheckedUnit]) -> list[CheckResult]:
    """Hold each relation and each streak of a form against the figures of each unit."""
    found = [_check_relation(relation, units) for relation in form.relations]
    return found + [_check_streak(streak, units) for streak in form.streaks]


def refusals(checks: Iterable[CheckResult]) -> str:
    """Return what the hard relations that fail say, ready for a message; empty when there is none."""
    return "；".join(f"{check.name}。{check.text}".rstrip("。") for check in checks if check.hard and not check.passed)


def _check_relation(relation: Relation, units: Sequence[CheckedUnit]) -> CheckResult:
    failed = []
    for unit in units:
        left, right = _sides(relation, unit)
        if not COMPARED[relation.sign](left, right):
            codes = relation.left if left else (relation.right or relation.left)
            failed.append((unit, f"{left}，{right}", codes[0]))
    return _result(relation.name, relation.meaning, failed, "个单位不满足：", hard=relation.hard)


def _sides(relation: Relation, unit: CheckedUnit) -> tuple[int, int]:
    figures = unit.ytd if relation.period == "ytd" else unit.current
    left, right = (sum(figures.get(code, 0) for code in side) for side in (relation.left, relation.right))
    return left, right


def _check_streak(streak: Streak, units: Sequence[CheckedUnit]) -> CheckResult:
    failed = []
    for unit in units:
        months = unit.recent[: streak.months]
        good = [figures.get(streak.good, 0) for figures in months]
        is_full = len(months) == streak.months and all(good) and not any(f.get(streak.bad, 0) for f in months)
        if is_full and sum(good) >= streak.least:
            failed.append((unit, str(sum(good)), streak.good))
    return _result(streak.name, streak.meaning, failed, "个单位需要核实：", hard=False)


def _result(
    name: str, meaning: str, failed: Sequence[tuple[CheckedUnit, str, str]], said: str, *, hard: bool
) -> CheckResult:
    if not failed:
        return CheckResult(name, hard, passed=True, text="", meaning=meaning)
    named = "、".join(f"{unit.name}（{sides}）" for unit, sides, _code in failed[:MOST_NAMED])
    opening = f"{meaning}，" if meaning else ""
    text = f"{opening}{len(failed)}{said}{named}{'等' if len(failed) > MOST_NAMED else ''}。"
    first = tuple({"unit": u.code, "name": u.name, "figure": figure} for u, _sides, figure in failed[:MOST_NAMED])
    return CheckResult(name, hard, passed=False, text=text, meaning=meaning, failed=first)

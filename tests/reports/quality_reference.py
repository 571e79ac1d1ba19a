"""Reporting quality once more, slowly: every step of every sheet is read and walked through by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from offices.models import Level, Office
from offices.scoping import system
from reports.models import SheetAction, UnitSheet

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAMES = ("due", "submitted", "on_time", "first_pass", "returned", "corrected", "filled")
STANDING = {"submitted", "approved", "locked"}


def judged(sheet: UnitSheet, steps: list[SheetAction], due_day: date) -> Counter[str]:
    """Return what counts of one sheet, from its steps alone."""
    counted: Counter[str] = Counter(due=1)
    sent = [step for step in steps if step.kind == "submit"]
    state = steps[-1].to_state if steps else "filling"
    taken_back = False
    for step in steps:
        if step.kind in {"submit", "withdraw"}:
            taken_back = step.kind == "withdraw"
    if not sent or taken_back or state == "missing":
        return counted
    counted["submitted"] = 1
    if sent[0].at.astimezone(SHANGHAI).date() <= due_day:
        counted["on_time"] = 1
    came_back = [step for step in steps if step.kind == "return"]
    counted["returned"] = min(1, len(came_back))
    if state in {"approved", "locked"} and not came_back:
        counted["first_pass"] = 1
    if state in STANDING:
        said = sent[0].figures
        # What does not apply to the unit is no cell.
        stands = {code: one for code, one in sheet.figures.items() if one["current"] is not None}
        counted["filled"] = len(stands)
        counted["corrected"] = sum(said.get(code) != one["current"] for code, one in stands.items())
    return counted


def quality_by_hand(month: date, due_day: date, form: str = "") -> dict[int, Counter[str]]:
    """Return the counts of every unit of the town: an office's own, and above it those of all offices below."""
    found: dict[int, Counter[str]] = {}
    with system("test"):
        for office in Office.objects.filter(level=Level.OFFICE).select_related("parent__parent__parent"):
            chain: list[Office] = []
            unit: Office | None = office
            while unit is not None:
                chain.append(unit)
                unit = unit.parent
            for sheet in UnitSheet.objects.filter(unit=office, month=month, version=1):
                if form and sheet.form != form:
                    continue
                steps = list(SheetAction.objects.filter(sheet=sheet).order_by("pk"))
                for one in chain:
                    found.setdefault(one.pk, Counter()).update(judged(sheet, steps, due_day))
    return found


def rank_by_hand(counts: dict[int, Counter[str]], siblings: list[int], unit: int) -> int:
    """Return one more than how many of the units beside it stand better."""

    def standing(key: int) -> tuple[Fraction, Fraction, Fraction]:
        one = counts[key]
        passed = Fraction(one["first_pass"], one["submitted"]) if one["submitted"] else Fraction(0)
        return Fraction(one["on_time"], one["due"]), Fraction(one["submitted"], one["due"]), passed

    return 1 + sum(standing(key) > standing(unit) for key in siblings)

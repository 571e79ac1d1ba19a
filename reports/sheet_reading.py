"""Monthly sheets in the words of a page: the list of a month, one sheet, the rows behind a figure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from casework import lines
from casework.timeline import remaining
from offices.models import Level, Membership
from offices.permissions import Action, may
from offices.scoping import current_scope
from reports import words
from reports.chain import CHAIN, FILLING, LOCKED, MISSING, RETURNED, SETTLED
from reports.definitions import Meaning, write_definition
from reports.models import DifferenceNotice, EditionSheet, SheetAction, SheetRow, UnitSheet
from reports.selectors import UNIT_COLUMNS
from reports.sheet_corrections import may_file
from reports.sheet_forms import TypedCell
from reports.sheet_freezing import checks_of, figures_of, published, typed_cells

OPEN = frozenset({FILLING, RETURNED})


def meaning_of(sheet: UnitSheet) -> Meaning:
    """Return the wording under which a sheet was frozen, or today's of one that is still open."""
    if sheet.definition is not None:
        return Meaning(sheet.definition.content)
    return Meaning(write_definition(*lines.form(sheet.form)))


def live(sheet: UnitSheet) -> UnitSheet:
    """Give an open sheet the figures and checks of this moment, in memory only: what a self-check would find."""
    if sheet.state in OPEN:
        line, form = lines.form(sheet.form)
        found = figures_of(sheet, line, form)
        sheet.figures, sheet.adjustments = found.figures, found.adjustments
        sheet.checks = [
            {"name": one.name, "hard": one.hard, "passed": one.passed, "text": one.text, "meaning": one.meaning}
            for one in checks_of(sheet, line, form, found)
        ]
    return sheet


def cells_to_type(sheet: UnitSheet) -> list[TypedCell]:
    """Return what a sheet's own unit types, in the language of the page."""
    is_first = published(sheet, -1) is None
    return [
        TypedCell(
            one.code, words.name_of(one), words.in_chinese(one.definition), sheet.typed.get(one.code, {}), is_first
        )
        for one in typed_cells(sheet, *lines.form(sheet.form))
    ]


def newest(sheets: QuerySet[UnitSheet]) -> QuerySet[UnitSheet]:
    """Return the newest version of each unit's form and month."""
    keys = sheets.order_by("unit_id", "form", "month", "-version").distinct("unit_id", "form", "month").values("pk")
    return UnitSheet.objects.filter(pk__in=keys)


def own_sheets(membership: Membership, month: date) -> list[UnitSheet]:
    """Return the sheets of a person's unit for a month, of the person's lines."""
    found = newest(UnitSheet.objects.filter(unit=membership.office, month=month)).order_by("form")
    return [sheet for sheet in found if may(membership, Action.READ_REPORT, sheet.line or None)]


def lower_sheets(membership: Membership, month: date) -> list[UnitSheet]:
    """Return the sheets of the units directly below for a month, without their figures."""
    found = newest(UnitSheet.objects.filter(parent=membership.office, month=month)).order_by("unit_code", "form")
    return list(found.defer("figures", "checks", "explanations"))


def sheet_line(sheet: UnitSheet, today: date) -> dict[str, Any]:
    """Return a sheet as a line of a list."""
    state = CHAIN.state(sheet.state)
    text, tone = remaining(sheet.due_on, today)
    is_waiting = sheet.state not in SETTLED and sheet.first_submitted_on is None
    return {
        "form": title_of(sheet.form),
        "unit": sheet.unit_name,
        "url": address(sheet),
        "state": state.label,
        "tone": state.tone,
        "due_on": sheet.due_on,
        "due": text if is_waiting else "",
        "due_tone": tone if is_waiting else "",
        "left": text,
        "left_tone": tone,
        "returns": sheet.returns,
        "ref": sheet.public_id,
        "can_approve": sheet.state == "submitted",
    }


def title_of(form: str) -> str:
    """Return number and title of a form in the language of the page."""
    _line, known = lines.form(form)
    return f"{known.form_no} {words.name_of(known)}"


def address(sheet: UnitSheet, step: str = "") -> str:
    """Return the address of a sheet's page, or of one of its steps."""
    return reverse("sheet_step", args=[sheet.public_id, step]) if step else reverse("sheet", args=[sheet.public_id])


def progress_of(membership: Membership, month: date) -> list[dict[str, Any]]:
    """Return, form by form, how many units directly below stand in which state."""
    found = newest(UnitSheet.objects.filter(parent=membership.office, month=month))
    counted: dict[str, dict[str, int]] = {}
    for form, state, number in found.order_by("form").values_list("form", "state").annotate(number=Count("pk")):
        counted.setdefault(form, {})[state] = number
    return [
        {
            "form": title_of(form),
            "total": sum(states.values()),
            "states": [
                {"label": state.label, "tone": state.tone, "number": states[state.code]}
                for state in CHAIN.states
                if state.code in states
            ],
        }
        for form, states in counted.items()
    ]


def history_of(sheet: UnitSheet, meaning: Meaning) -> list[dict[str, Any]]:
    """Return the steps of a sheet for its timeline, newest first; a return with what was said of each cell."""
    labels = {step.code: step.label for step in CHAIN.transitions} | {"restate": _("修订")}
    found = []
    for action in SheetAction.objects.filter(sheet=sheet).select_related("user").order_by("-id"):
        named = [
            f"{meaning.name_of(meaning.indicators[code])}：{text}"
            for code, text in action.cells.items()
            if code in meaning.indicators
        ]
        text = " · ".join([*([action.note] if action.note else []), *named])
        by = action.user.name if action.user else _("系统")
        found.append({"title": labels[action.kind], "by": by, "at": action.at, "text": text, "kind": "key"})
    return found


def notices_of(sheet: UnitSheet, meaning: Meaning, reader: Membership) -> list[dict[str, Any]]:
    """Return where the ledger differs today from the signed sheet, of the unit itself or of the offices below it."""
    notices = DifferenceNotice.objects.filter(sheet__form=sheet.form, sheet__month=sheet.month)
    if column := UNIT_COLUMNS.get(Level(sheet.level)):
        notices = notices.filter(**{column: sheet.unit_id})
    rows = notices.select_related("sheet").order_by("sheet__unit_code", "indicator")[:200]
    return [
        {
            "unit": notice.sheet.unit_name,
            "name": meaning.name_of(meaning.indicators[notice.indicator]),
            # One click from the notice to the request.
            "url": reverse("file_sheet_correction", args=[notice.sheet.public_id])
            if notice.sheet.state == LOCKED and may_file(notice.sheet, reader)
            else "",
            "signed": words.count_text(notice.signed, is_money=meaning.indicators[notice.indicator]["is_money"]),
            "live": words.count_text(notice.live, is_money=meaning.indicators[notice.indicator]["is_money"]),
        }
        for notice in rows
        if notice.indicator in meaning.indicators
    ]


def rows_behind(sheet: UnitSheet, code: str) -> QuerySet[SheetRow]:
    """Return the stored events behind a figure of a sheet; above an office those of the sheets that it added up."""
    rows = SheetRow.objects.filter(form=sheet.form, month=sheet.month, figures__has_key=code)
    if sheet.level == Level.OFFICE:
        return rows.filter(sheet=sheet)
    if column := UNIT_COLUMNS.get(Level(sheet.level)):
        rows = rows.filter(**{column: sheet.unit_id})
    return rows.filter(sheet_id__in=list(_added_up(sheet)))


def _added_up(sheet: UnitSheet) -> Iterable[int]:
    """Return the offices' sheets behind one above them: those sealed with it, or their newest while it is on its way."""
    same: dict[str, Any] = {"form": sheet.form, "level": Level.OFFICE}
    if column := UNIT_COLUMNS.get(Level(sheet.level)):
        same[column] = sheet.unit_id
    number = sheet.editions.order_by("number").values_list("number", flat=True).first()
    if number is not None:
        sealed = EditionSheet.objects.filter(month=sheet.month, number=number, **same)
        return sealed.order_by().values_list("sheet_id", flat=True)
    added = UnitSheet.objects.filter(month=sheet.month, **same).exclude(state=MISSING)
    return added.order_by("unit_id", "-version").distinct("unit_id").values_list("pk", flat=True)


def is_reduced() -> bool:
    """Tell whether the reader sees figures and no cases: city and province."""
    return current_scope().level in {"city", "province"}

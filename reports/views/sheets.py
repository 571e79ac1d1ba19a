"""One monthly sheet: its page, its steps, and the rows behind its figures."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.lines import Column
from casework.tables import show_date, table_html
from casework.workflow import NotPossible
from offices.models import Level
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other
from reports import reporting, words
from reports.chain import CHAIN, SETTLED
from reports.correction_reading import versions_around
from reports.frozen import key_cards, record_addresses, sheet_rows
from reports.keyset import page_of
from reports.models import UnitSheet
from reports.periods import month_code
from reports.sheet_controls import OWN, controls
from reports.sheet_forms import ExplainForm, NoteForm, ReturnForm, SubmitForm
from reports.sheet_freezing import children_of
from reports.sheet_reading import (
    OPEN,
    address,
    cells_to_type,
    history_of,
    is_reduced,
    live,
    meaning_of,
    notices_of,
    rows_behind,
    sheet_line,
    title_of,
)


class SheetView(ActionView, abstract=True):
    """A page of one sheet. A sheet out of reach is not found."""

    action = Action.READ_REPORT

    def sheet(self) -> UnitSheet:
        """Return the sheet of the address, under the scope."""
        found = UnitSheet.objects.select_related(
            "unit", "parent", "definition", "checked_by", "signed_by", "approved_by"
        )
        sheet = found.filter(public_id=self.kwargs["ref"]).first()
        if sheet is None or not may(self.request.membership, self.action, sheet.line or None):
            raise Http404
        return sheet

    def breadcrumb(self, sheet: UnitSheet, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the way from the month's list."""
        month = f"{reverse('sheets')}?period={month_code(sheet.month)}"
        return [(_("统计月报"), month), (f"{sheet.unit_name} {title_of(sheet.form)}", address(sheet)), *more]


class SheetPage(SheetView):
    """One sheet: figures, checks with what was said to them, steps, differences and history."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it. That the upper level opened it is remembered: from then on it is not taken back."""
        sheet = live(self.sheet())
        meaning = meaning_of(sheet)
        unsettled = 0
        if sheet.level != Level.OFFICE and sheet.state in OPEN:
            unsettled = sum(child.state not in SETTLED for child in children_of(sheet))
        context = {
            "title": f"{sheet.unit_name} · {title_of(sheet.form)}",
            "subtitle": words.month_with_days(sheet.month),
            "breadcrumb": self.breadcrumb(sheet),
            "sheet": sheet,
            "state": CHAIN.state(sheet.state),
            "line": sheet_line(sheet, timezone.localdate()),
            "is_open": sheet.state in OPEN,
            "controls": [
                {"control": one, "url": address(sheet, one.step)}
                for one in controls(sheet, self.request.membership, unsettled)
            ],
            "kpis": key_cards(sheet.figures, meaning, self.link(sheet)),
            "rows": sheet_rows(sheet.figures, meaning, self.link(sheet)),
            "checks": self.checks(sheet),
            "meaning": meaning,
            "notices": notices_of(sheet, meaning, self.request.membership),
            "timeline": history_of(sheet, meaning),
            **versions_around(sheet, self.request.membership),
        }
        return render(request, "reports/sheet.html", context)

    def link(self, sheet: UnitSheet) -> Any:
        """Return the way from an indicator to its rows: the stored ones, or of an open office's sheet the live ones.

        A unit above adds up what was frozen below it, so that its rows are stored ones from the beginning.
        """
        if sheet.state not in OPEN or sheet.level != Level.OFFICE:
            return lambda code: f"{reverse('sheet_rows', args=[sheet.public_id])}?figure={code}"
        query = f"&unit={sheet.unit_code}&period={month_code(sheet.month)}"
        return lambda code: f"{reverse('figure_rows', args=[sheet.line])}?figure={code}{query}"

    def checks(self, sheet: UnitSheet) -> list[dict[str, Any]]:
        """Return the checks with their results and what the unit said to them."""
        tones = {True: "red", False: "amber"}
        return [
            {
                "name": words.in_chinese(check["name"]),
                "state": _("通过") if check["passed"] else (_("不成立") if check["hard"] else _("需说明")),
                "tone": "green" if check["passed"] else tones[bool(check["hard"])],
                "text": words.in_chinese(check["text"] or check["meaning"]),
                "explanation": sheet.explanations.get(check["name"], ""),
            }
            for check in sheet.checks
        ]


class SheetStep(SheetView):
    """One step of a sheet: a page that says what happens and asks what the step needs."""

    def allowed(self) -> bool:
        """Tell whether the person may take the step at all."""
        try:
            step = CHAIN.transition(self.kwargs["step"])
        except KeyError:
            raise Http404 from None
        return step.code != "lock" and may(self.request.membership, step.action)

    def get(self, request: HttpRequest, ref: str, step: str) -> HttpResponse:
        """Show the form."""
        sheet = self.own_or_below(step)
        return self.page(sheet, step, self.form(sheet, step))

    def post(self, request: HttpRequest, ref: str, step: str) -> HttpResponse:
        """Take the step, or say why not and keep what was typed."""
        sheet = self.own_or_below(step)
        form = self.form(sheet, step, request.POST)
        if not form.is_valid():
            return self.page(sheet, step, form, status=422)
        try:
            to = self.take(sheet, step, form.cleaned_data)
        except NotPossible as reason:
            form.add_error(None, str(reason))
            return self.page(sheet, step, form, status=422)
        return see_other(to)

    def own_or_below(self, step: str) -> UnitSheet:
        """Return the sheet where the step is the actor's unit's to take, else refuse."""
        sheet = self.sheet()
        unit = sheet.unit_id if step in OWN else sheet.parent_id
        if unit != self.request.membership.office_id or not may(
            self.request.membership, CHAIN.transition(step).action, sheet.line or None
        ):
            raise PermissionDenied
        return sheet

    def form(self, sheet: UnitSheet, step: str, given: Any = None) -> Any:
        """Return the form of a step."""
        if step == "check":
            cells = cells_to_type(sheet)
            return ExplainForm(given, checks=live(sheet).checks, explanations=sheet.explanations, cells=cells)
        if step == "submit":
            return SubmitForm(given, initial={"digest": sheet.digest, "phone": sheet.phone})
        if step == "return":
            return ReturnForm(given, meaning=meaning_of(sheet))
        return NoteForm(given, is_asked=step == "mark_missing")

    def take(self, sheet: UnitSheet, step: str, given: dict[str, Any]) -> str:
        """Do the deed and return the next address."""
        actor = self.request.membership
        if step == "check":
            answers = {"explanations": given["explanations"], "typed": given["typed"]}
            reporting.explain_checks(sheet=sheet, actor=actor, **answers)
            asked = reporting.check_sheet(sheet=sheet, actor=actor)
            own = asked.user_id == actor.user_id
            return reverse("job", args=[asked.public_id]) if own else address(sheet)
        if step == "submit":
            reporting.submit_sheet(sheet=sheet, actor=actor, digest=given["digest"], phone=given["phone"])
        elif step == "return":
            reporting.return_sheet(sheet=sheet, actor=actor, note=given["note"], cells=given["cells"])
        elif step == "mark_missing":
            reporting.mark_missing(sheet=sheet, actor=actor, note=given["note"])
        else:
            deeds = {
                "reopen": reporting.reopen_sheet,
                "withdraw": reporting.withdraw_sheet,
                "approve": reporting.approve_sheet,
                "unmark": reporting.unmark_missing,
            }
            deeds[step](sheet=sheet, actor=actor)
        return address(sheet)

    def page(self, sheet: UnitSheet, step: str, form: Any, status: int = 200) -> HttpResponse:
        """Return the page with the form."""
        if step not in OWN:
            reporting.note_opening(sheet, self.request.membership)
        label = CHAIN.transition(step).label
        context = {
            "title": _("%(step)s：%(unit)s") % {"step": label, "unit": sheet.unit_name},
            "text": f"{title_of(sheet.form)} · {words.month_name(sheet.month)}\n{form.about}",
            "breadcrumb": self.breadcrumb(sheet, (label, "")),
            "form": form,
            "error_list": form.error_list(),
            "submit_label": label,
            "cancel_url": address(sheet),
        }
        return render(self.request, "casework/confirm.html", context, status=status)


class SheetRows(SheetView):
    """The rows behind a figure as they were frozen; city and province see no way to the records."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show one page of them."""
        sheet = self.sheet()
        meaning = meaning_of(sheet)
        indicator = meaning.indicators.get(request.GET.get("figure", ""))
        if indicator is None or indicator["kind"] == "typed" or (sheet.state in OPEN and sheet.level == Level.OFFICE):
            raise Http404
        code = indicator["code"]
        if code not in live(sheet).figures:
            raise Http404
        page = page_of(rows_behind(sheet, code), request.GET)
        reduced = is_reduced()
        name = meaning.name_of(indicator)
        value = words.count_text(sheet.figures[code]["current"], is_money=indicator["is_money"])
        context = {
            "title": name,
            "subtitle": f"{sheet.unit_name} · {words.month_name(sheet.month)}",
            "breadcrumb": self.breadcrumb(sheet, (name, "")),
            "total": words.with_unit(value, words.unit_name(indicator["unit"])),
            "notice": _("以下是校核时固定的明细，之后的修改不影响本表。"),
            "table_html": table_html(
                self.columns(indicator), self.cells(page.rows, meaning, indicator, reduced=reduced)
            ),
            "empty": not page.rows,
            "reduced": reduced,
            "pager": {"newer_url": page.newer, "older_url": page.older},
        }
        return render(request, "reports/rows.html", context)

    def columns(self, indicator: dict[str, Any]) -> list[Column]:
        """Return the columns of the table."""
        adds = words.labelled(_("计入"), words.unit_name(indicator["unit"]))
        return [
            Column(name="number", label=_("编号")),
            Column(name="on", label=_("日期"), show=show_date),
            Column(name="kind", label=_("事项")),
            Column(name="adds", label=adds),
        ]

    def cells(
        self, rows: list[Any], meaning: Any, indicator: dict[str, Any], *, reduced: bool
    ) -> list[tuple[Any, ...]]:
        """Return each row, its number leading to the record as long as that is in scope."""
        ways = {} if reduced else record_addresses({row.record_key for row in rows}, rows[0].line) if rows else {}
        code, is_money = indicator["code"], indicator["is_money"]
        return [
            (
                row.record_key,
                words.link(row.number or row.record_key, ways.get(row.record_key, "")),
                row.on,
                meaning.event_name(row.kind),
                words.count_text(row.figures[code], is_money=is_money),
            )
            for row in rows
        ]

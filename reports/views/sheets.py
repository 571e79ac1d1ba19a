"""The monthly sheets: a month's list, one sheet, its steps, and the rows behind its figures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
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
from reports.chain import CHAIN, LOCKED, MISSING, SETTLED
from reports.correction_reading import versions_around
from reports.frozen import key_cards, record_addresses, sheet_rows
from reports.keyset import page_of
from reports.locking import lock_month
from reports.models import UnitSheet
from reports.periods import later, month_code, month_of, months_between, parse_month
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
    lower_sheets,
    meaning_of,
    notices_of,
    own_sheets,
    progress_of,
    rows_behind,
    sheet_line,
    title_of,
)

MONTHS_SHOWN = 24


class Sheets(ActionView):
    """A month: the sheets of the person's own unit, and how far the units below are."""

    action = Action.READ_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the month of the query, by default the one that was over last."""
        today = timezone.localdate()
        last = later(month_of(today), -1)
        month = parse_month(request.GET.get("period", "")) or last
        state = request.GET.get("state", "")
        below = lower_sheets(self.request.membership, month)
        shown = [sheet for sheet in below if not state or sheet.state == state]
        context = {
            "title": _("统计月报"),
            "subtitle": f"{self.request.membership.office.name} · {words.month_with_days(month)}",
            "breadcrumb": [(_("统计月报"), "")],
            "months": [(month_code(one), words.month_name(one)) for one in self.months(last)],
            "month": month_code(month),
            "state": state,
            "states": [(one.code, one.label) for one in CHAIN.states],
            "own": [sheet_line(sheet, today) for sheet in own_sheets(self.request.membership, month)],
            "progress": progress_of(self.request.membership, month),
            "below": [sheet_line(sheet, today) for sheet in shown],
            "may_review": may(self.request.membership, Action.REVIEW_SHEET),
            "actions": self.actions(month),
        }
        return render(request, "reports/sheets.html", context)

    def actions(self, month: date) -> list[dict[str, Any]]:
        """Lead to volumes, quality, editions and requests, and the lock of a month that has sheets to whoever may."""
        code = month_code(month)
        query = f"?period={code}"
        shown: list[dict[str, Any]] = [
            {"label": _("月报汇编"), "url": reverse("volumes") + query, "icon": "file-earmark-check"},
            {"label": _("报送日历"), "url": reverse("sheet_calendar") + query, "icon": "calendar3"},
            {"label": _("报送质量"), "url": reverse("sheet_quality") + query, "icon": "bar-chart"},
            {"label": _("修正申请"), "url": reverse("sheet_corrections")},
            {"label": _("版次"), "url": reverse("month_editions", args=[code])},
        ]
        sheets = UnitSheet.objects.filter(month=month)
        if may(self.request.membership, Action.LOCK_MONTH) and sheets.exclude(state__in=[LOCKED, MISSING]).exists():
            shown.append({"label": _("锁定本月"), "url": reverse("lock_month", args=[code]), "icon": "lock"})
        return shown

    def months(self, last: date) -> list[date]:
        """Return the months that can be looked at, newest first."""
        return list(reversed(months_between(later(last, 1 - MONTHS_SHOWN), last)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Approve the ticked sheets, each by itself; those that cannot be are named."""
        if not may(self.request.membership, Action.REVIEW_SHEET):
            raise PermissionDenied
        refs = request.POST.getlist("sheet")[:500]
        done, refused = 0, []
        for sheet in UnitSheet.objects.filter(public_id__in=refs, parent=self.request.membership.office):
            try:
                reporting.approve_sheet(sheet=sheet, actor=self.request.membership)
                done += 1
            except NotPossible as reason:
                refused.append(f"{sheet.unit_name}（{title_of(sheet.form)}）：{reason}")
        if done:
            messages.success(request, _("审核通过 %(n)d 张报表。") % {"n": done})
        for text in refused[:10]:
            messages.error(request, text)
        query = request.GET.urlencode()
        return see_other(reverse("sheets") + (f"?{query}" if query else ""))


class LockMonth(ActionView):
    """Lock a month: a page that says what happens, then the job."""

    action = Action.LOCK_MONTH

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        """Say what will be done."""
        month = self.month(period)
        listed = f"{reverse('sheets')}?period={period}"
        context = {
            "title": _("锁定%(month)s") % {"month": words.month_name(month)},
            "text": _("锁定后全省这个月份的报表不再改变，合成一版存档。还有报表没有审核通过的，不会锁定，并列出单位。"),
            "breadcrumb": [(_("统计月报"), listed), (_("锁定"), "")],
            "submit_label": _("锁定"),
            "cancel_url": listed,
        }
        return render(request, "casework/confirm.html", context)

    def post(self, request: HttpRequest, period: str) -> HttpResponse:
        """Ask for the lock, and lead to the job or, where a colleague has asked already, back to the month."""
        asked = lock_month(month=self.month(period), actor=self.request.membership)
        if asked.user_id == self.request.membership.user_id:
            return see_other(reverse("job", args=[asked.public_id]))
        messages.info(request, _("同事已经在锁定这个月份。"))
        return see_other(f"{reverse('sheets')}?period={period}")

    def month(self, period: str) -> date:
        """Return the month of the address; one without sheets is not found."""
        month = parse_month(period)
        if month is None or not UnitSheet.objects.filter(month=month).exists():
            raise Http404
        return month


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

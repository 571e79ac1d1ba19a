"""Corrections of locked sheets: the list, the form, one request with its cells, and its steps."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from casework.lines import Column
from casework.paging import JUMP, PLACE_NAMES, capped_count, count_text, page_of
from casework.tables import show_date, table_html
from casework.workflow import NotPossible
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other
from reports import words
from reports.correcting import CORRECTING, OPEN, RESTATING
from reports.correction_forms import CorrectionStepForm, FileCorrectionForm
from reports.correction_reading import (
    REFUSALS,
    about_step,
    advice_of,
    cells_of,
    choices_of,
    correction_address,
    history_of,
    outcome_of,
    steps_of,
)
from reports.models import SheetCorrection, UnitSheet
from reports.periods import month_code
from reports.restating import ask_to_restate
from reports.sheet_corrections import (
    adjust_later,
    against_filing,
    differences_of,
    file_correction,
    may_file,
    move_correction,
    must_be_at_desk,
)
from reports.sheet_reading import address, meaning_of, title_of
from reports.views.sheets import SheetView


def month_way(month: Any) -> tuple[Any, str]:
    """Return the way to the list of a month."""
    return _("统计月报"), f"{reverse('sheets')}?period={month_code(month)}"


class CorrectionList(ActionView):
    """The requests in scope: those on their way, and those that are done, newest first."""

    action = Action.READ_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page."""
        done = request.GET.get("state") == "done"
        rows = SheetCorrection.objects.all()
        rows = rows.exclude(state__in=OPEN) if done else rows.filter(state__in=OPEN)
        columns = self.columns()
        page = page_of(rows, request.GET, [column.name for column in columns], by="filed_on")
        hidden = [(name, value) for name, value in request.GET.items() if name not in PLACE_NAMES]
        jump = {"jump_name": JUMP, "jump_value": request.GET.get(JUMP, ""), "hidden": hidden}
        context = {
            "title": _("月报修正申请"),
            "breadcrumb": [(_("统计月报"), reverse("sheets")), (_("修正申请"), "")],
            "tabs": [
                {"label": _("办理中"), "url": "?", "current": not done},
                {"label": _("已办结"), "url": "?state=done", "current": done},
            ],
            "count_text": count_text(capped_count(rows)),
            "table_html": table_html(columns, page.rows, address=reverse("sheet_correction", args=["REF"])),
            "empty": not page.rows,
            "empty_text": _("没有月报修正申请。"),
            "pager": {"older_url": page.older, "newer_url": page.newer, **jump},
        }
        return render(request, "casework/corrections.html", context)

    def columns(self) -> list[Column]:
        """Return the columns of the table."""
        return [
            Column(name="unit_name", label=_("单位")),
            Column(name="form", label=_("报表"), show=title_of),
            Column(name="month", label=_("月份"), show=words.month_name),
            Column(name="reason", label=_("修正原因"), wide_only=True),
            Column(name="filed_by__name", label=_("申请人"), wide_only=True),
            Column(name="filed_on", label=_("申请日期"), show=show_date),
            Column(
                name="state",
                label=_("状态"),
                show=lambda code: CORRECTING.state(code).label,
                tone=lambda code: CORRECTING.state(code).tone,
            ),
        ]


class FileCorrection(SheetView):
    """Ask to correct a locked sheet: the cells that differ from the ledger stand ready."""

    action = Action.FILE_SHEET_CORRECTION

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show the form, or say why there is nothing to correct."""
        sheet = self.own()
        cells = choices_of(differences_of(sheet), meaning_of(sheet)) if sheet.figures or sheet.editions.exists() else []
        if reason := against_filing(sheet) or ("" if cells else _("报表与台账一致，没有可以修正的指标。")):
            messages.info(request, reason)
            return see_other(address(sheet))
        return self.page(sheet, FileCorrectionForm(cells=cells))

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """File the request."""
        sheet = self.own()
        form = FileCorrectionForm(request.POST, cells=choices_of(differences_of(sheet), meaning_of(sheet)))
        if not form.is_valid():
            return self.page(sheet, form, status=422)
        given = form.cleaned_data
        try:
            correction = file_correction(
                sheet=sheet,
                actor=self.request.membership,
                codes=given["cells"],
                reason=given["reason"],
                evidence=given["evidence"],
            )
        except NotPossible as reason:
            form.add_error(None, str(reason))
            return self.page(sheet, form, status=422)
        return see_other(correction_address(correction))

    def own(self) -> UnitSheet:
        """Return the sheet where the person may ask to correct it, else refuse."""
        sheet = self.sheet()
        if not may_file(sheet, self.request.membership):
            raise PermissionDenied
        return sheet

    def page(self, sheet: UnitSheet, form: FileCorrectionForm, status: int = 200) -> HttpResponse:
        """Return the page with the form."""
        title = _("申请修正：%(unit)s") % {"unit": sheet.unit_name}
        context = {
            "title": title,
            "text": f"{title_of(sheet.form)} · {words.month_name(sheet.month)}\n{form.about}",
            "breadcrumb": self.breadcrumb(sheet, (_("申请修正"), "")),
            "form": form,
            "error_list": form.error_list(),
            "submit_label": _("提出申请"),
            "cancel_url": address(sheet),
        }
        return render(self.request, "casework/confirm.html", context, status=status)


class CorrectionView(ActionView, abstract=True):
    """A page of one request. A request out of reach is not found."""

    action = Action.READ_REPORT

    @cached_property
    def correction(self) -> SheetCorrection:
        """The request of the address, under the scope."""
        known = SheetCorrection.objects.select_related("filed_by", "sheet__unit", "sheet__definition")
        found = known.filter(public_id=self.kwargs["ref"][:10]).first()
        if found is None or not may(self.request.membership, Action.READ_REPORT, found.line or None):
            raise Http404
        return found

    def title(self) -> str:
        """Return the name of the request."""
        return f"{self.correction.unit_name} · {title_of(self.correction.form)}"

    def breadcrumb(self, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the way from the month's list."""
        listed = (_("修正申请"), reverse("sheet_corrections"))
        return [month_way(self.correction.month), listed, *more]


class CorrectionPage(CorrectionView):
    """One request: what is to change, why, how far it is, and what the reader may do about it."""

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        correction = self.correction
        meaning = meaning_of(correction.sheet)
        context = {
            "title": self.title(),
            "subtitle": words.month_name(correction.month),
            "breadcrumb": self.breadcrumb((correction.unit_name, "")),
            "state": CORRECTING.state(correction.state),
            "steps": steps_of(correction, self.request.membership, meaning),
            "advice": advice_of(correction, meaning),
            "cells": cells_of(correction, meaning),
            "is_open": correction.state in OPEN,
            "facts": self.facts(),
            "timeline": history_of(correction),
        }
        return render(request, "reports/sheet_correction.html", context)

    def facts(self) -> list[tuple[Any, Any, bool]]:
        """Return what was said when it was filed, and what came of it."""
        correction = self.correction
        found = [
            (_("报表"), words.link(title_of(correction.form), address(correction.sheet)), False),
            (_("月份"), words.month_name(correction.month), False),
            (_("报表版次"), _("第 %(n)d 版") % {"n": correction.sheet.version}, False),
            (_("申请人"), correction.filed_by.name, False),
            (_("申请日期"), show_date(correction.filed_on), False),
            (_("修正原因"), words.in_chinese(correction.reason), True),
            (_("依据材料"), words.in_chinese(correction.evidence), True),
        ]
        if outcome := outcome_of(correction):
            months = reverse("month_editions", args=[month_code(correction.month)])
            found.append((_("办理结果"), words.link(outcome, months if correction.made else ""), True))
        return found


class CorrectionStepPage(CorrectionView):
    """One step of a request: a page that says what happens and takes an opinion."""

    def allowed(self) -> bool:
        """Tell whether the person may take the step at all."""
        try:
            step = CORRECTING.transition(self.kwargs["step"])
        except KeyError:
            raise Http404 from None
        return may(self.request.membership, step.action)

    def get(self, request: HttpRequest, ref: str, step: str) -> HttpResponse:
        """Show the form, or say why the step cannot be taken."""
        must_be_at_desk(self.correction, self.request.membership, step)
        url = correction_address(self.correction, step)
        meaning = meaning_of(self.correction.sheet)
        steps = steps_of(self.correction, self.request.membership, meaning)
        offered = {one["url"]: one["reason"] for one in steps}
        if reason := offered.get(url, _("这项申请已经处理。")):
            messages.info(request, reason)
            return see_other(correction_address(self.correction))
        return self.page(step, CorrectionStepForm(refuses=step in REFUSALS))

    def post(self, request: HttpRequest, ref: str, step: str) -> HttpResponse:
        """Take the step, or say why not and keep what was typed."""
        must_be_at_desk(self.correction, self.request.membership, step)
        form = CorrectionStepForm(request.POST, refuses=step in REFUSALS)
        if not form.is_valid():
            return self.page(step, form, status=422)
        try:
            return see_other(self.take(step, form.cleaned_data["note"]))
        except NotPossible as reason:
            form.add_error(None, str(reason))
            return self.page(step, form, status=422)

    def take(self, step: str, note: str) -> str:
        """Do the deed and return the next address."""
        correction, actor = self.correction, self.request.membership
        if step in RESTATING:
            asked = ask_to_restate(correction=correction, actor=actor, step=step)
            own = asked.user_id == actor.user_id
            return reverse("job", args=[asked.public_id]) if own else correction_address(correction)
        if step == "adjust":
            adjust_later(correction=correction, actor=actor, note=note)
        else:
            move_correction(correction=correction, actor=actor, step=step, note=note)
        return correction_address(correction)

    def page(self, step: str, form: CorrectionStepForm, status: int = 200) -> HttpResponse:
        """Return the page with the form."""
        label = CORRECTING.transition(step).label
        if step in RESTATING:
            # Its job carries ids alone; the reason is the request's own.
            del form.fields["note"]
        about = about_step(self.correction, step, meaning_of(self.correction.sheet))
        context = {
            "title": _("%(step)s：%(unit)s") % {"step": label, "unit": self.correction.unit_name},
            "text": f"{title_of(self.correction.form)} · {words.month_name(self.correction.month)}\n{about}",
            "breadcrumb": self.breadcrumb(
                (self.correction.unit_name, correction_address(self.correction)), (label, "")
            ),
            "form": form,
            "error_list": form.error_list(),
            "submit_label": label,
            "cancel_url": correction_address(self.correction),
        }
        return render(self.request, "casework/confirm.html", context, status=status)

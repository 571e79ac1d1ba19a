"""Pages of an import: the template and the upload, the check with its faults, the result. They work without scripts."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework.files import send
from casework.forms import PortalForm
from casework.imports.books import template_book
from casework.imports.deeds import FAULTS_TOLD, match_columns, run_import, start_import
from casework.imports.matching import guess
from casework.imports.undoing import can_undo, undo_import
from casework.imports.writing import sheet_of
from casework.models import ImportBatch, Job
from casework.views.base import RecordTypeView, log_access, new_token, token_led_to, use_token
from offices.models import AccessEntry
from offices.permissions import Action
from offices.views.base import see_other
from offices.workbooks import XLSX

MOST_LISTED = 30
TONES = {"good": "green", "failed": "red", "repeated": "amber"}
State = ImportBatch.State
STATE_TONES = {State.IMPORTED: "green", State.REFUSED: "red", State.CHECKED: "blue", State.UNMATCHED: "amber"}


class UploadForm(PortalForm):
    """One ledger."""

    file = forms.FileField(
        label=gettext_lazy("台账文件"),
        help_text=gettext_lazy("XLSX 或 CSV，不超过 20 MB、2 万行。用模板填写，或者直接上传原有台账。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )


class MatchForm(PortalForm):
    """Which heading of a foreign ledger is which column of ours."""

    def __init__(self, *args: Any, view: ImportView, batch: ImportBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        headings = [(place, heading) for place, heading in enumerate(batch.headings) if heading]
        offered = [("", _("没有这一栏")), *((str(place), heading) for place, heading in headings)]
        guessed = batch.mapping or guess(sheet_of(view.record_type), batch.headings)
        for column in sheet_of(view.record_type).columns:
            self.fields[column.name] = forms.ChoiceField(
                label=column.label,
                choices=offered,
                required=column.required,
                initial=str(guessed.get(column.name, "")),
                error_messages={"required": _("请选择“%(what)s”对应的表头。") % {"what": column.label}},
            )

    def mapping(self) -> dict[str, int]:
        """Return the places of the headings by the names of our columns."""
        return {name: int(place) for name, place in self.cleaned_data.items() if place}


class ImportView(RecordTypeView, abstract=True):
    """A page of one's own imports of a type."""

    action = Action.IMPORT_RECORDS

    def batch(self) -> ImportBatch:
        """Return the batch of the address, one's own under the present membership, else 404."""
        found = ImportBatch.objects.filter(
            public_id=self.kwargs["ref"],
            record_type=self.record_type.code,
            user_id=self.request.membership.user_id,
            membership_id=self.request.membership.pk,
        ).first()
        if found is None:
            raise Http404
        return found

    def way(self, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the breadcrumb."""
        return self.breadcrumb((_("批量导入"), self.address("import") if more else ""), *more)

    def to_job(self, asked: Job) -> HttpResponse:
        """Lead to the progress of a job."""
        return see_other(reverse("job", args=[asked.public_id]))

    def refused(self, error: ValidationError, batch: ImportBatch) -> HttpResponse:
        """Say on the batch's page why a deed was not done."""
        for message in error.messages:
            messages.error(self.request, message)
        return see_other(self.address("import_batch", batch.public_id))


class ImportRecords(ImportView):
    """The template, the upload, and one's earlier imports."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._page(UploadForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the file and ask for its check."""
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            with transaction.atomic():
                if doubled := use_token(self.request):
                    return doubled
                upload = form.cleaned_data["file"]
                _batch, asked = start_import(record_type=self.record_type, actor=self.request.membership, upload=upload)
                token_led_to(self.request, reverse("job", args=[asked.public_id]))
        except ValidationError as error:
            form.add_error("file", error)
            return self._page(form, status=422)
        return self.to_job(asked)

    def _page(self, form: UploadForm, status: int = 200) -> HttpResponse:
        mine = ImportBatch.objects.filter(
            record_type=self.record_type.code, membership_id=self.request.membership.pk, user_id=self.request.user.pk
        )
        context = {
            "title": _("批量导入%(what)s") % {"what": self.record_type.label},
            "breadcrumb": self.way(),
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": _("上传并核对"),
            "submit_token": self.request.POST.get("submit_token") or new_token(),
            "cancel_url": self.address("list"),
            "multipart": True,
            "template_url": self.address("import_template"),
            "batches": [self._line(batch) for batch in mine[:MOST_LISTED]],
        }
        return render(self.request, "casework/import_upload.html", context, status=status)

    def _line(self, batch: ImportBatch) -> dict[str, Any]:
        state = State(batch.state)
        return {
            "name": batch.name,
            "url": self.address("import_batch", batch.public_id),
            "at": batch.uploaded_at,
            "imported": batch.imported,
            "state": state.label,
            "tone": STATE_TONES.get(state, ""),
        }


class ImportTemplate(ImportView):
    """The table to fill in."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the template."""
        content = template_book(record_type=self.record_type, actor=self.request.membership)
        name = f"{self.record_type.model._meta.verbose_name}导入模板.xlsx"
        headers = {
            "Content-Disposition": str(content_disposition_header(True, name)),
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(content, content_type=XLSX, headers=headers)


class ImportBatchPage(ImportView):
    """One import: the headings to match, what the check found, or what was imported."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show what stands next."""
        batch = self.batch()
        if batch.state == State.UNMATCHED or (batch.state == State.CHECKED and "columns" in request.GET):
            return match_page(self, batch, MatchForm(view=self, batch=batch))
        log_access(AccessEntry.Kind.VIEW, record_type=batch.record_type, key=batch.public_id, note="import")
        return render(request, "casework/import_batch.html", self._context(batch))

    def _context(self, batch: ImportBatch) -> dict[str, Any]:
        shown = json.loads(batch.preview) if batch.preview else {"columns": [], "rows": []}
        return {
            "title": batch.name,
            "breadcrumb": self.way((batch.name, "")),
            "batch": batch,
            "state_label": State(batch.state).label,
            "stats": self._stats(batch),
            "faults": batch.report,
            "is_cut": len(batch.report) >= FAULTS_TOLD,
            "columns": shown["columns"],
            "rows": [{"number": n, "tone": TONES[standing], "cells": cells} for n, standing, cells in shown["rows"]],
            "can_run": batch.state == State.CHECKED and batch.good > 0 and bool(batch.stored_as),
            "is_clean": not batch.failed and not batch.repeated,
            "can_undo": can_undo(batch),
            "addresses": {
                name: self.address(f"import_{name}", batch.public_id) for name in ("run", "undo", "columns", "errors")
            },
            "upload_url": self.address("import"),
            "list_url": self.address("list"),
            "nothing_text": self._nothing(batch),
            "imported_text": ngettext("已导入 %(n)d 件。", "已导入 %(n)d 件。", batch.imported) % {"n": batch.imported},
        }

    def _stats(self, batch: ImportBatch) -> list[dict[str, Any]]:
        if batch.state not in {State.CHECKED, State.IMPORTED, State.UNDONE}:
            return []
        counts = ((_("总行数"), batch.total), (_("可导入"), batch.good), (_("有错"), batch.failed))
        return [{"label": label, "value": value} for label, value in (*counts, (_("疑似重复"), batch.repeated))]

    def _nothing(self, batch: ImportBatch) -> str:
        if batch.state != State.CHECKED or batch.good:
            return ""
        if batch.repeated and not batch.failed:
            return _("这些业务都已在系统中，没有需要导入的行。")
        return _("没有可以导入的行，请下载标注文件，改好后重新上传。")


def match_page(view: ImportView, batch: ImportBatch, form: MatchForm, status: int = 200) -> HttpResponse:
    """Show the headings of a file beside our columns."""
    context = {
        "title": _("对应栏目"),
        "breadcrumb": view.way((batch.name, "")),
        "form": form,
        "form_action": view.address("import_columns", batch.public_id),
        "sections": form.sections(),
        "error_list": form.error_list(),
        "submit_label": _("按此核对"),
        "cancel_url": view.address("import"),
    }
    return render(view.request, "casework/import_columns.html", context, status=status)


class MatchColumns(ImportView):
    """Take the person's mapping of a foreign ledger."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Remember the mapping and check the file by it."""
        batch = self.batch()
        if batch.state not in {State.UNMATCHED, State.CHECKED} or not batch.stored_as:
            return see_other(self.address("import_batch", batch.public_id))
        form = MatchForm(request.POST, view=self, batch=batch)
        if form.is_valid():
            try:
                return self.to_job(match_columns(batch=batch, actor=self.request.membership, mapping=form.mapping()))
            except ValidationError as error:
                form.add_error(None, error)
        return match_page(self, batch, form, status=422)


class RunImport(ImportView):
    """Import a checked file: every row or none, or those without a fault."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Enqueue the job and show its progress."""
        batch = self.batch()
        whole = request.POST.get("rows") != "good"
        try:
            return self.to_job(run_import(batch=batch, actor=self.request.membership, all_or_nothing=whole))
        except ValidationError as error:
            return self.refused(error, batch)


class UndoImport(ImportView):
    """Take a whole import back."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Say what will be undone and ask."""
        batch = self.batch()
        text = ngettext(
            "将删除这次导入的 %(n)d 件业务。已经办理或修改过其中任何一件的，全部不能撤销。编号不再使用。",
            "将删除这次导入的 %(n)d 件业务。已经办理或修改过其中任何一件的，全部不能撤销。编号不再使用。",
            batch.imported,
        )
        context = {
            "title": _("撤销导入"),
            "breadcrumb": self.way((batch.name, self.address("import_batch", ref)), (_("撤销导入"), "")),
            "text": text % {"n": batch.imported},
            "submit_label": _("撤销导入"),
            "cancel_url": self.address("import_batch", ref),
            "danger": True,
        }
        return render(request, "casework/confirm.html", context)

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Enqueue the job and show its progress."""
        batch = self.batch()
        try:
            return self.to_job(undo_import(batch=batch, actor=self.request.membership))
        except ValidationError as error:
            return self.refused(error, batch)


class ImportErrors(ImportView):
    """The uploaded workbook with its faults marked, whole or failed rows only."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Send the file."""
        batch = self.batch()
        failed_only = request.GET.get("rows") == "failed"
        stored_as = batch.failed_as if failed_only else batch.annotated_as
        if not stored_as:
            raise Http404
        log_access(AccessEntry.Kind.DOWNLOAD, record_type=batch.record_type, key=batch.public_id, note="import")
        stem = batch.name.rpartition(".")[0] or batch.name
        return send(stored_as, f"{stem}（{'错误行' if failed_only else '标注'}）.xlsx", XLSX)

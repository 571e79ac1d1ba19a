"""Pages of files: papers, attachments, exports, and the progress of a job."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework import lines
from casework.exports import FORMATS, export_records
from casework.files import attach_file, send
from casework.forms import PortalForm
from casework.jobs import shown_job
from casework.ledger_printing import print_ledger
from casework.models import Attachment, IssuedDocument, Job, Record
from casework.papers import issue_document
from casework.taken_files import is_there
from casework.views.base import RecordTypeView, log_access
from casework.views.entry import FormPage
from casework.workflow import NotPossible
from offices.models import AccessEntry
from offices.permissions import Action
from offices.views.base import ActionView, see_other

PATIENCE_SECONDS = 3.0


class MakeDocument(RecordTypeView):
    """Ask for an official paper: a page that says what will be made, then the job."""

    action = Action.ISSUE_DOCUMENT

    def _document(self) -> lines.Document:
        try:
            return self.record_type.document(self.kwargs["code"])
        except KeyError:
            raise Http404 from None

    def get(self, request: HttpRequest, ref: str, code: str) -> HttpResponse:
        """Say what will be made and ask."""
        record, document = self.get_record(), self._document()
        back = self.address("detail", record.public_id)
        title = _("制作%(paper)s") % {"paper": document.label}
        context = {
            "title": title,
            "breadcrumb": self.breadcrumb((record.number or record.title, back), (title, "")),
            "text": _("系统将按当前登记内容制作文书。制作后内容不再改变，需要更正时重新制作，原件保留。"),
            "submit_label": _("制作"),
            "cancel_url": back,
        }
        return render(request, "casework/confirm.html", context)

    def post(self, request: HttpRequest, ref: str, code: str) -> HttpResponse:
        """Enqueue the job and show its progress."""
        record, document = self.get_record(), self._document()
        try:
            made = issue_document(record=record, actor=self.request.membership, code=document.code)
        except NotPossible as reason:
            messages.error(request, str(reason))
            return see_other(self.address("detail", record.public_id))
        return see_other(reverse("job", args=[made.public_id]))


class DownloadDocument(RecordTypeView):
    """Download an issued paper; every download is logged."""

    action = Action.READ_RECORD

    def get(self, request: HttpRequest, ref: str, file: str) -> HttpResponse:
        """Send the file."""
        record = self.get_record()
        paper = IssuedDocument.objects.filter(
            record_type=self.record_type.code, record_id=record.pk, public_id=file
        ).first()
        if paper is None:
            raise Http404
        log_access(
            AccessEntry.Kind.DOWNLOAD, record_type=self.record_type.code, key=record.public_id, note=paper.public_id
        )
        return send(paper.stored_as, paper.name, "application/pdf")


class AttachForm(PortalForm):
    """One file, and which paper of the dossier it shows (``papers``: codes and labels)."""

    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("照片、PDF、Word 或 Excel，单个不超过 50 MB。照片中的位置信息会被去除。"),
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,.pdf,.docx,.xlsx"}),
    )
    paper = forms.ChoiceField(
        label=gettext_lazy("材料类别"),
        required=False,
        help_text=gettext_lazy("选择后材料在全卷中排在该文书之后。"),
    )

    def __init__(self, *args: Any, papers: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not papers:
            del self.fields["paper"]
            return
        choices = [("", _("其他材料")), *papers.items()]
        cast(forms.ChoiceField, self.fields["paper"]).choices = choices


class AttachFile(FormPage):
    """Attach a file to a record."""

    action = Action.ATTACH_FILE
    title = gettext_lazy("上传材料")
    submit_label = gettext_lazy("上传")

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the form; the record is looked up first, so that a stranger gets 404 before anything is read."""
        self.record = self.get_record()
        files = self.request.FILES if data is not None else None
        return AttachForm(data, files, papers=self.record_type.scan_labels)

    def do(self, form: PortalForm) -> Record:
        """Store the file."""
        given = form.cleaned_data
        paper = given.get("paper", "")
        try:
            attach_file(record=self.record, actor=self.request.membership, upload=given["file"], paper=paper)
        except ValidationError as error:
            raise ValidationError({"file": error.messages}) from error
        return self.record

    def extra(self) -> dict[str, Any]:
        """Lead back to the record."""
        back = self.address("detail", self.record.public_id)
        crumbs = self.breadcrumb((self.record.number or self.record.title, back), (self.title, ""))
        return {"breadcrumb": crumbs, "cancel_url": back, "multipart": True}


class DownloadFile(RecordTypeView):
    """Download an attachment; every download is logged."""

    action = Action.READ_RECORD

    def get(self, request: HttpRequest, ref: str, file: str) -> HttpResponse:
        """Send the file."""
        record = self.get_record()
        kept = Attachment.objects.filter(record_type=self.record_type.code, record_id=record.pk, public_id=file).first()
        if kept is None:
            raise Http404
        log_access(
            AccessEntry.Kind.DOWNLOAD, record_type=self.record_type.code, key=record.public_id, note=kept.public_id
        )
        return send(kept.stored_as, kept.name, kept.content_type)


class ExportRecords(RecordTypeView):
    """Ask for the rows of a list as a file."""

    action = Action.EXPORT_RECORDS

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enqueue the job; the next page waits a moment, so that a small file feels immediate."""
        form = request.POST.get("format", "xlsx")
        asked = export_records(
            record_type=self.record_type,
            actor=self.request.membership,
            query=request.GET,
            form=form if form in FORMATS else "xlsx",
        )
        return see_other(reverse("job", args=[asked.public_id]))


class PrintLedger(RecordTypeView):
    """Ask for the rows of a list as the ledger that is printed for the file."""

    action = Action.EXPORT_RECORDS

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enqueue the job, or go back to the list and say why not."""
        try:
            asked = print_ledger(record_type=self.record_type, actor=self.request.membership, query=request.GET.dict())
        except ValidationError as reason:
            messages.error(request, " ".join(reason.messages))
            query = request.GET.urlencode()
            return see_other(self.address("list") + (f"?{query}" if query else ""))
        return see_other(reverse("job", args=[asked.public_id]))


class JobPage(ActionView):
    """The progress of one's own job. It waits for up to three seconds before it shows a bar."""

    action = Action.FOLLOW_JOB

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show the state, or the fragment that replaces itself."""
        job = self._job(ref)
        patience = time.monotonic() + (0 if request.htmx else PATIENCE_SECONDS)  # type: ignore[attr-defined]
        while job.is_open and time.monotonic() < patience:
            time.sleep(0.15)
            job = self._job(ref)
        context = {"title": _("任务进度"), "job": shown_job(job)}
        return render(request, "casework/_job.html" if request.htmx else "casework/job.html", context)  # type: ignore[attr-defined]

    def _job(self, ref: str) -> Job:
        job = Job.objects.filter(public_id=ref, user_id=self.request.membership.user_id).first()
        if job is None:
            raise Http404
        return job


class DownloadExport(ActionView):
    """Download the file of one's own export for a day; then only a new export gives it."""

    action = Action.FOLLOW_JOB

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Send the file."""
        job = Job.objects.filter(public_id=ref, user_id=self.request.membership.user_id, state=Job.State.DONE).first()
        if job is None or not is_there(job) or job.membership_id != self.request.membership.pk:
            raise Http404
        with transaction.atomic():
            log_access(AccessEntry.Kind.DOWNLOAD, record_type=job.kind, key=job.public_id)
        return send(job.result["stored_as"], job.result["name"], job.result["type"])

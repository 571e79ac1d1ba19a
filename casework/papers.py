"""Making official papers: a job renders the PDF from the record's data, once; each issue is a row of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from casework import lines
from casework.documents import RenderedPdf, render_pdf
from casework.dossier import render_dossier
from casework.files import discard, part_of, store
from casework.history import history_of
from casework.jobs import Refused, enqueue, job, leads_to
from casework.models import IssuedDocument, Job, Record
from casework.services import add_event
from casework.workflow import NotPossible
from offices.models import Membership
from offices.permissions import Action, may

KIND = "issue_document"


@transaction.atomic
def issue_document(*, record: Record, actor: Membership, code: str, reason: str = "") -> Job:
    """Ask for a paper, with the ``reason`` where it was made before.

    Raises NotPossible with the reason when the record is not ready for it.
    """
    record_type = lines.record_type(record.record_type())
    document = record_type.document(code)
    if not may(actor, Action.ISSUE_DOCUMENT, record._meta.app_label):
        raise PermissionError(code)
    if problems := reasons_against(record_type, record, document):
        raise NotPossible(" ".join(problems))
    payload = {"record_type": record.record_type(), "record": record.pk, "code": code}
    if reason:
        # A job carries ids, never words: the reason stands in the history, with its author.
        payload["why"] = add_event(record, actor=actor, kind="document_reissue", note=reason).pk
    return enqueue(KIND, key=f"{record.record_type()}/{record.pk}/{code}", payload=payload, asker=actor)


def reasons_against(record_type: lines.RecordType, record: Record, document: lines.Document) -> list[str]:
    """Return why a paper cannot be made of a record, as sentences; none when it can."""
    if record.state not in document.states:
        return [_("当前状态还不能制作“%(paper)s”。") % {"paper": document.label}]
    if missing := document.missing(record):
        return missing
    if document not in record_type.documents_of(record):
        return [_("本件没有“%(paper)s”的内容，不需要制作。") % {"paper": document.label}]
    return []


@job(KIND)
def render_document(claimed: Job) -> dict[str, Any]:
    """Render the paper under the asker's present scope and keep it."""
    record_type = lines.record_type(claimed.payload["record_type"])
    record = record_type.model.objects.filter(pk=claimed.payload["record"]).first()
    actor = claimed.membership
    if record is None or actor is None or not may(actor, Action.ISSUE_DOCUMENT, record_type.line):
        raise PermissionDenied
    document = record_type.document(claimed.payload["code"])
    if problems := reasons_against(record_type, record, document):
        raise Refused(" ".join(problems))
    # Papers are Chinese whatever the language of the screen that asked for them.
    with override("zh-hans"):
        paper = draw(record_type, record, document, created=timezone.now())
        issued = keep(record, actor, document, paper, reason=_reason_of(record, claimed.payload.get("why")))
    return {"record_type": record_type.code, "record": record.public_id, "document": issued.public_id}


def _reason_of(record: Record, key: int | None) -> str:
    said = history_of(record).filter(pk=key).values_list("note", flat=True).first() if key else ""
    return said or ""


def draw(record_type: lines.RecordType, record: Record, document: lines.Document, *, created: datetime) -> RenderedPdf:
    """Render a paper of a record, or its whole dossier."""
    if isinstance(document, lines.Dossier):
        return render_dossier(record_type, record, created=created)
    context = {**document.context(record), "issued_at": created}
    return render_pdf(document.template, context, title=str(document.label), created=created)


@leads_to(KIND)
def paper_address(finished: Job) -> tuple[Any, str]:
    """Lead to the download of the paper."""
    slug = lines.record_type(finished.result["record_type"]).slug
    return _("下载文书"), reverse(f"{slug}:document", args=[finished.result["record"], finished.result["document"]])


def keep(
    record: Record, actor: Membership, document: lines.Document, paper: RenderedPdf, *, reason: str = ""
) -> IssuedDocument:
    """Store a rendered paper with its digest and write the history."""
    earlier = IssuedDocument.objects.filter(record_type=record.record_type(), record_id=record.pk, code=document.code)
    stored = store("papers", iter([paper.content]), ".pdf")
    try:
        issued = IssuedDocument(
            **part_of(record),
            code=document.code,
            number=record.number,
            issue_no=earlier.count() + 1,
            name=f"{document.label}_{record.number or record.title}.pdf"[:120],
            stored_as=stored.stored_as,
            size=stored.size,
            sha256=stored.sha256,
            pages=paper.pages,
            engine=paper.engine[:60],
            record_version=record.version,
            reason=reason[:300],
            user_id=actor.user_id,
        )
        issued.save(force_insert=True)
    except Exception:
        discard(stored)
        raise
    add_event(record, actor=actor, kind="document", note=str(document.label))
    return issued


def was_issued(record: Record, code: str) -> bool:
    """Tell whether a paper of a record was made before."""
    return IssuedDocument.objects.filter(record_type=record.record_type(), record_id=record.pk, code=code).exists()


def newest_issue(record: Record, code: str) -> IssuedDocument | None:
    """Return the last issue of a paper of a record that is not void."""
    found = IssuedDocument.objects.filter(record_type=record.record_type(), record_id=record.pk, code=code)
    return found.filter(void_reason="").order_by("issue_no").last()

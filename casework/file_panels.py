"""The panels of a record's page that hold its papers and its attached files, the void ones struck through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework import lines
from casework.lines import Document, RecordType
from casework.models import Attachment, IssuedDocument, Record, StoredFile
from casework.templatetags.casework import record_time
from casework.workflow import VOID

Address = Callable[..., str]


def papers_panel(
    record_type: RecordType, record: Record, address: Address, *, may_make: bool, may_void: bool
) -> dict[str, Any]:
    """Return the panel of official papers: those issued with their pages, those that can be made, and why not."""
    issued: dict[str, list[IssuedDocument]] = {}
    papers = IssuedDocument.objects.filter(record_type=record.record_type(), record_id=record.pk)
    for one in papers.select_related("user"):
        issued.setdefault(one.code, []).append(one)
    items = []
    # Nothing is made of a void record any more.
    offered = record_type.documents_of(record) if record.state != VOID else []
    for document in record_type.all_documents:
        issues = issued.get(document.code, [])
        if not issues and document not in offered:
            continue
        possible = document in offered and record.state in document.states and not document.missing(record)
        item = _paper(document, issues, record, address, may_void=may_void)
        if possible and may_make:
            item["make_url"] = address("make_document", record.public_id, document.code)
            item["make_label"] = _("重新制作") if issues else _("制作")
        elif not issues:
            item |= {"state_label": _("待生成"), "state_tone": "amber"}
        items.append(item)
    return {"title": _("文书"), "template": "components/document_row.html", "items": items}


def _paper(
    document: Document, issues: list[IssuedDocument], record: Record, address: Address, *, may_void: bool
) -> dict[str, Any]:
    """Return the row of a paper: its last issue, and the earlier ones where there are any."""
    item: dict[str, Any] = {"name": document.label}
    if not issues:
        return item
    newest = issues[-1]
    pages = ngettext("%(n)d 页", "%(n)d 页", newest.pages) % {"n": newest.pages}
    item["url"] = address("document", record.public_id, newest.public_id)
    item["line"] = f"{record_time(newest.at)} · {pages}"
    item |= _voiding(newest, record, address("void_document", record.public_id, newest.public_id), may_void=may_void)
    if issues[1:]:
        item["issues"] = [_issue(one, address("document", record.public_id, one.public_id)) for one in reversed(issues)]
    return item


def _issue(paper: IssuedDocument, url: str) -> dict[str, Any]:
    told = (paper.number, record_time(paper.at), paper.user.name, paper.reason)
    return {
        "label": _("第 %(n)d 次制作") % {"n": paper.issue_no},
        "url": url,
        "line": " · ".join(text for text in told if text),
        "void": paper.void_reason,
    }


def _voiding(file: StoredFile, record: Record, url: str, *, may_void: bool) -> dict[str, Any]:
    """Return why a file is void, or where it is made so."""
    if file.is_void:
        return {"void": file.void_reason}
    return {"void_url": url} if may_void else {}


def files_panel(record: Record, address: Address, *, may_attach: bool, may_void: bool) -> dict[str, Any]:
    """Return the panel of attached files."""
    labels = lines.record_type(record.record_type()).scan_labels
    files = Attachment.objects.filter(record_type=record.record_type(), record_id=record.pk).select_related("user")
    items = []
    for file in files:
        told = (labels.get(file.paper), record_time(file.at), file.user.name, size_text(file.size))
        item = {"name": file.name, "url": address("file", record.public_id, file.public_id), "icon": "file-earmark"}
        item["line"] = " · ".join(str(text) for text in told if text)
        void_url = address("void_file", record.public_id, file.public_id)
        items.append(item | _voiding(file, record, void_url, may_void=may_void))
    actions = [{"label": _("上传"), "url": address("attach", record.public_id)}] if may_attach else []
    return {"title": _("材料"), "template": "components/file_row.html", "items": items, "actions": actions}


def size_text(size: int) -> str:
    """Return a size in KB or MB."""
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"

"""The whole file of a case as one PDF: its papers, the scans that belong to them, an index whose numbers are right.

All papers are sections of one document, so that the print engine itself counts the pages that the index names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from casework.documents import RenderedPdf, render_pdf
from casework.lines import Document, Dossier, RecordType
from casework.models import Attachment, Record
from casework.scans import Sheet, lay_in, sheets_of

LAYOUT = "print/section.html"
END = "dossier-end"


@dataclass(frozen=True)
class Entry:
    """A paper or a scan in a dossier. ``anchor`` is where it begins, ``remark`` what the index says beside it."""

    code: str
    name: str
    anchor: str
    remark: str = ""
    document: Document | None = None
    record: Record | None = None
    sheets: list[Sheet] = field(default_factory=list)


def dossier_entries(record_type: RecordType, record: Record, *, with_sheets: bool = True) -> list[Entry]:
    """Return what a dossier holds, in its order. Without ``with_sheets`` the scans are named but not read."""
    dossier = _dossier_of(record_type)
    papers = _papers(record_type, record)
    scans = _scans(record, dossier)
    found: list[Entry] = []
    labels = record_type.scan_labels
    for code in dossier.order:
        files = [*(scans.get("", []) if code == dossier.rest else [])]
        found += [_scan(place, file, labels, with_sheets) for place, file in enumerate(files, start=len(found))]
        found += [_paper(place, *paper) for place, paper in enumerate(papers.get(code, []), start=len(found))]
        files = scans.get(code, [])
        found += [_scan(place, file, labels, with_sheets) for place, file in enumerate(files, start=len(found))]
    return found


def _dossier_of(record_type: RecordType) -> Dossier:
    if record_type.dossier is None:
        raise KeyError(record_type.code)
    return record_type.dossier


def _papers(record_type: RecordType, record: Record) -> dict[str, list[tuple[Document, Record]]]:
    """Return the papers that can be made of a case, by code: those of its related records too."""
    dossier = _dossier_of(record_type)
    own = [(document, record) for document in record_type.documents_of(record) if document.code != dossier.code]
    found: dict[str, list[tuple[Document, Record]]] = {}
    for document, owner in [*own, *dossier.related(record)]:
        if owner.state in document.states and not document.missing(owner):
            found.setdefault(document.code, []).append((document, owner))
    return found


def _scans(record: Record, dossier: Dossier) -> dict[str, list[Attachment]]:
    found: dict[str, list[Attachment]] = {}
    for file in Attachment.objects.filter(record_type=record.record_type(), record_id=record.pk, void_reason=""):
        # Nothing that was attached and stands may be left out: what shows no paper of the dossier has a place too.
        found.setdefault(file.paper if file.paper in dossier.order else "", []).append(file)
    return found


def _paper(place: int, document: Document, owner: Record) -> Entry:
    return Entry(document.code, str(document.label), f"part-{place + 1}", document=document, record=owner)


def _scan(place: int, file: Attachment, labels: Mapping[str, Any], with_sheets: bool) -> Entry:
    anchor = f"part-{place + 1}"
    sheets = sheets_of(file, f"{anchor}-sheet") if with_sheets else []
    remark = _("附件")
    if sheets:
        remark = sheets[0].note or _("附件，%(n)d页") % {"n": len(sheets)}
    label = labels.get(file.paper, "")
    return Entry(file.paper, f"{label}：{file.name}" if label else file.name, anchor, remark=remark, sheets=sheets)


def listed(dossier: Dossier, entries: list[Entry]) -> list[Entry]:
    """Return what the index of a dossier names."""
    return [entry for entry in entries if entry.document is None or entry.code not in dossier.unlisted]


def render_dossier(record_type: RecordType, record: Record, *, created: datetime) -> RenderedPdf:
    """Render the dossier of a case. Takes seconds: call it from a job, in Chinese."""
    dossier = _dossier_of(record_type)
    entries = dossier_entries(record_type, record)
    shared = {
        "paper_layout": LAYOUT,
        "entries": listed(dossier, entries),
        "dossier_end": END,
        "issued_at": created,
    }
    context = {
        **dossier.context(record),
        "sections": list(_sections(entries, shared)),
        "document_number": record.number,
        "dossier_end": END,
        "issued_at": created,
    }
    sheets = [sheet for entry in entries for sheet in entry.sheets]
    foreign = any(sheet.page is not None for sheet in sheets)
    title = f"{dossier.label} {record.number}"
    rendered = render_pdf(dossier.template, context, title=title, created=created, archival=not foreign)
    return lay_in(rendered, sheets)


def _sections(entries: list[Entry], shared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        if entry.document is None or entry.record is None:
            yield {"anchor": entry.anchor, "name": entry.name, "sheets": entry.sheets}
        else:
            # A paper shows the same as when it is issued alone; only its frame is another.
            context = {**entry.document.context(entry.record), **shared}
            yield {"anchor": entry.anchor, "html": render_to_string(entry.document.template, context)}

"""Dossiers: the fullest one that the newest cases have, drawn as one PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdf
from django.utils import timezone
from django.utils.translation import override

from casework import lines
from casework.dossier import dossier_entries, render_dossier
from casework.lines import RecordType
from casework.models import Record
from justice_portal.bench.measuring import NothingToMeasure, Result, Size, seconds
from offices.scoping import system

LOOKED_AT = 200
MOST_ROUNDS = 3
# What the promise of five seconds speaks of.
PAPERS = 20


def measure(size: Size) -> Iterator[Result]:
    """Draw it a few times and throw it away."""
    kind = next((kind for kind in lines.record_types() if kind.dossier), None)
    if kind is None:
        raise NothingToMeasure("No line declares a dossier.")
    with system("bench"), override("zh-hans"):
        record, papers = fullest(kind)
        drawn = render_dossier(kind, record, created=timezone.now())
        taken = seconds(lambda: render_dossier(kind, record, created=timezone.now()), min(size.rounds, MOST_ROUNDS))
    pages = len(pypdf.PdfReader(io.BytesIO(drawn.content)).pages)
    limit = 5 if papers <= PAPERS else None
    figures = f"{pages} pages, {len(drawn.content) / 1e6:.1f} MB"
    yield Result(name=f"dossier, {papers} papers", figures=figures, value=taken, unit=" s", limit=limit)
    if papers != PAPERS:
        yield Result(
            name=f"dossier, for {PAPERS} papers", figures="", value=taken * PAPERS / papers, unit=" s", limit=5
        )


def fullest(kind: RecordType) -> tuple[Record, int]:
    """Return the record with the most papers, among the newest that are numbered, and how many it has."""
    records = kind.model.objects.exclude(number="").order_by("-registered_on", "-pk")[:LOOKED_AT]
    counted = [(len(dossier_entries(kind, record, with_sheets=False)), record.pk, record) for record in records]
    if not counted:
        raise NothingToMeasure("No record has a dossier yet: run manage.py seed first.")
    papers, _key, record = max(counted)
    return record, papers

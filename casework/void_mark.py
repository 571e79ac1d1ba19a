"""The mark 作废 across every page of a void paper. The stored file stays as it was issued."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

import pypdf
from django.http import FileResponse, HttpResponse

from casework.documents import render_pdf
from casework.files import stored_path
from casework.models import IssuedDocument

TEMPLATE = "print/void.html"
# The mark is the same for ever: with the moment of its drawing in it, no two copies of a paper would be.
DRAWN = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def mark() -> bytes:
    """Return one A4 page that bears nothing but the mark; drawn once for each process."""
    return render_pdf(TEMPLATE, {}, title="作废", created=DRAWN, archival=False).content


def marked(content: bytes) -> bytes:
    """Return a PDF with the mark over each of its pages, in the middle and as wide as the page allows."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    sheet = pypdf.PdfReader(io.BytesIO(mark())).pages[0]
    for page in writer.pages:
        scale = min(
            float(page.mediabox.width / sheet.mediabox.width), float(page.mediabox.height / sheet.mediabox.height)
        )
        across = (float(page.mediabox.width) - float(sheet.mediabox.width) * scale) / 2
        up = (float(page.mediabox.height) - float(sheet.mediabox.height) * scale) / 2
        page.merge_transformed_page(sheet, pypdf.Transformation().scale(scale).translate(across, up))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def send_marked(paper: IssuedDocument) -> HttpResponse:
    """Answer with a void paper as a download, the mark on each page."""
    content = io.BytesIO(marked(stored_path(paper.stored_as).read_bytes()))
    response = FileResponse(content, as_attachment=True, filename=f"作废_{paper.name}", content_type="application/pdf")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]  # a response of another base class

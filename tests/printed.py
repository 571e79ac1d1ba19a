"""Reading what the print engine has drawn."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pypdf

from casework.documents import RenderedPdf

CREATED = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


def text_of(rendered: RenderedPdf) -> str:
    """Return the text of all pages."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(rendered.content)).pages)

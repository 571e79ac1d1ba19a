"""Reading what the print engine has drawn."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pypdf

from casework.documents import RenderedPdf

CREATED = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


def text_of(rendered: RenderedPdf) -> str:
    """Return the text of all pages."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(rendered.content)).pages)


@dataclass(frozen=True)
class ReadLedger:
    """A printed ledger as it was read: without spaces its ``text``, between heading and end its ``body``."""

    title: str
    text: str
    body: str
    serials: list[int]
    numbers: list[str]
    count: int
    sums: list[str]


SERIAL = r"(?m)^(\d+) (?=\S)"
DOSSIER_NUMBER = re.compile(r"（\d{4}）\w+?人调字第\d+号")


def read_ledger(content: bytes) -> ReadLedger:
    """Read a ledger's pages. A row's first line begins with its serial number; the end is 合计 with its number and sums."""
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    whole = "\n".join(pages)
    text = "".join(whole.split())
    *_others, end = re.finditer(r"合计(\d+)(件|次|个|人)((?:[\d,]+\.\d\d)*)", text)
    body = text[text.index("序号") : end.start()]
    return ReadLedger(
        title=whole.split()[0],
        text=text,
        body=body,
        serials=[int(found) for found in re.findall(SERIAL, whole)],
        numbers=DOSSIER_NUMBER.findall(body),
        count=int(end[1]),
        sums=re.findall(r"[\d,]+\.\d\d", end[3]),
    )

"""Printed papers: a template and its data become one PDF. The only module that imports weasyprint.

The engine reads nothing but ``data:`` addresses and the files named in `own_files`: the sheet ``print.css`` and, when
the owner gives a folder of licensed fonts, the fonts in it. Every other address is refused, so a text that a clerk
typed can neither read a file of the server nor call another machine.

A file in `settings.FONTS_DIR` is used when it bears one of the names in `FONT_FAMILIES` (仿宋.ttf, 小标宋.otf, …).
"""

from __future__ import annotations

import gc
import hashlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import CSS, HTML, VERSION, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.text.ffi import pango
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

logger = logging.getLogger(__name__)

PRINT_STYLE = Path(__file__).resolve().parent.parent / "static" / "css" / "print.css"
PDF_VARIANT = "pdf/a-3a"
COLOUR_SPACE = "archive-srgb"
OWN_SCHEME = "own:"
FONT_FAMILIES = {
    "仿宋": "FangSong_GB2312",
    "楷体": "KaiTi_GB2312",
    "黑体": "SimHei",
    "宋体": "SimSun",
    "小标宋": "FZXiaoBiaoSong-B05S",
}
CONTENT_TYPES = {".css": "text/css", ".ttf": "font/ttf", ".otf": "font/otf"}
# An address may hold what a clerk typed: only a well-formed scheme of ordinary length is written to the log.
SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,15}):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A finished file.

    `sha256` is the hex digest of `content`; `engine` names the programs that drew it and `fonts` the embedded fonts, so
    that a later difference can be explained. `missing_characters` are those for which no font has a shape (printed as
    boxes): empty in a faultless paper. `anchors` gives the page, from 1, on which each element with an id begins.
    """

    content: bytes
    pages: int
    sha256: str
    engine: str
    fonts: tuple[str, ...]
    missing_characters: str = ""
    anchors: Mapping[str, int] = field(default_factory=dict)


class RefusedResourceError(ValueError):
    """The document asked for something that the print engine may not read."""


class OwnFilesFetcher(URLFetcher):
    """Answers ``own:NAME`` from a fixed map and ``data:`` addresses; refuses everything else unread."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self._files = files

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        scheme = match[1].lower() if (match := SCHEME.match(url)) else "none"
        if scheme == "data":
            return super().fetch(url, headers)
        path = self._files.get(unquote(url.removeprefix(OWN_SCHEME))) if url.startswith(OWN_SCHEME) else None
        if path is None:
            logger.warning("print engine: refused a resource of kind %s", scheme)
            raise RefusedResourceError(scheme)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": CONTENT_TYPES[path.suffix.lower()]})


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A text file that lies in a PDF."""

    name: str
    description: str
    text: str


def render_pdf(
    template: str,
    context: Mapping[str, Any],
    *,
    title: str,
    created: datetime,
    archival: bool = True,
    attached: Sequence[AttachedFile] = (),
) -> RenderedPdf:
    """Render `template` (one that extends ``print/base.html``) with `context` as an archival, tagged PDF.

    Without `archival` the file does not claim to be PDF/A: for one into which foreign pages will be laid. The
    `attached` files lie in the PDF as its data.

    The paper is Chinese whatever language the asker reads. The same template, context, title and moment give the same
    bytes. `created` must be aware: it is printed into the file as its date. Takes seconds and hundreds of megabytes for
    a long report: call it from a job.
    """
    if created.tzinfo is None:
        raise ValueError("created must be an aware datetime")
    names = {"document_title": title, "document_created": created.isoformat(timespec="seconds")}
    with translation.override("zh-hans"):
        text = render_to_string(template, {**context, **names})
    with collection_paused():
        enclosed = [_enclosed(file, created) for file in attached]
        rendered = _draw(text, PDF_VARIANT if archival else None, enclosed)
    if rendered.missing_characters:
        logger.error("print engine: %d characters have no glyph", len(rendered.missing_characters))
    return rendered


@contextmanager
def collection_paused() -> Iterator[None]:
    """Without this the cyclic collector takes a third of the layout's time, walking boxes that are all still in use."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect()


def own_files() -> dict[str, Path]:
    """Name → path of every file that a printed document may read."""
    return {PRINT_STYLE.name: PRINT_STYLE} | {path.name: path for path in _licensed_fonts()}


def _licensed_fonts() -> list[Path]:
    if not (folder_name := getattr(settings, "FONTS_DIR", "")):
        return []
    folder = Path(folder_name)
    if not folder.is_dir():
        raise ImproperlyConfigured(f"FONTS_DIR is not a folder: {folder}")
    fonts = (path for path in folder.iterdir() if path.suffix.lower() in (".ttf", ".otf"))
    return sorted(path for path in fonts if path.stem in FONT_FAMILIES)


def _font_faces(files: Mapping[str, Path]) -> str:
    return "".join(
        f'@font-face{{font-family:"{FONT_FAMILIES[path.stem]}";src:url("{OWN_SCHEME}{name}")}}\n'
        for name, path in files.items()
        if path.stem in FONT_FAMILIES
    )


def _enclosed(file: AttachedFile, created: datetime) -> Attachment:
    return Attachment(
        string=file.text,
        name=file.name,
        description=file.description,
        relationship="Data",
        created=created,
        modified=created,
    )


def _draw(text: str, variant: str | None, enclosed: list[Attachment]) -> RenderedPdf:
    # A function of its own: its boxes must be out of scope when the caller collects them.
    own = own_files()
    fetcher = OwnFilesFetcher(own)
    fonts = FontConfiguration()
    faces = CSS(string=_font_faces(own), font_config=fonts, url_fetcher=fetcher)
    options = {"pdf_variant": variant, "output_intent": COLOUR_SPACE, "pdf_tags": True}
    document = HTML(string=text, url_fetcher=fetcher).render(
        font_config=fonts, stylesheets=[faces], color_profiles={COLOUR_SPACE: _colour_profile()}, **options
    )
    content = document.write_pdf(attachments=enclosed, **options)
    return RenderedPdf(
        content=content,
        pages=len(document.pages),
        sha256=hashlib.sha256(content).hexdigest(),
        engine=_engine(),
        fonts=_embedded_fonts(document),
        missing_characters=_missing_characters(document),
        anchors={name: number for number, page in enumerate(document.pages, start=1) for name in page.anchors},
    )


def _colour_profile() -> ColorProfile:
    # Under its own name for it, "srgb", the engine opens this file of its own and never closes it.
    with (files("weasyprint.pdf") / "sRGB2014.icc").open("rb") as file:
        return ColorProfile(file, "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))


def _engine() -> str:
    number = pango.pango_version()
    return f"WeasyPrint {VERSION}, Pango {number // 10000}.{number // 100 % 100}.{number % 100}"


def _embedded_fonts(document: Document) -> tuple[str, ...]:
    # A name is written "/HASHED+Noto-Serif-CJK-SC": the part before the plus only marks the subset.
    return tuple(sorted({font.name.decode().partition("+")[2] for font in document.fonts.values()}))


def _missing_characters(document: Document) -> str:
    points = {point for font in document.fonts.values() for point in font.missing}
    return "".join(map(chr, sorted(points)))

"""Attached files as sheets of a printed dossier: photographs as pictures, PDFs page by page, others by their name."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pypdf
from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from pypdf.errors import DependencyError, PyPdfError

from casework.documents import RenderedPdf
from casework.files import stored_path
from casework.models import Attachment

# A picture of A4 at 200 dots an inch; larger ones only make the file heavy.
LARGEST_SIDE = 2300
QUALITY = 82
MOST_PAGES = 200
POINTS_PER_MM = 72 / 25.4
# Where a page of an attached PDF is laid on its sheet, in mm: left, bottom, width, height. Within the margins that
# ``@page paper`` of print.css sets, below the caption of the sheet.
PLACE = (28.0, 26.0, 158.0, 228.0)
# What the reader raises on broken files of others: its own errors, and those that it did not foresee.
UNREADABLE = (
    *(PyPdfError, DependencyError, zlib.error, OSError, ValueError, LookupError, TypeError, AttributeError),
    *(ArithmeticError, NotImplementedError, RecursionError),
)


@dataclass(frozen=True)
class Sheet:
    """One page of a scan: a picture as a data address, a page of a PDF, or a note about a file that cannot be shown."""

    anchor: str
    picture: str = ""
    page: pypdf.PageObject | None = None
    note: str = ""


def sheets_of(file: Attachment, anchor: str) -> list[Sheet]:
    """Return the sheets of an attached file, at least one; ``anchor`` begins the ids of their elements."""
    if file.content_type.startswith("image/"):
        return [Sheet(f"{anchor}-1", picture=_picture(file))]
    if file.content_type == "application/pdf":
        if pages := _pages(file):
            return [Sheet(f"{anchor}-{number}", page=page) for number, page in enumerate(pages, start=1)]
        return [Sheet(f"{anchor}-1", note=_("此PDF文件不能并入卷宗，请另附打印件。"))]
    return [Sheet(f"{anchor}-1", note=_("此电子文件不能并入卷宗，请另附打印件。"))]


def _picture(file: Attachment) -> str:
    with Image.open(stored_path(file.stored_as)) as image:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        target = io.BytesIO()
        _on_white(upright).save(target, format="JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(target.getvalue()).decode()}"


def _on_white(image: Image.Image) -> Image.Image:
    # Without it what is transparent in a picture prints black.
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _pages(file: Attachment) -> list[pypdf.PageObject]:
    """Return the pages of an attached PDF; none of one that is locked, broken or longer than a dossier takes."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(stored_path(file.stored_as).read_bytes()))
        if reader.is_encrypted or not 0 < len(reader.pages) <= MOST_PAGES:
            return []
        # A page is turned upright in a writer only.
        pages = list(pypdf.PdfWriter(clone_from=reader).pages)
        for page in pages:
            _prepare(page)
    except UNREADABLE:
        return []
    return pages


def _prepare(page: pypdf.PageObject) -> None:
    """Take links, scripts and forms from a page and turn it upright; raise one of UNREADABLE when it is broken."""
    for name in ("/Annots", "/AA"):
        page.pop(name, None)
    if page.rotation:
        page.transfer_rotation_to_content()
    if (content := page.get_contents()) is not None:
        content.get_data()
    if not (page.cropbox.width > 0 and page.cropbox.height > 0):
        raise ValueError("a page without size")


def lay_in(rendered: RenderedPdf, sheets: Sequence[Sheet]) -> RenderedPdf:
    """Lay the pages of attached PDFs on the sheets that were kept free for them."""
    foreign = [sheet for sheet in sheets if sheet.page is not None]
    if not foreign:
        return rendered
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(rendered.content))
    for sheet in foreign:
        _lay(writer.pages[rendered.anchors[sheet.anchor] - 1], sheet.page)
    target = io.BytesIO()
    writer.write(target)
    content = target.getvalue()
    return replace(rendered, content=content, sha256=hashlib.sha256(content).hexdigest())


def _lay(target: pypdf.PageObject, page: Any) -> None:
    left, bottom, width, height = (side * POINTS_PER_MM for side in PLACE)
    box = page.cropbox
    scale = min(width / float(box.width), height / float(box.height), 1.0)
    across = left + (width - float(box.width) * scale) / 2 - float(box.left) * scale
    up = bottom + (height - float(box.height) * scale) / 2 - float(box.bottom) * scale
    target.merge_transformed_page(page, pypdf.Transformation().scale(scale).translate(across, up))

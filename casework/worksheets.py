"""Workbooks with long sheets: XlsxWriter makes the book, the rows of one sheet are written as XML into their place.

Cell by cell XlsxWriter takes twenty times as long as the database that the rows come from. Here is one kind of cell,
the inline string, which nothing takes for a formula or an address.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

# A spreadsheet program refuses the whole file for one of these.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
SPECIAL = re.compile(f"[&<>\r]|{FORBIDDEN.pattern}")
END = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
CHUNK = 1 << 20
# Rows are much alike: the fastest level makes the file a tenth larger and takes a third of the time.
LEVEL = 1


def write_book(
    path: Path,
    *,
    head: list[str],
    rows: Iterable[list[str]],
    title: str,
    before: Callable[[xlsxwriter.Workbook], None],
) -> None:
    """Write a workbook whose last sheet has a bold head and the rows, each as wide as the head.

    ``before`` adds the sheets that stand before it; it is called when the rows have been read.
    """
    body, frame = path.with_suffix(".rows"), path.with_suffix(".frame")
    count = _write_rows(body, rows, width=len(head))
    with xlsxwriter.Workbook(str(frame), {"in_memory": True}) as book:
        before(book)
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, head, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        part = f"xl/worksheets/sheet{len(book.worksheets())}.xml"
    reach = f'<dimension ref="A1:{xl_col_to_name(len(head) - 1)}{count + 1}"/>'.encode()
    with (
        zipfile.ZipFile(frame) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename != part:
                target.writestr(entry, content)
                continue
            start, end = DIMENSION.sub(reach, content, count=1).split(END)
            _put(target, part, start, body, END + end)


def _write_rows(path: Path, rows: Iterable[list[str]], *, width: int) -> int:
    """Write the rows as they stand in a sheet, from its second row on, and return how many there are."""
    number = 1
    begins = [f'<c r="{xl_col_to_name(place)}' for place in range(width)]
    with path.open("w", encoding="utf-8") as target:
        for number, row in enumerate(rows, start=2):
            # Few rows hold a sign of XML: asked once for each row, not for each cell.
            texts = [_escaped(text) for text in row] if SPECIAL.search("".join(row)) else row
            cells = [
                f'{begin}{number}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
                for begin, text in zip(begins, texts, strict=True)
            ]
            target.write(f'<row r="{number}">{"".join(cells)}</row>')
    return number - 1


def _escaped(text: str) -> str:
    return FORBIDDEN.sub("", text).translate(ESCAPES)


def _put(target: zipfile.ZipFile, part: str, start: bytes, body: Path, end: bytes) -> None:
    # force_zip64: how large it becomes is known at its end only.
    with target.open(part, "w", force_zip64=True) as sheet, body.open("rb") as source:
        sheet.write(start)
        while chunk := source.read(CHUNK):
            sheet.write(chunk)
        sheet.write(end)

"""Reading and writing XLSX files: bounded, cells as text, formulas never.

A workbook from outside is repacked before it is parsed: a small file can unpack to gigabytes, and two cells in opposite
corners of a sheet make a table of seventeen thousand million.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.parsers import expat

import xlsxwriter
from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_FILE = 1024 * 1024
LARGEST_UNPACKED = 16 * 1024 * 1024
MOST_PARTS = 200
MOST_ROWS = 2000
MOST_COLUMNS = 60
_CELL = re.compile(r"^([A-Za-z]{0,3})(\d{1,7})$")


class BadWorkbook(ValueError):
    """A file that is not a workbook, or not one of a sane size; the text is for the person who sent it."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a workbook may hold: bytes as it comes and unpacked, rows, columns."""

    file: int = LARGEST_FILE
    unpacked: int = LARGEST_UNPACKED
    rows: int = MOST_ROWS
    columns: int = MOST_COLUMNS


SMALL = Limits()


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as the spreadsheet program shows it, and its cells as text.

    ``formulas`` are the places (from 0) of cells that hold a formula: their text is what some program last computed.
    """

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


def read_rows(content: bytes, limits: Limits = SMALL) -> list[Row]:
    """Return the rows of the first sheet that are not empty, cells as text (days as 2026-11-24)."""
    if len(content) > limits.file:
        raise BadWorkbook(_("文件超过%(most)s MB。") % {"most": limits.file // (1024 * 1024)})
    safe, formulas = _repacked(content, limits)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(safe)) as workbook:
            sheet = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError) as error:
        raise BadWorkbook(_("不是有效的 XLSX 文件，请用模板另存后再上传。")) from error
    none: frozenset[int] = frozenset()
    rows = (
        Row(number, tuple(_text(cell) for cell in cells), formulas.get(number, none))
        for number, cells in enumerate(sheet, start=1)
    )
    return [row for row in rows if any(row.cells)]


def _repacked(content: bytes, limits: Limits) -> tuple[bytes, dict[int, frozenset[int]]]:
    """Return the workbook with its XML parts alone, each read to its end within the bounds, and where formulas are."""
    packed = io.BytesIO()
    left = limits.unpacked
    scans: dict[str, _Scan] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(packed, "w") as safe:
            parts = given.infolist()
            if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
                raise BadWorkbook(_("文件的内容过多。"))
            for part in parts:
                if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise zipfile.BadZipFile
                with given.open(part) as stream:
                    # What the file says about its own size is not believed.
                    unpacked = stream.read(left + 1)
                left -= len(unpacked)
                if left < 0:
                    raise BadWorkbook(_("文件的内容过多。"))
                if part.filename.endswith((".xml", ".rels")):
                    scans[part.filename] = _Scan(unpacked, limits)
                    safe.writestr(part.filename, unpacked)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, expat.ExpatError) as error:
        raise BadWorkbook(_("不是有效的 XLSX 文件，请用模板另存后再上传。")) from error
    return packed.getvalue(), _formulas_of_first_sheet(scans)


def _formulas_of_first_sheet(scans: dict[str, _Scan]) -> dict[int, frozenset[int]]:
    workbook, links = scans.get("xl/workbook.xml"), scans.get("xl/_rels/workbook.xml.rels")
    if workbook is None or links is None or not workbook.sheets:
        return {}
    target = links.targets.get(workbook.sheets[0], "")
    sheet = scans.get(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return {row: frozenset(columns) for row, columns in sheet.formulas.items()} if sheet else {}


class _Scan:
    """One XML part read to its end: its places within the bounds, and where its formulas, sheets and links are."""

    def __init__(self, xml: bytes, limits: Limits) -> None:
        self.limits = limits
        self.formulas: dict[int, set[int]] = {}
        self.sheets: list[str] = []
        self.targets: dict[str, str] = {}
        self._row, self._column = 0, -1
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._check_element
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.Parse(xml, True)

    def _check_element(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c" or name == "row":
            self._step(name, attributes.get("r"))
        elif name == "f":
            self.formulas.setdefault(self._row, set()).add(self._column)
        elif name == "sheet":
            self.sheets += [value for key, value in attributes.items() if key.endswith(":id")]
        elif name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def _step(self, name: str, given: str | None) -> None:
        if given is None:
            self._row, self._column = (self._row, self._column + 1) if name == "c" else (self._row + 1, -1)
            return
        place = _CELL.match(given)
        if place is None or int(place[2]) > self.limits.rows or _column(place[1]) > self.limits.columns:
            raise BadWorkbook(_("表格过大：行或列超出了模板的范围。"))
        self._row, self._column = int(place[2]), _column(place[1]) - 1


def _refuse_doctype(*declaration: Any) -> None:
    raise BadWorkbook(_("不是有效的 XLSX 文件，请用模板另存后再上传。"))


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        # Spreadsheet programs keep a code of digits as a number.
        return str(int(cell))
    return str(cell).strip()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet to be written: name, heading row, rows of text, and lists to choose from by column."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[str]] = ()
    choices: tuple[tuple[int, Sequence[str]], ...] = ()
    widths: Sequence[int] = ()


def write_workbook(sheets: Iterable[Sheet]) -> bytes:
    """Return an XLSX file. Every cell is text: ``=1+1`` stays what it says."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        plain = workbook.add_format({"num_format": "@"})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, heading in enumerate(sheet.headings):
                page.write_string(0, column, heading, bold)
                # Text format, so that the program does not turn typed codes and days into numbers.
                page.set_column(column, column, sheet.widths[column] if sheet.widths else 18, plain)
            for number, cells in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(cells):
                    page.write_string(number, column, cell)
            for column, listed in sheet.choices:
                page.data_validation(1, column, MOST_ROWS - 1, column, {"validate": "list", "source": list(listed)})
    return buffer.getvalue()

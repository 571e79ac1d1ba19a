"""Reading a ledger: XLSX or CSV, bounded, cells as text; where the headings stand and which template it is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from offices.workbooks import BadWorkbook, Limits, Row, read_rows

MOST_ROWS = 20_000
LARGEST_FILE = 20 * 1024 * 1024
MOST_COLUMNS = 80
# A title and some lines of remarks stand above the headings of many a ledger.
ROWS_ABOVE = 12
FEWEST_HEADINGS = 3
LIMITS = Limits(file=LARGEST_FILE, unpacked=160 * 1024 * 1024, rows=MOST_ROWS + ROWS_ABOVE, columns=MOST_COLUMNS)
_MARK = re.compile(r"导入模板 (?P<type>[a-z.]+) 第(?P<version>[0-9]{1,4})版")
ERROR_HEADING = "错误说明"


@dataclass(frozen=True)
class Ledger:
    """A file as it was read: what stands above the headings, the headings, the rows, and the template's version."""

    above: tuple[Row, ...]
    head: Row
    rows: tuple[Row, ...]
    record_type: str = ""
    version: int | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings, with an empty text in the place of our own column of errors: it is never read back."""
        found = ["" if heading == ERROR_HEADING else heading for heading in self.head.cells]
        while found and not found[-1]:
            found.pop()
        return tuple(found)


def template_mark(record_type: str, version: int) -> str:
    """Return the text of the hidden cell that tells which template a file was made from."""
    return f"导入模板 {record_type} 第{version}版"


def read_ledger(content: bytes) -> Ledger:
    """Return what a file holds. Raises BadWorkbook with a sentence for the person who sent it."""
    if len(content) > LARGEST_FILE:
        raise BadWorkbook(_("文件超过20 MB，请分成几个文件。"))
    rows = read_rows(content, LIMITS) if content.startswith(b"PK") else _csv_rows(content)
    place = _place_of_headings(rows)
    head, body = rows[place], rows[place + 1 :]
    if not body:
        raise BadWorkbook(_("表中没有数据。"))
    if len(body) > MOST_ROWS:
        raise BadWorkbook(_("表中有%(n)d行，每次最多%(most)d行。") % {"n": len(body), "most": MOST_ROWS})
    mark = next((found for row in rows[:place] if (found := _MARK.fullmatch(row.cells[0]))), None)
    version = int(mark["version"]) if mark else None
    return Ledger(tuple(rows[:place]), head, tuple(body), mark["type"] if mark else "", version)


def _place_of_headings(rows: Sequence[Row]) -> int:
    for place, row in enumerate(rows[:ROWS_ABOVE]):
        if sum(bool(cell) for cell in row.cells) >= FEWEST_HEADINGS:
            return place
    raise BadWorkbook(_("没有找到表头，请把表头放在前几行。"))


def _csv_rows(content: bytes) -> list[Row]:
    text = _decoded(content)
    if "\x00" in text:
        raise BadWorkbook(_("只能读取 XLSX 和 CSV 文件，旧格式（xls）请先另存为 XLSX。"))
    delimiter = "\t" if text.partition("\n")[0].count("\t") >= FEWEST_HEADINGS - 1 else ","
    try:
        # A line break inside a cell belongs to it: rows are counted, as a spreadsheet program shows them.
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BadWorkbook(_("CSV 文件无法读取，请用模板另存后再上传。")) from error
    if max((len(line) for line in lines), default=0) > MOST_COLUMNS:
        raise BadWorkbook(_("表格过大：行或列超出了模板的范围。"))
    rows = (Row(number, tuple(cell.strip() for cell in line)) for number, line in enumerate(lines, start=1))
    return [row for row in rows if any(row.cells)]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadWorkbook(_("只能读取 XLSX 和 CSV 文件，旧格式（xls）请先另存为 XLSX。"))

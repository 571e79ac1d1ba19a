"""The workbooks of an import: the template to fill in, and the uploaded one given back with its faults marked."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils import translation

from casework.imports.checking import CheckedRow, letter
from casework.imports.columns import ImportSheet
from casework.imports.reading import ERROR_HEADING, Ledger, template_mark
from casework.lines import RecordType
from offices.models import Membership
from offices.workbooks import Row

# Rows of the template that have drop-downs and the text format.
ROWS_TO_FILL = 5000
# A comment is a drawing: many thousands of them make a file that no program opens quickly.
MOST_COMMENTS = 2000
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
RED, AMBER, BLUE = "#F8D7DA", "#FFF3CD", "#E8EEF7"


def template_book(*, record_type: RecordType, actor: Membership) -> bytes:
    """Return the template: drop-downs of the office's own lists, a filled row, notes, the version in a hidden row."""
    sheet = record_type.imports
    assert sheet is not None
    buffer = io.BytesIO()
    with translation.override("zh-hans"), xlsxwriter.Workbook(buffer, {"in_memory": True, **OPTIONS}) as book:
        page = book.add_worksheet("台账")
        notes, lists = book.add_worksheet("填写说明"), book.add_worksheet("选项")
        lists.hide()
        page.write_string(0, 0, template_mark(record_type.code, sheet.version))
        page.set_row(0, None, None, {"hidden": True})
        _write_columns(book, page, sheet)
        _write_choices(page, lists, sheet, sheet.known(actor))
        _write_notes(book, notes, sheet)
    return buffer.getvalue()


def _write_columns(book: Any, page: Any, sheet: ImportSheet) -> None:
    plain = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bg_color": BLUE, "border": 1, "text_wrap": True})
    needed = book.add_format({"bold": True, "bg_color": BLUE, "border": 1, "text_wrap": True, "font_color": "#B00020"})
    for place, column in enumerate(sheet.columns):
        # Text format, so that the program does not turn typed codes and days into numbers.
        page.set_column(place, place, column.width, plain)
        page.write_string(
            1, place, f"{column.label}{'*' if column.required else ''}", needed if column.required else bold
        )
        page.write_string(2, place, column.example)
    page.freeze_panes(2, 0)


def _write_choices(page: Any, lists: Any, sheet: ImportSheet, known: Any) -> None:
    for place, column in enumerate(sheet.columns):
        offered = list(column.choices(known)) if column.choices else []
        if not offered:
            continue
        # By reference: a list inside the rule itself may hold 255 characters, which the villages of a town exceed.
        lists.write_column(0, place, offered)
        source = f"=选项!${letter(place)}$1:${letter(place)}${len(offered)}"
        # A word that is not in the list may be a synonym: the check decides, the program only warns.
        rule = {"validate": "list", "source": source, "error_type": "warning"}
        page.data_validation(2, place, ROWS_TO_FILL, place, rule)


def _write_notes(book: Any, notes: Any, sheet: ImportSheet) -> None:
    bold = book.add_format({"bold": True, "bg_color": BLUE, "border": 1})
    notes.set_column(0, 0, 22)
    notes.set_column(1, 1, 10)
    notes.set_column(2, 2, 70)
    notes.write_row(0, 0, ["栏目", "必填", "怎样填"], bold)
    for number, column in enumerate(sheet.columns, start=1):
        notes.write_row(number, 0, [column.label, "是" if column.required else "", column.note])
    rest = [
        "第一行数据是示例，填写时请改掉；原样保留的示例不会导入。",
        "日期可写 2026-10-28、2026.10.28 或 2026年10月28日。",
        "不要写公式；公式不会计算。每次最多2万行、20 MB。",
        "重复导入同一文件不会产生重复的业务。",
    ]
    for number, text in enumerate(rest, start=len(sheet.columns) + 2):
        notes.write_string(number, 2, text)


def annotated_book(*, ledger: Ledger, checked: Sequence[CheckedRow], failed_only: bool) -> Iterator[bytes]:
    """Yield the uploaded workbook with its faults in red, commented, and told in a column of its own.

    Its rows stand where they stood; with ``failed_only`` those that can be imported are left out. It can be uploaded
    again as it is.
    """
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "annotated.xlsx"
        with xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": place, **OPTIONS}) as book:
            _Annotated(book, ledger).write(checked, failed_only=failed_only)
        with path.open("rb") as source:
            while chunk := source.read(1 << 16):
                yield chunk


class _Annotated:
    def __init__(self, book: Any, ledger: Ledger) -> None:
        self.page, self.ledger = book.add_worksheet("台账"), ledger
        self.bold = book.add_format({"bold": True, "bg_color": BLUE, "num_format": "@"})
        self.plain = book.add_format({"num_format": "@"})
        self.red = book.add_format({"bg_color": RED, "num_format": "@"})
        self.amber = book.add_format({"bg_color": AMBER, "num_format": "@"})
        self.comments = 0
        # The column of errors of an earlier round is written anew.
        self.width = max(len(row.cells) for row in (ledger.head, *ledger.rows))
        told = [place for place, heading in enumerate(ledger.head.cells) if heading == ERROR_HEADING]
        self.told = told[0] if told else self.width

    def write(self, checked: Iterable[CheckedRow], *, failed_only: bool) -> None:
        self.page.set_column(0, self.width, 16, self.plain)
        for above in self.ledger.above:
            if above.number == 1 and self.ledger.version is not None:
                self.page.set_row(0, None, None, {"hidden": True})
            self._cells(above.number - 1, above, self.plain)
        number = self.ledger.head.number - 1
        self._cells(number, self.ledger.head, self.bold)
        self.page.write_string(number, self.told, ERROR_HEADING, self.bold)
        for row in checked:
            if failed_only and row.standing == "good":
                continue
            number = number + 1 if failed_only else row.row.number - 1
            self._row(number, row)

    def _cells(self, number: int, row: Row, form: Any) -> None:
        for place, text in enumerate(row.cells):
            if place != self.told and text:
                self.page.write_string(number, place, text, form)

    def _row(self, number: int, row: CheckedRow) -> None:
        self._cells(number, row.row, self.amber if row.repeats else self.plain)
        by_place: dict[int, list[str]] = {}
        for fault in row.faults:
            if fault.place is not None:
                by_place.setdefault(fault.place, []).append(fault.message)
        for place, messages in by_place.items():
            text = row.row.cells[place] if place < len(row.row.cells) else ""
            self.page.write_string(number, place, text, self.red)
            if self.comments < MOST_COMMENTS:
                self.comments += 1
                self.page.write_comment(number, place, "\n".join(messages))
        told = [f"{fault.heading}：{fault.message}" for fault in row.faults] + ([row.repeats] if row.repeats else [])
        if told:
            self.page.write_string(number, self.told, "\n".join(told), self.red if row.faults else self.amber)

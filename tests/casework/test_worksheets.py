"""Workbooks with long sheets: what is written is read back, whatever the texts hold."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from python_calamine import CalamineWorkbook

from casework.worksheets import write_book

HEAD = ["名称", "说明", "金额"]


def written(folder: Path, rows: list[list[str]], head: list[str] = HEAD) -> CalamineWorkbook:
    path = folder / "book.xlsx"
    told: list[str] = []

    def cover(book: Any) -> None:
        # Called when the rows are known: the cover says how many there are.
        book.add_worksheet("说明").write_string(0, 0, f"{len(rows)} 行")
        told.append("cover")

    write_book(path, head=head, rows=iter(rows), title="清单", before=cover)
    assert told == ["cover"]
    return CalamineWorkbook.from_path(str(path))


def test_a_book_has_its_cover_and_its_rows(tmp_path: Path) -> None:
    book = written(tmp_path, [["甲", "乙", "1.00"], ["丙", "", "-2.00"]])
    assert book.sheet_names == ["说明", "清单"]
    assert book.get_sheet_by_index(0).to_python() == [["2 行"]]
    assert book.get_sheet_by_index(1).to_python() == [HEAD, ["甲", "乙", "1.00"], ["丙", "", "-2.00"]]


def test_without_rows_the_head_stands_alone(tmp_path: Path) -> None:
    assert written(tmp_path, []).get_sheet_by_index(1).to_python() == [HEAD]


@pytest.mark.parametrize(
    "text", ["=1+1", "<b>&amp;</b>", " 前后空格 ", "第一行\n第二行", "]]>", "𫞩㛃𠅤", "\ufeff标", "a\tb"]
)
def test_a_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    assert written(tmp_path, [[text, "x", "y"]]).get_sheet_by_index(1).to_python()[1] == [text, "x", "y"]


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\uffff"])
def test_a_sign_that_no_spreadsheet_takes_is_left_out(tmp_path: Path, sign: str) -> None:
    assert written(tmp_path, [[f"王{sign}五", "x", "y"]]).get_sheet_by_index(1).to_python()[1][0] == "王五"


def test_random_texts_come_back_and_the_sheet_says_how_far_it_reaches(tmp_path: Path) -> None:
    chosen = random.Random(20261128)
    signs = "甲乙<>&\"'=+-@ \n𠮷1a"
    rows = [
        ["".join(chosen.choices(signs, k=chosen.randrange(1, 9))).strip("\n") + "。" for _ in range(30)]
        for _ in range(200)
    ]
    book = written(tmp_path, rows, head=[f"列{number}" for number in range(30)])
    assert book.get_sheet_by_index(1).to_python()[1:] == rows
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        assert archive.testzip() is None
        root = ET.fromstring(archive.read("xl/worksheets/sheet2.xml"))
    dimension = next(element for element in root.iter() if element.tag.endswith("}dimension"))
    assert dimension.attrib == {"ref": "A1:AD201"}

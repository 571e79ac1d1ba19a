"""What is read back from a report's files: a text for every place, and what no rule could explain."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import openpyxl

Place = tuple[str, ...]
Readings = Mapping[Place, str]
# Digits of any script, and what stands in the place of a number.
TELLING = re.compile(r"[\d…]|新增|(?<![“—])—(?![”—])")
DOCUMENT = "司发通〔2010〕239号"
FURNITURE_SHEETS = {"封面": "封面", "元数据": "元数据"}


@dataclass
class Reading:
    """Texts by place. A place that is read twice, or a number without a place, is unexplained."""

    found: dict[Place, str] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)

    def put(self, place: Place, text: str) -> None:
        """Note what stands in a place."""
        if place in self.found:
            self.unexplained.append(f"{place} once more: {text}")
        self.found[place] = text

    def again(self, place: Place, text: str) -> None:
        """Note what stands on many pages and must everywhere be the same."""
        if self.found.setdefault(place, text) != text:
            self.unexplained.append(f"{place} otherwise: {text}")

    def leave(self, where: str, text: str) -> None:
        """Report what tells a number and was not read by any rule."""
        self.unexplained += [f"{where}: {word}" for word in text.split() if TELLING.search(word)]


def differences(read: Reading, expected: Readings) -> list[str]:
    """Return every place where the file does not say what it should, and all that is unexplained."""
    places = {**expected, **read.found}
    found = [
        f"{'/'.join(place)}: printed {read.found.get(place)!r}, counted {expected.get(place)!r}"
        for place in places
        if read.found.get(place) != expected.get(place)
    ]
    return found + [f"unexplained {text}" for text in read.unexplained]


def plain(text: str) -> str:
    """Return a number as a workbook holds it, whatever zeros end it in print."""
    return f"{Decimal(text).normalize():f}" if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def read_xlsx(content: bytes) -> Reading:
    """Read every cell of a workbook."""
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    reading = Reading()
    reading.put(("文件标题",), str(workbook.properties.title))
    for sheet in workbook:
        rows = [[_text(cell) for cell in row] for row in sheet.iter_rows()]
        if sheet.title in FURNITURE_SHEETS:
            _read_pairs(reading, sheet.title, rows)
        elif sheet.title in {"省表", "指标解释", "审核关系"}:
            _read_list(reading, sheet.title, rows)
        elif sheet.title.startswith("各"):
            _read_units(reading, sheet.title, rows)
        else:
            reading.leave(sheet.title, " ".join(text for row in rows for text in row))
    return reading


def _text(cell: Any) -> str:
    """Return a cell's text; a number that is stored as text bears a mark, since nobody can calculate with it."""
    if cell.value is None:
        return ""
    if cell.data_type == "n":
        return plain(str(cell.value))
    text = str(cell.value)
    return f"’{text}" if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _read_pairs(reading: Reading, sheet: str, rows: Sequence[Sequence[str]]) -> None:
    for number, (label, text, *more) in enumerate(rows):
        place = (sheet, label if label != "说明" else f"说明{number}")
        reading.put(place, text)
        reading.leave(sheet, " ".join(more))


def _read_list(reading: Reading, sheet: str, rows: Sequence[Sequence[str]]) -> None:
    heads, *lines = rows
    name = heads.index("审核关系" if sheet == "审核关系" else "指标名称")
    for line in lines:
        for head, text in zip(heads, line, strict=True):
            if head in {"解释", "依据", "分组"}:
                reading.leave(sheet, text.replace(DOCUMENT, "").replace("× 100%。", ""))
            elif head != heads[name]:
                reading.put((sheet, line[name], head), text)
    reading.leave(sheet, " ".join(heads))


def _read_units(reading: Reading, sheet: str, rows: Sequence[Sequence[str]]) -> None:
    _, titles, numbers, *lines = rows
    heads = [*rows[0][:6], *titles[6:]]
    for head, number in zip(heads[6:], numbers[6:], strict=True):
        reading.put((sheet, "列号", head), number)
    reading.put((sheet, "次序"), " ".join(line[0] for line in lines))
    reading.leave(sheet, " ".join([*rows[0], *titles, *numbers[:6]]))
    for code, *line in lines:
        for head, text in zip(heads[1:], line, strict=True):
            reading.put((sheet, code.removeprefix("’"), head), text)

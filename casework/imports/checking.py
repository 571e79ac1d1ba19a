"""Checking the rows of a ledger: every fault with its row and column, the same case twice, what is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.utils.translation import gettext as _

from casework.imports.columns import CellError, Values
from casework.imports.matching import Mapping
from casework.imports.reading import Ledger
from casework.lines import RecordType
from casework.models import ImportedRecord
from offices.models import Membership
from offices.secrecy import blind_index
from offices.workbooks import Row

CHUNK = 1000


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the row's number, the place of the column (from 0; None: the row), a sentence."""

    row: int
    place: int | None
    heading: str
    message: str


@dataclass
class CheckedRow:
    """A row with its values where it can be imported, its faults, or the reason why it looks like another one."""

    row: Row
    values: Values = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    key: bytes = b""
    content: bytes = b""
    repeats: str = ""

    @property
    def standing(self) -> Literal["good", "failed", "repeated"]:
        """Whether the row can be imported."""
        if self.faults:
            return "failed"
        return "repeated" if self.repeats else "good"


class Checker:
    """Checks a file in steps, so that a job can say how far it is. The caller opens the scope of ``actor``."""

    def __init__(self, *, record_type: RecordType, ledger: Ledger, mapping: Mapping, actor: Membership) -> None:
        assert record_type.imports is not None
        self.record_type, self.sheet, self.ledger, self.actor = record_type, record_type.imports, ledger, actor
        self.places = {name: place for name, place in mapping.items() if name in self.sheet.by_name}
        self.known = self.sheet.known(actor)
        self.checked: list[CheckedRow] = []
        self._seen: dict[bytes, int] = {}
        self._example = self.sheet.example()

    @property
    def total(self) -> int:
        """The number of rows of the file."""
        return len(self.ledger.rows)

    def steps(self) -> Iterator[int]:
        """Check the rows in chunks and yield how many are done."""
        rows = self.ledger.rows
        for start in range(0, len(rows), CHUNK):
            self.checked += [self._check(row) for row in rows[start : start + CHUNK] if not self._is_example(row)]
            yield min(start + CHUNK, len(rows))

    def compare(self) -> None:
        """Mark the rows whose cases are in the register already."""
        good = [checked for checked in self.checked if not checked.faults]
        for start in range(0, len(good), CHUNK):
            self._compare_keys(good[start : start + CHUNK])
        self._compare_alike([checked for checked in good if not checked.repeats])

    def text(self, row: Row, name: str) -> str:
        """Return the text of a cell by the name of our column, empty where the file has no such column."""
        place = self.places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def _is_example(self, row: Row) -> bool:
        # The template's filled row, left standing by somebody who typed below it.
        return self.ledger.version is not None and self._texts(row) == self._example

    def _texts(self, row: Row) -> tuple[str, ...]:
        return tuple(self.text(row, column.name) for column in self.sheet.columns)

    def _check(self, row: Row) -> CheckedRow:
        checked = CheckedRow(row)
        bad: set[str] = set()
        for column in self.sheet.columns:
            text, place = self.text(row, column.name), self.places.get(column.name)
            try:
                if place in row.formulas:
                    raise CellError(_("单元格是公式，不会计算，请改成固定的内容。"))
                if not text and column.required:
                    raise CellError(_("请填写%(what)s。") % {"what": column.label})
                checked.values[column.name] = column.read(text, self.known) if text else None
            except CellError as error:
                bad.add(column.name)
                checked.faults.append(self._fault(row, column.name, str(error)))
        if not bad:
            # A rule between two cells says nothing true while one of them is not read.
            checked.faults += [self._fault(row, *found) for found in self.sheet.check(checked.values, self.known)]
        if not checked.faults:
            self._mark_seen(checked)
        return checked

    def _mark_seen(self, checked: CheckedRow) -> None:
        context = f"import.{self.record_type.code}"
        checked.key = blind_index("|".join(self.sheet.key(checked.values)), f"{context}.key")
        # Blanks and width do not make another content; the confirmation is an answer, no content.
        texts = (self.text(checked.row, c.name) for c in self.sheet.columns if c.name != self.sheet.confirm)
        checked.content = blind_index("|".join(texts), f"{context}.content")
        earlier = self._seen.setdefault(checked.key, checked.row.number)
        if earlier != checked.row.number:
            message = _("与第%(row)d行是同一件，请删除重复的行。") % {"row": earlier}
            checked.faults.append(self._fault(checked.row, self.sheet.key_column, message))

    def _fault(self, row: Row, name: str, message: str) -> Fault:
        place = self.places.get(name)
        heading = self.ledger.head.cells[place] if place is not None else self.sheet.by_name[name].label
        return Fault(row.number, place, heading, message)

    def _compare_keys(self, rows: Sequence[CheckedRow]) -> None:
        kept = ImportedRecord.objects.filter(
            office_id=self.actor.office_id, record_type=self.record_type.code, key__in=[row.key for row in rows]
        )
        found = {bytes(key): bytes(content) for key, content in kept.values_list("key", "content")}
        for row in rows:
            if row.key in found:
                same = found[row.key] == row.content
                row.repeats = _("已经导入过。") if same else _("同一件已经导入过，但内容有变化，请在系统中修改。")

    def _compare_alike(self, rows: Sequence[CheckedRow]) -> None:
        asked = [row for row in rows if not row.values.get(self.sheet.confirm)]
        if not asked:
            return
        days = [self.sheet.day(row.values) for row in asked]
        alike: set[tuple[str, date]] = set(
            self.record_type.model.objects.filter(registered_on__range=(min(days), max(days)))
            .values_list("title", "registered_on")
            .iterator()
        )
        label = self.sheet.by_name[self.sheet.confirm].label
        for row, day in zip(asked, days, strict=True):
            if (self.sheet.title(row.values), day) in alike:
                message = _("系统中已有同名、同日登记的业务；确实不是同一件的，请在“%(column)s”栏填“是”。")
                row.repeats = message % {"column": label}


def counted(checked: Sequence[CheckedRow]) -> dict[str, int]:
    """Return how many rows stand where."""
    found: dict[str, Any] = {"good": 0, "failed": 0, "repeated": 0}
    for row in checked:
        found[row.standing] += 1
    return found


def letter(place: int) -> str:
    """Return the letter of a column as spreadsheet programs show it: 0 is A, 26 is AA."""
    text, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text

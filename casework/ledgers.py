"""What a line declares of a printed ledger, and how its cells read. The words of a ledger are Chinese in every language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from casework.models import CodesField, FenField
from casework.money import format_yuan
from casework.showing import MASKS, hidden, shown_value
from offices.secrecy import EncryptedField

# What lies between the margins of an A4 sheet on its side, in millimetres (print.css, "ledger").
SHEET_WIDTH = 263.0
SERIAL_WIDTH = 9.0
HAN_WIDTH, PADDING = 2.85, 1.6
BETWEEN = "、"
CUT = "…"


@dataclass(frozen=True, kw_only=True)
class LedgerColumn:
    """One column of a printed ledger: a field path from the record, its heading, its width in millimetres.

    A value reads by its field: codes in words, fen in yuan, what is encrypted masked; ``show`` reads it otherwise. What is
    kept in other rows is asked for by ``rows``, an expression under the name of the column; a list of names is printed so
    that none is broken. Columns that ``grow`` share what the others leave of the sheet; a text longer than ``most``
    characters is cut, and shows it. ``reduced`` columns are printed for who sees the reduced list: none may name a
    person or tell a story.
    """

    name: str
    label: str
    width: float
    show: Callable[[Any], Any] | None = None
    rows: Callable[[], Any] | None = None
    grows: bool = False
    most: int = 80
    reduced: bool = False


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The paper ledger that a list replaces: its heading, its columns as they are printed, the word that counts its rows.

    ``totals`` names the columns whose sums stand at the end.
    """

    title: str
    columns: tuple[LedgerColumn, ...]
    counter: str = "件"
    totals: tuple[str, ...] = ()

    def columns_for(self, *, full: bool) -> list[LedgerColumn]:
        """Return the columns that a person sees who sees the full list, or the reduced one."""
        return [column for column in self.columns if full or column.reduced]


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: ``whole`` pieces that are never broken, then a text that may be; ``kind`` is its class."""

    kind: str = ""
    whole: tuple[str, ...] = ()
    text: str = ""


# Who prints for more than one office sees whose row it is.
OFFICE = LedgerColumn(name="office__short_name", label="司法所", width=18, reduced=True)


def field_of(model: Any, path: str) -> Any:
    """Return the field at the end of a path; FieldDoesNotExist when there is none."""
    first, _sep, rest = path.partition("__")
    field = model._meta.get_field(first)
    return field_of(field.related_model, rest) if rest else field


class Reader:
    """Reads the raw values of one column of a model's ledger as cells."""

    def __init__(self, model: Any, column: LedgerColumn, width: float) -> None:
        self.column = column
        self.field: Any = None if column.rows else field_of(model, column.name)
        self.room = width - PADDING

    @property
    def is_masked(self) -> bool:
        """Tell whether the column prints masks."""
        return isinstance(self.field, EncryptedField)

    def cell(self, value: Any) -> Cell:
        """Return what stands in a row for a value."""
        if self.is_masked:
            return self._text(MASKS.get(self.field.name, hidden)(value) if value else "")
        if self.column.show is not None:
            shown = self.column.show(value) if value not in (None, "") else ""
            return self._names(shown) if isinstance(shown, list | tuple) else self._text(str(shown))
        if isinstance(value, date):
            day, time = day_and_time(value)
            return Cell("middle", (day,), time)
        if isinstance(value, list | tuple) and not isinstance(self.field, CodesField):
            return self._names(value)
        if isinstance(self.field, FenField):
            return Cell("end", (format_yuan(value),) if value else ())
        if isinstance(value, int) and not isinstance(value, bool):
            return Cell("end", (f"{value:,}",))
        return self._text(shown_value(self.field, value))

    def total(self, value: int) -> Cell:
        """Return what stands below the column for the sum of its values."""
        return Cell("end", (format_yuan(value) if isinstance(self.field, FenField) else f"{value:,}",))

    def _names(self, names: Sequence[str]) -> Cell:
        kept = list(names)
        while kept[1:] and len(BETWEEN.join(kept)) > self.column.most:
            kept.pop()
        more = f"等{len(names)}人" if len(kept) < len(names) else ""
        pieces = [f"{name}{BETWEEN}" for name in kept[:-1]] + [f"{name}{more}" for name in kept[-1:]]
        # A name that is wider than its column has to break somewhere; without this it would run out of it.
        fits = all(width_of(piece) <= self.room for piece in pieces)
        return Cell("", tuple(pieces)) if fits else Cell("", (), "".join(pieces))

    def _text(self, text: str) -> Cell:
        text = " ".join(text.split())
        if len(text) > self.column.most:
            text = text[: self.column.most - 1] + CUT
        return Cell("", (text,)) if text and width_of(text) <= self.room else Cell("", (), text)


def width_of(text: str) -> float:
    """Return how wide a text is at most, in millimetres."""
    return sum(HAN_WIDTH if ord(char) > 0x2E7F else HAN_WIDTH * 0.6 for char in text)


def day_and_time(value: date) -> tuple[str, str]:
    """Return 2026年5月6日, as papers write a day, and the time of a value that has one, after a space."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return f"{value.year}年{value.month}月{value.day}日", f" {value:%H:%M}" if isinstance(value, datetime) else ""


def widths_of(columns: Sequence[LedgerColumn]) -> list[float]:
    """Return the widths of the columns on the sheet: what is left is shared by those that grow, else by all."""
    left = SHEET_WIDTH - SERIAL_WIDTH - sum(column.width for column in columns)
    growing = [column for column in columns if column.grows] or columns
    share = left / sum(column.width for column in growing)
    return [column.width * (1 + share) if column in growing else column.width for column in columns]


def problems_of(model: Any, ledger: Ledger) -> list[str]:
    """Return what does not hold together in a declared ledger; FieldDoesNotExist for a path that leads nowhere."""
    problems = []
    if sum(column.width for column in (*ledger.columns, OFFICE)) > SHEET_WIDTH - SERIAL_WIDTH:
        problems.append("its columns are wider than the sheet")
    if {*ledger.totals} - {column.name for column in ledger.columns}:
        problems.append("a total of no column")
    for column in ledger.columns:
        if column.rows:
            continue
        field = field_of(model, column.name)
        if column.name in ledger.totals and not isinstance(field, models.IntegerField):
            problems.append(f"{column.name} cannot be summed")
        if isinstance(field, EncryptedField) and column.reduced:
            problems.append(f"{column.name} is a secret")
    return problems

"""What a line declares of a ledger: its columns, how a cell is read, what a row must hold. Knows no line, no file.

The words of a ledger are Chinese in every language, like all papers of the offices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from casework.form_fields import EARLIEST, PortalDateField
from casework.identifiers import IdentifierError
from casework.money import MoneyError, parse_yuan
from offices.models import Membership
from offices.secrecy import half_width

_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
# A line break and a tab are typed; what else stands below the blank is damage, and PostgreSQL refuses a NUL.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_DIGITS = re.compile(r"[0-9]{1,9}")
YES_NO = {"是": True, "否": False}

Values = dict[str, Any]


class CellError(ValueError):
    """What is wrong with a cell, in a sentence for the clerk; never holds a personal number."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))


@dataclass(frozen=True, kw_only=True)
class ImportColumn:
    """One column of a ledger.

    ``read(text, known)`` turns a cell that is not empty into a value or raises CellError; an empty cell is None.
    ``choices(known)`` fills the drop-down of the template. ``synonyms`` are headings of foreign ledgers. ``mask`` shows
    a personal value on a page.
    """

    name: str
    label: str
    read: Callable[[str, Any], Any]
    required: bool = False
    choices: Callable[[Any], Sequence[str]] | None = None
    example: str = ""
    note: str = ""
    width: int = 14
    synonyms: tuple[str, ...] = ()
    mask: Callable[[str], str] | None = None


@dataclass(frozen=True, kw_only=True)
class ImportSheet:
    """A ledger as a line declares it.

    ``known(actor)`` reads once what every row is held against. ``check(values, known)`` yields (column, sentence) for
    what is wrong between cells. ``key(values)`` are the texts that make a row the same case as another one; its faults
    stand in the column ``key_column``. ``day`` orders the rows; ``title`` and ``day`` find records that look alike,
    which a row accepts by 是 in the column ``confirm``. ``numbering(values)`` is (body, year, kind, pattern) of the row's
    number; ``build`` walks a record through its workflow in memory. ``children`` are the tables, with their key to the
    record, that come with one.
    """

    version: int
    columns: tuple[ImportColumn, ...]
    known: Callable[[Membership], Any]
    check: Callable[[Values, Any], Iterator[tuple[str, str]]]
    key: Callable[[Values], tuple[str, ...]]
    key_column: str
    confirm: str
    day: Callable[[Values], date]
    title: Callable[[Values], str]
    numbering: Callable[[Values], tuple[str, int, str, str] | None]
    build: Callable[..., Any]
    children: tuple[tuple[type[Model], str], ...] = ()
    by_name: Mapping[str, ImportColumn] = field(init=False)

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in self.columns}
        if len(by_name) != len(self.columns) or len({column.label for column in self.columns}) != len(self.columns):
            raise ValueError("Two columns bear the same name or label")
        if {self.key_column, self.confirm} - set(by_name):
            raise ValueError("The sheet names an unknown column")
        object.__setattr__(self, "by_name", by_name)

    def example(self) -> tuple[str, ...]:
        """Return the filled row of the template."""
        return tuple(column.example for column in self.columns)


def compact(text: str) -> str:
    """Return a word as it is compared: half width, without blanks."""
    return _BLANKS.sub("", half_width(text))


def read_text(most: int) -> Callable[[str, Any], str]:
    """Return a reader of texts of at most ``most`` characters."""

    def read(text: str, known: Any) -> str:
        if _CONTROL.search(text):
            raise CellError(_("含有无法识别的字符，请删除后重填。"))
        if len(text) > most:
            raise CellError(_("最多%(most)d个字，现有%(n)d个字。") % {"most": most, "n": len(text)})
        return text

    return read


def read_date(*, future: bool = False, earliest: date = EARLIEST) -> Callable[[str, Any], date]:
    """Return a reader of dates as people type them (2026-10-28, 2026.10.28, 2026年10月28日, 20261028)."""
    typed = PortalDateField(future=future, earliest=earliest)

    def read(text: str, known: Any) -> date:
        try:
            found: date = typed.clean(compact(text))
        except ValidationError as error:
            raise CellError(error.messages[0]) from None
        return found

    return read


def read_yuan(text: str, known: Any) -> int:
    """Read an amount in yuan and return fen."""
    try:
        return parse_yuan(text)
    except MoneyError as error:
        raise CellError(error.message) from None


def read_integer(least: int, most: int) -> Callable[[str, Any], int]:
    """Return a reader of whole numbers between two bounds."""

    def read(text: str, known: Any) -> int:
        plain = compact(text)
        if not _DIGITS.fullmatch(plain) or not least <= int(plain) <= most:
            raise CellError(_("应为%(least)d至%(most)d的整数。") % {"least": least, "most": most})
        return int(plain)

    return read


def read_word(words: Callable[[Any], Mapping[str, Any]], message: Callable[[], str]) -> Callable[[str, Any], Any]:
    """Return a reader of words out of a list; ``words(known)`` gives their values by the compact word."""

    def read(text: str, known: Any) -> Any:
        value = words(known).get(compact(text))
        if value is None:
            raise CellError(message())
        return value

    return read


def read_checked(check: Callable[[str], Any]) -> Callable[[str, Any], Any]:
    """Return a reader that takes a check of casework.identifiers."""

    def read(text: str, known: Any) -> Any:
        if _CONTROL.search(text):
            raise CellError(_("含有无法识别的字符，请删除后重填。"))
        try:
            return check(text)
        except IdentifierError as error:
            raise CellError(error.message) from None

    return read


def words_of(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by the compact form of their words."""
    return {compact(word): value for word, value in pairs}

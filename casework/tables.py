"""Tables of lists: rows straight from values_list, escaped and joined. A template loop costs ten times as much."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from casework.lines import Column

DASH = '<span aria-hidden="true">—</span><span class="visually-hidden">{}</span>'


def show_date(value: date | None) -> str:
    """Return a date as records show it, empty for none."""
    return value.isoformat() if value else ""


def table_html(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]], *, address: str = "") -> SafeString:
    """Return a table. Each row is the record's public id, then one raw value for each column.

    ``address`` is the address of a record with ``REF`` in the place of its public id; the first column links to it.
    """
    marks = [_marked(column) for column in columns]
    labels = [_escaped(column.label) for column in columns]
    head = "".join(f'<th scope="col"{mark}>{label}</th>' for mark, label in zip(marks, labels, strict=True))
    opening = [f'<td data-label="{label}"{mark}>' for mark, label in zip(marks, labels, strict=True)]
    cells = [_Cells(column) for column in columns]
    before, _middle, after = (escape(part) for part in address.partition("REF"))
    body: list[str] = []
    for row in rows:
        shown = [cell[value] for cell, value in zip(cells, row[1:], strict=True)]
        if address:
            shown[0] = f'<a href="{before}{escape(row[0])}{after}">{shown[0]}</a>'
        body += ["<tr>", *(f"{start}{text}</td>" for start, text in zip(opening, shown, strict=True)), "</tr>"]
    return mark_safe(  # noqa: S308 - every value has been escaped
        f'<table class="jo-table"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    )


def _marked(column: Column) -> str:
    # A day is never broken over two lines, and what a phone leaves out is short.
    names = ["jo-wide-only"] * column.wide_only + ["jo-day"] * (column.show is show_date)
    return f' class="{" ".join(names)}"' if names else ""


class _Cells(dict[Hashable, str]):
    """The cells of one column by raw value: a type, a state or a day stands in many rows and is drawn once."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column

    def __missing__(self, value: Hashable) -> str:
        self[value] = found = _shown(self.column, value)
        return found


def _shown(column: Column, value: Any) -> str:
    text = column.show(value) if value is not None else ""
    if text == "":
        return DASH.format(_escaped(_("无")))
    if column.tone is None:
        return _escaped(text)
    tone = column.tone(value)
    return f'<span class="jo-tag{f" jo-tag-{escape(tone)}" if tone else ""}">{_escaped(text)}</span>'


def _escaped(text: Any) -> str:
    # The same as conditional_escape, which costs five times as much: a page has some hundred cells.
    return str(text.__html__()) if hasattr(text, "__html__") else escape(str(text))

"""Tables of lists: rows straight from values_list, escaped and joined. A template loop costs ten times as much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from casework.lines import Column

NOTHING = mark_safe('<span aria-hidden="true">—</span>')


def show_date(value: date | None) -> str:
    """Return a date as records show it, empty for none."""
    return value.isoformat() if value else ""


def table_html(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]], *, address: str = "") -> SafeString:
    """Return a table. Each row is the record's public id, then one raw value for each column.

    ``address`` is the address of a record with ``REF`` in the place of its public id; the first column links to it.
    """
    head = "".join(f'<th scope="col">{conditional_escape(column.label)}</th>' for column in columns)
    cells = [(column.show, conditional_escape(column.label)) for column in columns]
    body = "".join(_row(cells, row, address) for row in rows)
    return mark_safe(  # noqa: S308 - every value has been escaped
        f'<table class="jo-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _row(cells: list[tuple[Any, str]], row: tuple[Any, ...], address: str) -> str:
    shown = [
        _shown(show(value) if value is not None else "") for (show, _label), value in zip(cells, row[1:], strict=True)
    ]
    if address:
        # A record without a number yet is opened by its name.
        linked = next((place for place, text in enumerate(shown) if text is not NOTHING), 0)
        shown[linked] = format_html('<a href="{}">{}</a>', address.replace("REF", row[0]), shown[linked])
    parts = "".join(f'<td data-label="{label}">{text}</td>' for (_s, label), text in zip(cells, shown, strict=True))
    return f"<tr>{parts}</tr>"


def _shown(text: Any) -> SafeString:
    return NOTHING if text == "" else conditional_escape(text)

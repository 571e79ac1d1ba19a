"""Tables of lists: rows straight from values_list, escaped and joined. A template loop costs ten times as much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.html import conditional_escape, format_html
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
    marks = [' class="jo-wide-only"' if column.wide_only else "" for column in columns]
    labels = [conditional_escape(column.label) for column in columns]
    head = "".join(f'<th scope="col"{mark}>{label}</th>' for mark, label in zip(marks, labels, strict=True))
    opening = [f'<td data-label="{label}"{mark}>' for mark, label in zip(marks, labels, strict=True)]
    body = "".join(_row(columns, opening, row, address) for row in rows)
    return mark_safe(  # noqa: S308 - every value has been escaped
        f'<table class="jo-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _row(columns: Sequence[Column], opening: list[str], row: tuple[Any, ...], address: str) -> str:
    shown = [_shown(column, value) for column, value in zip(columns, row[1:], strict=True)]
    if address:
        shown[0] = format_html('<a href="{}">{}</a>', address.replace("REF", row[0]), shown[0])
    parts = "".join(f"{start}{text}</td>" for start, text in zip(opening, shown, strict=True))
    return f"<tr>{parts}</tr>"


def _shown(column: Column, value: Any) -> SafeString:
    text = column.show(value) if value is not None else ""
    if text == "":
        return format_html(DASH, _("无"))
    if column.tone is None:
        return conditional_escape(text)
    tone = column.tone(value)
    mark = f" jo-tag-{tone}" if tone else ""
    return format_html('<span class="jo-tag{}">{}</span>', mark, text)

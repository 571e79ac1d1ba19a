"""Which heading of a file is which column of ours. Pure.

A mapping names the place (from 0) of a heading by the name of our column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from casework.imports.columns import ImportColumn, ImportSheet, compact

Mapping = dict[str, int]
ALIKE = 0.72
_MARKS = re.compile(r"[*※：:（(].*|[、，,。/\-—_]")


def plain(heading: str) -> str:
    """Return a heading without blanks, marks and what stands in brackets."""
    return _MARKS.sub("", compact(heading))


def by_label(sheet: ImportSheet, headings: Sequence[str]) -> Mapping:
    """Return where our own labels stand, word for word."""
    places = {compact(heading.rstrip("*")): place for place, heading in reversed(list(enumerate(headings))) if heading}
    return {column.name: places[compact(column.label)] for column in sheet.columns if compact(column.label) in places}


def guess(sheet: ImportSheet, headings: Sequence[str]) -> Mapping:
    """Return a guess: the label or a synonym word for word, else the most similar heading. A heading serves once."""
    found = by_label(sheet, headings)
    free = {place: plain(heading) for place, heading in enumerate(headings) if plain(heading)}
    for place in found.values():
        free.pop(place, None)
    for column in sheet.columns:
        words = {plain(word) for word in (column.label, *column.synonyms)}
        same = [place for place, heading in free.items() if heading in words]
        if column.name not in found and same:
            found[column.name] = same[0]
            del free[same[0]]
    return found | _alike([column for column in sheet.columns if column.name not in found], free)


def _alike(columns: Sequence[ImportColumn], free: dict[int, str]) -> Mapping:
    scores = [
        (
            max(SequenceMatcher(None, plain(word), heading).ratio() for word in (column.label, *column.synonyms)),
            place,
            c,
        )
        for c, column in enumerate(columns)
        for place, heading in free.items()
    ]
    found: Mapping = {}
    for score, place, c in sorted(scores, reverse=True):
        if score >= ALIKE and place in free and columns[c].name not in found:
            found[columns[c].name] = place
            del free[place]
    return found


def missing(sheet: ImportSheet, mapping: Mapping) -> list[str]:
    """Return the labels of compulsory columns that a mapping does not reach."""
    return [column.label for column in sheet.columns if column.required and column.name not in mapping]


def digest(headings: Sequence[str]) -> str:
    """Return what a row of headings is remembered by."""
    return hashlib.sha256("\n".join(compact(heading) for heading in headings).encode()).hexdigest()

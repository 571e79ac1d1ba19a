"""The query form above a list. Its fields are drawn once a minute for each type and language, not for each page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from casework.lines import RecordType
from casework.paging import PLACE_NAMES

# What an address carries beside conditions: the token of a posted text, and the saved view that it came from.
TEXT, VIEW = "q", "view"
TEMPLATE = "casework/_query_fields.html"
# As long as casework.codes keeps its tables: a changed list of choices is seen by every process within two minutes.
SECONDS_KEPT = 60

_kept: dict[tuple[str, str], tuple[float, SafeString]] = {}


def asks_something(query: Mapping[str, str]) -> bool:
    """Tell whether an address holds a condition, and not merely a place in the list."""
    return any(value for name, value in query.items() if name not in PLACE_NAMES and name != VIEW)


def empty_fields(record_type: RecordType) -> SafeString:
    """Return the fields without values, as most pages show them."""
    key = (record_type.code, get_language() or "")
    now = time.monotonic()
    kept_at, html = _kept.get(key, (0.0, SafeString()))
    if not html or now - kept_at > SECONDS_KEPT:
        html = filled_fields(record_type.filterset({}, queryset=record_type.model.objects.none()), {})
        _kept[key] = (now, html)
    return html


def filled_fields(filters: Any, query: Mapping[str, str]) -> SafeString:
    """Return the fields of a filter set with what was asked and its errors; ``more`` is open when it was used."""
    context = {"form": filters.form, "more": filters.more, "is_open": any(query.get(name) for name in filters.more)}
    return render_to_string(TEMPLATE, context)

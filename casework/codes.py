"""Reading code tables: versioned lists whose values change with the years."""

from __future__ import annotations

import time
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext

from casework.models import CodeValue

# A changed table is seen by every process within a minute; a page of 25 rows does not query 50 times.
SECONDS_KEPT = 60

_kept: dict[str, tuple[float, tuple[CodeValue, ...]]] = {}


def codes(table: str, day: date | None = None) -> list[CodeValue]:
    """Return the values of a table that hold on a day (today when none is given), in their printed order."""
    day = day or timezone.localdate()
    return [value for value in all_codes(table) if _holds(value, day)]


def _holds(value: CodeValue, day: date) -> bool:
    return value.valid_from <= day and (value.valid_until is None or value.valid_until >= day)


def all_codes(table: str) -> tuple[CodeValue, ...]:
    """Return every value that a table ever had, retired ones included."""
    now = time.monotonic()
    kept_at, values = _kept.get(table, (0.0, ()))
    if not values or now - kept_at > SECONDS_KEPT:
        values = tuple(CodeValue.objects.filter(table=table))
        _kept[table] = (now, values)
    return values


def code_choices(table: str, *, blank: bool = False) -> list[tuple[str, str]]:
    """Return (code, label) pairs for a form field, with an empty first one where ``blank``."""
    return ([("", gettext("请选择"))] if blank else []) + [(value.code, value.label) for value in codes(table)]


def code_name(table: str, code: str) -> str:
    """Return a value's Chinese name, for what is stored: titles and notes do not follow the writer's screen."""
    return next((value.name for value in all_codes(table) if value.code == code), code)


def code_label(table: str, code: str) -> str:
    """Return a value's label, or the bare code of a value that the table does not know."""
    return next((value.label for value in all_codes(table) if value.code == code), code)

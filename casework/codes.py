"""Code tables: versioned lists whose values change with the years."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from casework.models import CodeValue

# A changed table is seen by every process within a minute; a page of 25 rows does not query 50 times.
SECONDS_KEPT = 60

_kept: dict[str, tuple[float, tuple[CodeValue, ...]]] = {}


@dataclass(frozen=True, kw_only=True)
class CodeTable:
    """A code table as a line declares it, for its page.

    ``of`` is the table that its values map to: their first level, or what they speak of. The program itself names the
    values in ``fixed``: they take other names, but never end. A ``closed`` table takes no further values.
    """

    code: str
    label: Any
    of: str = ""
    fixed: frozenset[str] = frozenset()
    closed: bool = False


def codes(table: str, day: date | None = None) -> list[CodeValue]:
    """Return the values of a table that hold on a day (today when none is given), in their printed order."""
    day = day or timezone.localdate()
    return [value for value in versions_of(table) if _holds(value, day)]


def _holds(value: CodeValue, day: date) -> bool:
    return value.valid_from <= day and (value.valid_until is None or value.valid_until >= day)


def all_codes(table: str) -> tuple[CodeValue, ...]:
    """Return every value that a table has had, as it was named last, retired ones included, in their printed order."""
    newest = _newest(versions_of(table))
    return tuple(sorted(newest.values(), key=lambda value: (value.sort, value.valid_from)))


def _newest(versions: Iterable[CodeValue]) -> dict[str, CodeValue]:
    today, found = timezone.localdate(), dict[str, CodeValue]()
    for value in versions:
        known = found.get(value.code)
        if value.valid_from <= today and (known is None or known.valid_from < value.valid_from):
            found[value.code] = value
    return found


def versions_of(table: str) -> tuple[CodeValue, ...]:
    """Return every version of every value of a table, former and coming names included."""
    now = time.monotonic()
    kept_at, values = _kept.get(table, (0.0, ()))
    if not values or now - kept_at > SECONDS_KEPT:
        values = tuple(CodeValue.objects.filter(table=table))
        _kept[table] = (now, values)
    return values


def forget_codes() -> None:
    """Make the next reader of this process read the tables afresh."""
    _kept.clear()


def code_choices(table: str, *, blank: bool = False) -> list[tuple[str, str]]:
    """Return (code, label) pairs for a form field, with an empty first one where ``blank``."""
    return ([("", gettext("请选择"))] if blank else []) + [(value.code, value.label) for value in codes(table)]


def code_name(table: str, code: str) -> str:
    """Return a value's Chinese name, for what is stored: titles and notes do not follow the writer's screen."""
    value = _last_named(table, code)
    return value.name if value else code


def code_label(table: str, code: str) -> str:
    """Return a value's label, or the bare code of a value that the table does not know."""
    value = _last_named(table, code)
    return value.label if value else code


def _last_named(table: str, code: str) -> CodeValue | None:
    return _newest(value for value in versions_of(table) if value.code == code).get(code)

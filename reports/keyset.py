"""Pages of dated rows by (on, id), newest first: page 1,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

SIZE = 25
OLDER, NEWER = "older", "newer"
# From the name of a row in an address to its place; None for a name that is unknown in the scope.
Anchor = Callable[[str], tuple[date, int] | None]


@dataclass(frozen=True)
class Page:
    """One page of rows, and the addresses of the pages beside it, empty where there is none."""

    rows: list[Any]
    older: str
    newer: str


def page_of(queryset: QuerySet[Any], query: QueryDict, *, anchor: Anchor, name: str) -> Page:
    """Return the page that a query asks for: ``older`` or ``newer`` than a row, named by its attribute ``name``."""
    wanted = query.get(OLDER) or query.get(NEWER) or ""
    place = anchor(wanted[:10]) if wanted else None
    back = bool(place and not query.get(OLDER))
    if place:
        on, key = place
        # The first condition alone is the range of the index; the second trims the rows of the day itself.
        bound = Q(on__gte=on) if back else Q(on__lte=on)
        beyond = Q(on__gt=on) | Q(on=on, pk__gt=key) if back else Q(on__lt=on) | Q(on=on, pk__lt=key)
        queryset = queryset.filter(bound, beyond)
    rows = list(queryset.order_by(*(("on", "pk") if back else ("-on", "-pk")))[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    if back:
        rows.reverse()
    older, newer = (True, more) if back else (more, bool(place))
    return Page(
        rows=rows,
        older=_address(query, OLDER, getattr(rows[-1], name)) if rows and older else "",
        newer=_address(query, NEWER, getattr(rows[0], name)) if rows and newer else "",
    )


def _address(query: QueryDict, name: str, row: str) -> str:
    wanted = query.copy()
    for other in (OLDER, NEWER):
        wanted.pop(other, None)
    wanted[name] = row
    return f"?{wanted.urlencode()}"

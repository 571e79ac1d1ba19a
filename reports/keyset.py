"""Pages of dated rows by (on, id), newest first: page 1,000 costs what page 1 costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

SIZE = 25
OLDER, NEWER = "older", "newer"
# No number of a row is longer.
DIGITS = 18


@dataclass(frozen=True)
class Page:
    """One page of rows, and the addresses of the pages beside it, empty where there is none."""

    rows: list[Any]
    older: str
    newer: str


def page_of(queryset: QuerySet[Any], query: QueryDict) -> Page:
    """Return the page that a query asks for: ``older`` or ``newer`` than a row, named by its number.

    Not by its record: of one record many rows may count, and the pages would never get past the first of them. A number
    that is none of the rows leads to the first page.
    """
    wanted = query.get(OLDER) or query.get(NEWER) or ""
    place = _place(queryset, wanted)
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
        older=_address(query, OLDER, rows[-1]) if rows and older else "",
        newer=_address(query, NEWER, rows[0]) if rows and newer else "",
    )


def _place(queryset: QuerySet[Any], wanted: str) -> tuple[date, int] | None:
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= DIGITS):
        return None
    return queryset.filter(pk=int(wanted)).values_list("on", "pk").first()


def _address(query: QueryDict, name: str, row: Any) -> str:
    wanted = query.copy()
    for other in (OLDER, NEWER):
        wanted.pop(other, None)
    wanted[name] = str(row.pk)
    return f"?{wanted.urlencode()}"

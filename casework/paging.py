"""Keyset paging by (a date, id), newest first: page 10,000 costs what page 1 costs. Records are dated by registration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SIZE = 25
# Beyond this nobody counts rows for a heading: the dashboards have the exact figures.
MOST_COUNTED = 10_000
OLDER, NEWER, JUMP = "older", "newer", "on"
# What an address says of the place in a list, beside the conditions.
PLACE_NAMES = frozenset({OLDER, NEWER, JUMP})


@dataclass(frozen=True)
class Page:
    """One page: its rows as tuples that begin with public id and id, and the addresses beside it."""

    rows: list[tuple[Any, ...]]
    older: str
    newer: str


def page_of(queryset: QuerySet[Any], query: QueryDict, names: list[str], *, by: str = "registered_on") -> Page:
    """Return the page that a query asks for: ``older`` or ``newer`` than a record's public id, or ``on`` a day.

    ``by`` is the date (never empty) by which the rows are ordered.
    """
    anchor = _anchor(queryset, query.get(OLDER) or query.get(NEWER), by)
    back = bool(anchor and not query.get(OLDER))
    jump = parse_date(query.get(JUMP, "") or "") if _is_date(query.get(JUMP, "")) else None
    if anchor:
        day, key = anchor
        # The first condition alone is the index range; the second trims the day's own rows.
        compared = (
            Q(**{f"{by}__gt": day}) | Q(**{by: day, "pk__gt": key})
            if back
            else Q(**{f"{by}__lt": day}) | Q(**{by: day, "pk__lt": key})
        )
        bound = Q(**{f"{by}__gte": day}) if back else Q(**{f"{by}__lte": day})
        queryset = queryset.filter(bound, compared)
    elif jump:
        queryset = queryset.filter(**{f"{by}__lte": jump})
    order = (by, "pk") if back else (f"-{by}", "-pk")
    rows = list(queryset.order_by(*order).values_list("public_id", *names)[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    if back:
        rows.reverse()
    has_older, has_newer = (True, more) if back else (more, bool(anchor or jump))
    return Page(
        rows=rows,
        older=_address(query, OLDER, rows[-1][0]) if rows and has_older else "",
        newer=_address(query, NEWER, rows[0][0]) if rows and has_newer else "",
    )


def _is_date(text: str | None) -> bool:
    try:
        return bool(text) and parse_date(str(text)) is not None
    except ValueError:
        return False


def _anchor(queryset: QuerySet[Any], public_id: str | None, by: str) -> tuple[date, int] | None:
    if not public_id:
        return None
    # Looked up under the scope: an id of another office is as unknown as one that does not exist.
    return queryset.model.objects.filter(public_id=public_id[:10]).values_list(by, "pk").first()


def _address(query: QueryDict, name: str, public_id: str) -> str:
    wanted = query.copy()
    for other in PLACE_NAMES:
        wanted.pop(other, None)
    wanted[name] = public_id
    return f"?{wanted.urlencode()}"


def capped_count(queryset: QuerySet[Any]) -> int:
    """Count rows, but never more than one beyond MOST_COUNTED."""
    return queryset.order_by().values("pk")[: MOST_COUNTED + 1].count()


def count_text(count: int, most: int = MOST_COUNTED) -> str:
    """Return a capped count in words."""
    if count > most:
        return _("1 万条以上")
    return ngettext("共 %(n)s 条", "共 %(n)s 条", count) % {"n": f"{count:,}"}

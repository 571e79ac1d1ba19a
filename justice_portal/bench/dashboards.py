"""Dashboards: a county's page against its own queries alone, and the other levels beside it."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from justice_portal.bench.floor import floor_app, floor_page, floor_pool
from justice_portal.bench.measuring import InTurns, Result, Size
from justice_portal.bench.pages import Page, busiest_type, reader, signed_in, statements_of

# The promise is the county's; the others are printed beside it.
LIMITS = {"county": 8.0, "city": None, "province": None}


def measure(size: Size) -> Iterator[Result]:
    """Measure the dashboard of the line with the most records."""
    kind = busiest_type()
    members = [reader(kind, level) for level in LIMITS]
    address = reverse("dashboard", args=[kind.line])
    with signed_in(members) as cookies, floor_pool() as pool:
        for (level, limit), cookie in zip(LIMITS.items(), cookies, strict=True):
            page = Page(WSGIHandler(), cookie, address)
            floor = floor_page(floor_app(pool, statements_of(page)))
            times = InTurns({"page": page, "floor": floor}, size)
            yield times.result(f"dashboard, {level}", "page", "floor", limit=limit)

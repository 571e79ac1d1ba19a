"""Lists: the first page against its floor, at a tenth of the records, and far down after a jump to a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from casework.lines import RecordType
from casework.paging import JUMP
from justice_portal.bench.floor import floor_app, floor_page, floor_pool
from justice_portal.bench.measuring import InTurns, Result, Size
from justice_portal.bench.pages import Page, busiest_type, reader, signed_in, statements_of
from justice_portal.bench.scratch import looked_up_in, scratch
from offices.scoping import system

LEVELS = ("office", "county", "city", "province")
FEWER = "bench_fewer_records"
# Where the jump to a day lands, counted in rows from the newest.
FAR_DOWN = 250_000


def measure(size: Size) -> Iterator[Result]:
    """Measure the list of the record type with the most records, as a person of each level reads it."""
    kind = busiest_type()
    members = [reader(kind, level) for level in LEVELS]
    handler, address = WSGIHandler(), reverse(f"{kind.slug}:list")
    with signed_in(members) as cookies:
        pages = {level: Page(handler, cookie, address) for level, cookie in zip(LEVELS, cookies, strict=True)}
        for level, page in pages.items():
            yield from against_floor(kind, level, page, size)
        yield from against_fewer(kind, pages, size)
        yield after_jump(kind, pages["province"], size)


def against_floor(kind: RecordType, level: str, page: Page, size: Size) -> Iterator[Result]:
    """Compare a page with all its queries alone, and with those alone that set the scope and read the records."""
    table = kind.model._meta.db_table
    whole = statements_of(page)
    least = [sent for sent in whole if "set_config" in sent[0] or table in sent[0]]
    with floor_pool() as pool:
        floors = {"floor": floor_page(floor_app(pool, whole)), "records": floor_page(floor_app(pool, least))}
        times = InTurns({"page": page, **floors}, size)
    yield times.result(f"list, {level}", "page", "floor", limit=10)
    yield times.result(f"list, {level}, who asks left out", "page", "records", limit=None)


def against_fewer(kind: RecordType, pages: dict[str, Page], size: Size) -> Iterator[Result]:
    """Compare the pages over all records with the same pages over a tenth of them, the newest."""
    table = kind.model._meta.db_table
    with system("bench"):
        fewer = max(kind.model.objects.count() // 10, 1)
    with scratch(FEWER) as few:
        few.copy(table, newest=fewer)
        for level, page in pages.items():
            times = InTurns({"all": seen_in("public", page), "a tenth": seen_in(FEWER, page)}, size)
            yield times.result(f"list, {level}, ten times the records", "all", "a tenth", limit=1.2)


def seen_in(schema: str, page: Page) -> Callable[[], bytes]:
    """Return a call of the page that finds its tables in a schema first."""

    def call() -> bytes:
        with looked_up_in(schema):
            return page()

    return call


def after_jump(kind: RecordType, page: Page, size: Size) -> Result:
    """Compare the page that a jump to the day of a far record leads to with the first page."""
    with system("bench"):
        days = kind.model.objects.order_by("-registered_on", "-pk").values_list("registered_on", flat=True)
        number = kind.model.objects.count()
        row = FAR_DOWN if number > FAR_DOWN else number // 2
        day = days[row]
    jump = Page(page.handler, page.cookie, page.path, f"{JUMP}={day.isoformat()}")
    times = InTurns({"jump": jump, "first": page}, size)
    return times.result(f"list, jump to row {row:,}", "jump", "first", limit=2)

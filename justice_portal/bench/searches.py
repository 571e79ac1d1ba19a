"""Searching: a name of two characters by the search, against a scan of the records' titles for the same characters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from casework.lines import RecordType
from casework.search import find, ids_found
from casework.search_index import searchable
from justice_portal.bench.measuring import InTurns, NothingToMeasure, Result, Size
from justice_portal.bench.pages import busiest_type, reader
from offices.models import Membership
from offices.scoping import system, within

# A ratio that only many records can reach: below, both sides are made of the same fixed costs.
A_MILLION = 1_000_000
LEVELS = ("office", "county")
# Newest records whose titles are looked through for a name.
LOOKED_AT = 200


def measure(size: Size) -> Iterator[Result]:
    """Measure the search for the beginning of a title, as an office and as a county, and against a scan."""
    kind = busiest_type()
    if kind.code not in searchable():
        raise NothingToMeasure(f"{kind.code} declares nothing to search by.")
    for level in LEVELS:
        member = reader(kind, level)
        text = rare_beginning(kind, member)
        times = InTurns({"search": searched(kind, member, text), "scan": scanned(kind, text)}, size)
        yield times.result(f"search, 2 characters, {level}", "search", "scan", limit=limit_of(kind))


def limit_of(kind: RecordType) -> float | None:
    """Return the promise, which is one for a million records and more."""
    with system("bench"):
        return 0.01 if kind.model.objects.count() >= A_MILLION else None


def rare_beginning(kind: RecordType, member: Membership) -> str:
    """Return the two first characters of a newest title that begins the fewest of them."""
    with within(member):
        titles = kind.model.objects.order_by("-registered_on", "-pk").values_list("title", flat=True)[:LOOKED_AT]
        beginnings = [title[:2] for title in titles if len(title) > 2]
        found = [text for text in beginnings if kind.model.objects.filter(pk__in=ids_found(kind, text)).exists()]
    if not found:
        raise NothingToMeasure("The search finds nothing: run manage.py reindex_search first.")
    return min(found, key=found.count)


def searched(kind: RecordType, member: Membership, text: str) -> Callable[[], object]:
    """Return a call of the search as its page makes it: the count and the first page of hits."""

    def call() -> object:
        with within(member):
            return find(text, [kind], member)

    return call


def scanned(kind: RecordType, text: str) -> Callable[[], object]:
    """Return a count of the titles of all records that hold the characters, which no index can answer."""

    def call() -> object:
        with system("bench"):
            return kind.model.objects.filter(title__contains=text).count()

    return call

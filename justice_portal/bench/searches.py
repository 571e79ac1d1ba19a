"""Searching: a name of two characters by the search, against a scan of the records' titles for the same characters.

The scan counts and shows nothing. Against it stands what the search does to find and count; its page, with the passages
of 25 hits read under the policies, is measured beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from casework.lines import RecordType
from casework.search import count_and_keys, find, ids_found
from casework.search_index import searchable
from casework.tokens import parse
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
        deeds = {"search": found(kind, member, text), "scan": scanned(kind, text), "page": paged(kind, member, text)}
        times = InTurns(deeds, size)
        name = f"search, 2 characters, {level}"
        yield times.result(name, "search", "scan", limit=limit_of(kind))
        yield times.result(f"search, page with passages, {level}", "page", "scan", limit=None)


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


def found(kind: RecordType, member: Membership, text: str) -> Callable[[], object]:
    """Return a call that counts what the search finds and takes the keys of the first page."""

    def call() -> object:
        with within(member):
            return count_and_keys([kind.code], parse(text))

    return call


def paged(kind: RecordType, member: Membership, text: str) -> Callable[[], object]:
    """Return a call of the search as its page makes it."""

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

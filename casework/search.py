"""Chinese full-text search over the records of every line, in the scope of whoever searches.

The search table is read through functions that add the scope themselves and return ids; the ids are joined back under
the policies, so that no text ever comes from outside them. City and province find by number alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from casework.lines import RecordType
from casework.models import SearchText
from casework.search_index import searchable, texts_of
from casework.tokens import Query, joined, parse, plain, runs, sounds_like
from offices.models import Membership
from offices.permissions import Action, may
from offices.scoping import system
from offices.secrecy import normalise_identifier

SIZE = 25
MOST_COUNTED = 10_000
LONGEST_TEXT = 100
KEPT = timedelta(minutes=30)
SHOWN_BEFORE, SHOWN_AFTER = 20, 60
# Longer texts are no names: their pinyin marks nothing.
MOST_NAME = 30
_ID_NUMBER = re.compile(r"\d{17}[\dX]")


@dataclass(frozen=True)
class Hit:
    """A found record as the page shows it; title and snippet are empty for who sees the reduced list."""

    kind: RecordType
    public_id: str
    number: str
    state: str
    registered_on: Any
    office: str
    title: SafeString
    snippet: SafeString


@dataclass(frozen=True)
class Found:
    """A page of hits, newest first; ``count`` ends at one beyond MOST_COUNTED. ``more`` says that others follow."""

    hits: list[Hit]
    count: int
    more: bool


def keep_text(actor: Membership, text: str) -> str:
    """Keep what a person searches for and return the token that stands for it for half an hour."""
    SearchText.objects.filter(user_id=actor.user_id, at__lt=timezone.now() - KEPT).delete()
    return SearchText.objects.create(user_id=actor.user_id, text=text.strip()[:LONGEST_TEXT]).token


def kept_text(actor: Membership, token: str) -> str:
    """Return what a token stands for, empty for one that is old, unknown or another person's."""
    since = timezone.now() - KEPT
    found = SearchText.objects.filter(user_id=actor.user_id, token=token[:10], at__gte=since).first()
    return (found.text or "") if found else ""


def forget_old_texts() -> int:
    """Delete what nobody may read any more, and return how much there was."""
    with system("search"):
        return SearchText.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def types_for(actor: Membership) -> list[RecordType]:
    """Return the searchable record types that a person may list."""
    return [
        kind
        for kind in searchable().values()
        if may(actor, Action.LIST_RECORDS, kind.line) or may(actor, Action.LIST_REDUCED, kind.line)
    ]


def id_number(text: str) -> str:
    """Return the ID number that was typed, empty for any other text."""
    number = normalise_identifier(text)
    return number if _ID_NUMBER.fullmatch(number) else ""


def matching(kind: RecordType, rows: QuerySet[Any], text: str, actor: Membership) -> QuerySet[Any]:
    """Keep the rows of a list that a text finds."""
    if number := id_number(text):
        if kind.search is None or kind.search.by_identifier is None or not may(actor, Action.LIST_RECORDS, kind.line):
            return rows.none()
        return rows.filter(pk__in=kind.search.by_identifier(number))
    return rows.filter(pk__in=ids_found(kind, text))


def ids_found(kind: RecordType, text: str) -> RawSQL:
    """Return the ids of the records of a type in scope that a text finds, as a sub-query."""
    sql = "SELECT search_ids(%s, %s::text[], %s::text[], %s::text[])"
    return RawSQL(sql, [kind.code, *_arrays(parse(text))])  # noqa: S611 - no text in the statement, every value bound


def _arrays(query: Query) -> list[list[str]]:
    return [list(query.names), list(query.words), list(query.numbers)]


def find(text: str, types: Sequence[RecordType], actor: Membership, *, older: str = "", newer: str = "") -> Found:
    """Return one page of what a text finds in records of some types in scope: the newest, or beside a hit.

    ``older`` and ``newer`` are the places of a hit (``place_of``).
    """
    known = {kind.code: kind for kind in types}
    query = parse(text)
    if number := id_number(text):
        keys = _of_person(types, actor, number)
        return Found(hits=_hits(keys, known, query, actor), count=len(keys), more=False)
    place, is_newer = _place(known, newer or older), bool(newer)
    at = json.dumps([*place, is_newer]) if place else ""
    count, keys = count_and_keys(known, query, at)
    more, keys = len(keys) > SIZE, keys[:SIZE]
    return Found(hits=_hits(keys[::-1] if is_newer and place else keys, known, query, actor), count=count, more=more)


def count_and_keys(types: Iterable[str], query: Query, at: str = "") -> tuple[int, list[tuple[str, int]]]:
    """Return how many records a query finds (counted to MOST_COUNTED + 1), and type and id of a page and one more."""
    wanted = [list(types), *_arrays(query)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search_count(%s::text[], %s::text[], %s::text[], %s::text[], %s)", [*wanted, MOST_COUNTED + 1]
        )
        count = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT record_type, record_id FROM search_page(%s::text[], %s::text[], %s::text[], %s::text[], %s, %s, %s)",
            [*wanted, at, count > MOST_COUNTED, SIZE + 1],
        )
        return count, cursor.fetchall()


def place_of(hit: Hit) -> str:
    """Return the place of a hit in the results, for an address: its type's word and its public id."""
    return f"{hit.kind.slug}-{hit.public_id}"


def _place(known: dict[str, RecordType], place: str) -> list[Any] | None:
    slug, _dash, public_id = place.rpartition("-")
    kind = next((kind for kind in known.values() if kind.slug == slug), None)
    if kind is None:
        return None
    # Looked up under the scope: an id of another office is as unknown as one that does not exist.
    row = kind.model.objects.filter(public_id=public_id[:10]).values_list("registered_on", "pk").first()
    return [row[0].isoformat(), row[1], kind.code] if row else None


def exact(text: str, actor: Membership) -> tuple[RecordType, str] | None:
    """Return type and public id of the only record whose number was typed in full; None when there is no such one."""
    number = joined(text)
    if len(number) < 4 or not any(char.isdigit() for char in number) or id_number(text):
        return None
    kinds = [kind for kind in types_for(actor) if may(actor, Action.READ_RECORD, kind.line)]
    hits = [hit for hit in find(number, kinds, actor).hits if joined(hit.number) == number] if kinds else []
    return (hits[0].kind, hits[0].public_id) if len(hits) == 1 else None


def _of_person(types: Sequence[RecordType], actor: Membership, number: str) -> list[tuple[str, int]]:
    found: list[tuple[Any, int, str]] = []
    for kind in types:
        ask = kind.search.by_identifier if kind.search else None
        if ask is None or not may(actor, Action.LIST_RECORDS, kind.line):
            continue
        rows = kind.model.objects.filter(pk__in=ask(number)).order_by("-registered_on", "-pk")
        found += [(day, key, kind.code) for day, key in rows.values_list("registered_on", "pk")[:SIZE]]
    return [(code, key) for _day, key, code in sorted(found, reverse=True)[:SIZE]]


def _hits(keys: Sequence[tuple[str, int]], known: dict[str, RecordType], query: Query, actor: Membership) -> list[Hit]:
    """Read the records of a page under the policies, in its order: a few queries for each type that occurs."""
    by_type: dict[str, list[int]] = defaultdict(list)
    for code, key in keys:
        by_type[code].append(key)
    made: dict[tuple[str, int], Hit] = {}
    for code, ids in by_type.items():
        made |= {(code, key): hit for key, hit in _hits_of(known[code], ids, query, actor)}
    return [made[key] for key in map(tuple, keys) if key in made]


def _hits_of(kind: RecordType, ids: list[int], query: Query, actor: Membership) -> list[tuple[int, Hit]]:
    assert kind.search is not None
    full = may(actor, Action.LIST_RECORDS, kind.line)
    names = texts_of(kind, kind.search.names, ids) if full else {}
    words = texts_of(kind, kind.search.words, ids) if full else {}
    fields = ("pk", "public_id", "number", "state", "registered_on", "office__short_name", "title")
    found = []
    for key, public_id, number, state, day, office, title in kind.model.objects.filter(pk__in=ids).values_list(*fields):
        hit = Hit(
            kind=kind,
            public_id=public_id,
            number=number,
            state=state,
            registered_on=day,
            office=office,
            title=marked(title, query) if full else SafeString(),
            snippet=snippet([*names.get(key, ()), *words.get(key, ())], title, query),
        )
        found.append((key, hit))
    return found


def snippet(texts: Sequence[str], title: str, query: Query) -> SafeString:
    """Return the first passages of texts that hold what was searched for and the title does not show, marked."""
    parts = []
    for text in texts:
        if text == title or not (spans := _spans(text, query)):
            continue
        start, end = max(0, spans[0][0] - SHOWN_BEFORE), spans[0][1] + SHOWN_AFTER
        shown = marked(text[start:end], query)
        parts.append(f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}")
        if len(parts) == 2:
            break
    return mark_safe(" · ".join(parts))  # noqa: S308 - marked() has escaped every part


def marked(text: str, query: Query) -> SafeString:
    """Return a text with what was searched for marked."""
    shown, at = [], 0
    for start, end in _spans(text, query):
        shown += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    return mark_safe("".join([*shown, escape(text[at:])]))  # noqa: S308 - every piece has been escaped


def _spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Return where a text holds the terms, in order and without overlaps. As long as itself when compared."""
    compared, spans = plain(text), []
    for term in query.terms:
        for run in runs(term):
            at = compared.find(run)
            while at >= 0:
                spans.append((at, at + len(run)))
                at = compared.find(run, at + len(run))
        if not spans and len(text) <= MOST_NAME and sounds_like(text, joined(term)):
            spans.append((0, len(text)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

"""Keeping the search right: what changed is marked by triggers and read anew here, by one drainer at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from casework.lines import RecordType, record_types
from casework.tokens import names_of, numbers_of, words_of
from offices.scoping import system

# Of the drain and the reindexing: two that read a record at the same time could store the older reading last.
LOCK = 7_305_012
BATCH = 2_000
OWN_FIELDS = ("pk", "office_id", "county_id", "city_id", "registered_on", "number")

Texts = dict[Any, list[str]]


def searchable() -> dict[str, RecordType]:
    """Return the record types that can be searched, by their code."""
    return {kind.code: kind for kind in record_types() if kind.search is not None}


def drain() -> int:
    """Bring the search up to date and return how many records were read anew.

    Returns at once when another drainer is at work: that one looks for new marks after its last commit.
    """
    done = 0
    while True:
        taken = _drain_once()
        done += taken or 0
        if taken is None or (taken == 0 and not marks_wait()):
            return done


def _drain_once() -> int | None:
    with system("search"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT record_type, record_id FROM take_search_marks(%s)", [BATCH])
        marked = cursor.fetchall()
        by_type: dict[str, list[int]] = defaultdict(list)
        for code, key in marked:
            by_type[code].append(key)
        # Statements of their own, later than the taking: they see all that the taken marks stand for.
        known = searchable()
        for code, keys in by_type.items():
            if code in known:
                _read_anew(cursor, known[code], keys)
    return len(marked)


def marks_wait() -> bool:
    """Tell whether something is marked and not yet read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_marks_wait()")
        return bool(cursor.fetchone()[0])


def reindex() -> int:
    """Read every record of every type anew, forget those that are gone, and return how many were written."""
    written = 0
    for kind in searchable().values():
        last = 0
        while True:
            with system("search"), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                newer = kind.model.objects.filter(pk__gt=last).order_by("pk")
                keys = list(newer.values_list("pk", flat=True)[:BATCH])
                if not keys:
                    cursor.execute("SELECT drop_lost_search_rows(%s)", [kind.code])
                    break
                written += _read_anew(cursor, kind, keys)
                last = keys[-1]
    drain()
    return written


def _read_anew(cursor: Any, kind: RecordType, keys: Sequence[int]) -> int:
    assert kind.search is not None
    rows = list(kind.model.objects.filter(pk__in=keys).order_by("pk").values_list(*OWN_FIELDS))
    if gone := set(keys) - {row[0] for row in rows}:
        cursor.execute("SELECT drop_search_rows(%s, %s)", [kind.code, sorted(gone)])
    if not rows:
        return 0
    names, words = (texts_of(kind, paths, keys) for paths in (kind.search.names, kind.search.words))
    ids, offices, counties, cities, days, numbers = zip(*rows, strict=True)
    tokens = (
        [names_of(names[key]) for key in ids],
        [words_of(words[key]) for key in ids],
        [numbers_of(number) for number in numbers],
    )
    cursor.execute(
        "SELECT put_search_rows(%s, %s, %s::bigint[], %s::int[], %s::int[], %s::int[], %s::date[], "
        "%s::text[], %s::text[], %s::text[])",
        [kind.code, kind.line, *map(list, (ids, offices, counties, cities, days)), *tokens],
    )
    return int(cursor.fetchone()[0])


def texts_of(kind: RecordType, paths: Iterable[str], keys: Iterable[int]) -> Texts:
    """Return the texts at some field paths of records by their ids: one query, and one for each further table."""
    found: Texts = defaultdict(list)
    for group in _by_table(kind, paths):
        queryset = kind.model.objects.filter(pk__in=list(keys)).order_by("pk")
        for key, *texts in queryset.values_list("pk", *group):
            found[key] += [text for text in texts if text and text not in found[key]]
    return found


def _by_table(kind: RecordType, paths: Iterable[str]) -> list[list[str]]:
    """Group paths by the rows they lead into: two tables of many rows in one query would multiply each other."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        first = kind.model._meta.get_field(path.partition("__")[0])
        groups[first.name if first.one_to_many else ""].append(path)
    return list(groups.values())

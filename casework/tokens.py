"""Chinese text as tokens for PostgreSQL, and what a person types as a query over them. Pure.

Tokens are the pairs of neighbouring characters of each run of letters, digits and ideographs, with their positions, and
its last character alone; so "A followed by B" finds any part of two characters or more, and a prefix any character.
A character beyond the basic plane (𠮷) is one character. Names also have their pinyin: ``@zhangsan`` and ``#zs``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from casework.names import pinyin_key
from offices.secrecy import half_width

MOST_TERMS, MOST_CHARACTERS = 6, 40
# Beyond it PostgreSQL takes every position for the same: phrases would be found that are not there.
LAST_POSITION = 16_383
# A person's name is found from each of its characters on, an organisation's from its beginning.
LONGEST_PERSON_NAME = 4
_BETWEEN_NAMES = re.compile(r"[与、，,；;\s]+")
_RUN = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[a-z]{2,}")


def plain(text: str) -> str:
    """Return a text as it is compared: half width, lower case, as long as it was."""
    half = half_width(text)
    low = half.lower()
    # A few letters of other scripts grow when they become small.
    return low if len(low) == len(half) else "".join(one if len(one := char.lower()) == 1 else char for char in half)


def runs(text: str) -> list[str]:
    """Return the runs of letters, digits and ideographs of a text; signs, blanks and invisible characters part them."""
    return _RUN.findall(plain(text))


def joined(text: str) -> str:
    """Return a text without its signs: numbers are compared whichever brackets were typed."""
    return "".join(runs(text))


def words_of(texts: Iterable[str]) -> str:
    """Return the tokens of texts as a tsvector literal."""
    return _literal(run for text in texts for run in runs(text))


def names_of(texts: Iterable[str]) -> str:
    """Return the tokens of names, which are one run each whatever signs they hold, and of their pinyin."""
    names = list(texts)
    sounds = {sound for name in names for part in _BETWEEN_NAMES.split(name) for sound in sounds_of(joined(part))}
    return " ".join([_literal(joined(name) for name in names), *(f"'{sound}'" for sound in sorted(sounds))]).strip()


def numbers_of(number: str) -> str:
    """Return the tokens of a register number."""
    return _literal([joined(number)])


def _literal(all_runs: Iterable[str]) -> str:
    places: dict[str, list[str]] = defaultdict(list)
    place = 0
    for run in all_runs:
        for start in range(len(run)):
            place += 1
            if place < LAST_POSITION:
                places[run[start : start + 2]].append(str(place))
        # A gap: the end of one text and the beginning of the next are not neighbours.
        place += 1
    # Letters and digits only: nothing in a token can end the quotation.
    return " ".join(f"'{pair}':{','.join(found)}" for pair, found in places.items())


@lru_cache(maxsize=20_000)
def sounds_of(name: str) -> tuple[str, ...]:
    """Return the pinyin tokens of a name; the same mediators and surnames come again and again."""
    return tuple(_sounds(name))


def _sounds(name: str) -> Iterator[str]:
    syllables = [syllable for syllable in (joined(part) for part in pinyin_key(name).split()) if syllable]
    starts = range(len(syllables)) if len(syllables) <= LONGEST_PERSON_NAME else range(min(1, len(syllables)))
    for start in starts:
        yield f"@{''.join(syllables[start:])}"
        yield f"#{''.join(syllable[0] for syllable in syllables[start:])}"


@dataclass(frozen=True)
class Query:
    """What is searched for: the typed terms, and for each a tsquery over names, words and numbers (empty: none)."""

    terms: tuple[str, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]
    numbers: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse(text: str) -> Query:
    """Return the query of what a person typed: every term, apart by blanks, must be found."""
    terms = [term[:MOST_CHARACTERS] for term in plain(text).split() if joined(term)][:MOST_TERMS]
    return Query(
        terms=tuple(terms),
        names=tuple(_name_query(joined(term)) for term in terms),
        words=tuple(" & ".join(filter(None, (_phrase(run) for run in runs(term)))) for term in terms),
        numbers=tuple(_phrase(joined(term)) for term in terms),
    )


def _phrase(run: str) -> str:
    return " <-> ".join(f"'{run[place : place + 2]}'" for place in range(len(run) - 1))


def _name_query(run: str) -> str:
    found = _phrase(run) if len(run) > 1 else f"'{run}':*"
    if _LATIN.fullmatch(run):
        found = f"({found}) | '@{run}':* | '#{run}':*"
    return found


def sounds_like(name: str, run: str) -> bool:
    """Tell whether a name is found by what was typed as pinyin."""
    return bool(_LATIN.fullmatch(run)) and any(sound[1:].startswith(run) for sound in sounds_of(joined(name)))


__all__ = [
    "Query",
    "joined",
    "names_of",
    "numbers_of",
    "parse",
    "plain",
    "runs",
    "sounds_like",
    "words_of",
]

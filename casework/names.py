"""Sort keys of Chinese names. Pure.

Readings differ between a word and a surname (单 is dan in 单位 and shan in 单先生): the table holds those surnames that
the dictionary reads as words.
"""

from __future__ import annotations

from pypinyin import lazy_pinyin

MAX_CHARACTERS = 60
_LONGEST_PERSON_NAME = 4

_SURNAMES = {
    "仇": "qiu",
    "单": "shan",
    "解": "xie",
    "曾": "zeng",
    "查": "zha",
    "区": "ou",
    "盖": "ge",
    "朴": "piao",
    "翟": "zhai",
    "覃": "qin",
    "缪": "miao",
    "乐": "yue",
    "折": "she",
    "黑": "he",
    "种": "chong",
    "秘": "bi",
    "员": "yun",
    "贠": "yun",
    "召": "shao",
    "繁": "po",
    "阚": "kan",
    "卜": "bu",
    "薄": "bo",
    "隗": "wei",
    "郇": "xun",
    "佴": "nai",
    "祭": "zhai",
    "能": "nai",
    "么": "yao",
    "句": "gou",
    "乜": "nie",
    "都": "du",
    "洗": "xian",
    "粘": "nian",
    "炅": "gui",
    "逢": "pang",
}
_COMPOUND_SURNAMES = {
    "单于": ["chan", "yu"],
    "乐正": ["yue", "zheng"],
    "子车": ["zi", "ju"],
}


def pinyin_key(text: str) -> str:
    """Return the key by which a name sorts: syllables without tone, apart by a blank (``shan tian fang``).

    Up to four characters are read as a person's name. A character without a known reading stays and sorts last.
    """
    return " ".join(_syllables(text))


def pinyin_initials(text: str) -> str:
    """Return the first letter of each syllable (``stf``), as typed into a search box."""
    return "".join(syllable[0] for syllable in _syllables(text))


def _syllables(text: str) -> list[str]:
    words = text[:MAX_CHARACTERS].lower().replace("·", " ").split()
    if not words:
        return []
    surname: list[str] = []
    first = words[0]
    if sum(map(len, words)) <= _LONGEST_PERSON_NAME:
        if compound := _COMPOUND_SURNAMES.get(first[:2]):
            surname, words[0] = compound, first[2:]
        elif single := _SURNAMES.get(first[0]):
            surname, words[0] = [single], first[1:]
    return surname + [syllable for word in words for syllable in lazy_pinyin(word) if syllable]

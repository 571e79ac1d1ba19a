"""The message catalogues: ``--write`` makes each .mo from its .po, ``--check`` says whether the committed ones are right.

GNU gettext is not needed: the build machine and a fresh clone have only Python.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"
MAGIC = 0x950412DE
CONTEXT, PLURAL = "\x04", "\x00"
KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")


def entries(text: str) -> Iterator[dict[str, str]]:
    """Yield each entry of a .po text as keyword → string; plural forms are ``msgstr[0]``, ``msgstr[1]``, …"""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        entry: dict[str, str] = {}
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                entry["fuzzy"] = "yes"
            if line.startswith("#") or not line.strip():
                continue
            if not line.startswith('"'):
                keyword, _, line = line.partition(" ")
                if not keyword.startswith(KEYWORDS):
                    raise SystemExit(f"not understood: {keyword} {line}")
                entry[keyword] = ""
            entry[keyword] += ast.literal_eval(line.strip())
        if "msgid" in entry:
            yield entry


def messages(po: Path) -> dict[str, str]:
    """Return what a .mo must hold: key → translation; fuzzy and empty translations are left out."""
    found: dict[str, str] = {}
    for entry in entries(po.read_text(encoding="utf-8")):
        translations = [value for name, value in entry.items() if name.startswith("msgstr")]
        header = entry["msgid"] == ""
        if not all(translations) or ("fuzzy" in entry and not header):
            continue
        key = f"{entry['msgctxt']}{CONTEXT}{entry['msgid']}" if "msgctxt" in entry else entry["msgid"]
        if "msgid_plural" in entry:
            key += PLURAL + entry["msgid_plural"]
        if key in found:
            raise SystemExit(f"{po}: {entry['msgid']!r} is translated twice")
        found[key] = PLURAL.join(translations)
    return found


def compiled(found: dict[str, str]) -> bytes:
    """Return the bytes of a .mo file: header, two tables of (length, offset), keys, translations."""
    pairs = sorted((key.encode(), value.encode()) for key, value in found.items())
    tables_end = 28 + 16 * len(pairs)
    keys = b"".join(key + b"\0" for key, _ in pairs)
    offsets: list[tuple[int, int]] = []
    for column, start in ((0, tables_end), (1, tables_end + len(keys))):
        for pair in pairs:
            offsets.append((len(pair[column]), start))
            start += len(pair[column]) + 1
    header = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, tables_end)
    table = b"".join(struct.pack("<2I", *offset) for offset in offsets)
    return header + table + keys + b"".join(value + b"\0" for _, value in pairs)


def loaded(mo: Path) -> dict[object, str]:
    """Return what the program will really read from a .mo file, without the header, which has dates of making."""
    with mo.open("rb") as opened:
        catalogue: dict[object, str] = vars(gettext.GNUTranslations(opened))["_catalog"]
    return {key: translation for key, translation in catalogue.items() if key}


def same(po: Path) -> bool:
    """Tell whether the .mo beside the .po holds exactly its translations, whichever program wrote it."""
    mo, fresh = po.with_suffix(".mo"), po.with_suffix(".mo.new")
    if not mo.is_file():
        return False
    try:
        fresh.write_bytes(compiled(messages(po)))
        return loaded(mo) == loaded(fresh)
    finally:
        fresh.unlink(missing_ok=True)


def main() -> int:
    """Write or check every catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true")
    choice.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = []
    for po in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        if options.write:
            po.with_suffix(".mo").write_bytes(compiled(messages(po)))
        elif not same(po):
            stale.append(str(po.with_suffix(".mo").relative_to(LOCALE.parent)))
    if stale:
        print(f"not what its .po says: {', '.join(stale)}; run tools/catalogue.py --write")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

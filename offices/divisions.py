"""Reading the tables of administrative divisions: four CSV files with the columns code, name and parent.

Every bad row is named with its file and line; a file that has one is not used at all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ["code", "name", "parent"]
PROVINCE_CODE = "37"
FILES = ("cities.csv", "counties.csv", "townships.csv", "villages.csv")
# Digits of the national codes (GB/T 2260, GB/T 10114) of each file, and of the parents they name.
CODE_LENGTHS = {"cities.csv": 4, "counties.csv": 6, "townships.csv": 9, "villages.csv": 12}
PARENT_LENGTHS = {"cities.csv": 2, "counties.csv": 4, "townships.csv": 6, "villages.csv": 9}
LONGEST_NAME = 40


@dataclass(frozen=True)
class Division:
    """One row: its national code, its name and the code of the division above it."""

    code: str
    name: str
    parent: str

    @property
    def is_functional_zone(self) -> bool:
        """Tell a county-level development zone: the statistics bureau gives it 7 as the fifth digit."""
        return len(self.code) == 6 and self.code[4] == "7"

    @property
    def is_community(self) -> bool:
        """Tell an urban community from a village by the committee's name."""
        return self.name.endswith(("居委会", "居民委员会"))


@dataclass(frozen=True)
class Divisions:
    """The rows of the four files, in the order of the files."""

    cities: tuple[Division, ...]
    counties: tuple[Division, ...]
    townships: tuple[Division, ...]
    villages: tuple[Division, ...]


class BadDivisions(ValueError):
    """Rows that cannot be used; ``faults`` has one sentence for each, with its file and line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read_divisions(folder: Path) -> Divisions:
    """Read the four files of a folder; raise BadDivisions naming every bad row of all of them."""
    faults: list[str] = []
    known = {PROVINCE_CODE}
    files: list[tuple[Division, ...]] = []
    for name in FILES:
        rows = tuple(_rows(folder / name, known, faults))
        files.append(rows)
        known = {row.code for row in rows}
    if faults:
        raise BadDivisions(faults)
    return Divisions(*files)


def _rows(path: Path, parents: set[str], faults: list[str]) -> Iterator[Division]:
    seen: dict[str, int] = {}
    for number, line in _lines(path, faults):
        row, fault = _parsed(line, path.name)
        if row is None:
            faults.append(f"{path.name}:{number}: {fault}")
            continue
        if row.code in seen:
            faults.append(f"{path.name}:{number}: the code {row.code} stands already in line {seen[row.code]}")
            continue
        seen[row.code] = number
        if row.parent not in parents:
            faults.append(f"{path.name}:{number}: unknown parent {row.parent}")
        # A row below an unknown parent is still known to its own children: one mistake, one message.
        yield row


def _lines(path: Path, faults: list[str]) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        faults.append(f"{path.name}: cannot be read: {error.strerror}")
        return
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError:
            faults.append(f"{path.name}:{number}: is not UTF-8")
            continue
        if number == 1:
            if [cell.strip() for cell in line.split(",")] != COLUMNS:
                faults.append(f"{path.name}:1: the columns must be {','.join(COLUMNS)}")
                return
        elif line.strip():
            yield number, line


def _parsed(line: str, file: str) -> tuple[Division | None, str]:
    cells = [cell.strip() for cell in next(csv.reader([line]))]
    if len(cells) != len(COLUMNS):
        return None, f"{len(cells)} columns instead of {len(COLUMNS)}"
    code, name, parent = cells
    for what, value, length in (("code", code, CODE_LENGTHS[file]), ("parent", parent, PARENT_LENGTHS[file])):
        if len(value) != length or not (value.isascii() and value.isdigit()):
            return None, f"the {what} {value[:20]!r} does not have {length} digits"
    if not code.startswith(parent):
        return None, f"the code {code} does not begin with its parent's code {parent}"
    if not name:
        return None, "the name is empty"
    if len(name) > LONGEST_NAME or not name.isprintable():
        return None, f"the name is longer than {LONGEST_NAME} characters or holds control characters"
    return Division(code, name, parent), ""

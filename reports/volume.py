"""What a volume says, ready to be printed: the forms of a unit's sealed month, side by side with what they tell. Pure.

Nothing else is read while a volume is drawn, so that a volume drawn again from the same sealed month says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from reports.content import NOT_AVAILABLE, EditionContent, Level, UnitFigures, month_label, ratio_percent

ToldPeriod = Literal["current", "ytd", "since"]
TOLD_PERIODS: dict[ToldPeriod, str] = {"current": "本月", "ytd": "本年累计", "since": "2022年以来"}


@dataclass(frozen=True, slots=True)
class Told:
    """One headline as it was worded when the sheets were frozen; ``of`` is empty for a count."""

    number: int
    code: str
    name: str
    unit: str
    text: str
    form: str
    plus: tuple[str, ...]
    of: tuple[str, ...]

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Told:
        """Return a headline out of a stored definition."""
        names = ("number", "code", "name", "unit", "text", "form")
        given = {name: stored[name] for name in names}
        return cls(**given, plus=tuple(stored["plus"]), of=tuple(stored["of"]))

    def value(self, unit: UnitFigures, period: ToldPeriod) -> int | Decimal | None:
        """Return its figure for a unit; None where a period has no data or there is nothing to divide by."""
        parts, whole = _sum(unit, self.plus, period), _sum(unit, self.of, period)
        if parts is None or not self.of:
            return parts
        return None if whole is None else ratio_percent(parts, whole)


def _sum(unit: UnitFigures, codes: Iterable[str], period: ToldPeriod) -> int | None:
    found = [getattr(unit.figures[code], period) for code in codes]
    return None if None in found else sum(found)


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A headline of the unit in its three periods, as printed."""

    number: int
    name: str
    unit: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a unit said to a figure that it was asked about."""

    unit: str
    form: str
    check: str
    finding: str
    answer: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Who filled in and signed a unit's sheet of a form, and when."""

    unit: str
    form: str
    filler: str
    signer: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What went into a unit's year to date beside its month, for a month that was already locked."""

    unit: str
    form: str
    indicator: str
    month: str
    amount: str
    note: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A cell that the edition before had differently, as printed."""

    unit: str
    form: str
    indicator: str
    period: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The reporting quality of a unit: its rank beside its like, the sheets due, and the five rates of the bulletin."""

    unit: str
    level: Level
    rank: str
    due: int
    rates: tuple[str, ...]


RATES = ("上报率", "及时率", "一次通过率", "退回率", "差错率")


@dataclass(frozen=True, slots=True)
class VolumeContent:
    """One volume. ``parts`` are its forms in the order of their codes, each with the rows of the lower units.

    ``missing`` names the units that did not report, by form; ``days`` says from when to when the month counts, unless it
    is the calendar's; ``digest`` is the SHA-256 of ``data``, the figures as they lie in the PDF.
    """

    unit: UnitFigures
    month: date
    number: int
    sealed_at: datetime
    issued_by: str
    digest: str
    parts: tuple[EditionContent, ...]
    told: tuple[Told, ...] = ()
    explained: tuple[Explained, ...] = ()
    signed: tuple[Signed, ...] = ()
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    judged: tuple[Judged, ...] = ()
    adjusted: tuple[Adjusted, ...] = ()
    changed: tuple[Changed, ...] = ()
    reason: str = ""
    days: str = ""
    data: str = ""

    def part(self, form: str) -> EditionContent:
        """Return the part of a form; KeyError when the volume has none."""
        return {part.form_code: part for part in self.parts}[form]

    def title(self) -> str:
        """山东省司法行政基层工作统计月报（2026年10月）."""
        return f"{self.unit.name}司法行政基层工作统计月报（{month_label(self.month)}）"


def told_rows(content: VolumeContent) -> tuple[ToldRow, ...]:
    """Return the headlines of the unit, each in its three periods."""
    return tuple(
        ToldRow(
            told.number,
            told.name,
            told.unit,
            tuple(_shown(told.value(content.part(told.form).unit, period)) for period in TOLD_PERIODS),
        )
        for told in content.told
    )


def told_sentences(content: VolumeContent) -> tuple[str, ...]:
    """Return the headlines in words, a sentence for each period; every number in them stands in the table too."""
    month = content.month
    openings: dict[ToldPeriod, str] = {
        "since": f"2022年以来，{content.unit.name}",
        "ytd": "" if month.month == 1 else f"{month.year}年1—{month.month}月，{content.unit.name}",
        "current": f"{month_label(month)}，{content.unit.name}",
    }
    found = []
    for period, opening in openings.items():
        values = [(told, told.value(content.part(told.form).unit, period)) for told in content.told]
        texts = [told.text.format(value=value) for told, value in values if value is not None]
        if opening and texts:
            found.append(opening + "，".join(texts) + "。")
    return tuple(found)


def told_by_unit(content: VolumeContent, told: Sequence[Told]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return, for each unit directly below, the headlines of the month and since 2022; blank where it did not report."""
    if not told:
        return ()
    first = content.part(told[0].form)
    rows = []
    for unit in first.cities or first.counties or first.offices:
        cells: list[str] = []
        for one in told:
            found = _same(content.part(one.form), unit)
            cells += [
                _shown(one.value(found, period)) if found and found.reported else "" for period in ("current", "since")
            ]
        rows.append((unit.name + ("" if unit.reported else "（未报）"), tuple(cells)))
    return tuple(rows)


def _same(part: EditionContent, unit: UnitFigures) -> UnitFigures | None:
    return next((one for one in (*part.cities, *part.counties, *part.offices) if one.unit_id == unit.unit_id), None)


def _shown(value: int | Decimal | None) -> str:
    return NOT_AVAILABLE if value is None else str(value)

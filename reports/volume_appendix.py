"""What stands behind a volume's tables: the quality of reporting, what was adjusted, what an edition changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from offices.models import Level, Office
from reports.comparing import changes_between
from reports.content import NOT_APPLICABLE, NOT_AVAILABLE, ColumnDef, EditionContent, printed_value
from reports.models import UnitSheet, Volume
from reports.quality import QualityRow, quality_of
from reports.sheets import PERIOD_LABELS
from reports.volume import Adjusted, Changed, Judged

# Which units a volume ranks beside each other.
RANKED = {
    Level.PROVINCE: (Level.PROVINCE, Level.CITY, Level.COUNTY),
    Level.CITY: (Level.CITY, Level.COUNTY),
}


def judged(month: date, unit: Office) -> tuple[Judged, ...]:
    """Return the quality bulletin of a month: the unit, then level by level those below it, best first."""
    levels = RANKED[Level(unit.level)]
    rows = [row for row in quality_of(month, unit) if row.level in levels]
    rows.sort(key=lambda row: (levels.index(Level(row.level)), row.rank or len(rows) + 1, row.code))
    return tuple(_judged(row) for row in rows)


def _judged(row: QualityRow) -> Judged:
    tally = row.tally
    rates = (tally.completeness, tally.punctuality, tally.first_pass_rate, tally.return_rate, tally.error_rate)
    return Judged(
        unit=row.name + ("*" if row.is_zone else ""),
        level=row.level,  # type: ignore[arg-type]  # the database knows these four levels only
        rank=NOT_APPLICABLE if row.rank is None else str(row.rank),
        due=tally.due,
        rates=tuple(_rate(rate) for rate in rates),
    )


def _rate(rate: Decimal | None) -> str:
    return NOT_APPLICABLE if rate is None else str(rate)


def adjusted(part: EditionContent, own: UnitSheet) -> list[Adjusted]:
    """Return the items that went into the year to date of a unit's sheet, in the words of the form."""
    columns = _columns(part)
    return [
        Adjusted(
            unit=item["unit_name"],
            form=part.form_code,
            indicator=columns[item["indicator"]].name,
            month=item["month"],
            amount=str(printed_value(item["amount"], columns[item["indicator"]])),
            note=item["note"],
        )
        for item in own.adjustments
        if item["indicator"] in columns
    ]


def changed(volume: Volume, parts: Sequence[EditionContent]) -> tuple[Changed, ...]:
    """Return what a corrected volume has differently from the one before it; the first has nothing."""
    earlier = Volume.objects.filter(unit=volume.unit_id, month=volume.month, number=volume.number - 1).first()
    if earlier is None:
        return ()
    columns, printed = {part.form_code: _columns(part) for part in parts}, _printed_units(parts)
    return tuple(
        Changed(
            unit=one.unit_name,
            form=one.form,
            indicator=column.name,
            period=PERIOD_LABELS[one.period],
            old=_value(one.old, column),
            new=_value(one.new, column),
        )
        for one in changes_between(volume.month, earlier.edition_number, volume.edition_number)
        if (one.form, one.unit_code, one.level) in printed
        and (column := columns[one.form].get(one.indicator)) is not None
    )


def _printed_units(parts: Iterable[EditionContent]) -> set[tuple[str, str, str]]:
    return {
        (part.form_code, unit.code, unit.level)
        for part in parts
        for unit in (part.unit, *part.cities, *part.counties, *part.offices)
    }


def _columns(part: EditionContent) -> Mapping[str, ColumnDef]:
    return {column.code: column for column in (*part.columns, *part.memo)}


def _value(value: int | None, column: ColumnDef) -> str:
    return NOT_AVAILABLE if value is None else str(printed_value(value, column))

"""A volume out of the sealed sheets: the only input of its files, and the digest that says whether it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate

from offices.models import Level, Office
from reports.adding_up import PERIODS
from reports.chain import MISSING
from reports.content import Check, EditionContent, Figure, TrendMonth, UnitFigures
from reports.definitions import Meaning
from reports.editions import days_of, furniture_of
from reports.models import EditionSheet, MonthEdition, UnitSheet, Volume
from reports.periods import later, months_between
from reports.selectors import TREND_MONTHS
from reports.volume import Explained, Signed, Told, VolumeContent
from reports.volume_appendix import adjusted, changed, judged
from reports.volume_data import data_text

# What a volume prints of the units below. A province prints no township office: its workbook holds them all.
PRINTED = {
    Level.PROVINCE: (Level.PROVINCE, Level.CITY, Level.COUNTY),
    Level.CITY: (Level.CITY, Level.COUNTY, Level.OFFICE),
}
NO_DATA = dict.fromkeys(PERIODS)


def sealed_sheets(edition: MonthEdition, unit: Office, levels: Iterable[str]) -> QuerySet[UnitSheet]:
    """Return the sheets of a sealed month for a unit and those below it, by form, level and code."""
    found = UnitSheet.objects.filter(editions__edition=edition, level__in=list(levels))
    if unit.level == Level.CITY:
        found = found.filter(city=unit)
    return found.order_by("form", "unit_code", "unit_id")


def earlier_sheets(edition: MonthEdition, unit_id: int) -> list[EditionSheet]:
    """Return what had been sealed of a unit's last twelve months when the edition was: newest editions, by month."""
    months = months_between(later(edition.month, 1 - TREND_MONTHS), later(edition.month, -1))
    found = EditionSheet.objects.filter(unit_id=unit_id, month__in=months, sealed_at__lte=edition.sealed_at)
    newest = found.exclude(digest="").order_by("form", "month", "-number").distinct("form", "month")
    return list(newest.select_related("sheet"))


def data_of_volume(edition: MonthEdition, unit: Office) -> str:
    """Return the data that lie in a volume's PDF and that its digest is over."""
    sheets = sealed_sheets(edition, unit, PRINTED[Level(unit.level)])
    bulletin = [[one.unit, one.level, one.rank, one.due, *one.rates] for one in judged(edition.month, unit)]
    return data_text(edition, unit, sheets, earlier_sheets(edition, unit.pk), bulletin)


def content_of_volume(volume: Volume, *, with_offices: bool = False) -> VolumeContent:
    """Return what a volume says. Reads sealed sheets, never the ledger, the registry or the names of offices.

    ``with_offices`` adds the township offices to a province's.
    """
    levels = (*PRINTED[Level(volume.level)], *([Level.OFFICE] if with_offices else []))
    sheets = sealed_sheets(volume.edition, volume.unit, levels)
    by_form: dict[str, list[UnitSheet]] = defaultdict(list)
    for sheet in sheets.select_related("definition", "checked_by", "signed_by"):
        by_form[sheet.form].append(sheet)
    trends: dict[str, list[EditionSheet]] = defaultdict(list)
    for one in earlier_sheets(volume.edition, volume.unit_id):
        trends[one.form].append(one)
    parts = tuple(
        _part(volume, of_form, trends[form])
        for form, of_form in sorted(by_form.items(), key=lambda pair: _order(pair[0]))
        if any(sheet.unit_id == volume.unit_id and sheet.state != MISSING for sheet in of_form)
    )
    printed = [part.form_code for part in parts]
    every = [sheet for form in printed for sheet in by_form[form]]
    return VolumeContent(
        unit=parts[0].unit,
        month=volume.month,
        number=volume.number,
        sealed_at=volume.sealed_at,
        issued_by=volume.unit.name,
        digest=volume.digest,
        parts=parts,
        told=_told(volume, by_form, printed),
        explained=tuple(one for sheet in every for one in _explained(sheet)),
        signed=tuple(_signed(sheet) for sheet in every if _signs(sheet, volume)),
        missing=tuple((form, names) for form in printed if (names := _missing(by_form[form]))),
        judged=judged(volume.month, volume.unit),
        adjusted=tuple(one for part in parts for one in adjusted(part, own_of(by_form[part.form_code], volume))),
        changed=changed(volume, parts),
        reason=volume.reason,
        days=days_of(volume.month),
        data="" if with_offices else data_of_volume(volume.edition, volume.unit),
    )


def _order(form: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdigit, form))
    return int(digits or 0), form


def _part(volume: Volume, sheets: list[UnitSheet], earlier: list[EditionSheet]) -> EditionContent:
    own = own_of(sheets, volume)
    meaning = Meaning(own.definition.content if own.definition else {})
    parents = {sheet.unit_id: sheet.unit_code for sheet in sheets}
    of_level: dict[str, list[UnitFigures]] = defaultdict(list)
    for sheet in sheets:
        if sheet is not own:
            of_level[sheet.level].append(_unit(sheet, parents, own.figures))
    return EditionContent(
        form_code=own.form,
        furniture=furniture_of(meaning, volume.month),
        unit=_unit(own, parents, own.figures),
        month=volume.month,
        edition_no=volume.number,
        issued_at=volume.sealed_at,
        issued_by=volume.unit.name,
        responsible=own.signed_by.name if own.signed_by else "",
        statistician=own.checked_by.name if own.checked_by else "",
        filler=own.checked_by.name if own.checked_by else "",
        phone=own.phone,
        reported_on=localdate(own.signed_at or volume.sealed_at),
        digest=volume.digest,
        replaces=volume.number - 1 or None,
        columns=meaning.columns(meaning.form["indicators"]),
        ratios=meaning.ratios(),
        cities=tuple(of_level[Level.CITY]),
        counties=tuple(of_level[Level.COUNTY]),
        offices=tuple(of_level[Level.OFFICE]),
        trend=_trend(own, earlier),
        memo=meaning.columns(meaning.form["memo"]),
        checks=tuple(_check(check, own.explanations) for check in own.checks),
        highlights=meaning.highlights(),
    )


def _unit(sheet: UnitSheet, parents: dict[int, str], codes: Iterable[str]) -> UnitFigures:
    # A sheet that was signed under an earlier wording of the form lacks a column: there are no data of it.
    known = dict.fromkeys(codes, NO_DATA) | sheet.figures
    return UnitFigures(
        unit_id=sheet.unit_id,
        code=sheet.unit_code,
        name=sheet.unit_name,
        level=sheet.level,  # type: ignore[arg-type]  # the database knows these four levels only
        parent_code=parents.get(sheet.parent_id or 0, ""),
        is_zone=sheet.is_zone,
        figures={code: Figure(**periods) for code, periods in known.items()},
        reported=sheet.state != MISSING,
    )


def _trend(own: UnitSheet, earlier: list[EditionSheet]) -> tuple[TrendMonth, ...]:
    """Return the last 13 months; one that was not sealed here has no data."""
    known = {one.month: one.sheet.figures for one in earlier} | {own.month: own.figures}
    months = months_between(later(own.month, 1 - TREND_MONTHS), own.month)
    return tuple(TrendMonth(month, _current(known.get(month, {}), own.figures)) for month in months)


def _current(figures: dict[str, Any], codes: Iterable[str]) -> dict[str, int | None]:
    return {code: figures.get(code, {}).get("current") for code in codes}


def _check(check: dict[str, Any], explanations: dict[str, str]) -> Check:
    answer = explanations.get(check["name"], "")
    text = check["text"] or check["meaning"]
    return Check(check["name"], check["passed"], f"{text}说明：{answer}" if answer else text)


def own_of(sheets: list[UnitSheet], volume: Volume) -> UnitSheet:
    """Return the sheet of the volume's own unit."""
    return next(sheet for sheet in sheets if sheet.unit_id == volume.unit_id)


def _told(volume: Volume, by_form: dict[str, list[UnitSheet]], printed: list[str]) -> tuple[Told, ...]:
    found = []
    for form in printed:
        own = own_of(by_form[form], volume)
        stored = own.definition.content.get("headlines", []) if own.definition else []
        found += [Told.read(one) for one in stored]
    return tuple(sorted(found, key=lambda told: told.number))


def _explained(sheet: UnitSheet) -> list[Explained]:
    findings = {check["name"]: check["text"] for check in sheet.checks if not check["passed"]}
    return [
        Explained(sheet.unit_name, sheet.form, name, findings[name], answer)
        for name, answer in sheet.explanations.items()
        if name in findings
    ]


def _signs(sheet: UnitSheet, volume: Volume) -> bool:
    # Whose figures the volume is made of: the unit itself and those directly below it.
    return volume.unit_id in {sheet.unit_id, sheet.parent_id}


def _signed(sheet: UnitSheet) -> Signed:
    filler, signer = (one.name if one else "" for one in (sheet.checked_by, sheet.signed_by))
    return Signed(sheet.unit_name, sheet.form, filler, signer, sheet.signed_at)


def _missing(sheets: list[UnitSheet]) -> tuple[str, ...]:
    return tuple(sheet.unit_name for sheet in sheets if sheet.state == MISSING)


def volume_on(month: date, unit_id: int) -> Volume | None:
    """Return a unit's newest volume of a month."""
    return Volume.objects.filter(month=month, unit_id=unit_id).order_by("-number").first()

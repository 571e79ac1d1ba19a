"""An edition as stored, read back: what is printed of it, and whether it is still what was issued."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from django.db.models import Max

from offices.models import Level
from reports.content import (
    Check,
    EditionContent,
    Figure,
    FormFurniture,
    TrendMonth,
    UnitFigures,
    day_label,
    month_label,
)
from reports.definitions import Meaning, canonical
from reports.models import Contribution, Edition, Sheet
from reports.periods import day_after, first_day, is_calendar_month

SHEET_FIELDS = ("unit_id", "level", "unit_code", "unit_name", "parent_code", "is_zone", "figures")
ROW_FIELDS = (
    "event_id",
    "office_id",
    "county_id",
    "city_id",
    "kind",
    "on",
    "record_type",
    "record_key",
    "number",
    "figures",
)


def digest_of(edition: Edition) -> str:
    """Return the SHA-256 over the stored edition, its sheets and its contributing rows, each as one line of JSON."""
    digest = hashlib.sha256()
    head = {
        "line": edition.line,
        "form": edition.form,
        "month": edition.month.isoformat(),
        "unit": edition.unit_id,
        "number": edition.number,
        "definition": edition.definition.digest,
        "checks": edition.checks,
        "trend": edition.trend,
        "foot": edition.foot,
        "reason": edition.reason,
        "issued_at": edition.issued_at.isoformat(),
    }
    digest.update(canonical(head))
    sheets = Sheet.objects.filter(edition_id=edition.pk).order_by("unit_id").values_list(*SHEET_FIELDS)
    rows = Contribution.objects.filter(edition_id=edition.pk).order_by("event_id").values_list(*ROW_FIELDS)
    for queryset in (sheets, rows):
        for row in queryset.iterator(chunk_size=5000):
            digest.update(b"\n" + canonical([value.isoformat() if isinstance(value, date) else value for value in row]))
    return digest.hexdigest()


def is_intact(edition: Edition) -> bool:
    """Tell whether what is stored is still what was issued."""
    return digest_of(edition) == edition.digest


def content_of(edition: Edition) -> EditionContent:
    """Return what an edition's files say. Reads the edition and its sheets, never the registry nor the offices."""
    meaning = Meaning(edition.definition.content)
    sheets = [_unit(sheet) for sheet in Sheet.objects.filter(edition=edition).order_by("unit_code", "unit_id")]
    whole = next(sheet for sheet in sheets if sheet.unit_id == edition.unit_id)
    of_level = {level: tuple(s for s in sheets if s.level == level and s is not whole) for level in Level.values}
    foot = edition.foot
    return EditionContent(
        form_code=edition.form,
        furniture=furniture_of(meaning, edition.month),
        unit=whole,
        month=edition.month,
        edition_no=edition.number,
        issued_at=edition.issued_at,
        issued_by=foot["issued_by"],
        responsible=foot["responsible"],
        statistician=foot["statistician"],
        filler=foot["filler"],
        phone=foot["phone"],
        reported_on=date.fromisoformat(foot["reported_on"]),
        digest=edition.digest,
        replaces=edition.number - 1 or None,
        columns=meaning.columns(meaning.form["indicators"]),
        ratios=meaning.ratios(),
        cities=of_level[Level.CITY],
        counties=of_level[Level.COUNTY],
        # Two levels below the issuing unit, as the ministry's tables have it: a province prints no township office.
        offices=() if whole.level == Level.PROVINCE else of_level[Level.OFFICE],
        trend=tuple(TrendMonth(date.fromisoformat(point["month"]), point["figures"]) for point in edition.trend),
        memo=meaning.columns([code for code in meaning.form["memo"] if not _is_typed(meaning, code)]),
        checks=tuple(Check(check["name"], check["passed"], check["text"]) for check in edition.checks),
        notes=_notes(edition),
        highlights=meaning.highlights(),
    )


def _notes(edition: Edition) -> tuple[str, ...]:
    found = [f"更正说明：{edition.reason}"] if edition.reason else []
    if days := days_of(edition.month):
        found.append(f"统计期间：{days}。")
    return tuple(found)


def days_of(month: date) -> str:
    """Return from when to when a month counts, where that is not the calendar's month; else empty."""
    if is_calendar_month(month):
        return ""
    return f"{day_label(first_day(month))}至{day_label(day_after(month) - timedelta(days=1))}"


def _is_typed(meaning: Meaning, code: str) -> bool:
    # An edition is counted from the ledger, which knows nothing of what units type.
    return bool(meaning.indicators[code]["kind"] == "typed")


def last_number(form: str, month: date, unit_id: int) -> int:
    """Return the number of the latest edition of a unit's form for a month, 0 when there is none."""
    found = Edition.objects.filter(form=form, month=month, unit_id=unit_id).aggregate(last=Max("number"))
    return found["last"] or 0


def _unit(sheet: Sheet) -> UnitFigures:
    return UnitFigures(
        unit_id=sheet.unit_id,
        code=sheet.unit_code,
        name=sheet.unit_name,
        level=sheet.level,  # type: ignore[arg-type]  # the database knows these four levels only
        parent_code=sheet.parent_code,
        is_zone=sheet.is_zone,
        figures={code: Figure(**periods) for code, periods in sheet.figures.items()},
    )


def furniture_of(meaning: Meaning, month: date) -> FormFurniture:
    """Return the marks of a stored form for a month."""
    form: dict[str, Any] = meaning.form
    return FormFurniture(
        form_no=form["form_no"],
        title=form["title"],
        issuer=form["issuer"],
        approval_body=form["approval_body"],
        approval_no=form["approval_no"],
        valid_to=date.fromisoformat(form["valid_until"]),
        unit_of_measure=form["unit_of_measure"],
        period_label=month_label(month),
    )

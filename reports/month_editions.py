"""The editions of a sealed month: which one stands, which are replaced, and that each is still what was sealed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from offices.models import Membership
from reports.locking import Newest, digest_of_edition
from reports.models import EditionSheet, MonthEdition, UnitSheet
from reports.sheet_digests import is_unchanged


@dataclass(frozen=True)
class Sealed:
    """An edition as one unit sees it; ``replaced_by`` is the number of the one that stands instead, 0 where it stands."""

    number: int
    sealed_at: datetime
    replaced_by: int
    reason: str
    sealed_by: str


def editions_of(month: date, membership: Membership) -> list[Sealed]:
    """Return the editions of a month, newest first: by the sheets of the reader's own unit, for all of them have one."""
    own = EditionSheet.objects.filter(month=month, unit=membership.office)
    found = sorted(set(own.order_by().values_list("number", "sealed_at")), reverse=True)
    # Who sealed and why stands with the province; the reason is in the history of each sheet that was restated.
    heads = {one.number: one for one in MonthEdition.objects.filter(month=month).select_related("sealed_by")}
    newest = found[0][0] if found else 0
    return [
        Sealed(
            number,
            sealed_at,
            newest if number != newest else 0,
            heads[number].reason if number in heads else "",
            heads[number].sealed_by.name if number in heads else "",
        )
        for number, sealed_at in found
    ]


def replacing(sheet: UnitSheet) -> UnitSheet | None:
    """Return the version that stands instead of a sheet; None where the sheet stands."""
    newer = UnitSheet.objects.filter(
        unit_id=sheet.unit_id, form=sheet.form, month=sheet.month, version__gt=sheet.version
    )
    return newer.order_by("-version").first()


def is_edition_unchanged(edition: MonthEdition) -> bool:
    """Tell whether an edition, and every sheet in it, is still what was sealed, however many came after it."""
    sheets = _sheets_of(edition)
    below: dict[tuple[int | None, str], list[UnitSheet]] = defaultdict(list)
    for sheet in sheets:
        below[sheet.parent_id, sheet.form].append(sheet)
    fine = all(is_unchanged(one, below[one.unit_id, one.form]) for one in sheets if one.state == "locked")
    named = [Newest(*(getattr(sheet, name) for name in Newest._fields)) for sheet in sheets]
    return fine and digest_of_edition(edition, named) == edition.digest


def _sheets_of(edition: MonthEdition) -> list[UnitSheet]:
    keys = EditionSheet.objects.filter(edition=edition).values("sheet_id")
    found = UnitSheet.objects.filter(pk__in=keys).select_related("definition")
    return list(found.order_by("form", "unit_code", "unit_id"))

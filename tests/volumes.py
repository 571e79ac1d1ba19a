"""A volume that nobody had to drive a month for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from casework.files import store
from offices.models import Membership
from reports.models import MonthEdition, Volume, VolumeFile


def made_volume(issuer: Membership, ref: str) -> None:
    """Give the province a volume of April with two small files."""
    month = date(2026, 4, 1)
    given: dict[str, Any] = {"unit": issuer.office, "level": "province", "month": month, "number": 1}
    given |= {"sealed_at": timezone.now(), "digest": "0" * 64}
    edition = MonthEdition.objects.create(**given, sealed_by=issuer.user)
    volume = Volume.objects.create(**given, public_id=ref, edition=edition, edition_number=1)
    for kind in VolumeFile.Kind.values:
        kept = store("volumes", iter([b"%PDF-1.7"]), f".{kind}")
        file = VolumeFile(volume=volume, unit=volume.unit, level="province", kind=kind, name=f"v.{kind}")
        file.stored_as, file.size, file.sha256 = kept.stored_as, kept.size, kept.sha256
        file.save(force_insert=True)

"""The volumes of a month in the words of a page."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from casework.models import Job
from offices.models import Level
from reports import words
from reports.models import Volume, VolumeFile
from reports.volumes import DRAW

LEVELS = [Level.PROVINCE, Level.CITY]
MONTHS_LISTED = 60


def months_sealed() -> list[date]:
    """Return the months that have volumes in scope, newest first."""
    months = Volume.objects.order_by("-month").values_list("month", flat=True).distinct()
    return list(months[:MONTHS_LISTED])


def volume_rows(month: date) -> list[dict[str, Any]]:
    """Return the volumes of a month: the province's first, then the cities' by code, each with the ones it replaced."""
    volumes = list(Volume.objects.filter(month=month).select_related("unit"))
    volumes.sort(key=lambda one: (LEVELS.index(Level(one.level)), one.unit.code, -one.number))
    files: dict[int, list[VolumeFile]] = defaultdict(list)
    for file in VolumeFile.objects.filter(volume__in=volumes):
        files[file.volume_id].append(file)
    waiting = [one.public_id for one in volumes if not files[one.pk]]
    jobs = {one.key: one for one in Job.objects.filter(kind=DRAW, key__in=waiting).order_by("pk")}
    newest: dict[int, int] = {}
    for volume in volumes:
        newest.setdefault(volume.unit_id, volume.number)
    return [_row(one, files[one.pk], jobs.get(one.public_id), newest[one.unit_id]) for one in volumes]


def _row(volume: Volume, files: list[VolumeFile], job: Job | None, newest: int) -> dict[str, Any]:
    label, tone = _state(volume, files, job, newest)
    pdf = next((file for file in files if file.kind == VolumeFile.Kind.PDF), None)
    return {
        "unit": volume.unit.name,
        "number": volume.number,
        "state": label,
        "tone": tone,
        "sealed_at": volume.sealed_at,
        "reason": volume.reason,
        "pages": pdf.pages if pdf else None,
        "digest": volume.digest,
        "files": [_file(volume, file) for file in files],
    }


def _state(volume: Volume, files: list[VolumeFile], job: Job | None, newest: int) -> tuple[str, str]:
    if newest > volume.number:
        return _("已被第 %(n)d 版替代") % {"n": newest}, ""
    if files:
        return (_("已修订"), "green") if volume.number > 1 else (_("已完成"), "green")
    if job is not None and job.state == Job.State.DEAD:
        return _("未完成，请联系管理员"), "red"
    if job is not None and job.total:
        return _("制作中 %(done)d/%(total)d") % {"done": job.progress, "total": job.total}, "amber"
    return _("等待制作"), "amber"


def _file(volume: Volume, file: VolumeFile) -> dict[str, Any]:
    return {
        "label": file.get_kind_display(),
        "url": reverse(f"volume_{file.kind}", args=[volume.public_id]),
        "icon": "file-earmark-pdf" if file.kind == VolumeFile.Kind.PDF else "file-earmark-spreadsheet",
        "size": words.file_size(file.size),
        "sha256": file.sha256,
    }

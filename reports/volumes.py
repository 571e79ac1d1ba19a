"""Making the volumes of a sealed month: the province's and each city's, one job each; only what changed is made anew."""

from __future__ import annotations

import io
from importlib.metadata import version
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from casework.documents import RenderedPdf
from casework.files import Stored, discard, store
from casework.jobs import enqueue, finish, job, leads_to, report_progress
from casework.models import Job
from offices.models import Level, Membership, Office
from offices.scoping import system
from reports.content import month_label
from reports.models import EditionSheet, MonthEdition, Volume, VolumeFile
from reports.periods import month_code
from reports.volume import VolumeContent
from reports.volume_data import digest_of_text, layout_digest
from reports.volume_pdf import render_volume_pdf
from reports.volume_reading import content_of_volume, data_of_volume, volume_on
from reports.volume_xlsx import write_volume_xlsx

DRAW = "draw_volume"
STEPS = 3
FOLDER = "volumes"


def bind_volumes(edition: MonthEdition, actor: Membership) -> list[Volume]:
    """Open the volumes of a month that was just sealed and ask for their files; return those that are new.

    A city whose figures the new edition leaves as they were keeps the volume that it has. Needs the system's scope.
    """
    with_figures = EditionSheet.objects.filter(edition=edition).exclude(digest="").values("unit_id")
    units = Office.objects.filter(level__in=[Level.PROVINCE, Level.CITY], pk__in=with_figures).order_by("code")
    found = [volume for unit in units if (volume := _bind(edition, unit)) is not None]
    for volume in found:
        enqueue(DRAW, key=volume.public_id, payload={"volume": volume.pk}, asker=actor)
    return found


def _bind(edition: MonthEdition, unit: Office) -> Volume | None:
    digest, layout = digest_of_text(data_of_volume(edition, unit)), layout_digest()
    last = volume_on(edition.month, unit.pk)
    if last is not None and (last.digest, last.layout) == (digest, layout):
        return None
    volume = Volume(unit=unit, level=unit.level, edition=edition, month=edition.month, sealed_at=edition.sealed_at)
    volume.number, volume.edition_number = (last.number if last else 0) + 1, edition.number
    volume.reason, volume.digest, volume.layout = edition.reason, digest, layout
    volume.save(force_insert=True)
    return volume


@job(DRAW, runs_as="own")
def draw_volume(claimed: Job) -> dict[str, Any]:
    """Draw the PDF and the XLSX of a volume and keep them. Payload: ``volume``, an id."""
    with system(DRAW, user_id=claimed.user_id):
        volume = Volume.objects.select_related("unit", "edition").get(pk=claimed.payload["volume"])
        content = content_of_volume(volume)
    report_progress(claimed, 1, STEPS, _("排版"))
    printed = render_volume_pdf(content)
    report_progress(claimed, 2, STEPS, _("制作 Excel 文件"))
    files = {VolumeFile.Kind.PDF: printed.content, VolumeFile.Kind.XLSX: _workbook(volume, content, claimed)}
    # Long work lies behind us: the rows, the files' names and "done" are one short transaction, fenced by the attempt.
    stored = {kind: store(FOLDER, iter([made]), f".{kind}") for kind, made in files.items()}
    result = {"volume": volume.public_id, "month": month_code(volume.month)}
    try:
        with system(DRAW, user_id=claimed.user_id):
            for kind, kept in stored.items():
                _file(volume, content, kind, kept, printed).save(force_insert=True)
            finish(claimed, result)
    except Exception:
        for kept in stored.values():
            discard(kept)
        raise
    return result


def _workbook(volume: Volume, content: VolumeContent, claimed: Job) -> bytes:
    """Return the workbook, a province's with all its offices."""
    if volume.level == Level.PROVINCE:
        # Not before: while the pages are drawn, the figures of all offices would lie beside them in memory.
        with system(DRAW, user_id=claimed.user_id):
            content = content_of_volume(volume, with_offices=True)
    stream = io.BytesIO()
    write_volume_xlsx(content, stream)
    return stream.getvalue()


@leads_to(DRAW)
def drawn_page(finished: Job) -> tuple[Any, str]:
    """Lead to the month's volumes."""
    return _("查看月报汇编"), f"{reverse('volumes')}?period={finished.result['month']}"


def _file(
    volume: Volume, content: VolumeContent, kind: VolumeFile.Kind, kept: Stored, printed: RenderedPdf
) -> VolumeFile:
    is_pdf = kind == VolumeFile.Kind.PDF
    return VolumeFile(
        volume=volume,
        unit=volume.unit,
        level=volume.level,
        kind=kind,
        stored_as=kept.stored_as,
        name=f"{content.unit.name}_司法行政基层工作统计月报_{month_label(volume.month)}_v{volume.number}.{kind}",
        size=kept.size,
        sha256=kept.sha256,
        pages=printed.pages if is_pdf else None,
        engine=printed.engine if is_pdf else f"XlsxWriter {version('XlsxWriter')}",
        fonts=list(printed.fonts) if is_pdf else [],
    )

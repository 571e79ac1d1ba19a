"""The job that draws an edition's files, once, from the edition alone."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from django.utils.translation import gettext as _

from casework.files import Stored, discard, store
from casework.jobs import finish, job, leads_to, report_progress
from casework.models import Job
from offices.scoping import system
from reports.content import EditionContent, month_label
from reports.editions import content_of
from reports.freezing import RENDER, STEPS, address_of
from reports.models import Edition, EditionFile
from reports.report_pdf import render_report_pdf
from reports.report_xlsx import write_xlsx

FOLDER = "editions"


@dataclass(frozen=True)
class Drawn:
    """A finished file, not yet stored."""

    kind: str
    content: bytes
    engine: str
    pages: int | None = None
    fonts: tuple[str, ...] = ()


@job(RENDER, runs_as="own")
def render_edition(claimed: Job) -> dict[str, Any]:
    """Draw the PDF and the XLSX of an edition and keep them. Payload: ``edition``, an id."""
    with system(RENDER, user_id=claimed.user_id):
        edition = Edition.objects.select_related("unit", "definition").get(pk=claimed.payload["edition"])
        content = content_of(edition)
    report_progress(claimed, 2, STEPS, _("排版"))
    drawn = [_pdf(content)]
    report_progress(claimed, 3, STEPS, _("制作 Excel 文件"))
    drawn.append(_xlsx(content))
    # Long work lies behind us: the rows, the files' names and "done" are one short transaction, fenced by the attempt.
    stored = [store(FOLDER, iter([made.content]), f".{made.kind}") for made in drawn]
    result = {"edition": edition.public_id, "url": address_of(edition)}
    try:
        with system(RENDER, user_id=claimed.user_id):
            for made, kept in zip(drawn, stored, strict=True):
                _file(edition, content, made, kept).save(force_insert=True)
            finish(claimed, result)
    except Exception:
        for kept in stored:
            discard(kept)
        raise
    return result


@leads_to(RENDER)
def drawn_page(finished: Job) -> tuple[Any, str]:
    """Lead to the edition's page with its files."""
    return _("查看报表"), finished.result["url"]


def _pdf(content: EditionContent) -> Drawn:
    made = render_report_pdf(content)
    return Drawn(EditionFile.Kind.PDF, made.content, made.engine, made.pages, made.fonts)


def _xlsx(content: EditionContent) -> Drawn:
    stream = io.BytesIO()
    write_xlsx(content, stream)
    return Drawn(EditionFile.Kind.XLSX, stream.getvalue(), f"XlsxWriter {version('XlsxWriter')}")


def _file(edition: Edition, content: EditionContent, made: Drawn, kept: Stored) -> EditionFile:
    return EditionFile(
        edition=edition,
        unit=edition.unit,
        level=edition.level,
        line=edition.line,
        kind=made.kind,
        stored_as=kept.stored_as,
        name=file_name(content, made.kind),
        size=kept.size,
        sha256=kept.sha256,
        pages=made.pages,
        engine=made.engine,
        fonts=list(made.fonts),
    )


def file_name(content: EditionContent, kind: str) -> str:
    """Return the name of a download: 山东省_人民调解案件情况统计表_2026年10月_v1.pdf."""
    return f"{content.unit.name}_{content.furniture.title}_{month_label(content.month)}_v{content.edition_no}.{kind}"

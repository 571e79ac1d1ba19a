"""The month's files: how long an issued edition takes to be drawn, and how much memory."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator

from justice_portal.bench.measuring import NothingToMeasure, Result, Size, seconds
from offices.scoping import system
from reports.editions import content_of
from reports.models import Edition
from reports.report_pdf import render_report_pdf
from reports.report_xlsx import write_xlsx


def measure(size: Size) -> Iterator[Result]:
    """Draw the latest edition of the highest unit again and throw the files away."""
    with system("bench"):
        # A unit's national code is the shorter the higher it stands.
        edition = (
            Edition.objects.select_related("unit", "definition").order_by("unit__code", "-month", "-number").first()
        )
        if edition is None:
            raise NothingToMeasure("No month has been issued: run manage.py issue_report first.")
        content = content_of(edition)
    taken = seconds(lambda: write_xlsx(content, io.BytesIO()))
    yield Result(name="pdf, its XLSX twin", figures=f"{edition}", value=taken, unit=" s")
    made = render_report_pdf(content)
    taken = seconds(lambda: render_report_pdf(content))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = f"{made.pages} pages, {len(made.content) / 1e6:.1f} MB, memory {memory} MB at most"
    yield Result(name="pdf", figures=figures, value=taken, unit=" s")

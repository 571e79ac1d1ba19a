"""The figures of a volume for machines: what its digest is over, and what lies in its PDF as JSON and CSV."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.conf import settings

from casework.documents import AttachedFile
from offices.models import Office
from reports.content import EditionContent, UnitFigures
from reports.definitions import canonical
from reports.models import EditionSheet, MonthEdition, UnitSheet
from reports.periods import month_code

LAYOUT = (settings.BASE_DIR / "templates" / "print", settings.BASE_DIR / "static" / "css" / "print.css")
JSON_NAME, CSV_NAME = "figures.json", "figures.csv"
PERIODS = ("current", "previous", "last_year", "ytd", "last_ytd", "since")
HEAD = ("form", "unit_code", "unit_name", "level", "indicator", "name", "unit_of_measure", *PERIODS)


@cache
def layout_digest() -> str:
    """Return the SHA-256 over the templates and the style of print: a volume is made anew where they changed."""
    digest = hashlib.sha256()
    folder, style = LAYOUT
    for path in (*sorted(folder.rglob("*.html")), style):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def data_text(
    edition: MonthEdition,
    unit: Office,
    sheets: Iterable[UnitSheet],
    trend: Sequence[EditionSheet],
    bulletin: Sequence[Sequence[Any]],
) -> str:
    """Return, as JSON in the one form that digests are taken of, everything that a volume's figures are made of.

    Its SHA-256 is the volume's digest: whoever takes this file out of the PDF can recompute the code on the cover.
    """
    said: dict[str, Any] = {
        "unit": unit.code,
        "month": month_code(edition.month),
        "sheets": [
            {
                "form": sheet.form,
                "unit": sheet.unit_code,
                "name": sheet.unit_name,
                "state": sheet.state,
                "digest": sheet.digest,
                "figures": sheet.figures,
            }
            for sheet in sheets
        ],
        "quality": [list(row) for row in bulletin],
        "trend": [[one.form, month_code(one.month), one.digest] for one in trend],
    }
    return canonical(said).decode()


def digest_of_text(text: str) -> str:
    """Return the SHA-256 of a volume's data."""
    return hashlib.sha256(text.encode()).hexdigest()


def csv_text(parts: Iterable[EditionContent]) -> str:
    """Return every figure of a volume as one row: whole numbers, money in fen, empty where there is no data."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEAD)
    for part in parts:
        for unit in (part.unit, *part.cities, *part.counties, *part.offices):
            writer.writerows(_rows(part, unit))
    return stream.getvalue()


def _rows(part: EditionContent, unit: UnitFigures) -> Iterable[list[Any]]:
    for column in (*part.columns, *part.memo):
        if (figure := unit.figures.get(column.code)) is not None:
            measure = "分" if column.is_money else column.unit
            values = [getattr(figure, period) for period in PERIODS]
            yield [part.form_code, unit.code, unit.name, unit.level, column.code, column.name, measure, *values]


def attached_files(parts: Iterable[EditionContent], data: str) -> list[AttachedFile]:
    """Return what lies in a volume's PDF."""
    return [
        AttachedFile(JSON_NAME, "本卷全部数据，其SHA-256即封面校验码", data),
        AttachedFile(CSV_NAME, "本卷全部数据，每行一个单位的一个指标，金额单位为分", csv_text(parts)),
    ]

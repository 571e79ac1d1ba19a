"""The printed volume: builds what the templates print and hands it to the print engine."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localdate

from casework.documents import RenderedPdf, render_pdf
from reports.content import EditionContent, day_label, month_label
from reports.periods import month_code
from reports.report_pdf import DIGEST_SHOWN, NUMERALS, Entry, build_context
from reports.volume import RATES, TOLD_PERIODS, VolumeContent, told_by_unit, told_rows, told_sentences
from reports.volume_data import attached_files

LEVEL_NAMES = {"province": "全省", "city": "各市", "county": "各县（市、区）"}
TEMPLATE, PART = "print/volume/volume.html", "print/volume/part.html"


def render_volume_pdf(content: VolumeContent) -> RenderedPdf:
    """Draw a volume. Reads nothing but ``content``; the same content gives the same bytes."""
    return render_pdf(
        TEMPLATE,
        volume_context(content),
        title=content.title(),
        created=content.sealed_at,
        attached=attached_files(content.parts, content.data),
    )


def volume_context(content: VolumeContent) -> dict[str, Any]:
    """Return everything that the templates print, as text that is ready."""
    chapters = _chapters(content)
    headings = {anchor: f"{numeral}、{title}" for numeral, (anchor, title) in zip(NUMERALS, chapters, strict=False)}
    digest = content.digest[:DIGEST_SHOWN]
    parts = {part.form_code: build_context(part) for part in content.parts}
    return {
        "content": content,
        "report_title": content.title(),
        "month": month_label(content.month),
        "edition": volume_label(content),
        "sealed_on": day_label(localdate(content.sealed_at)),
        "digest": digest,
        "digest_spaced": " ".join(digest[start : start + 4] for start in range(0, len(digest), 4)),
        "square": _square(content),
        "entries": _entries(content, headings, parts),
        "told_heading": headings.get("told", ""),
        "told_rows": told_rows(content),
        "told_sentences": told_sentences(content),
        "told_periods": tuple(TOLD_PERIODS.values()),
        "told_units": told_by_unit(content, content.told),
        "parts": [
            _drawn(number, part, headings, parts[part.form_code]) for number, part in enumerate(content.parts, start=1)
        ],
        "quality_heading": headings.get("quality", ""),
        "rates": RATES,
        "judged": [
            (LEVEL_NAMES[level], list(rows)) for level, rows in groupby(content.judged, key=lambda one: one.level)
        ],
        "checks_heading": headings["checks"],
        "definitions_heading": headings["definitions"],
        "signed_heading": headings["signed"],
        "signed": _signed(content),
    }


def _square(content: VolumeContent) -> SafeString:
    """Return the cover's square code: which volume this is, and its whole digest, readable without a network."""
    text = f"{content.unit.code} {month_code(content.month)} v{content.number} {content.digest}"
    drawn = segno.make(text, error="m").svg_inline(scale=3, border=2, lineclass=None, svgclass=None)
    return mark_safe(drawn)  # noqa: S308 - shapes drawn from hexadecimal digits


def volume_label(content: VolumeContent) -> str:
    """第1版; a corrected one says which one it replaces."""
    label = f"第{content.number}版"
    return f"修订版 v{content.number}，替代第{content.number - 1}版" if content.number > 1 else label


def _prefix(part: EditionContent) -> str:
    return f"{part.form_code}-"


def _chapters(content: VolumeContent) -> list[tuple[str, str]]:
    """A table whose line is not installed is absent, and so is its number."""
    told = [("told", "综合指标")] if content.told else []
    parts = [(f"{_prefix(part)}part", part.furniture.title) for part in content.parts]
    quality = [("quality", "报送质量通报")] if content.judged else []
    return [
        *told,
        *parts,
        *quality,
        ("checks", "审核关系与说明"),
        ("definitions", "指标解释"),
        ("signed", "填报与签字"),
    ]


def _entries(content: VolumeContent, headings: dict[str, str], parts: dict[str, dict[str, Any]]) -> list[Entry]:
    inner: dict[str, list[Entry]] = {}
    for part in content.parts:
        prefix, context = _prefix(part), parts[part.form_code]
        tables = [Entry(f"{prefix}unit-sheet", context["unit_title"], 2)]
        tables += [Entry(f"{prefix}{sheet.anchor}", sheet.title, 2) for sheet in context["sheets"]]
        inner[f"{prefix}part"] = tables
    return [entry for anchor, title in headings.items() for entry in (Entry(anchor, title, 1), *inner.get(anchor, []))]


def _drawn(number: int, part: EditionContent, headings: dict[str, str], context: dict[str, Any]) -> SafeString:
    prefix = _prefix(part)
    given = {"prefix": prefix, "heading": headings[f"{prefix}part"], "chart_prefix": f"{number}—"}
    with translation.override("zh-hans"):
        return mark_safe(render_to_string(PART, context | given))  # noqa: S308 - drawn by a template, which escapes


def _signed(content: VolumeContent) -> list[dict[str, str]]:
    numbers = {part.form_code: part.furniture.form_no for part in content.parts}
    return [
        {
            "unit": one.unit,
            "form": numbers[one.form],
            "filler": one.filler,
            "signer": one.signer,
            "signed_on": day_label(localdate(one.signed_at)) if one.signed_at else "",
        }
        for one in content.signed
    ]

"""Reporting quality and the reporting window in the words of their pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from offices.models import Level, Office
from reports.chain import CHAIN
from reports.content import NOT_APPLICABLE
from reports.due_window import WindowDay
from reports.quality import QualityRow, Tally, judged_sheets
from reports.sheet_reading import address, title_of


def cards(tally: Tally) -> list[dict[str, Any]]:
    """Return a unit's rates, each with the two numbers that it is made of."""
    sheets, cells = _("%(part)s ÷ %(whole)s 张"), _("%(part)s ÷ %(whole)s 个指标")
    rates = (
        (_("上报率"), tally.completeness, sheets, tally.submitted, tally.due),
        (_("及时率"), tally.punctuality, sheets, tally.on_time, tally.due),
        (_("一次通过率"), tally.first_pass_rate, sheets, tally.first_pass, tally.submitted),
        (_("退回率"), tally.return_rate, sheets, tally.returned, tally.submitted),
        (_("差错率"), tally.error_rate, cells, tally.corrected, tally.filled),
    )
    return [
        {
            "label": label,
            "value": NOT_APPLICABLE if rate is None else str(rate),
            "unit": "" if rate is None else "%",
            "note": note % {"part": f"{part:,}", "whole": f"{whole:,}"},
        }
        for label, rate, note, part, whole in rates
    ]


def quality_lines(rows: Sequence[QualityRow], address_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Return the table of the units directly below the first row's, which stands at its head as their sum."""
    if not rows or rows[0].level == Level.OFFICE:
        return []
    whole, *below = rows
    ranked = sorted(
        (row for row in below if row.parent_id == whole.unit_id),
        key=lambda row: (row.rank is None, row.rank, row.code),
    )
    return [
        _quality_line(whole, url="", is_total=True),
        *(_quality_line(row, url=address_of(row.code), is_total=False) for row in ranked),
    ]


def _quality_line(row: QualityRow, *, url: str, is_total: bool) -> dict[str, Any]:
    tally = row.tally
    counts_and_rates = (
        (tally.submitted, tally.completeness),
        (tally.on_time, tally.punctuality),
        (tally.first_pass, tally.first_pass_rate),
        (tally.returned, tally.return_rate),
        (tally.corrected, tally.error_rate),
    )
    return {
        "rank": row.rank,
        "name": row.name,
        "url": url,
        "is_total": is_total,
        "due": f"{tally.due:,}",
        "values": [(f"{count:,}", "" if rate is None else str(rate)) for count, rate in counts_and_rates],
    }


def judged_lines(month: date, office: Office, form: str) -> list[dict[str, Any]]:
    """Return the sheets behind an office's figures."""
    found = []
    for sheet, corrected, filled in judged_sheets(month, office, form):
        state = CHAIN.state(sheet.state)
        found.append(
            {
                "form": title_of(sheet.form),
                "url": address(sheet),
                "state": state.label,
                "tone": state.tone,
                "due_on": sheet.due_on,
                "submitted_on": sheet.first_submitted_on,
                "is_late": sheet.first_submitted_on is not None and sheet.first_submitted_on > sheet.due_on,
                "returns": sheet.returns,
                "corrected": corrected,
                "filled": filled,
            }
        )
    return found


def window_lines(days: Sequence[WindowDay], own: str) -> list[dict[str, Any]]:
    """Return the days of the window; the due day of the reader's own level stands out."""
    return [
        {
            "on": day.on,
            "text": _("第 %(n)d 个工作日") % {"n": day.number} if day.number else _("休息"),
            "mark": _("调休上班") if day.is_make_up else (_("节假日") if day.is_holiday else ""),
            "is_worked": bool(day.number),
            "is_today": day.is_today,
            "due": [{"label": _due_label(level), "tone": "amber" if level == own else "blue"} for level in day.levels],
        }
        for day in days
    ]


def _due_label(level: str) -> str:
    return _("%(level)s到期") % {"level": Level(level).label}

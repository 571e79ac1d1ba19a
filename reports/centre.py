"""What the report centre and an edition's page show of what was issued, as far as it is in scope."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from casework.models import Job
from offices.models import Membership
from offices.permissions import Action, may
from reports import words
from reports.definitions import Meaning
from reports.freezing import RENDER
from reports.models import Definition, Edition, EditionFile, Sheet
from reports.periods import month_code
from reports.selectors import sheets_of

MOST_LISTED = 120


def issued_rows(membership: Membership) -> list[dict[str, Any]]:
    """Return the sheets of a person's unit for the list, with maker and files where the edition is in scope."""
    sheets = list(sheets_of(membership.office)[:MOST_LISTED])
    editions = {edition.pk: edition for edition in _editions(sheets)}
    files: dict[int, list[EditionFile]] = defaultdict(list)
    for file in EditionFile.objects.filter(edition_id__in=editions):
        files[file.edition_id].append(file)
    meanings = meanings_of(sheets)
    newest: dict[tuple[str, Any], int] = {}
    for sheet in sheets:
        newest.setdefault((sheet.form, sheet.month), sheet.number)
    return [
        _row(
            sheet,
            meanings[sheet.definition_id],
            editions.get(sheet.edition_id),
            files[sheet.edition_id],
            newest=newest[sheet.form, sheet.month],
        )
        for sheet in sheets
    ]


def latest_panel(membership: Membership) -> dict[str, Any] | None:
    """Return the newest issued sheets of a person's unit for the first page; None without the right or a sheet."""
    if not may(membership, Action.READ_REPORT):
        return None
    sheets = list(sheets_of(membership.office)[:5])
    meanings = meanings_of(sheets)
    items = [
        {
            "text": f"{words.month_name(sheet.month)} {meanings[sheet.definition_id].title()}",
            "url": address_of(sheet),
            "line": _("第 %(n)d 版") % {"n": sheet.number},
        }
        for sheet in sheets
    ]
    panel = {"title": _("最近签发的报表"), "template": "components/link_row.html", "items": items}
    return panel | {"actions": [{"label": pgettext("reports", "全部"), "url": reverse("reports")}]} if items else None


def _editions(sheets: list[Sheet]) -> list[Edition]:
    found = Edition.objects.filter(pk__in={sheet.edition_id for sheet in sheets}).select_related("issued_by")
    return list(found.defer("checks", "trend"))


def meanings_of(sheets: list[Sheet]) -> dict[int, Meaning]:
    """Return the definitions of sheets by key: few rows, each read once."""
    found = Definition.objects.filter(pk__in={sheet.definition_id for sheet in sheets})
    return {definition.pk: Meaning(definition.content) for definition in found}


def address_of(sheet: Sheet, name: str = "edition") -> str:
    """Return the address of a sheet's page, or of its edition's file."""
    return reverse(name, args=(sheet.form, month_code(sheet.month), sheet.unit_code, sheet.number))


def _row(
    sheet: Sheet, meaning: Meaning, edition: Edition | None, files: list[EditionFile], *, newest: int
) -> dict[str, Any]:
    label, tone = state_of(sheet, edition, files, newest=newest)
    pdf = next((file for file in files if file.kind == EditionFile.Kind.PDF), None)
    return {
        "title": meaning.title(),
        "url": address_of(sheet),
        "month": words.month_name(sheet.month),
        "number": sheet.number,
        "state": label,
        "tone": tone,
        "maker": edition.issued_by.name if edition else "",
        "issuer": meaning.form["issuer"],
        "issued_at": sheet.issued_at,
        "files": [file_row(sheet, file) for file in files],
        "pages": pdf.pages if pdf else None,
        "size": words.file_size(pdf.size) if pdf else "",
        "sha256": pdf.sha256 if pdf else "",
    }


def file_row(sheet: Sheet, file: EditionFile) -> dict[str, Any]:
    """Return a file of an edition for its list of files."""
    return {
        "label": file.get_kind_display(),
        "name": file.name,
        "url": address_of(sheet, f"edition_{file.kind}"),
        "icon": "file-earmark-pdf" if file.kind == EditionFile.Kind.PDF else "file-earmark-spreadsheet",
        "size": words.file_size(file.size),
        "pages": file.pages,
        "sha256": file.sha256,
        "made_at": file.made_at,
    }


def state_of(sheet: Sheet, edition: Edition | None, files: list[EditionFile], *, newest: int) -> tuple[str, str]:
    """Return the state of an edition in words, and its colour."""
    if newest > sheet.number:
        return _("已被第 %(n)d 版替代") % {"n": newest}, ""
    if edition is not None and not files:
        return _("文件生成中"), "amber"
    if sheet.number > 1:
        return _("已更正"), "green"
    return _("已签发"), "green"


def rendering_of(edition: Edition, membership: Membership) -> Job | None:
    """Return the job that draws an edition's files, when it is the person's own."""
    jobs = Job.objects.filter(kind=RENDER, key=f"edition/{edition.pk}", user_id=membership.user_id)
    return jobs.order_by("-pk").first()

"""An edition as it was issued: a unit's sheet, the rows behind each figure, and the files."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.files import send
from casework.jobs import shown_job
from casework.lines import Column
from casework.tables import show_date, table_html
from casework.views.base import log_access
from offices.models import AccessEntry
from offices.permissions import Action, may
from offices.views.base import ActionView
from reports import words
from reports.centre import address_of, file_row, meanings_of, rendering_of
from reports.frozen import FrozenRows, check_rows, key_cards, lower_sheets, rows_address, sheet_rows
from reports.models import Edition, EditionFile, Sheet
from reports.periods import parse_month

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = {EditionFile.Kind.PDF: "application/pdf", EditionFile.Kind.XLSX: XLSX}


class EditionView(ActionView, abstract=True):
    """A page of an issued sheet. A sheet of a unit out of reach is not found."""

    action = Action.READ_REPORT

    def sheet(self) -> Sheet:
        """Return the sheet of the address, under the scope."""
        month = parse_month(self.kwargs["period"])
        asked = {"form": self.kwargs["form"], "unit_code": self.kwargs["code"], "number": self.kwargs["number"]}
        found = Sheet.objects.filter(month=month, **asked).first() if month else None
        if found is None or not may(self.request.membership, self.action, found.line):
            raise Http404
        return found

    def edition(self, sheet: Sheet) -> Edition | None:
        """Return the sheet's edition; None where the edition, another unit's, is out of scope."""
        return Edition.objects.filter(pk=sheet.edition_id).select_related("issued_by", "unit").first()

    def breadcrumb(self, sheet: Sheet, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the way from the report centre."""
        name = f"{words.month_name(sheet.month)} {sheet.unit_name}"
        return [(_("报表中心"), reverse("reports")), (name, address_of(sheet)), *more]


class EditionPage(EditionView):
    """A unit's sheet of an edition, with its key figures, its lower units and, in scope, its files and checks."""

    def get(self, request: HttpRequest, form: str, period: str, code: str, number: int) -> HttpResponse:
        """Show the sheet."""
        sheet = self.sheet()
        meaning = meanings_of([sheet])[sheet.definition_id]
        edition = self.edition(sheet)
        is_whole = edition is not None and edition.unit_id == sheet.unit_id
        context = {
            "title": f"{sheet.unit_name} · {meaning.title()}",
            "subtitle": f"{words.month_name(sheet.month)} · {_('第 %(n)d 版') % {'n': sheet.number}}",
            "breadcrumb": self.breadcrumb(sheet),
            "sheet": sheet,
            "meaning": meaning,
            "edition": edition,
            "is_whole": is_whole,
            "newer": self.newer(sheet),
            "kpis": key_cards(sheet.figures, meaning, partial(rows_address, sheet)),
            "rows": sheet_rows(sheet.figures, meaning, partial(rows_address, sheet)),
            "lower": lower_sheets(sheet, meaning),
            "checks": check_rows(edition) if edition and is_whole else [],
            "files": self.files(sheet) if is_whole else [],
            "job": self.progress(edition) if edition and is_whole else None,
        }
        return render(request, "reports/edition.html", context)

    def newer(self, sheet: Sheet) -> Sheet | None:
        """Return the sheet of the edition that replaces this one."""
        same = Sheet.objects.filter(form=sheet.form, month=sheet.month, unit_id=sheet.unit_id)
        return same.filter(number__gt=sheet.number).order_by("-number").first()

    def files(self, sheet: Sheet) -> list[dict[str, Any]]:
        """Return the edition's files."""
        return [file_row(sheet, file) for file in EditionFile.objects.filter(edition_id=sheet.edition_id)]

    def progress(self, edition: Edition) -> dict[str, Any] | None:
        """Return how far the person's own job is that draws the files."""
        job = rendering_of(edition, self.request.membership)
        return shown_job(job) | {"poll_url": reverse("job", args=(job.public_id,))} if job else None


class EditionRows(EditionView):
    """The rows behind a figure as they were frozen; city and province see no way to the records."""

    def get(self, request: HttpRequest, form: str, period: str, code: str, number: int) -> HttpResponse:
        """Show one page of them."""
        sheet = self.sheet()
        meaning = meanings_of([sheet])[sheet.definition_id]
        indicator = meaning.indicators.get(request.GET.get("figure", ""))
        if indicator is None:
            raise Http404
        rows = FrozenRows(sheet, meaning, indicator)
        page = rows.page(request.GET)
        reduced = not may(self.request.membership, Action.LIST_RECORDS, sheet.line)
        name = meaning.name_of(indicator)
        context = {
            "title": name,
            "subtitle": f"{sheet.unit_name} · {words.month_name(sheet.month)} · {_('第 %(n)d 版') % {'n': sheet.number}}",
            "breadcrumb": self.breadcrumb(sheet, (name, "")),
            "total": rows.total_text(),
            "notice": _("以下是签发时固定的明细，之后的修改不影响本版报表。"),
            "table_html": table_html(self.columns(rows), rows.table_rows(page.rows, reduced=reduced)),
            "empty": not page.rows,
            "reduced": reduced,
            "pager": {"newer_url": page.newer, "older_url": page.older},
        }
        return render(request, "reports/rows.html", context)

    def columns(self, rows: FrozenRows) -> list[Column]:
        """Return the columns of the frozen list."""
        return [
            Column(name="number", label=_("编号")),
            Column(name="on", label=_("计入日期"), show=show_date),
            Column(name="kind", label=_("事项")),
            Column(name="office", label=_("司法所")),
            Column(name="parts", label=_("类别")),
            Column(name="amount", label=rows.label()),
        ]


class EditionDownload(EditionView):
    """A file of an edition as an attachment; every download is logged."""

    kind: str = EditionFile.Kind.PDF

    def get(self, request: HttpRequest, form: str, period: str, code: str, number: int) -> HttpResponse:
        """Send the file."""
        sheet = self.sheet()
        file = EditionFile.objects.filter(edition_id=sheet.edition_id, unit_id=sheet.unit_id, kind=self.kind).first()
        edition = self.edition(sheet)
        if file is None or edition is None:
            raise Http404
        log_access(
            AccessEntry.Kind.DOWNLOAD,
            record_type="reports.edition",
            key=edition.public_id,
            note=f"{file.kind} {file.sha256[:8]}",
            path=request.path,
        )
        return send(file.stored_as, file.name, CONTENT_TYPES[EditionFile.Kind(file.kind)])

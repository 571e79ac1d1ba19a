"""People from a table: template, check, import, and the list of first passwords. Nothing is kept between the pages."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from offices.forms import ImportForm
from offices.people_sheet import (
    COLUMNS,
    Check,
    check_rows,
    passwords_workbook,
    shown,
    template_workbook,
)
from offices.services import create_people, record_deed
from offices.views.base import see_other
from offices.views.people import PeopleView
from offices.workbooks import XLSX, BadWorkbook, Row, read_rows

ROWS, PASSWORDS = "offices.people_import.rows", "offices.people_import.passwords"
MINUTES = 30


class ImportView(PeopleView, abstract=True):
    """A page of the import. Between two pages the table travels signed through the browser of the same person."""

    def sign(self, what: str, table: list[Any]) -> str:
        """Return a table as a text that only this person can hand in again."""
        return signing.dumps({"user": self.request.user.pk, "table": table}, salt=what, compress=True)

    def unsign(self, what: str) -> list[Any] | None:
        """Return the table that was handed in; None when it is too old or not this person's."""
        try:
            given = signing.loads(self.request.POST.get("table", ""), salt=what, max_age=MINUTES * 60)
        except signing.BadSignature:
            return None
        return given["table"] if given["user"] == self.request.user.pk else None

    def way(self, title: str) -> list[tuple[Any, str]]:
        """Return the breadcrumb."""
        return self.breadcrumb((_("批量导入"), reverse("people_import")), (title, ""))


class ImportTemplate(ImportView):
    """The table to fill in."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the template."""
        return workbook_response(template_workbook(by=self.request.membership), "人员表模板.xlsx")


class ImportPeople(ImportView):
    """Take a table and check it; nothing is written."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the way to the template, and the upload."""
        return self._form(ImportForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the table and show what it holds, or every fault with its row and column."""
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                rows = read_rows(form.cleaned_data["workbook"].read())
            except BadWorkbook as error:
                form.add_error("workbook", str(error))
            else:
                return self._check(rows)
        return self._form(form, status=422)

    def _check(self, rows: list[Row]) -> HttpResponse:
        check = check_rows(rows=rows, by=self.request.membership)
        if check.faults:
            return faults_page(self, check)
        context = {
            "title": _("核对后导入"),
            "breadcrumb": self.way(_("核对")),
            "people": check.people,
            "table": self.sign(ROWS, [[row.number, list(row.cells)] for row in rows]),
        }
        return render(self.request, "offices/people_import_check.html", context)

    def _form(self, form: ImportForm, *, status: int = 200) -> HttpResponse:
        title = _("批量导入人员")
        context = {
            "title": title,
            "breadcrumb": self.breadcrumb((title, "")),
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": _("上传并核对"),
            "cancel_url": reverse("people"),
        }
        return render(self.request, "offices/people_import.html", context, status=status)


class RunImport(ImportView):
    """Enter the people of a checked table, all or none, and show their passwords once."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check once more, for the world has gone on, then enter everybody."""
        table = self.unsign(ROWS)
        if table is None:
            return see_other("people_import")
        check = check_rows(rows=[Row(number, tuple(cells)) for number, cells in table], by=self.request.membership)
        if check.faults:
            return faults_page(self, check)
        try:
            with transaction.atomic():
                accounts = create_people(people=check.people, by=self.request.membership)
        except PermissionError as error:
            raise PermissionDenied from error
        except ValidationError as error:
            return render(request, "offices/people_import_faults.html", self._refused(error), status=422)
        passwords = shown(accounts)
        context = {
            "title": _("导入完成"),
            "breadcrumb": self.way(_("初始密码")),
            "accounts": passwords,
            "table": self.sign(PASSWORDS, [list(account) for account in passwords]),
        }
        return render(request, "offices/people_import_done.html", context)

    def _refused(self, error: ValidationError) -> dict[str, Any]:
        faults = [{"row": "", "column": "", "message": message} for message in error.messages]
        return {"title": _("没有导入"), "breadcrumb": self.way(_("核对")), "faults": faults}


class PasswordList(ImportView):
    """The list of first passwords as a file, from the page that shows it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Send the file."""
        table = self.unsign(PASSWORDS)
        if table is None:
            return see_other("people_import")
        record_deed(self.request.user, f"download {len(table)} initial passwords")
        return workbook_response(passwords_workbook([tuple(account) for account in table]), "初始密码.xlsx")


def faults_page(view: ImportView, check: Check) -> HttpResponse:
    """Show every fault of a table with its row and column."""
    context = {
        "title": _("有内容需要修改，没有导入"),
        "breadcrumb": view.way(_("核对")),
        "faults": check.faults,
        "columns": COLUMNS,
    }
    return render(view.request, "offices/people_import_faults.html", context, status=422)


def workbook_response(content: bytes, name: str) -> HttpResponse:
    """Return a workbook as a download."""
    headers = {"Content-Disposition": str(content_disposition_header(True, name)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=XLSX, headers=headers)

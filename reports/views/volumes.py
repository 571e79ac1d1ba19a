"""The volumes of a sealed month: what is being made, what is ready, what was replaced, and their files."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.files import send
from casework.views.base import log_access
from offices.models import AccessEntry
from offices.permissions import Action
from offices.views.base import ActionView
from reports import words
from reports.models import EditionFile, VolumeFile
from reports.periods import month_code, parse_month
from reports.verify_form import VerifyForm
from reports.views.edition import CONTENT_TYPES
from reports.volume_listing import months_sealed, volume_rows


class Volumes(ActionView):
    """A month's volumes, as far as they are in scope: the province's and every city's, or a city's own."""

    action = Action.READ_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the month of the query, by default the newest that has volumes."""
        months = months_sealed()
        asked = request.GET.get("period", "")
        month = parse_month(asked)
        if asked and month is None:
            raise Http404
        month = month or next(iter(months), None)
        context = {
            "title": _("月报汇编"),
            "subtitle": self.request.membership.office.name,
            "breadcrumb": [(_("统计月报"), reverse("sheets")), (_("月报汇编"), "")],
            "months": [(month_code(one), words.month_name(one)) for one in months],
            "actions": [{"label": _("验证"), "url": reverse("verify_volume"), "icon": "shield-check"}],
            "month": month_code(month) if month else "",
            "rows": self.rows(month) if month else [],
        }
        return render(request, "reports/volumes.html", context)

    def rows(self, month: date) -> list[dict[str, Any]]:
        """Return the volumes of a month, newest of each unit first."""
        return volume_rows(month)


class Verify(ActionView):
    """Whether a printed or a received volume is one of the portal's: by the code on its cover, or by the file."""

    action = Action.READ_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page(VerifyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Say what was found, or beside the field what is wrong."""
        form = VerifyForm(request.POST, request.FILES)
        return self.page(form, form.outcome()) if form.is_valid() else self.page(form, status=422)

    def page(self, form: VerifyForm, outcome: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        """Return the page."""
        title = _("验证月报汇编")
        context = {
            "title": title,
            "breadcrumb": [(_("月报汇编"), reverse("volumes")), (title, "")],
            "text": _("输入封面上的校验码，或者选择收到的 PDF 文件。文件只在本次核对中读取，不保存。"),
            "form": form,
            "outcome": outcome,
            "error_list": form.error_list(),
            "submit_label": _("验证"),
            "cancel_url": reverse("volumes"),
        }
        return render(self.request, "reports/verify.html", context, status=status)


class VolumeDownload(ActionView):
    """A file of a volume as an attachment; every download is logged."""

    action = Action.READ_REPORT
    kind: str = VolumeFile.Kind.PDF

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Send the file."""
        found = VolumeFile.objects.filter(volume__public_id=ref, kind=self.kind).first()
        if found is None:
            raise Http404
        log_access(
            AccessEntry.Kind.DOWNLOAD,
            record_type="reports.volume",
            key=ref,
            note=f"{found.kind} {found.sha256[:8]}",
            path=request.path,
        )
        return send(found.stored_as, found.name, CONTENT_TYPES[EditionFile.Kind(self.kind)])

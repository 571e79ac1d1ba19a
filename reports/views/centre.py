"""The report centre: what was issued, and issuing a month."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.lines import Form
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other
from reports.centre import issued_rows
from reports.forms import IssueForm
from reports.periods import later, month_of, months_between
from reports.services import issue_report

MONTHS_OFFERED = 24


class ReportCentre(ActionView):
    """The sheets of the person's own unit, each with its edition's files where they are in scope."""

    action = Action.READ_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the list, newest month and edition first."""
        context = {
            "title": _("报表中心"),
            "subtitle": self.request.membership.office.name,
            "breadcrumb": [(_("报表中心"), "")],
            "actions": self.actions(),
            "rows": issued_rows(self.request.membership),
        }
        return render(request, "reports/centre.html", context)

    def actions(self) -> list[dict[str, Any]]:
        """Offer to issue a month to whoever may."""
        if not may(self.request.membership, Action.ISSUE_REPORT):
            return []
        return [{"label": _("签发月报"), "url": reverse("issue_report"), "icon": "file-earmark-check", "primary": True}]


class IssueReport(ActionView):
    """Ask for a month to be issued. The work is a job, and its page the next one."""

    action = Action.ISSUE_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page(IssueForm(**self.choices()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask, or say beside the field why not."""
        form = IssueForm(request.POST, **self.choices())
        if form.is_valid():
            given = form.cleaned_data
            actor = self.request.membership
            try:
                asked = issue_report(
                    actor=actor, form=given["form"], month=given["month"], unit=actor.office, reason=given["reason"]
                )
            except ValidationError as refusal:
                form.refuse(refusal)
            else:
                if asked.user_id == actor.user_id:
                    return see_other(reverse("job", args=(asked.public_id,)))
                messages.info(request, _("同事已经在签发这个月份，完成后出现在下面。"))
                return see_other(reverse("reports"))
        return self.page(form, status=422)

    def choices(self) -> dict[str, Any]:
        """Return the forms of the person's lines and the months that have ended."""
        return {"tables": self.tables(), "months": ended_months(timezone.localdate())}

    def tables(self) -> list[Form]:
        """Return the forms that the person may issue."""
        return [
            form
            for line in lines.lines()
            if may(self.request.membership, self.action, line.code)
            for form in line.forms
        ]

    def page(self, form: IssueForm, status: int = 200) -> HttpResponse:
        """Return the page with the form."""
        context = {
            "title": _("签发月报"),
            "breadcrumb": [(_("报表中心"), reverse("reports")), (_("签发月报"), "")],
            "text": _(
                "系统将固定该月份全部单位的数字和计入的每一件业务，生成报表的 PDF 和 Excel 文件。签发后不再改变，需要更正时另签发一版。"
            ),
            "form": form,
            "error_list": form.error_list(),
            "submit_label": _("签发"),
            "cancel_url": reverse("reports"),
        }
        return render(self.request, "casework/confirm.html", context, status=status)


def ended_months(today: date) -> list[date]:
    """Return the months that have ended, newest first."""
    last = later(month_of(today), -1)
    return list(reversed(months_between(later(last, 1 - MONTHS_OFFERED), last)))

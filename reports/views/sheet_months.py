"""The list of a month's sheets, the approval of many at once, and the lock."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.workflow import NotPossible
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other
from reports import reporting, words
from reports.chain import CHAIN, LOCKED, MISSING
from reports.locking import lock_month
from reports.models import UnitSheet
from reports.periods import later, month_code, month_of, months_between, parse_month
from reports.sheet_reading import (
    lower_sheets,
    own_sheets,
    progress_of,
    sheet_line,
    title_of,
)

MONTHS_SHOWN = 24


class Sheets(ActionView):
    """A month: the sheets of the person's own unit, and how far the units below are."""

    action = Action.READ_REPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the month of the query, by default the one that was over last."""
        today = timezone.localdate()
        last = later(month_of(today), -1)
        month = parse_month(request.GET.get("period", "")) or last
        state = request.GET.get("state", "")
        below = lower_sheets(self.request.membership, month)
        shown = [sheet for sheet in below if not state or sheet.state == state]
        context = {
            "title": _("统计月报"),
            "subtitle": f"{self.request.membership.office.name} · {words.month_with_days(month)}",
            "breadcrumb": [(_("统计月报"), "")],
            "months": [(month_code(one), words.month_name(one)) for one in self.months(last)],
            "month": month_code(month),
            "state": state,
            "states": [(one.code, one.label) for one in CHAIN.states],
            "own": [sheet_line(sheet, today) for sheet in own_sheets(self.request.membership, month)],
            "progress": progress_of(self.request.membership, month),
            "below": [sheet_line(sheet, today) for sheet in shown],
            "may_review": may(self.request.membership, Action.REVIEW_SHEET),
            "actions": self.actions(month),
        }
        return render(request, "reports/sheets.html", context)

    def actions(self, month: date) -> list[dict[str, Any]]:
        """Lead to volumes, quality, editions and requests, and the lock of a month that has sheets to whoever may."""
        code = month_code(month)
        query = f"?period={code}"
        shown: list[dict[str, Any]] = [
            {"label": _("月报汇编"), "url": reverse("volumes") + query, "icon": "file-earmark-check"},
            {"label": _("报送日历"), "url": reverse("sheet_calendar") + query, "icon": "calendar3"},
            {"label": _("报送质量"), "url": reverse("sheet_quality") + query, "icon": "bar-chart"},
            {"label": _("修正申请"), "url": reverse("sheet_corrections")},
            {"label": _("版次"), "url": reverse("month_editions", args=[code])},
        ]
        sheets = UnitSheet.objects.filter(month=month)
        if may(self.request.membership, Action.LOCK_MONTH) and sheets.exclude(state__in=[LOCKED, MISSING]).exists():
            shown.append({"label": _("锁定本月"), "url": reverse("lock_month", args=[code]), "icon": "lock"})
        return shown

    def months(self, last: date) -> list[date]:
        """Return the months that can be looked at, newest first."""
        return list(reversed(months_between(later(last, 1 - MONTHS_SHOWN), last)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Approve the ticked sheets, each by itself; those that cannot be are named."""
        if not may(self.request.membership, Action.REVIEW_SHEET):
            raise PermissionDenied
        refs = request.POST.getlist("sheet")[:500]
        done, refused = 0, []
        for sheet in UnitSheet.objects.filter(public_id__in=refs, parent=self.request.membership.office):
            try:
                reporting.approve_sheet(sheet=sheet, actor=self.request.membership)
                done += 1
            except NotPossible as reason:
                refused.append(f"{sheet.unit_name}（{title_of(sheet.form)}）：{reason}")
        if done:
            messages.success(request, _("审核通过 %(n)d 张报表。") % {"n": done})
        for text in refused[:10]:
            messages.error(request, text)
        query = request.GET.urlencode()
        return see_other(reverse("sheets") + (f"?{query}" if query else ""))


class LockMonth(ActionView):
    """Lock a month: a page that says what happens, then the job."""

    action = Action.LOCK_MONTH

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        """Say what will be done."""
        month = self.month(period)
        listed = f"{reverse('sheets')}?period={period}"
        context = {
            "title": _("锁定%(month)s") % {"month": words.month_name(month)},
            "text": _("锁定后全省这个月份的报表不再改变，合成一版存档。还有报表没有审核通过的，不会锁定，并列出单位。"),
            "breadcrumb": [(_("统计月报"), listed), (_("锁定"), "")],
            "submit_label": _("锁定"),
            "cancel_url": listed,
        }
        return render(request, "casework/confirm.html", context)

    def post(self, request: HttpRequest, period: str) -> HttpResponse:
        """Ask for the lock, and lead to the job or, where a colleague has asked already, back to the month."""
        asked = lock_month(month=self.month(period), actor=self.request.membership)
        if asked.user_id == self.request.membership.user_id:
            return see_other(reverse("job", args=[asked.public_id]))
        messages.info(request, _("同事已经在锁定这个月份。"))
        return see_other(f"{reverse('sheets')}?period={period}")

    def month(self, period: str) -> date:
        """Return the month of the address; one without sheets is not found."""
        month = parse_month(period)
        if month is None or not UnitSheet.objects.filter(month=month).exists():
            raise Http404
        return month

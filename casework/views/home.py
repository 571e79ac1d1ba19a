"""The first page of every role, and the health of the service."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from casework.drafts import draft_list
from casework.inbox import GROUPS, groups_of, panels, readable_types, stats_of
from casework.jobs import oldest_open_seconds
from casework.menu import pages_of
from casework.templatetags.casework import list_date
from offices.change_reading import successors_of
from offices.models import Membership
from offices.permissions import Action
from offices.views.base import ActionView


class Home(ActionView):
    """The inbox by urgency for who handles or reviews records; figures and reports for everybody else."""

    action = Action.HOME

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what is due, the figures, drafts and the panels of other apps."""
        membership = self.request.membership
        today = timezone.localdate()
        only = request.GET.get("group", "")
        has_inbox = bool(readable_types(membership))
        given = [panel for make in panels if (panel := make(membership)) is not None]
        # What cannot wait stands above everything else, on a phone too.
        leading = [panel for panel in given if panel.get("leads")]
        side = [panel for panel in given if not panel.get("leads")]
        drafts = draft_list(membership)
        if drafts:
            side.insert(0, {"title": _("未提交的草稿"), "template": "components/line_row.html", "items": drafts})
        if not has_inbox:
            side.append(
                {"title": _("常用页面"), "template": "components/link_row.html", "items": pages_of(self.request)}
            )
        context: dict[str, Any] = {
            "title": _("今日待办") if has_inbox else _("工作台"),
            "subtitle": f"{full_day(today)} · {membership.office.name}",
            "leading": leading,
            "side": side,
            "has_inbox": has_inbox,
            "closing": closing_text(membership),
        }
        if has_inbox:
            context["groups"] = groups_of(membership, today, only=only if only in GROUPS else "")
            context["stats"] = stats_of(membership, today)
            context["all_url"] = reverse("home") if only else ""
        return render(request, "casework/home.html", context)


def closing_text(membership: Membership) -> str:
    """Return what is left to do for the people of an office that has ended; empty for all others."""
    unit = membership.office
    if not unit.has_ended:
        return ""
    names = _("、").join(one.name for one in successors_of(unit))
    text = _("本机构自%(day)s起停用，业务已移转%(units)s。这里只能完成最后的月报；其他任职请在右上角切换。")
    return text % {"day": unit.valid_to.isoformat() if unit.valid_to else "", "units": names}


def full_day(day: date) -> str:
    """Return a day with its year and weekday: 2026年11月23日 周一."""
    return _("%(year)d年%(day)s") % {"year": day.year, "day": list_date(day)}


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say whether the database answers and for how long the oldest job has been waiting."""
    try:
        connection.ensure_connection()
        oldest = oldest_open_seconds()
    except DatabaseError:
        return JsonResponse({"database": "down"}, status=503)
    return JsonResponse({"database": "up", "oldest_open_job_seconds": oldest})

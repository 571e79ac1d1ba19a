"""What the line adds to first pages: alerts that the county has to acknowledge, and those that are late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.codes import code_label
from mediation.models import LINE, RiskAlert
from mediation.workflow.alerts import UNACKNOWLEDGED
from offices.models import Membership
from offices.permissions import Action, may

SHOWN = 5


def alerts_panel(membership: Membership) -> dict[str, Any] | None:
    """Return the alerts that wait in a person's reach, the most urgent first; None where there are none.

    Whoever acknowledges them sees each from the moment it is raised; others those that were escalated. City and
    province see level, office and time: the names stay with the county.
    """
    reads = may(membership, Action.READ_RECORD, LINE)
    if not reads and not may(membership, Action.LIST_REDUCED, LINE):
        return None
    waiting = RiskAlert.objects.filter(state__in=UNACKNOWLEDGED).order_by("report_by")
    answers = may(membership, Action.ACKNOWLEDGE_ALERT, LINE)
    if not answers:
        waiting = waiting.filter(escalated_at__isnull=False)
    items = [_item(alert, reads=reads) for alert in waiting.select_related("office")[:SHOWN]]
    if not items:
        return None
    address = f"{reverse('alerts:list')}?state=open"
    actions = [{"label": _("全部预警"), "url": address}]
    title = _("待签收的预警") if answers else _("超时未签收的预警")
    return {"title": title, "template": "components/link_row.html", "items": items, "actions": actions}


def _time_left(limit: datetime) -> str:
    """Return how long there is still time: 余 1 小时 20 分."""
    minutes = int((limit - timezone.now()).total_seconds() // 60)
    if minutes < 0:
        return _("已超时")
    return _("余%(hours)d小时%(minutes)d分") % {"hours": minutes // 60, "minutes": minutes % 60}


def _item(alert: RiskAlert, *, reads: bool) -> dict[str, Any]:
    level = code_label("mediation.alert_level", alert.level)
    limit = timezone.localtime(alert.report_by)
    shown = {
        "text": _("%(level)s预警") % {"level": level},
        "line": f"{alert.office.short_name} · {limit:%Y-%m-%d %H:%M} · {_time_left(alert.report_by)}",
    }
    if reads:
        return shown | {"text": alert.title, "url": reverse("alerts:detail", args=[alert.public_id])}
    return shown | {"url": f"{reverse('alerts:list')}?state=open"}

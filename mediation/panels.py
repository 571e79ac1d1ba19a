"""What the line adds to first pages: alerts that wait for the county or are still to be reported, and late ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.codes import code_label
from mediation.models import LINE, RiskAlert
from mediation.workflow.alerts import UNACKNOWLEDGED
from offices.models import Membership
from offices.permissions import Action, may

SHOWN = 5
TONES = {"red": "red", "orange": "amber", "yellow": "amber"}


def alerts_panel(membership: Membership) -> dict[str, Any] | None:
    """Return the alerts that wait in a person's reach, those past their time first; None where there are none.

    Whoever acknowledges or reports them sees each from the moment it is raised, others those that were escalated. City
    and province see level, office and time: the names stay with the county. One query, however many there are.
    """
    reads = may(membership, Action.READ_RECORD, LINE)
    if not reads and not may(membership, Action.LIST_REDUCED, LINE):
        return None
    steps = _steps(membership)
    waiting = RiskAlert.objects.filter(state__in=UNACKNOWLEDGED)
    if not steps:
        waiting = waiting.filter(escalated_at__isnull=False)
    ordered = waiting.order_by(F("escalated_at").asc(nulls_last=True), "report_by", "pk").select_related("office")
    items = [_item(alert, steps, reads=reads) for alert in ordered[:SHOWN]]
    if not items:
        return None
    actions = [{"label": _("全部预警"), "url": f"{reverse('alerts:list')}?state=open"}]
    title = _title(steps)
    return {"title": title, "template": "components/alert_row.html", "items": items, "actions": actions, "leads": True}


def _steps(membership: Membership) -> dict[str, tuple[str, Any]]:
    """Return the step that a person may take on a waiting alert, with its button, by the alert's state."""
    found = {}
    if may(membership, Action.ACKNOWLEDGE_ALERT, LINE):
        found["reported"] = ("acknowledge", _("签收"))
    if may(membership, Action.HANDLE_RECORD, LINE):
        found["raised"] = ("report", _("上报"))
    return found


def _title(steps: dict[str, tuple[str, Any]]) -> str:
    if "reported" in steps:
        return _("待签收的预警")
    return _("待上报和待签收的预警") if steps else _("超时未签收的预警")


def _time_left(limit: datetime) -> str:
    """Return how long there is still time: 余 1 小时 20 分."""
    minutes = int((limit - timezone.now()).total_seconds() // 60)
    if minutes < 0:
        return _("已超时")
    return _("余%(hours)d小时%(minutes)d分") % {"hours": minutes // 60, "minutes": minutes % 60}


def _item(alert: RiskAlert, steps: dict[str, tuple[str, Any]], *, reads: bool) -> dict[str, Any]:
    level = code_label("mediation.alert_level", alert.level)
    limit = timezone.localtime(alert.report_by)
    waits = _("待上报") if alert.state == "raised" else _("待县局签收")
    shown = {
        "tag": level,
        "tone": TONES.get(alert.level, ""),
        "text": _("%(level)s预警") % {"level": level},
        "line": f"{alert.office.short_name} · {waits} · {limit:%Y-%m-%d %H:%M} · {_time_left(alert.report_by)}",
    }
    if not reads:
        return shown | {"url": f"{reverse('alerts:list')}?state=open"}
    shown |= {"text": alert.title, "url": reverse("alerts:detail", args=[alert.public_id])}
    if alert.state in steps:
        step, label = steps[alert.state]
        shown |= {"action_label": label, "action_url": reverse("alerts:step", args=[alert.public_id, step])}
    return shown

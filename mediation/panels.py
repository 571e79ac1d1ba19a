"""What the line adds to first pages: alerts that nobody has acknowledged in time."""

from __future__ import annotations

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


def escalated_panel(membership: Membership) -> dict[str, Any] | None:
    """Return the escalated alerts in a person's reach, the oldest first; None where there are none.

    City and province see level, office and time: the names stay with the county.
    """
    reads = may(membership, Action.READ_RECORD, LINE)
    if not reads and not may(membership, Action.LIST_REDUCED, LINE):
        return None
    late = RiskAlert.objects.filter(state__in=UNACKNOWLEDGED, escalated_at__isnull=False).order_by("report_by")
    found = late.select_related("office")[:SHOWN]
    items = [_item(alert, reads=reads) for alert in found]
    if not items:
        return None
    address = f"{reverse('alerts:list')}?state=open"
    actions = [{"label": _("全部预警"), "url": address}]
    return {"title": _("超时未签收的预警"), "template": "components/link_row.html", "items": items, "actions": actions}


def _item(alert: RiskAlert, *, reads: bool) -> dict[str, Any]:
    level = code_label("mediation.alert_level", alert.level)
    limit = timezone.localtime(alert.report_by)
    shown = {
        "text": _("%(level)s预警") % {"level": level},
        "line": f"{alert.office.short_name} · {limit:%Y-%m-%d %H:%M}",
    }
    if reads:
        return shown | {"text": alert.title, "url": reverse("alerts:detail", args=[alert.public_id])}
    return shown | {"url": f"{reverse('alerts:list')}?state=open"}

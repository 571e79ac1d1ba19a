"""The deeds of alerts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.codes import code_name
from casework.deadlines import rule_on
from casework.services import add_event, amend_record, by_the_system, count_event, follow, move_record, open_record
from mediation.models import Dispute, RiskAlert
from mediation.workflow.alerts import ALERT, REPORT_WITHIN, UNACKNOWLEDGED
from offices.models import Membership
from offices.scoping import system

# Of the code table mediation.report_body.
COUNTY = "county_bureau"


def report_limit(level: str, raised_at: datetime) -> datetime:
    """Return the moment until which the county must know: so many hours after the danger was seen, by a dated rule."""
    rule = rule_on(f"{REPORT_WITHIN}{level}", timezone.localdate(raised_at))
    return raised_at + timedelta(hours=rule.amount)


@transaction.atomic
def raise_alert(*, actor: Membership, registered_on: date, source_record: Dispute, **fields: Any) -> RiskAlert:
    """Raise an alert about a dispute. What triggered it is kept as the dispute's flags too."""
    alert = RiskAlert(registered_on=registered_on, dispute=source_record, **fields)
    alert.title = f"{source_record.title}{code_name('mediation.alert_level', alert.level)}预警"[:120]
    alert.report_by = report_limit(alert.level, alert.raised_at)
    open_record(record=alert, actor=actor, workflow=ALERT)
    count_event(alert, kind="alert_raised", on=timezone.localdate(alert.raised_at))
    _flag(alert)
    return _due(alert, timezone.localdate(alert.report_by))


def _due(alert: RiskAlert, day: date | None) -> RiskAlert:
    return follow(alert, due_on=day, due_rule=f"{REPORT_WITHIN}{alert.level}" if day else "")


@transaction.atomic
def amend_alert(*, record: RiskAlert, actor: Membership, version: int, **fields: Any) -> RiskAlert:
    """Correct an alert; another level has another limit, and what was escalated before it has come is so no longer."""
    fields["report_by"] = report_limit(fields["level"], fields["raised_at"])
    if fields["report_by"] > timezone.now():
        fields["escalated_at"] = None
    alert = amend_record(record=record, actor=actor, version=version, changes=fields)
    count_event(alert, kind="alert_raised", on=timezone.localdate(alert.raised_at))
    _flag(alert)
    return _due(alert, timezone.localdate(alert.report_by))


def _flag(alert: RiskAlert) -> None:
    """Keep what triggered an alert as the dispute's flags too."""
    dispute = Dispute.objects.get(pk=alert.dispute_id)
    flags = [*dispute.risk_flags, *(code for code in alert.triggers if code not in dispute.risk_flags)]
    if flags != dispute.risk_flags:
        follow(dispute, risk_flags=flags)


def report_alert(
    *,
    record: RiskAlert,
    actor: Membership,
    on: date,
    paper: str = "",
    reported_to: list[str],
    reported_at: datetime | None = None,
    note: str = "",
) -> RiskAlert:
    """Report the danger to the police, the township, the county.

    ``reported_at`` is the moment of the call, which comes before its entry. Raises ValidationError for one that lies
    before the danger was seen.
    """
    if reported_at is not None and reported_at < record.raised_at.replace(second=0, microsecond=0):
        raise ValidationError({"reported_at": _("上报时间不能早于发现时间。")})
    # The step itself puts the alert before the county.
    told = [*reported_to, *([COUNTY] if reported_to and COUNTY not in reported_to else [])]
    changes = {"reported_to": told, "reported_at": reported_at or timezone.now()}
    return move_record(
        record=record,
        actor=actor,
        workflow=ALERT,
        step="report",
        on=on,
        paper=paper,
        note=note,
        changes=changes,
        facts={"reported_to": reported_to},
    )


@transaction.atomic
def acknowledge_alert(*, record: RiskAlert, actor: Membership, on: date, paper: str = "", note: str) -> RiskAlert:
    """The county acknowledges; the office follows up in the alert's own interval."""
    follow_up = on + timedelta(days=record.follow_up_days)
    return move_record(
        record=record,
        actor=actor,
        workflow=ALERT,
        step="acknowledge",
        on=on,
        paper=paper,
        note=note,
        changes={"acknowledged_at": timezone.now()},
        due_on=follow_up,
    )


def close_alert(*, record: RiskAlert, actor: Membership, on: date, paper: str = "", outcome: str) -> RiskAlert:
    """Close an alert with its outcome."""
    return move_record(
        record=record,
        actor=actor,
        workflow=ALERT,
        step="close",
        on=on,
        paper=paper,
        note=outcome,
        changes={"closed_on": on, "outcome": outcome},
    )


def escalate_alerts() -> int:
    """Escalate every alert that the county has not acknowledged in its time; return how many.

    Each is escalated once: county leaders and the city see it from then on, until it is acknowledged.
    """
    now = timezone.now()
    with system("alerts"):
        late = RiskAlert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state__in=UNACKNOWLEDGED, report_by__lt=now, escalated_at=None
        )
        found = list(late.select_related("created_by"))
        for alert in found:
            alert.escalated_at = now
            alert.save(force_update=True, update_fields=["escalated_at", "updated_at"])
            note = f"超过{timezone.localtime(alert.report_by):%Y-%m-%d %H:%M}的时限未签收，升级督办"
            add_event(alert, actor=by_the_system(alert.created_by_id), kind="escalated", decider="system", note=note)
    return len(found)

"""The deeds of alerts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from casework.codes import code_name
from casework.deadlines import rule_on
from casework.services import add_event, amend_record, by_the_system, count_event, follow, move_record, open_record
from mediation.models import Dispute, RiskAlert
from mediation.workflow.alerts import ALERT, REPORT_WITHIN, UNACKNOWLEDGED
from offices.models import Membership
from offices.scoping import system


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
    flags = [*source_record.risk_flags, *(code for code in alert.triggers if code not in source_record.risk_flags)]
    if flags != source_record.risk_flags:
        follow(source_record, risk_flags=flags)
    return _due(alert, timezone.localdate(alert.report_by))


def _due(alert: RiskAlert, day: date | None) -> RiskAlert:
    return follow(alert, due_on=day, due_rule=f"{REPORT_WITHIN}{alert.level}" if day else "")


@transaction.atomic
def amend_alert(*, record: RiskAlert, actor: Membership, version: int, **fields: Any) -> RiskAlert:
    """Correct an alert; another level has another limit."""
    fields["report_by"] = report_limit(fields["level"], fields["raised_at"])
    alert = amend_record(record=record, actor=actor, version=version, changes=fields)
    count_event(alert, kind="alert_raised", on=timezone.localdate(alert.raised_at))
    return alert


def report_alert(
    *, record: RiskAlert, actor: Membership, on: date, paper: str = "", reported_to: list[str], note: str = ""
) -> RiskAlert:
    """Report the danger to the police, the township, the county."""
    changes = {"reported_to": reported_to, "reported_at": timezone.now()}
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

"""The deeds of alerts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.codes import all_codes, code_label, code_name
from casework.deadlines import rule_on
from casework.services import add_event, amend_record, by_the_system, count_event, follow, move_record, open_record
from mediation.models import Dispute, RiskAlert
from mediation.workflow.alerts import ALERT, REPORT_WITHIN, UNACKNOWLEDGED
from offices.models import Membership
from offices.scoping import system

# Of the code table mediation.report_body.
COUNTY = "county_bureau"
LEVELS = "mediation.alert_level"


def report_limit(level: str, raised_at: datetime) -> datetime:
    """Return the moment until which the county must know: so many hours after the danger was seen, by a dated rule."""
    rule = rule_on(f"{REPORT_WITHIN}{level}", timezone.localdate(raised_at))
    return raised_at + timedelta(hours=rule.amount)


@transaction.atomic
def raise_alert(*, actor: Membership, registered_on: date, source_record: Dispute, **fields: Any) -> RiskAlert:
    """Raise an alert about a dispute. What triggered it is kept as the dispute's flags too."""
    alert = RiskAlert(registered_on=registered_on, dispute=source_record, **fields)
    alert.title = _title(source_record, alert.level)
    alert.report_by = report_limit(alert.level, alert.raised_at)
    open_record(record=alert, actor=actor, workflow=ALERT)
    count_event(alert, kind="alert_raised", on=timezone.localdate(alert.raised_at))
    _flag(alert)
    return _due(alert, timezone.localdate(alert.report_by))


def _title(dispute: Dispute, level: str) -> str:
    return f"{dispute.title}{code_name(LEVELS, level)}预警"[:120]


def _due(alert: RiskAlert, day: date | None) -> RiskAlert:
    return follow(alert, due_on=day, due_rule=f"{REPORT_WITHIN}{alert.level}" if day else "")


@transaction.atomic
def amend_alert(*, record: RiskAlert, actor: Membership, version: int, **fields: Any) -> RiskAlert:
    """Correct an alert; another level has another limit, and what was escalated before it has come is so no longer."""
    fields["report_by"] = report_limit(fields["level"], fields["raised_at"])
    fields["title"] = _title(Dispute.objects.get(pk=record.dispute_id), fields["level"])
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


def track_alert(
    *, record: RiskAlert, actor: Membership, on: date, paper: str = "", note: str, follow_up_days: int | None = None
) -> RiskAlert:
    """Note what was done; the next look is due after the interval, which ``follow_up_days`` may change."""
    days = follow_up_days or record.follow_up_days
    return move_record(
        record=record,
        actor=actor,
        workflow=ALERT,
        step="track",
        on=on,
        paper=paper,
        note=note,
        changes={"follow_up_days": days},
        due_on=on + timedelta(days=days),
    )


@transaction.atomic
def upgrade_alert(
    *,
    record: RiskAlert,
    actor: Membership,
    level: str,
    relevelled_at: datetime,
    note: str,
    paper: str = "",
    follow_up_days: int | None = None,
) -> RiskAlert:
    """Raise the level of an alert: its time runs from that moment, and the county has to acknowledge it anew.

    Raises ValidationError for a level that is not graver, or a moment before the danger was first seen.
    """
    if not _is_graver(level, record.level):
        raise ValidationError({"level": _("升级应当选择比“%(now)s”更高的等级。") % {"now": _level(record)}})
    report_by = _limit_from(record, level, relevelled_at)
    changes = {
        "acknowledged_at": None,
        "escalated_at": None,
        "report_by": report_by,
        "follow_up_days": follow_up_days or record.follow_up_days,
    }
    alert = _relevel("upgrade", record, actor, level, relevelled_at, note, paper, changes)
    return _due(alert, timezone.localdate(report_by))


@transaction.atomic
def lower_alert(
    *,
    record: RiskAlert,
    actor: Membership,
    level: str,
    relevelled_at: datetime,
    note: str,
    paper: str = "",
    follow_up_days: int | None = None,
) -> RiskAlert:
    """Lower the level by the county, which has seen the alert by that: the office's next look is due from that day.

    Raises ValidationError for a level that is not lighter, or a moment before the danger was first seen.
    """
    if not _is_graver(record.level, level):
        raise ValidationError({"level": _("降级应当选择比“%(now)s”更低的等级。") % {"now": _level(record)}})
    days = follow_up_days or record.follow_up_days
    changes = {
        "acknowledged_at": record.acknowledged_at or timezone.now(),
        "report_by": _limit_from(record, level, relevelled_at),
        "follow_up_days": days,
    }
    due_on = timezone.localdate(relevelled_at) + timedelta(days=days)
    return _relevel("lower", record, actor, level, relevelled_at, note, paper, changes, due_on=due_on)


def _relevel(
    step: str,
    record: RiskAlert,
    actor: Membership,
    level: str,
    at: datetime,
    note: str,
    paper: str,
    changes: dict[str, Any],
    **more: Any,
) -> RiskAlert:
    change = f"{code_name(LEVELS, record.level)} → {code_name(LEVELS, level)}"
    given = {"level": level, "relevelled_at": at, "title": _title(record.dispute, level)}
    return move_record(
        record=record,
        actor=actor,
        workflow=ALERT,
        step=step,
        on=timezone.localdate(at),
        paper=paper,
        note=f"{change} · {note}",
        changes=given | changes,
        **more,
    )


def _limit_from(record: RiskAlert, level: str, at: datetime) -> datetime:
    earliest = record.relevelled_at or record.raised_at
    if at < earliest.replace(second=0, microsecond=0):
        raise ValidationError({"relevelled_at": _("等级调整时间不能早于发现时间和上一次调整的时间。")})
    return report_limit(level, at)


def _level(record: RiskAlert) -> str:
    return code_label(LEVELS, record.level)


def _is_graver(level: str, other: str) -> bool:
    """Tell whether a level is graver than another one: the table begins with the gravest."""
    order = [value.code for value in all_codes(LEVELS)]
    return level in order and order.index(level) < order.index(other)


def void_alert(*, record: RiskAlert, actor: Membership, on: date, paper: str = "", note: str) -> RiskAlert:
    """Declare by the county that an alert was raised in error: it stays in the register and no figure counts it."""
    return move_record(
        record=record,
        actor=actor,
        workflow=ALERT,
        step="void",
        on=on,
        paper=paper,
        note=note,
        changes={"voided_on": on, "void_reason": note},
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

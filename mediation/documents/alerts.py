"""The report of a grave dispute (People's Mediation Law, article 25)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from casework.lines import Document
from casework.models import Record, RecordEvent
from mediation.documents.context import paper_context, row_of, rows
from mediation.models import AlertReport, RiskAlert
from mediation.workflow.alerts import ALERT

NAMES = (
    *("level", "triggers", "situation", "measure", "responsible", "follow_up_days", "raised_at", "report_by"),
    *("reported_at", "reported_to", "acknowledged_at", "closed_on", "outcome"),
    *("voided_on", "void_reason"),
)
FOLLOWED = ("track", "upgrade", "lower")


def report(record: Record) -> Mapping[str, Any]:
    """Return the alert with the dispute that it is about."""
    alert = RiskAlert.objects.select_related("dispute", "office").get(pk=record.pk)
    with override("zh-hans"):
        shown = row_of(alert, *NAMES) | {"registered_on": alert.registered_on, "office_name": alert.office.name}
        counted = {"party_count": alert.dispute.party_count}
        reports = rows(AlertReport.objects.filter(alert=alert), "reported_at", "reported_to", "content")
        events = RecordEvent.objects.filter(record_type=alert.record_type(), record_id=alert.pk, kind__in=FOLLOWED)
        followed = [
            {"on": event.happened_on, "step": str(ALERT.transition(event.kind).label), "note": event.note}
            for event in events.order_by("pk")
        ]
    return {**paper_context(alert.dispute), "alert": shown | counted, "reports": reports, "followed": followed}


ALERT_DOCUMENTS = (
    Document(
        code="alert_report",
        label=_("重大矛盾纠纷报告表"),
        template="print/mediation/alert_report.html",
        context=report,
        states=frozenset(state.code for state in ALERT.states),
    ),
)

"""Alerts: what the shared pages show and do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.lines import Column, RecordType, Referral, Reminder, SearchFields, Step
from casework.tables import show_date
from mediation import filters
from mediation.declarations import ledgers
from mediation.declarations.organisations import DUE, OFFICE, code_column, facts, initial, state_column
from mediation.documents import ALERT_DOCUMENTS
from mediation.forms import alerts as forms
from mediation.models import Dispute, RiskAlert
from mediation.services import alerts as services
from mediation.triggers import proposed
from mediation.workflow.alerts import ALERT, REPORT_WITHIN
from mediation.workflow.disputes import WORKFLOW


def from_dispute(dispute: Dispute) -> tuple[dict[str, Any], None]:
    """Return what the dispute's own flags give, and what its data speak for."""
    return {"triggers": [*dispute.risk_flags, *proposed(dispute)], "responsible": dispute.recorder}, None


ALERT_TYPE = RecordType(
    model=RiskAlert,
    slug="alerts",
    label=_("风险预警"),
    labels=pgettext_lazy("plural", "风险预警"),
    icon="bell",
    only_referred=True,
    workflow=ALERT,
    columns=(
        Column(name="title", label=_("名称")),
        code_column("level", _("预警等级"), "mediation.alert_level", reduced=True),
        state_column(ALERT),
        Column(name="registered_on", label=_("登记日期"), reduced=True, show=show_date),
        DUE,
        OFFICE,
    ),
    filterset=filters.AlertFilter,
    ledger=ledgers.ALERTS,
    search=SearchFields(names=("responsible",), words=("title", "situation", "measure")),
    facts=facts(
        *("level", "triggers", "responsible", "raised_at", "report_by", "reported_at", "reported_to"),
        *("acknowledged_at", "escalated_at", "follow_up_days", "closed_on", "outcome", "situation", "measure"),
    ),
    open_form=forms.AlertForm,
    open_service=services.raise_alert,
    open_label=_("登记风险预警"),
    counts={"alert_raised": _("登记预警")},
    event_labels={"escalated": _("升级督办")},
    rule_labels={
        f"{REPORT_WITHIN}red": _("登记红色预警"),
        f"{REPORT_WITHIN}orange": _("登记橙色预警"),
        f"{REPORT_WITHIN}yellow": _("登记黄色预警"),
    },
    open_hint=_("保存后按预警等级计算上报时限。"),
    amend_form=forms.AlertForm,
    amend_initial=initial(forms.AlertForm),
    amend_service=services.amend_alert,
    amend_states=frozenset({"raised"}),
    steps=(
        Step(transition="report", form=forms.ReportForm, service=services.report_alert, primary=True),
        Step(transition="acknowledge", form=forms.AcknowledgeForm, service=services.acknowledge_alert, primary=True),
        Step(transition="close", form=forms.CloseAlertForm, service=services.close_alert, primary=True),
    ),
    documents=ALERT_DOCUMENTS,
    reminders=(
        Reminder(states=("raised",), text=_("上报县局"), step="report", action=_("上报")),
        Reminder(states=("reported",), text=_("县局签收"), step="acknowledge", action=_("签收")),
        Reminder(states=("acknowledged",), text=_("跟踪处置"), step="close", action=_("登记处置")),
    ),
    accepts=(
        Referral(
            source=Dispute.record_type(),
            label=_("登记风险预警"),
            states=WORKFLOW.open_states(),
            prefill=from_dispute,
        ),
    ),
)

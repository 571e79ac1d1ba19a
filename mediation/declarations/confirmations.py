"""Judicial confirmation: what the shared pages show and do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.lines import Column, Correcting, RecordType, Referral, Reminder, SearchFields, Step
from casework.tables import show_date
from mediation import filters
from mediation.declarations import ledgers
from mediation.declarations.organisations import DUE, OFFICE, facts, initial, state_column
from mediation.documents import CONFIRMATION_DOCUMENTS
from mediation.forms import confirmations as forms
from mediation.models import Dispute, JudicialConfirmation
from mediation.selectors import confirmation_refusal
from mediation.services import confirmations as services
from mediation.services.correcting import follow_confirmation
from mediation.workflow.confirmations import CONFIRMATION
from mediation.workflow.disputes import CONFIRM_WITHIN

# Every state in which there may be an agreement; the thirty days may outlast the case.
AGREED = frozenset({"agreed_written", "performing", "performed", "breached", "visited", "closed", "transferred"})


def from_dispute(dispute: Dispute) -> tuple[dict[str, Any], None]:
    """Return the court's ground where a court has sent the dispute."""
    return {"court_ground": services.INVITING} if dispute.source == services.FROM_COURT else {}, None


CONFIRMATION_TYPE = RecordType(
    model=JudicialConfirmation,
    slug="confirmations",
    label=_("司法确认"),
    labels=pgettext_lazy("plural", "司法确认"),
    icon="patch-check",
    group="",
    only_referred=True,
    workflow=CONFIRMATION,
    columns=(
        Column(name="title", label=_("名称")),
        state_column(CONFIRMATION),
        Column(name="court", label=_("管辖法院"), reduced=True),
        Column(name="applied_on", label=_("申请日期"), reduced=True, show=show_date),
        Column(name="ruled_on", label=_("裁定日期"), reduced=True, show=show_date, wide_only=True),
        DUE,
        OFFICE,
    ),
    filterset=filters.ConfirmationFilter,
    ledger=ledgers.CONFIRMATIONS,
    search=SearchFields(words=("title", "court", "court_number")),
    facts=facts("court", "court_ground", "matters", "applied_on", "court_number", "ruled_on"),
    open_form=forms.ConfirmationForm,
    open_service=services.plan_confirmation,
    open_label=_("登记司法确认"),
    amend_form=forms.ConfirmationForm,
    amend_initial=initial(forms.ConfirmationForm),
    amend_service=services.amend_confirmation,
    amend_states=CONFIRMATION.open_states(),
    steps=(
        Step(transition="apply", form=forms.ApplyForm, service=services.apply_for_confirmation, primary=True),
        Step(transition="admit", form=forms.AdmitForm, service=services.admit_application, primary=True),
        Step(transition="refuse", form=forms.RulingForm, service=services.refuse_application),
        Step(transition="confirm", form=forms.RulingForm, service=services.confirm_agreement, primary=True),
        Step(transition="dismiss", form=forms.RulingForm, service=services.dismiss_application),
        Step(transition="give_up", form=forms.WithdrawForm, service=services.give_up_application),
        Step(transition="withdraw", form=forms.WithdrawForm, service=services.withdraw_application),
    ),
    documents=CONFIRMATION_DOCUMENTS,
    correcting=Correcting(follow=follow_confirmation),
    rule_labels={CONFIRM_WITHIN: _("协议生效")},
    reminders=(Reminder(states=("planned",), text=_("共同申请司法确认"), step="apply", action=_("登记申请")),),
    accepts=(
        Referral(
            source=Dispute.record_type(),
            label=_("申请司法确认"),
            states=AGREED,
            prefill=from_dispute,
            refusal=confirmation_refusal,
        ),
    ),
)

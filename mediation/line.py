"""The declaration of the line."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from casework.codes import code_label
from casework.lines import BusinessLine, Column, RecordType, Reminder, Step, register
from casework.money import format_yuan
from casework.tables import show_date
from mediation import forms, services
from mediation.documents import DOCUMENTS
from mediation.filters import DisputeFilter
from mediation.indicators import FORMS, INDICATORS, RATIOS
from mediation.models import Agreement, Dispute
from mediation.selectors import amend_initial, committee_name, opening_initial, village_name
from mediation.workflow import WORKFLOW


def facts(dispute: Dispute) -> list[tuple[Any, Any, bool]]:
    """Return what the overview shows: label, value, whether it takes the whole width."""
    shown = [
        (_("纠纷类型"), code_label("mediation.type", dispute.dispute_type), False),
        (_("案件来源"), code_label("mediation.source", dispute.source), False),
        (_("发生日期"), show_date(dispute.occurred_on), False),
        (_("发生地"), f"{dispute.village.short_name}{dispute.place}", False),
        (_("涉及当事人数"), str(dispute.party_count), False),
        (_("涉及金额（元）"), format_yuan(dispute.amount) if dispute.amount else "", False),
        (_("调解组织"), dispute.committee.name, False),
        (_("疑难复杂"), _("是") if dispute.is_difficult else _("否"), False),
        (_("记录人"), dispute.recorder, False),
        (_("纠纷概况"), dispute.brief, True),
        (_("申请事项"), dispute.claims, True),
    ]
    agreement = Agreement.objects.filter(dispute=dispute).first()
    if agreement is not None:
        shown += [
            (_("协议形式"), dispute.get_agreement_form_display(), False),
            (_("协议生效日期"), show_date(dispute.effective_on), False),
            (_("协议涉及金额（元）"), format_yuan(dispute.agreed_amount) if dispute.agreed_amount else "", False),
            (_("协议内容"), agreement.terms, True),
            (_("履行方式"), agreement.performance_way, True),
            (_("履行情况"), dispute.get_performance_display(), False),
            (_("履行期限"), show_date(dispute.performance_due_on), False),
        ]
    return [(label, value, wide) for label, value, wide in shown if value]


def meta(dispute: Dispute) -> list[tuple[Any, Any]]:
    """Return what stands under the title."""
    mediators = gettext("、").join(part.mediator.name for part in dispute.mediators.select_related("mediator"))
    found = [
        (_("类型"), code_label("mediation.type", dispute.dispute_type)),
        (_("调解员"), mediators),
        (pgettext_lazy("stage", "登记"), show_date(dispute.registered_on)),
        (pgettext_lazy("stage", "受理"), show_date(dispute.accepted_on)),
        (_("来源"), code_label("mediation.source", dispute.source)),
    ]
    return [(label, value) for label, value in found if value]


def parties(dispute: Dispute) -> list[dict[str, Any]]:
    """Return the parties as the page shows them: numbers and telephones masked."""
    return [party.summary(dispute.registered_on) for party in dispute.parties.all()]


AGREED = frozenset({"agreed_written", "agreed_oral"})
DISPUTE = RecordType(
    model=Dispute,
    slug="disputes",
    label=_("矛盾纠纷"),
    labels=pgettext_lazy("plural", "矛盾纠纷"),
    icon="people",
    workflow=WORKFLOW,
    columns=(
        Column(name="number", label=_("编号"), reduced=True, show=lambda number: number or _("未编号")),
        Column(name="title", label=_("纠纷名称")),
        Column(
            name="dispute_type",
            label=_("类型"),
            reduced=True,
            wide_only=True,
            show=lambda code: code_label("mediation.type", code),
        ),
        Column(
            name="state",
            label=_("状态"),
            reduced=True,
            show=lambda code: WORKFLOW.state(code).label,
            tone=lambda code: WORKFLOW.state(code).tone,
        ),
        Column(name="registered_on", label=_("登记日期"), reduced=True, show=show_date),
        Column(name="accepted_on", label=_("受理日期"), reduced=True, wide_only=True, show=show_date),
        Column(name="due_on", label=_("办理期限"), show=show_date),
        Column(name="office__short_name", label=_("司法所"), reduced=True, wide_only=True),
    ),
    filterset=DisputeFilter,
    facts=facts,
    meta=meta,
    open_form=forms.DisputeFields,
    open_service=services.register_dispute,
    open_label=_("登记纠纷"),
    open_initial=opening_initial,
    amend_form=forms.AmendForm,
    amend_initial=amend_initial,
    amend_service=services.amend_dispute,
    amend_states=WORKFLOW.open_states(),
    steps=(
        Step(transition="accept", form=forms.AcceptForm, service=services.accept_dispute, primary=True),
        Step(transition="reject", form=forms.RejectForm, service=services.reject_dispute),
        Step(transition="assign", form=forms.AssignForm, service=services.assign_mediators, primary=True),
        Step(transition="begin", form=forms.BeginForm, service=services.begin_mediation, primary=True),
        Step(
            transition="agree_in_writing",
            form=forms.WrittenAgreementForm,
            service=services.agree_in_writing,
            primary=True,
        ),
        Step(transition="agree_orally", form=forms.OralAgreementForm, service=services.agree_orally),
        Step(transition="fail", form=forms.FailForm, service=services.fail_mediation),
        Step(transition="perform", form=forms.PerformForm, service=services.perform_agreement, primary=True),
        Step(transition="follow_performance", form=forms.FollowForm, service=services.follow_performance),
        Step(transition="breach", form=forms.BreachForm, service=services.breach_agreement),
        Step(transition="visit", form=forms.VisitForm, service=services.visit_parties, primary=True),
        Step(transition="close", form=forms.NoteForm, service=services.close_dispute, primary=True),
        Step(transition="archive", form=forms.ArchiveForm, service=services.archive_dispute, primary=True),
        Step(transition="divert", form=forms.TransferForm, service=services.divert_dispute),
        Step(transition="transfer", form=forms.TransferForm, service=services.transfer_dispute),
    ),
    documents=DOCUMENTS,
    reminders=(
        Reminder(states=("registered",), text=_("受理审查"), step="accept", action=_("受理")),
        Reminder(states=("accepted",), text=_("指定调解员"), step="assign", action=_("指定调解员")),
        Reminder(states=("assigned",), text=_("告知权利义务并开始调解"), step="begin", action=_("开始调解")),
        Reminder(states=("mediating",), text=_("调解期限将满"), step="agree_in_writing", action=_("登记结果")),
        Reminder(states=("agreed_written",), text=_("可共同申请司法确认"), step="perform", action=_("登记履行")),
        Reminder(states=("agreed_oral", "performing"), text=_("协议履行"), step="perform", action=_("登记履行")),
        Reminder(states=("performed", "breached"), text=_("回访"), step="visit", action=_("登记回访")),
    ),
    milestones=(
        (pgettext_lazy("stage", "登记"), frozenset({"registered"})),
        (pgettext_lazy("stage", "受理"), frozenset({"accepted"})),
        (pgettext_lazy("stage", "调解"), frozenset({"assigned", "mediating"})),
        (pgettext_lazy("stage", "协议"), AGREED),
        (pgettext_lazy("stage", "履行回访"), frozenset({"performing", "performed", "breached", "visited"})),
        (pgettext_lazy("stage", "结案归档"), frozenset({"closed", "archived"})),
    ),
    log_values={
        "dispute_type": lambda code: code_label("mediation.type", code),
        "source": lambda code: code_label("mediation.source", code),
        "committee_kind": lambda code: code_label("mediation.committee_kind", code),
        "amount": format_yuan,
        "agreed_amount": format_yuan,
        "village_id": village_name,
        "committee_id": committee_name,
    },
    panels=((_("当事人"), "components/person_row.html", parties),),
)

register(
    BusinessLine(
        code="mediation",
        label=_("人民调解"),
        record_types=(DISPUTE,),
        indicators=INDICATORS,
        ratios=RATIOS,
        forms=FORMS,
        marked_tables=(Dispute,),
    )
)

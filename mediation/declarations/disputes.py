"""Disputes: what the shared pages show and do."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from casework.codes import code_label
from casework.deadlines import due_date
from casework.lines import Column, Correcting, Handing, RecordType, Referral, Reminder, SearchFields, Step
from casework.money import format_yuan
from casework.showing import facts_of
from casework.tables import show_date
from casework.timeline import remaining
from mediation.declarations import ledgers
from mediation.declarations.dispute_parts import PARTS
from mediation.documents import DOCUMENTS, DOSSIER, offered
from mediation.documents.binding import RETENTION
from mediation.filters import DisputeFilter
from mediation.forms import disputes as forms
from mediation.forms import mediators as mediator_forms
from mediation.forms import results as result_forms
from mediation.forms.handovers import ReceiveDisputeForm
from mediation.imports.sheet import SHEET as IMPORT_SHEET
from mediation.likeness import disputes_by_person, repeated
from mediation.models import Agreement, Dispute, ScreeningFinding
from mediation.selectors import (
    amend_initial,
    committee_name,
    going_along,
    mediators_of,
    opening_initial,
    village_name,
)
from mediation.services import disputes as services
from mediation.services import mediators, results
from mediation.services.correcting import follow_dispute
from mediation.services.handovers import receive_dispute
from mediation.triggers import hints
from mediation.workflow.disputes import (
    ACCEPT_WITHIN,
    AGREED,
    BEFORE_RESULT,
    CLOSE_WITHIN,
    CONFIRM_WITHIN,
    EXTEND_BY,
    VISIT_WITHIN,
    WORKFLOW,
)
from offices.permissions import Action


def facts(dispute: Dispute) -> list[tuple[Any, Any, bool]]:
    """Return what the overview shows: label, value, whether it takes the whole width."""
    shown = [
        (_("纠纷类型"), code_label("mediation.type", dispute.dispute_type), False),
        (_("案件来源"), code_label("mediation.source", dispute.source), False),
        (_("发生日期"), show_date(dispute.occurred_on), False),
        (_("发生地"), f"{dispute.village.short_name}{dispute.place}", False),
        (_("涉及当事人数"), str(dispute.party_count), False),
        (_("涉及金额（元）"), format_yuan(dispute.amount) if dispute.amount else "", False),
        (_("调解组织"), dispute.committee.title, False),
        (_("疑难复杂"), _("是") if dispute.is_difficult else _("否"), False),
        (_("记录人"), dispute.recorder, False),
        *facts_of(dispute, ("subtype", "scale", "relation", "way", "office_role", "risk_flags")),
        *([(_("调解员由当事人选定"), _("是"), False)] if dispute.mediators_chosen else []),
        *facts_of(dispute, ("failure", "told_routes", "sued_on")),
        (_("纠纷概况"), dispute.brief, True),
        (_("申请事项"), dispute.claims, True),
    ]
    agreement = Agreement.objects.filter(dispute=dispute).first()
    if agreement is not None:
        shown += [
            (_("协议形式"), dispute.get_agreement_form_display(), False),
            (_("协议生效日期"), show_date(dispute.effective_on), False),
            (_("可申请司法确认至"), confirmation_limit(dispute), False),
            (_("协议涉及金额（元）"), format_yuan(dispute.agreed_amount) if dispute.agreed_amount else "", False),
            (_("协议内容"), agreement.terms, True),
            (_("履行方式"), agreement.performance_way, True),
            (_("履行情况"), dispute.get_performance_display(), False),
            (_("履行期限"), show_date(dispute.performance_due_on), False),
        ]
    return [(label, value, wide) for label, value, wide in shown if value]


def confirmation_limit(dispute: Dispute) -> str:
    """Return until when the parties may ask for confirmation, and how far that is; empty for an oral agreement."""
    if dispute.agreement_form != Dispute.AgreementForm.WRITTEN or dispute.effective_on is None:
        return ""
    last, today = due_date(CONFIRM_WITHIN, dispute.effective_on).on, timezone.localdate()
    words = gettext("已届满") if last < today else remaining(last, today)[0]
    return gettext("%(day)s（%(left)s）") % {"day": show_date(last), "left": words}


def meta(dispute: Dispute) -> list[tuple[Any, Any]]:
    """Return what stands under the title."""
    named = gettext("、").join(mediator.title for mediator in mediators_of(dispute))
    found = [
        (_("类型"), code_label("mediation.type", dispute.dispute_type)),
        (_("调解员"), named),
        (pgettext_lazy("stage", "登记"), show_date(dispute.registered_on)),
        (pgettext_lazy("stage", "受理"), show_date(dispute.accepted_on)),
        (_("来源"), code_label("mediation.source", dispute.source)),
    ]
    return [(label, value) for label, value in found if value]


def parties(dispute: Dispute) -> list[dict[str, Any]]:
    """Return the parties as the page shows them: numbers and telephones masked, guardians named."""
    return [party.summary(dispute.registered_on) for party in dispute.parties.prefetch_related("guardians")]


def repeats(dispute: Dispute) -> list[dict[str, Any]]:
    """Return earlier and later disputes of the same people or place."""
    return [
        {
            "name": other.title,
            "url": reverse("disputes:detail", args=[other.public_id]),
            "line": " · ".join(str(part) for part in (why, other.number or show_date(other.registered_on)) if part),
            "icon": "people",
        }
        for other, why in repeated(dispute)
    ]


# What people write between two sides.
BETWEEN_TWO = re.compile(r"(与|和|、|，|,|/|\band\b|\bvs?\.)")


def from_finding(finding: ScreeningFinding) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what a finding gives to the dispute that comes out of it."""
    fields = {
        "dispute_type": finding.dispute_type,
        "village": finding.village_id,
        "place": finding.place,
        "occurred_on": finding.found_on,
        "source": "ex_officio",
        "brief": finding.brief,
    }
    first, _with, second = (*BETWEEN_TWO.split(finding.people, maxsplit=1), "", "")[:3]
    return fields, [{"role": "applicant", "name": first.strip()}, {"role": "respondent", "name": second.strip()}]


def frozen(dispute: Dispute) -> dict[str, Any]:
    """Return what another office reads of a dispute before it takes it over."""
    return {
        "type": code_label("mediation.type", dispute.dispute_type),
        "source": code_label("mediation.source", dispute.source),
        "occurred_on": show_date(dispute.occurred_on),
        "place": f"{dispute.village.short_name}{dispute.place}",
        "party_count": dispute.party_count,
        "amount": format_yuan(dispute.amount) if dispute.amount else "",
        "accepted_on": show_date(dispute.accepted_on),
        "committee": dispute.committee.title,
        "mediators": gettext("、").join(mediator.title for mediator in mediators_of(dispute)),
        "brief": dispute.brief,
        "claims": dispute.claims,
    }


# A dispute goes to another office as long as nothing has come of it; what is settled stays where it was settled.
HANDING = Handing(
    states=frozenset({"registered", *BEFORE_RESULT}),
    grounds=(
        ("territory", _("纠纷发生地属接收单位辖区")),
        ("residence", _("当事人住所地属接收单位辖区")),
        ("assigned", _("上级指定办理")),
    ),
    labels={
        "type": _("纠纷类型"),
        "source": _("案件来源"),
        "occurred_on": _("发生日期"),
        "place": _("发生地"),
        "party_count": _("涉及当事人数"),
        "amount": _("涉及金额（元）"),
        "accepted_on": _("受理日期"),
        "committee": _("调解组织"),
        "mediators": _("调解员"),
        "brief": _("纠纷概况"),
        "claims": _("申请事项"),
    },
    freeze=frozen,
    form=ReceiveDisputeForm,
    receive=receive_dispute,
    effects=(_("调解组织和调解员换成本所的，原来的名称留在办理动态中。"),),
)


def _chosen(name: str, label: Any, show: Callable[[Any], Any] = str, *, reduced: bool = True) -> Column:
    return Column(name=name, label=label, show=show, reduced=reduced, wide_only=True, on_demand=True)


# What an office has in the columns of its paper register beside those that every list shows.
MORE_COLUMNS = (
    _chosen("source", _("案件来源"), lambda code: code_label("mediation.source", code)),
    _chosen("committee__short_name", _("调解组织")),
    _chosen("village__name", _("村（居）"), reduced=False),
    _chosen("occurred_on", _("纠纷发生日期"), show_date),
    _chosen("party_count", _("涉及人数")),
    _chosen("amount", _("涉及金额（元）"), format_yuan),
    _chosen("agreed_on", _("达成协议日期"), show_date),
    _chosen("agreement_form", _("协议形式"), lambda code: dict(Dispute.AgreementForm.choices).get(code, "")),
    _chosen("agreed_amount", _("协议涉及金额（元）"), format_yuan),
    _chosen("performance", _("履行情况"), lambda code: dict(Dispute.Performance.choices).get(code, "")),
    _chosen("concluded_on", _("办结日期"), show_date),
    _chosen("closed_on", _("结案日期"), show_date),
    _chosen("archived_on", _("归档日期"), show_date),
)
DISPUTE = RecordType(
    model=Dispute,
    slug="disputes",
    label=_("矛盾纠纷"),
    labels=pgettext_lazy("plural", "矛盾纠纷"),
    icon="people",
    in_villages=going_along,
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
        *MORE_COLUMNS,
    ),
    filterset=DisputeFilter,
    search=SearchFields(
        names=(
            *("parties__name", "parties__representative", "agents__name", "guardians__name", "invitees__name"),
            "mediators__mediator__title",
        ),
        words=("title", "brief", "claims", "place", "village__name", "committee__title"),
        by_identifier=disputes_by_person,
    ),
    facts=facts,
    meta=meta,
    open_form=forms.DisputeFields,
    open_service=services.register_dispute,
    on_home=True,
    imports=IMPORT_SHEET,
    ledger=ledgers.DISPUTES,
    shortcuts=((_("口头协议快登"), "register_oral", "chat-text", Action.HANDLE_RECORD),),
    open_label=_("登记纠纷"),
    open_hint=_("受理后系统编号，期限自动计算。"),
    open_initial=opening_initial,
    amend_form=forms.AmendForm,
    amend_initial=amend_initial,
    amend_service=services.amend_dispute,
    amend_states=WORKFLOW.open_states(),
    steps=(
        Step(transition="accept", form=forms.AcceptForm, service=services.accept_dispute, primary=True),
        Step(transition="reject", form=forms.RejectForm, service=services.reject_dispute),
        Step(transition="assign", form=mediator_forms.AssignForm, service=mediators.assign_mediators, primary=True),
        Step(transition="begin", form=forms.BeginForm, service=services.begin_mediation, primary=True),
        *(
            Step(transition=step, form=mediator_forms.ReassignForm, service=partial(mediators.change_mediators, step))
            for step in ("reassign", "replace")
        ),
        Step(transition="extend", form=forms.ExtendForm, service=services.extend_limit),
        Step(
            transition="agree_in_writing",
            form=result_forms.WrittenAgreementForm,
            service=results.agree_in_writing,
            primary=True,
        ),
        Step(transition="agree_orally", form=result_forms.OralAgreementForm, service=results.agree_orally),
        Step(transition="fail", form=result_forms.FailForm, service=results.fail_mediation),
        Step(transition="perform", form=result_forms.PerformForm, service=results.perform_agreement, primary=True),
        Step(transition="follow_performance", form=result_forms.FollowForm, service=results.follow_performance),
        Step(transition="breach", form=result_forms.BreachForm, service=results.breach_agreement),
        Step(transition="visit", form=result_forms.VisitForm, service=results.visit_parties, primary=True),
        Step(transition="sue", form=result_forms.NoteForm, service=results.sue_after_agreement),
        *(
            Step(transition=step, form=result_forms.NoteForm, service=partial(results.sue_after_closing, step))
            for step in ("sue_closed", "sue_archived")
        ),
        Step(transition="close", form=result_forms.CloseForm, service=results.close_dispute, primary=True),
        Step(transition="archive", form=result_forms.ArchiveForm, service=results.archive_dispute, primary=True),
        Step(transition="divert", form=result_forms.TransferForm, service=results.divert_dispute),
        Step(transition="transfer", form=result_forms.TransferForm, service=results.transfer_dispute),
        Step(transition="pass_on", form=result_forms.TransferForm, service=results.pass_on_dispute),
        Step(transition="return_registered", form=result_forms.ReturnForm, service=results.return_diverted),
        Step(transition="return_accepted", form=result_forms.ReturnForm, service=results.return_transferred),
        Step(transition="return_failed", form=result_forms.ReturnForm, service=results.return_passed_on),
    ),
    documents=DOCUMENTS,
    dossier=DOSSIER,
    offered=offered,
    handing=HANDING,
    correcting=Correcting(follow=follow_dispute, final=frozenset({"archived"})),
    reminders=(
        Reminder(states=("registered",), text=_("受理审查"), step="accept", action=_("受理")),
        Reminder(states=("accepted",), text=_("指定调解员"), step="assign", action=_("指定调解员")),
        Reminder(states=("assigned",), text=_("告知权利义务并开始调解"), step="begin", action=_("开始调解")),
        Reminder(
            states=("mediating",),
            text=_("调解期限将满"),
            step="agree_in_writing",
            action=_("登记结果"),
            part="session",
            part_action=_("写调解记录"),
        ),
        Reminder(
            states=(*AGREED, "performing", "visited", "transferred"),
            rule="",
            text=_("协议履行"),
            step="perform",
            action=_("登记履行"),
        ),
        # Visited, and the agreement names no day for what is still to be performed.
        Reminder(
            states=("visited", "transferred"),
            rule=VISIT_WITHIN,
            text=_("核实履行情况"),
            step="perform",
            action=_("登记履行"),
            part="visit_record",
            part_action=_("再次回访"),
        ),
        Reminder(
            states=(*AGREED, "performed", "breached"),
            rule=VISIT_WITHIN,
            text=_("回访"),
            step="visit",
            action=_("登记回访"),
        ),
        Reminder(
            states=("failed", "visited", "transferred"),
            rule=CLOSE_WITHIN,
            text=_("结案"),
            step="close",
            action=_("结案"),
        ),
        Reminder(states=("closed",), text=_("归档"), step="archive", action=_("归档")),
        Reminder(states=("transferred",), text=_("催收移交回执")),
    ),
    milestones=(
        (pgettext_lazy("stage", "登记"), frozenset({"registered"})),
        (pgettext_lazy("stage", "受理"), frozenset({"accepted"})),
        (pgettext_lazy("stage", "调解"), frozenset({"assigned", "mediating"})),
        (pgettext_lazy("stage", "协议"), frozenset(AGREED)),
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
    panels=(
        (_("风险提示"), "components/file_row.html", hints),
        (_("当事人"), "components/person_row.html", parties),
        (_("重复纠纷"), "components/file_row.html", repeats),
    ),
    rule_labels={ACCEPT_WITHIN: pgettext_lazy("stage", "登记"), EXTEND_BY: _("延长期限"), RETENTION: _("归档")},
    parts=PARTS,
    accepts=(
        Referral(
            source=ScreeningFinding.record_type(),
            label=_("转人民调解"),
            states=frozenset({"found", "watched"}),
            prefill=from_finding,
            step="hand",
            most=1,
            primary=True,
        ),
    ),
)

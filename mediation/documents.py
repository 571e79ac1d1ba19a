"""The official papers of a dispute and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from casework.codes import code_label
from casework.lines import Document
from casework.models import Record
from casework.money import format_yuan, yuan_in_capitals
from mediation.models import Agreement, Dispute, Party
from mediation.workflow.disputes import WORKFLOW
from offices.secrecy import mask_id_number

BEFORE_END = frozenset(state.code for state in WORKFLOW.states) - {"rejected"}
WITH_AGREEMENT = frozenset(
    {"agreed_written", "agreed_oral", "performing", "performed", "breached", "visited", "closed", "archived"}
)


def paper_context(record: Record) -> Mapping[str, Any]:
    """Return what both papers print. Papers are Chinese whatever the language of the screen; numbers are masked."""
    dispute = Dispute.objects.select_related("committee", "village").get(pk=record.pk)
    with override("zh-hans"):
        mediators = [assigned.mediator.title for assigned in dispute.mediators.select_related("mediator")]
        shown = {
            "number": dispute.number,
            "name": dispute.title,
            "registered_on": dispute.registered_on,
            "accepted_on": dispute.accepted_on,
            "source_label": code_label("mediation.source", dispute.source),
            "source_is_application": dispute.source != "ex_officio",
            "type_label": code_label("mediation.type", dispute.dispute_type),
            "brief": dispute.brief,
            "claims": dispute.claims,
            "committee_name": dispute.committee.title,
            "mediators": mediators,
            "recorder": dispute.recorder,
            "place": f"{dispute.village.short_name}{dispute.place}",
            "parties": [_party(party, dispute) for party in dispute.parties.all()],
            "agreement": _agreement(dispute),
        }
    return {"dispute": shown, "document_number": dispute.number}


def _party(party: Party, dispute: Dispute) -> dict[str, Any]:
    return {
        "role_label": str(party.get_role_display()),
        "kind": party.kind,
        "name": party.name,
        "sex": str(party.get_sex_display()) if party.sex in {"1", "2"} else "",
        "ethnicity": "",
        "age": party.age_on(dispute.registered_on),
        "occupation": party.occupation,
        "phone": party.phone or "",
        "address": party.address or "",
        "id_number_masked": mask_id_number(party.id_number) if party.id_number else "",
        "credit_code": party.credit_code,
        "legal_representative": party.representative,
        "representative": "",
    }


def _agreement(dispute: Dispute) -> dict[str, Any] | None:
    agreement = Agreement.objects.filter(dispute=dispute).first()
    if agreement is None:
        return None
    return {
        "facts": agreement.facts,
        "terms": [line.strip() for line in agreement.terms.splitlines() if line.strip()],
        "performance_way": agreement.performance_way,
        "performance_due": dispute.performance_due_on,
        "amount_text": f"{format_yuan(dispute.agreed_amount)}元" if dispute.agreed_amount else "",
        "amount_capitals": yuan_in_capitals(dispute.agreed_amount) if dispute.agreed_amount else "",
        "copies": agreement.copies,
        "signed_on": dispute.agreed_on,
        "effective_on": dispute.effective_on,
    }


def only_written(record: Record) -> list[str]:
    """An oral agreement has its own register; the agreement paper is for written ones."""
    dispute = Dispute.objects.get(pk=record.pk)
    if dispute.agreement_form == Dispute.AgreementForm.WRITTEN:
        return []
    return [translate("口头协议不制作协议书。")]


DOCUMENTS = (
    Document(
        code="registration",
        label=_("人民调解受理登记表"),
        template="print/mediation/registration_form.html",
        context=paper_context,
        states=BEFORE_END,
    ),
    Document(
        code="agreement",
        label=_("人民调解协议书"),
        template="print/mediation/agreement.html",
        context=paper_context,
        states=WITH_AGREEMENT,
        missing=only_written,
    ),
)

"""Papers of the result: agreements, proof of performance, return visits, the end without agreement, the closing."""

from __future__ import annotations

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from casework.codes import code_label
from casework.history import last_step
from casework.models import Record
from mediation.documents.context import ENDED, WITH_AGREEMENT, WITH_RESULT, Context, paper_of_dispute, rows
from mediation.models import Dispute, ReturnVisit, Transfer
from mediation.workflow.dispute_guards import is_settled

VISIT = ("on", "visited", "way", "reason", "performance", "satisfaction", "lawsuit", "danger", "measures", "visitor")


def only_written(record: Record) -> list[str]:
    """An oral agreement has its own register; the agreement paper is for written ones."""
    dispute = Dispute.objects.get(pk=record.pk)
    if dispute.agreement_form == Dispute.AgreementForm.ORAL:
        return [translate("口头协议不制作协议书。")]
    return [] if dispute.agreement_form else [translate("本件没有达成协议。")]


def visits(dispute: Dispute) -> Context:
    """Return the return visits."""
    return {"visits": rows(ReturnVisit.objects.filter(dispute=dispute), *VISIT)}


def end(dispute: Dispute) -> Context:
    """Return why and when mediation ended without agreement."""
    step = last_step(dispute, "fail")
    reason = code_label("mediation.failure", dispute.failure) if dispute.failure else ""
    told = {"on": step.on if step else None, "reason": reason, "note": step.newest.note if step else ""}
    routes = [code_label("mediation.route", code) for code in dispute.told_routes]
    return {"end": told | {"begun": step is not None and step.event.from_state == "mediating", "routes": routes}}


def closing(dispute: Dispute) -> Context:
    """Return how the case ended, for its report."""
    transfer = None if is_settled(dispute) else Transfer.objects.filter(dispute=dispute).order_by("id").last()
    return {
        "closing": {
            "closed_on": dispute.closed_on,
            "concluded_on": dispute.concluded_on,
            "form": str(dispute.get_agreement_form_display()) if dispute.agreement_form else "",
            "failure": code_label("mediation.failure", dispute.failure) if dispute.failure else "",
            "performance": str(dispute.get_performance_display()) if dispute.agreement_form else "",
            "sued_on": dispute.sued_on,
            "transferred_to": transfer.body if transfer else "",
        }
    }


RESULTS = (
    paper_of_dispute(
        "agreement",
        _("人民调解协议书"),
        states=WITH_AGREEMENT | {"transferred"},
        missing=only_written,
        dated="agreed_on",
    ),
    paper_of_dispute(
        "oral_agreement", _("人民调解口头协议登记表"), states=WITH_AGREEMENT | {"transferred"}, dated="agreed_on"
    ),
    paper_of_dispute("performance", _("履行凭证"), states=WITH_AGREEMENT | {"transferred"}),
    paper_of_dispute("visit", _("人民调解回访记录"), visits, states=WITH_RESULT),
    paper_of_dispute("termination", _("终止调解通知书"), end, states=WITH_RESULT, dated="concluded_on"),
)
CLOSING = paper_of_dispute(
    "closing_report",
    _("人民调解结案报告表"),
    closing,
    dated="closed_on",
    states=ENDED | {"performed", "breached", "failed", "visited", "transferred"},
)

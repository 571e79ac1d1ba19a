"""Which papers a dossier must hold (司发通〔2010〕239号), by the way that the case went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from casework.models import Attachment, IssuedDocument
from mediation.models import Agent, Dispute


@dataclass(frozen=True, kw_only=True)
class Compulsory:
    """A paper that must lie in a dossier: any of ``codes`` will do, where the case is one of those that ``asks``."""

    codes: tuple[str, ...]
    label: Any
    asks: Callable[[Dispute], bool]


def _always(dispute: Dispute) -> bool:
    return True


def _mediated(dispute: Dispute) -> bool:
    # What ended before the parties sat together has neither notice nor record.
    return dispute.rights_notice_on is not None


def _has_agents(dispute: Dispute) -> bool:
    return Agent.objects.filter(dispute=dispute).exists()


def _agreed_in_writing(dispute: Dispute) -> bool:
    return dispute.agreement_form == Dispute.AgreementForm.WRITTEN


def _agreed_orally(dispute: Dispute) -> bool:
    return dispute.agreement_form == Dispute.AgreementForm.ORAL


def _sent_elsewhere(dispute: Dispute) -> bool:
    return dispute.state == "transferred"


COMPULSORY = (
    Compulsory(codes=("application", "registration"), label=_("人民调解申请书或受理登记表"), asks=_always),
    Compulsory(codes=("rights_notice",), label=_("人民调解当事人权利义务告知书"), asks=_mediated),
    Compulsory(codes=("identity",), label=_("当事人身份证明"), asks=_mediated),
    Compulsory(codes=("authority",), label=_("授权委托书"), asks=_has_agents),
    Compulsory(codes=("session",), label=_("人民调解记录"), asks=_mediated),
    Compulsory(codes=("agreement",), label=_("人民调解协议书"), asks=_agreed_in_writing),
    Compulsory(codes=("oral_agreement",), label=_("人民调解口头协议登记表"), asks=_agreed_orally),
    Compulsory(codes=("transfer_letter",), label=_("纠纷移交（分流）函"), asks=_sent_elsewhere),
    Compulsory(codes=("transfer_receipt",), label=_("纠纷移交（分流）回执"), asks=_sent_elsewhere),
)


def missing_papers(dispute: Dispute) -> list[str]:
    """Return the compulsory papers of a dispute that were neither made here nor attached as a scan, by name.

    A case settled orally and performed at once is kept in the register of oral agreements alone.
    """
    if _agreed_orally(dispute) and dispute.performance == Dispute.Performance.AT_ONCE:
        return []
    of_dispute = {"record_type": dispute.record_type(), "record_id": dispute.pk}
    there = set(Attachment.objects.filter(**of_dispute).values_list("paper", flat=True))
    there |= set(IssuedDocument.objects.filter(**of_dispute).values_list("code", flat=True))
    return [str(paper.label) for paper in COMPULSORY if there.isdisjoint(paper.codes) and paper.asks(dispute)]

"""Papers of a transfer or diversion: the letter and the receipt that comes back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mediation.documents.context import BEFORE_END, Context, paper_of_dispute, rows
from mediation.models import Dispute, Transfer

TRANSFER = ("body_kind", "body", "on", "reason", "materials", "receipt_on", "receiver", "result")


def transfers(dispute: Dispute) -> Context:
    """Return the transfers, and the office that sends them."""
    found = Transfer.objects.filter(dispute=dispute)
    return {"transfers": rows(found, *TRANSFER), "office_name": dispute.office.name}


TRANSFERS = (
    paper_of_dispute("transfer_letter", _("纠纷移交（分流）函"), transfers, states=BEFORE_END, dated="concluded_on"),
    paper_of_dispute("transfer_receipt", _("纠纷移交（分流）回执"), transfers, states=BEFORE_END),
)

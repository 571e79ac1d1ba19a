"""Which papers a dispute has, and the order in which they lie in its dossier (司发通〔2010〕239号)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from casework.lines import Document, Dossier
from casework.models import Record
from mediation.documents.alerts import ALERT_DOCUMENTS
from mediation.documents.binding import BACK, FRONT
from mediation.documents.confirmations import CONFIRMATION_DOCUMENTS
from mediation.documents.context import NUMBERED, has_number
from mediation.documents.opening import OPENING
from mediation.documents.proceedings import PROCEEDINGS
from mediation.documents.results import CLOSING, RESULTS
from mediation.documents.transfers import TRANSFERS
from mediation.models import (
    Agent,
    Dispute,
    Evidence,
    Investigation,
    JudicialConfirmation,
    PerformanceItem,
    ReturnVisit,
    RiskAlert,
    Transfer,
    UndisputedFact,
)

DOCUMENTS = (*FRONT, *OPENING, *PROCEEDINGS, *RESULTS, *TRANSFERS, CLOSING, *BACK)

# What a paper needs rows of: without them it has nothing to say.
ROWS: dict[str, Any] = {
    "authority": Agent,
    "investigation": Investigation,
    "evidence": Evidence,
    "undisputed": UndisputedFact,
    "performance": PerformanceItem,
    "visit": ReturnVisit,
    "transfer_letter": Transfer,
    "transfer_receipt": Transfer,
}


def offered(dispute: Dispute) -> frozenset[str]:
    """Return the codes of the papers that make sense for a dispute, in one query."""
    asked: dict[str, Any] = {
        f"has_{code}": Exists(model.objects.filter(dispute=OuterRef("pk"))) for code, model in ROWS.items()
    }
    there: Mapping[str, object] = Dispute.objects.filter(pk=dispute.pk).values(**asked).get()
    senseless = {code for code in ROWS if not there[f"has_{code}"]}
    senseless |= set() if dispute.source != "ex_officio" else {"application"}
    senseless |= set() if dispute.agreement_form == "oral" else {"oral_agreement"}
    senseless |= {"agreement"} if dispute.agreement_form == "oral" or dispute.failure else set()
    senseless |= set() if dispute.failure else {"termination"}
    return frozenset({DOSSIER.code, *(document.code for document in DOCUMENTS)} - senseless)


def related(record: Record) -> list[tuple[Document, Record]]:
    """Return the papers of a dispute's confirmations and alerts."""
    found: list[tuple[Document, Record]] = []
    for confirmation in JudicialConfirmation.objects.filter(dispute_id=record.pk).order_by("pk"):
        found += [(document, confirmation) for document in CONFIRMATION_DOCUMENTS]
    for alert in RiskAlert.objects.filter(dispute_id=record.pk).order_by("pk"):
        found += [(document, alert) for document in ALERT_DOCUMENTS]
    return found


DOSSIER = Dossier(
    label=_("卷宗（全卷）"),
    states=NUMBERED,
    missing=has_number,
    order=(
        *("cover", "index", "application", "registration", "rights_notice", "identity", "authority"),
        *("investigation", "evidence", "undisputed", "session", "agreement", "oral_agreement", "performance"),
        *("visit", "confirmation_application", "court_ruling", "termination", "transfer_letter", "transfer_receipt"),
        *("alert_report", "closing_report", "statement", "back_cover"),
    ),
    rest="statement",
    unlisted=frozenset({"cover", "index"}),
    related=related,
    scans=(
        ("confirmation_application", _("司法确认申请书")),
        ("court_ruling", _("司法确认裁定书")),
        ("alert_report", _("重大矛盾纠纷报告表")),
    ),
)

"""The official papers of the line (司发通〔2010〕239号 and Shandong's own forms) and the dossier of a dispute."""

from mediation.documents.alerts import ALERT_DOCUMENTS
from mediation.documents.confirmations import CONFIRMATION_DOCUMENTS
from mediation.documents.context import paper_context
from mediation.documents.dossier import DOCUMENTS, DOSSIER, offered
from mediation.documents.registers import COMMITTEE_DOCUMENTS, MEDIATOR_DOCUMENTS, ROUND_DOCUMENTS
from mediation.documents.reviews import REVIEW_DOCUMENTS

__all__ = [
    "ALERT_DOCUMENTS",
    "COMMITTEE_DOCUMENTS",
    "CONFIRMATION_DOCUMENTS",
    "DOCUMENTS",
    "DOSSIER",
    "MEDIATOR_DOCUMENTS",
    "REVIEW_DOCUMENTS",
    "ROUND_DOCUMENTS",
    "offered",
    "paper_context",
]

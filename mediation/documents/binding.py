"""The frame of a dossier: cover, index, statement, back cover."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework import lines
from casework.deadlines import rule_on
from casework.dossier import dossier_entries, listed
from casework.models import DeadlineRule, RecordEvent
from mediation.compulsory import missing_papers
from mediation.documents.context import NUMBERED, Context, has_number, paper_of_dispute
from mediation.models import Dispute

RETENTION = "mediation.retention"
MONTHS_OF_YEAR = 12


def bound(dispute: Dispute) -> Context:
    """Return who bound the dossier and when, for how long it is kept, and when the case was mediated."""
    closing = _closing(dispute)
    return {
        "binding": {
            "made_by": closing.user.name if closing else "",
            "made_on": dispute.archived_on or dispute.closed_on,
            "mediated_from": dispute.rights_notice_on or dispute.accepted_on,
            "mediated_until": dispute.agreed_on or dispute.concluded_on,
            "pages": dispute.dossier_pages,
            **_retention(dispute),
        }
    }


def _closing(dispute: Dispute) -> RecordEvent | None:
    steps = RecordEvent.objects.filter(record_type=dispute.record_type(), record_id=dispute.pk, kind="close")
    return steps.select_related("user").order_by("id").last()


def _retention(dispute: Dispute) -> dict[str, int]:
    """Return the period of keeping in years, or in months where it is no whole number of years."""
    try:
        months = rule_on(RETENTION, dispute.closed_on or timezone.localdate()).amount
    except DeadlineRule.DoesNotExist:
        return {}
    years, left = divmod(months, MONTHS_OF_YEAR)
    return {"retention_months": months} if left else {"retention_years": years}


def index_rows(dispute: Dispute) -> Context:
    """Return the rows of the index; in a bound dossier they are replaced by rows with page numbers."""
    record_type = lines.record_type(dispute.record_type())
    if record_type.dossier is None:
        return {}
    return {"entries": listed(record_type.dossier, dossier_entries(record_type, dispute, with_sheets=False))}


def state_of_dossier(dispute: Dispute) -> Context:
    """Return what the dossier lacks and what was noted of it when the case was closed."""
    closing = _closing(dispute)
    statement: dict[str, Any] = {"missing": missing_papers(dispute), "note": closing.note if closing else ""}
    return {"statement": statement}


FRONT = (
    paper_of_dispute("cover", _("卷宗封面"), bound, missing=has_number),
    paper_of_dispute("index", _("卷内目录"), index_rows, missing=has_number),
)
BACK = (
    paper_of_dispute("statement", _("卷宗情况说明"), state_of_dossier, bound, states=NUMBERED, missing=has_number),
    paper_of_dispute("back_cover", _("卷宗封底"), bound, missing=has_number),
)

"""The report of the review of a crime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from casework.lines import Document
from casework.models import Record
from mediation.documents.context import paper_context, row_of
from mediation.models import CriminalReview
from mediation.workflow.reviews import REVIEW

NAMES = (
    *("event", "registered_on", "account", "accounted_on", "was_screened", "was_mediated", "was_alerted"),
    *("responsible", "findings", "measures", "concluded_on"),
)


def review_report(record: Record) -> Mapping[str, Any]:
    """Return the review with the dispute that it is about."""
    review = CriminalReview.objects.select_related("dispute", "office", "county").get(pk=record.pk)
    with override("zh-hans"):
        shown = row_of(review, *NAMES) | {"office_name": review.office.name, "county_name": review.county.name}
    return {**paper_context(review.dispute), "review": shown}


REVIEW_DOCUMENTS = (
    Document(
        code="crime_review",
        label=_("民转刑案件倒查报告"),
        template="print/mediation/crime_review.html",
        context=review_report,
        states=frozenset(state.code for state in REVIEW.states),
    ),
)

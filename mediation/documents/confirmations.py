"""The application for judicial confirmation (Civil Procedure Law, article 205; People's Mediation Law, article 33)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from casework.lines import Document
from casework.models import Record
from mediation.documents.context import paper_context, row_of
from mediation.models import Agreement, JudicialConfirmation
from mediation.workflow.confirmations import CONFIRMATION


def application(record: Record) -> Mapping[str, Any]:
    """Return the parties, the agreement and the court."""
    confirmation = JudicialConfirmation.objects.select_related("dispute").get(pk=record.pk)
    with override("zh-hans"):
        asked = row_of(confirmation, "court", "court_ground", "applied_on", "court_number", "ruled_on")
    made_on = confirmation.applied_on or confirmation.registered_on
    return {**paper_context(confirmation.dispute, made_on), "confirmation": asked}


def has_agreement(record: Record) -> list[str]:
    """What is to be confirmed is a written agreement."""
    confirmation = JudicialConfirmation.objects.get(pk=record.pk)
    there = Agreement.objects.filter(dispute_id=confirmation.dispute_id).exists()
    return [] if there else [translate("本件没有达成协议。")]


CONFIRMATION_DOCUMENTS = (
    Document(
        code="confirmation_application",
        label=_("司法确认申请书"),
        template="print/mediation/confirmation_application.html",
        context=application,
        states=frozenset(state.code for state in CONFIRMATION.states),
        missing=has_agreement,
    ),
)

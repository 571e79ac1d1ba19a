"""Papers of the proceedings: inquiries, evidence, undisputed facts, sittings."""

from __future__ import annotations

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from casework.models import Record
from mediation.documents.context import BEFORE_END, Context, lines_of, paper_of_dispute, row_of, rows
from mediation.models import Dispute, Evidence, Investigation, Invitee, Session, UndisputedFact

INQUIRY = ("at_time", "place", "attendees", "person", "investigators", "recorder")
EVIDENCE = ("name", "kind", "provider", "received_on", "pages", "is_original", "proves")


def inquiries(dispute: Dispute) -> Context:
    """Return the inquiries with their records."""
    found = Investigation.objects.filter(dispute=dispute)
    return {"inquiries": [{**row_of(row, *INQUIRY), "lines": lines_of(row.text)} for row in found]}


def evidence(dispute: Dispute) -> Context:
    """Return the list of evidence and its pages together."""
    found = list(Evidence.objects.filter(dispute=dispute))
    return {"evidence": rows(found, *EVIDENCE), "evidence_pages": sum(row.pages for row in found)}


def undisputed(dispute: Dispute) -> Context:
    """Return the facts that the parties do not dispute."""
    found = UndisputedFact.objects.filter(dispute=dispute)
    return {"facts": [{"on": row.on, "confirmed": row.confirmed, "lines": lines_of(row.text)} for row in found]}


def sittings(dispute: Dispute) -> Context:
    """Return the sittings with their records and results, and who was invited to them."""
    found = Session.objects.filter(dispute=dispute)
    names = ("at_time", "place", "way", "attendees", "recorder")
    return {
        "sittings": [{**row_of(row, *names), "result": row.result, "lines": lines_of(row.text)} for row in found],
        "invitees": rows(Invitee.objects.filter(dispute=dispute), "name", "capacity", "unit"),
    }


def has_sitting(record: Record) -> list[str]:
    """There is nothing to print before a sitting is recorded."""
    return [] if Session.objects.filter(dispute_id=record.pk).exists() else [translate("请先登记调解记录。")]


PROCEEDINGS = (
    paper_of_dispute("investigation", _("人民调解调查记录"), inquiries, states=BEFORE_END),
    paper_of_dispute("evidence", _("人民调解证据材料"), evidence, states=BEFORE_END),
    paper_of_dispute("undisputed", _("无争议事实记载"), undisputed, states=BEFORE_END),
    paper_of_dispute("session", _("人民调解记录"), sittings, missing=has_sitting),
)

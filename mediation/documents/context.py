"""What every paper of a dispute prints. Papers are Chinese whatever the language of the screen; numbers are masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import override

from casework.codes import code_label
from casework.lines import Document
from casework.models import Record
from casework.money import format_yuan, yuan_in_capitals
from casework.showing import shown
from mediation.models import Agreement, Dispute, Party, PerformanceItem
from mediation.workflow.disputes import AFTER_RESULT, WORKFLOW
from offices.secrecy import mask_id_number

Context = Mapping[str, Any]
Reader = Callable[[Dispute], Context]

BEFORE_END = frozenset(state.code for state in WORKFLOW.states) - {"rejected"}
NUMBERED = BEFORE_END - {"registered"}
ENDED = frozenset({"closed", "archived"})
WITH_RESULT = frozenset(AFTER_RESULT) | ENDED | {"transferred"}
WITH_AGREEMENT = WITH_RESULT - {"failed", "transferred"}


def paper_of_dispute(
    code: str, label: Any, *readers: Reader, states: frozenset[str] = NUMBERED, dated: str = "", **more: Any
) -> Document:
    """Return the declaration of a paper: its template bears its code, its readers add to what every paper prints.

    ``dated`` names the day of the case on which the paper was made: people are as old on it as they were then.
    """
    given = {"template": f"print/mediation/{code}.html", **more}
    return Document(code=code, label=label, context=context_of(*readers, dated=dated), states=states, **given)


def context_of(*readers: Reader, dated: str = "") -> Callable[[Record], Context]:
    """Return a function that gives what every paper prints and what the readers add."""

    def context(record: Record) -> Context:
        dispute = dispute_of(record)
        found = dict(paper_context(dispute, getattr(dispute, dated) if dated else None))
        with override("zh-hans"):
            for reader in readers:
                found |= reader(dispute)
        return found

    return context


def dispute_of(record: Record) -> Dispute:
    """Return the dispute anew, with its committee and village."""
    return Dispute.objects.select_related("committee", "village").get(pk=record.pk)


def rows(found: Iterable[models.Model], *names: str) -> list[dict[str, Any]]:
    """Return fields of rows as papers print them: days and moments as they are, codes in words, secrets masked."""
    return [row_of(row, *names) for row in found]


def row_of(row: models.Model, *names: str) -> dict[str, Any]:
    """Return fields of one row as papers print them."""
    values = {name: getattr(row, name) for name in names}
    return {name: value if isinstance(value, date) else shown(row, name) for name, value in values.items()}


def paper_context(record: Record, made_on: date | None = None) -> Context:
    """Return what every paper prints, ages as of the day on which it was made: where none is known, the registration."""
    dispute = dispute_of(record)
    day = made_on or dispute.registered_on
    with override("zh-hans"):
        mediators = [assigned.mediator.title for assigned in dispute.mediators.select_related("mediator")]
        found = Party.objects.filter(dispute=dispute).prefetch_related("agents", "guardians")
        shown_case = {
            "number": dispute.number,
            "name": dispute.title,
            "registered_on": dispute.registered_on,
            "accepted_on": dispute.accepted_on,
            "source_label": code_label("mediation.source", dispute.source),
            "source_is_application": dispute.source != "ex_officio",
            "type_label": code_label("mediation.type", dispute.dispute_type),
            "brief": dispute.brief,
            "claims": dispute.claims,
            "claim_list": lines_of(dispute.claims),
            "committee_name": dispute.committee.title,
            "mediators": mediators,
            "recorder": dispute.recorder,
            "place": f"{dispute.village.short_name}{dispute.place}",
            "parties": [party_context(party, day) for party in found],
            "agreement": _agreement(dispute),
        }
    return {"dispute": shown_case, "document_number": dispute.number}


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def party_context(party: Party, day: date) -> dict[str, Any]:
    """Return a party as a paper of a day prints it, with agents, and guardians where it has any."""
    separator = translate("、")
    return {
        "role_label": str(party.get_role_display()),
        "kind": party.kind,
        "name": party.name,
        "sex": str(party.get_sex_display()) if party.sex in {"1", "2"} else "",
        "ethnicity": party.ethnicity,
        "age": party.age_on(day),
        "occupation": party.occupation,
        "phone": party.phone or "",
        "address": party.address or "",
        "id_number_masked": mask_id_number(party.id_number) if party.id_number else "",
        "credit_code": party.credit_code,
        "legal_representative": party.representative,
        "representative": separator.join(agent.name for agent in party.agents.all()),
        "id_label": code_label("mediation.id_kind", party.id_kind) if party.id_kind else "",
        "guardians": [
            {"name": guardian.name, "relation": guardian.relation, "phone": guardian.phone or ""}
            for guardian in party.guardians.all()
        ],
    }


def _agreement(dispute: Dispute) -> dict[str, Any] | None:
    agreement = Agreement.objects.filter(dispute=dispute).first()
    if agreement is None:
        return None
    items = PerformanceItem.objects.filter(dispute=dispute)
    return {
        "facts": agreement.facts,
        "terms": lines_of(agreement.terms),
        "performance_way": agreement.performance_way,
        "performance_due": dispute.performance_due_on,
        "amount_text": format_yuan(dispute.agreed_amount) if dispute.agreed_amount else "",
        "amount_capitals": yuan_in_capitals(dispute.agreed_amount) if dispute.agreed_amount else "",
        "copies": agreement.copies,
        "signed_on": dispute.agreed_on,
        "effective_on": dispute.effective_on,
        "items": rows(items, "content", "debtor", "amount", "due_on", "done_on", "proof"),
    }


def has_number(record: Record) -> list[str]:
    """A paper of the dossier bears its number, which a case has from acceptance on."""
    return [] if record.number else [translate("受理编号后才能制作。")]

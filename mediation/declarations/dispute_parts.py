"""What belongs to a dispute beside its steps, as the shared pages show it."""

from __future__ import annotations

from typing import Any

from casework.lines import PartType
from casework.models import RecordRow
from casework.showing import shown
from mediation.forms import parts as forms
from mediation.models import (
    Agent,
    Escalation,
    Evidence,
    Guardian,
    Investigation,
    Invitee,
    PerformanceItem,
    PreventiveEffect,
    ReturnVisit,
    Session,
    Transfer,
    UndisputedFact,
)
from mediation.services.results import item_saved, transfer_saved, visit_saved
from mediation.services.reviews import keep_crime
from mediation.workflow.disputes import AFTER_RESULT, WORKFLOW

OPEN = WORKFLOW.open_states()
# What may still come in after the case is closed or has gone elsewhere.
LATER = OPEN | {"closed", "transferred"}
# What may still come when the dossier has been filed.
EVER = LATER | {"archived"}
ACCEPTED = OPEN - {"registered"}
# Nobody sits together before mediation has begun.
BEGUN = OPEN - {"registered", "accepted", "assigned"}
RESULT_KNOWN = frozenset(AFTER_RESULT)


def line_of(*names: str) -> Any:
    """Return a summary: the row's own title, and some of its fields as one line."""

    def summary(row: RecordRow) -> tuple[str, str]:
        return str(row), " · ".join(text for name in names if (text := shown(row, name)))

    return summary


def _part(code: str, model: type[RecordRow], form: type[Any], line: str, **more: Any) -> PartType:
    names = tuple(name for name in form.base_fields if name != "party")
    label = model._meta.verbose_name
    given = {"label": label, "labels": label, "states": OPEN, "facts": names, "summary": line_of(*line.split())}
    return PartType(code=code, model=model, form=form, **given | more)


PARTS = (
    _part("agent", Agent, forms.AgentForm, "powers phone"),
    _part("guardian", Guardian, forms.GuardianForm, "relation phone"),
    _part("invitee", Invitee, forms.InviteeForm, "capacity unit"),
    _part("session", Session, forms.SessionForm, "way result", states=BEGUN),
    _part("investigation", Investigation, forms.InvestigationForm, "at_time place", states=ACCEPTED),
    _part("evidence", Evidence, forms.EvidenceForm, "kind provider received_on"),
    _part("undisputed", UndisputedFact, forms.UndisputedFactForm, "on confirmed", states=ACCEPTED),
    _part(
        "item",
        PerformanceItem,
        forms.PerformanceItemForm,
        "debtor due_on done_on",
        states=(RESULT_KNOWN - {"failed"}) | {"transferred"},
        saved=item_saved,
    ),
    _part(
        "visit_record",
        ReturnVisit,
        forms.ReturnVisitForm,
        "visited satisfaction",
        states=RESULT_KNOWN | {"closed", "archived", "transferred"},
        saved=visit_saved,
    ),
    _part("transfer_record", Transfer, forms.TransferRowForm, "on receipt_on", states=LATER, saved=transfer_saved),
    _part("effect", PreventiveEffect, forms.EffectForm, "on persons", counts=(("effect", "on"),), states=LATER),
    _part(
        "escalation",
        Escalation,
        forms.EscalationForm,
        "on persons deaths",
        counts=(("escalated", "on"),),
        states=EVER,
        saved=keep_crime,
    ),
)

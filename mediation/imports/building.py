"""A dispute out of a row of a ledger: walked through its workflow in memory, by the dates of the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from casework.codes import code_name
from casework.imports.columns import Values
from casework.imports.replay import Replay, Writer
from mediation.imports.words import (
    FAILED,
    FROM_LEDGER,
    NO_MEDIATOR,
    OPEN_PERFORMANCES,
    REJECTED,
    SIDES,
    SUCCEEDED,
    TERMS_UNKNOWN,
)
from mediation.models import Agreement, Dispute, DisputeMediator
from mediation.services.disputes import NUMBER, PLAIN_FIELDS, case_name
from mediation.services.parties import new_party
from mediation.services.results import agreement_changes, first_due
from mediation.workflow.disputes import ACCEPT_WITHIN


def number_of(identifier: Any) -> str:
    """Return the number of a party as it is compared."""
    return str(getattr(identifier, "number", identifier or ""))


def parties_of(values: Values) -> list[dict[str, Any]]:
    """Return the parties of a row as the form of a party cleans them."""
    names = ("role", "kind", "name", "identifier", "phone", "address", "id_kind", "sex", "birth_date")
    return [{name: values.get(f"{side}_{name}") for name in names} for side, _label, _role in SIDES]


def case_key(values: Values) -> tuple[str, ...]:
    """Return what makes two rows the same case: the parties, the type, the day."""
    names = [values["first_name"], values["second_name"]]
    numbers = [number_of(values.get("first_identifier")), number_of(values.get("second_identifier"))]
    return (*names, *numbers, values["dispute_type"], (values.get("accepted_on") or values["ended_on"]).isoformat())


def registered_on(values: Values) -> date:
    """Return the day of registration: where the ledger has none, that of acceptance or rejection."""
    return values.get("registered_on") or values.get("accepted_on") or values["ended_on"]


def numbering(values: Values) -> tuple[str, int, str, str] | None:
    """Return which counter numbers the dossier; none for a case that was never accepted."""
    if values.get("accepted_on") is None:
        return None
    committee = values["committee"]
    return f"committee/{committee.pk}", values["accepted_on"].year, "dossier", NUMBER % committee.short_name


def build(values: Values, writer: Writer, *, pk: int, number: str = "", body: str = "") -> Replay:
    """Walk a dispute through its workflow in memory, by the dates of its row."""
    parties = parties_of(values)
    given = {name: values[name] for name in PLAIN_FIELDS if values.get(name) is not None}
    dispute = Dispute(registered_on=registered_on(values), **given)
    dispute.committee_kind = dispute.committee.kind
    dispute.party_count = max(values.get("party_count") or 0, len(parties))
    dispute.title = case_name(parties, dispute.dispute_type)
    replay = writer.open(dispute, pk=pk, starts=ACCEPT_WITHIN, number=number, body=body)
    for position, party in enumerate(parties, start=1):
        replay.add(new_party(dispute, position, party))
    if values["result"] == REJECTED:
        _reject(replay, values)
        return replay
    _begin(replay, values)
    steps: dict[str, Callable[[Replay, Values], None]] = {SUCCEEDED: _succeed, FAILED: _fail}
    if step := steps.get(values["result"]):
        step(replay, values)
    _close(replay, values)
    return replay


def _reject(replay: Replay, values: Values) -> None:
    note = f"{code_name('mediation.rejection', values['rejection'])}。{FROM_LEDGER}"
    replay.move("reject", values["ended_on"], changes={"concluded_on": values["ended_on"]}, note=note)


def _begin(replay: Replay, values: Values) -> None:
    on = values["accepted_on"]
    replay.move("accept", on, changes={"accepted_on": on}, numbered=True)
    mediators = values["mediators"]
    names = "、".join(mediator.title for mediator in mediators)
    # A ledger may be silent on who mediated; that somebody did follows from the result.
    replay.move("assign", on, facts={"mediators": mediators or [NO_MEDIATOR]}, note=names or NO_MEDIATOR)
    dispute: Any = replay.record
    for mediator in mediators:
        replay.add(DisputeMediator(dispute=dispute, mediator=mediator))
    notice = values.get("rights_notice_on") or on
    changes = {"rights_notice_on": notice}
    replay.move("begin", notice, changes=changes, facts=changes | {"on": notice})


def _succeed(replay: Replay, values: Values) -> None:
    on, written = values["agreed_on"], values["agreement_form"] == Dispute.AgreementForm.WRITTEN
    given = {"agreed_amount": values.get("agreed_amount"), "performance_due_on": values.get("performance_due_on")}
    changes = agreement_changes(values["agreement_form"], on, on, given)
    signed = dict.fromkeys(("parties_signed", "mediators_signed", "sealed"), True)
    limit = {"due_from": on, "due_on": first_due(given)}
    replay.move("agree_in_writing" if written else "agree_orally", on, changes=changes, facts=signed, **limit)
    dispute: Any = replay.record
    terms = values.get("terms") or TERMS_UNKNOWN
    replay.add(Agreement(dispute=dispute, facts=dispute.brief, terms=terms, copies=len(SIDES) + 1 if written else 1))
    _perform(replay, dispute, values)


def _perform(replay: Replay, dispute: Dispute, values: Values) -> None:
    performance, due = values.get("performance"), values.get("performance_due_on")
    on = values.get("performed_on") or values.get("closed_on") or values["agreed_on"]
    if performance == Dispute.Performance.REFUSED:
        replay.move("breach", on, changes={"performance": performance}, facts={"court_told": True}, note=FROM_LEDGER)
    elif performance not in {None, *OPEN_PERFORMANCES}:
        replay.move("perform", on, changes={"performance": performance}, note=FROM_LEDGER)
    elif performance and due:
        changes = {"performance_due_on": due, "performance": Dispute.Performance.NOT_DUE}
        replay.move("follow_performance", values["agreed_on"], changes=changes, due_on=due)
        dispute.performance = performance


def _fail(replay: Replay, values: Values) -> None:
    failure, on = values.get("failure") or "no_agreement", values["ended_on"]
    note = f"{code_name('mediation.failure', failure)}。{FROM_LEDGER}"
    changes = {"concluded_on": on, "failure": failure}
    # A ledger is silent on the routes; that they were told follows from the end.
    replay.move("fail", on, changes=changes, facts={"told_routes": [FROM_LEDGER]}, note=note)


def _close(replay: Replay, values: Values) -> None:
    if not values.get("closed_on"):
        return
    on = values["closed_on"]
    # What the dossier lacks in the portal lies in the old one.
    replay.move("close", on, changes={"closed_on": on}, facts={"missing": []}, note=FROM_LEDGER)
    # Its dossier was put away, or not, outside the portal: nobody is reminded of it years later.
    replay.record.due_on, replay.record.due_rule, replay.record.due_since = None, "", None
    if values.get("archived_on"):
        on = values["archived_on"]
        changes = {"archived_on": on, "dossier_pages": values["dossier_pages"]}
        replay.move("archive", on, changes=changes)

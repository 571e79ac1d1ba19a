"""An oral agreement on the spot: the whole way from registration to performance in one deed."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from mediation.models import Dispute, Mediator
from mediation.services.disputes import accept_dispute, begin_mediation, register_dispute
from mediation.services.mediators import assign_mediators
from mediation.services.results import agree_orally, perform_agreement
from offices.models import Membership, Village


@transaction.atomic
def register_oral_agreement(
    *,
    actor: Membership,
    on: date,
    applicant: str,
    respondent: str,
    dispute_type: str,
    village: Village,
    mediator: Mediator,
    brief: str,
    terms: str,
    amount: int = 0,
    at_once: bool = True,
    rights_told: bool = True,
) -> Dispute:
    """Register, accept, mediate and settle a dispute on one day (articles 23, 28 and 30). ``amount`` is in fen.

    Every step is taken by its own deed, with its guard and its entry in the history. ``rights_told`` says too that both
    are of age: who is not agrees through a guardian, whom the short form does not know.
    """
    parties = [
        {"role": role, "kind": "person", "name": name}
        for role, name in (("applicant", applicant), ("respondent", respondent))
    ]
    dispute = register_dispute(
        actor=actor,
        registered_on=on,
        parties=parties,
        dispute_type=dispute_type,
        village=village,
        occurred_on=on,
        source="ex_officio",
        committee=mediator.committee,
        amount=amount,
        brief=brief,
        recorder=mediator.title,
    )
    dispute = accept_dispute(record=dispute, actor=actor, on=on)
    dispute = assign_mediators(record=dispute, actor=actor, on=on, mediators=[mediator])
    dispute = begin_mediation(record=dispute, actor=actor, on=on, rights_notice_on=on if rights_told else None)
    dispute = agree_orally(
        record=dispute,
        actor=actor,
        on=on,
        adults_confirmed=rights_told,
        facts=brief,
        terms=terms,
        agreed_amount=amount,
    )
    if at_once:
        dispute = perform_agreement(record=dispute, actor=actor, on=on, performance="at_once")
    return dispute

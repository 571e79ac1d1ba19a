"""Correcting a dispute as its form does: everything as it stands, but for what the editor changes."""

from __future__ import annotations

from datetime import date
from typing import Any

from mediation.models import Dispute, Party
from mediation.services.disputes import PLAIN_FIELDS, amend_dispute
from offices.models import Membership
from offices.scoping import within
from offices.secrecy import UNCHANGED


def correct(dispute: Dispute, actor: Membership, *, accepted_on: date | None = None, **changes: Any) -> Dispute:
    """Save changes on the version that ``dispute`` shows; raises StaleRecord when somebody else was first."""
    with within(actor):
        fields = {name: getattr(dispute, name) for name in PLAIN_FIELDS}
        return amend_dispute(
            record=dispute,
            actor=actor,
            version=dispute.version,
            parties=[as_shown(party) for party in Party.objects.filter(dispute=dispute).order_by("position")],
            accepted_on=accepted_on or dispute.accepted_on,
            **(fields | changes),
        )


def as_shown(party: Party) -> dict[str, Any]:
    """Return a party as the form posts it when nobody touches its masked fields."""
    return {
        "role": party.role,
        "kind": party.kind,
        "name": party.name,
        "key": str(party.pk),
        "identifier": UNCHANGED,
        "phone": UNCHANGED,
        "address": UNCHANGED,
    }

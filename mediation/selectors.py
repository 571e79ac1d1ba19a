"""Reading for the line's pages."""

from __future__ import annotations

from typing import Any

from mediation.models import Dispute, MediationCommittee, Party
from offices.models import Membership, Village
from offices.secrecy import mask_address, mask_id_number, mask_phone

TOWN_KINDS = ("township", "subdistrict")


def opening_initial(membership: Membership) -> dict[str, Any]:
    """Return what a new registration starts with: the office's own committee."""
    own = MediationCommittee.objects.filter(office=membership.office, kind__in=TOWN_KINDS).first()
    return {"committee": own.pk} if own else {}


def amend_initial(dispute: Dispute) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the stored values of a dispute's form and of its parties in the order of the page, numbers masked."""
    names = ("dispute_type", "village", "occurred_on", "source", "committee", "amount", "brief", "place", "claims")
    more = ("party_count", "recorder", "is_difficult", "accepted_on")
    fields = {name: getattr(dispute, name) for name in (*names, *more)}
    parties = [
        {
            "role": party.role,
            "kind": party.kind,
            "name": party.name,
            "position": party.position,
            "identifier": party.credit_code or mask_id_number(party.id_number or ""),
            "phone": mask_phone(party.phone or ""),
            "address": mask_address(party.address or ""),
        }
        for party in dispute.parties.all()
    ]
    return fields, parties


def disputes_of_person(number: str) -> int:
    """Return in how many disputes in scope a person with this ID number is a party."""
    return Party.objects.filter(id_index=number).values("dispute_id").distinct().count()


def village_name(key: int) -> str:
    """Return a village's short name by its key, empty for one that is gone."""
    village = Village.objects.filter(pk=key).first()
    return village.short_name if village else ""


def committee_name(key: int) -> str:
    """Return a committee's name by its key, empty for one out of scope."""
    committee = MediationCommittee.objects.filter(pk=key).first()
    return committee.name if committee else ""

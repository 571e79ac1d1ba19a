"""A dispute that the search knows."""

from __future__ import annotations

from casework import search_index
from mediation.models import Dispute
from offices.models import Membership
from tests.factories import PartyFactory, dispute_in, resident_id

BRIEF = "翻修院墙抬高地面，雨水无法排出，双方争执。"
PARTIES = [
    PartyFactory.build(name="张三丰", identifier=resident_id(1)),
    PartyFactory.build(name="𠮷㐂", role="respondent"),
]


def dispute_known_to_the_search(actor: Membership) -> Dispute:
    """Return an accepted dispute that stands in the index."""
    made = dispute_in(
        "accepted", actor=actor, parties=[dict(party) for party in PARTIES], brief=BRIEF, place="供销社东墙"
    )
    search_index.drain()
    return made

"""What in a case's own data speaks of danger (article 25): proposed to whoever handles it, never set by itself."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from casework.codes import code_label, codes
from casework.openings import opened_out_of
from mediation.models import Dispute, Party
from mediation.workflow.disputes import WORKFLOW
from offices.models import Level
from offices.scoping import current_scope

FLAGS, WORDS = "mediation.risk_flag", "mediation.danger_word"
# The numbers that the names of the flags "group" and "failed_thrice" say.
MANY_PEOPLE, MANY_FAILURES = 10, 3


def proposed(dispute: Dispute) -> dict[str, str]:
    """Return the flags that an open dispute does not bear yet though its data speak for them, each with the reason."""
    if dispute.state not in WORKFLOW.open_states():
        return {}
    found = _words(dispute) | _people(dispute) | _failures(dispute)
    return {flag: reason for flag, reason in found.items() if flag not in dispute.risk_flags}


def _words(dispute: Dispute) -> dict[str, str]:
    text = f"{dispute.brief}\n{dispute.claims}"
    said: dict[str, list[str]] = {}
    for word in codes(WORDS):
        if word.name in text:
            said.setdefault(word.maps_to, []).append(f"“{word.name}”")
    return {flag: _("概况中写到%(words)s") % {"words": _("、").join(words)} for flag, words in said.items()}


def _people(dispute: Dispute) -> dict[str, str]:
    if dispute.party_count < MANY_PEOPLE:
        return {}
    return {"group": _("涉及当事人%(n)d人") % {"n": dispute.party_count}}


def _failures(dispute: Dispute) -> dict[str, str]:
    """Count in how many disputes in scope the same people failed to agree, this one included."""
    people = dispute.parties.exclude(id_index=None).values("id_index")
    failed = Party.objects.filter(id_index__in=people).exclude(dispute__failure="")
    # Unordered: the parties' own order would make each party a row of its own.
    if len(failed.order_by().values("dispute_id").distinct()[:MANY_FAILURES]) < MANY_FAILURES:
        return {}
    return {"failed_thrice": _("同一当事人已有%(n)d件以上调解不成") % {"n": MANY_FAILURES}}


def hints(dispute: Dispute) -> list[dict[str, Any]]:
    """Return the proposed flags as the page shows them; for the office each leads to the form that holds them all."""
    raises = current_scope().level == Level.OFFICE
    address = opened_out_of("alerts", dispute) if raises else ""
    return [
        {"name": code_label(FLAGS, flag), "url": address, "line": reason, "icon": "exclamation-triangle"}
        for flag, reason in proposed(dispute).items()
    ]

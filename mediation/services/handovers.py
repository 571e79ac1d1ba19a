"""Taking a dispute over from another office: it gets a committee, a village and mediators of the receiver."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from casework.models import Handover
from casework.services import amend_record
from mediation.models import Dispute, MediationCommittee, Mediator
from mediation.services.mediators import close_to, keep_mediators, titles_of
from mediation.workflow.dispute_guards import mediators_named
from offices.models import Membership, Village


@transaction.atomic
def receive_dispute(
    *,
    record: Dispute,
    actor: Membership,
    handover: Handover,
    committee: MediationCommittee,
    village: Village,
    mediators: Iterable[Mediator] = (),
    namesakes_checked: bool = False,
) -> Dispute:
    """Give a dispute that has just arrived its committee and mediators here; the history keeps the former names.

    Raises NotPossible for a mediator who is a person of the case, or bears the name of one and nobody has checked.
    """
    chosen = list(mediators)
    if chosen:
        identical, namesakes = close_to(record, chosen)
        named = {"mediators": chosen, "identical": identical, "namesakes": [] if namesakes_checked else namesakes}
        mediators_named(record, named)
    # By their keys: the former committee is out of reach and cannot be compared with. The parties chose among others.
    changes: dict[str, Any] = {"committee_id": committee.pk, "village_id": village.pk, "mediators_chosen": False}
    # The counted kind follows the committee only as long as nothing is counted.
    if record.accepted_on is None:
        changes["committee_kind"] = committee.kind
    note = received_note(handover, committee, chosen)
    dispute = amend_record(record=record, actor=actor, version=record.version, changes=changes, note=note)
    keep_mediators(dispute, chosen)
    return dispute


def received_note(handover: Handover, committee: MediationCommittee, mediators: list[Mediator]) -> str:
    """Return who mediates from now on, and who did before, as the history keeps it."""
    with translation.override("zh-hans"):
        said = [
            (_("调解组织"), committee.title, handover.fact("committee")),
            (_("调解员"), titles_of(mediators), handover.fact("mediators")),
        ]
        return _("；").join(
            f"{label}{_('：')}{now or _('未指定')}（{_('原')}{_('：')}{before}）"
            for label, now, before in said
            if before
        )

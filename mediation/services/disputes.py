"""The deeds of the line. Each is one transaction; each returns the dispute as it then stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from casework.codes import code_name
from casework.corrections import note_right_day
from casework.deadlines import due_date
from casework.models import DeadlineRule
from casework.services import amend_record, count_event, move_record, open_record
from mediation.models import Dispute, MediationCommittee, Party
from mediation.selectors import compared_note, unguarded
from mediation.services.parties import replace_parties, save_parties
from mediation.workflow.disputes import ACCEPT_WITHIN, CONCLUDE_WITHIN, EXTEND_BY, WORKFLOW
from offices.models import Membership

NUMBER = "（{year}）%s人调字第{n}号"
PLAIN_FIELDS = (
    "dispute_type",
    "subtype",
    "village",
    "occurred_on",
    "source",
    "committee",
    "amount",
    "brief",
    "place",
    "claims",
    "recorder",
    "is_difficult",
    "scale",
    "relation",
    "way",
    "office_role",
    "risk_flags",
)


@transaction.atomic
def register_dispute(
    *,
    actor: Membership,
    registered_on: date,
    parties: Sequence[dict[str, Any]],
    source_record: Any = None,
    compared: Mapping[str, str] | None = None,
    **fields: Any,
) -> Dispute:
    """Register a dispute with its parties (dicts as PartyForm cleans them, in the order of the page).

    ``source_record`` is what it was found by; the shared pages keep the link. ``compared`` is what the person said of
    possible duplicates by their public ids ("yes", "no"): the history keeps it.
    """
    dispute = Dispute(registered_on=registered_on, **{name: fields[name] for name in PLAIN_FIELDS if name in fields})
    dispute.committee_kind = dispute.committee.kind
    dispute.party_count = max(fields.get("party_count") or 0, len(parties))
    dispute.title = case_name(parties, dispute.dispute_type)
    note = compared_note(compared or {})
    open_record(record=dispute, actor=actor, workflow=WORKFLOW, starts=ACCEPT_WITHIN, note=note)
    save_parties(dispute, parties)
    return dispute


@transaction.atomic
def amend_dispute(
    *,
    record: Dispute,
    actor: Membership,
    version: int,
    parties: Sequence[dict[str, Any]],
    registered_on: date | None = None,
    accepted_on: date | None = None,
    **fields: Any,
) -> Dispute:
    """Correct a dispute. A corrected date of acceptance replaces the counted event: old and new month are recounted.

    A limit that still runs from a corrected day runs from the new one.
    """
    changes = {name: fields[name] for name in PLAIN_FIELDS if name in fields}
    changes["party_count"] = max(fields.get("party_count") or 0, len(parties))
    changes["title"] = case_name(parties, fields["dispute_type"])
    # The number and the counted kind are the committee's from acceptance on.
    if record.accepted_on is None:
        changes["committee_kind"] = fields["committee"].kind
    else:
        changes.pop("committee", None)
    changes |= _corrected_day(record, "registered_on", registered_on, ACCEPT_WITHIN)
    changes |= _corrected_day(record, "accepted_on", accepted_on, CONCLUDE_WITHIN)
    dispute = amend_record(record=record, actor=actor, version=version, changes=changes)
    replace_parties(dispute, parties)
    if "accepted_on" in changes:
        with override("zh-hans"):
            reason = _("修改登记内容")
        note_right_day(dispute, actor=actor, step="accept", on=changes["accepted_on"], reason=reason)
    if record.accepted_on is not None and accepted_on is not None:
        count_event(dispute, kind="accepted", on=accepted_on)
    return dispute


def _corrected_day(record: Dispute, name: str, day: date | None, rule: str) -> dict[str, Any]:
    """Return what a corrected day changes: the limit by ``rule`` that still runs from it runs from the new day."""
    old = getattr(record, name)
    if old is None or day is None or day == old:
        return {}
    if record.due_rule != rule or record.due_on != due_date(rule, old).on:
        return {name: day}
    try:
        return {name: day, "due_on": due_date(rule, day).on, "due_since": day}
    except DeadlineRule.DoesNotExist:
        text = _("%(day)s时还没有这项业务的期限规则，请核对日期。") % {"day": day.isoformat()}
        raise ValidationError({name: text}) from None


def case_name(parties: Iterable[dict[str, Any]], dispute_type: str) -> str:
    """Return the dossier's name: first applicant, first respondent and the type, as in 张某与李某邻里纠纷."""
    by_role = {role: next((p["name"] for p in parties if p["role"] == role), "") for role in Party.Role.values}
    first, second = by_role[Party.Role.APPLICANT], by_role[Party.Role.RESPONDENT]
    return f"{first[:40]}与{second[:40]}{code_name('mediation.type', dispute_type)}"


def step_of(record: Dispute, actor: Membership, paper: str, step: str, on: date, **more: Any) -> Dispute:
    """Take one step of a dispute."""
    return move_record(record=record, actor=actor, workflow=WORKFLOW, step=step, on=on, paper=paper, **more)


def accept_dispute(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", party_refuses: bool = False
) -> Dispute:
    """Accept a dispute: the month's limit begins, the dossier gets its number, the acceptance is counted."""
    committee = MediationCommittee.objects.get(pk=record.committee_id)
    return step_of(
        record,
        actor,
        paper,
        "accept",
        on,
        changes={"accepted_on": on},
        facts={"party_refuses": party_refuses},
        number=(f"committee/{committee.pk}", "dossier", NUMBER % committee.short_name),
    )


def reject_dispute(*, record: Dispute, actor: Membership, on: date, paper: str = "", reason: str, note: str) -> Dispute:
    """Reject a dispute with the reason and the other routes that were told."""
    text = f"{code_name('mediation.rejection', reason)}。{note}"
    return step_of(record, actor, paper, "reject", on, changes={"concluded_on": on}, note=text)


def extend_limit(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", until: date, both_consent: bool, note: str = ""
) -> Dispute:
    """Extend the time for mediation with both parties' consent in writing, before it is over and within bounds."""
    latest = due_date(EXTEND_BY, record.due_on).on if record.due_on else None
    facts = {"both_consent": both_consent, "until": until, "on": on, "latest": latest, "paper": paper}
    return step_of(record, actor, paper, "extend", on, facts=facts, due_on=until, note=note)


def begin_mediation(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", rights_notice_on: date | None
) -> Dispute:
    """Begin mediation after the parties, and the guardians of those who need one, were told their rights and duties."""
    changes = {"rights_notice_on": rights_notice_on}
    facts = {"on": on, "unguarded": unguarded(record, on)}
    return step_of(record, actor, paper, "begin", on, changes=changes, facts=changes | facts)

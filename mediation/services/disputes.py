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
from casework.identifiers import ResidentId
from casework.services import amend_record, count_event, move_record, open_record
from mediation.models import Agent, Dispute, Guardian, MediationCommittee, Party
from mediation.selectors import compared_note
from mediation.workflow.disputes import ACCEPT_WITHIN, CONCLUDE_WITHIN, EXTEND_BY, WORKFLOW
from offices.models import Membership
from offices.secrecy import UNCHANGED

SEXES = {"male": Party.Sex.MALE, "female": Party.Sex.FEMALE}
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
    accepted_on: date | None = None,
    **fields: Any,
) -> Dispute:
    """Correct a dispute. A corrected date of acceptance replaces the counted event: old and new month are recounted."""
    changes = {name: fields[name] for name in PLAIN_FIELDS if name in fields}
    changes["party_count"] = max(fields.get("party_count") or 0, len(parties))
    changes["title"] = case_name(parties, fields["dispute_type"])
    # The number and the counted kind are the committee's from acceptance on.
    if record.accepted_on is None:
        changes["committee_kind"] = fields["committee"].kind
    else:
        changes.pop("committee", None)
        changes |= _accepted_on(record, accepted_on)
    dispute = amend_record(record=record, actor=actor, version=version, changes=changes)
    replace_parties(dispute, parties)
    if "accepted_on" in changes:
        with override("zh-hans"):
            reason = _("修改登记内容")
        note_right_day(dispute, actor=actor, step="accept", on=changes["accepted_on"], reason=reason)
    if record.accepted_on is not None and accepted_on is not None:
        count_event(dispute, kind="accepted", on=accepted_on)
    return dispute


def _accepted_on(record: Dispute, accepted_on: date | None) -> dict[str, Any]:
    """Return what a corrected date of acceptance changes: the limit that still runs from it runs from the new day."""
    if record.accepted_on is None or accepted_on is None or accepted_on == record.accepted_on:
        return {}
    runs = record.due_rule == CONCLUDE_WITHIN and record.due_on == due_date(CONCLUDE_WITHIN, record.accepted_on).on
    limit = {"due_on": due_date(CONCLUDE_WITHIN, accepted_on).on} if runs else {}
    return {"accepted_on": accepted_on, **limit}


def case_name(parties: Iterable[dict[str, Any]], dispute_type: str) -> str:
    """Return the dossier's name: first applicant, first respondent and the type, as in 张某与李某邻里纠纷."""
    by_role = {role: next((p["name"] for p in parties if p["role"] == role), "") for role in Party.Role.values}
    first, second = by_role[Party.Role.APPLICANT], by_role[Party.Role.RESPONDENT]
    return f"{first[:40]}与{second[:40]}{code_name('mediation.type', dispute_type)}"


def save_parties(dispute: Dispute, parties: Sequence[dict[str, Any]]) -> None:
    """Write the parties of a dispute, numbered in the order of the page."""
    Party.objects.bulk_create(new_party(dispute, position, given) for position, given in enumerate(parties, start=1))


def new_party(dispute: Dispute, position: int, given: dict[str, Any]) -> Party:
    """Return a party of a dispute that is not saved yet."""
    return _party(dispute, position, given, None)


def _party(dispute: Dispute, position: int, given: dict[str, Any], stored: Party | None) -> Party:
    party = Party(dispute=dispute, position=position, role=given["role"], kind=given["kind"], name=given["name"])
    party.office_id, party.county_id, party.city_id = dispute.office_id, dispute.county_id, dispute.city_id
    for name in ("ethnicity", "occupation", "representative"):
        setattr(party, name, given.get(name) or "")
    for name in ("phone", "address"):
        value = given.get(name) or None
        setattr(party, name, getattr(stored, name) if stored and value == UNCHANGED else value)
    identifier = given.get("identifier")
    if isinstance(identifier, ResidentId):
        party.id_number, party.birth_date = identifier.number, identifier.birth_date
        party.sex = SEXES[identifier.sex]
    elif stored and identifier == UNCHANGED:
        for name in ("id_number", "birth_date", "sex", "credit_code"):
            setattr(party, name, getattr(stored, name))
    elif identifier:
        party.credit_code = identifier
    return party


def replace_parties(dispute: Dispute, parties: Sequence[dict[str, Any]]) -> None:
    """Bring the stored parties in line with the given ones, each the one that stood at its ``position``.

    Rows that did not change are left alone. Raises ValidationError when a party goes for whom somebody acts.
    """
    stored = {party.position: party for party in dispute.parties.all()}
    left = dict(stored)
    kept = [(given, left.pop(given.get("position") or 0, None)) for given in parties]
    _remove(left.values())
    # In the order of the page: a kept party only moves up, to a place that is free by then.
    for position, (given, old) in enumerate(kept, start=1):
        fresh = _party(dispute, position, given, old)
        if old is None:
            fresh.save(force_insert=True)
        elif _differs(old, fresh):
            fresh.pk = old.pk
            fresh.save(force_update=True)


def _remove(parties: Iterable[Party]) -> None:
    gone = {party.pk: party.name for party in parties}
    # With the party they would go too, and their papers would name nobody.
    acted_for = [model.objects.filter(party__in=gone).values_list("party", flat=True) for model in (Agent, Guardian)]
    for key in {key for keys in acted_for for key in keys}:
        text = _("“%(name)s”有委托代理人或监护人，请先删除代理人、监护人，再删除当事人。")
        raise ValidationError({"parties": text % {"name": gone[key]}})
    if gone:
        Party.objects.filter(pk__in=gone).delete()


def _differs(old: Party, fresh: Party) -> bool:
    names = (
        "position",
        "role",
        "kind",
        "name",
        "ethnicity",
        "occupation",
        "representative",
        "phone",
        "address",
        "id_number",
        "credit_code",
        "birth_date",
        "sex",
    )
    return any((getattr(old, name) or "") != (getattr(fresh, name) or "") for name in names)


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
    """Begin mediation after the parties were told their rights and duties."""
    changes = {"rights_notice_on": rights_notice_on}
    return step_of(record, actor, paper, "begin", on, changes=changes, facts=changes | {"on": on})

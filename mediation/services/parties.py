"""The parties of a dispute: written when it is registered, brought in line when it is amended, never made anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from casework.identifiers import PaperNumber
from mediation.models import Agent, Dispute, Guardian, Party
from offices.secrecy import UNCHANGED

SEXES = {"male": Party.Sex.MALE, "female": Party.Sex.FEMALE}
DEFAULT_PAPER = "resident_id"
# What is written as it is given; empty where it is not.
PLAIN = ("ethnicity", "occupation", "representative", "organisation_kind", "capacity")
STORED = (
    *("position", "role", "kind", "name", "phone", "address", "credit_code", *PLAIN),
    *("id_kind", "id_number", "birth_date", "sex", "own_labour", "is_adult"),
)


def save_parties(dispute: Dispute, parties: Sequence[dict[str, Any]]) -> None:
    """Write the parties of a dispute, numbered in the order of the page."""
    Party.objects.bulk_create(new_party(dispute, position, given) for position, given in enumerate(parties, start=1))


def new_party(dispute: Dispute, position: int, given: dict[str, Any]) -> Party:
    """Return a party of a dispute that is not saved yet, out of a dict as PartyForm cleans it."""
    return _party(dispute, position, given, None)


def _party(dispute: Dispute, position: int, given: dict[str, Any], stored: Party | None) -> Party:
    party = Party(dispute=dispute, position=position, role=given["role"], kind=given["kind"], name=given["name"])
    party.office_id, party.county_id, party.city_id = dispute.office_id, dispute.county_id, dispute.city_id
    for name in PLAIN:
        setattr(party, name, given.get(name) or "")
    for name in ("phone", "address"):
        value = given.get(name) or None
        setattr(party, name, getattr(stored, name) if stored and value == UNCHANGED else value)
    if party.kind == Party.Kind.PERSON:
        _describe(party, given, stored)
    else:
        code = given.get("identifier") or ""
        party.credit_code = stored.credit_code if stored and code == UNCHANGED else code
    return party


def _describe(party: Party, given: dict[str, Any], stored: Party | None) -> None:
    """Write a person's paper, and what it or the form says of sex, birth and capacity."""
    number = given.get("identifier")
    party.id_kind = given.get("id_kind") or (DEFAULT_PAPER if number else "")
    party.birth_date, party.sex = given.get("birth_date"), given.get("sex") or Party.Sex.UNKNOWN
    if stored and number == UNCHANGED:
        party.id_kind, party.id_number = stored.id_kind, stored.id_number
        party.birth_date = given.get("birth_date", stored.birth_date)
        party.sex = given.get("sex", stored.sex) or Party.Sex.UNKNOWN
    elif isinstance(number, PaperNumber):
        party.id_number = number.number
        party.birth_date = number.birth_date or party.birth_date
        party.sex = SEXES[number.sex] if number.sex else party.sex
    party.own_labour = bool(given.get("own_labour"))
    # What was seen and ticked at an oral agreement stays until the birth date says it.
    seen = given.get("is_adult") or (stored is not None and stored.is_adult)
    party.is_adult = bool(seen) and party.birth_date is None


def replace_parties(dispute: Dispute, parties: Sequence[dict[str, Any]]) -> None:
    """Bring the stored parties in line with the given ones, each the row that its ``key`` names.

    Rows that did not change are left alone, and those of other disputes are no rows here. Raises ValidationError when
    a party goes for whom somebody acts.
    """
    stored = {str(party.pk): party for party in dispute.parties.all()}
    left = dict(stored)
    kept = [(given, left.pop(given.get("key") or "", None)) for given in parties]
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
    return any((getattr(old, name) or "") != (getattr(fresh, name) or "") for name in STORED)


def confirm_adults(dispute: Dispute) -> None:
    """Keep that the people whose age nobody knows were seen to be of age."""
    Party.objects.filter(dispute=dispute, kind=Party.Kind.PERSON, birth_date=None, capacity="").update(is_adult=True)

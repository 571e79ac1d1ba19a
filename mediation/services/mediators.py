"""Who mediates a dispute: named once, changed where one leaves, is objected to, or is close to the case (article 19)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from mediation.models import Agent, Dispute, DisputeMediator, Guardian, Mediator, Party
from mediation.services.disputes import step_of
from offices.models import Membership


@transaction.atomic
def assign_mediators(
    *,
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str = "",
    mediators: Iterable[Mediator],
    chosen_by_parties: bool = False,
    namesakes_checked: bool = False,
) -> Dispute:
    """Name who mediates. ``namesakes_checked``: whoever bears the name of a person of the case is somebody else."""
    chosen = list(mediators)
    names = "、".join(mediator.title for mediator in chosen)
    given = (chosen, chosen_by_parties, namesakes_checked)
    return _name(record, actor, on, paper, "assign", given, names)


@transaction.atomic
def reassign_mediators(
    *,
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str = "",
    mediators: Iterable[Mediator],
    chosen_by_parties: bool = False,
    namesakes_checked: bool = False,
    note: str,
) -> Dispute:
    """Name others before mediation has begun, with the reason."""
    given = (list(mediators), chosen_by_parties, namesakes_checked)
    return _name(record, actor, on, paper, "reassign", given, _change(record, given[0], note))


@transaction.atomic
def replace_mediators(
    *,
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str = "",
    mediators: Iterable[Mediator],
    chosen_by_parties: bool = False,
    namesakes_checked: bool = False,
    note: str,
) -> Dispute:
    """Name others while mediation is under way, with the reason."""
    given = (list(mediators), chosen_by_parties, namesakes_checked)
    return _name(record, actor, on, paper, "replace", given, _change(record, given[0], note))


def _change(dispute: Dispute, chosen: Sequence[Mediator], note: str) -> str:
    before = "、".join(row.mediator.title for row in dispute.mediators.select_related("mediator"))
    return f"{before} → {'、'.join(mediator.title for mediator in chosen)}；{note}"


def _name(
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str,
    step: str,
    given: tuple[list[Mediator], bool, bool],
    note: str,
) -> Dispute:
    chosen, by_parties, checked = given
    identical, namesakes = close_to(record, chosen)
    facts: dict[str, Any] = {
        "mediators": chosen,
        "on": on,
        "absent": [mediator.title for mediator in chosen if not mediator.serves_on(on)],
        "identical": identical,
        "namesakes": [] if checked else namesakes,
    }
    changes = {"mediators_chosen": by_parties}
    dispute = step_of(record, actor, paper, step, on, changes=changes, facts=facts, note=note)
    kept = set(dispute.mediators.values_list("mediator_id", flat=True))
    dispute.mediators.exclude(mediator__in=chosen).delete()
    scope = {name: getattr(dispute, name) for name in ("office_id", "county_id", "city_id")}
    DisputeMediator.objects.bulk_create(
        DisputeMediator(dispute=dispute, mediator=mediator, **scope) for mediator in chosen if mediator.pk not in kept
    )
    return dispute


def close_to(dispute: Dispute, mediators: Iterable[Mediator]) -> tuple[list[str], list[str]]:
    """Return who of the mediators is a person of the case by the ID number, and who bears the name of one.

    Two known numbers that differ tell namesakes apart.
    """
    people: list[tuple[str, str | None]] = []
    for party in Party.objects.filter(dispute=dispute):
        is_person = party.kind == Party.Kind.PERSON
        people.append((party.name, party.id_number) if is_person else (party.representative, None))
    people += [(row.name, row.id_number) for row in Agent.objects.filter(dispute=dispute)]
    people += [(row.name, row.id_number) for row in Guardian.objects.filter(dispute=dispute)]
    identical, namesakes = [], []
    for mediator in mediators:
        own = mediator.id_number
        if own and any(own == number for _name, number in people):
            identical.append(mediator.title)
        elif any(name == mediator.title and not (own and number) for name, number in people):
            namesakes.append(mediator.title)
    return identical, namesakes

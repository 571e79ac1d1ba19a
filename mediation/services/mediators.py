"""Who mediates a dispute: named once, changed where one leaves, is objected to, or is close to the case (article 19)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from mediation.models import Agent, Dispute, DisputeMediator, Guardian, Mediator, Party
from mediation.selectors import mediators_of
from mediation.services.disputes import step_of
from offices.models import Membership


def assign_mediators(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", mediators: Iterable[Mediator], **told: bool
) -> Dispute:
    """Name who mediates. ``told`` is what ``_name`` asks about them."""
    chosen = list(mediators)
    return _name(record, actor, "assign", chosen, on=on, paper=paper, note=titles_of(chosen), **told)


def change_mediators(
    step: str,
    *,
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str = "",
    mediators: Iterable[Mediator],
    note: str,
    **told: bool,
) -> Dispute:
    """Name others, before mediation has begun or while it is under way, with the reason."""
    chosen, before = list(mediators), titles_of(mediators_of(record))
    text = f"{before} → {titles_of(chosen)}；{note}"
    return _name(record, actor, step, chosen, on=on, paper=paper, note=text, **told)


@transaction.atomic
def _name(
    record: Dispute,
    actor: Membership,
    step: str,
    chosen: list[Mediator],
    *,
    on: date,
    paper: str,
    note: str,
    chosen_by_parties: bool = False,
    namesakes_checked: bool = False,
) -> Dispute:
    """Take the step. ``namesakes_checked``: whoever bears the name of a person of the case is somebody else."""
    identical, namesakes = close_to(record, chosen)
    facts: dict[str, Any] = {
        "mediators": chosen,
        "on": on,
        "absent": [mediator.title for mediator in chosen if not mediator.serves_on(on)],
        "identical": identical,
        "namesakes": [] if namesakes_checked else namesakes,
    }
    changes = {"mediators_chosen": chosen_by_parties}
    dispute = step_of(record, actor, paper, step, on, changes=changes, facts=facts, note=note)
    keep_mediators(dispute, chosen)
    return dispute


def keep_mediators(dispute: Dispute, chosen: Sequence[Mediator]) -> None:
    """Bring the rows of who mediates a dispute in line with who was named."""
    kept = set(dispute.mediators.values_list("mediator_id", flat=True))
    dispute.mediators.exclude(mediator__in=chosen).delete()
    scope = {name: getattr(dispute, name) for name in ("office_id", "county_id", "city_id")}
    DisputeMediator.objects.bulk_create(
        DisputeMediator(dispute=dispute, mediator=mediator, **scope) for mediator in chosen if mediator.pk not in kept
    )


def titles_of(mediators: Iterable[Mediator]) -> str:
    """Return the names of mediators as the history keeps them."""
    return "、".join(mediator.title for mediator in mediators)


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

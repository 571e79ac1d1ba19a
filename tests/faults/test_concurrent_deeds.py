"""Many at once: no number twice or missing, no save over another, one record for each form that is submitted."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from casework.numbering import take_numbers
from casework.services import StaleRecord
from casework.views import entry
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.corrections import correct
from tests.crowd import crowd
from tests.factories import dispute_in
from tests.mediation.test_pages import registration

# One deed of five comes to nothing after it has taken its number.
ROLLED_BACK = 0.2
# What stands in the place of the counter in the canary: a sequence does not give back.
SEQUENCE = """
CREATE SEQUENCE careless OWNED BY casework_numbercounter.id;
CREATE OR REPLACE FUNCTION take_numbers(wanted_body text, wanted_year int, wanted_kind text, amount int) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT nextval('careless')::int $$;
"""


class RolledBack(Exception):
    """The deed that has taken a number is not done."""


def take_until(wanted: int, seed: int) -> list[int]:
    """Take numbers, each in a deed of its own, until ``wanted`` deeds are done; return their numbers."""
    chance = random.Random(seed)
    kept: list[int] = []
    while len(kept) < wanted:
        try:
            with transaction.atomic():
                number = take_numbers("body", 2026, "kind")
                if chance.random() < ROLLED_BACK:
                    raise RolledBack
        except RolledBack:
            continue
        kept.append(number)
    return kept


def numbers_of(writers: int, each: int) -> list[int]:
    """Let writers take numbers at once and return all of them in order."""
    taken = crowd([partial(take_until, each, seed) for seed in range(writers)])
    return sorted(number for numbers in taken for number in numbers or ())


@pytest.mark.fresh_database
@pytest.mark.parametrize(("writers", "each"), [(4, 10), pytest.param(8, 80, marks=pytest.mark.slow)])
def test_numbers_have_neither_gaps_nor_doubles(writers: int, each: int) -> None:
    assert numbers_of(writers, each) == list(range(1, writers * each + 1))


@pytest.mark.fresh_database
def test_with_a_sequence_they_would_have_gaps() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(SEQUENCE)
    assert numbers_of(4, 10) != list(range(1, 41))


def try_to_save(dispute: Dispute, editor: Membership, brief: str) -> str:
    """Save another brief on the version that everybody has on the screen; return it."""
    correct(dispute, editor, brief=brief)
    return brief


def edit_in_rounds(
    clerk: Membership, head: Membership, *, editors: int, rounds: int
) -> Iterator[tuple[list[str], str]]:
    """Let editors save the same version at once; yield for each round what was saved and what is stored then."""
    dispute = dispute_in("registered", actor=clerk)
    for turn in range(rounds):
        with within(clerk):
            shown = Dispute.objects.get(pk=dispute.pk)
        people = [(clerk, head)[number % 2] for number in range(editors)]
        deeds = [partial(try_to_save, shown, person, f"{turn}/{number}") for number, person in enumerate(people)]
        saved = [brief for brief in crowd(deeds, expected=StaleRecord) if brief]
        with within(clerk):
            yield saved, Dispute.objects.get(pk=dispute.pk).brief


@pytest.mark.fresh_database
@pytest.mark.parametrize(("editors", "rounds"), [(4, 5), pytest.param(8, 50, marks=pytest.mark.slow)])
def test_one_editor_in_each_round_is_saved_and_all_others_are_refused(
    clerk: Membership, head: Membership, editors: int, rounds: int
) -> None:
    turns = list(edit_in_rounds(clerk, head, editors=editors, rounds=rounds))
    assert [saved for saved, _ in turns] == [[stored] for _, stored in turns]
    assert len(turns) == rounds
    with within(clerk):
        assert Dispute.objects.get().version == rounds + 1


@pytest.mark.fresh_database
def test_without_the_version_saves_would_be_lost(
    clerk: Membership, head: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Dispute, "touched_since", lambda record, version: False)
    turns = list(edit_in_rounds(clerk, head, editors=4, rounds=2))
    assert [len(saved) for saved, _ in turns] == [4, 4]


def submit(client: Client, form: dict[str, object]) -> str:
    """Submit the form of a new dispute and return where it leads."""
    answer = client.post(reverse("disputes:open"), form)
    assert answer.status_code in {302, 303}
    return answer.headers["Location"]


def click_wildly(clerk: Membership, client_for: Callable[[Membership], Client], *, tokens: int, clicks: int) -> int:
    """Submit each form several times at once; fail when two clicks lead apart; return the number of disputes."""
    clients = [client_for(clerk) for _ in range(clicks)]
    for _ in range(tokens):
        form = registration(clerk, submit_token=str(uuid.uuid4()), occurred_on="2026-05-18")
        addresses = crowd([partial(submit, client, form) for client in clients])
        assert len(set(addresses)) == 1
    with within(clerk):
        return Dispute.objects.count()


@pytest.mark.fresh_database
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize(("tokens", "clicks"), [(3, 4), pytest.param(100, 8, marks=pytest.mark.slow)])
def test_a_form_submitted_many_times_makes_one_dispute(
    clerk: Membership, client_for: Callable[[Membership], Client], tokens: int, clicks: int
) -> None:
    assert click_wildly(clerk, client_for, tokens=tokens, clicks=clicks) == tokens


@pytest.mark.fresh_database
@pytest.mark.usefixtures("today")
def test_without_the_token_each_click_would_make_one(
    clerk: Membership, client_for: Callable[[Membership], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "use_token", lambda request: None)
    with pytest.raises(AssertionError):
        click_wildly(clerk, client_for, tokens=1, clicks=4)
    with within(clerk):
        assert Dispute.objects.count() == 4

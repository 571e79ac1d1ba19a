"""Disputes of every type walk every way that the table of the workflow has; nothing else is possible."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from casework.deadlines import due_date
from casework.models import CountedEvent, RecordEvent
from casework.workdays import add_days
from casework.workflow import NotPossible
from mediation.indicators.case_codes import TYPES
from mediation.models import Dispute
from mediation.workflow.dispute_guards import OPEN_PERFORMANCE
from mediation.workflow.disputes import VISIT_WITHIN, WORKFLOW
from offices.models import Membership
from offices.scoping import within
from tests.factories import PATHS, STEPS, dispute_in, take_step
from tests.mediation.walks import Walk, few, walks

START = date(2026, 3, 2)


class Stand(NamedTuple):
    """What the law looks at in a dispute."""

    state: str = WORKFLOW.initial
    agreement_form: str = ""
    failure: str = ""
    accepted_on: date | None = None
    performance: str = ""


KINDS = [code for code, *_names in TYPES]
# What presupposes an agreement, and what a guard must refuse without one.
OF_AN_AGREEMENT = {"perform", "follow_performance", "breach", "sue", "sue_closed", "sue_archived"}
RETURNS: dict[str, Callable[[Dispute | Stand, bool], bool]] = {
    "return_registered": lambda dispute, settled: dispute.accepted_on is None,
    "return_accepted": lambda dispute, settled: dispute.accepted_on is not None and not settled,
    "return_failed": lambda dispute, settled: bool(dispute.failure),
}
# What is due by a date that the parties have agreed, not by a rule.
AGREED_DATES = {"follow_performance": 0, "extend": 20}


def is_refused(dispute: Dispute | Stand, step: str) -> bool:
    """Tell whether the law, not the table, stands against a step."""
    settled = bool(dispute.agreement_form or dispute.failure)
    if step in OF_AN_AGREEMENT:
        return not dispute.agreement_form
    if step == "visit":
        return not settled
    if step in RETURNS:
        return not RETURNS[step](dispute, settled)
    # No walk brings the receipt of its transfer.
    return step == "close" and (dispute.state == "transferred" or dispute.performance in {"not_due", "partial"})


# What each step changes of it beside the state.
CHANGES: dict[str, dict[str, Any]] = {
    "accept": {"accepted_on": START},
    "agree_in_writing": {"agreement_form": "written", "performance": "not_due"},
    "agree_orally": {"agreement_form": "oral", "performance": "not_due"},
    "fail": {"failure": "no_agreement"},
    "perform": {"performance": "full"},
    **dict.fromkeys(("breach", "sue", "sue_closed", "sue_archived"), {"performance": "refused"}),
}


def after(stand: Stand, step: str) -> Stand | None:
    """Return what a step makes of a dispute, None where the law refuses it."""
    if is_refused(stand, step):
        return None
    return stand._replace(state=WORKFLOW.transition(step).target, **CHANGES.get(step, {}))


def lawful(path: Walk) -> int:
    """Return how many steps of a walk the law allows."""
    stand: Stand | None = Stand()
    for number, step in enumerate(path):
        stand = after(stand, step) if stand else None
        if stand is None:
            return number
    return len(path)


def taken(path: Walk) -> set[str]:
    """Return the steps that a walk takes."""
    return set(path[: lawful(path)])


WALKS = walks(WORKFLOW, Stand(), after)
FEW = few(WALKS, taken)


def check(dispute: Dispute, before: Dispute, step: str, on: date) -> None:
    """Hold a dispute that has taken a step against the table."""
    transition = WORKFLOW.transition(step)
    assert dispute.state == transition.target
    assert dispute.version == before.version + 1
    entry = RecordEvent.objects.filter(record_id=dispute.pk, kind=step).first()
    assert entry is not None
    assert (entry.from_state, entry.to_state, entry.happened_on) == (before.state, transition.target, on)
    assert entry.decider == transition.decider
    counted = CountedEvent.objects.filter(record_id=dispute.pk, on=on).values_list("kind", flat=True)
    assert set(transition.counts) <= set(counted)
    if step in AGREED_DATES:
        assert dispute.due_on is not None
    elif step == "visit" and before.performance in OPEN_PERFORMANCE:
        # What is still to be performed stays due.
        day = before.performance_due_on or due_date(VISIT_WITHIN, on).on
        assert dispute.due_on == day
    elif transition.keeps_due:
        assert dispute.due_on == before.due_on
    elif transition.starts:
        assert dispute.due_on == due_date(transition.starts, on).on
    else:
        assert dispute.due_on is None


def walk(path: Walk, kind: str, actor: Membership) -> None:
    """Walk a way as far as the law lets it, a step every second day: one step at the most is refused, the last."""
    dispute = dispute_in("registered", actor=actor, on=START, dispute_type=kind)
    for number, step in enumerate(path, start=1):
        on = START + timedelta(days=2 * number)
        if is_refused(dispute, step):
            with pytest.raises(NotPossible, match="第.+条|没有达成协议|没有调解结果|不立卷|回执|退回|移交"):
                take_step(dispute, step, actor=actor, on=on)
            assert number == len(path) == lawful(path) + 1
            return
        before, dispute = dispute, take_step(dispute, step, actor=actor, on=on)
        with within(actor):
            check(dispute, before, step, on)
    assert lawful(path) == len(path)


def test_the_walks_take_every_step_and_every_pair_of_steps() -> None:
    steps = {step.code for step in WORKFLOW.transitions}
    assert set().union(*map(taken, FEW)) == set(STEPS) == steps
    pairs = {
        (step.code, following.code) for step in WORKFLOW.transitions for following in WORKFLOW.possible(step.target)
    }
    assert {pair for path in WALKS for pair in pairwise(path)} == pairs


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("kind", KINDS)
def test_a_dispute_of_every_type_walks_ways_that_together_take_every_step(kind: str, clerk: Membership) -> None:
    # A type beyond the few takes one of all: the slow test takes them all.
    place = KINDS.index(kind)
    for path in FEW[place :: len(KINDS)] or [WALKS[place * len(WALKS) // len(KINDS)]]:
        walk(path, kind, clerk)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("place", range(len(KINDS)))
def test_every_pair_of_steps_is_taken(place: int, clerk: Membership) -> None:
    for number, path in enumerate(WALKS[place :: len(KINDS)]):
        walk(path, KINDS[(place + number) % len(KINDS)], clerk)


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("state", sorted(PATHS))
def test_what_the_table_does_not_have_is_refused_with_the_state(state: str, clerk: Membership) -> None:
    dispute = dispute_in(state, actor=clerk)
    possible = {step.code for step in WORKFLOW.possible(state)}
    for step in WORKFLOW.transitions:
        if step.code not in possible:
            with pytest.raises(NotPossible, match=str(WORKFLOW.state(state).label)):
                take_step(dispute, step.code, actor=clerk, on=date(2026, 5, 20))
    with within(clerk):
        assert Dispute.objects.get(pk=dispute.pk).version == dispute.version


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
def test_an_extension_needs_both_parties_and_a_later_day(clerk: Membership) -> None:
    dispute = dispute_in("mediating", actor=clerk)
    assert dispute.due_on is not None
    with pytest.raises(NotPossible, match="第三十三条"):
        take_step(dispute, "extend", actor=clerk, on=date(2026, 5, 20), both_consent=False)
    with pytest.raises(NotPossible, match="晚于"):
        take_step(dispute, "extend", actor=clerk, on=date(2026, 5, 20), until=dispute.due_on)
    longer = take_step(dispute, "extend", actor=clerk, on=date(2026, 5, 20), paper="延期申请书")
    assert longer.due_on == add_days(dispute.due_on, 20)
    with within(clerk):
        assert RecordEvent.objects.get(record_id=dispute.pk, kind="extend").paper == "延期申请书"

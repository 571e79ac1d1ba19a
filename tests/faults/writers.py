"""Clerks who register, move and correct disputes without a pause, several of them in each other's way."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Max

from casework.models import RecordEvent
from casework.services import StaleRecord
from casework.workflow import NotPossible
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import within
from tests.corrections import correct
from tests.factories import dispute_in, take_step

# The dispute types that are written, and the column of each.
COLUMNS = {"neighbourhood": "T9.21", "contract": "T9.23", "damages": "T9.25", "medical": "T9.34"}
TYPES = tuple(COLUMNS)
SOURCES = ("on_application", "ex_officio", "referral_court")
NEXT = {
    "registered": ("accept", "accept", "accept", "reject"),
    "accepted": ("assign", "assign", "assign", "transfer"),
    "assigned": ("begin",),
    "mediating": ("agree_in_writing", "agree_orally", "fail"),
}
# Corrections carry a dispute from one of some four months into another.
SPAN = 90
# Half of the deeds meet among so many disputes, where colleagues are at work too.
TOGETHER = 8
# A machine that has no time still lets every writer do so much.
FEWEST_DEEDS = 20
REFUSALS: dict[type[Exception], str] = {
    StaleRecord: "stale",
    NotPossible: "no longer possible",
    ValidationError: "out of order",
}


def desk_of(clerk: Membership, today: date) -> list[int]:
    """Return the disputes that an office begins with: accepted long enough ago to be moved into any month."""
    on = today - timedelta(days=SPAN)
    return [dispute_in("accepted", actor=clerk, on=on, dispute_type=TYPES[0]).pk for _ in range(TOGETHER)]


class Writer:
    """One of the clerks of an office. ``desk`` holds the office's disputes and belongs to all its writers."""

    def __init__(self, clerk: Membership, desk: list[int], seed: int, today: date) -> None:
        self.clerk, self.desk, self.today = clerk, desk, today
        self.chance = random.Random(seed)

    def work_until(self, end: float) -> Counter[str]:
        """Do one deed after the other; return how many of each kind."""
        deeds: Counter[str] = Counter()
        while time.monotonic() < end or deeds.total() < FEWEST_DEEDS:
            deeds[self.next_deed()] += 1
        return deeds

    def next_deed(self) -> str:
        """Do one deed at random and name it; a refusal by the rules is one too."""
        if self.chance.random() < 0.2:
            return self.register()
        among = self.desk[-TOGETHER:] if self.chance.random() < 0.5 else self.desk
        with within(self.clerk):
            shown = Dispute.objects.get(pk=self.chance.choice(among))
        try:
            if shown.state in NEXT and self.chance.random() < 0.5:
                return self.take(shown, self.chance.choice(NEXT[shown.state]))
            return self.correct(shown)
        except tuple(REFUSALS) as refusal:
            return REFUSALS[type(refusal)]

    def register(self) -> str:
        """Register a dispute of the last months."""
        on = self.some_day(self.today - timedelta(days=SPAN), self.today)
        dispute = dispute_in("registered", actor=self.clerk, on=on, dispute_type=self.chance.choice(TYPES))
        self.desk.append(dispute.pk)
        return "register"

    def take(self, shown: Dispute, step: str) -> str:
        """Take a step on a day that is not before the last one."""
        with within(self.clerk):
            steps = RecordEvent.objects.filter(record_type=shown.record_type(), record_id=shown.pk)
            last = steps.exclude(to_state="").aggregate(last=Max("happened_on"))["last"]
        first = max(last, shown.accepted_on or last)
        take_step(shown, step, actor=self.clerk, on=self.some_day(first, self.today))
        return step

    def correct(self, shown: Dispute) -> str:
        """Change what is counted, and once it is accepted the day of the acceptance."""
        accepted_on = shown.accepted_on and self.some_day(shown.registered_on, shown.agreed_on or self.today)
        correct(
            shown,
            self.clerk,
            accepted_on=accepted_on,
            dispute_type=self.chance.choice(TYPES),
            source=self.chance.choice(SOURCES),
            is_difficult=self.chance.random() < 0.5,
            party_count=self.chance.randrange(2, 9),
        )
        moves = accepted_on and shown.accepted_on and accepted_on.replace(day=1) != shown.accepted_on.replace(day=1)
        return "correct into another month" if moves else "correct"

    def some_day(self, first: date, last: date) -> date:
        """Return a day between two, both included."""
        return first + timedelta(days=self.chance.randint(0, (last - first).days))

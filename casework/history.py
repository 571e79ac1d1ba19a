"""Reading the steps of a record as they stand: with the day to which they were corrected, without those taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from casework.models import CORRECTED, TAKEN_BACK, Record, RecordEvent


@dataclass
class StepTaken:
    """A step that stands: its entry, its day, paper and note as they were last corrected, and the corrections."""

    event: RecordEvent
    corrections: list[RecordEvent] = field(default_factory=list)

    @property
    def newest(self) -> RecordEvent:
        """The entry that says how the step reads now."""
        return self.corrections[-1] if self.corrections else self.event

    @property
    def kind(self) -> str:
        """The code of the step."""
        return self.event.kind

    @property
    def on(self) -> date:
        """The day of the step."""
        return self.newest.happened_on


def history_of(record: Record) -> QuerySet[RecordEvent]:
    """Return the history of a record, newest first."""
    return RecordEvent.objects.filter(record_type=record.record_type(), record_id=record.pk)


def standing(events: Iterable[RecordEvent]) -> list[StepTaken]:
    """Return the steps among entries of one record that stand, oldest first."""
    steps: dict[int, StepTaken] = {}
    for event in sorted(events, key=lambda event: event.pk):
        if event.to_state:
            steps[event.pk] = StepTaken(event)
        elif event.corrects_id in steps:
            if event.kind == TAKEN_BACK:
                del steps[event.corrects_id]
            else:
                steps[event.corrects_id].corrections.append(event)
    return list(steps.values())


def steps_of(record: Record) -> list[StepTaken]:
    """Return the steps of a record that stand, oldest first, in one query."""
    return standing(history_of(record).exclude(to_state="", corrects=None).select_related("user"))


def last_step(record: Record, kind: str) -> StepTaken | None:
    """Return the last step of a kind that stands."""
    return next((step for step in reversed(steps_of(record)) if step.kind == kind), None)


def standing_steps(**conditions: Any) -> QuerySet[Any]:
    """Return the steps of many records that stand and meet conditions, each with its ``day`` as it was corrected."""
    corrections = RecordEvent.objects.filter(corrects=OuterRef("pk"), kind=CORRECTED).order_by("-id")
    steps = RecordEvent.objects.filter(~Q(to_state=""), **conditions)
    steps = steps.filter(~Exists(RecordEvent.objects.filter(corrects=OuterRef("pk"), kind=TAKEN_BACK)))
    return steps.annotate(day=Coalesce(Subquery(corrections.values("happened_on")[:1]), F("happened_on")))

"""What the services would have done, in memory: a record on its way through its workflow, with history and events.

A test compares it with casework.services field by field.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Model
from django.utils import timezone

from casework.deadlines import due_date
from casework.models import Record
from casework.workflow import Deed, Workflow, set_due, take_step
from offices.models import Membership


class Limits:
    """Due dates by rule and day, each looked up once: a ledger asks for the same days thousands of times."""

    def __init__(self) -> None:
        self.due = cache(lambda rule, start: due_date(rule, start).on)


class Replay:
    """One record that is opened and moved in memory. ``children`` are the rows that come with it."""

    def __init__(
        self,
        record: Record,
        *,
        actor: Membership,
        workflow: Workflow,
        starts: str = "",
        limits: Limits,
        number: str = "",
        body: str = "",
    ) -> None:
        self.record, self.actor, self.workflow, self.limits = record, actor, workflow, limits
        self.children: list[Model] = []
        self.events: list[dict[str, Any]] = []
        self.counted: list[tuple[str, date]] = []
        self.at: datetime = timezone.now()
        self._number, self._body = number, body
        office = actor.office
        record.office_id, record.county_id, record.city_id = office.pk, office.county_id, office.city_id  # type: ignore[assignment]
        record.created_by_id = actor.user_id
        record.created_at = record.updated_at = self.at
        record.state, record.version = workflow.initial, 1
        set_due(record, starts, record.registered_on, limits.due)
        self._add_event(kind="opened", on=record.registered_on, to_state=record.state)

    def add(self, row: Any) -> None:
        """Take a row that comes with the record."""
        record = self.record
        row.office_id, row.county_id, row.city_id = record.office_id, record.county_id, record.city_id
        self.children.append(row)

    def move(self, step: str, on: date, *, note: str = "", numbered: bool = False, **told: Any) -> None:
        """Take one step; ``told`` is the rest of its casework.workflow.Deed. NotPossible where table or guard forbids it."""
        record = self.record
        entry = take_step(record, self.workflow, Deed(step=step, on=on, **told), self.limits.due)
        if numbered:
            record.number_body, record.number = self._body, self._number
        self._add_event(note=note, **entry)
        self.counted += [(kind, on) for kind in self.workflow.transition(step).counts]

    def _add_event(self, *, on: date, **given: Any) -> None:
        blank = {"from_state": "", "to_state": "", "decider": "", "note": "", "paper": "", "details": {}}
        self.events.append({**blank, "happened_on": on, **given})


class Writer:
    """What a sheet's ``build`` is given: whose ledger it is, and what a record of it starts from."""

    def __init__(self, *, actor: Membership, workflow: Workflow, known: Any) -> None:
        self.actor, self.workflow, self.known = actor, workflow, known
        self.limits = Limits()

    def open(self, record: Record, *, pk: int, starts: str = "", number: str = "", body: str = "") -> Replay:
        """Open a record in memory under the id that it will have."""
        record.pk = pk
        return Replay(
            record,
            actor=self.actor,
            workflow=self.workflow,
            starts=starts,
            limits=self.limits,
            number=number,
            body=body,
        )

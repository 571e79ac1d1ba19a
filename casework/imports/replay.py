"""What the services would have done, in memory: a record on its way through its workflow, with history and events.

It follows casework.services step by step: a test compares both field by field.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import Model
from django.utils import timezone

from casework.deadlines import due_date
from casework.models import Record
from casework.workflow import NotPossible, Workflow
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
        self._set_due(starts, record.registered_on)
        self._add_event("opened", record.registered_on, to_state=record.state)

    def add(self, row: Any) -> None:
        """Take a row that comes with the record."""
        record = self.record
        row.office_id, row.county_id, row.city_id = record.office_id, record.county_id, record.city_id
        self.children.append(row)

    def move(
        self,
        step: str,
        on: date,
        *,
        changes: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
        note: str = "",
        numbered: bool = False,
        due_from: date | None = None,
        due_on: date | None = None,
    ) -> None:
        """Take one step as casework.services.move_record does; NotPossible where its table or guard forbids it."""
        record, transition = self.record, self.workflow.transition(step)
        if record.state not in transition.sources:
            raise NotPossible(step)
        if transition.guard:
            transition.guard(record, facts or {})
        for name, value in (changes or {}).items():
            setattr(record, name, value)
        before, record.state = record.state, transition.target
        record.version += 1
        if not transition.keeps_due:
            self._set_due(transition.starts, due_from or on)
        if due_on is not None:
            record.due_on = due_on
        if numbered:
            record.number_body, record.number = self._body, self._number
        details = {"due_on": record.due_on.isoformat() if record.due_on else None}
        decided = {"from_state": before, "to_state": record.state, "decider": transition.decider}
        self._add_event(step, on, note=note, details=details, **decided)
        self.counted += [(kind, on) for kind in transition.counts]

    def _set_due(self, rule: str, start: date) -> None:
        self.record.due_rule = rule
        self.record.due_on = self.limits.due(rule, start) if rule else None

    def _add_event(self, kind: str, on: date, **given: Any) -> None:
        blank = {"from_state": "", "to_state": "", "decider": "", "note": "", "paper": "", "details": {}}
        self.events.append({**blank, "kind": kind, "happened_on": on, **given})


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

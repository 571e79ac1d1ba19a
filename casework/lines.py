"""Declarations of business lines. A line says what is particular to it; everything else follows from here.

A declaration is validated when it is registered, so that a wrong name stops the start and not a clerk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_lazy as _

from casework.codes import CodeTable
from casework.figures import Form, Headline, Indicator, Ratio, Relation, Streak
from casework.ledgers import Ledger, LedgerColumn, problems_of
from casework.models import HANDED_IN, HANDED_OUT
from casework.record_types import (
    Column,
    Correcting,
    Document,
    Dossier,
    Handing,
    PartType,
    RecordType,
    Referral,
    Reminder,
    SearchFields,
    Step,
)
from offices.permissions import Action

# What hand-overs count, of records of every type: an indicator says of which by ``of``.
HANDED = {HANDED_OUT: _("移交其他司法所"), HANDED_IN: _("接收其他司法所移交")}


class WrongDeclaration(ValueError):
    """A line declares something that does not hold together."""


@dataclass(frozen=True, kw_only=True)
class BusinessLine:
    """One line: its name, its record types, what it counts, the tables it fills, the code tables it reads."""

    code: str
    label: Any
    record_types: Sequence[RecordType]
    indicators: Sequence[Indicator] = ()
    ratios: Sequence[Ratio] = ()
    forms: Sequence[Form] = ()
    headlines: Sequence[Headline] = ()
    code_tables: Sequence[CodeTable] = ()

    def counted_models(self) -> tuple[Any, ...]:
        """Return the models whose rows are counted: the first record type, then the others that indicators name."""
        named = {indicator.of for indicator in self.indicators}
        known = {model.record_type(): model for model in self._models()}
        first = self.record_types[0].model
        return (first, *(model for code, model in known.items() if code in named and model is not first))

    def counted_model(self, indicator: Indicator) -> Any:
        """Return the model whose rows an indicator counts; a balance counts what its first flow does."""
        flow = self.indicator(indicator.plus[0]) if indicator.kind == "balance" else indicator
        if not flow.of:
            return self.record_types[0].model
        return next(model for model in self._models() if model.record_type() == flow.of)

    def counted_type(self, indicator: Indicator) -> RecordType:
        """Return the record type to which the rows of an indicator lead back."""
        model = self.counted_model(indicator)
        name = getattr(model, "parent_field", "")
        record = model._meta.get_field(name).related_model if name else model
        return next(kind for kind in self.record_types if kind.model is record)

    def event_kinds(self) -> dict[str, Any]:
        """Return the counted events that the line makes: kind and the model that it counts, each kind of one model."""
        found: dict[str, Any] = {}
        for kind in self.record_types:
            steps = [event for transition in kind.workflow.transitions for event in transition.counts]
            made: list[tuple[str, Any]] = [(event, kind.model) for event in (*steps, *kind.counts)]
            made += [(event, part.model) for part in kind.parts for event, _field in part.counts]
            for event, model in made:
                if found.setdefault(event, model) is not model:
                    raise WrongDeclaration(f"The line {self.code} counts {event} of two kinds of rows")
        return found

    def _models(self) -> list[Any]:
        parts = [part.model for kind in self.record_types for part in kind.parts]
        return [*(kind.model for kind in self.record_types), *parts]

    def indicator(self, code: str) -> Indicator:
        """Return an indicator by its code; KeyError when the line has none of that code."""
        return {indicator.code: indicator for indicator in self.indicators}[code]

    def ratio(self, code: str) -> Ratio:
        """Return a ratio by its code; KeyError when the line has none of that code."""
        return {ratio.code: ratio for ratio in self.ratios}[code]


_lines: dict[str, BusinessLine] = {}


def register(line: BusinessLine) -> None:
    """Validate a line and make it known; a second line of the same code is an error."""
    if line.code in _lines:
        raise WrongDeclaration(f"The line {line.code} is registered twice")
    for record_type in line.record_types:
        _validate_record_type(line, record_type)
    _validate_figures(line)
    _lines[line.code] = line


def lines() -> tuple[BusinessLine, ...]:
    """Return every registered line in the order of registration."""
    return tuple(_lines.values())


def line(code: str) -> BusinessLine:
    """Return a line; KeyError when it is not installed."""
    return _lines[code]


def record_types() -> Iterable[RecordType]:
    """Return the record types of every line."""
    return (record_type for registered in _lines.values() for record_type in registered.record_types)


def record_type(code: str) -> RecordType:
    """Return a record type by its code; KeyError when it is unknown."""
    return {known.code: known for known in record_types()}[code]


def referrals_from(code: str) -> list[tuple[RecordType, Referral]]:
    """Return what can be opened out of a record of a type: the type to be opened, and how."""
    return [(kind, referral) for kind in record_types() for referral in kind.accepts if referral.source == code]


def form(code: str) -> tuple[BusinessLine, Form]:
    """Return a statistical table and the line that fills it; KeyError when it is not installed."""
    return {known.code: (owner, known) for owner in _lines.values() for known in owner.forms}[code]


def forms() -> tuple[Form, ...]:
    """Return the statistical tables of every line."""
    return tuple(known for owner in _lines.values() for known in owner.forms)


def headlines() -> tuple[tuple[BusinessLine, Headline], ...]:
    """Return the headline sentences of every line in the order of their numbers."""
    found = [(owner, told) for owner in _lines.values() for told in owner.headlines]
    return tuple(sorted(found, key=lambda pair: pair[1].number))


def _validate_record_type(line: BusinessLine, record_type: RecordType) -> None:
    if record_type.line != line.code:
        raise WrongDeclaration(f"{record_type.code} does not belong to the line {line.code}")
    transitions = {transition.code: transition for transition in record_type.workflow.transitions}
    for step in record_type.steps:
        if step.transition not in transitions:
            raise WrongDeclaration(f"{record_type.code} has a step for the unknown transition {step.transition}")
    states = {state.code for state in record_type.workflow.states}
    kept = {name for transition in transitions.values() for name in transition.dates}
    if unknown := kept - {field.name for field in record_type.model._meta.concrete_fields}:
        raise WrongDeclaration(f"{record_type.code} keeps the days of steps in unknown fields: {sorted(unknown)}")
    named = {code for document in record_type.documents for code in document.states}
    named |= {code for reminder in record_type.reminders for code in reminder.states} | record_type.amend_states
    named |= {code for part in record_type.parts for code in part.states}
    named |= record_type.handing.states if record_type.handing else frozenset()
    named |= record_type.correcting.final if record_type.correcting else frozenset()
    if dossier := record_type.dossier:
        _validate_dossier(record_type, dossier)
        named |= dossier.states
    if named - states:
        raise WrongDeclaration(f"{record_type.code} names unknown states: {sorted(named - states)}")
    if any(transition.starts for transition in transitions.values()) and not record_type.reminders:
        # The inbox asks only of types that remind: what is due would never be seen.
        raise WrongDeclaration(f"{record_type.code} has limits and reminds of none")
    if record_type.ledger:
        _validate_ledger(record_type, record_type.ledger)


def _validate_ledger(record_type: RecordType, ledger: Ledger) -> None:
    try:
        problems = problems_of(record_type.model, ledger)
    except FieldDoesNotExist as error:
        raise WrongDeclaration(f"{record_type.code}: the ledger reads an unknown field: {error}") from error
    if problems:
        raise WrongDeclaration(f"{record_type.code}: the ledger does not hold together: {'; '.join(problems)}")


def _validate_dossier(record_type: RecordType, dossier: Dossier) -> None:
    """A paper without a place in the order would be missing from every dossier, and nobody would see it."""
    known = {document.code for document in record_type.documents} | {code for code, _label in dossier.scans}
    if len(dossier.order) != len(set(dossier.order)) or set(dossier.order) != known:
        raise WrongDeclaration(f"{record_type.code}: the dossier's order and its papers differ")
    if {dossier.rest, *dossier.unlisted} - known:
        raise WrongDeclaration(f"{record_type.code}: the dossier names an unknown paper")


def _validate_figures(line: BusinessLine) -> None:
    codes = [indicator.code for indicator in line.indicators]
    if len(codes) != len(set(codes)):
        raise WrongDeclaration(f"The line {line.code} declares an indicator twice")
    known = set(codes)
    ratios = {ratio.code for ratio in line.ratios}
    for indicator in line.indicators:
        _validate_indicator(line, indicator, known)
    for table in line.forms:
        relation_codes = {code for relation in table.relations for code in (*relation.left, *relation.right)}
        wanted = {*table.indicators, *table.memo, *relation_codes}
        wanted |= {code for streak in table.streaks for code in (streak.good, streak.bad)}
        if wanted - known or {*table.ratios} - ratios or {*table.headline, *table.composition} - known - ratios:
            raise WrongDeclaration(f"The table {table.code} names an unknown indicator")
    tables = {table.code: {*table.indicators, *table.memo} for table in line.forms}
    for told in line.headlines:
        # What no sheet holds nobody has signed.
        if {*told.plus, *told.of} - tables.get(told.form, set()):
            raise WrongDeclaration(f"The headline {told.code} tells what the table {told.form} does not print")


def _record_models(line: BusinessLine) -> list[Any]:
    return [kind.model for kind in line.record_types]


def _validate_indicator(line: BusinessLine, indicator: Indicator, known: set[str]) -> None:
    if indicator.kind == "balance":
        if not indicator.plus or {*indicator.plus, *indicator.minus} - known:
            raise WrongDeclaration(f"The balance {indicator.code} names an unknown flow")
        if len({line.counted_model(line.indicator(code)) for code in (*indicator.plus, *indicator.minus)}) > 1:
            raise WrongDeclaration(f"The balance {indicator.code} names flows of two kinds of rows")
        if any(line.indicator(code).measure != "count" for code in (*indicator.plus, *indicator.minus)):
            raise WrongDeclaration(f"The balance {indicator.code} counts records, but names a flow that sums a field")
        return
    if indicator.kind == "typed":
        if not indicator.level or indicator.events:
            raise WrongDeclaration(f"The typed figure {indicator.code} names no level, or names events")
        return
    wanted = line.counted_model(indicator)
    made = line.event_kinds() | {kind: wanted for kind in HANDED if wanted in _record_models(line)}
    if not indicator.events or any(made.get(event) != wanted for event in indicator.events):
        raise WrongDeclaration(f"The indicator {indicator.code} counts {indicator.event}, which no step makes")
    try:
        for name in (*indicator.where, *(() if indicator.measure == "count" else (indicator.measure,))):
            wanted._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise WrongDeclaration(f"The indicator {indicator.code} reads an unknown field: {error}") from error


__all__ = [
    "HANDED",
    "Action",
    "BusinessLine",
    "CodeTable",
    "Column",
    "Correcting",
    "Document",
    "Dossier",
    "Form",
    "Handing",
    "Headline",
    "Indicator",
    "Ledger",
    "LedgerColumn",
    "PartType",
    "Ratio",
    "RecordType",
    "Referral",
    "Relation",
    "Reminder",
    "SearchFields",
    "Step",
    "Streak",
    "WrongDeclaration",
    "form",
    "forms",
    "line",
    "lines",
    "record_type",
    "record_types",
    "referrals_from",
    "register",
]

"""Declarations of what a line counts: indicators, ratios, check relations and the tables that print them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from casework.workdays import add_days, add_months

Measure = Literal["count"] | str


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One counted figure. Its docstring is its ``definition``: what is included, what is not, by which article.

    A *flow* counts the events of one kind whose legal date lies in the period, over their record's fields:
    ``where`` maps a field to the value (or the values) it must have; ``measure`` is "count" or an integer field
    that is summed. ``of`` names the record type or part whose rows are counted; empty is the line's first record type.
    ``also`` are further kinds of events that it counts like the first.
    A *balance* is never stored: it is the sum of ``plus`` flows less that of ``minus`` flows to date. ``opening`` is one
    that stands at the beginning of the period: what the day before it has left.
    A *typed* figure has no rows: the units of its ``level`` type it into their sheets, those above add it up.
    """

    code: str
    number: str
    name: str
    name_en: str
    unit: str
    definition: str
    article: str
    kind: Literal["flow", "balance", "typed"] = "flow"
    level: str = ""
    event: str = ""
    also: tuple[str, ...] = ()
    of: str = ""
    where: Mapping[str, str | bool | tuple[str, ...]] = field(default_factory=dict)
    measure: Measure = "count"
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    opening: bool = False
    group: str = ""
    group_en: str = ""
    is_money: bool = False
    version: int = 1
    owner: str = "省司法厅人民参与和促进法治处"
    valid_from: date = date(2022, 1, 1)
    polarity: Literal["more", "less", "neutral"] = "neutral"

    @property
    def events(self) -> tuple[str, ...]:
        """The kinds of counted events that a flow counts; none for a balance."""
        return (self.event, *self.also) if self.event else ()

    def counts(self, event_kind: str, record: Any) -> int:
        """Return what one event of one record adds: the slow reference that tests hold against the cells."""
        if self.kind != "flow" or event_kind not in self.events:
            return 0
        for name, wanted in self.where.items():
            value = getattr(record, name)
            if value not in (wanted if isinstance(wanted, tuple) else (wanted,)):
                return 0
        return 1 if self.measure == "count" else int(getattr(record, self.measure) or 0)


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A quotient of two indicators, in per cent with one decimal. Never stored: recomputed from its sums."""

    code: str
    name: str
    name_en: str
    numerator: str
    denominator: str
    definition: str
    polarity: Literal["more", "less", "neutral"] = "neutral"


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A check relation of a form: the sum of the left codes against the sum of the right ones.

    ``meaning`` says it in the words of whoever fills the form in. ``period`` is the month, or the year to date.
    """

    name: str
    left: tuple[str, ...]
    sign: Literal["=", "<=", ">="]
    right: tuple[str, ...]
    hard: bool = True
    meaning: str = ""
    period: Literal["current", "ytd"] = "current"


@dataclass(frozen=True, kw_only=True)
class Streak:
    """A mark of doubtful data, never a refusal: nothing but ``good`` in each of so many months on end, and no ``bad``.

    ``least`` is how much there must be of it in these months together: of three cases nobody wonders.
    """

    name: str
    good: str
    bad: str
    months: int
    least: int
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A sentence in which the province tells what its offices have done; ``number`` is its place among all of them.

    Its figure is the sum of ``plus``; with ``of`` it is their share of the sum of those, in per cent. ``text`` has a
    place ``{value}`` for it. It is told for the month, for the year to date and since 2022. ``form`` names the table
    that prints the indicators.
    """

    number: int
    code: str
    name: str
    name_en: str
    unit: str
    text: str
    form: str
    plus: tuple[str, ...]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Form:
    """A statistical table: its marks (Statistics Law, article 17), the indicators it prints, its check relations."""

    code: str
    form_no: str
    title: str
    title_en: str
    issuer: str
    approval_body: str
    approval_no: str
    valid_from: date
    valid_until: date
    unit_of_measure: str
    indicators: tuple[str, ...]
    memo: tuple[str, ...] = ()
    ratios: tuple[str, ...] = ()
    headline: tuple[str, ...] = ()
    composition: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    streaks: tuple[Streak, ...] = ()
    version: int = 1
    months: tuple[int, ...] = ()

    def is_due(self, month: date) -> bool:
        """Tell whether units report the form for a month: in force on some day of it, and of its ``months``, if any."""
        last = add_days(add_months(month, 1), -1)
        in_force = self.valid_from <= last and month <= self.valid_until
        return in_force and (not self.months or month.month in self.months)

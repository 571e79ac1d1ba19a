"""The registry of dated things: what each kind lists, shows and asks, and what a change of it would do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from casework.form_fields import PlainText
from casework.forms import PortalForm
from casework.models import DatedDraft
from casework.templatetags.casework import record_date
from offices.models import Membership


class UnknownThing(LookupError):
    """There is nothing of this code."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The next version of a thing, or of its value ``part``, and from when it is to hold."""

    valid_from: date
    content: Mapping[str, Any]
    part: str = ""


@dataclass(frozen=True)
class Effect:
    """A sentence that says what a change would do; ``tone`` amber where the second person should look twice."""

    text: str
    tone: str = "blue"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A thing in the index: what holds today, on which ground, since when."""

    code: str
    name: str
    holds: str
    article: str = ""
    since: date | None = None


@dataclass(frozen=True)
class Versions:
    """The versions of a thing as a table: its headings, and for each version one text under each."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default_factory=list)

    def labelled_rows(self) -> list[list[tuple[str, str]]]:
        """Return each row as pairs of heading and text: on a phone the heading stands beside its text."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]


class ChangeForm(PortalForm):
    """What every change asks: the reason. A kind's own form asks the rest."""

    reason = PlainText(label=gettext_lazy("修改理由"), max_length=300)


class Subject(ABC):
    """A kind of dated things. The database turns an adopted draft into force by ``put_in_force_<kind>(draft)``.

    ``several`` kinds have things with many values, each of which may have a draft of its own.
    """

    kind: ClassVar[str]
    label: ClassVar[Any]
    note: ClassVar[Any] = ""
    several: ClassVar[bool] = False

    @abstractmethod
    def listed(self, day: date) -> list[Listed]:
        """Return the things of the kind with what holds on a day."""

    @abstractmethod
    def title(self, code: str) -> str:
        """Return the name of a thing; UnknownThing when there is none."""

    @abstractmethod
    def versions(self, code: str) -> Versions:
        """Return the versions of a thing, newest first."""

    @abstractmethod
    def make_form(self, code: str, typed: Any = None) -> ChangeForm:
        """Return the form of the next version, filled with what holds now or with what was typed."""

    @abstractmethod
    def change(self, code: str, cleaned: Mapping[str, Any]) -> Change:
        """Return the change that a valid form asks for."""

    @abstractmethod
    def told(self, code: str, change: Change) -> str:
        """Return a change in one line."""

    @abstractmethod
    def effects(self, code: str, change: Change, today: date) -> list[Effect]:
        """Return what a change would do, by what lies in the person's reach."""

    def check(self, code: str, change: Change) -> None:
        """Raise ValidationError for a change that cannot be."""
        return

    def adopted(self, draft: DatedDraft, actor: Membership) -> None:
        """Let what follows from an adopted draft begin: caches forgotten, jobs asked for."""
        return


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Make a kind of dated things known; a second one of the same name is an error."""
    if subject.kind in _subjects:
        raise ValueError(f"The kind {subject.kind} of dated things is registered twice")
    _subjects[subject.kind] = subject


def subjects() -> tuple[Subject, ...]:
    """Return the registered kinds in the order of registration."""
    return tuple(_subjects.values())


def subject(kind: str) -> Subject:
    """Return a kind; UnknownThing when there is none of that name."""
    if kind not in _subjects:
        raise UnknownThing(kind)
    return _subjects[kind]


def change_of(draft: DatedDraft) -> Change:
    """Return what a draft would change."""
    return Change(valid_from=draft.valid_from, content=draft.content, part=draft.part)


def in_chinese(text: str) -> str:
    """Return a text that there is in Chinese only: a page in English marks it, so that it is read out as Chinese."""
    return format_html('<span lang="zh-hans">{}</span>', text) if text and get_language() == "en" else text


def term_headings() -> list[str]:
    """Return the headings of what ``term`` tells."""
    return [_("起始日期"), _("截止日期"), _("效力")]


def term(valid_from: date, valid_until: date | None, today: date) -> list[str]:
    """Return from when to when a version holds, and whether it does today."""
    if valid_from > today:
        standing = _("未生效")
    elif valid_until is not None and valid_until < today:
        standing = _("已失效")
    else:
        standing = _("现行")
    return [record_date(valid_from), record_date(valid_until) if valid_until else "—", standing]

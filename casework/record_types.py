"""What a line may declare of a record type: columns, steps, papers, parts, referrals, reminders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Q

from casework.imports.columns import ImportSheet
from casework.ledgers import Ledger
from casework.models import Record, RecordRow
from casework.workflow import Workflow
from offices.permissions import Action


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list and of an export: the field path, its heading, and how a value reads.

    ``tone`` gives the colour of a value that is shown as a tag; ``wide_only`` columns are left out of a phone's cards.
    ``reduced`` columns are the ones that city and province see: none of them may name a person or tell a story.
    ``on_demand`` columns are shown to whoever has chosen them.
    """

    name: str
    label: Any
    show: Callable[[Any], Any] = str
    tone: Callable[[Any], str] | None = None
    reduced: bool = False
    wide_only: bool = False
    on_demand: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """A transition as a page: its form, and the service that does the deed.

    ``service(record=, actor=, **cleaned_data)`` returns the record. ``primary`` puts the button first.
    """

    transition: str
    form: type[Any]
    service: Callable[..., Record]
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """An official paper: its template and context, and from which states it can be made.

    ``numbered`` papers bear the record's number and need one. ``missing(record)`` lists what must be filled first.
    """

    code: str
    label: Any
    template: str
    context: Callable[[Record], Mapping[str, Any]]
    states: frozenset[str]
    missing: Callable[[Record], list[str]] = lambda record: []


@dataclass(frozen=True, kw_only=True)
class Dossier(Document):
    """All papers and scans of a case as one paper with running page numbers.

    ``order`` names the papers as they lie in it; a scan follows the paper that it shows, and one that shows none lies
    before the paper ``rest``. ``unlisted`` are the papers that the index does not list.
    ``related(record)`` gives papers of other records that belong to the case, ``scans`` the code and label of what is
    only ever attached.
    """

    code: str = "dossier"
    template: str = "print/dossier.html"
    context: Callable[[Record], Mapping[str, Any]] = lambda record: {}
    order: tuple[str, ...]
    rest: str
    unlisted: frozenset[str] = frozenset()
    related: Callable[[Record], list[tuple[Document, Record]]] = lambda record: []
    scans: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """What the inbox says of a record in a state that is due: the task in words, and the step that does it.

    ``rule`` names the limit that it speaks of, empty for a date that the parties agreed; None speaks of any. The first
    that fits is shown.
    ``part`` is what is written down again and again until then. A term of years is no task yet: a record is shown from
    ``days_ahead`` days before its date on (0: always).
    """

    states: tuple[str, ...]
    text: Any
    step: str = ""
    action: Any = ""
    part: str = ""
    part_action: Any = ""
    days_ahead: int = 0
    rule: str | None = None


@dataclass(frozen=True, kw_only=True)
class PartType:
    """Rows of a record that are kept beside its steps: sessions, evidence, visits.

    ``summary(row)`` gives the title and one line of a row; ``facts`` names the fields that its page shows in full.
    ``counts`` lists (kind of counted event, date field): a row with that date counts, a corrected date moves the count.
    ``saved(record, row, actor)`` draws the consequences of a new or changed row, in its transaction. ``most`` limits
    their number (0: any).
    """

    code: str
    label: Any
    labels: Any
    model: type[RecordRow]
    form: type[Any]
    facts: tuple[str, ...]
    states: frozenset[str]
    summary: Callable[[Any], tuple[str, str]]
    action: Action = Action.AMEND_RECORD
    counts: tuple[tuple[str, str], ...] = ()
    saved: Callable[[Any, Any, Any], None] = lambda record, row, actor: None
    most: int = 0

    def rows(self, record: Record) -> Any:
        """Return the rows of a record, in their order."""
        return self.model._default_manager.filter(**{self.model.parent_field: record})


@dataclass(frozen=True, kw_only=True)
class Referral:
    """Opening a record out of another one: from which type, in which of its states, what is carried over.

    ``prefill(source)`` returns the initial values of the opening form and of its formset. ``step`` is the transition
    that the source then takes; ``most`` limits how many records may come out of one source (0: any).
    ``refusal(source)`` gives a reason in law against it that the state does not show, empty where there is none.
    """

    source: str
    label: Any
    states: frozenset[str]
    prefill: Callable[[Any], tuple[dict[str, Any], list[dict[str, Any]] | None]] = lambda source: ({}, None)
    step: str = ""
    most: int = 0
    refusal: Callable[[Any], str] = lambda source: ""
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Handing:
    """Handing a record over to another office: in which of its states, on which grounds (code and label).

    ``freeze(record)`` gives, by name, what the receiver reads before it accepts: no number of a person; ``labels`` are
    the labels of these names, in their order. ``form(data, handover=)`` asks the receiver what the record needs there. ``receive(record=,
    actor=, handover=, **cleaned_data)`` saves that once the record has arrived, in the same transaction. ``effects`` are
    sentences that tell the receiver what else becomes of it.
    """

    states: frozenset[str]
    grounds: Sequence[tuple[str, Any]]
    labels: Mapping[str, Any]
    freeze: Callable[[Any], Mapping[str, Any]]
    form: type[Any]
    receive: Callable[..., Record]
    effects: Sequence[Any] = ()


@dataclass(frozen=True, kw_only=True)
class Correcting:
    """How what was entered wrongly is put right: the day of a step corrected, the last step taken back.

    ``follow(record, step, on)`` is told the record as it stands, the step (casework.history.StepTaken) and its right
    day; it refuses with a ValidationError what the law or the papers do not allow, changes the rows that came with the
    step, and returns further fields of the record that follow. In a state of ``final`` no step is taken back any more.
    """

    follow: Callable[[Any, Any, Any], Mapping[str, Any]] = lambda record, step, on: {}
    final: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SearchFields:
    """By what a record is found, as field paths from its model; its number is always one of them.

    ``names`` are found by part and by pinyin, ``words`` by any two characters that follow each other. A table that a
    path leads into must mark its changes (casework.protection.searched). Nothing encrypted may be named.
    ``by_identifier(number)`` returns a query of the ids of the records in scope that a person with this ID number
    belongs to.
    """

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    by_identifier: Callable[[str], Any] | None = None


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """A kind of record: its model and, as far as it has them, workflow, pages, parts, papers and reminders.

    ``accepts`` says out of which records one may be opened; ``only_referred`` types are opened in no other way, by
    whoever may do ``open_action``. A type
    without a ``group`` has no entry in the menu: its records are reached from others. ``on_home`` puts its figures on
    the first page. ``offered(record)`` names the papers that make sense for a record (all, when not given).
    ``imports`` is the ledger out of which records may come in, ``ledger`` the one that is printed of the list,
    ``handing`` how a record goes to another office, ``correcting`` how its steps are corrected and taken back.
    ``counts`` names, in words, the counted events that its services make beside the steps, ``event_labels`` the entries
    of the history that they write. ``rule_labels`` says from what a dated rule runs that no step starts. ``panels``
    stand beside a record's facts (title, template of a row, ``rows(record)``); one without rows is left out.
    ``in_villages(ids)`` is the condition under which a record goes along when these villages leave its office for another
    one: whatever it names must be there as well. Without it none does.
    ``shortcuts`` are further pages (label, address name, icon, action) among the quick actions of the first page.
    """

    model: type[Record]
    slug: str
    label: Any
    labels: Any
    icon: str
    workflow: Workflow
    columns: Sequence[Column]
    filterset: type[Any]
    facts: Callable[[Any], list[tuple[Any, Any, bool]]]
    open_form: type[Any]
    open_service: Callable[..., Record]
    open_label: Any
    amend_form: type[Any]
    amend_initial: Callable[[Any], tuple[dict[str, Any], list[dict[str, Any]] | None]]
    amend_service: Callable[..., Record]
    amend_states: frozenset[str]
    steps: Sequence[Step] = ()
    documents: Sequence[Document] = ()
    dossier: Dossier | None = None
    offered: Callable[[Any], frozenset[str]] | None = None
    reminders: Sequence[Reminder] = ()
    milestones: Sequence[tuple[Any, frozenset[str]]] = ()
    panels: Sequence[tuple[Any, str, Callable[[Any], Any]]] = ()
    meta: Callable[[Any], list[tuple[Any, Any]]] = lambda record: []
    log_values: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    open_initial: Callable[[Any], dict[str, Any]] = lambda membership: {}
    parts: Sequence[PartType] = ()
    accepts: Sequence[Referral] = ()
    only_referred: bool = False
    open_action: Action = Action.OPEN_RECORD
    handing: Handing | None = None
    correcting: Correcting | None = None
    search: SearchFields | None = None
    group: Literal["work", "registers", ""] = "work"
    open_hint: Any = ""
    on_home: bool = False
    imports: ImportSheet | None = None
    ledger: Ledger | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    event_labels: Mapping[str, Any] = field(default_factory=dict)
    rule_labels: Mapping[str, Any] = field(default_factory=dict)
    in_villages: Callable[[Sequence[int]], Q] | None = None
    shortcuts: Sequence[tuple[Any, str, str, Action]] = ()

    @property
    def code(self) -> str:
        """The type's name in history, files and events."""
        return self.model.record_type()

    @property
    def line(self) -> str:
        """The code of the line, which is its app label."""
        return self.model._meta.app_label

    def reminder(self, state: str, rule: str) -> Reminder | None:
        """Return what is said of a record that is due in a state by a rule; None where nothing is."""
        fitting = (one for one in self.reminders if state in one.states and one.rule in {None, rule})
        return next(fitting, None)

    def step(self, transition: str) -> Step:
        """Return the page of a transition; KeyError when the line declares none."""
        return {step.transition: step for step in self.steps}[transition]

    def part(self, code: str) -> PartType:
        """Return a kind of part by its code; KeyError when the line declares none."""
        return {part.code: part for part in self.parts}[code]

    def referral(self, source: str) -> Referral:
        """Return how a record is opened out of one of the type ``source``; KeyError when it cannot be."""
        return {referral.source: referral for referral in self.accepts}[source]

    def document(self, code: str) -> Document:
        """Return a paper by its code, the dossier included; KeyError when the line declares none."""
        return {document.code: document for document in self.all_documents}[code]

    @property
    def scan_labels(self) -> dict[str, Any]:
        """What a scan of a record may show: codes of papers and their labels."""
        # Nothing follows the last paper: it says how many pages there are.
        frame = {*self.dossier.unlisted, self.dossier.order[-1]} if self.dossier else set()
        labels = {document.code: document.label for document in self.documents if document.code not in frame}
        return labels | dict(self.dossier.scans if self.dossier else ())

    @property
    def all_documents(self) -> list[Document]:
        """The dossier, where the type has one, and the papers."""
        return [*([self.dossier] if self.dossier else []), *self.documents]

    def documents_of(self, record: Record) -> list[Document]:
        """Return the papers that make sense for a record, the dossier first."""
        if self.offered is None:
            return self.all_documents
        codes = self.offered(record)
        return [document for document in self.all_documents if document.code in codes]

"""What a list is asked: the rows in scope that meet its conditions, the conditions in words, and how a job keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from casework.lines import RecordType
from casework.query_form import TEXT
from casework.search import id_number, kept_text, matching
from casework.workflow import VOID
from offices.models import Membership
from offices.secrecy import mask_id_number


class TextGone(Exception):
    """What was searched for is kept for half an hour only; the message says so."""

    def __str__(self) -> str:
        return _("搜索内容保存半小时，请重新输入。")


@dataclass(frozen=True)
class Asked:
    """The rows of a list and its conditions in words, as its chips show them."""

    rows: QuerySet[Any]
    words: tuple[str, ...]


def not_void(record_type: RecordType, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Leave void records out of rows, where there can be any."""
    return rows.exclude(state=VOID) if record_type.workflow.voids else rows


def filtered(
    record_type: RecordType, actor: Membership, query: Mapping[str, str], text: str, *, with_void: bool = False
) -> tuple[Any, QuerySet[Any]]:
    """Return the filter set of a query and the rows that it leaves. A wrong value filters nothing.

    ``text`` is what the query's token stands for; a token that has run out shows nothing rather than everything.
    Void records are found by a text, by their state, or ``with_void``.
    """
    rows = record_type.model.objects.all()
    if query.get(TEXT):
        rows = matching(record_type, rows, text, actor) if text else rows.none()
    elif not with_void and query.get("state") != VOID:
        rows = not_void(record_type, rows)
    filters = record_type.filterset(query, queryset=rows)
    return filters, filters.qs


def in_words(form: Any, query: Mapping[str, str], text: str) -> Iterator[tuple[str, str]]:
    """Yield each condition that holds: the name in the address, and "label: value" as people read it."""
    if text:
        yield TEXT, f"{_('搜索')}{_('：')}{text}"
    form.is_valid()
    for name, field in form.fields.items():
        value = query.get(name)
        # A wrong value is not among the cleaned ones, and no reason to be silent about the others.
        if value and form.cleaned_data.get(name) not in (None, ""):
            # The widget's: a field of yes and no has none of its own.
            shown = dict(getattr(field.widget, "choices", [])).get(value, value)
            yield name, f"{field.label}{_('：')}{shown}"


def kept_conditions(record_type: RecordType, query: Mapping[str, str]) -> dict[str, str]:
    """Return what a job keeps of a list's address: codes, dates, and the token of a text, which is the asker's alone."""
    allowed = {*record_type.filterset.base_filters, TEXT}
    return {name: value for name, value in query.items() if name in allowed and value}


def asked_by(record_type: RecordType, actor: Membership, kept: Mapping[str, str], *, with_void: bool = False) -> Asked:
    """Return what a job's conditions ask, under the scope in force. Raises TextGone.

    The words are written to files that others read: an ID number that was searched for is masked in them.
    """
    query = QueryDict(mutable=True)
    query.update(kept)
    text = kept_text(actor, kept[TEXT]) if TEXT in kept else ""
    if TEXT in kept and not text:
        raise TextGone
    filters, rows = filtered(record_type, actor, query, text, with_void=with_void)
    told = mask_id_number(number) if (number := id_number(text)) else text
    return Asked(rows=rows, words=tuple(words for _name, words in in_words(filters.form, query, told)))

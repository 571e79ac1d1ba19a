"""How a list opens: the three views that every list has, saved ones, and the columns that a person has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.filters import CLOSED, DUE, MONTH, OPEN, SOON
from casework.lines import Column, RecordType
from casework.models import ListSetting, SavedView
from casework.query_form import VIEW
from offices.models import Membership
from offices.permissions import Action, may

# The key of the list without conditions: a person whose list opens with a view gets to all rows by it.
EVERYTHING = "all"
MOST_VIEWS = 20


@dataclass(frozen=True)
class View:
    """A query of a list under a name. ``owner_id`` is None for the views that every list has."""

    key: str
    label: Any
    query: str
    columns: tuple[str, ...] = ()
    owner_id: int | None = None
    is_shared: bool = False


SYSTEM_VIEWS = (
    View("open", gettext_lazy("在办"), f"state={OPEN}"),
    View("due", gettext_lazy("7 天内到期"), f"{DUE}={SOON}"),
    View("closed", gettext_lazy("本月办结"), f"{CLOSED}={MONTH}"),
)


@dataclass(frozen=True)
class ListChoice:
    """What a person has chosen for a list: its views, the key of the one that opens it, the columns' names."""

    views: tuple[View, ...]
    default: str
    columns: tuple[str, ...]

    def view(self, key: str) -> View | None:
        """Return a view by its key; None when the person has none of that key."""
        return next((view for view in self.views if view.key == key), None)


def choice_of(record_type: RecordType, actor: Membership) -> ListChoice:
    """Return a person's choice for a list: two queries."""
    setting = ListSetting.objects.filter(user_id=actor.user_id, record_type=record_type.code).first()
    saved = SavedView.objects.filter(record_type=record_type.code, unit_id=actor.office_id)
    mine = saved.filter(Q(user_id=actor.user_id) | Q(is_shared=True))[:MOST_VIEWS]
    own = tuple(View(v.public_id, v.name, v.query, tuple(v.columns), v.user_id, v.is_shared) for v in mine)
    return ListChoice(
        views=SYSTEM_VIEWS + own,
        default=setting.default_view if setting else "",
        columns=tuple(setting.columns) if setting else (),
    )


def columns_allowed(record_type: RecordType, actor: Membership) -> list[Column]:
    """Return the columns among which a person may choose: city and province the reduced ones only."""
    full = may(actor, Action.LIST_RECORDS, record_type.line)
    return [column for column in record_type.columns if full or column.reduced]


def columns_for(record_type: RecordType, actor: Membership, names: Sequence[str]) -> list[Column]:
    """Return the columns of a list in the chosen order, as declared when none is chosen.

    The first declared one always stays: it bears the link.
    """
    allowed = {column.name: column for column in columns_allowed(record_type, actor)}
    if not names:
        return [column for column in allowed.values() if not column.on_demand]
    first = next(iter(allowed))
    wanted = [name for name in dict.fromkeys(names) if name in allowed]
    return [allowed[name] for name in ([] if first in wanted else [first]) + wanted]


def view_shown(record_type: RecordType, choice: ListChoice, query: QueryDict) -> View | None:
    """Return the view that an address names, as long as its conditions are still that view's."""
    found = choice.view(query.get(VIEW, ""))
    return found if found and same_query(record_type, QueryDict(found.query), query) else None


def columns_shown(record_type: RecordType, actor: Membership, choice: ListChoice, query: QueryDict) -> list[Column]:
    """Return the columns of a list's address: those of its view, else the person's, else the declared ones."""
    view = view_shown(record_type, choice, query)
    return columns_for(record_type, actor, (view.columns if view else ()) or choice.columns)


def choose_columns(*, record_type: RecordType, actor: Membership, names: Iterable[str]) -> None:
    """Keep which columns a person sees, in which order; none is as declared."""
    known = {column.name for column in record_type.columns}
    chosen = [name for name in dict.fromkeys(names) if name in known]
    _keep(record_type, actor, columns=chosen)


def open_with(*, record_type: RecordType, actor: Membership, key: str) -> None:
    """Keep the key of the view that opens a list; empty for none."""
    _keep(record_type, actor, default_view=key[:10])


def _keep(record_type: RecordType, actor: Membership, **values: Any) -> None:
    ListSetting.objects.update_or_create(user_id=actor.user_id, record_type=record_type.code, defaults=values)


@transaction.atomic
def save_view(
    *, record_type: RecordType, actor: Membership, name: str, query: QueryDict, columns: Sequence[str], is_shared: bool
) -> SavedView:
    """Save the conditions of a list under a name. Raises ValidationError for a name that is empty or taken."""
    if SavedView.objects.filter(user_id=actor.user_id, record_type=record_type.code).count() >= MOST_VIEWS:
        raise ValidationError(_("最多保存 20 个视图，请先删除不用的。"))
    view = SavedView(
        user_id=actor.user_id,
        unit=actor.office,
        record_type=record_type.code,
        name=name.strip(),
        query=conditions(record_type, query).urlencode(),
        columns=list(columns),
        is_shared=is_shared,
    )
    view.full_clean()
    view.save(force_insert=True)
    return view


def remove_view(*, record_type: RecordType, actor: Membership, key: str) -> bool:
    """Remove a view of one's own and tell whether there was one. Views that every list has are never removed."""
    mine = SavedView.objects.filter(user_id=actor.user_id, record_type=record_type.code, public_id=key)
    ListSetting.objects.filter(user_id=actor.user_id, record_type=record_type.code, default_view=key).update(
        default_view=""
    )
    return bool(mine.delete()[0])


def conditions(record_type: RecordType, query: QueryDict) -> QueryDict:
    """Return the conditions of an address that a list knows: codes and dates, no place and no text."""
    kept = QueryDict(mutable=True)
    for name in record_type.filterset.base_filters:
        if value := query.get(name, ""):
            kept[name] = value[:60]
    return kept


def same_query(record_type: RecordType, one: QueryDict, other: QueryDict) -> bool:
    """Tell whether two addresses ask a list for the same."""
    return conditions(record_type, one).dict() == conditions(record_type, other).dict()

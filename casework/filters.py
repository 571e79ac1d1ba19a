"""The filters that every list has."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from casework.codes import code_choices
from casework.workflow import Workflow, choices

OPEN = "open"


class RecordFilter(django_filters.FilterSet):
    """State, registration dates, number. A line names its workflow and adds its own; ``more`` is shown on demand."""

    workflow: Workflow
    more: tuple[str, ...] = ("number",)
    open_label: Any = _("在办")

    state = django_filters.ChoiceFilter(label=_("状态"), choices=[], method="in_state", empty_label=_("全部"))
    since = django_filters.DateFilter(
        label=_("登记日期自"),
        field_name="registered_on",
        lookup_expr="gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = django_filters.DateFilter(
        label=_("登记日期至"),
        field_name="registered_on",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    number = django_filters.CharFilter(label=_("编号"), lookup_expr="exact")

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by one state, or by all in which business is open."""
        return rows.filter(state__in=self.workflow.open_states()) if value == OPEN else rows.filter(state=value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["state"].extra["choices"] = [(OPEN, self.open_label), *choices(self.workflow.states)]


class CodeFilter(django_filters.ChoiceFilter):
    """One value of a code table."""

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        super().__init__(choices=lambda: code_choices(table), empty_label=_("全部"), **kwargs)


class YesNoFilter(django_filters.BooleanFilter):
    """Yes, no, or both."""

    def __init__(self, **kwargs: Any) -> None:
        answers = [("", _("全部")), ("true", _("是")), ("false", _("否"))]
        super().__init__(widget=forms.Select(choices=answers), **kwargs)

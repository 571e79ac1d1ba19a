"""The filters that every list has."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

OPEN = "open"


class RecordFilter(django_filters.FilterSet):
    """State, registration dates, number. A line adds its own; ``more`` names those shown on demand."""

    open_states: frozenset[str] = frozenset()
    more: tuple[str, ...] = ()

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
        return rows.filter(state__in=self.open_states) if value == OPEN else rows.filter(state=value)

"""The filters that every list has."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.codes import all_codes
from casework.history import standing_steps
from casework.workflow import Workflow, choices

OPEN = "open"
DUE, SOON, LATE = "due", "soon", "late"
CLOSED, MONTH, LAST_MONTH = "closed", "month", "last_month"
SOON_DAYS = 7
# Every list has them, below what is asked more often.
OF_TIME = (DUE, CLOSED)


class RecordFilter(django_filters.FilterSet):
    """State, registration dates, number, what is due or was closed. A line names its workflow and adds its own.

    ``more`` is shown on demand.
    """

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
    due = django_filters.ChoiceFilter(
        label=_("办理期限"),
        choices=[(SOON, _("7 天内到期")), (LATE, _("已逾期"))],
        method="in_time",
        empty_label=_("全部"),
    )
    closed = django_filters.ChoiceFilter(
        label=_("办结时间"),
        choices=[(MONTH, _("本月")), (LAST_MONTH, _("上月"))],
        method="closed_in",
        empty_label=_("全部"),
    )

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by one state, or by all in which business is open."""
        return rows.filter(state__in=self.workflow.open_states()) if value == OPEN else rows.filter(state=value)

    def in_time(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter open business by its due date: within seven days, or past."""
        today = timezone.localdate()
        rows = rows.filter(state__in=self.workflow.open_states())
        if value == LATE:
            return rows.filter(due_on__lt=today)
        return rows.filter(due_on__gte=today, due_on__lte=today + timedelta(days=SOON_DAYS))

    def closed_in(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by the month in which business reached a state that is not open, and still is in one."""
        first = timezone.localdate().replace(day=1)
        start = first if value == MONTH else (first - timedelta(days=1)).replace(day=1)
        closing = [state.code for state in self.workflow.states if not state.is_open]
        steps = standing_steps(
            record_type=rows.model.record_type(), record_id=OuterRef("pk"), to_state__in=closing
        ).filter(day__gte=start)
        if value != MONTH:
            steps = steps.filter(day__lt=first)
        # A step saves the record: what was not saved since then needs no look into its history.
        return rows.filter(state__in=closing, updated_at__gte=_midnight(start)).filter(Exists(steps))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["state"].extra["choices"] = [(OPEN, self.open_label), *choices(self.workflow.all_states)]
        self.more = (*self.more, *OF_TIME)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class CodeFilter(django_filters.ChoiceFilter):
    """One value of a code table, retired ones included: records keep them."""

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        choices = lambda: [(value.code, value.label) for value in all_codes(table)]  # noqa: E731 - read for each page
        super().__init__(choices=choices, empty_label=_("全部"), **kwargs)


class YesNoFilter(django_filters.BooleanFilter):
    """Yes, no, or both."""

    def __init__(self, **kwargs: Any) -> None:
        answers = [("", _("全部")), ("true", _("是")), ("false", _("否"))]
        super().__init__(widget=forms.Select(choices=answers), **kwargs)

"""What the list of disputes can be searched by. Nothing here is personal: it may stand in an address."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from casework.codes import code_choices
from casework.filters import RecordFilter
from casework.workflow import choices
from mediation.models import Dispute
from mediation.workflow import WORKFLOW


def state_choices() -> list[tuple[str, Any]]:
    """Return "all open" first, then every state."""
    return [("open", _("在办")), *choices(WORKFLOW.states)]


class DisputeFilter(RecordFilter):
    """State, type, source, dates, number."""

    open_states = WORKFLOW.open_states()
    dispute_type = django_filters.ChoiceFilter(
        label=_("纠纷类型"), choices=lambda: code_choices("mediation.type"), empty_label=_("全部")
    )
    source = django_filters.ChoiceFilter(
        label=_("案件来源"), choices=lambda: code_choices("mediation.source"), empty_label=_("全部")
    )
    is_difficult = django_filters.BooleanFilter(
        label=_("疑难复杂"), widget=forms.Select(choices=[("", _("全部")), ("true", _("是")), ("false", _("否"))])
    )
    more = ("source", "is_difficult", "number")

    class Meta:
        model = Dispute
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["state"].extra["choices"] = state_choices()

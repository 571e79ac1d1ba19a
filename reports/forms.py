"""The form of the report centre."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, long_text
from casework.forms import PortalForm
from casework.lines import Form
from reports import words
from reports.periods import month_code, parse_month


class IssueForm(PortalForm):
    """Which form, which month, and why again. Cleans the month into its first day."""

    form = forms.ChoiceField(label=_("统计表"))
    month = forms.ChoiceField(label=_("月份"))
    reason = PlainText(
        label=_("更正原因"),
        required=False,
        max_length=400,
        widget=long_text(3),
        help_text=_("该月份已经签发过的，请写明为什么再次签发；原因会印在新版报表中，旧版仍可下载。"),
    )

    def __init__(self, *args: Any, tables: list[Form], months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [(table.code, f"{table.form_no} {words.name_of(table)}") for table in tables]  # type: ignore[attr-defined]
        self.fields["month"].choices = [(month_code(month), words.month_name(month)) for month in months]  # type: ignore[attr-defined]

    def clean_month(self) -> date | None:
        """Return the month as its first day."""
        return parse_month(self.cleaned_data["month"])

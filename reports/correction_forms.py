"""Forms of a correction: which cells and why, and what is said to a step. Each says in ``about`` what it does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, long_text
from casework.forms import PortalForm


class FileCorrectionForm(PortalForm):
    """The cells that become what the ledger has now, why, and what shows it."""

    about = _("修正后的数字取自台账，不另行填写：请先把台账改对，再选择要修正的指标。申请提出后不能修改。")
    cells = forms.MultipleChoiceField(label=_("要修正的指标"), widget=forms.CheckboxSelectMultiple)
    reason = PlainText(label=_("修正原因"), max_length=300, widget=long_text(3))
    evidence = PlainText(
        label=_("依据材料"),
        max_length=300,
        widget=long_text(2),
        help_text=_("写明材料名称和文号、案件编号，原件留存本单位备查。"),
    )

    def __init__(self, *args: Any, cells: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, initial={"cells": [code for code, _text in cells]}, **kwargs)
        self.fields["cells"].choices = cells  # type: ignore[attr-defined]


class CorrectionStepForm(PortalForm):
    """What is said to a step; a refusal needs its reason."""

    note = PlainText(label=_("意见"), max_length=300, required=False, widget=long_text(3))

    def __init__(self, *args: Any, refuses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refuses = refuses

    def clean_note(self) -> str:
        """Return the note; a refusal without one is sent back."""
        text = str(self.cleaned_data["note"]).strip()
        if self.refuses and not text:
            raise ValidationError(_("不同意的，请写明理由。"))
        return text

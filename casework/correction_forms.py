"""Forms of corrections: the right day of a step, why something is taken back or void, what a second person decides."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, PortalDateField, long_text
from casework.forms import PortalForm
from casework.history import StepTaken
from casework.lines import RecordType
from casework.models import Record
from casework.workflow import VOID

REASON = 300


class CorrectStepForm(PortalForm):
    """The day, paper and note of a step as they should read, and why."""

    on = PortalDateField(label=_("日期"))
    paper = PlainText(label=_("依据文书"), max_length=100, required=False)
    note = PlainText(label=_("说明"), required=False, widget=long_text(3))
    reason = PlainText(label=_("更正原因"), max_length=REASON, widget=long_text(2))

    def __init__(self, *args: Any, step: StepTaken, **kwargs: Any) -> None:
        newest = step.newest
        given = {"on": newest.happened_on, "paper": newest.paper, "note": newest.note}
        super().__init__(*args, initial=given, **kwargs)


class TakeBackForm(PortalForm):
    """Why the last step is to be taken back."""

    reason = PlainText(label=_("撤回理由"), max_length=REASON, widget=long_text(3))


class VoidForm(PortalForm):
    """Why a record is to be voided, and which one stays where one business was entered twice."""

    reason = PlainText(label=_("作废理由"), max_length=REASON, widget=long_text(3))
    same_as = PlainText(
        label=_("重复登记的，保留哪一件"),
        max_length=80,
        required=False,
        help_text=_("填写保留的那一件的编号，或者它网址中的十位代码；不是重复登记的不填。"),
    )

    def __init__(self, *args: Any, record_type: RecordType, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record_type = record_type

    def clean_same_as(self) -> str:
        """Return the public id of the record that stays, looked up under the scope."""
        text = str(self.cleaned_data["same_as"]).strip()
        if not text:
            return ""
        others = self.record_type.model._default_manager.exclude(pk=self.record.pk).exclude(state=VOID)
        found: list[Record] = list(others.filter(number=text)[:2]) or list(others.filter(public_id=text.upper())[:1])
        if len(found) != 1:
            raise ValidationError(_("没有找到这件业务，请核对编号；它须是本单位的另一件、且未作废。"))
        return str(found[0].public_id)


class VoidFileForm(PortalForm):
    """Why a file is void."""

    reason = PlainText(label=_("作废原因"), max_length=REASON, widget=long_text(2))


class ReissueForm(PortalForm):
    """Why a paper is made again."""

    reason = PlainText(label=_("重新制作原因"), max_length=REASON, widget=long_text(2))


class DecideForm(PortalForm):
    """What the second person says of a request; a refusal needs its reason."""

    reason = PlainText(label=_("审批意见"), max_length=REASON, required=False, widget=long_text(2))

    def __init__(self, *args: Any, refuses: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refuses = refuses

    def clean_reason(self) -> str:
        """Return the reason; a refusal without one is sent back."""
        text = str(self.cleaned_data["reason"]).strip()
        if self.refuses and not text:
            raise ValidationError(_("不同意的，请写明理由。"))
        return text

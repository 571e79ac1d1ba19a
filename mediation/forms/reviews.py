"""Forms of the review of a crime."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, fields_of, long_text
from casework.forms import PortalForm, StepForm
from mediation.models import CriminalReview
from mediation.selectors import known_before_crime

YES, NO = "yes", "no"


class Answer(forms.TypedChoiceField):
    """Yes or no, none of them by default."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("请选择")), (YES, _("是")), (NO, _("否"))]
        super().__init__(choices=choices, coerce=lambda answer: answer == YES, empty_value=None, **kwargs)


@fields_of(CriminalReview, "event")
class ReviewForm(PortalForm):
    """What happened."""


class AccountForm(StepForm):
    """What the office knew and did."""

    account = PlainText(
        label=_("司法所情况说明"),
        max_length=2000,
        widget=long_text(6),
        help_text=_("案发前的排查、调解、预警和稳控情况；结论由县司法局作出。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].initial = self.record.account if self.record else ""


class ConcludeForm(StepForm):
    """The county's conclusion; what the portal itself knows is filled in."""

    was_screened = Answer(label=_("案发前曾排查发现"))
    was_mediated = Answer(label=_("案发前曾调解"))
    was_alerted = Answer(label=_("案发前曾预警上报"))
    responsible = PlainText(label=_("责任单位和责任人"), max_length=100)
    findings = PlainText(label=_("存在问题"), max_length=2000, widget=long_text(5))
    measures = PlainText(label=_("整改措施"), max_length=2000, widget=long_text(5))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, known in (known_before_crime(self.record.dispute) if self.record else {}).items():
            self.fields[name].initial = YES if known else NO

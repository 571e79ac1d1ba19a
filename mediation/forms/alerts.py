"""Forms of alerts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import CodesChoice, PlainText, PortalDateTimeField, fields_of, long_text
from casework.forms import PortalForm, StepForm
from mediation.models import RiskAlert


@fields_of(RiskAlert, "level triggers situation measure responsible raised_at follow_up_days")
class AlertForm(PortalForm):
    """What is seen, and what has been done at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["raised_at"].initial = timezone.localtime
        self.fields["follow_up_days"].initial = 1


class ReportForm(StepForm):
    """Who was told."""

    reported_at = PortalDateTimeField(
        label=_("上报时间"),
        required=False,
        initial=timezone.localtime,
        help_text=_("先打电话后登记的，填打电话的时间。"),
    )
    reported_to = CodesChoice(label=_("上报对象"), table="mediation.report_body", required=False)
    note = PlainText(label=_("上报内容"), max_length=500, required=False, widget=long_text(3))


class AcknowledgeForm(StepForm):
    """The county's answer."""

    note = PlainText(label=_("县局意见"), max_length=500, widget=long_text(3))


class CloseAlertForm(StepForm):
    """The end of the danger."""

    outcome = PlainText(label=_("处置结果"), max_length=300, widget=long_text(3))

"""Forms of alerts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import CodeChoice, CodesChoice, PlainText, PortalDateTimeField, fields_of, long_text
from casework.forms import PortalForm, StepForm
from mediation.models import AlertReport, RiskAlert

LONGEST_INTERVAL = 90


class Interval(forms.IntegerField):
    """Every how many days the office looks after an alert."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("跟踪间隔（天）"), min_value=1, max_value=LONGEST_INTERVAL, **kwargs)


@fields_of(RiskAlert, "level triggers situation measure responsible raised_at follow_up_days")
class AlertForm(PortalForm):
    """What is seen, and what has been done at once."""

    follow_up_days = Interval()

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


@fields_of(AlertReport, "reported_to reported_at content")
class FurtherReportForm(PortalForm):
    """Who else was told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reported_at"].initial = timezone.localtime


class TrackForm(StepForm):
    """What was done, and how soon to look again."""

    note = PlainText(label=_("处置情况"), max_length=500, widget=long_text(3))
    follow_up_days = Interval(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["follow_up_days"].initial = self.record.follow_up_days if self.record else None


class LevelForm(TrackForm):
    """Another level from a moment on; the step's day is that of the moment."""

    level = CodeChoice(label=_("调整后的等级"), table="mediation.alert_level")
    relevelled_at = PortalDateTimeField(label=_("等级调整时间"), help_text=_("新的时限从这一时间起算。"))
    note = PlainText(label=_("调整理由"), max_length=400, widget=long_text(3))
    field_order = ("level", "relevelled_at", "note", "follow_up_days", "paper")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("on")
        self.fields["relevelled_at"].initial = timezone.localtime


class VoidForm(StepForm):
    """Why an alert should not have been raised."""

    note = PlainText(label=_("作废原因"), max_length=300, widget=long_text(3))


class CloseAlertForm(StepForm):
    """The end of the danger."""

    outcome = PlainText(label=_("处置结果"), max_length=300, widget=long_text(3))

"""Forms of judicial confirmation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, fields_of, long_text
from casework.forms import PortalForm, StepForm
from mediation.models import JudicialConfirmation


@fields_of(JudicialConfirmation, "court court_ground matters")
class ConfirmationForm(PortalForm):
    """Which court, by which ground, and what the agreement touches."""


class ApplyForm(StepForm):
    """The joint application."""

    jointly = forms.BooleanField(label=_("由双方当事人共同申请"), required=False)


class AdmitForm(StepForm):
    """The court's acceptance."""

    court_number = PlainText(label=_("法院案号"), max_length=60)


class RulingForm(StepForm):
    """The court's ruling."""

    note = PlainText(label=_("裁定内容"), max_length=500, widget=long_text(3))


class WithdrawForm(StepForm):
    """Withdrawal."""

    note = PlainText(label=_("撤回原因"), max_length=300, widget=long_text(2))

"""Forms of who mediates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, long_text
from casework.forms import StepForm
from mediation.models import Mediator
from mediation.services.mediators import close_to


def name_and_committee(mediator: Mediator) -> str:
    """Return a mediator's name, the committee's short name and, of somebody who has left, the last day of office."""
    shown = {"name": mediator.title, "unit": mediator.committee.short_name}
    if mediator.appointed_until is None:
        return gettext("%(name)s（%(unit)s）") % shown
    return gettext("%(name)s（%(unit)s，任至 %(day)s）") % {**shown, "day": mediator.appointed_until.isoformat()}


class MediatorsChoice(forms.ModelMultipleChoiceField):
    """The mediators of a committee, each who has left with the day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Mediator.objects.none(), widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Show the name, and until when somebody served who serves no more."""
        if obj.appointed_until is None:
            return str(obj.title)
        return gettext("%(name)s（任至 %(day)s）") % {"name": obj.title, "day": obj.appointed_until.isoformat()}


class AssignForm(StepForm):
    """Who mediates: any who may have served on the day that is being entered (the step tells whether they did)."""

    mediators = MediatorsChoice(label=_("调解员"))
    chosen_by_parties = forms.BooleanField(label=_("由当事人选定"), required=False)
    namesakes_checked = forms.BooleanField(label=_("已核实与同名的当事人等不是同一人"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        served = Q(appointed_until=None) | Q(appointed_until__gte=self.record.accepted_on)
        found = Mediator.objects.filter(served, committee=self.record.committee_id)
        self.fields["mediators"].queryset = found  # type: ignore[attr-defined]
        people, today = list(found), timezone.localdate()
        serving = [mediator for mediator in people if mediator.serves_on(today)]
        if len(serving) == 1:
            self.fields["mediators"].initial = serving
        if not close_to(self.record, people)[1]:
            del self.fields["namesakes_checked"]


class ReassignForm(AssignForm):
    """Who mediates from now on, and why."""

    note = PlainText(label=_("更换原因"), max_length=200, widget=long_text(2))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mediators"].initial = [row.mediator_id for row in self.record.mediators.all()]
        self.fields["chosen_by_parties"].initial = self.record.mediators_chosen

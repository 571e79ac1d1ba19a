"""What a receiving office says of a dispute: where it lies there, and who mediates it from now on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.forms import ReceiveForm
from mediation.forms.disputes import VillageChoice, own_villages
from mediation.forms.mediators import name_and_committee
from mediation.models import MediationCommittee, Mediator

# Where mediators have been named already: the receiver names its own.
NAMED = frozenset({"assigned", "mediating"})


class ServingChoice(forms.ModelMultipleChoiceField):
    """Who mediates now, committee by committee."""

    def label_from_instance(self, obj: Any) -> str:
        """Show the name with the committee."""
        return name_and_committee(obj)


class ReceiveDisputeForm(ReceiveForm):
    """Committee, village and mediators of the receiving office: those of the giver stay with it."""

    committee = forms.ModelChoiceField(
        label=_("调解组织"), queryset=MediationCommittee.objects.none(), empty_label=_("请选择")
    )
    village = VillageChoice(label=_("发生地"), help_text=_("在本所辖区内的，选择所在村居；不在的，选择最近的村居。"))
    mediators = ServingChoice(label=_("调解员"), queryset=Mediator.objects.none(), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        committees = MediationCommittee.objects.filter(state="running")
        self.fields["committee"].queryset = committees  # type: ignore[attr-defined]
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]
        if self.handover.record_state in NAMED:
            serving = Mediator.objects.filter(state="serving").select_related("committee")
            by_committee = serving.order_by("committee__title", "title", "pk")
            self.fields["mediators"].queryset = by_committee  # type: ignore[attr-defined]
        else:
            del self.fields["mediators"]

    def clean(self) -> dict[str, Any]:
        """The mediators belong to the committee."""
        cleaned = super().clean() or {}
        committee = cleaned.get("committee")
        if committee and any(mediator.committee_id != committee.pk for mediator in cleaned.get("mediators") or ()):
            self.add_error("mediators", _("所选调解员不属于这个调解组织。"))
        return cleaned

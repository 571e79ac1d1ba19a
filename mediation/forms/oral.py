"""The short form: an oral agreement reached on the spot, as a mediator fills it in on a telephone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import CodeChoice, PlainText, PortalDateField, YuanField, long_text
from casework.forms import PortalForm
from casework.identifiers import IdentifierError, check_person_name
from mediation.forms.disputes import VillageChoice, own_villages
from mediation.forms.mediators import name_and_committee
from mediation.models import Mediator

# How long after an agreement its mediator is still offered.
ENTERED_WITHIN = timedelta(days=366)


class MediatorChoice(forms.ModelChoiceField):
    """Who mediates, with the committee, and until when somebody served who serves no more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Mediator.objects.none(), empty_label=_("请选择"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Show the name with the committee."""
        return name_and_committee(obj)


class OralForm(PortalForm):
    """Two people, what they quarrelled about, what they agreed: everything else follows."""

    applicant = PlainText(label=_("一方姓名"), max_length=50)
    respondent = PlainText(label=_("另一方姓名"), max_length=50)
    dispute_type = CodeChoice(label=_("纠纷类型"), table="mediation.type")
    village = VillageChoice(label=_("村居"))
    mediator = MediatorChoice(label=_("调解员"))
    on = PortalDateField(label=_("达成协议日期"))
    brief = PlainText(label=_("纠纷情况"), max_length=500, widget=long_text(2))
    terms = PlainText(label=_("协议内容"), max_length=500, widget=long_text(2))
    amount = YuanField(label=_("涉及金额（元）"), required=False)
    at_once = forms.BooleanField(label=_("当场履行完毕"), required=False, initial=True)
    # Never ticked beforehand: it is the clerk's statement of what articles 23 and 24 ask. The step says the articles.
    rights_told = forms.BooleanField(label=_("已告知双方权利义务"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]
        # What was settled before somebody left may be entered after it: the step asks who served on the day itself.
        lately = Q(appointed_until=None) | Q(appointed_until__gte=timezone.localdate() - ENTERED_WITHIN)
        found = Mediator.objects.filter(lately).select_related("committee")
        self.fields["mediator"].queryset = found  # type: ignore[attr-defined]

    def clean_applicant(self) -> str:
        """Return the first name as people write it."""
        return self._name("applicant")

    def clean_respondent(self) -> str:
        """Return the second name as people write it."""
        return self._name("respondent")

    def _name(self, field: str) -> str:
        try:
            return check_person_name(self.cleaned_data[field])
        except IdentifierError as error:
            raise forms.ValidationError(str(error)) from error

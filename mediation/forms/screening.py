"""Forms of screening: a round with its villages, and what it found."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.form_fields import PlainText, PortalDateField, fields_of, long_text
from casework.forms import PortalForm, StepForm, kept, say_what_is_missing
from mediation.forms.disputes import VillageChoice, own_villages
from mediation.models import ScreeningFinding, ScreeningRound, VillageVisit


class VisitRowForm(forms.Form):
    """A village in a round, as one line of the opening form."""

    village = VillageChoice(label=_("村居"))
    on = PortalDateField(label=_("走访日期"), initial=timezone.localdate)
    households = forms.IntegerField(label=_("走访户数"), min_value=0, max_value=100_000)
    persons = forms.IntegerField(label=_("走访人数"), min_value=0, max_value=1_000_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]
        say_what_is_missing(self)

    def clean_persons(self) -> int:
        """Nobody counted is nobody."""
        return self.cleaned_data["persons"] or 0


class BaseVisitFormSet(BaseFormSet):
    """Each village once."""

    def clean(self) -> None:
        """Compare the villages once each line is right."""
        if any(form.errors for form in self.forms if not getattr(form, "cleaned_data", {}).get("DELETE")):
            return
        villages = [form.cleaned_data["village"] for form in kept(self)]
        if len(villages) != len(set(villages)):
            raise ValidationError(_("同一个村居填写了两次。"), code="twice")


VisitFormSet = forms.formset_factory(
    VisitRowForm, formset=BaseVisitFormSet, extra=0, max_num=300, absolute_max=320, can_delete=True, validate_max=True
)


@fields_of(ScreeningRound, "kind started_on organiser theme")
class RoundFields(PortalForm):
    """A round of screening."""


class RoundForm(RoundFields):
    """A new round with its villages."""

    formset_class = VisitFormSet
    formset_name = "visits"
    formset_section = "visits"
    formset_legend = pgettext_lazy("one", "村居")
    formset_add_label = _("添加村居")
    section_list = (
        ("round", _("排查"), ("kind", "started_on", "organiser", "theme")),
        ("visits", _("走访村居（可以以后补填）"), ()),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["started_on"].initial = timezone.localdate

    def is_valid(self) -> bool:
        """Drop the mark of removal that the formset leaves in each line."""
        valid = super().is_valid() and self._visits_in_round()
        for visit in self.cleaned_data.get("visits", ()) if valid else ():
            visit.pop("DELETE", None)
        return valid

    def _visits_in_round(self) -> bool:
        """Show a visit before the round beside its line."""
        early = (
            [item for item in kept(self.formset) if item.cleaned_data["on"] < self.cleaned_data["started_on"]]
            if self.formset
            else []
        )
        for item in early:
            item.add_error("on", _("走访日期不能早于排查开始日期。"))
        return not early


class FinishForm(StepForm):
    """The end of a round."""

    note = PlainText(label=_("排查小结"), max_length=500, required=False, widget=long_text(3))


@fields_of(VillageVisit, "village on households persons key_persons visitors note")
class VisitForm(PortalForm):
    """A village in a round."""

    village = VillageChoice(label=_("村居"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]
        for name in ("persons", "key_persons"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Nobody counted is nobody."""
        cleaned = super().clean() or {}
        return cleaned | {name: cleaned.get(name) or 0 for name in ("persons", "key_persons")}


@fields_of(ScreeningFinding, "village place found_on people dispute_type brief level")
class FindingForm(PortalForm):
    """A dispute that a round found."""

    village = VillageChoice(label=_("村居"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]
        self.fields["found_on"].initial = timezone.localdate


class SettleForm(StepForm):
    """Settled on the spot."""

    note = PlainText(label=_("化解情况"), max_length=500, widget=long_text(3))


class WatchForm(StepForm):
    """Kept under watch."""

    note = PlainText(label=_("稳控措施"), max_length=500, widget=long_text(3))

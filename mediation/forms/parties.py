"""The parties of a dispute as its form asks for them: rows that keep their identity while they are amended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import EARLIEST_BIRTH, CodeChoice, PlainText, PortalDateField, keep_retired
from casework.forms import kept, say_what_is_missing
from casework.identifiers import (
    NO_NUMBER,
    IdentifierError,
    PaperNumber,
    check_person_name,
    parse_credit_code,
    parse_paper_number,
    parse_phone,
)
from mediation.models import Party
from mediation.services.parties import DEFAULT_PAPER, SEXES
from mediation.workflow.minors import OWN_LABOUR_FROM, age_on
from offices.secrecy import UNCHANGED

# Fields of a stored party that a page shows masked.
MASKED = ("identifier", "phone", "address")
# What is asked of persons alone and of organisations alone: the script shows what the kind asks for.
OF_PERSONS = ("id_kind", "sex", "birth_date", "capacity", "own_labour", "ethnicity", "occupation")
OF_ORGANISATIONS = ("organisation_kind", "representative")


class PartyForm(forms.Form):
    """One party. Sex and birth date come from the number where it says them, and are asked where it does not."""

    key = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    role = forms.ChoiceField(label=_("身份"), choices=Party.Role.choices)
    kind = forms.ChoiceField(label=_("类别"), choices=Party.Kind.choices, initial=Party.Kind.PERSON)
    name = PlainText(
        label=_("姓名或名称"),
        max_length=100,
        widget=forms.TextInput(attrs={"data-similar-url": reverse_lazy("similar_disputes")}),
    )
    single_name = forms.BooleanField(label=_("姓名确为一个字"), required=False)
    id_kind = CodeChoice(label=_("证件类型"), table="mediation.id_kind", required=False, initial=DEFAULT_PAPER)
    identifier = PlainText(
        label=_("证件号码"),
        max_length=40,
        required=False,
        help_text=_("自然人填所选证件的号码，单位填统一社会信用代码；没有可不填。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-check-url": reverse_lazy("check_identifier")}),
    )
    sex = forms.ChoiceField(
        label=_("性别"),
        required=False,
        choices=[("", _("请选择")), *Party.Sex.choices[1:3]],
        help_text=_("可由号码带出。"),
    )
    birth_date = PortalDateField(
        label=_("出生日期"),
        required=False,
        earliest=EARLIEST_BIRTH,
        help_text=_("可由号码带出；达成书面协议前须填写。"),
    )
    phone = PlainText(label=_("联系电话"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    address = PlainText(label=_("单位或住址"), max_length=120, required=False)
    ethnicity = PlainText(label=_("民族"), max_length=20, required=False)
    occupation = PlainText(label=_("职业或职务"), max_length=40, required=False)
    capacity = forms.ChoiceField(
        label=_("民事行为能力"), required=False, choices=[("", _("按年龄确定")), *Party.Capacity.choices]
    )
    own_labour = forms.BooleanField(
        label=_("十六周岁以上，以自己的劳动收入为主要生活来源"),
        required=False,
        help_text=_("视为完全民事行为能力人（民法典第十八条）。"),
    )
    organisation_kind = CodeChoice(label=_("单位类型"), table="mediation.organisation_kind", required=False)
    representative = PlainText(
        label=_("法定代表人"), max_length=50, required=False, help_text=_("或者负责人、经营者。")
    )

    def __init__(self, *args: Any, stored: dict[str, dict[str, Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the page shows of each stored party, by its key; the place in the list may have changed meanwhile.
        self.stored = stored or {}
        for kind, names in ((Party.Kind.PERSON, OF_PERSONS), (Party.Kind.ORGANISATION, OF_ORGANISATIONS)):
            for name in names:
                self.fields[name].widget.attrs["data-for"] = kind.value
        say_what_is_missing(self)
        keep_retired(self)
        # Asked of whoever has typed such a name, and of nobody else.
        if not (self.is_bound and len(str(self["name"].value() or "").strip()) == 1):
            del self.fields["single_name"]

    def clean(self) -> dict[str, Any]:
        """Check name, paper and telephone by the kind of party; what the other kind is asked is left out."""
        cleaned = super().clean() or {}
        self.shown = self.stored.get(cleaned.get("key") or "", {})
        self._clean_one("phone", parse_phone)
        self._clean_one("address", str)
        if cleaned.get("kind") == Party.Kind.ORGANISATION:
            self._leave_out(OF_PERSONS)
            self._clean_one("identifier", parse_credit_code)
            return cleaned
        self._leave_out(OF_ORGANISATIONS)
        confirmed = bool(cleaned.get("single_name")) or cleaned.get("name") == self.shown.get("name")
        self._clean_one("name", lambda text: check_person_name(text, single_confirmed=confirmed))
        self._clean_paper()
        return cleaned

    def _leave_out(self, names: Iterable[str]) -> None:
        for name in names:
            self.errors.pop(name, None)
            self.cleaned_data[name] = None

    def _clean_one(self, name: str, check: Callable[[str], Any]) -> None:
        text = self.cleaned_data.get(name)
        if not text:
            return
        if name in MASKED and text == self.shown.get(name):
            self.cleaned_data[name] = UNCHANGED
            return
        try:
            self.cleaned_data[name] = check(text)
        except IdentifierError as error:
            self.add_error(name, str(error))

    def _clean_paper(self) -> None:
        """Read the number by its paper, and hold what was typed of its holder against it."""
        cleaned, today = self.cleaned_data, timezone.localdate()
        kind = cleaned.get("id_kind") or DEFAULT_PAPER
        self._clean_one("identifier", lambda text: parse_paper_number(kind, text, today))
        number = cleaned.get("identifier")
        if number == UNCHANGED and kind != (self.shown.get("id_kind") or DEFAULT_PAPER):
            self.add_error("identifier", _("证件类型改了，请重新填写号码。"))
        # Whoever shows no paper has none; that there is none yet is worth knowing.
        cleaned["id_kind"] = kind if number or kind == NO_NUMBER else ""
        said = number if isinstance(number, PaperNumber) else self.shown.get("stated") if number else None
        if isinstance(said, PaperNumber):
            self._agree("birth_date", said.birth_date, _("与证件号码中的出生日期（%(said)s）不符，请核对。"))
            self._agree("sex", SEXES.get(said.sex or ""), _("与证件号码中的性别（%(said)s）不符，请核对。"))
        self._clean_own_labour(cleaned.get("birth_date"), today)

    def _agree(self, name: str, said: Any, message: Any) -> None:
        if not said or name in self.errors:
            return
        typed = self.cleaned_data.get(name)
        if typed and typed != said:
            words = said.isoformat() if isinstance(said, date) else said.label
            self.add_error(name, message % {"said": words})
        self.cleaned_data[name] = said

    def _clean_own_labour(self, born: date | None, today: date) -> None:
        if not self.cleaned_data.get("own_labour") or "birth_date" in self.errors:
            return
        age = age_on(born, today)
        if age is None:
            self.add_error("birth_date", _("请填写出生日期，才能判断是否年满十六周岁。"))
        elif age < OWN_LABOUR_FROM:
            self.add_error("own_labour", _("未满十六周岁的不适用（民法典第十八条）。"))


class BasePartyFormSet(BaseFormSet):
    """At least two parties, and no person twice."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Give each form what the page shows of all stored parties: it finds its own by the key."""
        shown = {str(party["key"]): party for party in self.initial or () if party.get("key")}
        return {**super().get_form_kwargs(index), "stored": shown}

    def clean(self) -> None:
        """Check the set as a whole once each party is right."""
        if any(form.errors for form in self.forms if not getattr(form, "cleaned_data", {}).get("DELETE")):
            return
        parties = [form.cleaned_data for form in kept(self)]
        if len(parties) < 2:
            raise ValidationError(_("当事人至少两方，请再填写一位。"), code="too_few")
        roles = {party["role"] for party in parties}
        if Party.Role.RESPONDENT not in roles or Party.Role.APPLICANT not in roles:
            raise ValidationError(_("申请人和被申请人都要有。"), code="one_side")
        numbers = [getattr(p["identifier"], "number", p["identifier"]) for p in parties if p.get("identifier")]
        numbers = [number for number in numbers if number != UNCHANGED]
        if len(numbers) != len(set(numbers)):
            raise ValidationError(_("同一证件号码填写了两次。"), code="twice")


PartyFormSet = forms.formset_factory(
    PartyForm, formset=BasePartyFormSet, extra=0, max_num=50, absolute_max=60, can_delete=True, validate_max=True
)
TWO_PARTIES = [{"role": Party.Role.APPLICANT}, {"role": Party.Role.RESPONDENT}]

"""Forms of the shared pages: sections, a formset inside a form, the date of a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.forms.utils import ErrorDict, ErrorList
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from casework.form_fields import PlainText, PortalDateField, SecretText, keep_retired


def kept(formset: BaseFormSet) -> list[Any]:
    """Return the forms of a bound formset that count: given ones, and added ones that hold something."""
    given = formset.initial_form_count()
    return [
        item
        for number, item in enumerate(formset.forms)
        if (number < given or item.has_changed()) and not item.cleaned_data.get("DELETE")
    ]


def say_what_is_missing(form: forms.Form) -> None:
    """Let each required field name itself: in the summary above the form "this field" means nothing."""
    for field in form.fields.values():
        if field.required and field.label:
            text = _("请选择%(what)s") if isinstance(field, forms.ChoiceField) else _("请填写%(what)s")
            field.error_messages["required"] = text % {"what": field.label}


class PortalForm(forms.Form):
    """A form in sections. ``sections`` lists (id, title, field names); fields in none of them come last.

    ``formset_class`` is one formset that lives inside the form: valid together, cleaned into
    ``cleaned_data[formset_name]`` as a list of dicts in the order of the page.
    """

    section_list: tuple[tuple[str, Any, tuple[str, ...]], ...] = ()
    formset_class: type[BaseFormSet] | None = None
    formset_name = ""
    formset_section = ""
    formset_legend: Any = ""
    # The formset as a section of its own may be empty; "再加一位" suits people only.
    formset_add_label: Any = ""

    def __init__(
        self,
        *args: Any,
        formset_initial: list[dict[str, Any]] | None = None,
        source: Any = None,
        record: Any = None,
        **kwargs: Any,
    ) -> None:
        # ``source`` is the record that a new one is opened out of, ``record`` the one that is worked on.
        self.source, self.record = source, record
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        say_what_is_missing(self)
        keep_retired(self)
        for name, field in self.fields.items():
            if isinstance(field, SecretText):
                field.masked = str(self.initial.get(name) or "")
        self.formset: BaseFormSet | None = None
        if self.formset_class is not None:
            self.formset = self.formset_class(
                self.data if self.is_bound else None,
                prefix=self.formset_name,
                initial=formset_initial,
                form_kwargs={"label_suffix": ""},
            )

    def ask_registered_on(self) -> None:
        """Ask for the day of registration: what happened last week is entered with its own days."""
        text = _("一般是今天；补录以前的业务，请填当时的日期。")
        self.fields["registered_on"] = PortalDateField(
            label=_("登记日期"), initial=timezone.localdate, required=False, help_text=text
        )

    def is_valid(self) -> bool:
        """Validate the form and its formset, always both: every message is shown at once."""
        own = super().is_valid()
        theirs = self.formset is None or self.formset.is_valid()
        if own and theirs and self.formset is not None:
            self.cleaned_data[self.formset_name] = [item.cleaned_data for item in kept(self.formset)]
        return own and theirs

    def sections(self) -> list[dict[str, Any]]:
        """Return the sections for the page, each with its bound fields and the number of its errors."""
        listed = {name for _id, _title, names in self.section_list for name in names}
        rest = tuple(name for name in self.fields if name not in listed and not self.fields[name].widget.is_hidden)
        groups = [*self.section_list]
        if rest:
            groups.append(("details", self.section_list and _("其他") or _("填写内容"), rest))
        return [self._section(*group) for group in groups]

    def _section(self, ident: str, title: Any, names: Iterable[str]) -> dict[str, Any]:
        fields = [self[name] for name in names if name in self.fields]
        formset = self.formset if ident == self.formset_section else None
        errors = sum(bool(field.errors) for field in fields)
        if formset is not None and self.is_bound:
            errors += sum(len(item.errors) for item in formset.forms)
            errors += len(formset.non_form_errors())
        section = {"id": f"section-{ident}", "title": title, "fields": fields, "formset": formset}
        if self.is_bound and errors:
            text = ngettext("%(n)d 处错误", "%(n)d 处错误", errors) % {"n": errors}
            section |= {"state_text": text, "state_tone": "red"}
        return section | {"legend": self.formset_legend, "add_label": self.formset_add_label}

    def error_list(self) -> list[dict[str, Any]]:
        """Return every message with the id of its field, for the summary above the form."""
        if not self.is_bound:
            return []
        found = [{"id": "", "message": message} for message in self.non_field_errors()]
        found += [{"id": field.auto_id, "message": m} for field in self.visible_fields() for m in field.errors]
        if self.formset is not None:
            found += [{"id": f"{self.formset.prefix}-errors", "message": m} for m in self.formset.non_form_errors()]
            for number, item in enumerate(self.formset.forms, start=1):
                prefix = f"{self.formset_legend} {number}{_('：')}"
                found += [{"id": "", "message": f"{prefix}{m}"} for m in item.non_field_errors()]
                found += [
                    {"id": field.auto_id, "message": f"{prefix}{m}"}
                    for field in item.visible_fields()
                    for m in field.errors
                ]
        return found

    def forget_errors(self) -> None:
        """Show a restored draft as it was typed, without complaining before the person has submitted it."""
        self._errors = ErrorDict()
        if self.formset is not None:
            formset: Any = self.formset
            formset._errors, formset._non_form_errors = [{} for _form in formset.forms], ErrorList()
            for item in self.formset.forms:
                item._errors = ErrorDict()

    def refuse(self, error: ValidationError) -> None:
        """Show what the model or a service refused beside the field it names, else above the form."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, messages in error.error_dict.items():
            self.add_error(name if name in self.fields else None, messages)


class StepForm(PortalForm):
    """A form of one step: the date on which it was decided comes first, the paper that says so last."""

    on = PortalDateField(label=_("日期"))
    paper = PlainText(
        label=_("依据文书"), max_length=100, required=False, help_text=_("决定人出具的文书名称或文号，没有可不填。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate
        self.fields["paper"] = self.fields.pop("paper")


class ReceiveForm(PortalForm):
    """What a receiver says when it takes a record over; a type's own form asks what the record needs there."""

    on = PortalDateField(label=_("接收日期"))

    def __init__(self, *args: Any, handover: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handover = handover
        self.fields["on"].initial = timezone.localdate

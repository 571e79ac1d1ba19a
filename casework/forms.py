"""Forms of the shared pages: sections, a formset inside a form, dates as people type them, money in yuan."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.forms.formsets import BaseFormSet
from django.forms.utils import ErrorDict, ErrorList
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from casework.money import MoneyError, format_yuan, parse_yuan
from offices.secrecy import half_width

EARLIEST = date(1949, 10, 1)
# Longer than any field of any paper; a megabyte in one box is a mistake and gets a message, not a stored row.
LONGEST_TEXT = 4000
_DATE = re.compile(r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$")


class PortalDateField(forms.DateField):
    """A date as people type it: 2026-10-28, 20261028, 2026.10.28, 2026年10月28日, or 10.28 of this year.

    A business date is never in the future unless ``future`` allows it, and never before 1949-10-01.
    """

    default_error_messages = {"invalid": _("请填写真实存在的日期，例如 2026-10-28。")}

    def __init__(self, *, future: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)
        self.future = future

    def to_python(self, value: Any) -> date | None:
        """Return the date or raise ValidationError."""
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return super().to_python(value)
        text = half_width(str(value)).strip()
        if text.isdigit() and len(text) == 8:
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        found = _DATE.match(text)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        year, month, day = (int(part) if part else timezone.localdate().year for part in found.groups())
        try:
            return date(year, month, day)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def validate(self, value: Any) -> None:
        """Refuse dates that no business can have."""
        super().validate(value)
        if value is None:
            return
        if value < EARLIEST:
            raise ValidationError(_("日期不能早于1949年10月1日。"), code="too_early")
        if not self.future and value > timezone.localdate():
            raise ValidationError(_("日期不能晚于今天。"), code="future")


class YuanField(forms.CharField):
    """An amount of money typed in yuan (3,200元 or 0.32万元), cleaned into whole fen; empty is 0 unless required."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return fen."""
        text = super().clean(value)
        if not text:
            return 0
        try:
            return parse_yuan(text)
        except MoneyError as error:
            raise ValidationError(str(error), code="money") from error

    def prepare_value(self, value: Any) -> Any:
        """Show stored fen as yuan, and what was typed as it was typed."""
        return format_yuan(value) if isinstance(value, int) and value else ("" if value == 0 else value)


class PlainText(forms.CharField):
    """Text without control characters, bounded like every text of a form."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_TEXT)
        super().__init__(**kwargs)
        # PostgreSQL cannot store a NUL: without this line it is an error page.
        self.validators.append(ProhibitNullCharactersValidator())


def long_text(rows: int = 4) -> forms.Textarea:
    """Return a widget for several lines."""
    return forms.Textarea(attrs={"rows": rows})


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

    def __init__(self, *args: Any, formset_initial: list[dict[str, Any]] | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        say_what_is_missing(self)
        self.formset: BaseFormSet | None = None
        if self.formset_class is not None:
            self.formset = self.formset_class(
                self.data if self.is_bound else None,
                prefix=self.formset_name,
                initial=formset_initial,
                form_kwargs={"label_suffix": ""},
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
        return section | {"legend": self.formset_legend}

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
    """A form of one step: the date on which it was taken comes first."""

    on = PortalDateField(label=_("日期"))

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        self.record = record
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate

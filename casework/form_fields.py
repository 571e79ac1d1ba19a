"""Form fields of the shared pages: dates as people type them, money in yuan, codes, personal numbers shown masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.codes import code_choices, code_label
from casework.identifiers import IdentifierError, parse_phone, parse_resident_id
from casework.models import CodeField, CodesField, FenField
from casework.money import MoneyError, format_yuan, parse_yuan
from offices.secrecy import UNCHANGED, EncryptedField, half_width

EARLIEST = date(1949, 10, 1)
EARLIEST_BIRTH = date(1900, 1, 1)
# Longer than any field of any paper; a megabyte in one box is a mistake and gets a message, not a stored row.
LONGEST_TEXT = 4000
_DATE = re.compile(r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$")


class PortalDateField(forms.DateField):
    """A date as people type it: 2026-10-28, 20261028, 2026.10.28, 2026年10月28日, or 10.28 of this year.

    A business date is never in the future unless ``future`` allows it, and never before ``earliest``.
    """

    default_error_messages = {"invalid": _("请填写真实存在的日期，例如 2026-10-28。")}

    def __init__(self, *, future: bool = False, earliest: date = EARLIEST, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)
        self.future, self.earliest = future, earliest

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
        if value < self.earliest:
            words = {"year": self.earliest.year, "month": self.earliest.month, "day": self.earliest.day}
            raise ValidationError(_("日期不能早于%(year)s年%(month)s月%(day)s日。") % words, code="too_early")
        if not self.future and value > timezone.localdate():
            raise ValidationError(_("日期不能晚于今天。"), code="future")


class PortalDateTimeField(forms.DateTimeField):
    """A moment, to the minute, never in the future."""

    default_error_messages = {"invalid": _("请填写日期和时间，例如 2026-10-28 15:20。")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(**kwargs)

    def validate(self, value: Any) -> None:
        """Refuse moments that nobody can have noted yet."""
        super().validate(value)
        if value is not None and value > timezone.now() + timedelta(minutes=1):
            raise ValidationError(_("时间不能晚于现在。"), code="future")


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


class CodeChoice(forms.ChoiceField):
    """One value of a code table, read when the form is shown; ``keep`` offers what a record has already as well."""

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        super().__init__(choices=lambda: code_choices(table, blank=True), **kwargs)
        self.table = table

    def keep(self, value: Any) -> None:
        """Offer the value of a record, although it may have been retired since."""
        self.choices = with_retired(self.table, [value] if value else [], blank=True)


class CodesChoice(forms.MultipleChoiceField):
    """Several values of a code table; ``keep`` offers what a record has already as well."""

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(choices=lambda: code_choices(table), **kwargs)
        self.table = table

    def keep(self, value: Any) -> None:
        """Offer the values of a record, although some may have been retired since."""
        self.choices = with_retired(self.table, value or [], blank=False)


def keep_retired(form: forms.Form) -> None:
    """Let each code of a form keep the value that it begins with, although it may have been retired since."""
    for name, field in form.fields.items():
        if isinstance(field, CodeChoice | CodesChoice) and form.initial.get(name):
            field.keep(form.initial[name])


def with_retired(table: str, values: Iterable[str], *, blank: bool) -> list[tuple[str, str]]:
    """Return the choices of a table, and after them those of ``values`` that are no longer among them."""
    found = code_choices(table, blank=blank)
    known = {code for code, _label in found}
    return [*found, *((value, code_label(table, value)) for value in values if value not in known)]


class SecretText(PlainText):
    """A personal number or address of a stored row: shown masked, kept when nobody changed it, checked when typed.

    Cleans into the text, or into ``UNCHANGED`` for what was shown masked.
    """

    def __init__(self, *, check: Callable[[str], str] = str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        # What the page showed masked; the form sets it from its initial values.
        self.masked = ""

    def clean(self, value: Any) -> str:
        """Return the checked text."""
        text = super().clean(value)
        if not text:
            return ""
        if text == self.masked:
            return UNCHANGED
        try:
            return self.check(text)
        except IdentifierError as error:
            raise ValidationError(str(error), code="identifier") from error


def _resident_number(text: str) -> str:
    return parse_resident_id(text, timezone.localdate()).number


SECRET_CHECKS: dict[str, Callable[[str], str]] = {"phone": parse_phone, "id_number": _resident_number}


def portal_field(field: Any, *, future: bool = False) -> forms.Field | None:
    """Return the form field of a model's field as the portal's forms have it."""
    given: dict[str, Any] = {"label": field.verbose_name, "required": not field.blank, "help_text": field.help_text}
    if isinstance(field, CodesField):
        return CodesChoice(table=field.table, **given)
    if isinstance(field, CodeField):
        return CodeChoice(table=field.table, **given)
    if isinstance(field, EncryptedField):
        return SecretText(check=SECRET_CHECKS.get(field.name, str), max_length=field.max_length or 120, **given)
    if isinstance(field, FenField):
        return YuanField(**given)
    if isinstance(field, models.DateTimeField):
        return PortalDateTimeField(**given)
    if isinstance(field, models.DateField):
        # People who are older than the Republic have disputes and mediate them.
        earliest = EARLIEST_BIRTH if field.name == "birth_date" else EARLIEST
        return PortalDateField(future=future, earliest=earliest, **given)
    if isinstance(field, models.TextField):
        return PlainText(max_length=field.max_length or LONGEST_TEXT, widget=long_text(), **given)
    if isinstance(field, models.CharField) and not field.choices:
        return PlainText(max_length=field.max_length, **given)
    if isinstance(field, models.CharField):
        # Not the model field's own choice field: its empty choice is a row of dashes.
        return forms.ChoiceField(choices=[("", _("请选择")), *field.flatchoices], **given)
    if isinstance(field, models.BooleanField):
        return forms.BooleanField(**given | {"required": False})
    return field.formfield()


FormT = TypeVar("FormT", bound="type[forms.Form]")


def fields_of(model: type[models.Model], names: str, *, future: str = "") -> Callable[[FormT], FormT]:
    """Give a form the fields of a model, in the order of ``names``, before or instead of nothing that it declares.

    Dates named in ``future`` may lie ahead. A field that the form declares itself keeps its declaration.
    """
    ahead = set(future.split())

    def decorate(form: FormT) -> FormT:
        declared: dict[str, Any] = dict(form.base_fields)
        made: dict[str, Any] = {
            name: declared.pop(name, None) or portal_field(model._meta.get_field(name), future=name in ahead)
            for name in names.split()
        }
        leading = {"on": declared.pop("on")} if "on" in declared else {}
        # Declared as well: a form that builds on this one takes its fields from there.
        form.declared_fields = form.base_fields = {**leading, **made, **declared}
        return form

    return decorate

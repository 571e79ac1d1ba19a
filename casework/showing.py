"""How a stored value reads: one place for pages, logs, papers and summaries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.codes import code_label
from casework.models import CodeField, CodesField, FenField
from casework.money import format_yuan
from offices.secrecy import EncryptedField, mask_address, mask_id_number, mask_phone

MASKS = {"id_number": mask_id_number, "phone": mask_phone, "address": mask_address}


def shown(row: models.Model, name: str) -> str:
    """Return a field of a row as a person reads it; what is encrypted is masked, what is empty is empty."""
    field = row._meta.get_field(name)
    value = getattr(row, name)
    if isinstance(field, EncryptedField):
        return MASKS.get(name, hidden)(value) if value else ""
    return shown_value(field, value)


def shown_value(field: Any, value: Any) -> str:
    """Return a value of a model's field as a person reads it."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(field, CodeField):
        return str(code_label(field.table, value))
    if isinstance(field, CodesField):
        return _("、").join(str(code_label(field.table, code)) for code in value)
    if isinstance(field, FenField):
        return format_yuan(value) if value else ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    choices = dict(getattr(field, "flatchoices", ()) or ())
    return str(choices.get(value, value))


def facts_of(row: models.Model, names: Iterable[str]) -> list[tuple[Any, str, bool]]:
    """Return (label, text, takes the whole width) of the fields that hold something, in the order of ``names``."""
    found = []
    for name in names:
        field: Any = row._meta.get_field(name)
        if text := shown(row, name):
            found.append((field.verbose_name, text, isinstance(field, models.TextField)))
    return found


def initial_of(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Return the stored values of a row for a form with these fields; what is encrypted is masked."""
    return {name: stored_value(row, name) for name in names if hasattr(row, name)}


def stored_value(row: models.Model, name: str) -> Any:
    """Return a field's stored value for a form."""
    field: Any = row._meta.get_field(name)
    return shown(row, name) if isinstance(field, EncryptedField) else getattr(row, getattr(field, "attname", name))


def label_of(model: type[models.Model], name: str) -> str:
    """Return a field's name in words, or the bare name of one that the model does not have."""
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def hidden(value: str) -> str:
    return "*" * 6

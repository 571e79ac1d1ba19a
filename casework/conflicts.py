"""Two versions of one form: what differs, field by field, and the form as the person chose from both."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from casework.forms import PortalForm

# A field's choice is posted under its name with this before it: "theirs" keeps what is stored.
CHOICE = "choose-"
THEIRS = "theirs"


def differences(yours: PortalForm, theirs: PortalForm) -> list[dict[str, Any]]:
    """Return the fields in which two forms differ, as people read them; a formset is one field."""
    found = [
        {"name": name, "label": field.label, "theirs": shown_value(theirs[name]), "yours": shown_value(yours[name])}
        for name, field in yours.fields.items()
        if shown_value(theirs[name]) != shown_value(yours[name])
    ]
    if yours.formset is not None and theirs.formset is not None:
        blocks = {"theirs": _shown_blocks(theirs.formset), "yours": _shown_blocks(yours.formset)}
        if blocks["theirs"] != blocks["yours"]:
            found.append({"name": yours.formset_name, "label": yours.formset_legend, **blocks})
    return found


def shown_value(bound: Any) -> str:
    """Return what a person reads in a field: the label of a choice, the text of an input."""
    value = bound.value()
    if isinstance(value, bool):
        return _("是") if value else _("否")
    choices = getattr(bound.field, "choices", None)
    if choices is not None:
        labels = {str(key): str(label) for key, label in choices}
        chosen = value if isinstance(value, list | tuple) else [value]
        return _("、").join(labels[str(one)] for one in chosen if one not in (None, "") and str(one) in labels)
    prepared = bound.field.prepare_value(value)
    return "" if prepared is None else str(prepared)


def _shown_blocks(formset: Any) -> str:
    lines = []
    for form in formset.forms:
        if form["DELETE"].value() if "DELETE" in form.fields else False:
            continue
        # A hidden key is nobody's reading.
        shown = [shown_value(bound) for bound in form.visible_fields() if bound.name != "DELETE"]
        lines.append(" ".join(text for text in shown if text))
    return "\n".join(line for line in lines if line)


def as_chosen(data: QueryDict, theirs: PortalForm) -> QueryDict:
    """Return what was posted, with the stored values in the fields for which the person chose them."""
    chosen = [name.removeprefix(CHOICE) for name, value in data.items() if name.startswith(CHOICE) and value == THEIRS]
    if not chosen:
        return data
    made = data.copy()
    for name in chosen:
        if name in theirs.fields:
            _post(made, theirs[name])
        elif theirs.formset is not None and name == theirs.formset_name:
            _post_formset(made, theirs.formset)
    return made


def _post(data: QueryDict, bound: Any) -> None:
    """Put a field's value into posted data as a browser would send it."""
    value = bound.field.prepare_value(bound.value())
    name = bound.html_name
    if isinstance(value, bool) or value is None:
        data.setlist(name, ["on"] if value else [])
    elif isinstance(value, list | tuple):
        data.setlist(name, [str(one) for one in value])
    else:
        data.setlist(name, [str(value)])


def _post_formset(data: QueryDict, formset: Any) -> None:
    for name in [name for name in data if name.startswith(f"{formset.prefix}-")]:
        del data[name]
    for bound in formset.management_form:
        _post(data, bound)
    for form in formset.forms:
        for bound in form:
            _post(data, bound)

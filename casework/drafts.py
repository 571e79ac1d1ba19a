"""Drafts on the server: what a person has typed, encrypted as a whole, one for each form and membership."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from casework.lines import record_type
from casework.models import Draft
from casework.templatetags.casework import moment
from offices.models import Membership

# What must not come back with a draft: tokens of a page that no longer exists.
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "submit_token", "add_form", "next"})
# A draft is a form's text; more than this is not typed by hand.
LARGEST = 200_000
# The drafts of new records are named after their type and, where there is one, after the record they come out of.
OPENING = ".open"
# The name, in an address, of the record that a new one is opened out of: type/public id.
SOURCE = "from"


def save_draft(*, actor: Membership, form: str, data: QueryDict) -> Draft | None:
    """Keep the fields of a form; return None when they are too large to be a form."""
    fields = {name: values for name, values in data.lists() if name not in NOT_KEPT}
    text = json.dumps(fields, ensure_ascii=False)
    if len(text) > LARGEST:
        return None
    draft, _created = Draft.objects.update_or_create(
        user_id=actor.user_id, membership=actor, form=form, defaults={"fields": text}
    )
    return draft


def find_draft(*, actor: Membership, form: str) -> Draft | None:
    """Return the person's draft of a form."""
    return Draft.objects.filter(user_id=actor.user_id, membership=actor, form=form).first()


def draft_data(draft: Draft) -> QueryDict:
    """Return a draft's fields as if they had been posted."""
    data = QueryDict(mutable=True)
    fields: dict[str, Any] = json.loads(draft.fields or "{}")
    for name, values in fields.items():
        data.setlist(name, values)
    return data


def discard_draft(*, actor: Membership, form: str) -> None:
    """Forget a draft once its form is submitted or given up."""
    Draft.objects.filter(user_id=actor.user_id, membership=actor, form=form).delete()


def draft_list(actor: Membership) -> list[dict[str, Any]]:
    """Return the person's newest drafts as lines of the home page."""
    drafts = Draft.objects.filter(user_id=actor.user_id, membership=actor)[:5]
    return [
        {
            "text": form_title(draft.form),
            "url": form_address(draft.form),
            "at": moment(draft.saved_at),
        }
        for draft in drafts
    ]


def draft_name(code: str, source: str = "") -> str:
    """Return the key of the draft of a new record of a type, opened out of ``source`` (type/public id)."""
    return f"{code}{OPENING}" + (f":{source}" if source else "")


def _parts(form: str) -> tuple[str, str]:
    name, _colon, source = form.partition(":")
    return name.removesuffix(OPENING), source


def form_title(form: str) -> Any:
    """Return the title of a form page by its draft's key."""
    return record_type(_parts(form)[0]).open_label


def form_address(form: str) -> str:
    """Return the address of a form page, ready for ``draft=continue``, by its draft's key."""
    code, source = _parts(form)
    query = {"draft": "continue"} | ({SOURCE: source} if source else {})
    return f"{reverse(f'{record_type(code).slug}:open')}?{urlencode(query)}"

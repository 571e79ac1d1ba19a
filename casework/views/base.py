"""What the pages of a record type share: the type, its address names, finding a record, the one-use token."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from casework.lines import RecordType
from casework.models import Record, SubmitToken
from offices.middleware import PortalRequest
from offices.models import AccessEntry
from offices.permissions import Action, may
from offices.scoping import current_scope
from offices.views.base import ActionView


class RecordTypeView(ActionView, abstract=True):
    """A page of one record type. The line of the type is tested with the action."""

    record_type: RecordType = cast(RecordType, None)
    request: PortalRequest

    @property
    def line(self) -> str:  # type: ignore[override]  # a class of many types, a property of each
        """The line whose right is tested."""
        return self.record_type.line

    def may(self, action: Action) -> bool:
        """Tell whether the person may do a deed in the line."""
        return may(self.request.membership, action, self.record_type.line)

    def address(self, name: str, *args: Any) -> str:
        """Return the address of a page of the type, as in ``address("detail", ref)``."""
        return reverse(f"{self.record_type.slug}:{name}", args=args)

    def get_record(self) -> Any:
        """Return the record of the address under the scope, else 404: a stranger learns nothing."""
        record = self.record_type.model.objects.filter(public_id=self.kwargs["ref"]).first()
        if record is None:
            raise Http404
        return record

    def breadcrumb(self, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the way from the list to this page."""
        return [(self.record_type.labels, self.address("list")), *more]

    def heading(self, record: Record) -> dict[str, Any]:
        """Return the title bar of a record."""
        state = self.record_type.workflow.state(record.state)
        return {
            "title": record.title,
            "number": record.number,
            "state_label": state.label,
            "state_tone": state.tone,
            "meta": self.record_type.meta(record),
        }


def log_access(kind: str, *, record_type: str = "", key: str = "", note: str = "", path: str = "") -> None:
    """Write one reading, export, print or download of the person in scope."""
    scope = current_scope()
    AccessEntry.objects.create(
        user_id=scope.user_id,
        membership_id=scope.membership_id,
        address=scope.address,
        kind=kind,
        record_type=record_type,
        record_key=key,
        note=note[:200],
        path=path[:200],
    )


def new_token() -> str:
    """Return a one-use token for a form."""
    return str(uuid.uuid4())


def use_token(request: PortalRequest) -> HttpResponse | None:
    """Use the form's token up. A second submission gets the way to what the first one made.

    Returns None for the first use. A concurrent second one waits here until the first has committed.
    """
    try:
        token = uuid.UUID(request.POST.get("submit_token", ""))
    except ValueError:
        # A form that lost its token (a bookmarklet, an old page) is treated like any other first submission.
        return None
    try:
        with transaction.atomic():
            SubmitToken.objects.create(token=token, user=request.user)
    except IntegrityError:
        used = SubmitToken.objects.filter(token=token).first()
        return redirect(used.led_to if used and used.led_to else "home")
    return None


def token_led_to(request: PortalRequest, address: str) -> None:
    """Remember where the submission led, for its double."""
    try:
        token = uuid.UUID(request.POST.get("submit_token", ""))
    except ValueError:
        return
    SubmitToken.objects.filter(token=token).update(led_to=address)

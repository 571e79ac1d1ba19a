"""The base of every page: a view without a deed is refused when it is imported, a deed without the right by dispatch."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views import View

from offices.middleware import PortalRequest
from offices.permissions import Action, may


class ActionView(View):
    """A view that does one deed of the role × action table, in one business line where ``line`` names it.

    Concrete classes set ``action``; a base that is never routed says ``class Base(ActionView, abstract=True)``.
    """

    action: ClassVar[Action]
    line: ClassVar[str | None] = None
    request: PortalRequest

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        """Raise TypeError for a concrete view that does not say which deed it does."""
        super().__init_subclass__(**kwargs)
        if not abstract and not isinstance(getattr(cls, "action", None), Action):
            raise TypeError(f"{cls.__module__}.{cls.__qualname__} has no action: every page does a deed of the table.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever may not do the deed, before anything is read."""
        if not self.allowed():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def allowed(self) -> bool:
        """Tell whether the person may do the deed."""
        return may(self.request.membership, self.action, self.line)


def see_other(to: str, *args: Any) -> HttpResponse:
    """Redirect after a POST with 303, so that the browser gets the next page with GET."""
    response = redirect(to, *args)
    response.status_code = 303
    return response

"""What every page shows around its content."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from casework.menu import menu_of, quick_actions, tabbar_of
from offices.middleware import PortalRequest
from offices.permissions import Action, may


def page(request: HttpRequest) -> dict[str, Any]:
    """Return unit, menu and footer. Nothing is read for a page that does not show the menu (fragments, errors)."""
    shown: dict[str, Any] = {"demo": settings.DEMO, "portal_version": settings.VERSION}
    membership = getattr(request, "membership", None)
    if membership is None or not getattr(request, "in_scope", False):
        return shown
    portal_request = cast(PortalRequest, request)
    menu = SimpleLazyObject(lambda: menu_of(portal_request))
    return shown | {
        "membership": membership,
        "may_search": may(membership, Action.LIST_RECORDS) or may(membership, Action.LIST_REDUCED),
        "memberships": portal_request.memberships,
        "menu": menu,
        "quick": SimpleLazyObject(lambda: quick_actions(portal_request)),
        "tabbar": SimpleLazyObject(lambda: tabbar_of(portal_request, cast("list[dict[str, Any]]", menu))),
        "footer_owner": (membership.office.county or membership.office).name,
    }

"""What surrounds a view: session rules, the active membership, and the transaction that carries the scope."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from offices.models import AccessEntry, Membership, User
from offices.scoping import within

GetResponse = Callable[[HttpRequest], HttpResponse]
MEMBERSHIP_KEY = "membership"
SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
# 422 is a form shown again with its messages: what the view wrote (a draft, an entry) stands.
KEPT_STATUS = 422


class PortalRequest(HttpRequest):
    """A request as views see it: signed in, with the membership that is in force."""

    user: User
    membership: Membership
    memberships: list[Membership]
    in_scope: bool


def client_address(request: HttpRequest) -> str:
    """Return the caller's address; behind a proxy the one that the named header carries."""
    if header := settings.CLIENT_ADDRESS_HEADER:
        return request.headers.get(header, "").split(",")[0].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


class SessionRules:
    """End a session after 30 idle minutes or 12 hours; a suspended account's at once (no user is loaded)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign an expired session out, else remember the minute it was last used."""
        if request.user.is_authenticated:
            now, session = int(time.time()), request.session
            idle = now - session.get(SEEN_AT, now)
            age = now - session.setdefault(SIGNED_IN_AT, now)
            if idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
            elif SEEN_AT not in session or idle >= 60:
                session[SEEN_AT] = now
        return self.get_response(request)


class UserLanguage:
    """Show the pages in the language that the user chose; before sign-in in the browser's cookie or Chinese."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language for the request."""
        user = request.user
        language = user.language if isinstance(user, User) else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class DataHeaders:
    """Keep pages with data out of every cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        return response


class ActiveMembership:
    """Put the membership in force on the request: rights are read on each request, so a withdrawal bites at once."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Choose the session's membership, else the first one; None for strangers."""
        request = cast(PortalRequest, request)
        request.memberships = []
        if request.user.is_authenticated:
            active = Membership.objects.active(timezone.localdate()).filter(user=request.user)
            request.memberships = list(active.select_related("office__county", "office__city"))
            wanted = request.session.get(MEMBERSHIP_KEY)
        chosen = [m for m in request.memberships if m.pk == wanted] or request.memberships
        request.membership = chosen[0] if chosen else None  # type: ignore[assignment]  # strangers have none
        return self.get_response(request)


class RequestScope:
    """Run the view inside one transaction that carries the scope; roll back what a failed view wrote."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Open the scope, call the view, and record a refusal after the transaction is gone."""
        request = cast(PortalRequest, request)
        if request.membership is None:
            return self.get_response(request)  # type: ignore[unreachable]  # strangers have none
        if request.method == "POST":
            # Parsed before the transaction opens: a slow upload must not hold a connection and its locks.
            request.POST  # noqa: B018
        with within(request.membership, address=client_address(request)):
            request.in_scope = True
            response = self.get_response(request)
            request.in_scope = False
            if response.status_code >= 400 and response.status_code != KEPT_STATUS:
                transaction.set_rollback(True)
        if response.status_code == 403:
            record_refusal(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Turn a signed-in person without a membership away, and one with a first password to the change page."""
        if not request.user.is_authenticated or getattr(view, "login_required", True) is False:
            return None
        match = request.resolver_match
        name = match.url_name if match else ""
        if name in {"sign_out", "password"}:
            return None
        if request.user.must_change_password:
            return redirect("password")
        if cast(PortalRequest, request).membership is None:
            raise PermissionDenied
        return None


def record_refusal(request: PortalRequest) -> None:
    """Write one refusal, without the query: an address may hold what a person typed."""
    AccessEntry.objects.create(
        user=request.user,
        membership_id=request.membership.pk,
        address=client_address(request),
        kind=AccessEntry.Kind.REFUSAL,
        path=request.path[:200],
        note=request.method or "",
    )

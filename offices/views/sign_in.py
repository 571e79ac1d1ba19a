"""Sign-in and sign-out: the pages that strangers see. They tell nobody whether an account exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.crypto import salted_hmac
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from offices.forms import OfficesForm, PasswordForm, SignInForm
from offices.middleware import client_address
from offices.models import AccessEntry, User
from offices.permissions import Action, Role
from offices.scoping import system
from offices.views.base import ActionView, see_other


@method_decorator(login_not_required, name="dispatch")
class SignIn(View):
    """User name and password. Unknown name, wrong password and suspended account get the same answer."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form; whoever is signed in goes on."""
        if request.user.is_authenticated:
            return redirect(next_page(request))
        return sign_in_page(request, SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in, or say that it failed."""
        form = SignInForm(request.POST)
        if not form.is_valid():
            return sign_in_page(request, form, status=422)
        account = User.objects.filter(username__iexact=form.cleaned_data["username"]).first()
        name = attempt_name(form.cleaned_data["username"], account)
        user = authenticate(request, username=name, password=form.cleaned_data["password"])
        if isinstance(user, User):
            return self._signed_in(user)
        record_sign_in(request, AccessEntry.Kind.SIGN_IN_FAILED, account)
        form.add_error(None, _("用户名或密码不正确，或者账号已停用。"))
        return sign_in_page(request, form, status=422)

    def _signed_in(self, user: User) -> HttpResponse:
        # Not autocommit: the audit row of the last sign-in bears the person's own number.
        with system("sign_in", user_id=user.pk):
            login(self.request, user)
            record_sign_in(self.request, AccessEntry.Kind.SIGN_IN, user)
        return see_other(next_page(self.request))


class SignOut(ActionView):
    """End the session, also of a person without a post."""

    action = Action.OWN_ACCOUNT
    http_method_names = ["get", "head", "post", "options"]

    def allowed(self) -> bool:
        """Let everybody leave who is signed in: the door has let nobody else come here."""
        return True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go on: who pressed the button in an expired session is led back here after signing in again."""
        return redirect("home")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign out."""
        logout(request)
        return see_other("sign_in")


def attempt_name(typed: str, account: User | None) -> str:
    """Return the name under which an attempt is counted: the account's own spelling, else a digest of what was typed.

    In any other spelling of the same name five more guesses would be free; and what is typed into the wrong box, a
    password above all, must not stand in a table or a log.
    """
    if account is not None:
        return account.username
    return f"unknown:{salted_hmac('offices.sign_in', typed.casefold()).hexdigest()[:32]}"


def record_sign_in(request: HttpRequest, kind: AccessEntry.Kind, user: User | None) -> None:
    """Write an attempt to sign in, by the account if there is one."""
    AccessEntry.objects.create(user=user, kind=kind, address=client_address(request))


def next_page(request: HttpRequest) -> str:
    """Return the page that was asked for before sign-in, when it is one of our own, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if own else resolve_url(settings.LOGIN_REDIRECT_URL)


def sign_in_page(request: HttpRequest, form: SignInForm, *, status: int = 200) -> HttpResponse:
    """Show the sign-in form."""
    context = {
        "title": _("登录"),
        "form": form,
        "error_list": form.error_list(),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "demo_accounts": demo_accounts(),
    }
    return render(request, "offices/sign_in.html", context, status=status)


def demo_accounts() -> list[dict[str, Any]]:
    """Return the accounts that a demonstration shows on its sign-in page; none in a real portal."""
    path = Path(settings.DEMO_ACCOUNTS_FILE) if settings.DEMO and settings.DEMO_ACCOUNTS_FILE else None
    if path is None or not path.is_file():
        return []
    accounts = json.loads(path.read_text(encoding="utf-8"))
    labels = {role.value: role.label for role in Role}
    return [
        {
            "username": account["username"],
            "password": account["password"],
            "label": f"{account['office']} · {labels.get(account['role'], account['role'])}",
        }
        for account in accounts
    ]


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Answer an attempt after too many failed ones from one address for one name, whether or not the name exists."""
    template, form = "offices/sign_in.html", cast(OfficesForm, SignInForm())
    if request.user.is_authenticated:
        template, form = "offices/password.html", PasswordForm(request=request, user=request.user)
    message = _("尝试次数过多，请30分钟后再试，或请管理员重置密码。")
    context = {"form": form, "error_list": [{"id": "", "message": message}]}
    return render(request, template, context, status=429)

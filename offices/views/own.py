"""A person's own account: password, language and text size, and the post in force."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from offices.forms import PasswordForm, PreferencesForm
from offices.middleware import MEMBERSHIP_KEY
from offices.permissions import Action
from offices.services import change_password, set_preferences
from offices.views.base import ActionView, see_other


class Password(ActionView):
    """Change one's own password; the other sessions of the person end."""

    action = Action.OWN_ACCOUNT
    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(PasswordForm(request=request, user=self.request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change the password."""
        form = PasswordForm(request.POST, request=request, user=self.request.user)
        if not form.is_valid():
            return self._page(form, status=422)
        change_password(person=self.request.user, password=form.cleaned_data["new"])
        update_session_auth_hash(request, self.request.user)
        messages.success(request, _("密码已修改，其他地方的登录已退出。"))
        return see_other("home")

    def _page(self, form: PasswordForm, *, status: int = 200) -> HttpResponse:
        must_change = self.request.user.must_change_password
        context = {"form": form, "error_list": form.error_list(), "must_change": must_change}
        return render(self.request, "offices/password.html", context, status=status)


class OwnAccount(ActionView):
    """Language, text size and the list of one's own posts."""

    action = Action.OWN_ACCOUNT
    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the settings."""
        user = self.request.user
        return self._page(PreferencesForm(initial={"language": user.language, "text_size": user.text_size}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the settings; the next page is in the new language already."""
        form = PreferencesForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        language = form.cleaned_data["language"]
        set_preferences(person=self.request.user, language=language, text_size=form.cleaned_data["text_size"])
        with override(language):
            messages.success(request, _("设置已保存。"))
        response = see_other("account")
        # The sign-in page, which knows no user, follows the browser's last choice.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=settings.HTTPS, httponly=True
        )
        return response

    def _page(self, form: PreferencesForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "error_list": form.error_list()}
        return render(self.request, "offices/account.html", context, status=status)


class SwitchMembership(ActionView):
    """Work in another of one's own posts from now on."""

    action = Action.OWN_ACCOUNT
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Switch; a post that is not one's own or has ended does not exist."""
        wanted = request.POST.get("membership", "")
        chosen = next((post for post in self.request.memberships if str(post.pk) == wanted), None)
        if chosen is None:
            raise Http404
        request.session[MEMBERSHIP_KEY] = chosen.pk
        messages.success(
            request, _("现在以%(post)s办理业务。") % {"post": f"{chosen.office.name} · {chosen.get_role_display()}"}
        )
        return redirect("home")

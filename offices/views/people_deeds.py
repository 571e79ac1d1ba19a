"""The deeds of an administrator on accounts and posts: each a form, or a page that asks once more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offices.forms import EndForm, OfficesForm, PersonForm, PostForm
from offices.models import Office, User
from offices.selectors import roles_to_give, units_in_reach
from offices.services import (
    Account,
    NewPerson,
    create_person,
    end_membership,
    give_membership,
    move_person,
    post_of,
    reset_password,
    restore_person,
    suspend_person,
)
from offices.views.base import see_other
from offices.views.people import PeopleView


class DeedForm(PeopleView, abstract=True):
    """A page with one form. Subclasses make the form and do the deed."""

    http_method_names = ["get", "head", "post", "options"]
    title: Any = ""
    submit_label: Any = gettext_lazy("保存")

    def begin(self) -> User | None:
        """Find what the address names, before anything is read from the form; return the person if there is one."""
        raise NotImplementedError

    def make_form(self, data: Any) -> OfficesForm:
        """Return the form, bound to what was posted."""
        raise NotImplementedError

    def do(self, form: OfficesForm) -> HttpResponse:
        """Do the deed and return the next page."""
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self._page(self.begin(), self.make_form(None))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Do the deed; a refusal shows the same page with its reason."""
        person = self.begin()
        form = self.make_form(request.POST)
        if form.is_valid():
            try:
                with transaction.atomic():
                    return self.do(form)
            except ValidationError as error:
                form.refuse(error)
            except PermissionError as error:
                raise PermissionDenied from error
        return self._page(person, form, status=422)

    def _page(self, person: User | None, form: OfficesForm, *, status: int = 200) -> HttpResponse:
        back = reverse("person", args=[person.pk]) if person else reverse("people")
        way = self.breadcrumb((person.name, back), (self.title, "")) if person else self.breadcrumb((self.title, ""))
        context = {
            "title": self.title,
            "subtitle": f"{person.name} · {person.username}" if person else "",
            "breadcrumb": way,
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": self.submit_label,
            "cancel_url": back,
        }
        return render(self.request, "casework/form.html", context, status=status)

    def done(self, person: User, text: str) -> HttpResponse:
        """Go to the person's page with a message."""
        messages.success(self.request, text)
        return see_other("person", person.pk)


class CreatePerson(DeedForm):
    """Enter a person with a first post; the initial password is shown once."""

    title = gettext_lazy("新增人员")
    submit_label = gettext_lazy("建立账号")

    def begin(self) -> None:
        """There is nobody yet."""

    def make_form(self, data: Any) -> PersonForm:
        """Begin with the unit of the page from which the person came, and with the one role or line there is."""
        return PersonForm(data, by=self.request.membership, initial={"office": self._unit()})

    def _unit(self) -> Office | None:
        asked = self.request.GET.get("office", "")
        return (
            units_in_reach(self.request.membership).filter(pk=asked).first()
            if asked.isdecimal() and len(asked) < 9
            else None
        )

    def do(self, form: OfficesForm) -> HttpResponse:
        """Enter the person and show the password."""
        cleaned = form.cleaned_data
        person = NewPerson(username=cleaned["username"], name=cleaned["name"], post=post_of(cleaned))
        account = create_person(person=person, by=self.request.membership)
        return password_page(self.request, account, _("账号已建立"))


class GiveMembership(DeedForm):
    """Give a person one more post."""

    title = gettext_lazy("新增任职")

    def begin(self) -> User:
        """Find the person."""
        self.person = self.get_person_in_hand()
        return self.person

    def make_form(self, data: Any) -> PostForm:
        """Return the form of a post."""
        return PostForm(data, by=self.request.membership)

    def do(self, form: OfficesForm) -> HttpResponse:
        """Give the post."""
        give_membership(person=self.person, post=post_of(form.cleaned_data), by=self.request.membership)
        return self.done(self.person, _("任职已生效。"))


class MovePerson(DeedForm):
    """End a post on the day before another begins."""

    title = gettext_lazy("调动")
    submit_label = gettext_lazy("办理调动")

    def begin(self) -> User:
        """Find the post that is left."""
        self.membership = self.get_post()
        return self.membership.user

    def make_form(self, data: Any) -> PostForm:
        """Begin with the role and lines of the post that is left."""
        role = self.membership.role
        may_keep = role in roles_to_give(self.request.membership)
        initial = {"role": role if may_keep else "", "lines": self.membership.lines}
        return PostForm(data, by=self.request.membership, initial=initial)

    def do(self, form: OfficesForm) -> HttpResponse:
        """Move the person."""
        move_person(membership=self.membership, post=post_of(form.cleaned_data), by=self.request.membership)
        return self.done(self.membership.user, _("调动已办理：原任职到新任职前一天为止。"))


class EndMembership(DeedForm):
    """Let a post end."""

    title = gettext_lazy("结束任职")
    submit_label = gettext_lazy("结束任职")

    def begin(self) -> User:
        """Find the post."""
        self.membership = self.get_post()
        return self.membership.user

    def make_form(self, data: Any) -> EndForm:
        """Name the post above the field."""
        form = EndForm(data)
        form.title = f"{self.membership.office.name} · {self.membership.get_role_display()}"
        return form

    def do(self, form: OfficesForm) -> HttpResponse:
        """End it."""
        last_day = form.cleaned_data["last_day"]
        end_membership(membership=self.membership, last_day=last_day, by=self.request.membership)
        return self.done(self.membership.user, _("任职已结束。"))


class Confirm(PeopleView, abstract=True):
    """A page that asks once more before a deed on an account."""

    http_method_names = ["get", "head", "post", "options"]
    title: Any = ""
    text: Any = ""
    danger = False

    def get(self, request: HttpRequest, person: int) -> HttpResponse:
        """Say what will happen."""
        found = self.get_person_in_hand()
        back = reverse("person", args=[found.pk])
        context = {
            "title": self.title,
            "breadcrumb": self.breadcrumb((found.name, back), (self.title, "")),
            "text": self.text,
            "objects": [f"{found.name} · {found.username}"],
            "count": 1,
            "submit_label": self.title,
            "cancel_url": back,
            "danger": self.danger,
        }
        return render(request, "casework/confirm.html", context)

    def post(self, request: HttpRequest, person: int) -> HttpResponse:
        """Do it."""
        return self.do(self.get_person_in_hand())

    def do(self, person: User) -> HttpResponse:
        """Do the deed and return the next page."""
        raise NotImplementedError


class Suspend(Confirm):
    """Suspend an account at once."""

    title = gettext_lazy("停用账号")
    text = gettext_lazy("停用后立即退出登录，不能再登录。任职和历史记录保留。")
    danger = True

    def do(self, person: User) -> HttpResponse:
        """Suspend."""
        suspend_person(person=person, by=self.request.membership)
        messages.success(self.request, _("账号已停用。"))
        return see_other("person", person.pk)


class Restore(Confirm):
    """Give a suspended account access again."""

    title = gettext_lazy("恢复账号")
    text = gettext_lazy("恢复后生成新的初始密码，只显示一次，首次登录须修改。")

    def do(self, person: User) -> HttpResponse:
        """Restore."""
        return password_page(self.request, restore_person(person=person, by=self.request.membership), _("账号已恢复"))


class ResetPassword(Confirm):
    """Replace a forgotten password."""

    title = gettext_lazy("重置密码")
    text = gettext_lazy("生成新的初始密码，只显示一次。此人所有登录立即退出，首次登录须修改密码。")

    def do(self, person: User) -> HttpResponse:
        """Reset."""
        return password_page(self.request, reset_password(person=person, by=self.request.membership), _("密码已重置"))


def password_page(request: HttpRequest, account: Account, title: str) -> HttpResponse:
    """Show an initial password. It is in no store and no address: whoever leaves the page has to reset it again."""
    context = {
        "title": title,
        "breadcrumb": [(_("人员账号"), reverse("people")), (title, "")],
        "account": account,
        "person_url": reverse("person", args=[account.user.pk]),
    }
    return render(request, "offices/initial_password.html", context)

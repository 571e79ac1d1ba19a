"""People and their posts: list, one person, and the deeds of an administrator."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from offices.forms import PeopleSearchForm
from offices.models import Membership, User
from offices.permissions import Action
from offices.selectors import (
    business_lines,
    find_people,
    people_in_reach,
    posts_in_reach,
    standing_posts,
    why_out_of_hand,
)
from offices.views.base import ActionView, see_other

PAGE_SIZE = 25
SEARCH_KEY = "people_search"


class PeopleView(ActionView, abstract=True):
    """A page of account administration. Whoever is not in reach does not exist."""

    action = Action.ADMINISTER_ACCOUNTS

    def get_person(self) -> User:
        """Return the person of the address."""
        person = people_in_reach(self.request.membership).filter(pk=self.kwargs["person"]).first()
        if person is None:
            raise Http404
        return person

    def get_person_in_hand(self) -> User:
        """Return the person of the address if the account may be touched; else the deed is refused."""
        person = self.get_person()
        if why_out_of_hand(self.request.membership, person):
            raise PermissionDenied
        return person

    def get_post(self) -> Membership:
        """Return the post of the address, with its person, under the same two rules."""
        post = posts_in_reach(self.request.membership).select_related("user").filter(pk=self.kwargs["post"]).first()
        if post is None:
            raise Http404
        if why_out_of_hand(self.request.membership, post.user):
            raise PermissionDenied
        return post

    def breadcrumb(self, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        """Return the way from the list to this page."""
        return [(_("人员账号"), reverse("people")), *more]


class People(PeopleView):
    """The people in reach, by user name, 25 on a page. What was looked for is kept in the session, not in an address."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page."""
        by, wanted = self.request.membership, request.session.get(SEARCH_KEY, {})
        running = Q(valid_until=None) | Q(valid_until__gte=timezone.localdate())
        posts = posts_in_reach(by).filter(running).order_by("id")
        people = find_people(by, text=wanted.get("text", ""), state=wanted.get("state", ""))
        with_posts = people.prefetch_related(Prefetch("memberships", posts, to_attr="shown_posts"))
        page = Paginator(with_posts, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "title": _("人员账号"),
            "subtitle": by.office.name,
            "breadcrumb": [(_("人员账号"), "")],
            "actions": [
                {"label": _("新增人员"), "url": reverse("person_create"), "icon": "person-plus", "primary": True},
                {"label": _("批量导入"), "url": reverse("people_import"), "icon": "upload"},
            ],
            "form": PeopleSearchForm(initial=wanted),
            "searching": any(wanted.values()),
            "people": page.object_list,
            "count": page.paginator.count,
            "pager": {
                "newer_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
                "older_url": f"?page={page.next_page_number()}" if page.has_next() else "",
            },
        }
        return render(request, "offices/people.html", context)


class SearchPeople(PeopleView):
    """Take what is looked for, and show the list."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the words for the session; a form that makes no sense looks for nothing."""
        form = PeopleSearchForm(request.POST)
        asked = "clear" not in request.POST and form.is_valid()
        request.session[SEARCH_KEY] = form.cleaned_data if asked else {}
        return see_other("people")


class PersonPage(PeopleView):
    """One person: account and posts within reach, and what may be done."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, person: int) -> HttpResponse:
        """Show the person."""
        found, by, today = self.get_person(), self.request.membership, timezone.localdate()
        reason = why_out_of_hand(by, found)
        posts = list(posts_in_reach(by).filter(user=found).order_by("-valid_from", "-id"))
        context = {
            "title": found.name,
            "breadcrumb": self.breadcrumb((found.name, "")),
            "person": found,
            "reason": reason,
            "actions": [] if reason else _deeds(found),
            "posts": [(post, _lines(post), post.valid_until is None or post.valid_until >= today) for post in posts],
            "elsewhere": standing_posts(found, today).exclude(pk__in=posts_in_reach(by).values("pk")).exists(),
        }
        return render(request, "offices/person.html", context)


def _lines(post: Membership) -> str:
    labels = business_lines()
    return _("、").join(labels.get(line, line) for line in post.lines)


def _deeds(person: User) -> list[dict[str, Any]]:
    deeds = [(_("新增任职"), "membership_give", "plus-lg"), (_("重置密码"), "person_reset_password", "key")]
    state = (
        (_("停用账号"), "person_suspend", "lock") if person.is_active else (_("恢复账号"), "person_restore", "check-lg")
    )
    return [
        {"label": label, "url": reverse(name, args=[person.pk]), "icon": icon} for label, name, icon in (*deeds, state)
    ]

"""The search page. What was typed is posted and stands in no address: a random token leads to it for half an hour."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from casework.lines import RecordType
from casework.paging import NEWER, OLDER, PLACE_NAMES, count_text
from casework.query_form import TEXT
from casework.search import MOST_COUNTED, Found, Hit, exact, find, keep_text, kept_text, place_of, types_for
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other


class SearchBox(ActionView):
    """The box in the head of every page, and the one above a list, which keeps the list's other conditions."""

    action = Action.LIST_RECORDS

    def allowed(self) -> bool:
        """Let in who may see a full list or a reduced one."""
        membership = self.request.membership
        return may(membership, Action.LIST_RECORDS) or may(membership, Action.LIST_REDUCED)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the empty box."""
        return render(request, "casework/search.html", {"title": _("搜索")})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Go to the results, to the list, or straight to the record whose number was typed."""
        membership = self.request.membership
        text = request.POST.get("text", "").strip()
        kind = self._list(request.POST.get("list", ""))
        if kind is not None:
            query = _conditions(request.POST.get("query", ""))
            if text:
                query[TEXT] = keep_text(membership, text)
            return see_other(f"{reverse(f'{kind.slug}:list')}?{query.urlencode()}")
        if not text:
            return see_other(reverse("search"))
        if found := exact(text, membership):
            only, public_id = found
            return see_other(reverse(f"{only.slug}:detail", args=[public_id]))
        return see_other(reverse("found", args=[keep_text(membership, text)]))

    def _list(self, slug: str) -> RecordType | None:
        return next((kind for kind in types_for(self.request.membership) if kind.slug == slug), None)


def _conditions(text: str) -> QueryDict:
    """Return the conditions of a list's address without its place and its earlier text."""
    query = QueryDict(text[:1000], mutable=True)
    for name in (*PLACE_NAMES, TEXT):
        query.pop(name, None)
    return query


class SearchResults(SearchBox):
    """What was found: records of all types in one list, newest first."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, token: str = "") -> HttpResponse:
        """Show one page."""
        membership = self.request.membership
        text = kept_text(membership, token)
        if not text:
            messages.info(request, _("搜索内容保存半小时，请重新输入。"))
            return see_other(reverse("search"))
        types = types_for(membership)
        only = request.GET.get("type", "")
        wanted = [kind for kind in types if kind.slug == only] if only else types
        if not wanted:
            raise Http404
        places = {name: request.GET.get(name, "")[:40] for name in (OLDER, NEWER)}
        found = find(text, wanted, membership, older=places[OLDER], newer="" if places[OLDER] else places[NEWER])
        context = {
            "title": _("搜索结果"),
            "search_text": text,
            "hits": [self._row(hit) for hit in found.hits],
            "count_text": count_text(found.count, MOST_COUNTED),
            "types": [{"label": _("全部"), "url": "?", "current": not only}]
            + [{"label": kind.labels, "url": f"?type={kind.slug}", "current": kind.slug == only} for kind in types],
            "pager": _pager(found, only, places),
            "reduced": not may(membership, Action.LIST_RECORDS),
        }
        return render(request, "casework/search.html", context)

    def _row(self, hit: Hit) -> dict[str, Any]:
        state = hit.kind.workflow.state(hit.state)
        readable = may(self.request.membership, Action.READ_RECORD, hit.kind.line)
        return {
            "type": hit.kind.label,
            "url": reverse(f"{hit.kind.slug}:detail", args=[hit.public_id]) if readable else "",
            "title": hit.title or hit.number or _("未编号"),
            "number": hit.number if hit.title else "",
            "state": state.label,
            "tone": state.tone,
            "day": hit.registered_on,
            "office": hit.office,
            "snippet": hit.snippet,
        }


def _pager(found: Found, only: str, places: dict[str, str]) -> dict[str, str]:
    if not found.hits:
        return {}
    back = bool(places[NEWER]) and not places[OLDER]
    has_older, has_newer = (True, found.more) if back else (found.more, bool(places[OLDER]))
    kept = {"type": only} if only else {}
    older = f"?{urlencode(kept | {OLDER: place_of(found.hits[-1])})}"
    newer = f"?{urlencode(kept | {NEWER: place_of(found.hits[0])})}"
    return {"older_url": older if has_older else "", "newer_url": newer if has_newer else ""}

"""Pages of what is dated: the index of all kinds, one thing with its versions, drafting, preview and the second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.dated.deeds import adopt_draft, check_change, draft_change, refuse_draft
from casework.dated.subjects import ChangeForm, Effect, Listed, Subject, UnknownThing, change_of, subject, subjects
from casework.models import DatedDraft
from casework.workflow import NotPossible
from offices.permissions import Action, may
from offices.secrecy import half_width
from offices.views.base import ActionView, see_other

SEARCH_KEY = "rules_search"
LONGEST_SEARCH = 40
DECISIONS_SHOWN = 20


class RuleList(ActionView):
    """Everything dated as it holds today, by kind. What was looked for is kept in the session, not in an address."""

    action = Action.READ_RULES

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what holds, and what waits for a second person."""
        asked, text = request.GET.get("kind", ""), request.session.get(SEARCH_KEY, "")
        if asked and asked not in {kind.kind for kind in subjects()}:
            raise Http404
        waiting = set(DatedDraft.objects.filter(decided_at=None).values_list("kind", "code"))
        found = {kind: self.rows(kind, text, waiting) for kind in subjects()}
        groups = [(kind, rows) for kind, rows in found.items() if rows and asked in {"", kind.kind}]
        count = sum(len(rows) for _kind, rows in groups)
        tab = {
            "label": _("全部"),
            "url": reverse("rules"),
            "count": sum(map(len, found.values())),
            "current": not asked,
        }
        context = {
            "title": _("参数与规则"),
            "breadcrumb": [(_("参数与规则"), "")],
            "tabs": [
                tab,
                *(
                    {
                        "label": kind.label,
                        "url": f"?kind={kind.kind}",
                        "count": len(rows),
                        "current": asked == kind.kind,
                    }
                    for kind, rows in found.items()
                ),
            ],
            "groups": [{"label": kind.label, "note": kind.note, "rows": rows} for kind, rows in groups],
            "search_text": text,
            "count_text": ngettext("共 %(n)d 项", "共 %(n)d 项", count) % {"n": count},
            "waiting": sum(row["waiting"] for rows in found.values() for row in rows),
        }
        return render(request, "casework/rules.html", context)

    def rows(self, kind: Subject, text: str, waiting: set[tuple[str, str]]) -> list[dict[str, Any]]:
        """Return the things of a kind in which the text that is looked for stands."""
        word = text.lower()
        return [
            {
                "url": reverse("rule", args=[kind.kind, one.code]),
                "thing": one,
                "waiting": (kind.kind, one.code) in waiting,
            }
            for one in kind.listed(timezone.localdate())
            if not word or word in searched(one)
        ]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what is looked for, and show the list."""
        text = "" if "clear" in request.POST else request.POST.get("text", "")
        request.session[SEARCH_KEY] = half_width(text).strip()[:LONGEST_SEARCH]
        return see_other(reverse("rules"))


def searched(one: Listed) -> str:
    """Return the text in which a word is looked for."""
    return f"{one.name} {one.holds} {one.article} {one.code}".lower()


class RulePage(ActionView):
    """One thing: its versions, the drafts that wait with what they would do, and the form of the next version."""

    action = Action.READ_RULES

    @cached_property
    def subject(self) -> Subject:
        """The kind of the address, else 404."""
        try:
            return subject(self.kwargs["kind"])
        except UnknownThing:
            raise Http404 from None

    @cached_property
    def title(self) -> str:
        """The name of the thing, else 404."""
        try:
            return self.subject.title(self.kwargs["code"])
        except UnknownThing:
            raise Http404 from None

    def drafts(self) -> list[DatedDraft]:
        """Return the drafts of the thing, newest first: all that wait, and the last decided ones."""
        drafts = DatedDraft.objects.filter(kind=self.kwargs["kind"], code=self.kwargs["code"])
        drafts = drafts.select_related("drafted_by", "decided_by")
        return [*drafts.filter(decided_at=None), *drafts.exclude(decided_at=None)[:DECISIONS_SHOWN]]

    def get(self, request: HttpRequest, kind: str, code: str) -> HttpResponse:
        """Show it."""
        assert self.title
        return self.page(self.subject.make_form(code))

    def post(self, request: HttpRequest, kind: str, code: str) -> HttpResponse:
        """Preview, draft, adopt or refuse."""
        assert self.title
        if not may(self.request.membership, Action.EDIT_RULES):
            raise PermissionDenied
        if "decision" in request.POST:
            return self.decide(request.POST["decision"])
        form = self.subject.make_form(code, request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            return self.take(form)
        except ValidationError as refusal:
            form.refuse(refusal)
            return self.page(form, status=422)

    def take(self, form: ChangeForm) -> HttpResponse:
        """Show what a valid form would do, or save it as a draft."""
        code = self.kwargs["code"]
        change = self.subject.change(code, form.cleaned_data)
        if "preview" in self.request.POST:
            check_change(self.subject, code, change)
            effects = self.subject.effects(code, change, timezone.localdate())
            return self.page(form, preview={"told": self.subject.told(code, change), "effects": effects})
        reason = form.cleaned_data["reason"]
        draft_change(actor=self.request.membership, kind=self.subject, code=code, change=change, reason=reason)
        messages.success(self.request, _("草案已保存，请另一人审定后生效。"))
        return see_other(self.address())

    def decide(self, decision: str) -> HttpResponse:
        """Adopt or refuse a draft that waits."""
        key = self.request.POST.get("draft", "")
        draft = next((one for one in self.drafts() if one.decided_at is None and str(one.pk) == key), None)
        if draft is None:
            raise Http404
        try:
            if decision == "adopt":
                adopt_draft(draft=draft, actor=self.request.membership)
                messages.success(self.request, _("已审定，从生效日期起适用。"))
            else:
                refuse_draft(draft=draft, actor=self.request.membership)
                messages.success(self.request, _("草案已退回。"))
        except NotPossible as reason:
            messages.error(self.request, str(reason))
        return see_other(self.address())

    def address(self) -> str:
        """Return the address of the page."""
        return reverse("rule", args=[self.kwargs["kind"], self.kwargs["code"]])

    def page(self, form: ChangeForm, status: int = 200, preview: dict[str, Any] | None = None) -> HttpResponse:
        """Render the page."""
        code, drafts = self.kwargs["code"], self.drafts()
        waiting = [self.shown(draft) for draft in drafts if draft.decided_at is None]
        may_edit = may(self.request.membership, Action.EDIT_RULES)
        context: dict[str, Any] = {
            "title": self.title,
            "subtitle": self.subject.note,
            "breadcrumb": [
                (_("参数与规则"), reverse("rules")),
                (self.subject.label, f"{reverse('rules')}?kind={self.subject.kind}"),
                (self.title, ""),
            ],
            "versions": self.subject.versions(code),
            "waiting": waiting,
            "decided": [self.shown(draft, with_effects=False) for draft in drafts if draft.decided_at is not None],
            "may_edit": may_edit,
            "may_draft": may_edit and (self.subject.several or not waiting),
            "preview": preview,
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": _("保存草案"),
            "submit_preview_label": _("预览影响"),
        }
        return render(self.request, "casework/rule.html", context, status=status)

    def shown(self, draft: DatedDraft, *, with_effects: bool = True) -> dict[str, Any]:
        """Return a draft with what it would change and do."""
        change, code = change_of(draft), draft.code
        effects: list[Effect] = self.subject.effects(code, change, timezone.localdate()) if with_effects else []
        return {
            "draft": draft,
            "told": self.subject.told(code, change),
            "effects": effects,
            "own": draft.drafted_by_id == self.request.membership.user_id,
        }

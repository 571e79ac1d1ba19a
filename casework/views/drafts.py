"""Pages of drafts: saving one while a person types, the list, giving one up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.drafts import SOURCE, draft_name, form_address, form_title, save_draft
from casework.models import Draft
from casework.templatetags.casework import clock
from casework.views.base import RecordTypeView
from offices.permissions import Action
from offices.views.base import ActionView, see_other


class DraftOfForm(RecordTypeView, abstract=True):
    """Saving the draft of a form page: JSON for the script, a page for browsers without it."""

    def key(self) -> str:
        """Return the name of the form's draft."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep what was typed."""
        draft = save_draft(actor=self.request.membership, form=self.key(), data=request.POST)
        if draft is None:
            return JsonResponse({"error": _("内容过长，未能保存为草稿。")}, status=413)
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"saved_at": clock(draft.saved_at)})
        messages.success(request, _("已存为草稿，可在工作台继续填写。"))
        return see_other(reverse("drafts"))


class OpenDraft(DraftOfForm):
    """The draft of a new record."""

    action = Action.OPEN_RECORD

    def allowed(self) -> bool:
        """Let in who may open a record of the type."""
        return self.may(self.record_type.open_action)

    def key(self) -> str:
        """The same key as the page's."""
        return draft_name(self.record_type.code, self.request.GET.get(SOURCE, "")[:60])


class DraftList(ActionView):
    """The person's drafts."""

    action = Action.OWN_ACCOUNT

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them, newest first."""
        membership = self.request.membership
        rows = [
            {
                "title": form_title(draft.form),
                "url": form_address(draft.form),
                "saved_at": draft.saved_at,
                "discard_url": reverse("discard_draft", args=[draft.public_id]),
            }
            for draft in Draft.objects.filter(user=request.user, membership=membership)  # type: ignore[misc]
        ]
        return render(request, "casework/drafts.html", {"title": _("未提交的草稿"), "drafts": rows})


class DiscardDraft(ActionView):
    """Give a draft up."""

    action = Action.OWN_ACCOUNT

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Delete the person's own draft; anybody else's is unknown."""
        if not Draft.objects.filter(public_id=ref, user_id=self.request.membership.user_id).delete()[0]:
            raise Http404
        messages.success(request, _("草稿已删除。"))
        return see_other(reverse("drafts"))

"""Pages of the dated rules: which hold, what holds next, drafting and adopting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.form_fields import fields_of
from casework.forms import PortalForm
from casework.models import DeadlineRule, RuleDraft
from casework.rules import adopt_rule, draft_rule, effect_of, refuse_rule, running_rules, steps_of
from casework.workflow import NotPossible
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other


def amount_text(rule: DeadlineRule | RuleDraft) -> str:
    """Return how long a rule gives: 30 个自然日，遇节假日顺延."""
    texts = {
        DeadlineRule.Unit.HOUR: ngettext("%(n)d 小时", "%(n)d 小时", rule.amount),
        DeadlineRule.Unit.DAY: ngettext("%(n)d 个自然日", "%(n)d 个自然日", rule.amount),
        DeadlineRule.Unit.WORKDAY: ngettext("%(n)d 个工作日", "%(n)d 个工作日", rule.amount),
        DeadlineRule.Unit.MONTH: ngettext("%(n)d 个月", "%(n)d 个月", rule.amount),
    }
    text = texts[DeadlineRule.Unit(rule.unit)] % {"n": rule.amount}
    return _("%(text)s，遇节假日顺延") % {"text": text} if rule.rolls else text


class RuleList(ActionView):
    """The rules that hold today."""

    action = Action.READ_RULES

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them with their articles, and the drafts that wait."""
        waiting = {draft.code for draft in RuleDraft.objects.filter(decided_at=None)}
        rows = [
            {
                "url": reverse("rule", args=[rule.code]),
                "name": _("；").join(steps_of(rule.code)) or rule.code,
                "amount": amount_text(rule),
                "article": rule.article,
                "since": rule.valid_from,
                "waiting": rule.code in waiting,
            }
            for rule in running_rules(timezone.localdate())
        ]
        return render(request, "casework/rules.html", {"title": _("期限规则"), "rows": rows})


@fields_of(RuleDraft, "amount unit rolls article valid_from reason", future="valid_from")
class RuleForm(PortalForm):
    """The next rule of a code."""


class RulePage(ActionView):
    """One rule: its versions, the draft that waits, and the form of a new one."""

    action = Action.READ_RULES

    def versions(self) -> list[DeadlineRule]:
        """Return the rules of the code, newest first; 404 when there is none."""
        found = list(DeadlineRule.objects.filter(code=self.kwargs["code"]).order_by("-valid_from"))
        if not found:
            raise Http404
        return found

    def waiting(self) -> RuleDraft | None:
        """Return the draft that waits for a decision."""
        drafts = RuleDraft.objects.filter(code=self.kwargs["code"], decided_at=None)
        return drafts.select_related("drafted_by").first()

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show it."""
        newest = self.versions()[0]
        names = ("amount", "unit", "rolls", "article")
        return self.page(RuleForm(initial={name: getattr(newest, name) for name in names}))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Draft, adopt or refuse."""
        self.versions()
        actor = self.request.membership
        if not may(actor, Action.EDIT_RULES):
            raise PermissionDenied
        if "decision" in request.POST:
            return self.decide(request.POST["decision"])
        form = RuleForm(request.POST)
        if form.is_valid():
            try:
                draft_rule(actor=actor, code=code, **form.cleaned_data)
            except ValidationError as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("草案已保存，请另一人审定后生效。"))
                return see_other(reverse("rule", args=[code]))
        return self.page(form, status=422)

    def decide(self, decision: str) -> HttpResponse:
        """Adopt or refuse the draft that waits."""
        draft = self.waiting()
        if draft is None:
            raise Http404
        try:
            if decision == "adopt":
                adopt_rule(draft=draft, actor=self.request.membership)
                messages.success(self.request, _("已审定，从生效日期起适用。"))
            else:
                refuse_rule(draft=draft, actor=self.request.membership)
                messages.success(self.request, _("草案已退回。"))
        except NotPossible as reason:
            messages.error(self.request, str(reason))
        return see_other(reverse("rule", args=[draft.code]))

    def page(self, form: PortalForm, status: int = 200) -> HttpResponse:
        """Render the page."""
        code, draft = self.kwargs["code"], self.waiting()
        title = _("；").join(steps_of(code)) or code
        context: dict[str, Any] = {
            "title": title,
            "breadcrumb": [(_("期限规则"), reverse("rules")), (title, "")],
            "versions": [(rule, amount_text(rule)) for rule in self.versions()],
            "draft": draft,
            "draft_amount": amount_text(draft) if draft else "",
            "own_draft": draft is not None and draft.drafted_by_id == self.request.membership.user_id,
            "effect": effect_of(code, timezone.localdate()),
            "may_edit": may(self.request.membership, Action.EDIT_RULES),
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": _("保存草案"),
        }
        return render(self.request, "casework/rule.html", context, status=status)

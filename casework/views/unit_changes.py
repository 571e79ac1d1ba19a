"""Pages of the changes of units: what waits and what comes, one change with its effect, and a form for each kind."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from casework.jobs import shown_job
from casework.models import Job
from casework.unit_change_forms import FORMS, DecisionForm
from casework.unit_change_reading import facts_of, title_of, villages_of
from casework.unit_changes import effect_of, job_of, start
from offices.change_reading import changes_in_reach
from offices.changes import NotDecided, adopt_change, draft_change, may_decide, refuse_change
from offices.models import Office, UnitChange
from offices.models.changes import CHANGING_LEVELS
from offices.permissions import Action, may
from offices.selectors import units_in_reach
from offices.views.base import ActionView, see_other

KIND, STATE = UnitChange.Kind, UnitChange.State
PAGE_SIZE = 25
TONES = {STATE.WAITING: "amber", STATE.COMING: "blue", STATE.MOVING: "blue", STATE.DONE: "green", STATE.REFUSED: ""}
# The tabs of the list, and what each of them asks of a change.
TABS: dict[str, dict[str, Any]] = {
    "waiting": {"decided_at": None},
    "coming": {"adopted": True, "moved_at": None},
    "done": {"adopted": True, "moved_at__isnull": False},
    "refused": {"adopted": False},
}


def tab_labels() -> dict[str, str]:
    """Return the labels of the tabs."""
    return {
        "waiting": pgettext("unit change", "待审定"),
        "coming": _("待生效和移转中"),
        "done": pgettext("unit change", "已完成"),
        "refused": pgettext("unit change", "已退回"),
    }


class UnitChangeList(ActionView):
    """The changes in reach: those that wait, that come, that are done, that were refused."""

    action = Action.READ_UNIT_CHANGES
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one tab."""
        shown = request.GET.get("state", "waiting")
        shown = shown if shown in TABS else "waiting"
        changes = changes_in_reach(self.request.membership)
        page = Paginator(changes.filter(**TABS[shown]).prefetch_related("lines__unit"), PAGE_SIZE)
        page_shown = page.get_page(request.GET.get("page"))
        today = timezone.localdate()
        here = f"{reverse('unit_changes')}?state={shown}&page="
        context = {
            "title": _("机构变更"),
            "breadcrumb": [(_("机构变更"), "")],
            "tabs": [
                {"label": label, "url": f"?state={name}", "current": name == shown, "count": ""}
                for name, label in tab_labels().items()
            ],
            "rows": [_row(change, today) for change in page_shown.object_list],
            "count": page.count,
            "pager": {
                "newer_url": f"{here}{page_shown.previous_page_number()}" if page_shown.has_previous() else "",
                "older_url": f"{here}{page_shown.next_page_number()}" if page_shown.has_next() else "",
            },
            "may_draft": may(self.request.membership, Action.DRAFT_UNIT_CHANGE),
        }
        return render(request, "casework/unit_changes.html", context)


def _row(change: UnitChange, today: Any) -> dict[str, Any]:
    state = change.state(today)
    return {
        "url": reverse("unit_change", args=[change.pk]),
        "title": title_of(change, list(change.lines.all())),
        "kind": change.get_kind_display(),
        "on": change.effective_on,
        "paper": change.paper,
        "state": state.label,
        "tone": TONES[state],
        "by": change.drafted_by.name,
    }


class DraftUnitChange(ActionView):
    """The form of one kind of change, from the page of a unit."""

    action = Action.DRAFT_UNIT_CHANGE
    http_method_names = ["get", "head", "post", "options"]

    def unit(self) -> Office:
        """Return the unit of the address; 404 out of reach, or at a level that does not change so."""
        kind, reach = self.kwargs["kind"], units_in_reach(self.request.membership, timezone.localdate())
        found = reach.select_related("county", "parent").filter(pk=self.kwargs["unit"]).first()
        if found is None or kind not in FORMS or found.level not in CHANGING_LEVELS[KIND(kind)]:
            raise Http404
        return found

    def get(self, request: HttpRequest, unit: int, kind: str) -> HttpResponse:
        """Show the form."""
        found = self.unit()
        return self._page(found, FORMS[kind](unit=found))

    def post(self, request: HttpRequest, unit: int, kind: str) -> HttpResponse:
        """Draft the change and show it with its effect."""
        found = self.unit()
        form = FORMS[kind](request.POST, unit=found)
        if form.is_valid():
            try:
                change = draft_change(by=self.request.membership, plan=form.plan())
            except ValidationError as refusal:
                form.refuse(refusal)
            except PermissionError as refusal:
                raise PermissionDenied from refusal
            else:
                messages.success(request, _("草案已保存，请省级另一人审定。"))
                return see_other("unit_change", change.pk)
        return self._page(found, form, status=422)

    def _page(self, unit: Office, form: Any, *, status: int = 200) -> HttpResponse:
        title = _("%(kind)s：%(unit)s") % {"kind": KIND(form.kind).label, "unit": unit.short_name}
        back = reverse("office", args=[unit.pk])
        context = {
            "title": title,
            "subtitle": _("区划代码 %(code)s") % {"code": unit.code},
            "breadcrumb": [(unit.name, back), (title, "")],
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": _("保存草案"),
            "cancel_url": back,
        }
        return render(self.request, "casework/form.html", context, status=status)


class UnitChangePage(ActionView):
    """One change: what becomes of which unit, what it meets, how far its records are, and the decision."""

    action = Action.READ_UNIT_CHANGES
    http_method_names = ["get", "head", "post", "options"]

    def change(self) -> UnitChange:
        """Return the change of the address; 404 out of reach."""
        found = changes_in_reach(self.request.membership).filter(pk=self.kwargs["change"]).first()
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, change: int) -> HttpResponse:
        """Show it, or the progress alone that replaces itself."""
        found = self.change()
        if request.htmx:  # type: ignore[attr-defined]
            running = job_of(found)
            if running is None:
                raise Http404
            return render(request, "casework/_job.html", {"job": shown_job(running)})
        return self._page(found, DecisionForm())

    def post(self, request: HttpRequest, change: int) -> HttpResponse:
        """Adopt, refuse, or start once more what could not be done."""
        if not may(self.request.membership, Action.ADOPT_UNIT_CHANGE):
            raise PermissionDenied
        found, decision = self.change(), request.POST.get("decision", "")
        form = DecisionForm(request.POST)
        if form.is_valid():
            if decision not in {"adopt", "refuse", "again"}:
                form.add_error(None, _("请选择审定或者退回。"))
            elif decision == "refuse" and not form.cleaned_data["note"]:
                form.add_error("note", _("请写明原因。"))
        if not form.is_valid():
            return self._page(found, form, status=422)
        try:
            return self._decide(found, decision, form.cleaned_data["note"])
        except PermissionError as refusal:
            raise PermissionDenied from refusal
        except NotDecided as reason:
            messages.error(request, str(reason))
            return see_other("unit_change", found.pk)

    def _decide(self, change: UnitChange, decision: str, note: str) -> HttpResponse:
        by = self.request.membership
        if decision == "adopt":
            adopt_change(change=change, by=by)
            messages.success(self.request, _("已审定，从生效日期起适用。"))
        elif decision == "refuse":
            refuse_change(change=change, by=by, note=note)
            messages.success(self.request, _("草案已退回。"))
        elif not may_decide(by):
            raise PermissionDenied
        change.refresh_from_db()
        if change.adopted and change.moved_at is None and change.effective_on <= timezone.localdate():
            start(change, asker=by)
        return see_other("unit_change", change.pk)

    def _page(self, change: UnitChange, form: DecisionForm, *, status: int = 200) -> HttpResponse:
        lines = list(change.lines.select_related("unit", "target"))
        today, by = timezone.localdate(), self.request.membership
        state, running = change.state(today), job_of(change) if change.adopted else None
        own = change.drafted_by_id == by.user_id
        context = {
            "title": title_of(change, lines),
            "breadcrumb": [(_("机构变更"), reverse("unit_changes")), (title_of(change, lines), "")],
            "state_label": state.label,
            "state_tone": TONES[state],
            "facts": facts_of(change, lines),
            "waiting": change.decided_at is None,
            "effects": effect_of(change) if state in {STATE.WAITING, STATE.COMING} else [],
            "villages": villages_of(lines),
            "job": shown_job(running) if running and state == STATE.MOVING else None,
            "moved": running.result.get("moved", 0) if running and running.state == Job.State.DONE else None,
            "again": running is not None and running.state == Job.State.DEAD and may_decide(by),
            "closing": [line.unit for line in lines] if change.ends_units and change.applied_at else [],
            "may_close": may(by, Action.ADMINISTER_ACCOUNTS),
            "may_adopt": may_decide(by) and not own,
            "may_refuse": may_decide(by) or (own and may(by, Action.ADOPT_UNIT_CHANGE)),
            "own": own,
            "form": form,
            "error_list": form.error_list(),
        }
        return render(self.request, "casework/unit_change.html", context, status=status)

"""Pages of what a second person decides: the requests of a unit, and one of them with its decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from casework import correction_requests
from casework.correction_forms import DecideForm
from casework.correction_reading import TONES, facts_of_request, summary_of
from casework.correction_requests import KIND, STATE
from casework.forms import PortalForm
from casework.lines import Column, RecordType, record_type
from casework.models import CorrectionRequest
from casework.paging import JUMP, PLACE_NAMES, capped_count, count_text, page_of
from casework.tables import show_date, table_html
from casework.views.base import log_access
from casework.workflow import NotPossible
from offices.models import AccessEntry
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other


class CorrectionList(ActionView):
    """The requests of a unit: those that wait, and those that are decided, newest first."""

    action = Action.READ_CORRECTIONS

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page."""
        decided = request.GET.get("state") == "decided"
        rows = CorrectionRequest.objects.all()
        rows = rows.exclude(state=STATE.WAITING) if decided else rows.filter(state=STATE.WAITING)
        columns = self.columns()
        page = page_of(rows, request.GET, [column.name for column in columns], by="asked_on")
        hidden = [(name, value) for name, value in request.GET.items() if name not in PLACE_NAMES]
        jump = {"jump_name": JUMP, "jump_value": request.GET.get(JUMP, ""), "hidden": hidden}
        context = {
            "title": _("撤回与作废"),
            "breadcrumb": [(_("撤回与作废"), "")],
            "tabs": [
                {"label": STATE.WAITING.label, "url": "?", "current": not decided},
                {"label": _("已处理"), "url": "?state=decided", "current": decided},
            ],
            "count_text": count_text(capped_count(rows)),
            "table_html": table_html(columns, page.rows, address=reverse("correction", args=["REF"])),
            "empty": not page.rows,
            "empty_text": _("没有撤回和作废申请。"),
            "pager": {"older_url": page.older, "newer_url": page.newer, **jump},
        }
        return render(request, "casework/corrections.html", context)

    def columns(self) -> list[Column]:
        """Return the columns of the table."""
        return [
            Column(name="title", label=_("名称")),
            Column(name="record_type", label=_("类型"), show=lambda code: record_type(code).label, wide_only=True),
            Column(name="kind", label=_("申请事项"), show=lambda code: KIND(code).label),
            Column(name="reason", label=_("理由"), wide_only=True),
            Column(name="asked_by__name", label=_("申请人")),
            Column(name="asked_on", label=_("申请日期"), show=show_date),
            Column(name="office__short_name", label=_("司法所"), wide_only=True),
            Column(
                name="state", label=_("状态"), show=lambda code: STATE(code).label, tone=lambda code: TONES[STATE(code)]
            ),
        ]


class CorrectionPage(ActionView):
    """One request, and its decision. Opening it is written to the access log."""

    action = Action.READ_CORRECTIONS

    @cached_property
    def correction(self) -> CorrectionRequest:
        """The request under the scope, else 404."""
        known = CorrectionRequest.objects.select_related("asked_by", "decided_by", "step")
        found = known.filter(public_id=self.kwargs["ref"][:10]).first()
        if found is None:
            raise Http404
        return found

    @property
    def kind(self) -> RecordType:
        """The type of the record."""
        return record_type(self.correction.record_type)

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show it."""
        log_access(
            AccessEntry.Kind.VIEW, record_type=CorrectionRequest._meta.label_lower, key=self.correction.public_id
        )
        return self.page(DecideForm())

    def post(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Confirm, refuse, withdraw, or note a refusal."""
        actor, decision = self.request.membership, request.POST.get("decision", "")
        if decision in {"confirm", "refuse"} and not may(actor, Action.DECIDE_CORRECTION):
            raise PermissionDenied
        correction = self.correction
        form = DecideForm(request.POST, refuses=decision == "refuse")
        if not form.is_valid():
            return self.page(form, status=422)
        reason = form.cleaned_data["reason"]
        try:
            if decision == "confirm":
                correction_requests.confirm(request=correction, actor=actor, reason=reason)
            elif decision == "refuse":
                correction_requests.refuse(request=correction, actor=actor, reason=reason)
            elif decision == "withdraw":
                correction_requests.withdraw(request=correction, actor=actor)
            elif decision == "acknowledge":
                correction_requests.acknowledge(request=correction, actor=actor)
            else:
                raise Http404
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
            return self.page(form, status=422)
        except ValidationError as refusal:
            form.refuse(refusal)
            return self.page(form, status=422)
        except PermissionError as error:
            raise PermissionDenied from error
        messages.success(request, _("已处理。"))
        return see_other(reverse("correction", args=[correction.public_id]))

    def page(self, form: PortalForm, status: int = 200) -> HttpResponse:
        """Render the request with what the person may do about it."""
        correction, membership = self.correction, self.request.membership
        model = self.kind.model._default_manager
        record = model.filter(pk=correction.record_id).first()
        kept = model.filter(public_id=correction.same_as).first() if correction.same_as else None
        own = correction.asked_by_id == membership.user_id
        title = summary_of(correction)
        context = {
            "title": title,
            "breadcrumb": [(_("撤回与作废"), reverse("corrections")), (title, "")],
            "heading": {
                "title": correction.title,
                "number": record.number if record else "",
                "state_label": STATE(correction.state).label,
                "state_tone": TONES[STATE(correction.state)],
                "meta": [(_("类型"), self.kind.label), (_("申请事项"), title)],
            },
            "actions": [
                {"label": label, "url": reverse(f"{self.kind.slug}:detail", args=[one.public_id]), "primary": False}
                for label, one in ((_("查看这件业务"), record), (_("查看保留的业务"), kept))
                if one is not None and may(membership, Action.READ_RECORD, self.kind.line)
            ],
            "facts": facts_of_request(correction, kept),
            "may_decide": correction.is_open and not own and may(membership, Action.DECIDE_CORRECTION, self.kind.line),
            "may_withdraw": correction.is_open and own,
            "may_acknowledge": own and correction.state == STATE.REFUSED and correction.acknowledged_at is None,
            "form": form,
            "error_list": form.error_list(),
        }
        return render(self.request, "casework/correction.html", context, status=status)

"""Pages of hand-overs: offer a record, the list of what goes out and comes in, one of them, and its decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from casework import handovers
from casework.forms import PortalForm
from casework.handover_forms import OfferForm, ReturnForm, WithdrawForm
from casework.handover_reading import STATE, TONES, deadline_of, deed_facts, deeds, frozen_facts, heading
from casework.lines import Column, Handing, RecordType, record_type
from casework.models import Handover
from casework.paging import JUMP, PLACE_NAMES, capped_count, count_text, page_of
from casework.tables import show_date, table_html
from casework.views.base import log_access
from casework.views.entry import FormPage
from offices.models import AccessEntry, Level
from offices.permissions import Action, may
from offices.views.base import ActionView, see_other


class OfferHandover(FormPage):
    """Offer a record to another office."""

    action = Action.HAND_OVER
    template = "casework/step.html"
    title = gettext_lazy("移交其他司法所")
    submit_label = gettext_lazy("提出移交")

    @cached_property
    def record(self) -> Any:
        """The record under the scope."""
        return self.get_record()

    @property
    def handing(self) -> Handing:
        """How the type is handed over; its pages exist for no other."""
        assert self.record_type.handing is not None
        return self.record_type.handing

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; a record that cannot be offered says why on its own page."""
        if reason := handovers.refusal(self.record_type, self.record):
            messages.warning(request, reason)
            return see_other(self.address("detail", self.record.public_id))
        return super().get(request, *args, **kwargs)

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask to which office and why."""
        return OfferForm(data, record=self.record, grounds=self.handing.grounds)

    def do(self, form: PortalForm) -> Any:
        """Offer it."""
        self.made = handovers.offer(record=self.record, actor=self.request.membership, **form.cleaned_data)
        return self.record

    def after(self, record: Any) -> str:
        """Go to the hand-over."""
        return reverse("handover", args=[self.made.public_id])

    def done_text(self, record: Any) -> str:
        """Say that it is now the other office's turn."""
        return _("已提出移交，等待%(unit)s接收。") % {"unit": self.made.to_office.short_name}

    def extra(self) -> dict[str, Any]:
        """Show the record above the form, and what follows."""
        back = self.address("detail", self.record.public_id)
        crumbs = self.breadcrumb((self.record.number or self.record.title, back), (self.title, ""))
        effects = [
            _("接收单位看到业务名称、概况等摘要，看不到证件号码、电话和卷宗。"),
            _("对方接收前，这件业务仍由本所办理；办理后须重新提出移交。"),
            _("对方接收后，业务及全部材料转到对方，本所不再能查看，移交记录仍在“业务移交”中。"),
        ]
        return {"heading": self.heading(self.record), "cancel_url": back, "breadcrumb": crumbs, "effects": effects}


class HandoverList(ActionView):
    """What comes in to a unit and what goes out of it, newest first."""

    action = Action.READ_HANDOVERS

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of one direction."""
        membership = self.request.membership
        goes_out = request.GET.get("way") == "out"
        column = f"{'' if goes_out else 'to_'}{'office' if membership.office.level == Level.OFFICE else 'county'}"
        rows = Handover.objects.filter(**{column: membership.office_id})
        columns = self.columns()
        page = page_of(rows, request.GET, [column.name for column in columns], by="offered_on")
        hidden = [(name, value) for name, value in request.GET.items() if name not in PLACE_NAMES]
        jump = {"jump_name": JUMP, "jump_value": request.GET.get(JUMP, ""), "hidden": hidden}
        context = {
            "title": _("业务移交"),
            "breadcrumb": [(_("业务移交"), "")],
            "tabs": [
                {"label": pgettext("handover", "移入"), "url": "?", "current": not goes_out},
                {"label": pgettext("handover", "移出"), "url": "?way=out", "current": goes_out},
            ],
            "count_text": count_text(capped_count(rows)),
            "table_html": table_html(columns, page.rows, address=reverse("handover", args=["REF"])),
            "empty": not page.rows,
            "pager": {"older_url": page.older, "newer_url": page.newer, **jump},
        }
        return render(request, "casework/handovers.html", context)

    def columns(self) -> list[Column]:
        """Return the columns of the table."""
        return [
            Column(name="summary", label=_("名称"), show=lambda text: Handover(summary=text).title),
            Column(name="record_type", label=_("类型"), show=lambda code: record_type(code).label, wide_only=True),
            Column(name="office__short_name", label=_("移交单位")),
            Column(name="to_office__short_name", label=_("接收单位")),
            Column(name="offered_on", label=_("移交日期"), show=show_date),
            Column(name="due_on", label=_("接收期限"), show=show_date, wide_only=True),
            Column(
                name="state", label=_("状态"), show=lambda code: STATE(code).label, tone=lambda code: TONES[STATE(code)]
            ),
        ]


class HandoverPage(ActionView):
    """One hand-over as both ends see it. Opening it is written to the access log."""

    action = Action.READ_HANDOVERS

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show what was frozen, what was decided, and what can be done."""
        handover = find(ref)
        log_access(AccessEntry.Kind.VIEW, record_type=Handover._meta.label_lower, key=handover.public_id)
        kind = record_type(handover.record_type)
        context = {
            "title": handover.title,
            "breadcrumb": [(_("业务移交"), reverse("handovers")), (handover.title, "")],
            "heading": heading(handover, kind),
            "actions": self.actions(handover, kind),
            "deadline": deadline_of(handover),
            "facts": [*deed_facts(handover, kind), *frozen_facts(handover, kind)],
            "timeline": deeds(handover),
        }
        return render(request, "casework/detail.html", context)

    def actions(self, handover: Handover, kind: RecordType) -> list[dict[str, Any]]:
        """Return what the person's own office may do with it; the way to the record for whoever has it in scope."""
        found: list[dict[str, Any]] = []
        membership = self.request.membership
        if handover.is_open and may(membership, Action.HAND_OVER, handover.line):
            pages = {
                handover.to_office_id: (("accept_handover", _("接收"), True), ("return_handover", _("退回"), False)),
                handover.office_id: (("withdraw_handover", pgettext("handover", "撤回"), False),),
            }
            for name, label, primary in pages.get(membership.office_id, ()):
                found.append({"label": label, "url": reverse(name, args=[handover.public_id]), "primary": primary})
        ref = kind.model._default_manager.filter(pk=handover.record_id).values_list("public_id", flat=True).first()
        if ref and may(membership, Action.READ_RECORD, handover.line):
            address = reverse(f"{kind.slug}:detail", args=[ref])
            found.append({"label": _("查看这件业务"), "url": address, "primary": not found})
        return found


def find(ref: str) -> Handover:
    """Return the hand-over of an address as far as either end is in scope, else 404."""
    known = Handover.objects.select_related("office", "to_office", "offered_by", "decided_by")
    handover = known.filter(public_id=ref[:10]).first()
    if handover is None:
        raise Http404
    return handover


class Decision(FormPage, abstract=True):
    """A page on which one of the two offices decides on an offer."""

    template = "casework/step.html"

    @property
    def line(self) -> str | None:  # type: ignore[override]  # tested once the hand-over is found
        """No line before the hand-over is known: its policy tests the line."""
        return None

    @cached_property
    def handover(self) -> Handover:
        """The hand-over, 404 for whoever may see it and is not the office that decides."""
        handover = find(self.kwargs["ref"])
        if self.deciding(handover) != self.request.membership.office_id:
            raise Http404
        return handover

    @property
    def record_type(self) -> RecordType:  # type: ignore[override]  # that of the hand-over
        """The type of the record."""
        return record_type(self.handover.record_type)

    def deciding(self, handover: Handover) -> int:
        """Return the office that decides here."""
        return handover.to_office_id

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; what is decided already shows its page."""
        if not self.handover.is_open:
            messages.warning(request, _("这件移交已经处理。"))
            return see_other(self.page_address())
        return super().get(request, *args, **kwargs)

    def page_address(self) -> str:
        """Return the address of the hand-over's page."""
        return reverse("handover", args=[self.handover.public_id])

    def after(self, record: Any) -> str:
        """Go back to the hand-over."""
        return self.page_address()

    def extra(self) -> dict[str, Any]:
        """Show the hand-over above the form."""
        back = self.page_address()
        crumbs = [(_("业务移交"), reverse("handovers")), (self.handover.title, back), (self.title, "")]
        return {"heading": heading(self.handover, self.record_type), "cancel_url": back, "breadcrumb": crumbs}


class AcceptHandover(Decision):
    """Take the record over."""

    action = Action.HAND_OVER
    title = gettext_lazy("接收移交")
    submit_label = gettext_lazy("确认接收")

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask what the record needs here."""
        assert self.record_type.handing is not None
        form: PortalForm = self.record_type.handing.form(data, handover=self.handover)
        return form

    def do(self, form: PortalForm) -> Any:
        """Accept it."""
        return handovers.accept(handover=self.handover, actor=self.request.membership, **form.cleaned_data)

    def after(self, record: Any) -> str:
        """Go to the record, which is now here."""
        return self.address("detail", record.public_id)

    def done_text(self, record: Any) -> str:
        """Say that it is here."""
        return _("已接收：%(title)s") % {"title": record.title}

    def extra(self) -> dict[str, Any]:
        """Say what follows."""
        handing = self.record_type.handing
        effects = [
            _("业务及全部材料、办理动态转到本所，期限照旧计算，编号不变。"),
            *(handing.effects if handing else ()),
            _("移交前的计数仍归移交单位；在办业务从对方转出，计入本所。"),
        ]
        return super().extra() | {"effects": effects}


class ReturnHandover(Decision):
    """Send it back."""

    action = Action.HAND_OVER
    title = gettext_lazy("退回移交")
    submit_label = gettext_lazy("退回")

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask why."""
        return ReturnForm(data)

    def do(self, form: PortalForm) -> Any:
        """Return it."""
        handovers.send_back(handover=self.handover, actor=self.request.membership, **form.cleaned_data)
        return self.handover

    def done_text(self, record: Any) -> str:
        """Say that it has gone back."""
        return _("已退回%(unit)s。") % {"unit": self.handover.office.short_name}


class WithdrawHandover(Decision):
    """Take one's own offer back."""

    action = Action.HAND_OVER
    title = gettext_lazy("撤回移交")
    submit_label = gettext_lazy("撤回")

    def deciding(self, handover: Handover) -> int:
        """Return the office that offered it."""
        return handover.office_id

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask why."""
        return WithdrawForm(data)

    def do(self, form: PortalForm) -> Any:
        """Withdraw it today."""
        today = timezone.localdate()
        handovers.withdraw(handover=self.handover, actor=self.request.membership, on=today, **form.cleaned_data)
        return self.handover

    def done_text(self, record: Any) -> str:
        """Say that it stays."""
        return _("已撤回，这件业务仍由本所办理。")

"""Pages on which a person types: opening a record, amending it, taking a step, and their drafts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.conflicts import as_chosen, differences
from casework.drafts import SOURCE, discard_draft, draft_data, draft_name, find_draft
from casework.forms import PortalForm
from casework.models import Draft, Record, RecordEvent
from casework.openings import Opening, find_opening
from casework.services import StaleRecord
from casework.views.base import RecordTypeView, new_token, token_led_to, use_token
from casework.workflow import NotPossible, Transition
from offices.permissions import Action
from offices.views.base import see_other


class FormPage(RecordTypeView, abstract=True):
    """A page with one form. Subclasses make the form and do the deed; what was typed is never lost."""

    template = "casework/form.html"
    title: Any = ""
    submit_label: Any = ""
    # What a refusal names as the page that mends it.
    mend = ""

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the form, bound to what was posted or restored."""
        raise NotImplementedError

    def do(self, form: PortalForm) -> Record:
        """Do the deed with a valid form."""
        raise NotImplementedError

    def after(self, record: Record) -> str:
        """Return the address to go to once it is done."""
        return self.address("detail", record.public_id)

    def draft_key(self) -> str:
        """Return the name of the form's draft; empty for a form without one."""
        return ""

    def extra(self) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form: empty, with what is stored, or with the draft."""
        draft = find_draft(actor=self.request.membership, form=self.draft_key()) if self.draft_key() else None
        if draft and request.GET.get("draft") == "continue":
            form = self.make_form(draft_data(draft))
            form.is_valid()
            form.forget_errors()
            return self.page(form, draft=draft)
        return self.page(self.make_form(None), draft=draft, offer=draft is not None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add a block, or validate and do the deed; a refusal shows the same page with its reason."""
        if "add_form" in request.POST:
            return self.page(self._one_more_block())
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            with transaction.atomic():
                if doubled := use_token(self.request):
                    return doubled
                record = self.do(form)
                address = self.after(record)
                token_led_to(self.request, address)
                if self.draft_key():
                    discard_draft(actor=self.request.membership, form=self.draft_key())
        except NotPossible as reason:
            form.add_error(None, str(reason))
            self.mend = reason.mend
        except ValidationError as error:
            form.refuse(error)
        except PermissionError as error:
            raise PermissionDenied from error
        else:
            messages.success(request, self.done_text(record))
            return see_other(address)
        return self.page(form, status=422)

    def done_text(self, record: Record) -> str:
        """Return the message on the next page."""
        return _("已保存：%(title)s") % {"title": record.title}

    def _one_more_block(self) -> PortalForm:
        """Return the form as typed with one more block, for browsers without scripts."""
        data = self.request.POST.copy()
        name = f"{data['add_form']}-TOTAL_FORMS"
        total = str(data.get(name, ""))
        if total.isdigit():
            data[name] = str(min(int(total) + 1, 60))
        form = self.make_form(data)
        form.is_valid()
        form.forget_errors()
        return form

    def page(
        self, form: PortalForm, *, draft: Draft | None = None, offer: bool = False, status: int = 200
    ) -> HttpResponse:
        """Render the form with its sections, messages, token and draft."""
        key = self.draft_key()
        context = {
            "title": self.title,
            "breadcrumb": self.breadcrumb((self.title, "")),
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": self.submit_label,
            "submit_token": self.request.POST.get("submit_token") or new_token(),
            "cancel_url": self.address("list"),
            "offer_draft": draft if offer else None,
        }
        if key:
            saved = draft.saved_at if draft and not offer else None
            query = self.request.META.get("QUERY_STRING", "")
            url = f"{self.request.path}draft/" + (f"?{query}" if query else "")
            context["draft"] = {"url": url, "saved_at": saved}
        return render(self.request, self.template, context | self.extra(), status=status)


class OpenRecord(FormPage):
    """Register a new record."""

    action = Action.OPEN_RECORD
    template = "casework/open.html"

    def allowed(self) -> bool:
        """Let in who may open a record of the type."""
        return self.may(self.record_type.open_action)

    @property
    def title(self) -> Any:
        """The record type's own words."""
        return self.record_type.open_label

    submit_label = property(lambda self: _("提交登记"))

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find what the record is opened out of, where the address names it."""
        super().setup(request, *args, **kwargs)
        self._opening: Opening | None = None

    @property
    def opening(self) -> Opening:
        """What the record is opened out of; 404 for strangers and for what cannot be opened so."""
        if self._opening is None:
            try:
                self._opening = find_opening(self.record_type, self.request.GET.get(SOURCE, ""))
            except LookupError:
                raise Http404 from None
        return self._opening

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; a source that is not ready for it says so on its own page."""
        if reason := self.opening.refusal():
            messages.warning(request, reason)
            return see_other(self.opening.address())
        return super().get(request, *args, **kwargs)

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the opening form with the line's defaults and what the source gives."""
        initial = self.record_type.open_initial(self.request.membership)
        carried, blocks = self.opening.carried()
        form: PortalForm = self.record_type.open_form(
            data, initial=initial | carried, formset_initial=blocks, source=self.opening.source
        )
        form.ask_registered_on()
        return form

    def do(self, form: PortalForm) -> Record:
        """Register it, today where no day is said."""
        given = dict(form.cleaned_data)
        day = given.pop("registered_on", None) or timezone.localdate()
        if self.opening.source is not None:
            given["source_record"] = self.opening.source
        actor = self.request.membership
        service = self.record_type.open_service
        record = service(actor=actor, registered_on=day, **given)
        self.opening.done(record, actor)
        return record

    def after(self, record: Record) -> str:
        """Go to the record, or to the next empty form."""
        return self.address("open") if "next" in self.request.POST else super().after(record)

    def draft_key(self) -> str:
        """One draft of a new record for each person and post, and for each source."""
        return draft_name(self.record_type.code, self.opening.key)

    def extra(self) -> dict[str, Any]:
        """Offer the second button, and say what the record comes out of."""
        shown: dict[str, Any] = {"rail_text": self.record_type.open_hint}
        if self.opening.source is None:
            return shown | {"submit_next_label": _("提交并登记下一件")}
        back = self.opening.address()
        return shown | {"subtitle": _("来自：%(title)s") % {"title": self.opening.source.title}, "cancel_url": back}


class AmendRecord(FormPage):
    """Correct a record. A version that somebody else has saved meanwhile is shown beside what was typed."""

    action = Action.AMEND_RECORD
    template = "casework/amend.html"

    @property
    def title(self) -> Any:
        """The record type's label."""
        return _("修改%(what)s") % {"what": self.record_type.label}

    submit_label = property(lambda self: _("保存修改"))

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Prepare for one record."""
        super().setup(request, *args, **kwargs)
        self._record: Any = None
        self._stale: dict[str, Any] | None = None

    @property
    def record(self) -> Any:
        """The record under the scope; 404 for strangers, and an explanation once it is closed."""
        if self._record is None:
            self._record = self.get_record()
            if self._record.state not in self.record_type.amend_states:
                raise PermissionDenied
        return self._record

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the form with what is stored; after a collision, with what the person chose of both versions."""
        if data is not None:
            data = as_chosen(data, self.form_for(self.record, None))
        return self.form_for(self.record, data)

    def form_for(self, record: Any, data: QueryDict | None) -> PortalForm:
        """Return the form over a record as it stands."""
        fields, blocks = self.record_type.amend_initial(record)
        form: PortalForm = self.record_type.amend_form(data, record=record, initial=fields, formset_initial=blocks)
        return form

    def do(self, form: PortalForm) -> Record:
        """Save the changes on the version that the person saw."""
        version = self.request.POST.get("version", "")
        service = self.record_type.amend_service
        seen = int(version) if version.isdigit() else 0
        return service(record=self.record, actor=self.request.membership, version=seen, **form.cleaned_data)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or show both versions."""
        try:
            return super().post(request, *args, **kwargs)
        except StaleRecord as stale:
            return self._both_versions(stale.record)

    def _both_versions(self, current: Record) -> HttpResponse:
        form = self.make_form(self.request.POST)
        form.is_valid()
        last = RecordEvent.objects.filter(record_type=self.record_type.code, record_id=current.pk).first()
        changed = differences(form, self.form_for(current, None))
        stale = {"who": last.user.name if last else "", "at": last.at if last else None, "changes": changed}
        self._record, self._stale = current, stale
        form.add_error(None, _("这条记录刚被他人修改，请核对差异后再次保存。您填写的内容都还在。"))
        return self.page(form, status=422)

    def extra(self) -> dict[str, Any]:
        """Carry the version that the page shows, and both versions after a collision."""
        back = self.address("detail", self.record.public_id)
        return {"version": self.record.version, "cancel_url": back, "stale": self._stale}


class TakeStep(FormPage):
    """Take one step of the workflow."""

    action = Action.READ_RECORD
    template = "casework/step.html"
    submit_label = property(lambda self: self.transition.label)
    title = property(lambda self: self.transition.label)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Prepare for one record."""
        super().setup(request, *args, **kwargs)
        self._record: Any = None

    @property
    def transition(self) -> Transition:
        """The transition of the address; 404 when the line has no such step."""
        try:
            self.record_type.step(self.kwargs["step"])
            return self.record_type.workflow.transition(self.kwargs["step"])
        except KeyError:
            raise Http404 from None

    @property
    def record(self) -> Any:
        """The record under the scope."""
        if self._record is None:
            self._record = self.get_record()
        return self._record

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form of a possible step; from another state the record's page says why not."""
        self._require_right()
        if self.record.state not in self.transition.sources:
            label = self.record_type.workflow.state(self.record.state).label
            text = _("当前状态是“%(state)s”，不能“%(step)s”。") % {"state": label, "step": self.transition.label}
            messages.warning(request, text)
            return see_other(self.address("detail", self.record.public_id))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step."""
        self._require_right()
        return super().post(request, *args, **kwargs)

    def _require_right(self) -> None:
        if not self.may(self.transition.action):
            raise PermissionDenied

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the step's form."""
        return self.record_type.step(self.transition.code).form(data, record=self.record)

    def do(self, form: PortalForm) -> Record:
        """Call the step's service."""
        step = self.record_type.step(self.transition.code)
        return step.service(record=self.record, actor=self.request.membership, **form.cleaned_data)

    def done_text(self, record: Record) -> str:
        """Say the new state."""
        state = self.record_type.workflow.state(record.state).label
        return _("%(title)s：%(state)s") % {"title": record.title, "state": state}

    def extra(self) -> dict[str, Any]:
        """Show the record above the form."""
        back = self.address("detail", self.record.public_id)
        crumbs = self.breadcrumb((self.record.number or self.record.title, back), (self.title, ""))
        shown = {"heading": self.heading(self.record), "cancel_url": back, "breadcrumb": crumbs}
        return shown | {"mending": self._mending()}

    def _mending(self) -> dict[str, Any] | None:
        """Return the link to what has to be done first, for who may do it."""
        page, _slash, code = self.mend.partition("/")
        if page == "amend" and self.may(Action.AMEND_RECORD):
            label = _("修改%(what)s") % {"what": self.record_type.label}
            return {"url": self.address("amend", self.record.public_id), "label": label}
        if page == "add_part" and self.may((part := self.record_type.part(code)).action):
            label = _("登记%(what)s") % {"what": part.label}
            return {"url": self.address("add_part", self.record.public_id, code), "label": label}
        return None

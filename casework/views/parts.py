"""Pages of a record's parts: add one, change it, remove it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.conflicts import as_chosen, differences
from casework.form_fields import PlainText
from casework.forms import PortalForm
from casework.lines import PartType
from casework.models import Record, RecordRow
from casework.parts import StalePart, add_part, change_part, remove_part
from casework.showing import initial_of
from casework.views.entry import FormPage
from offices.permissions import Action
from offices.views.base import see_other


class PartPage(FormPage, abstract=True):
    """A page about one kind of part of one record."""

    template = "casework/amend.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Prepare for one record."""
        super().setup(request, *args, **kwargs)
        self._record: Any = None
        self._stale: dict[str, Any] | None = None

    @property
    def part_type(self) -> PartType:
        """The kind of the address; 404 when the type has no such part."""
        try:
            return self.record_type.part(self.kwargs["part"])
        except KeyError:
            raise Http404 from None

    @property
    def record(self) -> Any:
        """The record under the scope."""
        if self._record is None:
            self._record = self.get_record()
        return self._record

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; a record in another state says why not."""
        self._require_right()
        if self.record.state not in self.part_type.states:
            messages.warning(request, _("当前状态不能登记“%(what)s”。") % {"what": self.part_type.label})
            return see_other(self.back())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do the deed."""
        self._require_right()
        return super().post(request, *args, **kwargs)

    def _require_right(self) -> None:
        if not self.may(self.part_type.action):
            raise PermissionDenied

    def back(self) -> str:
        """Return the address of the record's page with its parts."""
        return f"{self.address('detail', self.record.public_id)}?tab=records"

    def after(self, record: Record) -> str:
        """Go back to the record's parts."""
        return self.back()

    def done_text(self, record: Record) -> str:
        """Say what was saved."""
        return _("已保存：%(title)s") % {"title": self.part_type.label}

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the part's form."""
        return self.part_type.form(data, record=self.record, initial=self.initial())

    def initial(self) -> dict[str, Any]:
        """Return what the form starts with."""
        return {}

    def extra(self) -> dict[str, Any]:
        """Show the record above the form."""
        crumbs = self.breadcrumb((self.record.number or self.record.title, self.back()), (self.title, ""))
        return {"subtitle": self.record.title, "cancel_url": self.back(), "breadcrumb": crumbs, "stale": self._stale}


class AddPart(PartPage):
    """Add a row."""

    action = Action.READ_RECORD
    title = property(lambda self: _("登记%(what)s") % {"what": self.part_type.label})
    submit_label = gettext_lazy("保存")

    def do(self, form: PortalForm) -> Record:
        """Add it."""
        add_part(part_type=self.part_type, record=self.record, actor=self.request.membership, values=form.cleaned_data)
        return self.record


class ChangePart(PartPage):
    """Change a row. A version that somebody else has saved meanwhile is shown beside what was typed."""

    action = Action.READ_RECORD
    title = property(lambda self: _("修改%(what)s") % {"what": self.part_type.label})
    submit_label = gettext_lazy("保存修改")

    def row(self) -> RecordRow:
        """Return the row of the address; 404 for one of another record."""
        row = self.part_type.rows(self.record).filter(public_id=self.kwargs["row"]).first()
        if row is None:
            raise Http404
        return row

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the form; after a collision, with what the person chose of both versions."""
        return super().make_form(as_chosen(data, super().make_form(None)) if data is not None else None)

    def initial(self) -> dict[str, Any]:
        """Return what is stored, personal numbers masked."""
        return initial_of(self.row(), self.part_type.form.base_fields)

    def do(self, form: PortalForm) -> Record:
        """Save the changes on the version that the person saw."""
        change_part(
            part_type=self.part_type,
            record=self.record,
            actor=self.request.membership,
            key=self.kwargs["row"],
            version=self.seen(),
            values=form.cleaned_data,
        )
        return self.record

    def seen(self) -> int:
        """Return the version that the form was filled from."""
        text = self.request.POST.get("version", "")
        return int(text) if text.isdigit() else 0

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or show both versions."""
        try:
            return super().post(request, *args, **kwargs)
        except StalePart as stale:
            if stale.row is None:
                raise Http404 from None
            form = self.make_form(self.request.POST)
            form.is_valid()
            theirs = self.part_type.form(None, record=self.record, initial=self.initial())
            self._stale = {"who": stale.row.user.name, "at": stale.row.at, "changes": differences(form, theirs)}
            form.add_error(None, _("这条记录刚被他人修改，请核对差异后再次保存。您填写的内容都还在。"))
            return self.page(form, status=422)

    def extra(self) -> dict[str, Any]:
        """Carry the version that the page shows, and offer to remove the row."""
        remove = self.address("remove_part", self.record.public_id, self.part_type.code, self.kwargs["row"])
        return super().extra() | {"version": self.row().version, "remove_url": remove}


class RemoveForm(PortalForm):
    """Why a row goes."""

    note = PlainText(label=gettext_lazy("删除原因"), max_length=200)


class RemovePart(ChangePart):
    """Remove a row that was entered by mistake."""

    title = property(lambda self: _("删除%(what)s") % {"what": self.part_type.label})
    submit_label = gettext_lazy("删除")

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask for the reason."""
        self.row()
        return RemoveForm(data, record=self.record)

    def do(self, form: PortalForm) -> Record:
        """Remove it."""
        remove_part(
            part_type=self.part_type,
            record=self.record,
            actor=self.request.membership,
            key=self.kwargs["row"],
            version=self.seen(),
            note=form.cleaned_data["note"],
        )
        return self.record

    def done_text(self, record: Record) -> str:
        """Say that it is gone."""
        return _("已删除：%(title)s") % {"title": self.part_type.label}

    def extra(self) -> dict[str, Any]:
        """Say what will be removed."""
        title, line = self.part_type.summary(self.row())
        return super().extra() | {"subtitle": " · ".join(filter(None, (title, line))), "remove_url": "", "danger": True}

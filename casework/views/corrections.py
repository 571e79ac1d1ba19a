"""Pages of corrections: a step's right day, asking to take back or to void, voiding files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework import correction_requests, corrections
from casework.correction_forms import CorrectStepForm, TakeBackForm, VoidFileForm, VoidForm
from casework.correction_requests import KIND
from casework.files import void_file
from casework.forms import PortalForm
from casework.history import StepTaken, steps_of
from casework.models import Attachment, IssuedDocument, Record
from casework.views.entry import FormPage
from offices.permissions import Action
from offices.views.base import see_other


class RecordCorrection(FormPage, abstract=True):
    """A page above which its record stands."""

    action = Action.CORRECT_RECORD
    template = "casework/step.html"
    effects: tuple[Any, ...] = ()

    @cached_property
    def record(self) -> Any:
        """The record under the scope."""
        return self.get_record()

    def extra(self) -> dict[str, Any]:
        """Show the record above the form, and what follows."""
        back = self.address("detail", self.record.public_id)
        crumbs = self.breadcrumb((self.record.number or self.record.title, back), (self.title, ""))
        return {
            "heading": self.heading(self.record),
            "cancel_url": back,
            "breadcrumb": crumbs,
            "effects": self.effects,
        }


class CorrectStep(RecordCorrection):
    """Correct the day, paper or note of a step."""

    submit_label = gettext_lazy("保存更正")
    effects = (
        gettext_lazy("办理动态显示更正后的内容，原来的内容和更正原因可以展开查看。"),
        gettext_lazy("日期更正后，相应的登记项、办理期限和统计月份随之变动；已签发的报表不变。"),
    )

    @cached_property
    def step(self) -> StepTaken:
        """The step of the address; 404 for one that does not stand or cannot be corrected."""
        key = self.kwargs["event"]
        found = next((step for step in steps_of(self.record) if step.event.pk == key), None)
        if found is None or not corrections.is_correctable(self.record_type, found):
            raise Http404
        return found

    @property
    def title(self) -> Any:
        """Name the step."""
        return _("更正“%(step)s”") % {"step": corrections.step_label(self.record_type, self.step.kind)}

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask for what should stand there."""
        return CorrectStepForm(data, record=self.record, step=self.step)

    def do(self, form: PortalForm) -> Record:
        """Correct it."""
        given = form.cleaned_data
        actor = self.request.membership
        return corrections.correct_step(record=self.record, actor=actor, event_id=self.step.event.pk, **given)


class AskCorrection(RecordCorrection, abstract=True):
    """Ask for what a second person decides."""

    kind = ""
    submit_label = gettext_lazy("提交申请")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; where it cannot be done the record's page says why."""
        steps = steps_of(self.record)
        if reason := correction_requests.refusal(self.record_type, self.record, self.kind, steps):
            messages.warning(request, reason)
            return see_other(self.address("detail", self.record.public_id))
        return super().get(request, *args, **kwargs)

    def do(self, form: PortalForm) -> Any:
        """Ask."""
        actor = self.request.membership
        self.made = correction_requests.ask(record=self.record, actor=actor, kind=self.kind, **form.cleaned_data)
        return self.record

    def done_text(self, record: Any) -> str:
        """Say whose turn it is."""
        return _("已提交，请所长或县局审批。")


class AskTakeBack(AskCorrection):
    """Ask to take back the last step."""

    kind = KIND.TAKE_BACK
    effects = (
        gettext_lazy("须由另一人（所长或县局）同意后才生效。"),
        gettext_lazy("状态、期限和这一步填写的内容恢复到办理前，统计随之冲回。"),
        gettext_lazy("这一步取得的编号不再使用，之后制作的文书标为作废，仍可查看。"),
    )

    @property
    def title(self) -> Any:
        """Name the step."""
        steps = steps_of(self.record)
        label = corrections.step_label(self.record_type, steps[-1].kind) if steps else ""
        return _("撤回“%(step)s”") % {"step": label}

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask why."""
        return TakeBackForm(data, record=self.record)


class AskVoid(AskCorrection):
    """Ask to void a record that was opened in error."""

    kind = KIND.VOID
    effects = (
        gettext_lazy("须由另一人（所长或县局）同意后才生效，生效后不能恢复。"),
        gettext_lazy("作废的业务不计入统计，清单中默认不显示，搜索仍能找到。"),
        gettext_lazy("编号不再使用，登记簿中注明作废；文书标为作废，仍可查看。"),
    )

    @property
    def title(self) -> Any:
        """The record type's label."""
        return _("作废%(what)s") % {"what": self.record_type.label}

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask why, and which record stays."""
        return VoidForm(data, record=self.record, record_type=self.record_type)


class VoidFile(RecordCorrection):
    """Mark an attachment or an issued paper void."""

    submit_label = gettext_lazy("作废")
    model: type[Attachment] | type[IssuedDocument] = Attachment
    effects = (gettext_lazy("作废的材料不删除，仍可查看，不再编入卷宗。"),)

    @cached_property
    def file(self) -> Attachment | IssuedDocument:
        """The file of the address; 404 for one that is not the record's."""
        own = {"record_type": self.record_type.code, "record_id": self.record.pk}
        found: Attachment | IssuedDocument | None = self.model.objects.filter(
            **own, public_id=self.kwargs["file"]
        ).first()
        if found is None:
            raise Http404
        return found

    @property
    def title(self) -> Any:
        """Name the file."""
        return _("作废：%(name)s") % {"name": self.file.name}

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Ask why."""
        return VoidFileForm(data, record=self.record) if self.file else VoidFileForm(data)

    def do(self, form: PortalForm) -> Record:
        """Mark it."""
        void_file(record=self.record, actor=self.request.membership, file=self.file, **form.cleaned_data)
        return self.record

    def done_text(self, record: Record) -> str:
        """Say that it is void."""
        return _("已作废：%(title)s") % {"title": self.file.name}


class VoidDocument(VoidFile):
    """Mark an issued paper void."""

    model = IssuedDocument

"""Forms of the steps after mediation: agreement, failure, performance, visits, closing, transfer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from casework.codes import code_choices
from casework.form_fields import CodeChoice, CodesChoice, PlainText, PortalDateField, YuanField, fields_of, long_text
from casework.forms import StepForm, say_what_is_missing
from casework.papers import newest_issue
from mediation.compulsory import missing_papers
from mediation.models import ReturnVisit, Transfer
from mediation.workflow.dispute_guards import AFTER_BEGINNING


class ItemForm(forms.Form):
    """One thing to be done under the agreement."""

    content = PlainText(label=_("履行内容"), max_length=200)
    debtor = PlainText(label=_("履行人"), max_length=100)
    amount = YuanField(label=_("金额（元）"), required=False)
    due_on = PortalDateField(label=_("履行期限"), future=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_what_is_missing(self)


ItemFormSet = forms.formset_factory(ItemForm, extra=0, max_num=50, absolute_max=60, can_delete=True, validate_max=True)


class AgreementFields(StepForm):
    """What the parties agreed, and what is to be done until when."""

    formset_class = ItemFormSet
    formset_name = "items"
    formset_section = "items"
    formset_legend = pgettext_lazy("one", "履行事项")
    formset_add_label = _("添加履行事项")
    section_list = (
        (
            "agreement",
            _("协议"),
            (
                "on",
                "facts",
                "terms",
                "agreed_amount",
                "performance_way",
                "performance_due_on",
                "effective_on",
                "copies",
            ),
        ),
        ("signatures", _("签名盖章"), ("parties_signed", "mediators_signed", "sealed", "paper")),
        ("items", _("履行事项（选填，到期前提醒）"), ()),
    )

    facts = PlainText(label=_("主要事实和争议事项"), max_length=2000, widget=long_text())
    terms = PlainText(
        label=_("协议内容"), max_length=4000, widget=long_text(5), help_text=_("一行一条，打印时自动编号。")
    )
    agreed_amount = YuanField(label=_("协议涉及金额（元）"), required=False)
    performance_way = PlainText(label=_("履行方式"), max_length=200, required=False)
    performance_due_on = PortalDateField(label=_("履行期限"), required=False, future=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("达成协议日期")
        self.fields["facts"].initial = self.record.brief


class WrittenAgreementForm(AgreementFields):
    """A written agreement takes effect on the day of the last signature or seal (article 29)."""

    copies = forms.IntegerField(label=_("协议份数"), min_value=2, max_value=60, help_text=_("当事人、调委会各持一份。"))
    effective_on = PortalDateField(label=_("最后签名盖章日期"), help_text=_("协议自这一天起生效。"))
    parties_signed = forms.BooleanField(label=_("当事人均已签名、盖章或按指印"), required=False)
    mediators_signed = forms.BooleanField(label=_("调解员已签名"), required=False)
    sealed = forms.BooleanField(label=_("已加盖调委会印章"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = timezone.localdate
        self.fields["copies"].initial = self.record.parties.count() + 1


class OralAgreementForm(AgreementFields):
    """An oral agreement takes effect on the day it is reached (article 30)."""


class FailForm(StepForm):
    """The end without agreement (article 26)."""

    failure = CodeChoice(label=_("终止原因"), table="mediation.failure")
    note = PlainText(label=_("具体情况"), max_length=500, widget=long_text(3))
    # Not required by the field: the guard says the article.
    told_routes = CodesChoice(label=_("已告知当事人的其他途径"), table="mediation.route", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record.state != "mediating":
            kept = [
                choice for choice in code_choices("mediation.failure", blank=True) if choice[0] not in AFTER_BEGINNING
            ]
            self.fields["failure"].choices = kept  # type: ignore[attr-defined]


class NoteForm(StepForm):
    """A step that needs a date and a remark."""

    note = PlainText(label=_("说明"), max_length=500, required=False, widget=long_text(3))


class ReturnForm(StepForm):
    """What the receiver of a transfer said when it did not take the case."""

    note = PlainText(label=_("退回原因"), max_length=200, widget=long_text(2))


class CloseForm(NoteForm):
    """Closing: what the dossier lacks is said before."""

    missing_noted = forms.BooleanField(label=_("缺件已在卷宗情况说明中注明"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if missing := missing_papers(self.record):
            self.fields["missing_noted"].help_text = _("卷宗还缺：%(papers)s。制作文书或者上传扫描件后即为齐备。") % {
                "papers": gettext("、").join(missing)
            }
        else:
            del self.fields["missing_noted"]


class FollowForm(StepForm):
    """Performance in the course of time."""

    performance_due_on = PortalDateField(label=_("履行期限"), future=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["performance_due_on"].initial = self.record.performance_due_on


class PerformForm(NoteForm):
    """Performance at once or later."""

    performance = forms.ChoiceField(
        label=_("履行情况"),
        choices=[("at_once", _("当即履行")), ("full", _("已履行"))],
        widget=forms.RadioSelect,
        initial="full",
    )


class BreachForm(NoteForm):
    """No performance (article 32)."""

    court_told = forms.BooleanField(label=_("已告知可以向人民法院提起诉讼"), required=False)


@fields_of(ReturnVisit, "visited way reason performance satisfaction lawsuit danger measures visitor")
class VisitForm(StepForm):
    """A return visit: performance, satisfaction, signs of escalation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [party.name for party in self.record.parties.all()[:2]]
        self.fields["visited"].initial = gettext("、").join(names)
        self.fields["way"].initial = "telephone"
        self.fields["visitor"].initial = next((str(part) for part in self.record.mediators.all()[:1]), "")


class ArchiveForm(StepForm):
    """One case, one dossier, numbered pages."""

    dossier_pages = forms.IntegerField(label=_("卷宗页数"), min_value=1, max_value=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if issued := newest_issue(self.record, "dossier"):
            self.fields["dossier_pages"].initial = issued.pages


@fields_of(Transfer, "body_kind body reason materials receipt_on receiver")
class TransferForm(StepForm):
    """Transfer to another body; the receipt may come later."""

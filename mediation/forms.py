"""Forms of the line. They clean into domain types; they know no rights and send nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.codes import all_codes, code_choices
from casework.forms import (
    PlainText,
    PortalDateField,
    PortalForm,
    StepForm,
    YuanField,
    kept,
    long_text,
    say_what_is_missing,
)
from casework.identifiers import IdentifierError, check_person_name, parse_credit_code, parse_phone, parse_resident_id
from mediation.models import Dispute, MediationCommittee, Mediator, Party
from mediation.services import UNCHANGED
from offices.models import Village
from offices.scoping import current_scope


def source_choices() -> list[tuple[str, str]]:
    """Return the sources that a case can have: the heading that sums the referrals is not one."""
    headings = {value.maps_to for value in all_codes("mediation.source") if value.maps_to}
    return [(code, label) for code, label in code_choices("mediation.source") if code not in headings]


class VillageChoice(forms.ModelChoiceField):
    """The villages of the offices in scope, in the order of their codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Village.objects.none(), empty_label=_("请选择"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Show the village without its committee's title."""
        return obj.short_name


# Fields of a stored party that a page shows masked.
MASKED = ("identifier", "phone", "address")


class PartyForm(forms.Form):
    """One party. A person's sex and birth date come from the ID number; nobody types them twice."""

    role = forms.ChoiceField(label=_("身份"), choices=Party.Role.choices)
    kind = forms.ChoiceField(label=_("类别"), choices=Party.Kind.choices, initial=Party.Kind.PERSON)
    name = PlainText(label=_("姓名或名称"), max_length=100)
    identifier = PlainText(
        label=_("证件号码"),
        max_length=40,
        required=False,
        help_text=_("自然人填身份证号，单位填统一社会信用代码；没有可不填。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-check-url": reverse_lazy("check_identifier")}),
    )
    phone = PlainText(label=_("联系电话"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    address = PlainText(label=_("单位或住址"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_what_is_missing(self)

    def clean(self) -> dict[str, Any]:
        """Check name, identifier and telephone by the kind of party."""
        cleaned = super().clean() or {}
        # Where a stored party of an amended dispute stands: what was shown masked is kept as it is.
        cleaned["position"] = self.initial.get("position")
        self._clean_one("phone", parse_phone)
        self._clean_one("address", str)
        if cleaned.get("kind") == Party.Kind.ORGANISATION:
            self._clean_one("identifier", parse_credit_code)
            return cleaned
        self._clean_one("name", check_person_name)
        today = timezone.localdate()
        self._clean_one("identifier", lambda text: parse_resident_id(text, today))
        return cleaned

    def _clean_one(self, name: str, check: Any) -> None:
        text = self.cleaned_data.get(name)
        if not text:
            return
        if "position" in self.initial and name in MASKED and text == self.initial.get(name):
            self.cleaned_data[name] = UNCHANGED
            return
        try:
            self.cleaned_data[name] = check(text)
        except IdentifierError as error:
            self.add_error(name, str(error))


class BasePartyFormSet(BaseFormSet):
    """At least two parties, and no person twice."""

    def clean(self) -> None:
        """Check the set as a whole once each party is right."""
        if any(form.errors for form in self.forms if not getattr(form, "cleaned_data", {}).get("DELETE")):
            return
        parties = [form.cleaned_data for form in kept(self)]
        if len(parties) < 2:
            raise ValidationError(_("当事人至少两方，请再填写一位。"), code="too_few")
        roles = {party["role"] for party in parties}
        if Party.Role.RESPONDENT not in roles or Party.Role.APPLICANT not in roles:
            raise ValidationError(_("申请人和被申请人都要有。"), code="one_side")
        numbers = [getattr(p["identifier"], "number", p["identifier"]) for p in parties if p.get("identifier")]
        numbers = [number for number in numbers if number != UNCHANGED]
        if len(numbers) != len(set(numbers)):
            raise ValidationError(_("同一证件号码填写了两次。"), code="twice")


PartyFormSet = forms.formset_factory(
    PartyForm, formset=BasePartyFormSet, extra=0, max_num=50, absolute_max=60, can_delete=True, validate_max=True
)
TWO_PARTIES = [{"role": Party.Role.APPLICANT}, {"role": Party.Role.RESPONDENT}]


class DisputeFields(PortalForm):
    """What is known of a dispute when it is registered, and may be amended afterwards."""

    formset_class = PartyFormSet
    formset_name = "parties"
    formset_section = "parties"
    formset_legend = pgettext_lazy("one", "当事人")
    section_list = (
        ("parties", _("当事人"), ()),
        (
            "dispute",
            _("纠纷情况"),
            ("dispute_type", "village", "occurred_on", "source", "committee", "amount", "brief"),
        ),
        ("more", _("选填内容"), ("place", "claims", "party_count", "recorder", "is_difficult")),
    )

    dispute_type = forms.ChoiceField(label=_("纠纷类型"), choices=lambda: code_choices("mediation.type", blank=True))
    village = VillageChoice(label=_("发生地"))
    occurred_on = PortalDateField(label=_("发生日期"))
    source = forms.ChoiceField(label=_("案件来源"), choices=source_choices, initial="on_application")
    committee = forms.ModelChoiceField(
        label=_("调解组织"), queryset=MediationCommittee.objects.none(), empty_label=_("请选择")
    )
    amount = YuanField(label=_("涉及金额（元）"), required=False, help_text=_("可写 3200 或 0.32万元。"))
    brief = PlainText(
        label=_("纠纷概况"), max_length=2000, widget=long_text(), help_text=_("时间、起因、双方主张各一句即可。")
    )
    place = PlainText(label=_("详细地点"), max_length=100, required=False)
    claims = PlainText(label=_("申请事项"), max_length=1000, required=False, widget=long_text(2))
    party_count = forms.IntegerField(
        label=_("涉及当事人数"), required=False, min_value=2, max_value=100000, help_text=_("不填则按上面的当事人计。")
    )
    recorder = PlainText(label=_("记录人"), max_length=50, required=False)
    is_difficult = forms.BooleanField(label=_("疑难复杂"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formset_initial", TWO_PARTIES)
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["village"].queryset = Village.objects.filter(office_id=current_scope().unit_id, valid_to=None)  # type: ignore[attr-defined]
        running = MediationCommittee.objects.filter(dissolved_on=None) | MediationCommittee.objects.filter(
            dissolved_on__gt=today
        )
        self.fields["committee"].queryset = running  # type: ignore[attr-defined]


class AmendForm(DisputeFields):
    """The same fields of a registered dispute. The date of acceptance can be corrected: the figures follow it."""

    accepted_on = PortalDateField(label=_("受理日期"), required=False)

    def __init__(self, *args: Any, record: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if record.accepted_on is None:
            del self.fields["accepted_on"]
        else:
            self.fields["accepted_on"].required = True


class AcceptForm(StepForm):
    """Acceptance (article 17: nobody may refuse)."""

    party_refuses = forms.BooleanField(label=_("有一方当事人明确拒绝调解"), required=False)


class RejectForm(StepForm):
    """Rejection: the reason, and that other routes were told."""

    reason = forms.ChoiceField(label=_("不予受理理由"), choices=lambda: code_choices("mediation.rejection", blank=True))
    note = PlainText(label=_("告知的其他途径"), max_length=500, widget=long_text(3))


class AssignForm(StepForm):
    """Who mediates."""

    mediators = forms.ModelMultipleChoiceField(
        label=_("调解员"), queryset=Mediator.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        committee = self.record.committee_id
        running = Mediator.objects.filter(committee=committee, appointed_until=None)
        self.fields["mediators"].queryset = running  # type: ignore[attr-defined]
        only = list(running[:2])
        if len(only) == 1:
            self.fields["mediators"].initial = only


class BeginForm(StepForm):
    """The beginning of mediation: parties know their rights and duties (articles 23 and 24)."""

    rights_notice_on = PortalDateField(label=_("权利义务告知日期"), required=False, initial=timezone.localdate)


class AgreementFields(StepForm):
    """What the parties agreed."""

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

    copies = forms.IntegerField(label=_("协议份数"), min_value=2, max_value=50, initial=3)
    effective_on = PortalDateField(label=_("最后签名盖章日期"), help_text=_("协议自这一天起生效。"))
    parties_signed = forms.BooleanField(label=_("当事人均已签名、盖章或按指印"), required=False)
    mediators_signed = forms.BooleanField(label=_("调解员已签名"), required=False)
    sealed = forms.BooleanField(label=_("已加盖调委会印章"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = timezone.localdate


class OralAgreementForm(AgreementFields):
    """An oral agreement takes effect on the day it is reached (article 30)."""


class FailForm(StepForm):
    """The end without agreement (article 26)."""

    note = PlainText(label=_("不成的原因"), max_length=500, widget=long_text(3))
    routes_told = forms.BooleanField(label=_("已告知可依法通过仲裁、行政、司法等途径维权"), required=False)


class NoteForm(StepForm):
    """A step that needs a date and a remark."""

    note = PlainText(label=_("说明"), max_length=500, required=False, widget=long_text(3))


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


class VisitForm(StepForm):
    """A return visit: performance, satisfaction, signs of escalation."""

    note = PlainText(label=_("回访情况"), max_length=500, widget=long_text(3))


class ArchiveForm(StepForm):
    """One case, one dossier, numbered pages."""

    dossier_pages = forms.IntegerField(label=_("卷宗页数"), min_value=1, max_value=2000)


class TransferForm(StepForm):
    """Transfer to another body, with its receipt."""

    note = PlainText(label=_("接收单位和回执"), max_length=500, widget=long_text(3))

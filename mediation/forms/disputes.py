"""Forms of the line. They clean into domain types; they know no rights and send nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.codes import all_codes, code_choices, code_label
from casework.form_fields import CodeChoice, CodesChoice, PlainText, PortalDateField, YuanField, long_text
from casework.forms import PortalForm, StepForm, say_what_is_missing
from mediation.forms.parties import TWO_PARTIES, PartyFormSet
from mediation.models import Dispute, MediationCommittee
from offices.models import Village
from offices.scoping import current_scope


def source_choices() -> list[tuple[str, str]]:
    """Return the sources that a case can have: the heading that sums the referrals is not one."""
    headings = {value.maps_to for value in all_codes("mediation.source") if value.maps_to}
    return [(code, label) for code, label in code_choices("mediation.source") if code not in headings]


class SourceChoice(CodeChoice):
    """One source; a record keeps the one that it has."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(table="mediation.source", **kwargs)
        self.choices = source_choices

    def keep(self, value: Any) -> None:
        """Offer the source of a record, although it may have been retired since."""
        offered = source_choices()
        known = {code for code, _label in offered}
        self.choices = [*offered, *([] if value in known else [(value, code_label(self.table, value))])]


def own_villages() -> QuerySet[Village]:
    """Return the villages of the office in scope."""
    return Village.objects.filter(office_id=current_scope().unit_id, valid_to=None)


class VillageChoice(forms.ModelChoiceField):
    """The villages of the offices in scope, in the order of their codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Village.objects.none(), empty_label=_("请选择"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Show the village without its committee's title."""
        return obj.short_name


# Begins the names of the answers beside possible duplicates.
SAME = "same-"


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
        (
            "more",
            _("选填内容"),
            (
                *("registered_on", "place", "claims", "party_count", "recorder"),
                *("subtype", "scale", "relation", "way", "office_role"),
                *("is_difficult", "risk_flags"),
            ),
        ),
    )

    dispute_type = CodeChoice(label=_("纠纷类型"), table="mediation.type")
    village = VillageChoice(label=_("发生地"))
    occurred_on = PortalDateField(label=_("发生日期"))
    source = SourceChoice(label=_("案件来源"), initial="on_application")
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
    subtype = CodeChoice(label=_("二级类型"), table="mediation.subtype", required=False)
    scale = CodeChoice(label=_("事件规模"), table="mediation.scale", required=False)
    relation = CodeChoice(label=_("当事人关系"), table="mediation.relation", required=False)
    way = CodeChoice(label=_("调解方式"), table="mediation.way", required=False)
    office_role = CodeChoice(label=_("司法所参与方式"), table="mediation.office_role", required=False)
    risk_flags = CodesChoice(label=_("风险标识"), table="mediation.risk_flag", required=False)
    is_difficult = forms.BooleanField(label=_("疑难复杂"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["formset_initial"] = kwargs.get("formset_initial") or TWO_PARTIES
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]
        self.fields["committee"].queryset = MediationCommittee.objects.filter(state="running")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A second-level type belongs to its first-level one."""
        cleaned = super().clean() or {}
        parents = {value.code: value.maps_to for value in all_codes("mediation.subtype")}
        if cleaned.get("subtype") and parents.get(cleaned["subtype"]) != cleaned.get("dispute_type"):
            self.add_error("subtype", _("二级类型与所选纠纷类型不符。"))
        occurred, registered = cleaned.get("occurred_on"), cleaned.get("registered_on")
        if occurred and registered and occurred > registered:
            self.add_error("registered_on", _("登记日期不能早于发生日期。"))
        # What was said of possible duplicates, by the public id of each; nobody has to say anything.
        said = {name.removeprefix(SAME): str(self.data[name]) for name in self.data if name.startswith(SAME)}
        return cleaned | ({"compared": said} if said else {})


class AmendForm(DisputeFields):
    """The same fields of a registered dispute. The days can be corrected: limits and figures follow them.

    The committee stays from acceptance on: number, counted kind and mediators are its own.
    """

    registered_on = PortalDateField(
        label=_("登记日期"), required=False, help_text=_("受理审查的期限从这一天起算；不填则不变。")
    )
    accepted_on = PortalDateField(label=_("受理日期"), required=False)

    def __init__(self, *args: Any, record: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        # What has been dissolved or merged since is still what the case says.
        for name, model in (("village", Village), ("committee", MediationCommittee)):
            field: Any = self.fields[name]
            field.queryset = field.queryset | model.objects.filter(pk=getattr(record, f"{name}_id"))
        if record.accepted_on is None:
            del self.fields["accepted_on"]
        else:
            self.fields["accepted_on"].required = True
            self.fields["committee"].disabled = True
            self.fields["committee"].help_text = _("案件已经受理、编号，不能再改调解组织。")

    def clean(self) -> dict[str, Any]:
        """A dispute is registered before it is accepted."""
        cleaned = super().clean()
        registered, accepted = cleaned.get("registered_on"), cleaned.get("accepted_on")
        if registered and accepted and registered > accepted:
            self.add_error("registered_on", _("登记日期不能晚于受理日期（%(day)s）。") % {"day": accepted.isoformat()})
        return cleaned


class AcceptForm(StepForm):
    """Acceptance (article 17: nobody may refuse)."""

    party_refuses = forms.BooleanField(label=_("有一方当事人明确拒绝调解"), required=False)


class RejectForm(StepForm):
    """Rejection: the reason, and that other routes were told."""

    reason = forms.ChoiceField(label=_("不予受理理由"), choices=lambda: code_choices("mediation.rejection", blank=True))
    note = PlainText(label=_("告知的其他途径"), max_length=500, widget=long_text(3))


class ExtendForm(StepForm):
    """More time, with both parties' consent."""

    until = PortalDateField(label=_("延长至"), future=True)
    both_consent = forms.BooleanField(label=_("双方当事人均同意延长"), required=False)
    note = PlainText(label=_("延长理由"), max_length=300, widget=long_text(2))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paper"].required = True
        self.fields["paper"].help_text = _("双方当事人同意延长的书面材料。")
        say_what_is_missing(self)


class BeginForm(StepForm):
    """The beginning of mediation: parties know their rights and duties (articles 23 and 24)."""

    rights_notice_on = PortalDateField(label=_("权利义务告知日期"), required=False, initial=timezone.localdate)

"""Forms of the registers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.form_fields import CodeChoice, PlainText, PortalDateField, fields_of, long_text
from casework.forms import PortalForm, StepForm
from mediation.forms.disputes import own_villages
from mediation.models import (
    Allowance,
    CentreReception,
    Commendation,
    Funding,
    MediationCommittee,
    MediationStudio,
    Mediator,
    OneStopCenter,
    ResidentUnit,
    Training,
    TrainingCourse,
)


@fields_of(
    MediationCommittee,
    "title kind short_name village industry code established_on site telephone has_room has_seal is_standardised "
    "in_minority_area",
)
class CommitteeForm(PortalForm):
    """A committee."""

    section_list = (
        ("name", _("基本情况"), ("title", "kind", "short_name", "village", "industry", "code", "established_on")),
        ("place", _("场所"), ("site", "telephone", "has_room", "has_seal", "is_standardised", "in_minority_area")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = own_villages()  # type: ignore[attr-defined]


@fields_of(MediationCommittee, "filed_on filing_number", future="")
class TermForm(StepForm):
    """Foundation or election: the term of three years (article 9), and the filing with the county."""

    term_from = PortalDateField(label=_("本届任期自"))


class NotedForm(StepForm):
    """A step that needs its reason."""

    note = PlainText(label=_("原因"), max_length=300, widget=long_text(2))


@fields_of(
    Mediator,
    "committee title sex kind position is_full_time appointed_from birth_date is_minority education has_law_degree "
    "origin grade certificate certificate_on certificate_until id_number phone",
    future="certificate_until",
)
class MediatorForm(PortalForm):
    """A mediator."""

    title = PlainText(label=_("姓名"), max_length=50)
    section_list = (
        (
            "post",
            pgettext_lazy("mediator", "任职"),
            ("committee", "title", "sex", "kind", "position", "is_full_time", "appointed_from", "origin", "grade"),
        ),
        (
            "person",
            _("个人情况"),
            (
                *("id_number", "birth_date", "is_minority", "education", "has_law_degree", "phone"),
                *("certificate", "certificate_on", "certificate_until"),
            ),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        running = MediationCommittee.objects.exclude(state="dissolved")
        self.fields["committee"].queryset = running  # type: ignore[attr-defined]
        self.fields["id_number"].help_text = _("填写后自动得出出生日期和性别。")

    def clean(self) -> dict[str, Any]:
        """Art. 14: who could be a child is not registered."""
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("id_number") and not cleaned.get("birth_date"):
            text = _("请填写身份证号或者出生日期：人民调解员应当是成年公民（人民调解法第十四条）。")
            self.add_error("birth_date", text)
        return cleaned


@fields_of(Mediator, "kind position")
class PostForm(StepForm):
    """Another post in the same committee."""

    note = PlainText(label=_("说明"), max_length=300, required=False, widget=long_text(2))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record:
            self.fields["kind"].initial, self.fields["position"].initial = self.record.kind, self.record.position


class LeaveForm(StepForm):
    """The end of a mediator's service (article 15 for dismissals)."""

    departure = CodeChoice(label=_("离任原因"), table="mediation.departure")
    note = PlainText(label=_("说明"), max_length=300, required=False, widget=long_text(2))


@fields_of(MediationStudio, "title committee leader established_on site speciality honours")
class StudioForm(PortalForm):
    """A named studio."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["committee"].queryset = MediationCommittee.objects.filter(state="running")  # type: ignore[attr-defined]
        self.fields["leader"].queryset = Mediator.objects.filter(state="serving")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The studio's mediator belongs to its committee."""
        cleaned = super().clean() or {}
        leader, committee = cleaned.get("leader"), cleaned.get("committee")
        if leader and committee and leader.committee_id != committee.pk:
            self.add_error("leader", _("领衔调解员应当是该调委会的调解员。"))
        return cleaned


@fields_of(OneStopCenter, "title host site telephone windows opened_on is_merged")
class CenterForm(PortalForm):
    """A one-stop centre."""


@fields_of(ResidentUnit, "kind name way people since until", future="until")
class ResidentForm(PortalForm):
    """A unit that sits in a centre."""


@fields_of(CentreReception, "on visitors taken diverted settled note")
class ReceptionForm(PortalForm):
    """A centre's day."""


@fields_of(Training, "on topic organiser hours")
class TrainingForm(PortalForm):
    """A course."""


@fields_of(TrainingCourse, "on topic organiser hours")
class CourseForm(PortalForm):
    """A course that a committee held."""


@fields_of(Allowance, "on kind cases amount")
class AllowanceForm(PortalForm):
    """Money paid to a mediator."""


@fields_of(Commendation, "on kind giver text")
class CommendationForm(PortalForm):
    """A commendation, an injury, a death."""


@fields_of(Funding, "on kind amount payer")
class FundingForm(PortalForm):
    """Money for a committee."""

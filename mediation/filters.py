"""What the lists of the line can be searched by. Nothing here is personal: it may stand in an address."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.filters import LATE, SOON, CodeFilter, RecordFilter, YesNoFilter
from mediation.models import (
    CriminalReview,
    Dispute,
    JudicialConfirmation,
    MediationCommittee,
    MediationStudio,
    Mediator,
    OneStopCenter,
    RiskAlert,
    ScreeningFinding,
    ScreeningRound,
)
from mediation.models.organisations import serving_on
from mediation.selectors import taught_at_least
from mediation.workflow.alerts import ALERT
from mediation.workflow.confirmations import CONFIRMATION
from mediation.workflow.disputes import WORKFLOW
from mediation.workflow.organisations import CENTER, COMMITTEE, MEDIATOR, STUDIO
from mediation.workflow.reviews import REVIEW
from mediation.workflow.screening import FINDING, ROUND
from offices.models import Village

# A number with more digits is none that a register holds, and overflows its column.
MOST_YUAN = 10**12
MOST_HOURS = 1000
FIRST_YEAR, LAST_YEAR = 1950, 2100
CERTIFICATE_DAYS = 90


class DisputeFilter(RecordFilter):
    """Disputes."""

    workflow = WORKFLOW
    dispute_type = CodeFilter(label=_("纠纷类型"), table="mediation.type")
    source = CodeFilter(label=_("案件来源"), table="mediation.source")
    is_difficult = YesNoFilter(label=_("疑难复杂"))
    accepted_since = django_filters.DateFilter(
        label=_("受理日期自"),
        field_name="accepted_on",
        lookup_expr="gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    accepted_until = django_filters.DateFilter(
        label=_("受理日期至"),
        field_name="accepted_on",
        lookup_expr="lte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    committee_kind = CodeFilter(label=_("调委会类型"), table="mediation.committee_kind")
    agreement_form = django_filters.ChoiceFilter(
        label=_("协议形式"), choices=Dispute.AgreementForm.choices, empty_label=_("全部")
    )
    performance = django_filters.ChoiceFilter(
        label=_("履行情况"), choices=Dispute.Performance.choices, empty_label=_("全部")
    )
    village = django_filters.CharFilter(label=_("村（居）"), method="in_village", max_length=30)
    amount_from = django_filters.NumberFilter(
        label=_("涉及金额不低于（元）"), method="of_amount", min_value=0, max_value=MOST_YUAN
    )
    more = (
        *("source", "is_difficult", "accepted_since", "accepted_until", "committee_kind", "village"),
        *("agreement_form", "performance", "amount_from", "number"),
    )

    class Meta:
        model = Dispute
        fields: list[str] = []

    def in_village(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep what happened in the villages with a word in their names."""
        return rows.filter(village__in=Village.objects.filter(name__contains=value.strip()).values("pk"))

    def of_amount(self, rows: QuerySet[Any], name: str, value: Decimal) -> QuerySet[Any]:
        """Keep what is about so many yuan or more; amounts are stored in fen."""
        return rows.filter(amount__gte=int(value * 100))


class CommitteeFilter(RecordFilter):
    """Committees."""

    workflow = COMMITTEE
    open_label = _("未撤销")
    kind = CodeFilter(label=_("调委会类型"), table="mediation.committee_kind")
    industry = CodeFilter(label=_("行业领域"), table="mediation.industry")
    is_standardised = YesNoFilter(label=_("规范化调委会"))
    more = ("industry", "is_standardised", "number")

    class Meta:
        model = MediationCommittee
        fields: list[str] = []


class MediatorFilter(RecordFilter):
    """Mediators, also those who served on a day in the past."""

    workflow = MEDIATOR
    open_label = _("在任（现在）")
    serving = django_filters.DateFilter(
        label=_("某日在任"), method="on_day", widget=forms.DateInput(attrs={"type": "date"})
    )
    is_full_time = YesNoFilter(label=_("专职"))
    origin = CodeFilter(label=_("人员来源"), table="mediation.mediator_origin")
    certificate = django_filters.ChoiceFilter(
        label=_("证件有效期"),
        choices=[(SOON, _("90 天内到期")), (LATE, _("已过期"))],
        method="of_certificate",
        empty_label=_("全部"),
    )
    hours_below = django_filters.NumberFilter(
        label=_("年度培训不足（学时）"), method="taught_less", min_value=1, max_value=MOST_HOURS
    )
    hours_year = django_filters.NumberFilter(
        label=_("培训年度（不填为今年）"), method="of_year", min_value=FIRST_YEAR, max_value=LAST_YEAR
    )
    more = ("is_full_time", "origin", "certificate", "hours_below", "hours_year", "number")

    class Meta:
        model = Mediator
        fields: list[str] = []

    def on_day(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Keep who held the office on a day."""
        return rows.filter(serving_on(value))

    def of_certificate(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep whose certificate has run out, or does so within ninety days."""
        today = timezone.localdate()
        if value == LATE:
            return rows.filter(certificate_until__lt=today)
        soon = today + timedelta(days=CERTIFICATE_DAYS)
        return rows.filter(certificate_until__gte=today, certificate_until__lte=soon)

    def taught_less(self, rows: QuerySet[Any], name: str, value: Decimal) -> QuerySet[Any]:
        """Keep who was taught fewer hours than that in the year that is asked for, which is this one by default."""
        year = self.form.cleaned_data.get("hours_year") or timezone.localdate().year
        return rows.exclude(pk__in=taught_at_least(int(value), int(year)))

    def of_year(self, rows: QuerySet[Any], name: str, value: Decimal) -> QuerySet[Any]:
        """The year alone keeps everybody: it says of which year the hours are."""
        return rows


class StudioFilter(RecordFilter):
    """Studios."""

    workflow = STUDIO
    open_label = _("运行中")

    class Meta:
        model = MediationStudio
        fields: list[str] = []


class CenterFilter(RecordFilter):
    """Centres."""

    workflow = CENTER
    open_label = _("运行中")

    class Meta:
        model = OneStopCenter
        fields: list[str] = []


class RoundFilter(RecordFilter):
    """Rounds of screening."""

    workflow = ROUND
    open_label = _("进行中")
    kind = CodeFilter(label=_("排查类型"), table="mediation.screening")

    class Meta:
        model = ScreeningRound
        fields: list[str] = []


class FindingFilter(RecordFilter):
    """What rounds found."""

    workflow = FINDING
    open_label = _("未了结")
    dispute_type = CodeFilter(label=_("纠纷类型"), table="mediation.type")
    level = CodeFilter(label=_("风险等级"), table="mediation.alert_level")

    class Meta:
        model = ScreeningFinding
        fields: list[str] = []


class ConfirmationFilter(RecordFilter):
    """Judicial confirmations."""

    workflow = CONFIRMATION

    class Meta:
        model = JudicialConfirmation
        fields: list[str] = []


class ReviewFilter(RecordFilter):
    """Reviews of crimes."""

    workflow = REVIEW
    open_label = _("未作结论")

    class Meta:
        model = CriminalReview
        fields: list[str] = []


class AlertFilter(RecordFilter):
    """Alerts."""

    workflow = ALERT
    open_label = _("未解除")
    level = CodeFilter(label=_("预警等级"), table="mediation.alert_level")

    class Meta:
        model = RiskAlert
        fields: list[str] = []

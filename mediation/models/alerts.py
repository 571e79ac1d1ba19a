"""Disputes that may turn dangerous: an alert, its reports, the county's call (People's Mediation Law, article 25)."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, CodesField, Record, RecordRow
from mediation.models.base import LINE, DayChecks
from mediation.models.disputes import Dispute
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager


class RiskAlert(Record):
    """An alert about a dispute. ``report_by`` is the moment until which the county must know and have acknowledged.

    ``level`` is the present one; ``relevelled_at`` is when it last changed, the limit of a higher one runs from there.
    One that was raised in error is void: it stays in the register and no longer counts.
    """

    line_of = LINE
    table_kind = TableKind.CHILD

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="alerts", editable=False)
    level = CodeField(_("预警等级"), table="mediation.alert_level", max_length=8)
    triggers = CodesField(_("触发情形"), table="mediation.risk_flag", blank=False)
    situation = models.TextField(_("情况"), max_length=1000)
    measure = models.TextField(_("已采取的措施"), max_length=1000)
    responsible = models.CharField(_("责任人"), max_length=50)
    follow_up_days = models.PositiveSmallIntegerField(_("跟踪间隔（天）"), default=1)
    raised_at = models.DateTimeField(_("发现时间"))
    report_by = models.DateTimeField(_("上报时限"), editable=False)
    reported_at = models.DateTimeField(_("上报时间"), null=True, blank=True, editable=False)
    reported_to = CodesField(_("上报对象"), table="mediation.report_body", editable=False)
    acknowledged_at = models.DateTimeField(_("县局签收时间"), null=True, blank=True, editable=False)
    escalated_at = models.DateTimeField(_("升级督办时间"), null=True, blank=True, editable=False)
    closed_on = models.DateField(_("解除日期"), null=True, blank=True, editable=False)
    outcome = models.CharField(_("处置结果"), max_length=300, blank=True, editable=False)
    relevelled_at = models.DateTimeField(_("等级调整时间"), null=True, blank=True, editable=False)
    voided_on = models.DateField(_("作废日期"), null=True, blank=True, editable=False)
    void_reason = models.CharField(_("作废原因"), max_length=300, blank=True, editable=False)

    objects: ClassVar[OfficeScopedManager[RiskAlert]] = OfficeScopedManager()

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            # First pages and the watch of each minute ask for these few among all that ever were.
            models.Index(
                fields=["report_by"],
                condition=Q(state__in=["raised", "reported"]),
                include=["office", "county", "city"],
                name="alert_waiting",
            ),
        ]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(voided_on=None) | (Q(closed_on=None) & ~Q(void_reason="")),
                name="alert_void_with_reason",
                violation_error_message=_("作废预警应当写明原因；已解除的预警不能作废。"),
            ),
        ]
        verbose_name = _("风险预警")


class AlertReport(DayChecks, RecordRow):
    """A report to further bodies, after the first one that put the alert before the county."""

    line_of = LINE
    parent_field = "alert"

    alert = models.ForeignKey(RiskAlert, models.PROTECT, related_name="reports")
    reported_to = CodesField(_("上报对象"), table="mediation.report_body", blank=False)
    reported_at = models.DateTimeField(_("上报时间"))
    content = models.CharField(_("上报内容"), max_length=500)

    objects: ClassVar[OfficeScopedManager[AlertReport]] = OfficeScopedManager()

    class Meta(RecordRow.Meta):
        ordering = ["reported_at", "id"]
        verbose_name = _("补充上报")

    def clean(self) -> None:
        """It supplements the first report, which comes before it."""
        super().clean()
        if (
            self.alert.reported_at
            and self.reported_at
            and self.reported_at < self.alert.reported_at.replace(second=0, microsecond=0)
        ):
            raise ValidationError({"reported_at": _("补充上报的时间不能早于首次上报的时间。")})

    def __str__(self) -> str:
        return self.content[:30]

"""Disputes that may turn dangerous: an alert, its reports, the county's call (People's Mediation Law, article 25)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, CodesField, Record
from mediation.models.base import LINE
from mediation.models.disputes import Dispute
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager


class RiskAlert(Record):
    """An alert about a dispute. ``report_by`` is the moment until which the county must know and have acknowledged."""

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

    objects: ClassVar[OfficeScopedManager[RiskAlert]] = OfficeScopedManager()

    class Meta(Record.Meta):
        verbose_name = _("风险预警")

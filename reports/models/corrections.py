"""What is asked of a locked sheet, who said what to it, and what goes into the year to date of a later month."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.scoping import OfficeScopedManager
from reports.correcting import CORRECTING, OPEN
from reports.models.cells import UnitScoped
from reports.models.chain import UnitSheet


class SheetCorrection(UnitScoped):
    """A request to correct cells of an office's locked sheet (统计数据修正申请). What was asked never changes.

    ``cells`` maps an indicator to ``old``, as it was signed, and ``new``, as the ledger had it when the request was filed.
    ``made`` is the number of the edition that came of it, ``into`` the month that its difference went into.
    """

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    sheet = models.ForeignKey(UnitSheet, models.PROTECT, related_name="corrections")
    line = models.CharField(max_length=24, blank=True)
    form = models.CharField(_("表"), max_length=12)
    month = models.DateField(_("月份"))
    unit_name = models.CharField(max_length=80)
    cells = models.JSONField()
    reason = models.CharField(_("修正原因"), max_length=300)
    evidence = models.CharField(_("依据材料"), max_length=300)
    state = models.CharField(_("状态"), max_length=12, default=CORRECTING.initial)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    filed_on = models.DateField(_("申请日期"), default=timezone.localdate)
    made = models.PositiveSmallIntegerField(_("修订版次"), null=True, blank=True)
    into = models.DateField(_("计入月份"), null=True, blank=True)

    objects: ClassVar[OfficeScopedManager[SheetCorrection]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["-filed_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet"], condition=Q(state__in=sorted(OPEN)), name="sheet_correction_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.code for s in CORRECTING.states]), name="sheet_correction_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-filed_on", "-id"], name="sheet_correction_by_day"),
            models.Index(fields=["city", "-filed_on", "-id"], name="sheet_correction_by_city"),
            models.Index(fields=["county", "-filed_on", "-id"], name="sheet_correction_by_county"),
            models.Index(fields=["office", "-filed_on", "-id"], name="sheet_correction_by_office"),
            models.Index(fields=["state"], condition=Q(state__in=sorted(OPEN)), name="sheet_correction_waiting"),
        ]
        verbose_name = _("月报修正申请")

    def __str__(self) -> str:
        return f"{self.unit_name} {self.form} {self.month:%Y-%m}"


class CorrectionStep(UnitScoped):
    """A step of a correction, never changed. Whoever took one takes no other: a constraint says so too."""

    correction = models.ForeignKey(SheetCorrection, models.PROTECT, related_name="steps")
    line = models.CharField(max_length=24, blank=True)
    kind = models.CharField(max_length=16)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(_("意见"), max_length=300, blank=True)

    objects: ClassVar[OfficeScopedManager[CorrectionStep]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "correction", "user"], condition=~Q(kind="withdraw"), name="correction_step_by_another"
            )
        ]
        verbose_name = _("修正申请办理记录")

    def __str__(self) -> str:
        return f"{self.correction_id} {self.kind}"


class Adjustment(UnitScoped):
    """What goes into an office's year to date of a month beside the month itself, never changed.

    ``sheet`` is the version whose figure was wrong, ``month`` the first one that had not been signed by then.
    """

    correction = models.ForeignKey(SheetCorrection, models.PROTECT, related_name="adjustments")
    sheet = models.ForeignKey(UnitSheet, models.PROTECT, related_name="+")
    line = models.CharField(max_length=24, blank=True)
    form = models.CharField(max_length=12)
    month = models.DateField(_("计入月份"))
    indicator = models.CharField(_("指标"), max_length=16)
    amount = models.BigIntegerField(_("调整数"))
    note = models.CharField(_("说明"), max_length=400)
    made_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[OfficeScopedManager[Adjustment]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "correction", "indicator"], name="adjustment_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_of_something"),
        ]
        indexes = [models.Index(fields=["unit", "form", "month"], name="adjustment_by_month")]
        verbose_name = _("本年累计调整")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.form} {self.month:%Y-%m} {self.indicator} {self.amount}"

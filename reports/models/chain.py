"""The monthly sheets of every unit, their way up, and what stands behind their figures."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager
from reports.chain import CHAIN
from reports.models.cells import UnitScoped
from reports.models.editions import Definition


class UnitSheet(UnitScoped):
    """One unit's form of a month on its way from filling to lock.

    ``figures`` maps an indicator to its five periods (``current``, ``previous``, ``last_year``, ``ytd``, ``last_ytd``;
    None: no data), frozen at self-check together with ``checks``, ``definition`` and ``digest``. ``explanations``
    holds what was said to a soft check, by its name. ``adjustments`` are the items that went into the year to date beside
    the month, of the unit or of the offices below it; an indicator has their sum under ``adjustment``. Once signed nothing
    of that changes; ``version`` tells a sheet that is made anew after the lock from the one before it.
    """

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    # Empty for a form that draws on every line.
    line = models.CharField(max_length=24, blank=True)
    form = models.CharField(_("表"), max_length=12)
    month = models.DateField(_("月份"))
    version = models.PositiveSmallIntegerField(_("版次"), default=1)
    state = models.CharField(_("状态"), max_length=12, default=CHAIN.initial)
    due_on = models.DateField(_("报送期限"))
    unit_code = models.CharField(max_length=12)
    unit_name = models.CharField(max_length=80)
    parent = models.ForeignKey("offices.Office", models.PROTECT, db_index=False, null=True, related_name="+")
    is_zone = models.BooleanField(default=False)
    definition = models.ForeignKey(Definition, models.PROTECT, null=True, related_name="+")
    figures = models.JSONField(default=dict)
    adjustments = models.JSONField(default=list)
    explanations = models.JSONField(default=dict)
    # By indicator what the unit typed: ``current``, and before there is a published month also ``ytd`` and ``since``.
    typed = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    digest = models.CharField(_("摘要"), max_length=64, blank=True)
    phone = models.CharField(_("联系电话"), max_length=20, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(_("校核时间"), null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("签字时间"), null=True)
    first_submitted_on = models.DateField(_("首次报送日期"), null=True)
    opened_at = models.DateTimeField(_("上级打开时间"), null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("审核时间"), null=True)
    returns = models.PositiveSmallIntegerField(_("退回次数"), default=0)

    objects: ClassVar[OfficeScopedManager[UnitSheet]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["-month", "form", "unit_code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "form", "month", "version"], name="unit_sheet_once"),
            models.CheckConstraint(
                condition=Q(state__in=[s.code for s in CHAIN.states]), name="unit_sheet_state_known"
            ),
        ]
        indexes = [
            # Read from above: the sheets of one form and month that lie directly below a unit.
            models.Index(fields=["parent", "month", "form"], name="unit_sheet_by_parent"),
            models.Index(fields=["month", "form", "level"], name="unit_sheet_by_month"),
            models.Index(
                fields=["due_on"], condition=Q(state__in=["filling", "checked", "returned"]), name="sheet_due"
            ),
            # Every page asks what waits: few rows, however many months there are.
            models.Index(
                fields=["parent", "month"],
                condition=Q(state__in=["filling", "checked", "returned", "submitted"]),
                name="unit_sheet_not_settled",
            ),
        ]
        verbose_name = _("单位月报")

    def __str__(self) -> str:
        return f"{self.unit_name} {self.form} {self.month:%Y-%m}"


class SheetAction(UnitScoped):
    """A step of a sheet, never changed: who, when, from where to where, why, and which cells were named."""

    sheet = models.ForeignKey(UnitSheet, models.PROTECT, related_name="actions")
    line = models.CharField(max_length=24, blank=True)
    kind = models.CharField(max_length=16)
    from_state = models.CharField(max_length=12)
    to_state = models.CharField(max_length=12)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(_("说明"), max_length=400, blank=True)
    # By indicator: what was wrong with it, on a return.
    cells = models.JSONField(default=dict)
    # By indicator: the month's figures as they were submitted, so that what was corrected later can be told.
    figures = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[OfficeScopedManager[SheetAction]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["id"]
        verbose_name = _("月报办理记录")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.kind}"


class SheetRow(models.Model):
    """One counted event behind an office's frozen sheet, as it stood then: no name, no text.

    ``figures`` maps each indicator to what the event adds. Form and month stand here too, so that the rows of a
    county, a city or the province are read along their own index.
    """

    sheet = models.ForeignKey(UnitSheet, models.CASCADE, db_index=False, related_name="rows")
    line = models.CharField(max_length=24)
    form = models.CharField(max_length=12)
    month = models.DateField()
    office = models.ForeignKey("offices.Office", models.PROTECT, db_index=False, related_name="+")
    county = models.ForeignKey("offices.Office", models.PROTECT, db_index=False, related_name="+")
    city = models.ForeignKey("offices.Office", models.PROTECT, db_index=False, related_name="+")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    on = models.DateField(_("日期"), db_column="counted_on")
    record_type = models.CharField(max_length=60)
    record_key = models.CharField(max_length=10)
    number = models.CharField(_("编号"), max_length=80)
    figures = models.JSONField()

    objects: ClassVar[OfficeScopedManager[SheetRow]] = OfficeScopedManager()
    line_of = None
    table_kind = TableKind.SCOPED

    class Meta:
        base_manager_name = "objects"
        ordering = ["-on", "-id"]
        constraints = [models.UniqueConstraint(fields=["sheet", "event_id"], name="sheet_row_once")]
        indexes = [
            models.Index(fields=["form", "month", "-on", "-id"], name="sheet_row_by_month"),
            models.Index(fields=["city", "form", "month", "-on", "-id"], name="sheet_row_by_city"),
            models.Index(fields=["county", "form", "month", "-on", "-id"], name="sheet_row_by_county"),
            models.Index(fields=["office", "form", "month", "-on", "-id"], name="sheet_row_by_office"),
        ]
        verbose_name = _("计入明细")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.record_key} {self.kind}"


class MonthEdition(UnitScoped):
    """A month sealed by the province: which signed sheets it is made of. A correction is edition n+1.

    ``digest`` is over the digests of its sheets.
    """

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    line = models.CharField(max_length=24, blank=True, editable=False)
    month = models.DateField(_("月份"))
    number = models.PositiveSmallIntegerField(_("版次"))
    digest = models.CharField(_("摘要"), max_length=64)
    reason = models.CharField(_("更正说明"), max_length=400, blank=True)
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("定稿人"))
    sealed_at = models.DateTimeField(_("定稿时间"))

    objects: ClassVar[OfficeScopedManager[MonthEdition]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["-month", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "month", "number"], name="month_edition_once"),
        ]
        verbose_name = _("月报版本")

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} v{self.number}"


class EditionSheet(UnitScoped):
    """That a sheet belongs to an edition, with its digest then. A sheet that no correction touched is in both.

    Month, number and day stand here as well: whoever sees the sheet need not see the edition.
    """

    edition = models.ForeignKey(MonthEdition, models.PROTECT, related_name="sheets")
    sheet = models.ForeignKey(UnitSheet, models.PROTECT, related_name="editions")
    line = models.CharField(max_length=24, blank=True)
    form = models.CharField(max_length=12)
    month = models.DateField(_("月份"))
    number = models.PositiveSmallIntegerField(_("版次"))
    sealed_at = models.DateTimeField(_("定稿时间"))
    digest = models.CharField(max_length=64, blank=True)

    objects: ClassVar[OfficeScopedManager[EditionSheet]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["edition_id", "form", "unit_id"]
        constraints = [models.UniqueConstraint(fields=["edition", "sheet"], name="edition_sheet_once")]
        indexes = [
            models.Index(fields=["edition", "form", "level"], name="edition_sheet_by_form"),
            # Whoever does not see the edition finds its sheets by month and number.
            models.Index(fields=["month", "number", "unit"], name="edition_sheet_by_month"),
        ]
        verbose_name = _("月报版本构成")

    def __str__(self) -> str:
        return f"{self.edition_id} {self.sheet_id}"


class DifferenceNotice(UnitScoped):
    """That the ledger says something else today than a signed sheet; kept by the drain, gone when they agree again."""

    sheet = models.ForeignKey(UnitSheet, models.PROTECT, related_name="notices")
    line = models.CharField(max_length=24)
    indicator = models.CharField(_("指标"), max_length=16)
    signed = models.BigIntegerField(_("报表数"))
    live = models.BigIntegerField(_("台账数"))
    noticed_at = models.DateTimeField(_("发现时间"), auto_now_add=True)

    objects: ClassVar[OfficeScopedManager[DifferenceNotice]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["sheet_id", "indicator"]
        constraints = [models.UniqueConstraint(fields=["sheet", "indicator"], name="difference_once")]
        verbose_name = _("台账与报表差异")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.indicator} {self.signed} {self.live}"

"""What was issued: an edition of a form for a month, its sheets, the rows behind each figure, and the files."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager
from reports.models.cells import UnitScoped


class Definition(models.Model):
    """What a form meant on the day it was issued: its marks, columns, ratios, relations and the names of its events.

    Kept once for each wording, under the digest of its content. It holds no figure, so every office may read it.
    """

    digest = models.CharField(max_length=64, unique=True)
    form = models.CharField(max_length=12)
    content = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["form", "id"]
        verbose_name = _("指标口径")

    def __str__(self) -> str:
        return f"{self.form} {self.digest[:8]}"


class IssueRequest(UnitScoped):
    """That a person asked for a form to be issued, and why again. The job that does it carries this row's id."""

    line = models.CharField(max_length=24)
    form = models.CharField(max_length=12)
    month = models.DateField(_("月份"))
    reason = models.CharField(_("更正说明"), max_length=400, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[OfficeScopedManager[IssueRequest]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["-id"]
        verbose_name = _("签发申请")

    def __str__(self) -> str:
        return f"{self.form} {self.month:%Y-%m}"


class Edition(UnitScoped):
    """A form issued for a month by a unit. Figures, definitions and digest never change: a correction is edition n+1.

    ``trend`` holds the unit's last 13 months by indicator, ``foot`` what stands below the sheets (who, when).
    """

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    line = models.CharField(max_length=24)
    form = models.CharField(_("表"), max_length=12)
    month = models.DateField(_("月份"))
    number = models.PositiveSmallIntegerField(_("版次"))
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="+")
    checks = models.JSONField()
    trend = models.JSONField()
    foot = models.JSONField()
    digest = models.CharField(_("摘要"), max_length=64)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("签发人"))
    issued_at = models.DateTimeField(_("签发时间"))
    reason = models.CharField(_("更正说明"), max_length=400, blank=True)

    objects: ClassVar[OfficeScopedManager[Edition]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["-month", "form", "-number"]
        constraints = [models.UniqueConstraint(fields=["form", "month", "unit", "number"], name="edition_once")]
        verbose_name = _("报表版本")

    def __str__(self) -> str:
        return f"{self.form} {self.month:%Y-%m} v{self.number}"


class Sheet(UnitScoped):
    """One unit's figures in an edition. ``figures`` maps an indicator to its five periods:

    ``current``, ``previous`` (last month), ``last_year`` (the same month), ``ytd`` and ``last_ytd``; None: no data.
    Name, codes and number stand here as they were: whoever sees the sheet need not see the edition.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="sheets")
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="+")
    line = models.CharField(max_length=24)
    form = models.CharField(max_length=12)
    month = models.DateField(_("月份"))
    number = models.PositiveSmallIntegerField(_("版次"))
    issued_at = models.DateTimeField(_("签发时间"))
    unit_code = models.CharField(max_length=12)
    unit_name = models.CharField(max_length=80)
    parent_code = models.CharField(max_length=12, blank=True)
    is_zone = models.BooleanField(default=False)
    figures = models.JSONField()

    objects: ClassVar[OfficeScopedManager[Sheet]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["edition_id", "unit_id"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "unit"], name="sheet_once"),
            models.UniqueConstraint(fields=["unit", "form", "month", "number"], name="sheet_number_once"),
        ]
        indexes = [models.Index(fields=["unit", "form", "-month", "-number"], name="sheet_by_unit")]
        verbose_name = _("单位报表")

    def __str__(self) -> str:
        return f"{self.unit} {self.form} {self.month:%Y-%m}"


class Contribution(models.Model):
    """One counted event behind the figures of an edition, as it stood when it was frozen: no name, no text.

    ``figures`` maps each indicator that the event adds to, to what it adds: a figure is the sum of its rows.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, db_index=False, related_name="contributions")
    line = models.CharField(max_length=24)
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

    objects: ClassVar[OfficeScopedManager[Contribution]] = OfficeScopedManager()
    line_of = None
    table_kind = TableKind.SCOPED

    class Meta:
        base_manager_name = "objects"
        ordering = ["-on", "-id"]
        constraints = [models.UniqueConstraint(fields=["edition", "event_id"], name="contribution_once")]
        indexes = [
            models.Index(fields=["edition", "-on", "-id"], name="contribution_by_edition"),
            models.Index(fields=["edition", "city", "-on", "-id"], name="contribution_by_city"),
            models.Index(fields=["edition", "county", "-on", "-id"], name="contribution_by_county"),
            models.Index(fields=["edition", "office", "-on", "-id"], name="contribution_by_office"),
        ]
        verbose_name = _("计入明细")

    def __str__(self) -> str:
        return f"{self.edition_id} {self.record_key} {self.kind}"


class EditionFile(UnitScoped):
    """A file rendered once from an edition and kept with its digest."""

    class Kind(models.TextChoices):
        """Formats."""

        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="files")
    line = models.CharField(max_length=24)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    stored_as = models.CharField(max_length=120)
    name = models.CharField(_("文件名"), max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(null=True)
    engine = models.CharField(max_length=200)
    fonts = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[OfficeScopedManager[EditionFile]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["edition_id", "kind"]
        constraints = [models.UniqueConstraint(fields=["edition", "kind"], name="edition_file_once")]
        verbose_name = _("报表文件")

    def __str__(self) -> str:
        return self.name

"""The printed volumes of a sealed month: the province's and each city's, drawn once and kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.scoping import OfficeScopedManager
from reports.models.cells import UnitScoped
from reports.models.chain import MonthEdition


class Volume(UnitScoped):
    """What a unit prints of a month. A new one is made only where its own figures changed: then ``number`` is one more.

    ``digest`` is over its data, ``layout`` over the templates that it was opened for. ``edition`` is the sealed month for
    which it was made; later editions that left the unit's figures as they were have the same volume. Month and moment
    stand here as well: a city sees its volume and not the province's edition.
    """

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    edition = models.ForeignKey(MonthEdition, models.PROTECT, related_name="volumes")
    line = models.CharField(max_length=24, blank=True, editable=False)
    month = models.DateField(_("月份"))
    number = models.PositiveSmallIntegerField(_("版次"))
    edition_number = models.PositiveSmallIntegerField()
    sealed_at = models.DateTimeField(_("定稿时间"))
    reason = models.CharField(_("更正说明"), max_length=400, blank=True)
    digest = models.CharField(_("摘要"), max_length=64)
    layout = models.CharField(max_length=64, default="")

    objects: ClassVar[OfficeScopedManager[Volume]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["-month", "level", "unit_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["unit", "month", "number"], name="volume_once")]
        verbose_name = _("月报汇编")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.month:%Y-%m} v{self.number}"


class VolumeFile(UnitScoped):
    """A file drawn once from a volume and kept with its digest."""

    class Kind(models.TextChoices):
        """Formats."""

        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"

    volume = models.ForeignKey(Volume, models.PROTECT, related_name="files")
    line = models.CharField(max_length=24, blank=True, editable=False)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    stored_as = models.CharField(max_length=120)
    name = models.CharField(_("文件名"), max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(null=True)
    engine = models.CharField(max_length=200)
    fonts = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[OfficeScopedManager[VolumeFile]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["volume_id", "kind"]
        constraints = [models.UniqueConstraint(fields=["volume", "kind"], name="volume_file_once")]
        verbose_name = _("月报汇编文件")

    def __str__(self) -> str:
        return self.name

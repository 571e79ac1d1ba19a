"""The live figures of a unit's month."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind
from offices.models import Level, Office
from offices.scoping import OfficeScopedManager


class UnitScoped(models.Model):
    """A row that belongs to a unit of any level. A trigger fills level and scope columns from the unit.

    A county's row has no office, a city's neither office nor county: whoever stands below does not see it.
    """

    # Without indexes of their own: each of them would be written again with every recount, and none is read.
    unit = models.ForeignKey(Office, models.PROTECT, db_index=False, related_name="+", verbose_name=_("机构"))
    level = models.CharField(max_length=10, choices=Level.choices, editable=False)
    office = models.ForeignKey(Office, models.PROTECT, db_index=False, null=True, related_name="+", editable=False)
    county = models.ForeignKey(Office, models.PROTECT, db_index=False, null=True, related_name="+", editable=False)
    city = models.ForeignKey(Office, models.PROTECT, db_index=False, null=True, related_name="+", editable=False)

    objects: ClassVar[OfficeScopedManager[Any]] = OfficeScopedManager()
    line_of: str | None = None
    table_kind = TableKind.SCOPED

    class Meta:
        abstract = True
        base_manager_name = "objects"


class Cell(UnitScoped):
    """The flows of one unit, month and line as the ledger has them: whole numbers by indicator, money in fen."""

    line = models.CharField(max_length=24)
    month = models.DateField(_("月份"))
    figures = models.JSONField()
    as_of = models.DateTimeField(_("截至"))

    objects: ClassVar[OfficeScopedManager[Cell]] = OfficeScopedManager()

    class Meta(UnitScoped.Meta):
        ordering = ["month", "unit_id"]
        constraints = [models.UniqueConstraint(fields=["unit", "line", "month"], name="cell_once")]
        indexes = [
            models.Index(fields=["county", "line", "month"], name="cell_by_county"),
            models.Index(fields=["line", "month", "level"], name="cell_by_month"),
        ]
        verbose_name = _("统计单元")

    def __str__(self) -> str:
        return f"{self.unit} {self.month:%Y-%m} {self.line}"


class Drained(models.Model):
    """How far the cells are: whatever was committed before ``as_of`` is in them. One row, written by the drain."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    as_of = models.DateTimeField(_("截至"))

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="drained_one_row")]
        verbose_name = _("统计进度")

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M:%S}"

"""Which months of which offices must be counted anew."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind


class DirtyMark(models.Model):
    """One (line, counted office, month) whose figures may have changed. Written by triggers, taken by the drain.

    Rows are only added and deleted: reading them by a watermark would lose those of transactions in flight.
    """

    line = models.CharField(max_length=24)
    office_id = models.IntegerField()
    month = models.DateField()

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["id"]
        verbose_name = _("待重算标记")

    def __str__(self) -> str:
        return f"{self.line} {self.office_id} {self.month:%Y-%m}"

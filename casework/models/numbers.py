"""Counters of register numbers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind


class NumberCounter(models.Model):
    """The last number taken of a body, year and kind. Reached through the function take_numbers alone."""

    body = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40)
    value = models.PositiveIntegerField()

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["body", "year", "kind"]
        constraints = [models.UniqueConstraint(fields=["body", "year", "kind"], name="number_counter_once")]
        verbose_name = _("编号计数")

    def __str__(self) -> str:
        return f"{self.body} {self.year} {self.kind}: {self.value}"

"""Numbers that checks and weights use: each with its reason and the days on which it holds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind


class Parameter(models.Model):
    """One value of a parameter, for the months from ``valid_from`` on. ``unit`` says what the number counts."""

    code = models.CharField(max_length=40)
    value = models.IntegerField(_("数值"))
    unit = models.CharField(_("单位"), max_length=12, blank=True)
    article = models.CharField(_("依据"), max_length=200)
    valid_from = models.DateField(_("起始日期"))
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="parameter_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="parameter_ends_after_start"
            ),
        ]
        verbose_name = _("统计参数")

    def __str__(self) -> str:
        return f"{self.code} {self.value}{self.unit}"

"""The working calendar: days that differ from Monday to Friday, and the years whose holidays are published."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offices.kinds import TableKind


class CalendarYear(models.Model):
    """A year whose holiday notice is known; a year without a row is provisional (Monday to Friday).

    From ``adopted_from`` on its days are those that two persons adopted: an import leaves them alone.
    """

    year = models.PositiveSmallIntegerField(_("年份"), primary_key=True)
    source = models.CharField(_("来源"), max_length=100)
    adopted_from = models.DateField(null=True, editable=False)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["year"]
        constraints = [
            models.CheckConstraint(condition=Q(year__gte=1900) & Q(year__lte=2200), name="calendar_year_plausible")
        ]
        verbose_name = _("已公布放假安排的年份")

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """One holiday or make-up day. An override row wins over the published one and survives a new import."""

    class Source(models.TextChoices):
        """Where a row comes from."""

        PUBLISHED = "published", pgettext_lazy("calendar", "放假通知")
        OVERRIDE = "override", pgettext_lazy("calendar", "人工调整")

    date = models.DateField(_("日期"), primary_key=True)
    is_workday = models.BooleanField(_("工作日"))
    note = models.CharField(_("说明"), max_length=100, blank=True)
    source = models.CharField(_("来源"), max_length=10, choices=Source.choices)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=("published", "override")), name="calendar_source_known")
        ]
        verbose_name = _("工作日历")

    def __str__(self) -> str:
        return f"{self.date} {self.note}".rstrip()

"""What changes with time: deadline rules with their article, code tables, the end of the month, and their drafts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind


class DeadlineRule(models.Model):
    """How long a step may take: amount and unit, its article, and when the rule holds (both days included)."""

    class Unit(models.TextChoices):
        """Kinds of days."""

        HOUR = "hour", _("小时")
        DAY = "day", _("自然日")
        WORKDAY = "workday", _("工作日")
        MONTH = "month", _("个月")

    code = models.CharField(max_length=60)
    amount = models.PositiveSmallIntegerField(_("期限"))
    unit = models.CharField(_("单位"), max_length=8, choices=Unit.choices)
    rolls = models.BooleanField(_("遇节假日顺延"))
    article = models.CharField(_("依据"), max_length=200)
    valid_from = models.DateField(_("起始日期"))
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="deadline_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="deadline_dates_in_order"
            ),
        ]
        verbose_name = _("期限规则")

    def __str__(self) -> str:
        return f"{self.code} {self.amount} {self.unit}"


class DatedDraft(models.Model):
    """The next version of something dated that one person has drafted and another one has to adopt.

    ``kind`` and ``code`` name the thing (casework.dated.subjects), ``part`` the one value of it that changes where it
    has many, ``content`` is the version itself. Only the database's own functions turn it into what is in force.
    """

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    part = models.CharField(max_length=40, blank=True)
    content = models.JSONField()
    valid_from = models.DateField(_("起始日期"))
    reason = models.CharField(_("修改理由"), max_length=300)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    drafted_at = models.DateTimeField(_("起草时间"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(_("审定时间"), null=True, editable=False)
    adopted = models.BooleanField(null=True, editable=False)

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code", "part"],
                condition=Q(decided_at=None),
                name="one_open_draft_per_thing",
                violation_error_message=_("这一项已有待审定的草案，请先审定或退回。"),
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(adopted=True) | ~Q(decided_by=F("drafted_by")),
                name="draft_adopted_by_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["kind", "code", "-id"], name="drafts_of_a_thing")]
        verbose_name = _("草案")

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.part} {self.valid_from}"


class MonthRule(models.Model):
    """On which day a statistical month ends, for whole years: the 25th, or the last day of the calendar month."""

    class Ends(models.IntegerChoices):
        """The two ways in which bureaus count months."""

        CALENDAR = 31, _("自然月（1日至月末）")
        EARLY = 25, _("上月26日至本月25日")

    last_day = models.PositiveSmallIntegerField(_("统计月份"), choices=Ends.choices)
    article = models.CharField(_("依据"), max_length=200)
    valid_from = models.DateField(_("起始日期"), unique=True)
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__in=(25, 31)), name="month_end_known"),
            # Within a year a change would make a month twice as long or leave days in none.
            models.CheckConstraint(condition=Q(valid_from__month=1, valid_from__day=1), name="month_rule_from_january"),
        ]
        verbose_name = _("统计月份")

    def __str__(self) -> str:
        return f"{self.valid_from} {self.last_day}"


class CodeValue(models.Model):
    """One value of a versioned code table; ``maps_to`` is the value that statistics count it under."""

    table = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    name = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=80)
    sort = models.PositiveSmallIntegerField()
    maps_to = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField(_("起始日期"))
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["table", "sort", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["table", "code", "valid_from"], name="code_value_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="code_dates_in_order"
            ),
        ]
        verbose_name = _("代码")

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.name_en if get_language() == "en" else self.name

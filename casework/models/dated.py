"""Law and lists that change with time: deadline rules with their article, and code tables."""

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


class RuleDraft(models.Model):
    """A rule that one person has drafted and another one has to adopt; only then is it law in the portal."""

    code = models.CharField(max_length=60)
    amount = models.PositiveSmallIntegerField(_("期限"))
    unit = models.CharField(_("单位"), max_length=8, choices=DeadlineRule.Unit.choices)
    rolls = models.BooleanField(_("遇节假日顺延"), default=False)
    article = models.CharField(_("依据"), max_length=200)
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
                fields=["code"],
                condition=Q(decided_at=None),
                name="one_open_draft_per_rule",
                violation_error_message=_("这条规则已有待审定的草案，请先审定或退回。"),
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(adopted=True) | ~Q(decided_by=F("drafted_by")),
                name="rule_adopted_by_a_second_person",
            ),
        ]
        verbose_name = _("期限规则草案")

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"


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
        constraints = [models.UniqueConstraint(fields=["table", "code", "valid_from"], name="code_value_once")]
        verbose_name = _("代码")

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.name_en if get_language() == "en" else self.name

"""Offices over time: how units were named, and the deeds by which they are renamed, merged, split and moved."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offices.kinds import TableKind
from offices.models.office import Level, Office


class UnitName(models.Model):
    """How a unit was named and coded before it was renamed. ``valid_to`` is the first day of its next name."""

    unit = models.ForeignKey(Office, models.PROTECT, related_name="former_names")
    code = models.CharField(_("区划代码"), max_length=12)
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=40)
    area_name = models.CharField(_("辖区名称"), max_length=40)
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"))

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["unit_id", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "valid_from"], name="unit_name_once"),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="unit_name_dates_in_order"),
        ]
        verbose_name = _("机构原名称")

    def __str__(self) -> str:
        return self.name


class UnitChange(models.Model):
    """A change of units by a decision on paper: one administrator drafts it, a second person adopts it.

    ``effective_on`` is the first day on which it holds. ``code``, names and ``parent`` are those of the renamed or of the
    new unit; ``into`` is the standing unit that others merge into. ``applied_at`` says that the tree is changed,
    ``moved_at`` that the last record has followed.
    """

    class Kind(models.TextChoices):
        """What becomes of the units."""

        RENAME = "rename", pgettext_lazy("unit", "更名")
        MERGE = "merge", pgettext_lazy("unit", "合并")
        SPLIT = "split", pgettext_lazy("unit", "分设")
        MOVE = "move", pgettext_lazy("unit", "划转")

    class State(models.TextChoices):
        """Where it stands; computed from what has happened to it."""

        WAITING = "waiting", pgettext_lazy("unit change", "待审定")
        REFUSED = "refused", pgettext_lazy("unit change", "已退回")
        COMING = "coming", pgettext_lazy("unit change", "待生效")
        MOVING = "moving", pgettext_lazy("unit change", "业务移转中")
        DONE = "done", pgettext_lazy("unit change", "已完成")

    kind = models.CharField(_("变更种类"), max_length=8, choices=Kind.choices, editable=False)
    effective_on = models.DateField(_("生效日期"))
    paper = models.CharField(_("批准文号"), max_length=100)
    reason = models.CharField(_("变更理由"), max_length=300)
    code = models.CharField(_("区划代码"), max_length=12, blank=True)
    name = models.CharField(_("名称"), max_length=80, blank=True)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    area_name = models.CharField(_("辖区名称"), max_length=40, blank=True)
    parent = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    into = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    drafted_at = models.DateTimeField(_("起草时间"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(_("审定时间"), null=True, editable=False)
    adopted = models.BooleanField(null=True, editable=False)
    note = models.CharField(_("退回原因"), max_length=300, blank=True, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)
    moved_at = models.DateTimeField(null=True, editable=False)

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["-effective_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["rename", "merge", "split", "move"]), name="unit_change_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(adopted=True) | ~Q(decided_by=F("drafted_by")),
                name="unit_change_adopted_by_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["effective_on"], condition=Q(moved_at=None), name="unit_change_open")]
        verbose_name = _("机构变更")

    def __str__(self) -> str:
        return f"{self.kind} {self.effective_on}"

    def state(self, today: date) -> State:
        """Return where the change stands on a day."""
        if self.decided_at is None:
            return self.State.WAITING
        if not self.adopted:
            return self.State.REFUSED
        if self.moved_at is not None:
            return self.State.DONE
        return self.State.COMING if self.effective_on > today else self.State.MOVING

    @property
    def ends_units(self) -> bool:
        """Whether the units of its lines exist no longer from its day on."""
        return self.kind in {self.Kind.MERGE, self.Kind.MOVE}


class UnitChangeLine(models.Model):
    """One unit of a change and its successor, with the ids of the villages that went along.

    ``target`` of a new unit is filled when the change takes effect, and so are the villages of a unit that ends.
    """

    change = models.ForeignKey(UnitChange, models.PROTECT, related_name="lines")
    unit = models.ForeignKey(Office, models.PROTECT, related_name="+")
    target = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    villages = ArrayField(models.IntegerField(), default=list)

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["change", "unit"], name="unit_change_line_once")]
        verbose_name = _("机构变更明细")

    def __str__(self) -> str:
        return f"{self.change_id} {self.unit_id}"


# The levels whose units can merge, split or move; those above are only ever renamed.
CHANGING_LEVELS = {
    UnitChange.Kind.RENAME: frozenset({Level.OFFICE, Level.COUNTY, Level.CITY}),
    UnitChange.Kind.MERGE: frozenset({Level.OFFICE}),
    UnitChange.Kind.SPLIT: frozenset({Level.OFFICE}),
    UnitChange.Kind.MOVE: frozenset({Level.OFFICE}),
}

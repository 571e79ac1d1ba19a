"""Looking for disputes: rounds by village, and what they found."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, Record, RecordRow
from mediation.models.base import LINE, DayChecks
from offices.kinds import TableKind
from offices.models import Village
from offices.scoping import OfficeScopedManager


class ScreeningRound(Record):
    """One round of screening. The sums over its villages are written when it ends."""

    line_of = LINE

    kind = CodeField(_("排查类型"), table="mediation.screening", max_length=16)
    started_on = models.DateField(_("开始日期"))
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    organiser = models.CharField(_("组织人"), max_length=50)
    theme = models.CharField(_("重点内容"), max_length=200, blank=True)
    households = models.PositiveIntegerField(_("走访户数"), default=0, editable=False)
    persons = models.PositiveIntegerField(_("走访人数"), default=0, editable=False)
    key_persons = models.PositiveIntegerField(_("重点关注人员"), default=0, editable=False)
    villages = models.PositiveSmallIntegerField(_("覆盖村居数"), default=0, editable=False)

    objects: ClassVar[OfficeScopedManager[ScreeningRound]] = OfficeScopedManager()

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="round_days_in_order",
                violation_error_message=_("结束日期不能早于开始日期。"),
            ),
        ]
        verbose_name = _("矛盾纠纷排查")


class VillageVisit(DayChecks, RecordRow):
    """A village in a round: how many were visited."""

    line_of = LINE
    parent_field = "round"

    round = models.ForeignKey(ScreeningRound, models.PROTECT, related_name="visits")
    village = models.ForeignKey(Village, models.PROTECT, related_name="+", verbose_name=_("村居"))
    on = models.DateField(_("走访日期"), db_column="visited_on")
    households = models.PositiveIntegerField(_("走访户数"))
    persons = models.PositiveIntegerField(_("走访人数"), default=0)
    key_persons = models.PositiveIntegerField(_("重点关注人员"), default=0)
    visitors = models.CharField(_("走访人"), max_length=100, blank=True)
    note = models.CharField(_("情况说明"), max_length=300, blank=True)

    objects: ClassVar[OfficeScopedManager[VillageVisit]] = OfficeScopedManager()

    class Meta(RecordRow.Meta):
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "village"],
                name="village_once_per_round",
                violation_error_message=_("这个村居已经登记，请修改原有记录。"),
            )
        ]
        verbose_name = _("走访村居")

    def clean(self) -> None:
        """A visit falls into its round, and into a village of the office that screens."""
        super().clean()
        self._not_before("on", self.round.started_on, _("排查开始日期"))
        self._not_after("on", self.round.ended_on, _("排查结束日期"))
        # What another office has taken over keeps the villages that were visited.
        if self._state.adding and self.village_id and self.village.office_id != self.round.office_id:
            raise ValidationError({"village": _("请选择本所辖区的村居。")})

    def __str__(self) -> str:
        return str(self.village)


class ScreeningFinding(Record):
    """A dispute that a round found: settled on the spot, handed to mediation, or watched."""

    line_of = LINE
    table_kind = TableKind.CHILD

    round = models.ForeignKey(ScreeningRound, models.PROTECT, related_name="findings", editable=False)
    village = models.ForeignKey(Village, models.PROTECT, related_name="+", verbose_name=_("村居"))
    place = models.CharField(_("详细地点"), max_length=100, blank=True)
    found_on = models.DateField(_("发现日期"))
    people = models.CharField(_("涉及人员"), max_length=200, help_text=_("双方姓名或名称，用“与”或逗号隔开。"))
    dispute_type = CodeField(_("纠纷类型"), table="mediation.type", max_length=24)
    brief = models.TextField(_("纠纷情况"), max_length=1000)
    level = CodeField(_("风险等级"), table="mediation.alert_level", max_length=8, blank=True)
    settled_on = models.DateField(_("化解日期"), null=True, blank=True, editable=False)

    objects: ClassVar[OfficeScopedManager[ScreeningFinding]] = OfficeScopedManager()

    class Meta(Record.Meta):
        verbose_name = _("排查发现的纠纷")

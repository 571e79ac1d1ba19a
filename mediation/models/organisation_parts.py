"""Rows of the registers: who sits in a centre, what it received on a day, what mediators were taught and paid."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, FenField, RecordRow
from mediation.models.base import LINE, DayChecks
from mediation.models.organisations import MediationCommittee, Mediator, OneStopCenter
from offices.scoping import OfficeScopedManager


class RegisterRow(DayChecks, RecordRow):
    """A row of a register of the line."""

    line_of = LINE

    class Meta(RecordRow.Meta):
        abstract = True


class ResidentUnit(RegisterRow):
    """A unit that sits in a one-stop centre, and since when."""

    parent_field = "center"

    center = models.ForeignKey(OneStopCenter, models.PROTECT, related_name="residents")
    kind = CodeField(_("单位类别"), table="mediation.resident_unit", max_length=24)
    name = models.CharField(_("单位名称"), max_length=80)
    way = models.CharField(_("入驻方式"), max_length=40, blank=True, help_text=_("常驻、轮驻或随叫随驻。"))
    people = models.PositiveSmallIntegerField(_("派驻人数"), default=1)
    since = models.DateField(_("入驻日期"))
    until = models.DateField(_("撤出日期"), null=True, blank=True)

    objects: ClassVar[OfficeScopedManager[ResidentUnit]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="resident_days_in_order",
                violation_error_message=_("撤出日期不能早于入驻日期。"),
            ),
        ]
        verbose_name = _("入驻单位")

    def clean(self) -> None:
        """A unit sits in a centre that is open."""
        super().clean()
        self._not_before("since", self.center.opened_on, _("中心启用日期"))

    def __str__(self) -> str:
        return self.name


class CentreReception(RegisterRow):
    """What a one-stop centre received on a day."""

    parent_field = "center"

    center = models.ForeignKey(OneStopCenter, models.PROTECT, related_name="receptions")
    on = models.DateField(_("日期"), db_column="received_on")
    visitors = models.PositiveIntegerField(_("接待人次"))
    taken = models.PositiveIntegerField(_("受理件数"), default=0)
    diverted = models.PositiveIntegerField(_("分流件数"), default=0)
    settled = models.PositiveIntegerField(_("办结件数"), default=0)
    note = models.CharField(_("备注"), max_length=200, blank=True)

    objects: ClassVar[OfficeScopedManager[CentreReception]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["center", "on"],
                name="reception_once_a_day",
                violation_error_message=_("这一天的接待情况已经登记，请修改原有记录。"),
            ),
            models.CheckConstraint(
                condition=Q(diverted__lte=F("taken")),
                name="reception_diverted_of_taken",
                violation_error_message=_("分流件数不能多于受理件数。"),
            ),
        ]
        verbose_name = _("每日接待")

    def clean(self) -> None:
        """A centre receives people from its opening to its closing."""
        super().clean()
        self._not_before("on", self.center.opened_on, _("中心启用日期"))
        self._not_after("on", self.center.closed_on, _("中心停用日期"))

    def __str__(self) -> str:
        return f"{self.on} {self.visitors}"


class Training(RegisterRow):
    """A course that a mediator attended."""

    parent_field = "mediator"

    mediator = models.ForeignKey(Mediator, models.PROTECT, related_name="trainings")
    on = models.DateField(_("培训日期"), db_column="trained_on")
    topic = models.CharField(_("培训内容"), max_length=100)
    organiser = models.CharField(_("主办单位"), max_length=80, blank=True)
    hours = models.PositiveSmallIntegerField(_("学时"))

    objects: ClassVar[OfficeScopedManager[Training]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-on", "-id"]
        verbose_name = _("培训")

    def clean(self) -> None:
        """It falls into the mediator's service."""
        super().clean()
        self._not_before("on", self.mediator.appointed_from, _("任职日期"))

    def __str__(self) -> str:
        return self.topic


class Allowance(RegisterRow):
    """Money paid to a mediator, by case or as a fixed sum."""

    parent_field = "mediator"

    class Kind(models.TextChoices):
        """Ways of paying."""

        BY_CASE = "by_case", _("以案定补")
        FIXED = "fixed", _("固定补贴")

    mediator = models.ForeignKey(Mediator, models.PROTECT, related_name="allowances")
    on = models.DateField(_("发放日期"), db_column="paid_on")
    kind = models.CharField(_("补贴方式"), max_length=8, choices=Kind.choices)
    cases = models.PositiveSmallIntegerField(_("计补件数"), default=0)
    amount = FenField(_("金额（元）"))

    objects: ClassVar[OfficeScopedManager[Allowance]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-on", "-id"]
        verbose_name = _("补贴")

    def clean(self) -> None:
        """It falls into the mediator's service."""
        super().clean()
        self._not_before("on", self.mediator.appointed_from, _("任职日期"))

    def __str__(self) -> str:
        return f"{self.on}"


class Commendation(RegisterRow):
    """A commendation of a mediator, or an injury or death on duty (article 16)."""

    parent_field = "mediator"

    class Kind(models.TextChoices):
        """What happened."""

        PRAISED = "praised", _("表彰")
        INJURED = "injured", _("因工受伤")
        DIED = "died", _("因工死亡")

    mediator = models.ForeignKey(Mediator, models.PROTECT, related_name="commendations")
    on = models.DateField(_("日期"), db_column="happened_on")
    kind = models.CharField(_("事项"), max_length=8, choices=Kind.choices)
    giver = models.CharField(_("表彰或认定单位"), max_length=80, blank=True)
    text = models.CharField(_("说明"), max_length=200, blank=True)

    objects: ClassVar[OfficeScopedManager[Commendation]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-on", "-id"]
        verbose_name = _("表彰与抚恤")

    def clean(self) -> None:
        """It falls into the mediator's service."""
        super().clean()
        self._not_before("on", self.mediator.appointed_from, _("任职日期"))

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Funding(RegisterRow):
    """Money that a committee received for a purpose (article 6)."""

    parent_field = "committee"

    class Kind(models.TextChoices):
        """The three purposes of the ministry's table."""

        GUIDANCE = "guidance", _("指导经费")
        WORK = "work", _("工作经费")
        SUBSIDY = "subsidy", _("补助补贴")

    committee = models.ForeignKey(MediationCommittee, models.PROTECT, related_name="fundings")
    on = models.DateField(_("到账日期"), db_column="received_on")
    kind = models.CharField(_("经费类别"), max_length=8, choices=Kind.choices)
    amount = FenField(_("金额（元）"))
    payer = models.CharField(_("拨付单位"), max_length=80, blank=True)

    objects: ClassVar[OfficeScopedManager[Funding]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-on", "-id"]
        verbose_name = _("经费")

    def clean(self) -> None:
        """Money comes to a committee that has been founded and stands."""
        super().clean()
        self._not_before("on", self.committee.established_on, _("调委会设立日期"))
        self._not_after("on", self.committee.dissolved_on, _("调委会撤销日期"))

    def __str__(self) -> str:
        return str(self.get_kind_display())


class CommitteeTerm(RegisterRow):
    """A past term of a committee (article 9), written when the next one begins. Both days are included."""

    parent_field = "committee"

    committee = models.ForeignKey(MediationCommittee, models.PROTECT, related_name="terms")
    since = models.DateField(_("任期自"))
    until = models.DateField(_("任期至"))
    filed_on = models.DateField(_("备案日期"), null=True, blank=True)
    filing_number = models.CharField(_("备案文号"), max_length=60, blank=True)

    objects: ClassVar[OfficeScopedManager[CommitteeTerm]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "since"],
                name="one_term_from_a_day",
                violation_error_message=_("这一届任期已经登记。"),
            ),
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="past_term_in_order",
                violation_error_message=_("任期截止日期不能早于起始日期。"),
            ),
        ]
        verbose_name = _("历届任期")

    def __str__(self) -> str:
        return f"{self.since} – {self.until}"


class MediatorPost(RegisterRow):
    """A post that a mediator held earlier in the same service. Both days are included."""

    parent_field = "mediator"

    mediator = models.ForeignKey(Mediator, models.PROTECT, related_name="posts")
    kind = models.CharField(_("类别"), max_length=8, choices=Mediator.Kind.choices)
    position = models.CharField(_("职务"), max_length=8, blank=True, choices=Mediator.Position.choices)
    since = models.DateField(_("任该职自"))
    until = models.DateField(_("任该职至"))

    objects: ClassVar[OfficeScopedManager[MediatorPost]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="past_post_in_order",
                violation_error_message=_("变更日期应当晚于原任职的起始日期。"),
            ),
        ]
        verbose_name = _("任职经历")

    def __str__(self) -> str:
        return str(self.get_position_display() or self.get_kind_display())


class TrainingCourse(RegisterRow):
    """A course that was held for mediators, entered by the committee that held it; who attended stands with each."""

    parent_field = "committee"

    committee = models.ForeignKey(MediationCommittee, models.PROTECT, related_name="courses")
    on = models.DateField(_("开班日期"), db_column="held_on")
    topic = models.CharField(_("培训内容"), max_length=100)
    organiser = models.CharField(_("主办单位"), max_length=80, blank=True)
    hours = models.PositiveSmallIntegerField(_("学时"))

    objects: ClassVar[OfficeScopedManager[TrainingCourse]] = OfficeScopedManager()

    class Meta(RegisterRow.Meta):
        ordering = ["-on", "-id"]
        verbose_name = _("举办培训")
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "on", "topic"],
                name="course_entered_once",
                violation_error_message=_("该调委会当天的这期培训已经登记，请修改原有记录。"),
            ),
            models.CheckConstraint(
                condition=Q(hours__gte=1),
                name="course_has_hours",
                violation_error_message=_("学时至少为 1。"),
            ),
        ]

    def __str__(self) -> str:
        return self.topic

"""What belongs to a dispute beside its steps: records, evidence, performance, visits, effects."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, FenField
from mediation.models.disputes import Dispute
from mediation.models.rows import DisputeRow
from offices.scoping import OfficeScopedManager


class Investigation(DisputeRow):
    """The record of an inquiry."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="investigations")
    at_time = models.DateTimeField(_("调查时间"))
    place = models.CharField(_("调查地点"), max_length=100)
    person = models.CharField(_("被调查人"), max_length=50)
    investigators = models.CharField(_("调查人"), max_length=100)
    recorder = models.CharField(_("记录人"), max_length=50)
    attendees = models.CharField(_("参加人"), max_length=200, blank=True)
    text = models.TextField(_("调查记录"), max_length=4000)

    objects: ClassVar[OfficeScopedManager[Investigation]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["at_time", "id"]
        verbose_name = _("调查记录")

    def clean(self) -> None:
        """Inquiries lie between acceptance and the result."""
        super().clean()
        self._not_before("at_time", self.dispute.accepted_on, _("受理日期"))
        self._not_after("at_time", self.dispute.concluded_on, _("办结日期"))

    def __str__(self) -> str:
        return self.person


class Evidence(DisputeRow):
    """One piece of evidence."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="evidence")
    name = models.CharField(_("证据名称"), max_length=100)
    kind = CodeField(_("证据种类"), table="mediation.evidence", max_length=16)
    provider = models.CharField(_("提供人"), max_length=50)
    received_on = models.DateField(_("收到日期"))
    pages = models.PositiveSmallIntegerField(_("页数"), default=1)
    is_original = models.BooleanField(_("原件"), default=False)
    proves = models.CharField(_("证明内容"), max_length=200, blank=True)

    objects: ClassVar[OfficeScopedManager[Evidence]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["received_on", "id"]
        verbose_name = _("证据材料")

    def clean(self) -> None:
        """Nothing is handed in before there is a dispute."""
        super().clean()
        self._not_before("received_on", self.dispute.occurred_on, _("纠纷发生日期"))

    def __str__(self) -> str:
        return self.name


class Session(DisputeRow):
    """The record of one sitting."""

    class Result(models.TextChoices):
        """The three boxes of the official record."""

        ORAL = "oral", _("达成口头协议")
        WRITTEN = "written", _("达成书面协议")
        NONE = "none", _("未达成协议")

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="sessions")
    at_time = models.DateTimeField(_("调解时间"))
    place = models.CharField(_("调解地点"), max_length=100)
    way = CodeField(_("调解方式"), table="mediation.way", max_length=16)
    attendees = models.CharField(_("参加人"), max_length=200, blank=True)
    recorder = models.CharField(_("记录人"), max_length=50)
    text = models.TextField(_("调解记录"), max_length=4000)
    result = models.CharField(_("调解结果"), max_length=8, choices=Result.choices)

    objects: ClassVar[OfficeScopedManager[Session]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["at_time", "id"]
        verbose_name = _("调解记录")

    def clean(self) -> None:
        """Mediation lies between the notice of rights (articles 23 and 24) and the result."""
        super().clean()
        if self.dispute.rights_notice_on is None:
            raise ValidationError({"at_time": _("本件没有开始调解（未告知权利义务），不能登记调解记录。")})
        self._not_before("at_time", self.dispute.rights_notice_on, _("权利义务告知日期"))
        self._not_after("at_time", self.dispute.concluded_on, _("办结日期"))

    def __str__(self) -> str:
        return f"{self.at_time:%Y-%m-%d}"


class PerformanceItem(DisputeRow):
    """One thing that a party must do under the agreement, and until when."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="performance_items")
    content = models.CharField(_("履行内容"), max_length=200)
    debtor = models.CharField(_("履行人"), max_length=100)
    amount = FenField(_("金额（元）"), default=0, blank=True)
    due_on = models.DateField(_("履行期限"))
    done_on = models.DateField(_("履行日期"), null=True, blank=True)
    proof = models.CharField(_("履行凭证"), max_length=100, blank=True, help_text=_("收条、汇款单等。"))

    objects: ClassVar[OfficeScopedManager[PerformanceItem]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="performance_amount_not_negative",
                violation_error_message=_("金额不能为负数。"),
            )
        ]
        verbose_name = _("履行事项")

    def clean(self) -> None:
        """What is agreed is due, and done, after the agreement (article 31)."""
        super().clean()
        if self.dispute.agreed_on is None:
            raise ValidationError(_("本件没有达成协议，不需要登记履行。"))
        self._not_before("due_on", self.dispute.agreed_on, _("达成协议日期"))
        self._not_before("done_on", self.dispute.agreed_on, _("达成协议日期"))

    def __str__(self) -> str:
        return self.content


class ReturnVisit(DisputeRow):
    """A return visit after the agreement or the end of mediation."""

    class Satisfaction(models.TextChoices):
        """What the visited party said."""

        SATISFIED = "satisfied", _("满意")
        FAIR = "fair", _("基本满意")
        UNSATISFIED = "unsatisfied", _("不满意")

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="visits")
    on = models.DateField(_("回访日期"), db_column="visited_on")
    visited = models.CharField(_("被回访人"), max_length=100)
    way = CodeField(_("回访方式"), table="mediation.visit_way", max_length=16)
    reason = models.CharField(_("回访事由"), max_length=200, blank=True)
    performance = models.CharField(_("履行情况"), max_length=200)
    satisfaction = models.CharField(_("满意程度"), max_length=12, choices=Satisfaction.choices)
    lawsuit = models.CharField(_("起诉及判决"), max_length=200, blank=True)
    danger = models.CharField(_("激化或隐患迹象"), max_length=200, blank=True)
    measures = models.CharField(_("采取措施"), max_length=200, blank=True)
    visitor = models.CharField(_("回访人"), max_length=50)

    objects: ClassVar[OfficeScopedManager[ReturnVisit]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["on", "id"]
        verbose_name = _("回访记录")

    def clean(self) -> None:
        """A return visit follows the result."""
        super().clean()
        if not (self.dispute.agreement_form or self.dispute.failure):
            raise ValidationError(_("本件没有调解结果，不需要回访；移交的案件收到回执后直接结案。"))
        self._not_before("on", self.dispute.concluded_on, _("办结日期"))

    def __str__(self) -> str:
        return f"{self.on}"


class Transfer(DisputeRow):
    """A transfer or diversion to another body, and its receipt."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="transfers")
    body_kind = CodeField(_("接收单位类别"), table="mediation.transfer_body", max_length=16)
    body = models.CharField(_("接收单位"), max_length=80)
    on = models.DateField(_("移交日期"), db_column="transferred_on")
    reason = models.CharField(_("移交理由"), max_length=300)
    materials = models.CharField(_("移交材料"), max_length=200, blank=True)
    receipt_on = models.DateField(_("回执日期"), null=True, blank=True)
    receiver = models.CharField(_("接收人"), max_length=50, blank=True)
    result = models.CharField(_("办理结果"), max_length=300, blank=True)

    objects: ClassVar[OfficeScopedManager[Transfer]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["on", "id"]
        verbose_name = _("移交（分流）")

    def clean(self) -> None:
        """A transfer follows the registration, and its receipt the transfer."""
        super().clean()
        self._not_before("on", self.dispute.registered_on, _("登记日期"))
        self._not_before("receipt_on", self.on, _("移交日期"))

    def __str__(self) -> str:
        return self.body


class UndisputedFact(DisputeRow):
    """A fact that the parties do not dispute, recorded with their consent (Shandong Regulations, article 24)."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="undisputed_facts")
    on = models.DateField(_("记载日期"), db_column="recorded_on")
    text = models.TextField(_("无争议事实"), max_length=2000)
    confirmed = models.BooleanField(_("双方当事人已签名确认"), default=False)

    objects: ClassVar[OfficeScopedManager[UndisputedFact]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["on", "id"]
        verbose_name = _("无争议事实记载")

    def clean(self) -> None:
        """Facts are recorded in mediation, which follows acceptance."""
        super().clean()
        self._not_before("on", self.dispute.accepted_on, _("受理日期"))

    def __str__(self) -> str:
        return self.text[:30]


class Danger(models.TextChoices):
    """What a dispute may grow into: the four pairs of columns of the ministry's table."""

    SUICIDE = "suicide", _("自杀")
    CRIME = "crime", _("刑事案件")
    PETITION = "petition", _("群体性上访")
    BRAWL = "brawl", _("群体性械斗")


class PreventiveEffect(DisputeRow):
    """What mediation has prevented, and how many people it would have struck."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="effects")
    kind = models.CharField(_("防止激化"), max_length=8, choices=Danger.choices)
    on = models.DateField(_("日期"), db_column="prevented_on")
    persons = models.PositiveIntegerField(_("涉及人数"))
    text = models.CharField(_("情况说明"), max_length=300)

    objects: ClassVar[OfficeScopedManager[PreventiveEffect]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "kind"],
                name="effect_once_per_kind",
                violation_error_message=_("这类防止激化情况已经登记，请修改原有记录。"),
            ),
            models.CheckConstraint(
                condition=Q(persons__gte=1),
                name="effect_one_person",
                violation_error_message=_("涉及人数至少1人。"),
            ),
        ]
        verbose_name = _("防止激化")

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Escalation(DisputeRow):
    """What a dispute did grow into."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="escalations")
    kind = models.CharField(_("激化后果"), max_length=8, choices=Danger.choices)
    on = models.DateField(_("发生日期"), db_column="happened_on")
    persons = models.PositiveIntegerField(_("涉及人数"))
    deaths = models.PositiveIntegerField(_("死亡人数"), default=0)
    text = models.CharField(_("情况说明"), max_length=300)

    objects: ClassVar[OfficeScopedManager[Escalation]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "kind"],
                name="escalation_once_per_kind",
                violation_error_message=_("这类激化后果已经登记，请修改原有记录。"),
            ),
            models.CheckConstraint(
                condition=Q(persons__gte=models.F("deaths")),
                name="escalation_deaths_of_persons",
                violation_error_message=_("死亡人数不能多于涉及人数。"),
            ),
        ]
        verbose_name = _("激化后果")

    def __str__(self) -> str:
        return str(self.get_kind_display())

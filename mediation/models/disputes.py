"""Disputes, who mediates them, what was agreed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, CodesField, FenField, Record
from mediation.models.base import LINE
from mediation.models.organisations import MediationCommittee, Mediator
from offices.kinds import TableKind
from offices.models import Village
from offices.scoping import OfficeScopedManager, ScopedModel


class Dispute(Record):
    """A dispute from registration to archive. Amounts are in fen.

    ``party_count`` is what the ministry's table counts (at least two; a group is one party of many people);
    ``committee_kind`` is the committee's kind when the dispute was registered, so that old figures keep it.
    """

    line_of = LINE

    class AgreementForm(models.TextChoices):
        """Articles 28 to 30 of the People's Mediation Law."""

        ORAL = "oral", _("口头协议")
        WRITTEN = "written", _("书面协议")

    class Performance(models.TextChoices):
        """How far the agreement is performed."""

        AT_ONCE = "at_once", _("当即履行")
        FULL = "full", _("已履行")
        PARTIAL = "partial", _("部分履行")
        NOT_DUE = "not_due", _("未到期")
        REFUSED = "refused", _("未履行")

    dispute_type = CodeField(_("纠纷类型"), table="mediation.type", max_length=24)
    subtype = CodeField(_("二级类型"), table="mediation.subtype", max_length=24, blank=True)
    source = CodeField(_("案件来源"), table="mediation.source", max_length=24)
    is_difficult = models.BooleanField(_("疑难复杂"), default=False)
    committee = models.ForeignKey(MediationCommittee, models.PROTECT, related_name="+", verbose_name=_("调解组织"))
    committee_kind = CodeField(_("调委会类型"), table="mediation.committee_kind", max_length=24, editable=False)
    # dispute_by_village begins with it and serves the key as well.
    village = models.ForeignKey(Village, models.PROTECT, related_name="+", db_index=False, verbose_name=_("发生地"))
    place = models.CharField(_("详细地点"), max_length=100, blank=True)
    occurred_on = models.DateField(_("发生日期"))
    brief = models.TextField(_("纠纷概况"), max_length=2000)
    claims = models.TextField(_("申请事项"), max_length=1000, blank=True)
    party_count = models.PositiveIntegerField(_("涉及当事人数"))
    amount = FenField(_("涉及金额（元）"), default=0)
    scale = CodeField(_("事件规模"), table="mediation.scale", max_length=16, blank=True)
    relation = CodeField(_("当事人关系"), table="mediation.relation", max_length=16, blank=True)
    way = CodeField(_("调解方式"), table="mediation.way", max_length=16, blank=True)
    office_role = CodeField(_("司法所参与方式"), table="mediation.office_role", max_length=16, blank=True)
    risk_flags = CodesField(_("风险标识"), table="mediation.risk_flag")
    recorder = models.CharField(_("记录人"), max_length=50, blank=True)
    accepted_on = models.DateField(_("受理日期"), null=True, blank=True)
    mediators_chosen = models.BooleanField(_("调解员由当事人选定"), default=False, editable=False)
    rights_notice_on = models.DateField(_("权利义务告知日期"), null=True, blank=True)
    agreement_form = models.CharField(_("协议形式"), max_length=8, blank=True, choices=AgreementForm.choices)
    agreed_on = models.DateField(_("达成协议日期"), null=True, blank=True)
    effective_on = models.DateField(_("协议生效日期"), null=True, blank=True)
    failure = CodeField(_("终止原因"), table="mediation.failure", max_length=24, blank=True)
    told_routes = CodesField(_("告知的其他途径"), table="mediation.route", editable=False)
    agreed_amount = FenField(_("协议涉及金额（元）"), default=0)
    performance = models.CharField(_("履行情况"), max_length=8, blank=True, choices=Performance.choices)
    performance_due_on = models.DateField(_("履行期限"), null=True, blank=True)
    sued_on = models.DateField(_("反悔起诉日期"), null=True, blank=True)
    concluded_on = models.DateField(_("办结日期"), null=True, blank=True)
    closed_on = models.DateField(_("结案日期"), null=True, blank=True)
    archived_on = models.DateField(_("归档日期"), null=True, blank=True)
    dossier_pages = models.PositiveSmallIntegerField(_("卷宗页数"), null=True, blank=True)

    objects: ClassVar[OfficeScopedManager[Dispute]] = OfficeScopedManager()

    class Meta(Record.Meta):
        verbose_name = _("矛盾纠纷")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(party_count__gte=2),
                name="dispute_two_parties",
                violation_error_message=_("当事人至少两方。"),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, agreed_amount__gte=0),
                name="dispute_amounts_not_negative",
                violation_error_message=_("金额不能为负数。"),
            ),
            models.CheckConstraint(
                condition=Q(accepted_on=None) | Q(accepted_on__gte=F("registered_on")),
                name="dispute_accepted_after_registration",
                violation_error_message=_("受理日期不能早于登记日期。"),
            ),
            models.CheckConstraint(
                condition=Q(agreed_on=None) | Q(agreed_on__gte=F("accepted_on")),
                name="dispute_agreed_after_acceptance",
                violation_error_message=_("协议日期不能早于受理日期。"),
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "registered",
                        "accepted",
                        "rejected",
                        "assigned",
                        "mediating",
                        "agreed_written",
                        "agreed_oral",
                        "failed",
                        "performing",
                        "performed",
                        "breached",
                        "visited",
                        "closed",
                        "archived",
                        "transferred",
                        "void",
                    ]
                ),
                name="dispute_state_known",
            ),
        ]
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["village", "place", "-registered_on", "-id"], name="dispute_by_village"),
            models.Index(
                fields=["place", "dispute_type", "-registered_on", "-id"],
                include=["office", "county", "city"],
                name="dispute_by_place",
            ),
        ]


class DisputePart(ScopedModel):
    """A row that belongs to a dispute; a trigger copies the scope columns from it."""

    line_of = LINE
    table_kind = TableKind.CHILD

    class Meta(ScopedModel.Meta):
        abstract = True


class DisputeMediator(DisputePart):
    """A mediator who was asked to mediate a dispute."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="mediators")
    mediator = models.ForeignKey(Mediator, models.PROTECT, related_name="+")

    objects: ClassVar[OfficeScopedManager[DisputeMediator]] = OfficeScopedManager()

    class Meta(DisputePart.Meta):
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["dispute", "mediator"], name="mediator_once_per_dispute")]
        verbose_name = _("承办调解员")

    def __str__(self) -> str:
        return str(self.mediator)


class Agreement(DisputePart):
    """What the parties agreed (articles 28 to 31)."""

    dispute = models.OneToOneField(Dispute, models.PROTECT, related_name="agreement")
    facts = models.TextField(_("主要事实和争议事项"), max_length=2000)
    terms = models.TextField(_("协议内容"), max_length=4000)
    performance_way = models.CharField(_("履行方式"), max_length=200, blank=True)
    copies = models.PositiveSmallIntegerField(_("协议份数"), default=3)

    objects: ClassVar[OfficeScopedManager[Agreement]] = OfficeScopedManager()

    class Meta(DisputePart.Meta):
        ordering = ["dispute_id"]
        verbose_name = _("调解协议")

    def __str__(self) -> str:
        return str(self.dispute)

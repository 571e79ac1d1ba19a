"""Who mediates: committees, their mediators, named studios and one-stop centres. Registers that keep their history."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.models import CodeField, Record
from mediation.models.base import LINE
from offices.kinds import TableKind
from offices.models import Village
from offices.scoping import OfficeScopedManager
from offices.secrecy import BlindIndexField, EncryptedField


class MediationCommittee(Record):
    """A people's mediation committee (articles 7 to 12). Its id is the body that numbers its dossiers, for ever."""

    line_of = LINE

    kind = CodeField(_("调委会类型"), table="mediation.committee_kind", max_length=24)
    short_name = models.CharField(_("简称"), max_length=40, help_text=_("用于卷号，例如“石桥镇”。"))
    village = models.ForeignKey(
        Village, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在村居")
    )
    industry = CodeField(
        _("行业领域"),
        table="mediation.industry",
        max_length=24,
        blank=True,
        help_text=_("行业性、专业性调委会填写。"),
    )
    code = models.CharField(_("编码"), max_length=40, blank=True)
    established_on = models.DateField(_("设立日期"))
    dissolved_on = models.DateField(_("撤销日期"), null=True, blank=True)
    filed_on = models.DateField(_("备案日期"), null=True, blank=True)
    filing_number = models.CharField(_("备案文号"), max_length=60, blank=True)
    term_from = models.DateField(_("本届任期自"), null=True, blank=True)
    term_until = models.DateField(_("本届任期至"), null=True, blank=True)
    site = models.CharField(_("办公地址"), max_length=120, blank=True)
    telephone = models.CharField(_("办公电话"), max_length=40, blank=True)
    has_room = models.BooleanField(_("有固定调解场所"), default=False)
    has_seal = models.BooleanField(_("印章已备案"), default=False)
    is_standardised = models.BooleanField(_("规范化调委会"), default=False)
    in_minority_area = models.BooleanField(_("多民族居住地区"), default=False)

    objects: ClassVar[OfficeScopedManager[MediationCommittee]] = OfficeScopedManager()

    class Meta(Record.Meta):
        ordering = ["kind", "title", "id"]
        indexes = [*Record.Meta.indexes, models.Index(fields=["office", "kind"], name="committee_by_office")]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(term_until=None) | Q(term_until__gt=F("term_from")),
                name="committee_term_in_order",
                violation_error_message=_("任期截止日期应当晚于起始日期。"),
            ),
        ]
        verbose_name = _("人民调解委员会")


class Mediator(Record):
    """A people's mediator and one time of service (both days included): who serves again has a second row.

    ``kind`` and ``position`` are the present post, held since ``post_since`` (None: since the appointment); earlier
    ones of the same service are rows of MediatorPost.
    """

    line_of = LINE
    table_kind = TableKind.CHILD

    class Kind(models.TextChoices):
        """Article 13: members of the committee and those it appoints."""

        MEMBER = "member", _("委员")
        HIRED = "hired", _("聘任")

    class Position(models.TextChoices):
        """Article 8."""

        DIRECTOR = "director", _("主任")
        DEPUTY = "deputy", _("副主任")

    class Sex(models.TextChoices):
        """GB/T 2261.1."""

        MALE = "1", pgettext_lazy("sex", "男")
        FEMALE = "2", pgettext_lazy("sex", "女")

    committee = models.ForeignKey(
        MediationCommittee, models.PROTECT, related_name="mediators", verbose_name=_("调解组织")
    )
    kind = models.CharField(_("类别"), max_length=8, choices=Kind.choices, default=Kind.MEMBER)
    position = models.CharField(_("职务"), max_length=8, blank=True, choices=Position.choices)
    is_full_time = models.BooleanField(_("专职"), default=False)
    sex = models.CharField(_("性别"), max_length=1, choices=Sex.choices, blank=True)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    is_minority = models.BooleanField(_("少数民族"), default=False)
    education = CodeField(_("文化程度"), table="mediation.education", max_length=16, blank=True)
    has_law_degree = models.BooleanField(_("法律专业"), default=False)
    origin = CodeField(_("人员来源"), table="mediation.mediator_origin", max_length=24, blank=True)
    grade = CodeField(_("等级"), table="mediation.mediator_grade", max_length=16, blank=True)
    certificate = models.CharField(_("证件编号"), max_length=40, blank=True)
    certificate_on = models.DateField(_("发证日期"), null=True, blank=True)
    certificate_until = models.DateField(_("证件有效期至"), null=True, blank=True)
    id_number = EncryptedField(_("身份证号"), null=True, blank=True)
    id_index = BlindIndexField(source="id_number", null=True, blank=True)
    phone = EncryptedField(_("联系电话"), null=True, blank=True)
    appointed_from = models.DateField(_("任职日期"))
    post_since = models.DateField(_("现职起始日期"), null=True, blank=True, editable=False)
    appointed_until = models.DateField(_("离任日期"), null=True, blank=True, editable=False)
    departure = CodeField(_("离任原因"), table="mediation.departure", max_length=24, blank=True, editable=False)

    objects: ClassVar[OfficeScopedManager[Mediator]] = OfficeScopedManager()

    class Meta(Record.Meta):
        ordering = ["title", "id"]
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["office", "title"], name="mediator_by_name"),
            models.Index(fields=["committee", "appointed_from"], name="mediator_by_committee"),
        ]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(appointed_until=None) | Q(appointed_until__gte=F("appointed_from")),
                name="mediator_service_in_order",
                violation_error_message=_("离任日期不能早于任职日期。"),
            ),
            models.CheckConstraint(
                condition=Q(certificate_until=None)
                | Q(certificate_on=None)
                | Q(certificate_until__gt=F("certificate_on")),
                name="mediator_certificate_in_order",
                violation_error_message=_("证件有效期应当晚于发证日期。"),
            ),
            models.CheckConstraint(
                condition=Q(post_since=None) | Q(post_since__gte=F("appointed_from")),
                name="mediator_post_within_service",
                violation_error_message=_("现职起始日期不能早于任职日期。"),
            ),
            # Two clerks who appoint at once would both find the place free.
            models.UniqueConstraint(
                fields=["committee"],
                condition=Q(position="director", state="serving"),
                name="one_director_per_committee",
                violation_error_message=_("该调委会已有在任主任，请先为其登记离任或变更任职。"),
            ),
        ]
        verbose_name = _("人民调解员")

    def serves_on(self, day: date) -> bool:
        """Tell whether the mediator held the office on a day."""
        return self.appointed_from <= day and (self.appointed_until is None or self.appointed_until >= day)


def serving_on(day: date) -> Q:
    """Return the condition that a mediator held the office on a day."""
    return Q(appointed_from__lte=day) & (Q(appointed_until=None) | Q(appointed_until__gte=day))


class MediationStudio(Record):
    """A studio that bears a mediator's name."""

    line_of = LINE
    table_kind = TableKind.CHILD

    committee = models.ForeignKey(
        MediationCommittee, models.PROTECT, related_name="studios", verbose_name=_("调解组织")
    )
    leader = models.ForeignKey(Mediator, models.PROTECT, related_name="+", verbose_name=_("领衔调解员"))
    established_on = models.DateField(_("设立日期"))
    dissolved_on = models.DateField(_("撤销日期"), null=True, blank=True, editable=False)
    site = models.CharField(_("地址"), max_length=120, blank=True)
    speciality = models.CharField(_("擅长领域"), max_length=100, blank=True)
    honours = models.TextField(_("荣誉"), max_length=500, blank=True)

    objects: ClassVar[OfficeScopedManager[MediationStudio]] = OfficeScopedManager()

    class Meta(Record.Meta):
        verbose_name = _("个人调解工作室")


class OneStopCenter(Record):
    """A township's one-stop centre for settling disputes, with the units that sit in it."""

    line_of = LINE

    host = models.CharField(_("依托单位"), max_length=80)
    site = models.CharField(_("地址"), max_length=120, blank=True)
    telephone = models.CharField(_("电话"), max_length=40, blank=True)
    windows = models.PositiveSmallIntegerField(_("窗口数"), default=1)
    opened_on = models.DateField(pgettext_lazy("centre", "启用日期"))
    closed_on = models.DateField(_("停用日期"), null=True, blank=True, editable=False)
    is_merged = models.BooleanField(_("并入综治中心"), default=False)

    objects: ClassVar[OfficeScopedManager[OneStopCenter]] = OfficeScopedManager()

    class Meta(Record.Meta):
        verbose_name = _("一站式矛盾纠纷调解中心")

"""The people of a dispute: parties, and who acts for, guards or accompanies them (Civil Code, arts. 17 to 35)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.codes import code_label
from casework.identifiers import IdentifierError, parse_paper_number
from casework.models import CodeField
from mediation.models.disputes import Dispute, DisputePart
from mediation.models.rows import DisputeRow
from mediation.workflow.minors import ADULT_FROM, age_on, has_full_capacity
from offices.scoping import OfficeScopedManager
from offices.secrecy import BlindIndexField, EncryptedField, mask_id_number, mask_phone

SCOPE = ["office", "county", "city"]


class Party(DisputePart):
    """A party. ID number, telephone and address are encrypted; number and telephone are found by their blind indexes."""

    class Role(models.TextChoices):
        """Sides."""

        APPLICANT = "applicant", _("申请人")
        RESPONDENT = "respondent", _("被申请人")
        THIRD = "third", _("第三人")

    class Kind(models.TextChoices):
        """Natural persons, and legal persons or other organisations."""

        PERSON = "person", _("自然人")
        ORGANISATION = "organisation", pgettext_lazy("party", "单位")

    class Sex(models.TextChoices):
        """GB/T 2261.1."""

        UNKNOWN = "0", _("未知")
        MALE = "1", pgettext_lazy("sex", "男")
        FEMALE = "2", pgettext_lazy("sex", "女")
        UNSTATED = "9", _("未说明")

    class Capacity(models.TextChoices):
        """What is known beside the age: an adult without full capacity (Civil Code, articles 21 and 22)."""

        LIMITED = "limited", _("限制民事行为能力")
        NONE = "none", _("无民事行为能力")

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="parties")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(_("身份"), max_length=12, choices=Role.choices)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("姓名或名称"), max_length=100)
    ethnicity = models.CharField(_("民族"), max_length=20, blank=True)
    sex = models.CharField(_("性别"), max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    capacity = models.CharField(_("民事行为能力"), max_length=8, choices=Capacity.choices, blank=True)
    own_labour = models.BooleanField(_("以自己的劳动收入为主要生活来源"), default=False)
    is_adult = models.BooleanField(_("已核实为成年人"), default=False)
    occupation = models.CharField(_("职业或职务"), max_length=40, blank=True)
    id_kind = CodeField(_("证件类型"), table="mediation.id_kind", max_length=20, blank=True)
    id_number = EncryptedField(_("证件号码"), null=True, blank=True)
    id_index = BlindIndexField(source="id_number", null=True, blank=True)
    phone = EncryptedField(_("联系电话"), null=True, blank=True)
    phone_index = BlindIndexField(source="phone", null=True, blank=True)
    address = EncryptedField(_("单位或住址"), null=True, blank=True)
    organisation_kind = CodeField(_("单位类型"), table="mediation.organisation_kind", max_length=20, blank=True)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    representative = models.CharField(_("法定代表人"), max_length=50, blank=True)

    objects: ClassVar[OfficeScopedManager[Party]] = OfficeScopedManager()

    class Meta(DisputePart.Meta):
        ordering = ["dispute_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "position"], name="party_position_once"),
            models.CheckConstraint(
                condition=Q(kind="person") | Q(id_kind="", capacity="", own_labour=False, birth_date=None),
                name="party_person_fields_of_persons",
            ),
            models.CheckConstraint(
                condition=Q(kind="organisation") | Q(organisation_kind="", credit_code=""),
                name="party_code_of_organisations",
            ),
            models.CheckConstraint(
                condition=Q(id_index=None) | ~Q(id_kind__in=["", "unregistered"]), name="party_number_has_paper"
            ),
        ]
        # Each key by which one's other disputes are found: equality, then the newest first, the scope riding along.
        indexes = [
            models.Index(fields=["id_index", "office"], name="party_by_id_index"),
            models.Index(
                fields=["credit_code", "-dispute"],
                condition=~Q(credit_code=""),
                include=SCOPE,
                name="party_by_credit_code",
            ),
            models.Index(
                fields=["name", "birth_date", "-dispute"],
                condition=Q(birth_date__isnull=False),
                include=SCOPE,
                name="party_by_name_and_birth",
            ),
            models.Index(
                fields=["phone_index", "name", "-dispute"],
                condition=Q(phone_index__isnull=False),
                include=SCOPE,
                name="party_by_phone_and_name",
            ),
        ]
        verbose_name = _("当事人")

    def __str__(self) -> str:
        return self.name

    def age_on(self, day: date) -> int | None:
        """Return the completed years of age on a day, None when the birth date is unknown."""
        return age_on(self.birth_date, day)

    def summary(self, day: date) -> dict[str, str]:
        """Return what a page shows of the party: the numbers masked, the age and the need of a guardian on ``day``."""
        shown = [str(self.get_sex_display()) if self.sex in {self.Sex.MALE, self.Sex.FEMALE} else ""]
        age = self.age_on(day)
        shown.append(_("%(n)d 岁") % {"n": age} if age is not None else "")
        shown.append(str(self.get_capacity_display()))
        shown.append(code_label("mediation.organisation_kind", self.organisation_kind))
        shown.append(mask_id_number(self.id_number) if self.id_number else self.credit_code)
        shown.append(mask_phone(self.phone) if self.phone else "")
        if guardians := _("、").join(guardian.name for guardian in self.guardians.all()):
            shown.append(_("监护人：%(names)s") % {"names": guardians})
        elif not has_full_capacity(self, day):
            shown.append(str(_("须登记监护人")))
        return {"name": self.name, "role": str(self.get_role_display()), "line": " · ".join(filter(None, shown))}


class Companion(DisputeRow):
    """Who stands beside a party, with the paper that proves it."""

    id_kind = CodeField(_("证件类型"), table="mediation.id_kind", max_length=20, blank=True)
    id_number = EncryptedField(_("证件号码"), null=True, blank=True)
    id_index = BlindIndexField(source="id_number", null=True, blank=True)
    phone = EncryptedField(_("联系电话"), null=True, blank=True)

    # What a form asks when somebody on the other side has the same name; it is not stored.
    namesake_checked = False

    class Meta(DisputeRow.Meta):
        abstract = True

    def refuse_the_other_side(self, identical: Any) -> None:
        """Raise ValidationError for who is a party on another side, or bears the name of one and nobody has checked.

        Two known numbers that differ tell namesakes apart.
        """
        row: Any = self
        for other in Party.objects.filter(dispute=row.dispute, kind=Party.Kind.PERSON).exclude(role=row.party.role):
            known = bool(self.id_number and other.id_number)
            if known and self.id_number == other.id_number:
                raise ValidationError({"name": identical})
            if other.name == row.name and not known and not self.namesake_checked:
                text = _("与对方当事人同名：是同一人的不能登记；不是同一人的，请勾选“已核实”或填写双方证件号码。")
                raise ValidationError({"name": text})


class Agent(Companion):
    """Who acts for a party, by a written authority."""

    class Powers(models.TextChoices):
        """General or special authority; only the special one covers waiver and settlement."""

        GENERAL = "general", _("一般授权")
        SPECIAL = "special", _("特别授权")

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="agents")
    party = models.ForeignKey(Party, models.CASCADE, related_name="agents", verbose_name=_("委托人"))
    name = models.CharField(_("代理人姓名"), max_length=50)
    relation = models.CharField(_("与委托人关系"), max_length=40, blank=True)
    powers = models.CharField(_("代理权限"), max_length=8, choices=Powers.choices)
    scope = models.CharField(_("授权事项"), max_length=200, blank=True)
    authorised_on = models.DateField(_("授权日期"))

    objects: ClassVar[OfficeScopedManager[Agent]] = OfficeScopedManager()

    class Meta(Companion.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["id_index", "office"], name="agent_by_id_index")]
        verbose_name = _("委托代理人")

    def clean(self) -> None:
        """Nobody acts for a side against whom he stands (Civil Code, article 168)."""
        super().clean()
        self.refuse_the_other_side(_("这是对方当事人，不能同时代理本方（民法典第一百六十八条）。"))

    def __str__(self) -> str:
        return self.name


class Guardian(Companion):
    """The guardian of a party without full capacity: takes part in mediation and signs the agreement."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="guardians")
    party = models.ForeignKey(Party, models.CASCADE, related_name="guardians", verbose_name=_("被监护人"))
    name = models.CharField(_("监护人姓名"), max_length=50)
    relation = models.CharField(_("与被监护人关系"), max_length=40)
    is_organisation = models.BooleanField(
        _("由组织担任监护人"), default=False, help_text=_("民政部门、村（居）民委员会等依法担任监护人的勾选。")
    )
    birth_date = models.DateField(_("监护人出生日期"), null=True, blank=True)
    is_adult = models.BooleanField(_("已核实监护人为成年人"), default=False)

    objects: ClassVar[OfficeScopedManager[Guardian]] = OfficeScopedManager()

    class Meta(Companion.Meta):
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_organisation=False) | Q(birth_date=None, id_kind=""),
                name="guardian_organisation_has_no_birth_date",
                violation_error_message=_("组织担任监护人的，不填证件和出生日期。"),
            )
        ]
        indexes = [models.Index(fields=["id_index", "office"], name="guardian_by_id_index")]
        verbose_name = _("监护人")

    def clean(self) -> None:
        """A guardian has a ward, is of age, and stands on no other side (Civil Code, articles 23, 27, 28 and 35)."""
        super().clean()
        if has_full_capacity(self.party, self.dispute.registered_on) and self.party.birth_date:
            text = _("%(name)s是完全民事行为能力人，不需要监护人；不是的，请先在“修改”中登记其民事行为能力。")
            raise ValidationError({"party": text % {"name": self.party.name}})
        if self.party.kind != Party.Kind.PERSON:
            raise ValidationError({"party": _("单位没有监护人，请登记委托代理人。")})
        self._read_number()
        age = age_on(self.birth_date, self.dispute.registered_on)
        if age is not None and age < ADULT_FROM:
            raise ValidationError({"birth_date": _("监护人应当是成年人（民法典第二十七条、第二十八条）。")})
        self.refuse_the_other_side(_("监护人不能是对方当事人，请登记其他监护人（民法典第三十五条）。"))

    def _read_number(self) -> None:
        """Take the birth date from the number that says it; one that was typed has to agree."""
        with suppress(IdentifierError):
            said = parse_paper_number(self.id_kind, self.id_number or "", timezone.localdate()).birth_date
            if said and self.birth_date not in {None, said}:
                text = _("与证件号码中的出生日期（%(said)s）不符，请核对。")
                raise ValidationError({"birth_date": text % {"said": said.isoformat()}})
            self.birth_date = said or self.birth_date

    def __str__(self) -> str:
        return self.name


class Invitee(DisputeRow):
    """Somebody invited to take part, with the parties' consent (article 20)."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="invitees")
    name = models.CharField(_("姓名"), max_length=50)
    capacity = CodeField(_("身份"), table="mediation.invitee", max_length=16)
    unit = models.CharField(_("单位或住址"), max_length=80, blank=True)
    consented_on = models.DateField(_("当事人同意日期"))

    objects: ClassVar[OfficeScopedManager[Invitee]] = OfficeScopedManager()

    class Meta(DisputeRow.Meta):
        ordering = ["id"]
        verbose_name = _("邀请参与人")

    def clean(self) -> None:
        """Nobody is invited before the dispute is registered."""
        super().clean()
        self._not_before("consented_on", self.dispute.registered_on, _("登记日期"))

    def __str__(self) -> str:
        return self.name

"""People who sign in, and the memberships that give them a scope and a role."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind
from offices.models.office import Office
from offices.permissions import Role


class UserManager(BaseUserManager["User"]):
    """Accounts are found by user name, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account of a user name."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """One person's account. What the person may see and do hangs on memberships, never on the account."""

    class Language(models.TextChoices):
        """Languages of the screens; official papers are always Chinese."""

        CHINESE = "zh-hans", _("简体中文")
        ENGLISH = "en", _("英语")

    class TextSize(models.TextChoices):
        """Body sizes of 14, 16 and 18 pixels."""

        STANDARD = "standard", _("标准")
        LARGE = "large", _("大")
        XLARGE = "xlarge", _("特大")

    username = models.CharField(_("用户名"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=50)
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("下次登录须修改密码"), default=True)
    language = models.CharField(_("界面语言"), max_length=10, choices=Language.choices, default=Language.CHINESE)
    text_size = models.CharField(_("字号"), max_length=10, choices=TextSize.choices, default=TextSize.STANDARD)
    created_at = models.DateTimeField(auto_now_add=True)

    table_kind = TableKind.ACCOUNT

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        ordering = ["username"]
        verbose_name = _("账号")

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reading memberships."""

    def active(self, day: date) -> MembershipQuerySet:
        """Return the memberships in force on a day, of accounts that are not suspended."""
        running = Q(valid_until=None) | Q(valid_until__gte=day)
        return self.filter(running, valid_from__lte=day, user__is_active=True)


class Membership(models.Model):
    """A person's post: the unit, the role and the business lines, from and until (both days included)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("人员"))
    office = models.ForeignKey(Office, models.PROTECT, related_name="memberships", verbose_name=_("机构"))
    role = models.CharField(_("角色"), max_length=24, choices=Role.choices)
    lines = ArrayField(models.CharField(max_length=24), verbose_name=_("业务"), default=list, blank=True)
    valid_from = models.DateField(_("起始日期"))
    valid_until = models.DateField(_("截止日期"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    table_kind = TableKind.ACCOUNT

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="membership_dates_in_order"
            ),
            models.UniqueConstraint(
                fields=["user", "office", "role"], condition=Q(valid_until=None), name="membership_once"
            ),
        ]
        verbose_name = _("任职")

    def __str__(self) -> str:
        return f"{self.user} · {self.office} · {self.get_role_display()}"

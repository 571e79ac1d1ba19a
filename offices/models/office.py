"""The office tree: province, cities, county-level units, township judicial offices, and their villages."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offices.kinds import TableKind


class Level(models.TextChoices):
    """The four levels that have an office of their own."""

    PROVINCE = "province", _("省")
    CITY = "city", _("市")
    COUNTY = "county", _("县（市、区）")
    OFFICE = "office", pgettext_lazy("level", "司法所")


class OfficeQuerySet(models.QuerySet["Office"]):
    """Reading the tree."""

    def on(self, day: date) -> OfficeQuerySet:
        """Return the units that exist on a day."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))

    def below(self, unit: Office) -> OfficeQuerySet:
        """Return the units of a unit's subtree, itself included."""
        if unit.level == Level.PROVINCE:
            return self
        column = {Level.CITY: "city_id", Level.COUNTY: "county_id", Level.OFFICE: "pk"}[Level(unit.level)]
        return self.filter(**{column: unit.pk})


class Office(models.Model):
    """One unit of the justice administration. Its id never changes; its national code and name may, with dates.

    ``county`` and ``city`` are the ancestors at those levels (a county's own ``county`` is itself), so that a
    subtree is one equality. ``valid_to`` is the first day on which the unit no longer exists.
    """

    id = models.AutoField(primary_key=True)
    level = models.CharField(_("层级"), max_length=10, choices=Level.choices)
    code = models.CharField(_("区划代码"), max_length=12)
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=40)
    area_name = models.CharField(_("辖区名称"), max_length=40)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name=_("上级机构"))
    city = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    county = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    is_functional_zone = models.BooleanField(_("功能区"), default=False)
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")

    table_kind = TableKind.REFERENCE
    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ["code", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "level"], condition=Q(valid_to=None), name="office_code_once"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="office_level_known"),
        ]
        indexes = [
            models.Index(fields=["county", "code"], name="office_by_county"),
            models.Index(fields=["city", "code"], name="office_by_city"),
        ]
        verbose_name = _("机构")

    def __str__(self) -> str:
        return self.name

    @property
    def has_ended(self) -> bool:
        """Whether the unit exists no longer; what its people may still do is said in offices.permissions."""
        return self.valid_to is not None and self.valid_to <= timezone.localdate()


class Village(models.Model):
    """A village or urban community of a township, with its twelve-digit code."""

    id = models.AutoField(primary_key=True)
    office = models.ForeignKey(Office, models.PROTECT, related_name="villages")
    code = models.CharField(_("区划代码"), max_length=12)
    name = models.CharField(_("名称"), max_length=80)
    is_community = models.BooleanField(_("社区"), default=False)
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)

    table_kind = TableKind.REFERENCE

    class Meta:
        ordering = ["code", "id"]
        constraints = [models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="village_code_once")]
        indexes = [models.Index(fields=["office", "code"], name="village_by_office")]
        verbose_name = _("村（居）")

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        """The name without the committee's title: 解放桥社区居民委员会 becomes 解放桥社区."""
        for ending in ("居民委员会", "村民委员会", "居委会", "村委会", "委员会"):
            if self.name.endswith(ending):
                stem = self.name.removesuffix(ending)
                return stem + "村" if ending.startswith("村") and not stem.endswith("村") else stem
        return self.name

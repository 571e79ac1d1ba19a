"""How a person likes a list: saved queries, the columns and their order, what is shown first."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.kinds import TableKind


class SavedView(models.Model):
    """A query of a list under a name. It holds codes and dates, never a text that somebody searched for.

    A shared one is read by everybody of the same unit and changed by its owner alone.
    """

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    unit = models.ForeignKey("offices.Office", models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=60)
    name = models.CharField(_("视图名称"), max_length=20)
    query = models.CharField(_("条件"), max_length=500, blank=True)
    columns = models.JSONField(_("列"), default=list, blank=True)
    is_shared = models.BooleanField(_("本单位共用"), default=False)

    objects: ClassVar[models.Manager[SavedView]] = models.Manager()
    table_kind = TableKind.OWN

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "record_type", "name"],
                name="saved_view_name_once",
                violation_error_message=_("已有同名视图。"),
            )
        ]
        indexes = [
            models.Index(fields=["unit", "record_type"], condition=Q(is_shared=True), name="saved_view_shared"),
        ]
        verbose_name = _("保存的视图")

    def __str__(self) -> str:
        return self.name


class ListSetting(models.Model):
    """One person's columns of a list in their order (empty: as declared), and the key of the view that opens it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=60)
    columns = models.JSONField(_("列"), default=list, blank=True)
    default_view = models.CharField(_("默认视图"), max_length=10, blank=True)

    objects: ClassVar[models.Manager[ListSetting]] = models.Manager()
    table_kind = TableKind.OWN

    class Meta:
        ordering = ["user", "record_type"]
        constraints = [models.UniqueConstraint(fields=["user", "record_type"], name="list_setting_once")]
        verbose_name = _("清单设置")

    def __str__(self) -> str:
        return self.record_type

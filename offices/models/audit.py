"""Who changed what (written by database triggers) and who read or was refused what (written by views)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager


class AuditEntry(models.Model):
    """One changed row of one table. Encrypted columns stand here as the ciphertext that the table holds.

    Written by triggers only; the application role may read within its scope and nothing else.
    """

    class Action(models.TextChoices):
        """What happened to the row."""

        INSERT = "I", _("新增")
        UPDATE = "U", _("修改")
        DELETE = "D", _("删除")

    at = models.DateTimeField(_("时间"))
    user = models.ForeignKey("offices.User", models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    membership_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    source = models.CharField(max_length=40)
    table_name = models.CharField(max_length=63)
    row_key = models.CharField(max_length=40)
    action = models.CharField(max_length=1, choices=Action.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    line = models.CharField(max_length=24, blank=True)
    office = models.ForeignKey("offices.Office", models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    county = models.ForeignKey(
        "offices.Office", models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    city = models.ForeignKey(
        "offices.Office", models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    transaction = models.BigIntegerField()

    objects: ClassVar[OfficeScopedManager[AuditEntry]] = OfficeScopedManager()
    line_of = None
    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["-id"]
        base_manager_name = "objects"
        indexes = [models.Index(fields=["table_name", "row_key", "-id"], name="audit_by_row")]
        verbose_name = _("操作日志")

    def __str__(self) -> str:
        return f"{self.table_name}/{self.row_key} {self.action}"


class AccessEntry(models.Model):
    """One reading, export, print, download or refusal. The application role may only add to it."""

    class Kind(models.TextChoices):
        """What was done."""

        VIEW = "view", _("查看")
        EXPORT = "export", _("导出")
        PRINT = "print", _("打印")
        DOWNLOAD = "download", _("下载")
        REFUSAL = "refusal", _("拒绝")
        SIGN_IN = "sign_in", _("登录")
        SIGN_IN_FAILED = "sign_in_failed", _("登录失败")
        ADMINISTRATION = "administration", _("账号管理")

    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey("offices.User", models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    membership_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    record_type = models.CharField(max_length=60, blank=True)
    record_key = models.CharField(max_length=40, blank=True)
    path = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["record_type", "record_key", "-id"], name="access_by_record")]
        verbose_name = _("访问日志")

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type} {self.record_key}"

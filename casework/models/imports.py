"""Ledgers that come in from outside: the batch of one person, its rows on their way, and what became of them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.models.history import RecordPart
from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager, ScopedModel
from offices.secrecy import EncryptedField


class ImportBatch(models.Model):
    """One uploaded ledger of one person: where the file lies, what the check found, what was imported and when.

    ``report`` holds the faults without any text of a cell; ``preview`` the first rows, encrypted as a whole.
    """

    class State(models.TextChoices):
        """Where a batch stands."""

        UPLOADED = "uploaded", _("等待核对")
        UNMATCHED = "unmatched", _("待对应栏目")
        CHECKED = "checked", _("已核对，未导入")
        REFUSED = "refused", _("无法读取")
        IMPORTED = "imported", _("已导入")
        UNDONE = "undone", pgettext_lazy("import", "已撤销")
        EXPIRED = "expired", _("已过期")

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    membership = models.ForeignKey("offices.Membership", models.PROTECT, related_name="+")
    record_type = models.CharField(max_length=60)
    name = models.CharField(_("文件名"), max_length=120)
    stored_as = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.UPLOADED)
    message = models.CharField(_("说明"), max_length=300, blank=True)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    total = models.PositiveIntegerField(_("总行数"), default=0)
    good = models.PositiveIntegerField(_("可导入"), default=0)
    failed = models.PositiveIntegerField(_("有错"), default=0)
    repeated = models.PositiveIntegerField(_("疑似重复"), default=0)
    imported = models.PositiveIntegerField(_("已导入"), default=0)
    report = models.JSONField(default=list)
    preview = EncryptedField()
    annotated_as = models.CharField(max_length=120, blank=True)
    failed_as = models.CharField(max_length=120, blank=True)
    uploaded_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    imported_at = models.DateTimeField(_("导入时间"), null=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    table_kind = TableKind.OWN

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "unmatched", "checked", "refused", "imported", "undone", "expired"]),
                name="import_state_known",
            )
        ]
        indexes = [models.Index(fields=["user", "record_type", "-id"], name="import_by_user")]
        verbose_name = _("批量导入")

    def __str__(self) -> str:
        return f"{self.record_type} {self.public_id}"


class ImportRow(models.Model):
    """One row on its way into a table: ``values`` by column as the table holds them, secrets encrypted already."""

    # Without a constraint: it would cost each row of a COPY a look at the batch.
    batch = models.ForeignKey(ImportBatch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    user_id = models.BigIntegerField()
    target = models.CharField(max_length=63)
    values = models.JSONField()

    table_kind = TableKind.STAGING

    class Meta:
        ordering = ["id"]
        verbose_name = _("导入中的行")

    def __str__(self) -> str:
        return f"{self.target} {self.pk}"


class ImportedRecord(RecordPart):
    """A record that came out of a ledger, with the digests by which the same case is known again.

    ``version`` is that of the record as it was imported: a higher one means that somebody has worked on it since.
    """

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="records")
    row = models.PositiveIntegerField(_("行号"))
    key = models.BinaryField(max_length=32)
    content = models.BinaryField(max_length=32)
    version = models.PositiveIntegerField()

    objects: ClassVar[OfficeScopedManager[ImportedRecord]] = OfficeScopedManager()

    class Meta(RecordPart.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["office", "record_type", "key"], name="imported_once_per_office"),
            models.UniqueConstraint(fields=["record_type", "record_id"], name="imported_record_once"),
        ]
        indexes = [models.Index(fields=["batch"], name="imported_by_batch")]
        verbose_name = _("导入的业务")

    def __str__(self) -> str:
        return f"{self.record_type}/{self.record_id}"


class ImportMapping(ScopedModel):
    """How an office's own ledger reads: which of its headings is which column of ours."""

    line = models.CharField(max_length=24, editable=False)
    record_type = models.CharField(max_length=60)
    headings = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), auto_now=True)

    objects: ClassVar[OfficeScopedManager[ImportMapping]] = OfficeScopedManager()

    class Meta(ScopedModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["office", "record_type", "headings"], name="import_mapping_once")
        ]
        verbose_name = _("导入栏目对应")

    def __str__(self) -> str:
        return f"{self.record_type} {self.headings[:8]}"

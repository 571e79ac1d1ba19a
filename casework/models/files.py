"""Files of a record: what was attached and what was issued."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.history import RecordPart
from casework.models.record import new_public_id
from offices.scoping import OfficeScopedManager


class StoredFile(RecordPart):
    """A file under a random name outside the web root, known by its digest; one with a ``void_reason`` is void."""

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("文件名"), max_length=120)
    stored_as = models.CharField(max_length=120, editable=False)
    size = models.BigIntegerField(_("大小"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    # Who voided it and when stands in the record's history. The file stays and can be read.
    void_reason = models.CharField(_("作废原因"), max_length=300, blank=True, default="", db_default="", editable=False)

    class Meta(RecordPart.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def is_void(self) -> bool:
        """Tell whether it no longer counts as a paper of its record."""
        return bool(self.void_reason)


class Attachment(StoredFile):
    """A photograph, scan or paper that a person added; ``paper`` is the code of the dossier's paper that it shows."""

    paper = models.CharField(_("材料类别"), max_length=40, blank=True)
    content_type = models.CharField(max_length=80, editable=False)

    objects: ClassVar[OfficeScopedManager[Attachment]] = OfficeScopedManager()

    class Meta(StoredFile.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["record_type", "record_id"], name="attachment_by_record")]
        verbose_name = _("附件")


class IssuedDocument(StoredFile):
    """An official paper made from the record's data. Immutable: another issue is another row, with its ``reason``."""

    code = models.CharField(max_length=40)
    number = models.CharField(_("文书编号"), max_length=80, blank=True)
    issue_no = models.PositiveSmallIntegerField(_("第几次制作"))
    pages = models.PositiveSmallIntegerField(_("页数"))
    engine = models.CharField(max_length=60)
    record_version = models.PositiveIntegerField()
    reason = models.CharField(_("重新制作原因"), max_length=300, blank=True, default="", db_default="")

    objects: ClassVar[OfficeScopedManager[IssuedDocument]] = OfficeScopedManager()

    class Meta(StoredFile.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["record_type", "record_id", "code", "issue_no"], name="document_issue_once")
        ]
        verbose_name = _("文书")

"""Which record was opened out of which: kept both ways, seen from an end by whoever has the other in scope too."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.history import RecordPart
from offices.scoping import OfficeScopedManager


class RecordLink(RecordPart):
    """A record (of any line) and the one that it was opened out of. Never changed."""

    source_type = models.CharField(max_length=60)
    source_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    objects: ClassVar[OfficeScopedManager[RecordLink]] = OfficeScopedManager()

    class Meta(RecordPart.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_id", "source_type", "source_id"], name="record_link_once"
            )
        ]
        indexes = [models.Index(fields=["source_type", "source_id"], name="record_link_by_source")]
        verbose_name = _("关联业务")

    def __str__(self) -> str:
        return f"{self.source_type}/{self.source_id} → {self.record_type}/{self.record_id}"

"""What happened to a record, and what of it counts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager, ScopedModel


class RecordPart(ScopedModel):
    """A row that belongs to a record of any line; a trigger copies the scope columns from that record."""

    line = models.CharField(max_length=24, editable=False)
    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()

    table_kind = TableKind.CHILD

    class Meta(ScopedModel.Meta):
        abstract = True


# Entries about a step that was taken before, which ``corrects`` names.
CORRECTED, TAKEN_BACK = "corrected", "taken_back"


class RecordEvent(RecordPart):
    """One entry of a record's history. Never changed, never deleted: a correction is another entry.

    An entry that ``corrects`` a step has its right day, paper and note (``corrected``) or says that it is taken back:
    casework.history reads the steps as they stand.
    """

    kind = models.CharField(max_length=40)
    from_state = models.CharField(max_length=24, blank=True)
    to_state = models.CharField(max_length=24, blank=True)
    happened_on = models.DateField(_("日期"))
    decider = models.CharField(_("决定人"), max_length=24, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("记录时间"), auto_now_add=True)
    paper = models.CharField(_("依据文书"), max_length=100, blank=True)
    note = models.TextField(_("说明"), blank=True)
    details = models.JSONField(default=dict, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections", db_index=False)

    objects: ClassVar[OfficeScopedManager[RecordEvent]] = OfficeScopedManager()

    class Meta(RecordPart.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["record_type", "record_id", "-id"], name="history_by_record"),
            # Few entries are corrected: an index of all of them would be empty pages.
            models.Index(fields=["corrects", "-id"], condition=Q(corrects__isnull=False), name="history_corrections"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | Q(kind__in=["corrected", "taken_back"], to_state=""),
                name="history_correction_is_no_step",
            ),
            models.UniqueConstraint(
                fields=["record_id", "corrects"], condition=Q(kind="taken_back"), name="history_taken_back_once"
            ),
        ]
        verbose_name = _("办理动态")

    def __str__(self) -> str:
        return f"{self.record_type}/{self.record_id} {self.kind}"


# What a hand-over counts: out of the giver, into the receiver. A record may have several of each.
HANDED_OUT, HANDED_IN = "handed_out", "handed_in"


class CountedEvent(ScopedModel):
    """One thing that statistics count: its kind, its legal date, and the unit that it counts for.

    The office columns are the *counted* unit: they stay when the record moves to another office, so that an old
    month keeps its figures. A correction adds a row that ``replaces`` the old one and marks that; nothing else changes.
    ``turn`` is the number of the hand-over that an event of leaving or arriving belongs to, 0 for every other event.
    """

    line = models.CharField(max_length=24, editable=False)
    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    on = models.DateField(_("日期"), db_column="counted_on")
    turn = models.PositiveSmallIntegerField(default=0, db_default=0)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    is_replaced = models.BooleanField(default=False)

    objects: ClassVar[OfficeScopedManager[CountedEvent]] = OfficeScopedManager()

    class Meta(ScopedModel.Meta):
        ordering = ["-on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_id", "kind", "turn"],
                condition=Q(is_replaced=False),
                name="counted_once_per_kind",
            )
        ]
        indexes = [
            models.Index(fields=["line", "office", "on"], condition=Q(is_replaced=False), name="counted_by_office"),
            models.Index(fields=["line", "county", "on"], condition=Q(is_replaced=False), name="counted_by_county"),
            models.Index(fields=["line", "on"], condition=Q(is_replaced=False), name="counted_by_date"),
        ]
        verbose_name = _("计数事件")

    def __str__(self) -> str:
        return f"{self.kind} {self.on} {self.record_type}/{self.record_id}"

"""What one person asks to be undone and a second one decides: a step taken back, a record opened in error voided."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.models.history import RecordEvent, RecordPart
from casework.models.record import new_public_id
from offices.scoping import OfficeScopedManager


class CorrectionRequest(RecordPart):
    """A request to take back the last step of a record (``step``) or to void the record.

    ``title`` is the record's as it was asked. ``same_as`` is the public id of the record that stays where one business
    was entered twice. ``acknowledged_at`` is when whoever asked has read that it was refused.
    """

    class Kind(models.TextChoices):
        """What is asked."""

        TAKE_BACK = "take_back", _("撤回上一步")
        VOID = "void", _("作废")

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("待审批")
        CONFIRMED = "confirmed", pgettext_lazy("correction", "已同意")
        REFUSED = "refused", pgettext_lazy("correction", "未同意")
        WITHDRAWN = "withdrawn", pgettext_lazy("correction", "已取消")

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("申请事项"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("名称"), max_length=120)
    step = models.ForeignKey(RecordEvent, models.PROTECT, null=True, related_name="+")
    same_as = models.CharField(max_length=10, blank=True)
    reason = models.CharField(_("理由"), max_length=300)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    asked_on = models.DateField(_("申请日期"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decided_reason = models.CharField(_("审批意见"), max_length=300, blank=True)
    acknowledged_at = models.DateTimeField(null=True)

    objects: ClassVar[OfficeScopedManager[CorrectionRequest]] = OfficeScopedManager()

    class Meta(RecordPart.Meta):
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_id"], condition=Q(state="waiting"), name="correction_once_at_a_time"
            ),
            models.CheckConstraint(condition=Q(kind__in=["take_back", "void"]), name="correction_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "confirmed", "refused", "withdrawn"]), name="correction_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="take_back", step__isnull=False) | Q(kind="void", step__isnull=True),
                name="correction_names_its_step",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True)
                | ~Q(state="waiting") & Q(decided_by__isnull=False),
                name="correction_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(decided_by=F("asked_by")),
                name="correction_confirmed_by_a_second_person",
            ),
        ]
        indexes = [
            *(
                models.Index(fields=[column, "-asked_on", "-id"], name=f"correction_by_{column}")
                for column in ("office", "county")
            ),
            *(
                models.Index(fields=[column, "id"], condition=Q(state="waiting"), name=f"correction_waits_{column}")
                for column in ("office", "county")
            ),
            models.Index(
                fields=["asked_by"],
                condition=Q(state="refused", acknowledged_at__isnull=True),
                name="correction_refused_unread",
            ),
            models.Index(fields=["record_type", "record_id"], name="correction_by_record"),
        ]
        verbose_name = _("撤回与作废申请")

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type}/{self.record_id}"

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has decided yet."""
        return self.state == self.State.WAITING

"""Business between two units: who hands a record over to whom, and what became of it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.scoping import BetweenManager
from offices.secrecy import EncryptedField


def _unit(label: Any = "") -> models.ForeignKey[Any, Any]:
    return models.ForeignKey("offices.Office", models.PROTECT, related_name="+", verbose_name=label, editable=False)


class Handover(models.Model):
    """A record that one office offers to another one. Both see this row; the record itself moves on acceptance.

    The unprefixed office columns are the giver's, as in every scoped table; the receiver's begin with ``to_``.
    ``summary`` is what the receiver may read before it accepts, frozen as it was offered: JSON with ``title`` and
    ``number`` and ``facts`` (texts by name). ``record_version`` is that of the record as it was offered.
    """

    class State(models.TextChoices):
        """Where it stands."""

        OFFERED = "offered", _("待接收")
        ACCEPTED = "accepted", pgettext_lazy("handover", "已接收")
        RETURNED = "returned", pgettext_lazy("handover", "已退回")
        WITHDRAWN = "withdrawn", pgettext_lazy("handover", "已撤回")

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    line = models.CharField(max_length=24, editable=False)
    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    record_version = models.PositiveIntegerField(editable=False)
    kind = models.CharField(max_length=24)
    office = _unit(_("移交单位"))
    county = _unit()
    city = _unit()
    to_office = _unit(_("接收单位"))
    to_county = _unit()
    to_city = _unit()
    offered_on = models.DateField(_("移交日期"))
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    offered_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    reason = models.CharField(_("移交理由"), max_length=300)
    paper = models.CharField(_("依据文书"), max_length=100, blank=True)
    summary = EncryptedField()
    record_state = models.CharField(max_length=24)
    registered_on = models.DateField(_("登记日期"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OFFERED)
    due_on = models.DateField(_("接收期限"), null=True)
    due_rule = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(_("处理时间"), null=True, editable=False)
    decided_on = models.DateField(_("处理日期"), null=True, editable=False)
    decided_reason = models.CharField(_("处理说明"), max_length=300, blank=True, editable=False)

    objects: ClassVar[BetweenManager[Handover]] = BetweenManager()
    table_kind = TableKind.BETWEEN

    class Meta:
        ordering = ["-offered_on", "-id"]
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_id"], condition=Q(state="offered"), name="handover_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["offered", "accepted", "returned", "withdrawn"]), name="handover_state_known"
            ),
            models.CheckConstraint(condition=~Q(office=F("to_office")), name="handover_between_two_offices"),
        ]
        indexes = [
            *(
                models.Index(fields=[column, "-offered_on", "-id"], name=f"handover_by_{column}")
                for column in ("office", "to_office", "county", "to_county")
            ),
            models.Index(fields=["to_office", "due_on"], condition=Q(state="offered"), name="handover_waiting"),
            models.Index(fields=["record_type", "record_id"], name="handover_by_record"),
        ]
        verbose_name = _("业务移交")

    def __str__(self) -> str:
        return f"{self.record_type}/{self.record_id}"

    @property
    def frozen(self) -> dict[str, Any]:
        """What was frozen: ``title``, ``number`` and ``facts``."""
        found: dict[str, Any] = json.loads(self.summary or "{}")
        return found

    @property
    def title(self) -> str:
        """The record's title as it was offered."""
        return str(self.frozen.get("title", ""))

    def fact(self, name: str) -> str:
        """Return the text of a frozen fact by its name, empty when there is none."""
        return str(self.frozen.get("facts", {}).get(name, ""))

    @property
    def is_open(self) -> bool:
        """Tell whether the receiver has not decided yet."""
        return self.state == self.State.OFFERED

"""What every record of every line has: an office, a public id, a number, a state, a version, a due date."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offices.scoping import OfficeScopedManager, ScopedModel

# No I, L, O, U: read aloud over the telephone they are taken for 1, 1, 0 and V.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_BITS = 50


def new_public_id() -> str:
    """Return ten random characters (50 bits): the name of a record in addresses, for life."""
    return spelled(secrets.randbits(ID_BITS))


def spelled(bits: int) -> str:
    """Return a number of 50 bits as ten characters."""
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(0, ID_BITS, 5))


class Record(ScopedModel):
    """A piece of office business. Only casework.services writes its state, number, version and due date."""

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    title = models.CharField(_("名称"), max_length=120)
    number = models.CharField(_("编号"), max_length=80, blank=True, editable=False)
    number_body = models.CharField(max_length=40, blank=True, editable=False)
    state = models.CharField(_("状态"), max_length=24, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    registered_on = models.DateField(_("登记日期"))
    due_on = models.DateField(_("办理期限"), null=True, blank=True, editable=False)
    due_rule = models.CharField(max_length=40, blank=True, editable=False)
    # From when the limit runs; empty where no rule gives the date: the parties agreed it, or it was put off.
    due_since = models.DateField(_("期限起算日期"), null=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OfficeScopedManager[Any]] = OfficeScopedManager()

    class Meta(ScopedModel.Meta):
        abstract = True
        ordering = ["-registered_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number_body", "number"], condition=~Q(number=""), name="%(class)s_number_once_per_body"
            ),
        ]
        # The two other scope columns ride along: the policy is then answered by the index alone.
        indexes = [
            models.Index(
                fields=["office", "-registered_on", "-id"], include=["county", "city"], name="%(class)s_by_office"
            ),
            models.Index(
                fields=["county", "-registered_on", "-id"], include=["office", "city"], name="%(class)s_by_county"
            ),
            models.Index(
                fields=["city", "-registered_on", "-id"], include=["office", "county"], name="%(class)s_by_city"
            ),
            models.Index(
                fields=["-registered_on", "-id"], include=["office", "county", "city"], name="%(class)s_by_date"
            ),
            models.Index(
                fields=["office", "due_on", "id"],
                condition=Q(due_on__isnull=False),
                include=["state"],
                name="%(class)s_due",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def record_type(cls) -> str:
        """The type's name in history, files and events: app label and model, as in ``mediation.dispute``."""
        return cls._meta.label_lower

    def touched_since(self, version: Any) -> bool:
        """Tell whether somebody saved the record after ``version`` was shown."""
        return str(self.version) != str(version)

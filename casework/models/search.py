"""What the search knows of records, which of them it must read anew, and what a person has just searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.secrecy import EncryptedField

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class TokensField(_Field):
    """A ``tsvector`` of tokens that casework.tokens makes; never read back."""

    def db_type(self, connection: Any) -> str:
        """Name the type in PostgreSQL."""
        return "tsvector"


class SearchRow(models.Model):
    """One record as the search knows it. Reached through named functions alone, which add the scope themselves.

    Outside the policies because ``@@`` is not leakproof: under a policy its index could not be used.
    """

    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    line = models.CharField(max_length=24)
    office_id = models.IntegerField()
    county_id = models.IntegerField()
    city_id = models.IntegerField()
    registered_on = models.DateField()
    names = TokensField()
    words = TokensField()
    numbers = TokensField()

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["-registered_on", "-record_id"]
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="search_row_once")]
        indexes = [
            # Without fastupdate: a pending list would make one save in some hundred wait for all the others.
            GinIndex(fields=["names", "words", "numbers"], fastupdate=False, name="search_by_token"),
            models.Index(fields=["office_id", "-registered_on", "-record_id"], name="search_by_office"),
            models.Index(fields=["county_id", "-registered_on", "-record_id"], name="search_by_county"),
            models.Index(fields=["-registered_on", "-record_id"], name="search_by_date"),
        ]
        verbose_name = _("检索索引")

    def __str__(self) -> str:
        return f"{self.record_type}/{self.record_id}"


class SearchMark(models.Model):
    """A record that the search must read anew. Written by triggers, taken by the drain; rows are only added and deleted."""

    record_type = models.CharField(max_length=60)
    record_id = models.BigIntegerField()

    table_kind = TableKind.SYSTEM

    class Meta:
        ordering = ["id"]
        verbose_name = _("待检索标记")

    def __str__(self) -> str:
        return f"{self.record_type}/{self.record_id}"


class SearchText(models.Model):
    """What a person searches for, for half an hour, under the random token that stands in the address."""

    token = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = EncryptedField(_("检索内容"), max_length=100)
    at = models.DateTimeField(auto_now_add=True)

    table_kind = TableKind.OWN

    class Meta:
        ordering = ["-at"]
        verbose_name = _("检索内容")

    def __str__(self) -> str:
        return self.token

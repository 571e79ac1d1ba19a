"""What a person has typed and not yet submitted, and the tokens that stop a double submission."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.secrecy import EncryptedField


class Draft(models.Model):
    """The fields of one form of one person, encrypted as a whole: they may hold ID numbers."""

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    membership = models.ForeignKey("offices.Membership", models.CASCADE, related_name="+")
    form = models.CharField(max_length=140)
    fields = EncryptedField(_("内容"))
    saved_at = models.DateTimeField(auto_now=True)

    table_kind = TableKind.OWN

    class Meta:
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["user", "membership", "form"], name="draft_once_per_form")]
        verbose_name = _("草稿")

    def __str__(self) -> str:
        return f"{self.form} {self.public_id}"


class SubmitToken(models.Model):
    """A form's one-use token and the address that its submission led to."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    used_at = models.DateTimeField(auto_now_add=True)
    led_to = models.CharField(max_length=200, blank=True)

    table_kind = TableKind.OWN

    class Meta:
        ordering = ["-used_at"]
        verbose_name = _("提交令牌")

    def __str__(self) -> str:
        return str(self.token)

"""What belongs to a record and is kept beside its steps: sessions, evidence, visits."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models.record import new_public_id
from offices.kinds import TableKind
from offices.scoping import ScopedModel


class RecordRow(ScopedModel):
    """A row of a record, written by casework.parts. The model adds a foreign key that its ``parent_field`` names."""

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("填写人")
    )
    at = models.DateTimeField(_("填写时间"), auto_now_add=True)

    parent_field = ""
    table_kind = TableKind.CHILD

    class Meta(ScopedModel.Meta):
        abstract = True

    @classmethod
    def record_type(cls) -> str:
        """The row's name in counted events: app label and model, as in ``mediation.preventiveeffect``."""
        return cls._meta.label_lower

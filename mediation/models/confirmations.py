"""Judicial confirmation of an agreement: business of its own with the court (Civil Procedure Law, articles 205 and 206)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.models import CodeField, CodesField, Record
from mediation.models.base import LINE
from mediation.models.disputes import Dispute
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager


class JudicialConfirmation(Record):
    """The parties' joint application to a court, from the plan to the ruling."""

    line_of = LINE
    table_kind = TableKind.CHILD

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="confirmations", editable=False)
    court = models.CharField(_("管辖法院"), max_length=80)
    court_ground = CodeField(_("管辖依据"), table="mediation.court_ground", max_length=24)
    matters = CodesField(
        _("协议涉及的事项"),
        table="mediation.inadmissible",
        help_text=_("勾选任何一项，人民法院将裁定不予受理（民诉法解释第三百五十五条）。"),
    )
    applied_on = models.DateField(_("申请日期"), null=True, blank=True, editable=False)
    court_number = models.CharField(_("法院案号"), max_length=60, blank=True, editable=False)
    ruled_on = models.DateField(_("裁定日期"), null=True, blank=True, editable=False)

    objects: ClassVar[OfficeScopedManager[JudicialConfirmation]] = OfficeScopedManager()

    class Meta(Record.Meta):
        verbose_name = _("司法确认")

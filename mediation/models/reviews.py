"""The look back at a dispute that turned criminal: was it seen before, was it mediated, who is responsible."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.models import Record
from mediation.models.base import LINE, DayChecks
from mediation.models.disputes import Dispute
from offices.kinds import TableKind
from offices.scoping import OfficeScopedManager


class CriminalReview(DayChecks, Record):
    """The review of a dispute that ended in a homicide or grave injury; ``registered_on`` is the day it began.

    The office gives the facts (``account``), the county answers the three questions, names who is responsible and
    concludes: until then its answers are empty.
    """

    line_of = LINE
    table_kind = TableKind.CHILD

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="criminal_reviews", editable=False)
    event = models.CharField(_("案发情况"), max_length=300)
    account = models.TextField(_("司法所情况说明"), max_length=2000, blank=True, editable=False)
    accounted_on = models.DateField(_("说明日期"), null=True, blank=True, editable=False)
    was_screened = models.BooleanField(_("案发前曾排查发现"), null=True, blank=True)
    was_mediated = models.BooleanField(_("案发前曾调解"), null=True, blank=True)
    was_alerted = models.BooleanField(_("案发前曾预警上报"), null=True, blank=True)
    responsible = models.CharField(_("责任单位和责任人"), max_length=100, blank=True)
    findings = models.TextField(_("存在问题"), max_length=2000, blank=True)
    measures = models.TextField(_("整改措施"), max_length=2000, blank=True)
    concluded_on = models.DateField(_("结论日期"), null=True, blank=True, editable=False)

    objects: ClassVar[OfficeScopedManager[CriminalReview]] = OfficeScopedManager()

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(concluded_on=None)
                | (~Q(was_screened=None) & ~Q(was_mediated=None) & ~Q(was_alerted=None) & ~Q(findings="")),
                name="review_concluded_with_answers",
                violation_error_message=_("作出倒查结论，应当写明是否排查、是否调解、是否预警和存在问题。"),
            ),
        ]
        verbose_name = _("民转刑案件倒查")

"""The days of a committee: one term after the other, and nothing before its foundation (article 9)."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Min
from django.utils.translation import gettext as _

from mediation.models import CommitteeTerm, Funding, MediationCommittee, Mediator
from offices.models import Membership


def not_before(name: str, day: date, earliest: date | None, text: str) -> None:
    """Refuse a day before another one, beside its field."""
    if earliest is not None and day < earliest:
        raise ValidationError({name: text % {"day": earliest.isoformat()}})


def keep_term(record: MediationCommittee, next_from: date, actor: Membership) -> None:
    """Keep the present term as a past one. Raises ValidationError for a next term that begins within or before it."""
    if record.term_from is None or record.term_until is None:
        not_before("term_from", next_from, record.established_on, _("任期起始日期不能早于设立日期（%(day)s）。"))
        return
    earliest = record.term_from + timedelta(days=1)
    not_before("term_from", next_from, earliest, _("两届任期不能重叠，新一届任期最早自%(day)s起。"))
    term = CommitteeTerm(
        committee=record,
        since=record.term_from,
        until=min(record.term_until, next_from - timedelta(days=1)),
        filed_on=record.filed_on,
        filing_number=record.filing_number,
        user=actor.user,
    )
    term.office_id, term.county_id, term.city_id = record.office_id, record.county_id, record.city_id
    term.full_clean(exclude=["office", "county", "city", "user"])
    term.save(force_insert=True)


def founded_before_its_deeds(record: MediationCommittee, founded: date) -> None:
    """Refuse a day of foundation after the first term, appointment or money of a committee."""
    days = [
        CommitteeTerm.objects.filter(committee=record).aggregate(day=Min("since"))["day"] or record.term_from,
        Mediator.objects.filter(committee=record).aggregate(day=Min("appointed_from"))["day"],
        Funding.objects.filter(committee=record).aggregate(day=Min("on"))["day"],
    ]
    first = min((day for day in days if day), default=None)
    # A day that was wrong before stays as it is until somebody touches it.
    if first is not None and founded > first and founded != record.established_on:
        text = _("%(day)s已有任期、任职或经费记录，设立日期不能晚于这一天。")
        raise ValidationError({"established_on": text % {"day": first.isoformat()}})

"""The deeds of screening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Min, Sum
from django.utils.translation import gettext as _

from casework.codes import code_name
from casework.services import amend_record, count_event, move_record, open_record
from mediation.models import ScreeningFinding, ScreeningRound, VillageVisit
from mediation.workflow.screening import FINDING, ROUND
from offices.models import Membership


@transaction.atomic
def open_round(
    *, actor: Membership, registered_on: date, visits: Sequence[dict[str, Any]] = (), **fields: Any
) -> ScreeningRound:
    """Begin a round, with the villages that were visited already."""
    screening = ScreeningRound(registered_on=registered_on, **fields)
    screening.title = _title(screening)
    open_record(record=screening, actor=actor, workflow=ROUND)
    for visit in visits:
        row = VillageVisit(round=screening, user=actor.user, **visit)
        row.office_id, row.county_id, row.city_id = screening.office_id, screening.county_id, screening.city_id
        row.full_clean(exclude=["office", "county", "city", "user", "round"])
        row.save(force_insert=True)
    return screening


def _title(screening: ScreeningRound) -> str:

    return f"{screening.started_on:%Y-%m-%d}{code_name('mediation.screening', screening.kind)}"


def amend_round(*, record: ScreeningRound, actor: Membership, version: int, **fields: Any) -> ScreeningRound:
    """Correct a round. It began before what was visited and found in it; ValidationError otherwise."""
    started_on = fields.get("started_on", record.started_on)
    first, _last = _days_of(record)
    if first is not None and started_on > first:
        text = _("%(day)s已有走访或发现的纠纷，开始日期不能晚于这一天。")
        raise ValidationError({"started_on": text % {"day": first.isoformat()}})
    return amend_record(record=record, actor=actor, version=version, changes=fields)


def finish_round(
    *, record: ScreeningRound, actor: Membership, on: date, paper: str = "", note: str = ""
) -> ScreeningRound:
    """End a round: the sums over its villages are what statistics count.

    Raises ValidationError for a day before it began, or before the last visit or finding.
    """
    _first, last = _days_of(record)
    if on < record.started_on:
        text = _("结束日期不能早于开始日期（%(day)s）。")
        raise ValidationError({"on": text % {"day": record.started_on.isoformat()}})
    if last is not None and on < last:
        text = _("%(day)s还有走访或发现的纠纷，结束日期不能早于这一天。")
        raise ValidationError({"on": text % {"day": last.isoformat()}})
    sums = VillageVisit.objects.filter(round=record).aggregate(
        villages=Count("pk"), households=Sum("households"), persons=Sum("persons"), key_persons=Sum("key_persons")
    )
    changes = {name: value or 0 for name, value in sums.items()} | {"ended_on": on}
    return move_record(
        record=record,
        actor=actor,
        workflow=ROUND,
        step="finish",
        on=on,
        paper=paper,
        note=note,
        changes=changes,
        facts={"villages": sums["villages"]},
    )


def _days_of(screening: ScreeningRound) -> tuple[date | None, date | None]:
    """Return the first and the last day on which something was visited or found in a round."""
    visits = VillageVisit.objects.filter(round=screening).aggregate(first=Min("on"), last=Max("on"))
    findings = ScreeningFinding.objects.filter(round=screening).aggregate(first=Min("found_on"), last=Max("found_on"))
    firsts = [found["first"] for found in (visits, findings) if found["first"]]
    lasts = [found["last"] for found in (visits, findings) if found["last"]]
    return min(firsts, default=None), max(lasts, default=None)


def _check_finding(finding: ScreeningFinding) -> None:
    """Refuse a finding outside the days of its round, or in a village of another office."""
    screening = finding.round
    if finding.found_on < screening.started_on:
        text = _("发现日期不能早于排查开始日期（%(day)s）。")
        raise ValidationError({"found_on": text % {"day": screening.started_on.isoformat()}})
    if screening.ended_on and finding.found_on > screening.ended_on:
        text = _("发现日期不能晚于排查结束日期（%(day)s）。")
        raise ValidationError({"found_on": text % {"day": screening.ended_on.isoformat()}})
    if finding.village.office_id != screening.office_id:
        raise ValidationError({"village": _("请选择本所辖区的村居。")})


def _check_settled(record: ScreeningFinding, on: date) -> None:
    if on < record.found_on:
        text = _("日期不能早于发现日期（%(day)s）。")
        raise ValidationError({"on": text % {"day": record.found_on.isoformat()}})


@transaction.atomic
def report_finding(
    *, actor: Membership, registered_on: date, source_record: ScreeningRound, **fields: Any
) -> ScreeningFinding:
    """Enter a dispute that a round found; it counts on the day it was found."""
    finding = ScreeningFinding(registered_on=registered_on, round=source_record, **fields)
    _check_finding(finding)
    finding.title = f"{finding.people[:80]}{_type_name(finding)}"
    open_record(record=finding, actor=actor, workflow=FINDING)
    count_event(finding, kind="found", on=finding.found_on)
    return finding


def _type_name(finding: ScreeningFinding) -> str:

    return code_name("mediation.type", finding.dispute_type)


@transaction.atomic
def amend_finding(*, record: ScreeningFinding, actor: Membership, version: int, **fields: Any) -> ScreeningFinding:
    """Correct a finding. A corrected day moves its count."""
    amended = ScreeningFinding.objects.get(pk=record.pk)
    for name, value in fields.items():
        setattr(amended, name, value)
    _check_finding(amended)
    finding = amend_record(record=record, actor=actor, version=version, changes=fields)
    count_event(finding, kind="found", on=finding.found_on)
    return finding


def settle_finding(
    *, record: ScreeningFinding, actor: Membership, on: date, paper: str = "", note: str
) -> ScreeningFinding:
    """Settle a finding on the spot: a dispute prevented."""
    _check_settled(record, on)
    changes = {"settled_on": on}
    return move_record(
        record=record, actor=actor, workflow=FINDING, step="settle", on=on, paper=paper, note=note, changes=changes
    )


def watch_finding(
    *, record: ScreeningFinding, actor: Membership, on: date, paper: str = "", note: str
) -> ScreeningFinding:
    """Keep a finding under watch."""
    _check_settled(record, on)
    return move_record(record=record, actor=actor, workflow=FINDING, step="watch", on=on, paper=paper, note=note)

"""The deeds of screening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

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
    """Correct a round."""
    return amend_record(record=record, actor=actor, version=version, changes=fields)


def finish_round(
    *, record: ScreeningRound, actor: Membership, on: date, paper: str = "", note: str = ""
) -> ScreeningRound:
    """End a round: the sums over its villages are what statistics count."""
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


@transaction.atomic
def report_finding(
    *, actor: Membership, registered_on: date, source_record: ScreeningRound, **fields: Any
) -> ScreeningFinding:
    """Enter a dispute that a round found; it counts on the day it was found."""
    finding = ScreeningFinding(registered_on=registered_on, round=source_record, **fields)
    finding.title = f"{finding.people[:80]}{_type_name(finding)}"
    open_record(record=finding, actor=actor, workflow=FINDING)
    count_event(finding, kind="found", on=finding.found_on)
    return finding


def _type_name(finding: ScreeningFinding) -> str:

    return code_name("mediation.type", finding.dispute_type)


@transaction.atomic
def amend_finding(*, record: ScreeningFinding, actor: Membership, version: int, **fields: Any) -> ScreeningFinding:
    """Correct a finding. A corrected day moves its count."""
    finding = amend_record(record=record, actor=actor, version=version, changes=fields)
    count_event(finding, kind="found", on=finding.found_on)
    return finding


def settle_finding(
    *, record: ScreeningFinding, actor: Membership, on: date, paper: str = "", note: str
) -> ScreeningFinding:
    """Settle a finding on the spot: a dispute prevented."""
    changes = {"settled_on": on}
    return move_record(
        record=record, actor=actor, workflow=FINDING, step="settle", on=on, paper=paper, note=note, changes=changes
    )


def watch_finding(
    *, record: ScreeningFinding, actor: Membership, on: date, paper: str = "", note: str
) -> ScreeningFinding:
    """Keep a finding under watch."""
    return move_record(record=record, actor=actor, workflow=FINDING, step="watch", on=on, paper=paper, note=note)

"""Rows of the registers made directly, without their steps: a committee that runs, a mediator who serves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from casework.lines import RecordType
from casework.models import Record
from casework.parts import add_part
from mediation.declarations.disputes import DISPUTE
from mediation.declarations.organisations import CENTER_TYPE, COMMITTEE_TYPE, MEDIATOR_TYPE
from mediation.declarations.screening import ROUND_TYPE
from mediation.models import Dispute, MediationCommittee, Mediator
from mediation.services import alerts, confirmations, organisations, reviews, screening
from offices.models import Membership, Office, User, Village
from offices.scoping import within
from tests.factories import dispute_in

START = date(2022, 1, 1)


def new_committee(office: Office, title: str, *, kind: str = "village", **more: Any) -> MediationCommittee:
    """Return a running committee that is not saved yet."""
    given: dict[str, Any] = {"short_name": title[:40], "established_on": START, "registered_on": START, **more}
    return MediationCommittee(
        office=office, title=title, kind=kind, state="running", created_by=User.objects.earliest("pk"), **given
    )


def new_mediator(committee: MediationCommittee, title: str, **more: Any) -> Mediator:
    """Return a serving mediator who is not saved yet."""
    given: dict[str, Any] = {"appointed_from": START, "registered_on": START, **more}
    return Mediator(
        committee=committee,
        office_id=committee.office_id,
        title=title,
        state="serving",
        created_by_id=committee.created_by_id,
        **given,
    )


def one_of_each(actor: Membership) -> dict[str, str]:
    """Return, by the word of its addresses, the public id of one fresh record of each kind beside disputes.

    ``committees/part`` and the like are the public ids of a part of those that have parts. ``agreed`` is a dispute with
    a written agreement out of which nothing was opened but the alert, ``turned_criminal`` one whose crime nobody reviews.
    """
    agreed, applied = (dispute_in("agreed_written", actor=actor) for _ in range(2))
    reviewed, unreviewed = (turned_criminal(actor) for _ in range(2))
    with within(actor):
        today = timezone.localdate()
        given: dict[str, Any] = {"actor": actor, "registered_on": today}
        village = Village.objects.filter(office=actor.office).earliest("code")
        committee = new_committee(actor.office, "新村人民调解委员会")
        committee.save()
        mediator = new_mediator(committee, "赵新")
        mediator.save()
        studio = organisations.open_studio(
            title="老赵调解工作室", committee=committee, leader=mediator, established_on=START, **given
        )
        center = organisations.open_center(title="一站式调解中心", host="司法所", windows=2, opened_on=START, **given)
        screening_round = screening.open_round(kind="weekly", started_on=today, organiser="周晓兰", **given)
        finding = screening.report_finding(
            source_record=screening_round,
            village=village,
            found_on=today,
            people="孙一与钱二",
            dispute_type="neighbourhood",
            brief="因滴水起争执。",
            level="yellow",
            **given,
        )
        alert = alerts.raise_alert(
            source_record=agreed,
            level="red",
            triggers=["threat"],
            situation="扬言报复。",
            measure="已上门稳控。",
            responsible="王德福",
            raised_at=timezone.now(),
            follow_up_days=1,
            **given,
        )
        confirmation = confirmations.plan_confirmation(
            source_record=applied, court="石门县人民法院", court_ground="committee", matters=[], **given
        )
        review = reviews.open_review(source_record=reviewed, event="一方持刀伤人。", **given)
        parts = {
            "committees/part": _part(
                COMMITTEE_TYPE, "funding", committee, actor, on=START, kind="work", amount=50_000, payer="石桥镇财政所"
            ),
            "mediators/part": _part(
                MEDIATOR_TYPE, "training", mediator, actor, on=today, topic="民法典", organiser="县司法局", hours=4
            ),
            "centers/part": _part(CENTER_TYPE, "reception", center, actor, on=today, visitors=3),
            "rounds/part": _part(
                ROUND_TYPE, "village", screening_round, actor, village=village, on=today, households=9, persons=20
            ),
        }
    found = {"committees": committee, "mediators": mediator, "studios": studio, "centers": center}
    found |= {"rounds": screening_round, "findings": finding, "alerts": alert, "confirmations": confirmation}
    found |= {"reviews": review, "agreed": agreed, "turned_criminal": unreviewed}
    return {slug: record.public_id for slug, record in found.items()} | parts


def turned_criminal(actor: Membership) -> Dispute:
    """Return a dispute in mediation that has grown into a crime."""
    dispute = dispute_in("mediating", actor=actor)
    values = {"kind": "crime", "on": timezone.localdate(), "persons": 2, "deaths": 0, "text": "一方持刀伤人。"}
    with within(actor):
        _part(DISPUTE, "escalation", dispute, actor, **values)
    return dispute


def add_evidence(dispute: Dispute, actor: Membership) -> str:
    """Add a piece of evidence to a dispute and return its public id."""
    values = {
        "name": "院墙照片",
        "kind": "picture",
        "provider": "张三丰",
        "received_on": timezone.localdate(),
        "pages": 2,
    }
    with within(actor):
        return _part(DISPUTE, "evidence", dispute, actor, **values)


def _part(of: RecordType, code: str, record: Record, actor: Membership, **values: Any) -> str:
    return add_part(part_type=of.part(code), record=record, actor=actor, values=values).public_id

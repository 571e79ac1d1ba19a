"""Rows of the registers made directly, without their steps: a committee that runs, a mediator who serves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from mediation.models import MediationCommittee, Mediator
from mediation.services import alerts, confirmations, organisations, screening
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

    ``agreed`` is a dispute with a written agreement.
    """
    agreed = dispute_in("agreed_written", actor=actor)
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
            source_record=agreed, court="石门县人民法院", court_ground="committee", matters=[], **given
        )
    found = {"committees": committee, "mediators": mediator, "studios": studio, "centers": center}
    found |= {"rounds": screening_round, "findings": finding, "alerts": alert, "confirmations": confirmation}
    return {slug: record.public_id for slug, record in found.items()} | {"agreed": agreed.public_id}

"""Business beside the cases themselves: confirmations, screening, what was prevented and what was not."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from casework.parts import add_part
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute
from mediation.services import alerts, confirmations, organisations, screening
from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import committee_of, dispute_in, take_step
from tests.registers import new_mediator


def add_extras(actor: Membership, month: date) -> None:
    """Make one of everything that the tables count beside cases, in the office of ``actor`` and in ``month``."""
    agreed = [dispute_in("agreed_written", actor=actor, on=month.replace(day=2)) for _number in range(4)]
    rulings = ("confirm", "dismiss", "refuse", "")
    for number, (dispute, ruling) in enumerate(zip(agreed, rulings, strict=True)):
        confirm(actor, dispute, ruling, month.replace(day=5 + number))
    take_step(agreed[0], "sue", actor=actor, on=month.replace(day=20))
    dispute_in("failed", actor=actor, on=month.replace(day=3), step_values={"fail": {"failure": "withdrawn"}})
    dispute_in("performed", actor=actor, on=month.replace(day=3))
    dispute_in("breached", actor=actor, on=month.replace(day=3))
    with within(actor):
        for number, kind in enumerate(("suicide", "crime", "petition", "brawl"), start=1):
            part(actor, agreed[1], "effect", kind=kind, on=month.replace(day=9), persons=2 * number)
        part(actor, agreed[2], "escalation", kind="crime", on=month.replace(day=11), persons=3, deaths=1)
    screen(actor, month)
    keep_registers(actor, agreed[3], month)


def part(actor: Membership, dispute: Dispute, code: str, **values: Any) -> None:
    """Add a part to a dispute."""
    add_part(part_type=DISPUTE.part(code), record=dispute, actor=actor, values={"text": "说明。", **values})


def confirm(actor: Membership, dispute: Dispute, ruling: str, on: date) -> None:
    """Apply for confirmation, and let the court answer."""
    deeds = {
        "confirm": confirmations.confirm_agreement,
        "dismiss": confirmations.dismiss_application,
        "refuse": confirmations.refuse_application,
    }
    with within(actor):
        given = {"court": "石门县人民法院", "court_ground": "committee", "matters": []}
        record = confirmations.plan_confirmation(actor=actor, registered_on=on, source_record=dispute, **given)
        record = confirmations.apply_for_confirmation(record=record, actor=actor, on=on, jointly=True)
        if ruling in {"confirm", "dismiss"}:
            record = confirmations.admit_application(record=record, actor=actor, on=on, court_number="（2026）民特1号")
        if ruling:
            deeds[ruling](record=record, actor=actor, on=on, note="裁定。")


def screen(actor: Membership, month: date) -> None:
    """Run a round with a finding that is settled, and one that stays."""
    on = month.replace(day=12)
    with within(actor):
        village = Village.objects.filter(office=actor.office).earliest("code")
        visit = {"village": village, "on": on, "households": 30, "persons": 80}
        found = screening.open_round(
            actor=actor, registered_on=on, kind="weekly", started_on=on, organiser="周晓兰", visits=[visit]
        )
        for people, settled in (("孙一与钱二", True), ("李三与周四", False)):
            finding = screening.report_finding(
                actor=actor,
                registered_on=on,
                source_record=found,
                village=village,
                found_on=on,
                people=people,
                dispute_type="neighbourhood",
                brief="滴水。",
            )
            if settled:
                screening.settle_finding(record=finding, actor=actor, on=on, note="当场和解。")
        screening.finish_round(record=found, actor=actor, on=on)


def keep_registers(actor: Membership, dispute: Dispute, month: date) -> None:
    """Fill the registers: a mediator who leaves, a studio, a centre with a day's visitors, money, an alert."""
    on = month.replace(day=15)
    with within(actor):
        committee = committee_of(actor.office)
        mediator = organisations.appoint_mediator(
            actor=actor, registered_on=on, committee=committee, title="钱多", sex="2", appointed_from=on, kind="hired"
        )
        new_mediator(committee, "赵新").save()
        organisations.end_service(record=mediator, actor=actor, on=month.replace(day=25), departure="resigned")
        alert = alerts.raise_alert(
            actor=actor,
            registered_on=on,
            source_record=dispute,
            level="red",
            triggers=["threat"],
            situation="扬言报复。",
            measure="已稳控。",
            responsible="王德福",
            raised_at=timezone.now().replace(year=on.year, month=on.month, day=on.day),
            follow_up_days=1,
        )
        alerts.report_alert(record=alert, actor=actor, on=on, reported_to=["police_station"])

"""One dispute being made: what each step fills in, as the services of the line do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from mediation.demo import texts
from mediation.demo.cases import Case, agreed_amount, draw_terms, draw_way
from mediation.demo.days import Days
from mediation.demo.lives import Life, Step
from mediation.demo.plan import CommitteePlan, MediatorPlan


@dataclass(frozen=True)
class World:
    """What all offices share. ``labels`` are the names of dispute types and reasons of rejection."""

    seed: int
    today: date
    days: Days
    labels: Mapping[str, str]
    desk: bool


class Dispute:
    """One dispute being made: its content, its life and the fields that the steps fill."""

    def __init__(
        self,
        world: World,
        rng: Random,
        *,
        identity: tuple[int, str],
        committee: CommitteePlan,
        case: Case,
        registered_on: date,
    ) -> None:
        """Register it."""
        self.world, self.rng = world, rng
        self.id, self.public_id = identity
        self.committee, self.case, self.number = committee, case, ""
        self.fields: dict[str, Any] = {"agreed_amount": 0, "agreement_form": "", "performance": ""}
        self.fields |= dict.fromkeys(("subtype", "scale", "relation", "way", "office_role", "failure"), "")
        self.fields["mediators_chosen"] = False
        self.fields["risk_flags"] = self.fields["told_routes"] = "[]"
        self.area = case.village.name
        self.visits: list[tuple[date, str, str]] = []
        self.transfers: list[tuple[date, str, str, str, date | None]] = []
        self.mediators: list[MediatorPlan] = []
        self.accepted_on: date | None = None
        self.agreement: tuple[str, str, int] | None = None
        self.life = Life(registered_on, world.days)

    def walk(self, steps: Sequence[Step]) -> None:
        """Take the steps in their order."""
        worked = self.world.days.worked
        for place, step in enumerate(steps):
            later = worked[steps[place + 1].day] if place + 1 < len(steps) else worked[-1]
            self._take(step.code, worked[step.day], later)

    def _take(self, code: str, on: date, latest: date) -> None:
        # ``latest`` is the day by which the parties' last signature must be there.
        self.life.move(code, on, **DEEDS[code](self, on, latest))
        if code in {"divert", "transfer"} and (receipt_on := self.transfers[-1][-1]):
            self.life.receive(receipt_on)

    def accept(self, on: date, latest: date) -> dict[str, Any]:
        """Fill in the day of acceptance."""
        self.accepted_on = on
        return {}

    def reject(self, on: date, latest: date) -> dict[str, Any]:
        """Give the reason."""
        self.fields["concluded_on"] = on
        reason, told = self.rng.choice(texts.REJECTIONS)
        return {"note": f"{self.world.labels[reason]}。{told}。"}

    def assign(self, on: date, latest: date) -> dict[str, Any]:
        """Name the mediators."""
        self.mediators = self.rng.sample(self.committee.mediators, 1 if self.rng.random() < 0.8 else 2)
        return {"note": "、".join(mediator.name for mediator in self.mediators)}

    def begin(self, on: date, latest: date) -> dict[str, Any]:
        """Fill in when the parties were told their rights."""
        self.fields["rights_notice_on"] = on
        return {}

    def agree_in_writing(self, on: date, latest: date) -> dict[str, Any]:
        """Agree; one time in ten the last signature comes on the next day."""
        effective_on = min(on + timedelta(days=1), latest) if self.rng.random() < 0.1 else on
        return self._agree("written", on, effective_on, copies=self.rng.choice((3, 3, 3, 4, 5)))

    def agree_orally(self, on: date, latest: date) -> dict[str, Any]:
        """Agree without a paper."""
        return self._agree("oral", on, on, copies=1)

    def _agree(self, form: str, on: date, effective_on: date, *, copies: int) -> dict[str, Any]:
        rng, amount = self.rng, agreed_amount(self.rng, self.case.amount)
        due = on + timedelta(days=rng.randint(7, 60)) if form == "written" and rng.random() < 0.7 else None
        self.fields |= {
            "agreement_form": form,
            "agreed_on": on,
            "effective_on": effective_on,
            "agreed_amount": amount,
            "performance": "not_due",
            "performance_due_on": due,
            "concluded_on": on,
        }
        terms = draw_terms(rng, self.case, amount, due or on + timedelta(days=15))
        self.agreement = (terms, draw_way(rng, amount), copies)
        return {"note": "已达成协议。", "due_from": effective_on, "due_on": due}

    def fail(self, on: date, latest: date) -> dict[str, Any]:
        """End without agreement."""
        self.fields["concluded_on"] = on
        self.fields |= {"failure": "no_agreement", "told_routes": '["arbitration", "litigation"]'}
        return {"note": f"未达成协议。{self.rng.choice(texts.FAILURES)}。"}

    def follow_performance(self, on: date, latest: date) -> dict[str, Any]:
        """Watch the performance until the agreed day."""
        due = self.fields["performance_due_on"] or on + timedelta(days=30)
        self.fields |= {"performance_due_on": due, "performance": "not_due"}
        return {"due_on": due}

    def perform(self, on: date, latest: date) -> dict[str, Any]:
        """Record the performance."""
        self.fields["performance"] = "at_once" if on == self.fields["agreed_on"] else "full"
        return {}

    def breach(self, on: date, latest: date) -> dict[str, Any]:
        """Record that nothing was performed."""
        self.fields["performance"] = "refused"
        return {"note": f"{self.rng.choice(texts.BREACHES)}。"}

    def visit(self, on: date, latest: date) -> dict[str, Any]:
        """Say what the visit showed."""
        way, found = self.rng.choice(texts.VISITS)
        self.visits.append((on, way, found))
        return {"note": f"{found}。"}

    def close(self, on: date, latest: date) -> dict[str, Any]:
        """Fill in the day."""
        self.fields["closed_on"] = on
        return {}

    def archive(self, on: date, latest: date) -> dict[str, Any]:
        """Fill in the day and the pages."""
        self.fields |= {"archived_on": on, "dossier_pages": self.rng.randint(9, 48)}
        return {}

    def transfer(self, on: date, latest: date) -> dict[str, Any]:
        """Say where it went."""
        self.fields["concluded_on"] = on
        kind, body, reason = self.rng.choice(texts.TRANSFERS)
        body = body.format(area=self.area)
        # The receipt comes within some days; that of the newest is still awaited.
        receipt_on = min(on + timedelta(days=self.rng.randint(0, 6)), latest) if on < latest else None
        self.transfers.append((on, kind, body, reason, receipt_on))
        return {"note": f"{body}：{reason}"}


Deed = Callable[[Dispute, date, date], dict[str, Any]]
DEEDS: dict[str, Deed] = {
    "accept": Dispute.accept,
    "reject": Dispute.reject,
    "assign": Dispute.assign,
    "begin": Dispute.begin,
    "agree_in_writing": Dispute.agree_in_writing,
    "agree_orally": Dispute.agree_orally,
    "fail": Dispute.fail,
    "follow_performance": Dispute.follow_performance,
    "perform": Dispute.perform,
    "breach": Dispute.breach,
    "visit": Dispute.visit,
    "close": Dispute.close,
    "archive": Dispute.archive,
    "divert": Dispute.transfer,
    "transfer": Dispute.transfer,
}

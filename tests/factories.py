"""Records built through the services, so that no test starts from an impossible state.

Everything here runs under the scope of the membership that is named; the caller opens none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import factory
from django.utils import timezone

from casework.identifiers import ResidentId, resident_id_check_char
from casework.workdays import add_days
from mediation.demo.people import NO_AREA
from mediation.models import Dispute, MediationCommittee, Mediator
from mediation.services import disputes as services
from mediation.services import mediators, results
from offices.models import Membership, Office, Village
from offices.scoping import within

DRAWN_BORN = date(1980, 2, 28)
# The steps that lead to each state; a test asserts that every state of the workflow stands here.
TO_MEDIATION = ("accept", "assign", "begin")
PATHS: dict[str, tuple[str, ...]] = {
    "registered": (),
    "rejected": ("reject",),
    "accepted": ("accept",),
    "assigned": ("accept", "assign"),
    "mediating": TO_MEDIATION,
    "agreed_written": (*TO_MEDIATION, "agree_in_writing"),
    "agreed_oral": (*TO_MEDIATION, "agree_orally"),
    "failed": (*TO_MEDIATION, "fail"),
    "performing": (*TO_MEDIATION, "agree_in_writing", "follow_performance"),
    "performed": (*TO_MEDIATION, "agree_in_writing", "perform"),
    "breached": (*TO_MEDIATION, "agree_in_writing", "breach"),
    "visited": (*TO_MEDIATION, "agree_in_writing", "perform", "visit"),
    "closed": (*TO_MEDIATION, "agree_in_writing", "perform", "visit", "close"),
    "archived": (*TO_MEDIATION, "agree_in_writing", "perform", "visit", "close", "archive"),
    "transferred": ("accept", "transfer"),
}


def resident_id(number: int, *, born: date = date(1980, 2, 29), sex: str = "male") -> ResidentId:
    """Return the ``number``-th (0 to 499) resident number of a birthday and sex in an area that does not exist."""
    body = f"{NO_AREA}{born:%Y%m%d}{2 * number + (sex == 'male'):03}"
    return ResidentId(body + resident_id_check_char(body), born, "male" if sex == "male" else "female")


class PartyFactory(factory.DictFactory):
    """One party as the form cleans it."""

    role = "applicant"
    kind = "person"
    name = factory.Iterator(["张三丰", "李四光", "王五常", "赵六顺", "𠮷田喆"])
    # Born on a day that no test names: a number drawn here is never one that a test gives to somebody else.
    identifier = factory.Sequence(lambda n: resident_id(n % 500, born=DRAWN_BORN))
    phone = factory.Sequence(lambda n: f"138{n:08}")
    address = "石门县石桥镇石桥村12号"


class DisputeFactory(factory.Factory):
    """A registered dispute of the office of ``actor``: ``DisputeFactory(actor=clerk, registered_on=day)``."""

    class Meta:
        model = Dispute

    actor: Membership
    registered_on = factory.LazyFunction(timezone.localdate)
    occurred_on = factory.SelfAttribute("registered_on")
    dispute_type = "neighbourhood"
    source = "on_application"
    brief = "双方因排水沟走向发生争执，多次协商未果。"
    place = "村东头"
    claims = "恢复排水沟原状。"
    amount = 320_000
    recorder = "周晓兰"

    @classmethod
    def _create(cls, model_class: type[Dispute], *args: Any, **kwargs: Any) -> Dispute:
        actor: Membership = kwargs.pop("actor")
        with within(actor):
            kwargs.setdefault("committee", committee_of(actor.office))
            kwargs.setdefault("village", Village.objects.filter(office=actor.office).earliest("code"))
            kwargs.setdefault("parties", [PartyFactory(), PartyFactory(role="respondent")])
            return services.register_dispute(actor=actor, **kwargs)


def committee_of(office: Office) -> MediationCommittee:
    """Return the committee of the township or sub-district itself. Needs a scope that reaches the office."""
    return MediationCommittee.objects.filter(office=office, kind__in=["township", "subdistrict"]).earliest("pk")


def dispute_in(
    state: str,
    *,
    actor: Membership,
    on: date | None = None,
    step_dates: Mapping[str, date] | None = None,
    step_values: Mapping[str, Mapping[str, Any]] | None = None,
    **fields: Any,
) -> Dispute:
    """Return a dispute of ``actor``'s office that has walked the workflow to ``state``.

    It is registered ``on`` a day (today) and takes every step on that day, but for the steps in ``step_dates``, from
    which the later ones run on. ``step_values`` overrides what a step's service is given; ``fields`` go to
    registration.
    """
    day = on or timezone.localdate()
    dispute = DisputeFactory.create(actor=actor, registered_on=day, **fields)
    for step in PATHS[state]:
        day = (step_dates or {}).get(step, day)
        dispute = take_step(dispute, step, actor=actor, on=day, **(step_values or {}).get(step, {}))
    return dispute


def take_step(dispute: Dispute, step: str, *, actor: Membership, on: date, **values: Any) -> Dispute:
    """Take one step of the workflow through its service, with plausible values where none are given."""
    service, defaults = STEPS[step]
    with within(actor):
        given = {**defaults(dispute, on), **values}
        return service(record=dispute, actor=actor, on=on, **given)


def _mediators(dispute: Dispute) -> Sequence[Mediator]:
    found = list(Mediator.objects.filter(committee=dispute.committee_id)[:1])
    if not found:
        raise LookupError(f"{dispute.committee} has no mediator: name a committee of the township")
    return found


def _others(dispute: Dispute, on: date) -> dict[str, Any]:
    found = Mediator.objects.filter(committee=dispute.committee_id).exclude(pk__in=dispute.mediators.values("mediator"))
    return {"mediators": list(found[:1]), "note": "原调解员因病不能继续调解。"}


def _agreement(dispute: Dispute, on: date) -> dict[str, Any]:
    return {
        "facts": dispute.brief,
        "terms": "乙方恢复排水沟原状。\n双方互不追究。",
        "agreed_amount": dispute.amount,
        "performance_way": "当面履行",
    }


def _signed(dispute: Dispute, on: date) -> dict[str, Any]:
    signatures = {"parties_signed": True, "mediators_signed": True, "sealed": True}
    return {**_agreement(dispute, on), **signatures, "effective_on": on, "copies": 3}


def _visit(dispute: Dispute, on: date) -> dict[str, Any]:
    return {
        "visited": "张三丰",
        "way": "telephone",
        "performance": "已按协议履行。",
        "satisfaction": "satisfied",
        "visitor": "王德福",
    }


def _failure(dispute: Dispute, on: date) -> dict[str, Any]:
    failure = "no_agreement" if dispute.state == "mediating" else "refused"
    return {"failure": failure, "note": "双方分歧过大。", "told_routes": ["arbitration", "litigation"]}


def _transfer(kind: str, body: str) -> dict[str, Any]:
    return {"body_kind": kind, "body": body, "reason": "超出调解范围。", "receipt_on": None}


Defaults = Callable[[Dispute, date], dict[str, Any]]
STEPS: dict[str, tuple[Callable[..., Dispute], Defaults]] = {
    "accept": (services.accept_dispute, lambda dispute, on: {}),
    "reject": (services.reject_dispute, lambda dispute, on: {"reason": "not_civil", "note": "已告知向仲裁机构申请。"}),
    "assign": (mediators.assign_mediators, lambda dispute, on: {"mediators": _mediators(dispute)}),
    "reassign": (partial(mediators.change_mediators, "reassign"), _others),
    "replace": (partial(mediators.change_mediators, "replace"), _others),
    "begin": (services.begin_mediation, lambda dispute, on: {"rights_notice_on": on}),
    "agree_in_writing": (results.agree_in_writing, _signed),
    "agree_orally": (results.agree_orally, _agreement),
    "fail": (results.fail_mediation, _failure),
    "follow_performance": (
        results.follow_performance,
        lambda dispute, on: {"performance_due_on": dispute.performance_due_on or on},
    ),
    "perform": (results.perform_agreement, lambda dispute, on: {"performance": "full"}),
    "breach": (results.breach_agreement, lambda dispute, on: {"court_told": True}),
    "visit": (results.visit_parties, _visit),
    "close": (results.close_dispute, lambda dispute, on: {"missing_noted": True, "note": "身份证明待补。"}),
    "archive": (results.archive_dispute, lambda dispute, on: {"dossier_pages": 12}),
    "divert": (results.divert_dispute, lambda dispute, on: _transfer("police", "石桥派出所")),
    "extend": (
        services.extend_limit,
        lambda dispute, on: {
            "until": add_days(dispute.due_on or on, 20),
            "both_consent": True,
            "note": "等待鉴定。",
            "paper": "延期同意书",
        },
    ),
    "sue_closed": (partial(results.sue_after_closing, "sue_closed"), lambda dispute, on: {"note": "申请人起诉。"}),
    "sue_archived": (partial(results.sue_after_closing, "sue_archived"), lambda dispute, on: {"note": "申请人起诉。"}),
    "return_registered": (results.return_diverted, lambda dispute, on: {"note": "不属于受理范围。"}),
    "return_accepted": (results.return_transferred, lambda dispute, on: {"note": "不属于受理范围。"}),
    "return_failed": (results.return_passed_on, lambda dispute, on: {"note": "不属于受理范围。"}),
    "sue": (results.sue_after_agreement, lambda dispute, on: {"note": "申请人起诉。"}),
    "pass_on": (results.pass_on_dispute, lambda dispute, on: _transfer("court", "石门县人民法院")),
    "transfer": (results.transfer_dispute, lambda dispute, on: _transfer("court", "石门县人民法院")),
}

"""The deeds after mediation: agreement, failure, performance, return visits, closing, transfer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from casework.codes import code_name
from casework.deadlines import due_date
from casework.services import follow, uncount_event
from mediation.compulsory import missing_papers
from mediation.models import Agreement, Dispute, PerformanceItem, ReturnVisit, Transfer
from mediation.selectors import ageless, unguarded
from mediation.services.disputes import step_of
from mediation.services.parties import confirm_adults
from mediation.workflow.dispute_guards import OPEN_PERFORMANCE
from mediation.workflow.disputes import CLOSE_WITHIN, RECEIPT_WITHIN, VISIT_WITHIN
from offices.models import Membership

SIGNATURES = ("parties_signed", "mediators_signed", "sealed")


@transaction.atomic
def agree_in_writing(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", effective_on: date, copies: int = 0, **given: Any
) -> Dispute:
    """Record a written agreement, due with its first item, or with the return visit after the day of effect.

    Of its ``copies`` each party and the committee keep one, unless more or fewer are named.
    """
    check_days(on, given)
    facts: dict[str, Any] = {name: given.pop(name, False) for name in SIGNATURES}
    facts |= {"unguarded": unguarded(record, on), "ageless": ageless(record)}
    if effective_on < on:
        text = _("最后签名盖章日期不能早于达成协议日期（%(day)s）。")
        raise ValidationError({"effective_on": text % {"day": on.isoformat()}})
    changes = agreement_changes(Dispute.AgreementForm.WRITTEN, on, effective_on, given)
    limit = {"due_from": effective_on, "due_on": first_due(given)}
    dispute = step_of(record, actor, paper, "agree_in_writing", on, changes=changes, facts=facts, **limit)
    _write_agreement(dispute, actor, copies or dispute.parties.count() + 1, given)
    return dispute


@transaction.atomic
def agree_orally(
    *,
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str = "",
    adults_confirmed: bool | None = None,
    **given: Any,
) -> Dispute:
    """Record an oral agreement, in effect on the day it was reached.

    ``adults_confirmed`` is what was ticked of people whose birth date nobody knows; None where no form has asked.
    """
    check_days(on, given)
    changes = agreement_changes(Dispute.AgreementForm.ORAL, on, on, given)
    unknown = ageless(record, unseen=True) if adults_confirmed is False else []
    facts = {"unguarded": unguarded(record, on), "ageless": unknown}
    dispute = step_of(record, actor, paper, "agree_orally", on, changes=changes, facts=facts, due_on=first_due(given))
    if adults_confirmed:
        confirm_adults(dispute)
    _write_agreement(dispute, actor, 1, given)
    return dispute


def agreement_changes(form: str, on: date, effective_on: date, given: dict[str, Any]) -> dict[str, Any]:
    """Return what an agreement changes in its dispute: open performance, due with its last item."""
    items: Sequence[dict[str, Any]] = given.get("items") or ()
    due = given.get("performance_due_on") or max((item["due_on"] for item in items), default=None)
    return {
        "agreement_form": form,
        "agreed_on": on,
        "effective_on": effective_on,
        "agreed_amount": given.get("agreed_amount") or 0,
        "performance": Dispute.Performance.NOT_DUE,
        "performance_due_on": due,
        "concluded_on": on,
    }


def check_days(on: date, given: dict[str, Any]) -> None:
    """Raise ValidationError for an agreement that is due before it is reached, or before the last of its items."""
    due, last = given.get("performance_due_on"), max((item["due_on"] for item in given.get("items") or ()), default=on)
    if any(item["due_on"] < on for item in given.get("items") or ()):
        text = _("履行事项的期限不能早于达成协议日期（%(day)s）。")
        raise ValidationError(text % {"day": on.isoformat()})
    if due and due < on:
        raise ValidationError(
            {"performance_due_on": _("履行期限不能早于达成协议日期（%(day)s）。") % {"day": on.isoformat()}}
        )
    if due and due < last:
        text = _("履行期限不能早于最后一项履行事项的期限（%(day)s）。")
        raise ValidationError({"performance_due_on": text % {"day": last.isoformat()}})


def first_due(given: dict[str, Any]) -> date | None:
    """Return the day on which something of an agreement is due first; None when the parties have named none."""
    days = [item["due_on"] for item in given.get("items") or ()]
    return min(days, default=None) or given.get("performance_due_on")


def _write_agreement(dispute: Dispute, actor: Membership, copies: int, given: dict[str, Any]) -> None:
    agreement = Agreement(
        dispute=dispute,
        facts=given["facts"],
        terms=given["terms"],
        performance_way=given.get("performance_way") or "",
        copies=copies,
    )
    agreement.office_id, agreement.county_id, agreement.city_id = dispute.office_id, dispute.county_id, dispute.city_id
    agreement.save(force_insert=True)
    for item in given.get("items") or ():
        values = {name: item[name] for name in ("content", "debtor", "amount", "due_on")}
        save_row(PerformanceItem(dispute=dispute, **values), dispute, actor)


def save_row(row: Any, dispute: Dispute, actor: Membership) -> None:
    """Write a row of a dispute that a step brings with it."""
    row.user = actor.user
    row.office_id, row.county_id, row.city_id = dispute.office_id, dispute.county_id, dispute.city_id
    row.full_clean(exclude=["office", "county", "city", "user", "dispute"])
    row.save(force_insert=True)


def fail_mediation(
    *,
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str = "",
    failure: str = "no_agreement",
    note: str,
    told_routes: Sequence[str],
) -> Dispute:
    """End mediation without agreement, before it has begun as well. ``told_routes`` are codes of the other routes."""
    changes = {"concluded_on": on, "failure": failure, "told_routes": list(told_routes)}
    text = f"{code_name('mediation.failure', failure)}。{note}"
    facts = {"told_routes": told_routes, "failure": failure}
    return step_of(record, actor, paper, "fail", on, changes=changes, facts=facts, note=text)


def follow_performance(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", performance_due_on: date
) -> Dispute:
    """Watch the performance until its own due date, from item to item where there are any."""
    last = PerformanceItem.objects.filter(dispute=record, done_on=None).order_by("due_on").last()
    if last and performance_due_on < last.due_on:
        text = _("履行期限不能早于最后一项履行事项的期限（%(day)s）。")
        raise ValidationError({"performance_due_on": text % {"day": last.due_on.isoformat()}})
    changes = {"performance_due_on": performance_due_on, "performance": performance_of(record)}
    due_on = next_item_due(record) or performance_due_on
    return step_of(record, actor, paper, "follow_performance", on, changes=changes, due_on=due_on)


def performance_of(dispute: Dispute) -> str:
    """Return how far an open agreement is performed, by its items."""
    done = [item.done_on is not None for item in PerformanceItem.objects.filter(dispute=dispute)]
    return Dispute.Performance.PARTIAL if any(done) else Dispute.Performance.NOT_DUE


def next_item_due(dispute: Dispute) -> date | None:
    """Return when the next open item of an agreement is due; None without one."""
    left = PerformanceItem.objects.filter(dispute=dispute, done_on=None).order_by("due_on")
    return left.values_list("due_on", flat=True).first()


def limit_of_performance(dispute: Dispute) -> dict[str, Any]:
    """Return the limit of an agreement that is still to be performed, as a step takes it; {} for a settled one.

    That is the next open item, else the day of the agreement; where the parties have named none, the next visit.
    """
    if dispute.performance not in OPEN_PERFORMANCE:
        return {}
    due_on = next_item_due(dispute) or dispute.performance_due_on
    return {"due_on": due_on} if due_on else {"starts": VISIT_WITHIN}


def item_saved(dispute: Dispute, item: PerformanceItem | None, actor: Membership) -> None:
    """Let the dispute follow its items while it is to be performed: how far it is, and due with the next open one."""
    if dispute.performance not in OPEN_PERFORMANCE:
        return
    changes: dict[str, Any] = {"performance": performance_of(dispute)}
    days = (dispute.performance_due_on, item.due_on if item else None)
    last = max((day for day in days if day), default=None)
    due_on = next_item_due(dispute) or last
    changes["performance_due_on"] = last
    # Whoever waits for a receipt is reminded of that.
    if due_on and dispute.due_rule != RECEIPT_WITHIN:
        changes |= {"due_on": due_on, "due_rule": ""}
    follow(dispute, **changes)


@transaction.atomic
def perform_agreement(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", performance: str = "full", note: str = ""
) -> Dispute:
    """Record that the agreement is performed; items still open are performed on that day."""
    dispute = step_of(record, actor, paper, "perform", on, changes={"performance": performance}, note=note)
    for item in PerformanceItem.objects.filter(dispute=dispute, done_on=None):
        item.done_on = on
        item.save(force_update=True)
    return dispute


def breach_agreement(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", court_told: bool, note: str = ""
) -> Dispute:
    """Record that the agreement is not performed; the parties know that they may sue."""
    changes = {"performance": Dispute.Performance.REFUSED}
    return step_of(record, actor, paper, "breach", on, changes=changes, facts={"court_told": court_told}, note=note)


def sue_after_agreement(*, record: Dispute, actor: Membership, on: date, paper: str = "", note: str = "") -> Dispute:
    """Record that a party went to court in spite of the agreement."""
    changes = {"performance": Dispute.Performance.REFUSED, "sued_on": on}
    return step_of(record, actor, paper, "sue", on, changes=changes, note=note)


def sue_after_closing(
    step: str, *, record: Dispute, actor: Membership, on: date, paper: str = "", note: str = ""
) -> Dispute:
    """Record that a party went to court later: the case stays closed or filed, and what was performed stays so."""
    return step_of(record, actor, paper, step, on, changes={"sued_on": on}, note=note)


@transaction.atomic
def visit_parties(*, record: Dispute, actor: Membership, on: date, paper: str = "", **visit: Any) -> Dispute:
    """Record a return visit. What is still to be performed stays due; a settled case is to be closed."""
    row = ReturnVisit(dispute=record, on=on, **visit)
    dispute = step_of(record, actor, paper, "visit", on, note=row.performance, **limit_of_performance(record))
    row.dispute = dispute
    save_row(row, dispute, actor)
    return dispute


def visit_saved(dispute: Dispute, visit: ReturnVisit | None, actor: Membership) -> None:
    """A further visit to parties whose agreement names no day puts off the next one."""
    if visit is not None and dispute.state == "visited" and dispute.due_rule == VISIT_WITHIN:
        last = ReturnVisit.objects.filter(dispute=dispute).order_by("on").values_list("on", flat=True).last()
        since = last or visit.on
        follow(dispute, due_on=due_date(VISIT_WITHIN, since).on, due_since=since)


def close_dispute(
    *, record: Dispute, actor: Membership, on: date, paper: str = "", missing_noted: bool = False, note: str = ""
) -> Dispute:
    """Close the case; compulsory papers that are missing must be accounted for in ``note``."""
    facts = {"missing": missing_papers(record), "missing_noted": missing_noted and bool(note)}
    if record.state == "transferred":
        sent = Transfer.objects.filter(dispute=record).order_by("id")
        facts["receipt_on"] = sent.values_list("receipt_on", flat=True).last()
    return step_of(record, actor, paper, "close", on, changes={"closed_on": on}, facts=facts, note=note)


def archive_dispute(*, record: Dispute, actor: Membership, on: date, paper: str = "", dossier_pages: int) -> Dispute:
    """File the dossier with its pages numbered."""
    return step_of(record, actor, paper, "archive", on, changes={"archived_on": on, "dossier_pages": dossier_pages})


def divert_dispute(*, record: Dispute, actor: Membership, on: date, paper: str = "", **transfer: Any) -> Dispute:
    """Send a registered dispute elsewhere before it is accepted."""
    return _send(record, actor, on, paper, "divert", {"concluded_on": on}, transfer)


def transfer_dispute(*, record: Dispute, actor: Membership, on: date, paper: str = "", **transfer: Any) -> Dispute:
    """Transfer an accepted dispute to another body."""
    return _send(record, actor, on, paper, "transfer", {"concluded_on": on}, transfer)


def pass_on_dispute(*, record: Dispute, actor: Membership, on: date, paper: str = "", **transfer: Any) -> Dispute:
    """Send a dispute elsewhere after its result, as after a failure or a breach."""
    return _send(record, actor, on, paper, "pass_on", {}, transfer)


@transaction.atomic
def _send(
    record: Dispute,
    actor: Membership,
    on: date,
    paper: str,
    step: str,
    changes: dict[str, Any],
    given: dict[str, Any],
) -> Dispute:
    row = Transfer(dispute=record, on=on, **given)
    dispute = step_of(record, actor, paper, step, on, changes=changes, note=f"{row.body}：{row.reason}")
    row.dispute = dispute
    save_row(row, dispute, actor)
    transfer_saved(dispute, row, actor)
    return dispute


def transfer_saved(dispute: Dispute, transfer: Transfer | None, actor: Membership) -> None:
    """Once the receipt is there, what is still to be performed is due; a settled case is to be closed.

    A dispute that was never accepted has no dossier: it is due no more.
    """
    if transfer is None or transfer.receipt_on is None or dispute.state != "transferred":
        return
    limit = limit_of_performance(dispute)
    rule = "" if dispute.accepted_on is None or "due_on" in limit else limit.get("starts", CLOSE_WITHIN)
    due_on = due_date(rule, transfer.receipt_on).on if rule else limit.get("due_on")
    follow(dispute, due_on=due_on, due_rule=rule, due_since=transfer.receipt_on if rule else None)


def return_diverted(*, record: Dispute, actor: Membership, on: date, paper: str = "", note: str) -> Dispute:
    """Take back what was diverted before its acceptance and is not taken by the receiver."""
    return _take_back(record, actor, on, paper, "return_registered", note, "diverted")


def return_transferred(*, record: Dispute, actor: Membership, on: date, paper: str = "", note: str) -> Dispute:
    """Take back into mediation what was transferred out of it and is not taken by the receiver."""
    return _take_back(record, actor, on, paper, "return_accepted", note, "transferred")


def return_passed_on(*, record: Dispute, actor: Membership, on: date, paper: str = "", note: str) -> Dispute:
    """Take back what was passed on after a failure and is not taken by the receiver."""
    return _take_back(record, actor, on, paper, "return_failed", note, "")


@transaction.atomic
def _take_back(record: Dispute, actor: Membership, on: date, paper: str, step: str, note: str, counted: str) -> Dispute:
    # ``counted`` is what the transfer counted: the case is in the balance again, and leaves it once.
    changes = {"concluded_on": None} if counted else {}
    dispute = step_of(record, actor, paper, step, on, changes=changes, note=note)
    if counted:
        uncount_event(dispute, kind=counted)
    if transfer := Transfer.objects.filter(dispute=dispute).order_by("id").last():
        transfer.result = f"退回：{note}"
        transfer.version += 1
        transfer.save(force_update=True)
    return dispute

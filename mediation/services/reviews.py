"""The deeds of the review of a crime that grew out of a dispute."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from casework.services import amend_record, move_record, open_record
from casework.workflow import NotPossible
from mediation.models import CriminalReview, Dispute
from mediation.selectors import crime_of, review_refusal
from mediation.workflow.reviews import REVIEW, REVIEW_WITHIN
from offices.models import Membership
from offices.permissions import Action, may


@transaction.atomic
def open_review(*, actor: Membership, registered_on: date, source_record: Dispute, **fields: Any) -> CriminalReview:
    """Begin the review, by the office or by the county; it lies with the dispute's office in both cases.

    Raises PermissionError without the right, NotPossible where no crime is entered, ValidationError for a day before it.
    """
    if not may(actor, Action.OPEN_REVIEW, source_record._meta.app_label):
        raise PermissionError("open_review")
    if reason := review_refusal(source_record):
        raise NotPossible(reason)
    crime = crime_of(source_record)
    assert crime is not None
    if registered_on < crime.on:
        text = _("倒查不能早于案发日期（%(day)s）。")
        raise ValidationError({"registered_on": text % {"day": crime.on.isoformat()}})
    review = CriminalReview(registered_on=registered_on, dispute=source_record, **fields)
    review.title = f"{source_record.title}民转刑倒查"[:120]
    return open_record(record=review, actor=actor, workflow=REVIEW, starts=REVIEW_WITHIN, under=source_record)


def keep_crime(record: Dispute, row: Any, actor: Membership) -> None:
    """Refuse to take back, or to date later, the crime that is being reviewed."""
    review = CriminalReview.objects.filter(dispute=record).first()
    crime = crime_of(record)
    if review is not None and (crime is None or crime.on > review.registered_on):
        text = _("本件自%(day)s起开展民转刑倒查，不能删除这一激化后果，也不能把发生日期改到这一天以后。")
        raise NotPossible(text % {"day": review.registered_on.isoformat()})


def amend_review(*, record: CriminalReview, actor: Membership, version: int, **fields: Any) -> CriminalReview:
    """Correct what happened."""
    return amend_record(record=record, actor=actor, version=version, changes=fields)


def account_for_review(
    *, record: CriminalReview, actor: Membership, on: date, paper: str = "", account: str
) -> CriminalReview:
    """Give the office's account of what it knew and did; a later one takes the place of an earlier one."""
    changes = {"account": account, "accounted_on": on}
    return move_record(
        record=record, actor=actor, workflow=REVIEW, step="account", on=on, paper=paper, note=account, changes=changes
    )


def conclude_review(
    *, record: CriminalReview, actor: Membership, on: date, paper: str = "", **answers: Any
) -> CriminalReview:
    """Conclude by the county: the three questions, who is responsible, what was found and what is to be done."""
    return move_record(
        record=record,
        actor=actor,
        workflow=REVIEW,
        step="conclude",
        on=on,
        paper=paper,
        note=answers.get("findings", ""),
        changes=answers | {"concluded_on": on},
        facts=answers,
    )

"""The deeds of judicial confirmation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from casework.codes import code_name
from casework.deadlines import due_date
from casework.services import amend_record, follow, move_record, open_record
from casework.workflow import NotPossible
from mediation.models import Dispute, JudicialConfirmation
from mediation.selectors import confirmation_refusal
from mediation.workflow.confirmations import CONFIRMATION
from mediation.workflow.disputes import CONFIRM_WITHIN
from offices.models import Membership

# Civil Procedure Law, art. 205: the court that invited to mediate has jurisdiction, where one did.
INVITING, FROM_COURT = "inviting", "referral_court"


def plan_confirmation(
    *, actor: Membership, registered_on: date, source_record: Dispute, **fields: Any
) -> JudicialConfirmation:
    """Begin the business: the application is due 30 days after the agreement took effect (article 33).

    Raises NotPossible where the dispute has no written agreement or another application stands.
    """
    reason, effective_on = confirmation_refusal(source_record), source_record.effective_on
    if reason or effective_on is None:
        raise NotPossible(reason)
    _check_ground(source_record, fields["court_ground"])
    confirmation = JudicialConfirmation(registered_on=registered_on, dispute=source_record, **fields)
    confirmation.title = f"{source_record.title}司法确认"[:120]
    open_record(record=confirmation, actor=actor, workflow=CONFIRMATION)
    due = due_date(CONFIRM_WITHIN, effective_on).on
    return follow(confirmation, due_on=due, due_rule=CONFIRM_WITHIN, due_since=effective_on)


def amend_confirmation(
    *, record: JudicialConfirmation, actor: Membership, version: int, **fields: Any
) -> JudicialConfirmation:
    """Correct the court, its ground or the matters."""
    _check_ground(record.dispute, fields["court_ground"])
    return amend_record(record=record, actor=actor, version=version, changes=fields)


def _check_ground(dispute: Dispute, ground: str) -> None:
    if ground == INVITING and dispute.source != FROM_COURT:
        text = _("本件案件来源不是法院委托移送，不能向“邀请调解的人民法院”申请（民事诉讼法第二百零五条）。")
        raise ValidationError({"court_ground": text})


def _move(
    record: JudicialConfirmation, actor: Membership, step: str, on: date, paper: str, **more: Any
) -> JudicialConfirmation:
    return move_record(record=record, actor=actor, workflow=CONFIRMATION, step=step, on=on, paper=paper, **more)


def apply_for_confirmation(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", jointly: bool
) -> JudicialConfirmation:
    """Apply to the court, both parties together."""
    dispute = record.dispute
    effective_on = dispute.effective_on if dispute.agreement_form == Dispute.AgreementForm.WRITTEN else None
    facts = {
        "jointly": jointly,
        "inadmissible": [code_name("mediation.inadmissible", code) for code in record.matters],
        "limit": due_date(CONFIRM_WITHIN, effective_on).on if effective_on else None,
        "written": effective_on is not None,
        "on": on,
    }
    return _move(record, actor, "apply", on, paper, facts=facts, changes={"applied_on": on})


def admit_application(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", court_number: str
) -> JudicialConfirmation:
    """The court takes the application."""
    return _move(record, actor, "admit", on, paper, changes={"court_number": court_number})


def refuse_application(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", note: str
) -> JudicialConfirmation:
    """The court does not take the application."""
    return _move(record, actor, "refuse", on, paper, note=note, changes={"ruled_on": on})


def confirm_agreement(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", note: str = ""
) -> JudicialConfirmation:
    """The court rules the agreement valid."""
    return _move(record, actor, "confirm", on, paper, note=note, changes={"ruled_on": on})


def dismiss_application(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", note: str
) -> JudicialConfirmation:
    """The court dismisses the application."""
    return _move(record, actor, "dismiss", on, paper, note=note, changes={"ruled_on": on})


def give_up_application(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", note: str
) -> JudicialConfirmation:
    """The parties do not apply after all."""
    return _move(record, actor, "give_up", on, paper, note=note)


def withdraw_application(
    *, record: JudicialConfirmation, actor: Membership, on: date, paper: str = "", note: str
) -> JudicialConfirmation:
    """The parties withdraw."""
    return _move(record, actor, "withdraw", on, paper, note=note)

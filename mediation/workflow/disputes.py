"""The states of a dispute and the steps between them (People's Mediation Law; Rules on People's Mediation, 2002)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.workflow import State, Transition, Workflow, all_of
from mediation.workflow.dispute_guards import (
    after_failure,
    before_acceptance,
    before_result,
    both_consent,
    court_told_of_agreement,
    has_agreement,
    has_result,
    is_agreed,
    is_settled,
    is_to_be_performed,
    may_be_closed,
    may_be_ended,
    mediators_named,
    nobody_refuses,
    rights_told,
    signed_by_all,
)
from mediation.workflow.minors import adults_confirmed, ages_known, guardians_named
from offices.permissions import Action

# Art. 33 of the 2002 Rules: a dispute is in general settled within one month of its acceptance.
CONCLUDE_WITHIN = "mediation.conclude"
# Art. 33 of the Law: who finds it necessary may ask for judicial confirmation within 30 days of the effect. No step
# starts it: nobody has to ask, so that nothing of the dispute is overdue when these days are over.
CONFIRM_WITHIN = "mediation.confirmation"
ACCEPT_WITHIN = "mediation.accept"
VISIT_WITHIN = "mediation.return_visit"
RECEIPT_WITHIN = "mediation.receipt"
CLOSE_WITHIN = "mediation.close"
ARCHIVE_WITHIN = "mediation.archive"
EXTEND_BY = "mediation.extend"

AGREED = ("agreed_written", "agreed_oral")
BEFORE_RESULT = ("accepted", "assigned", "mediating")
# Where an agreement may still be performed, or seen not to be.
PERFORMABLE = (*AGREED, "performing", "visited", "transferred")
AFTER_RESULT = (*AGREED, "performing", "performed", "breached", "failed", "visited")

WORKFLOW = Workflow(
    voids=True,
    deciders={
        "committee": _("调委会"),
        "mediator": pgettext_lazy("decider", "调解员"),
        "parties": pgettext_lazy("decider", "双方当事人"),
        "office": pgettext_lazy("decider", "司法所"),
    },
    states=(
        State("registered", _("已登记"), "amber"),
        State("accepted", _("已受理"), "blue"),
        State("rejected", pgettext_lazy("state", "不予受理"), "", is_open=False),
        State("assigned", _("已指派"), "blue"),
        State("mediating", _("调解中"), "blue"),
        State("agreed_written", _("书面协议"), "green"),
        State("agreed_oral", _("口头协议"), "green"),
        State("failed", _("调解不成"), "red"),
        State("performing", _("履行中"), "blue"),
        State("performed", _("履行完毕"), "green"),
        State("breached", _("未履行"), "red"),
        State("visited", _("已回访"), "green"),
        State("closed", _("已结案"), "", is_open=False),
        State("archived", _("已归档"), "", is_open=False),
        State("transferred", _("已移交"), "", is_open=False),
    ),
    transitions=(
        Transition(
            code="accept",
            label=_("受理"),
            sources=("registered",),
            target="accepted",
            action=Action.HANDLE_RECORD,
            decider="committee",
            counts=("accepted",),
            starts=CONCLUDE_WITHIN,
            guard=nobody_refuses,
            dates=("accepted_on",),
        ),
        Transition(
            code="reject",
            label=_("不予受理"),
            sources=("registered",),
            target="rejected",
            action=Action.HANDLE_RECORD,
            decider="committee",
            counts=("rejected",),
            dates=("concluded_on",),
        ),
        Transition(
            code="assign",
            label=_("指定调解员"),
            sources=("accepted",),
            target="assigned",
            action=Action.HANDLE_RECORD,
            decider="committee",
            keeps_due=True,
            guard=mediators_named,
        ),
        # Who leaves or is objected to is replaced wherever the case stands.
        *(
            Transition(
                code=code,
                label=_("更换调解员"),
                sources=(state,),
                target=state,
                action=Action.HANDLE_RECORD,
                decider="committee",
                keeps_due=True,
                guard=mediators_named,
            )
            for code, state in (("reassign", "assigned"), ("replace", "mediating"))
        ),
        Transition(
            code="begin",
            label=_("开始调解"),
            sources=("assigned",),
            target="mediating",
            action=Action.HANDLE_RECORD,
            decider="mediator",
            keeps_due=True,
            guard=all_of(rights_told, guardians_named),
        ),
        Transition(
            code="extend",
            label=_("延长期限"),
            sources=("mediating",),
            target="mediating",
            action=Action.HANDLE_RECORD,
            decider="parties",
            keeps_due=True,
            guard=both_consent,
        ),
        Transition(
            code="agree_in_writing",
            label=_("达成书面协议"),
            sources=("mediating",),
            target="agreed_written",
            action=Action.HANDLE_RECORD,
            decider="parties",
            counts=("succeeded",),
            starts=VISIT_WITHIN,
            guard=all_of(guardians_named, ages_known, signed_by_all),
            dates=("agreed_on", "concluded_on"),
        ),
        Transition(
            code="agree_orally",
            label=_("达成口头协议"),
            sources=("mediating",),
            target="agreed_oral",
            action=Action.HANDLE_RECORD,
            decider="parties",
            counts=("succeeded",),
            starts=VISIT_WITHIN,
            guard=all_of(guardians_named, adults_confirmed),
            dates=("agreed_on", "effective_on", "concluded_on"),
        ),
        Transition(
            code="fail",
            label=_("调解不成"),
            sources=BEFORE_RESULT,
            target="failed",
            action=Action.HANDLE_RECORD,
            decider="mediator",
            counts=("failed",),
            starts=CLOSE_WITHIN,
            guard=may_be_ended,
            dates=("concluded_on",),
        ),
        Transition(
            code="follow_performance",
            label=_("跟踪履行"),
            sources=(*AGREED, "visited", "transferred"),
            target="performing",
            action=Action.HANDLE_RECORD,
            decider="committee",
            guard=has_agreement,
            fits=is_to_be_performed,
        ),
        Transition(
            code="perform",
            label=_("履行完毕"),
            sources=(*PERFORMABLE, "breached"),
            target="performed",
            action=Action.HANDLE_RECORD,
            decider="committee",
            starts=VISIT_WITHIN,
            guard=has_agreement,
            fits=is_to_be_performed,
        ),
        Transition(
            code="breach",
            label=_("未履行"),
            sources=PERFORMABLE,
            target="breached",
            action=Action.HANDLE_RECORD,
            decider="committee",
            starts=VISIT_WITHIN,
            guard=court_told_of_agreement,
            fits=is_to_be_performed,
        ),
        Transition(
            code="sue",
            label=_("反悔起诉"),
            sources=(*PERFORMABLE, "performed", "breached"),
            target="breached",
            action=Action.HANDLE_RECORD,
            decider="parties",
            counts=("sued",),
            keeps_due=True,
            guard=has_agreement,
            fits=is_agreed,
            dates=("sued_on",),
        ),
        # A party may go to court when the case has long been filed: that is counted, and opens nothing again.
        *(
            Transition(
                code=f"sue_{state}",
                label=_("反悔起诉"),
                sources=(state,),
                target=state,
                action=Action.HANDLE_RECORD,
                decider="parties",
                counts=("sued",),
                keeps_due=True,
                guard=has_agreement,
                fits=is_agreed,
                dates=("sued_on",),
            )
            for state in ("closed", "archived")
        ),
        Transition(
            code="visit",
            label=_("登记回访"),
            sources=(*AGREED, "performing", "performed", "breached", "failed", "transferred"),
            target="visited",
            action=Action.HANDLE_RECORD,
            decider="mediator",
            starts=CLOSE_WITHIN,
            guard=has_result,
            fits=is_settled,
        ),
        Transition(
            code="close",
            label=_("结案"),
            sources=("performed", "breached", "failed", "visited", "transferred"),
            target="closed",
            action=Action.CLOSE_RECORD,
            decider="committee",
            starts=ARCHIVE_WITHIN,
            guard=may_be_closed,
            fits=lambda record: record.accepted_on is not None,
            dates=("closed_on",),
        ),
        Transition(
            code="archive",
            label=_("归档"),
            sources=("closed",),
            target="archived",
            action=Action.CLOSE_RECORD,
            decider="committee",
            dates=("archived_on",),
        ),
        Transition(
            code="divert",
            label=_("分流"),
            sources=("registered",),
            target="transferred",
            action=Action.HANDLE_RECORD,
            decider="office",
            counts=("diverted",),
            starts=RECEIPT_WITHIN,
            dates=("concluded_on",),
        ),
        Transition(
            code="transfer",
            label=_("移交"),
            sources=BEFORE_RESULT,
            target="transferred",
            action=Action.HANDLE_RECORD,
            decider="committee",
            counts=("transferred",),
            starts=RECEIPT_WITHIN,
            dates=("concluded_on",),
        ),
        # After the result nothing is counted a second time: the case has left the balance already.
        Transition(
            code="pass_on",
            label=_("移交其他途径"),
            sources=AFTER_RESULT,
            target="transferred",
            action=Action.HANDLE_RECORD,
            decider="committee",
            starts=RECEIPT_WITHIN,
        ),
        # The receiver does not take it: the case is again what it was, and what the transfer counted is taken back. One
        # with an agreement goes on by the steps of its performance. Another month of mediation begins on that day.
        Transition(
            code="return_registered",
            label=_("退回后重新审查"),
            sources=("transferred",),
            target="registered",
            action=Action.HANDLE_RECORD,
            decider="office",
            starts=ACCEPT_WITHIN,
            guard=before_acceptance,
            fits=lambda record: record.accepted_on is None,
        ),
        Transition(
            code="return_accepted",
            label=_("退回后继续调解"),
            sources=("transferred",),
            target="accepted",
            action=Action.HANDLE_RECORD,
            decider="committee",
            starts=CONCLUDE_WITHIN,
            guard=before_result,
            fits=lambda record: record.accepted_on is not None and not is_settled(record),
        ),
        Transition(
            code="return_failed",
            label=_("退回后另寻途径"),
            sources=("transferred",),
            target="failed",
            action=Action.HANDLE_RECORD,
            decider="committee",
            starts=CLOSE_WITHIN,
            guard=after_failure,
            fits=lambda record: bool(record.failure),
        ),
    ),
)

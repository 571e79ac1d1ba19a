"""The review of a crime: what the shared pages show and do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.lines import Column, RecordType, Referral, Reminder, SearchFields, Step
from casework.showing import label_of
from casework.tables import show_date
from mediation import filters
from mediation.declarations import ledgers
from mediation.declarations.dispute_parts import EVER
from mediation.declarations.organisations import DUE, OFFICE, facts, initial, state_column
from mediation.documents import REVIEW_DOCUMENTS
from mediation.forms import reviews as forms
from mediation.models import CriminalReview, Dispute
from mediation.selectors import known_before_crime, review_refusal
from mediation.services import reviews as services
from mediation.workflow.reviews import REVIEW, REVIEW_WITHIN
from offices.permissions import Action


def known(review: CriminalReview) -> list[dict[str, Any]]:
    """Return what the portal itself knows of the time before the crime."""
    answers = {True: _("有"), False: _("没有")}
    return [
        {"name": f"{label_of(CriminalReview, name)}{translate('：')}{answers[there]}", "icon": "search"}
        for name, there in known_before_crime(review.dispute).items()
    ]


REVIEW_TYPE = RecordType(
    model=CriminalReview,
    slug="reviews",
    label=_("民转刑倒查"),
    labels=pgettext_lazy("plural", "民转刑案件倒查"),
    icon="search",
    group="",
    only_referred=True,
    open_action=Action.OPEN_REVIEW,
    workflow=REVIEW,
    columns=(
        Column(name="title", label=_("名称")),
        state_column(REVIEW),
        Column(name="registered_on", label=_("启动日期"), reduced=True, show=show_date),
        Column(name="concluded_on", label=_("结论日期"), reduced=True, show=show_date),
        DUE,
        OFFICE,
    ),
    filterset=filters.ReviewFilter,
    ledger=ledgers.REVIEWS,
    search=SearchFields(names=("responsible",), words=("title", "event")),
    facts=facts(
        *("event", "registered_on", "account", "accounted_on", "was_screened", "was_mediated", "was_alerted"),
        *("responsible", "findings", "measures", "concluded_on"),
    ),
    open_form=forms.ReviewForm,
    open_service=services.open_review,
    open_label=_("启动民转刑倒查"),
    open_hint=_("启动后由司法所报送情况说明，县司法局作出结论。"),
    rule_labels={REVIEW_WITHIN: _("启动倒查")},
    amend_form=forms.ReviewForm,
    amend_initial=initial(forms.ReviewForm),
    amend_service=services.amend_review,
    amend_states=REVIEW.open_states(),
    steps=(
        Step(transition="account", form=forms.AccountForm, service=services.account_for_review, primary=True),
        Step(transition="conclude", form=forms.ConcludeForm, service=services.conclude_review, primary=True),
    ),
    documents=REVIEW_DOCUMENTS,
    reminders=(
        Reminder(states=("opened",), text=_("报送情况说明"), step="account", action=_("报送")),
        Reminder(states=("accounted",), text=_("作出倒查结论"), step="conclude", action=_("作出结论")),
    ),
    panels=((_("案发前的系统记录"), "components/file_row.html", known),),
    accepts=(
        Referral(
            source=Dispute.record_type(),
            label=_("启动民转刑倒查"),
            states=EVER,
            most=1,
            refusal=review_refusal,
        ),
    ),
)

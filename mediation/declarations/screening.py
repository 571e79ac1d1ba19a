"""Screening: what the shared pages show and do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.lines import Column, PartType, RecordType, Referral, Reminder, SearchFields, Step
from casework.tables import show_date
from mediation import filters
from mediation.declarations import ledgers
from mediation.declarations.dispute_parts import line_of
from mediation.declarations.organisations import DUE, OFFICE, code_column, facts, initial, state_column
from mediation.documents import ROUND_DOCUMENTS
from mediation.forms import screening as forms
from mediation.models import ScreeningFinding, ScreeningRound, VillageVisit
from mediation.services import screening as services
from mediation.workflow.screening import FINDING, ROUND

ROUND_TYPE = RecordType(
    model=ScreeningRound,
    slug="rounds",
    label=_("矛盾纠纷排查"),
    labels=pgettext_lazy("plural", "矛盾纠纷排查"),
    icon="search",
    workflow=ROUND,
    columns=(
        Column(name="title", label=_("名称"), reduced=True),
        code_column("kind", _("排查类型"), "mediation.screening", reduced=True),
        state_column(ROUND),
        Column(name="started_on", label=_("开始日期"), reduced=True, show=show_date),
        Column(name="ended_on", label=_("结束日期"), reduced=True, show=show_date, wide_only=True),
        Column(name="villages", label=_("覆盖村居数"), reduced=True, wide_only=True),
        OFFICE,
    ),
    filterset=filters.RoundFilter,
    ledger=ledgers.ROUNDS,
    search=SearchFields(names=("organiser",), words=("title", "theme")),
    facts=facts(
        *("kind", "started_on", "ended_on", "organiser", "theme"),
        *("villages", "households", "persons", "key_persons"),
    ),
    open_form=forms.RoundForm,
    open_service=services.open_round,
    open_label=_("登记排查"),
    amend_form=forms.RoundFields,
    amend_initial=initial(forms.RoundFields),
    amend_service=services.amend_round,
    amend_states=ROUND.open_states(),
    steps=(Step(transition="finish", form=forms.FinishForm, service=services.finish_round),),
    documents=ROUND_DOCUMENTS,
    parts=(
        PartType(
            code="village",
            label=_("走访村居"),
            labels=_("走访村居"),
            model=VillageVisit,
            form=forms.VisitForm,
            facts=("on", "households", "persons", "key_persons", "visitors", "note"),
            states=ROUND.open_states(),
            summary=line_of("on", "households", "persons"),
        ),
    ),
)

FINDING_TYPE = RecordType(
    model=ScreeningFinding,
    slug="findings",
    label=_("排查发现的纠纷"),
    labels=pgettext_lazy("plural", "排查发现的纠纷"),
    icon="exclamation-triangle",
    group="",
    only_referred=True,
    workflow=FINDING,
    columns=(
        Column(name="title", label=_("名称")),
        code_column("dispute_type", _("纠纷类型"), "mediation.type", reduced=True),
        state_column(FINDING),
        Column(name="found_on", label=_("发现日期"), reduced=True, show=show_date),
        code_column("level", _("风险等级"), "mediation.alert_level", reduced=True, wide_only=True),
        DUE,
        OFFICE,
    ),
    filterset=filters.FindingFilter,
    ledger=ledgers.FINDINGS,
    search=SearchFields(names=("people",), words=("title", "brief", "place", "village__name")),
    facts=facts("dispute_type", "village", "place", "found_on", "people", "level", "settled_on", "brief"),
    open_form=forms.FindingForm,
    open_service=services.report_finding,
    open_label=_("登记发现的纠纷"),
    counts={"found": _("排查发现")},
    amend_form=forms.FindingForm,
    amend_initial=initial(forms.FindingForm),
    amend_service=services.amend_finding,
    amend_states=FINDING.open_states(),
    steps=(
        Step(transition="settle", form=forms.SettleForm, service=services.settle_finding),
        Step(transition="watch", form=forms.WatchForm, service=services.watch_finding),
    ),
    reminders=(Reminder(states=("watched",), text=_("稳控回看"), step="watch", action=_("登记稳控")),),
    accepts=(
        Referral(
            source=ScreeningRound.record_type(),
            label=_("登记发现的纠纷"),
            states=ROUND.open_states(),
            prefill=lambda screening: ({"found_on": screening.started_on}, None),
            primary=True,
        ),
    ),
)

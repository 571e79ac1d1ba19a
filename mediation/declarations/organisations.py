"""The registers: what the shared pages show and do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.codes import code_label
from casework.lines import Column, PartType, RecordType, Reminder, SearchFields, Step
from casework.models import Record
from casework.showing import facts_of, initial_of
from casework.tables import show_date
from casework.workflow import Workflow
from mediation import filters
from mediation.declarations import ledgers
from mediation.declarations.dispute_parts import line_of
from mediation.documents import COMMITTEE_DOCUMENTS, MEDIATOR_DOCUMENTS
from mediation.forms import organisations as forms
from mediation.models import (
    Allowance,
    CentreReception,
    Commendation,
    CommitteeTerm,
    Funding,
    MediationCommittee,
    MediationStudio,
    Mediator,
    MediatorPost,
    OneStopCenter,
    ResidentUnit,
    Training,
    TrainingCourse,
)
from mediation.selectors import composition_problems, hours_by_year, serving_of
from mediation.services import organisations as services
from mediation.workflow.organisations import CENTER, COMMITTEE, MEDIATOR, STUDIO


def state_column(workflow: Workflow) -> Column:
    """Return the column of the state as a coloured tag."""
    return Column(
        name="state",
        label=_("状态"),
        reduced=True,
        show=lambda code: workflow.state(code).label,
        tone=lambda code: workflow.state(code).tone,
    )


def code_column(name: str, label: Any, table: str, **more: Any) -> Column:
    """Return the column of a code."""
    return Column(name=name, label=label, show=lambda code: code_label(table, code) if code else "", **more)


OFFICE = Column(name="office__short_name", label=_("司法所"), reduced=True, wide_only=True)
DUE = Column(name="due_on", label=_("办理期限"), show=show_date, wide_only=True)


def facts(*names: str) -> Callable[[Record], list[tuple[Any, Any, bool]]]:
    """Return a function that shows these fields of a record."""
    return lambda record: facts_of(record, names)


def initial(form: type[Any]) -> Callable[[Record], tuple[dict[str, Any], list[dict[str, Any]] | None]]:
    """Return a function that gives a form its stored values."""
    return lambda record: (initial_of(record, form.base_fields), None)


def members(committee: MediationCommittee) -> list[dict[str, Any]]:
    """Return who serves in a committee today."""
    rows = []
    for mediator in serving_of(committee, timezone.localdate()):
        shown: list[Any] = [mediator.get_position_display() or mediator.get_kind_display(), mediator.get_sex_display()]
        shown += [_("专职")] if mediator.is_full_time else []
        rows.append(
            {"name": mediator.title, "role": shown[0], "line": " · ".join(str(text) for text in shown[1:] if text)}
        )
    return rows


def problems(committee: MediationCommittee) -> list[dict[str, Any]]:
    """Return what article 8 asks and is not so today."""
    found = composition_problems(committee, timezone.localdate()) if committee.state != "dissolved" else []
    return [{"name": problem, "icon": "exclamation-triangle"} for problem in found]


def terms(committee: MediationCommittee) -> list[dict[str, Any]]:
    """Return the past terms of a committee, the latest first."""
    found = CommitteeTerm.objects.filter(committee=committee)[:MOST_TERMS]
    return [{"name": str(term), "icon": "calendar3", "line": term.filing_number} for term in found]


def posts(mediator: Mediator) -> list[dict[str, Any]]:
    """Return the earlier posts of a mediator in the order of their days."""
    return [
        {"name": str(post), "icon": "person-badge", "line": f"{post.since} – {post.until}"}
        for post in MediatorPost.objects.filter(mediator=mediator)
    ]


def training_hours(mediator: Mediator) -> list[dict[str, Any]]:
    """Return how many hours a mediator was taught in each of the last years."""
    return [
        {"name": _("%(year)d年：%(n)d学时") % {"year": year, "n": hours}, "icon": "journal-text"}
        for year, hours in hours_by_year(mediator)[:MOST_YEARS]
    ]


def _register(code: str, model: type[Any], form: type[Any], line: str, states: frozenset[str], **more: Any) -> PartType:
    label = model._meta.verbose_name
    names = tuple(form.base_fields)
    given = {"label": label, "labels": label, "facts": names, "summary": line_of(*line.split())}
    return PartType(code=code, model=model, form=form, states=states, **given | more)


MOST_TERMS, MOST_YEARS = 10, 5
RUNNING = frozenset({"running"})
SERVING = frozenset({"serving"})

COMMITTEE_TYPE = RecordType(
    model=MediationCommittee,
    slug="committees",
    label=_("调委会"),
    labels=pgettext_lazy("plural", "调解组织"),
    icon="building",
    group="registers",
    in_villages=lambda villages: Q(village__in=villages),
    workflow=COMMITTEE,
    columns=(
        Column(name="title", label=_("名称"), reduced=True),
        code_column("kind", _("调委会类型"), "mediation.committee_kind", reduced=True),
        state_column(COMMITTEE),
        Column(name="established_on", label=_("设立日期"), reduced=True, show=show_date, wide_only=True),
        Column(name="term_until", label=_("本届任期至"), reduced=True, show=show_date, wide_only=True),
        OFFICE,
    ),
    filterset=filters.CommitteeFilter,
    ledger=ledgers.COMMITTEES,
    search=SearchFields(names=("title", "short_name"), words=("site", "village__name")),
    facts=facts(
        *(
            "kind",
            "industry",
            "village",
            "code",
            "established_on",
            "filed_on",
            "filing_number",
            "term_from",
            "term_until",
        ),
        *("site", "telephone", "has_room", "has_seal", "is_standardised", "in_minority_area", "dissolved_on"),
    ),
    open_form=forms.CommitteeForm,
    open_service=services.register_committee,
    open_label=_("登记调委会"),
    open_hint=_("登记调解员后办理设立备案，任期三年自动计算。"),
    amend_form=forms.CommitteeForm,
    amend_initial=initial(forms.CommitteeForm),
    amend_service=services.amend_committee,
    amend_states=COMMITTEE.open_states(),
    steps=(
        Step(transition="establish", form=forms.TermForm, service=services.establish_committee, primary=True),
        Step(transition="renew", form=forms.TermForm, service=services.renew_committee, primary=True),
        Step(transition="dissolve", form=forms.NotedForm, service=services.dissolve_committee),
        Step(transition="give_up", form=forms.NotedForm, service=services.give_up_committee),
    ),
    documents=COMMITTEE_DOCUMENTS,
    reminders=(
        Reminder(states=("running",), text=_("任期将满，组织换届"), step="renew", action=_("登记换届"), days_ahead=60),
    ),
    panels=(
        (_("现任调解员"), "components/person_row.html", members),
        (_("组成核对"), "components/file_row.html", problems),
        (_("历届任期"), "components/file_row.html", terms),
    ),
    parts=(
        _register("funding", Funding, forms.FundingForm, "on amount payer", RUNNING, counts=(("funded", "on"),)),
        _register("course", TrainingCourse, forms.CourseForm, "on topic hours", RUNNING, counts=(("held", "on"),)),
    ),
)

MEDIATOR_TYPE = RecordType(
    model=Mediator,
    slug="mediators",
    label=_("人民调解员"),
    labels=pgettext_lazy("plural", "调解员"),
    icon="person-badge",
    group="registers",
    workflow=MEDIATOR,
    columns=(
        Column(name="title", label=_("姓名")),
        Column(name="committee__title", label=_("调解组织"), reduced=True),
        state_column(MEDIATOR),
        code_column("origin", _("人员来源"), "mediation.mediator_origin", reduced=True, wide_only=True),
        Column(name="appointed_from", label=_("任职日期"), reduced=True, show=show_date),
        Column(name="appointed_until", label=_("离任日期"), reduced=True, show=show_date, wide_only=True),
        OFFICE,
    ),
    filterset=filters.MediatorFilter,
    ledger=ledgers.MEDIATORS,
    search=SearchFields(
        names=("title",),
        words=("committee__title",),
        by_identifier=lambda number: Mediator.objects.filter(id_index=number).values("pk"),
    ),
    facts=facts(
        *("committee", "kind", "position", "is_full_time", "sex", "birth_date", "is_minority", "education"),
        *("has_law_degree", "origin", "grade", "certificate", "certificate_on", "certificate_until", "id_number"),
        *("phone", "appointed_from", "post_since", "appointed_until", "departure"),
    ),
    open_form=forms.MediatorForm,
    open_service=services.appoint_mediator,
    open_label=_("登记调解员"),
    counts={"appointed": pgettext_lazy("event", "任职")},
    amend_form=forms.MediatorForm,
    amend_initial=initial(forms.MediatorForm),
    amend_service=services.amend_mediator,
    amend_states=MEDIATOR.open_states(),
    steps=(
        Step(transition="change_post", form=forms.PostForm, service=services.change_post),
        Step(transition="leave", form=forms.LeaveForm, service=services.end_service),
    ),
    panels=(
        (_("任职经历"), "components/file_row.html", posts),
        (_("培训学时"), "components/file_row.html", training_hours),
    ),
    documents=MEDIATOR_DOCUMENTS,
    parts=(
        _register("training", Training, forms.TrainingForm, "on hours", SERVING, counts=(("trained", "on"),)),
        _register("allowance", Allowance, forms.AllowanceForm, "kind amount", SERVING, counts=(("paid", "on"),)),
        _register(
            "commendation", Commendation, forms.CommendationForm, "on giver", SERVING, counts=(("commended", "on"),)
        ),
    ),
)

STUDIO_TYPE = RecordType(
    model=MediationStudio,
    slug="studios",
    label=_("个人调解工作室"),
    labels=pgettext_lazy("plural", "个人调解工作室"),
    icon="house",
    group="registers",
    workflow=STUDIO,
    columns=(
        Column(name="title", label=_("名称"), reduced=True),
        Column(name="committee__title", label=_("调解组织"), reduced=True),
        state_column(STUDIO),
        Column(name="established_on", label=_("设立日期"), reduced=True, show=show_date),
        OFFICE,
    ),
    filterset=filters.StudioFilter,
    ledger=ledgers.STUDIOS,
    search=SearchFields(names=("title", "leader__title"), words=("committee__title", "site", "speciality", "honours")),
    facts=facts("committee", "leader", "established_on", "site", "speciality", "honours", "dissolved_on"),
    open_form=forms.StudioForm,
    open_service=services.open_studio,
    open_label=_("登记个人调解工作室"),
    counts={"studio_opened": _("设立")},
    amend_form=forms.StudioForm,
    amend_initial=initial(forms.StudioForm),
    amend_service=services.amend_studio,
    amend_states=STUDIO.open_states(),
    steps=(Step(transition="dissolve", form=forms.NotedForm, service=services.dissolve_studio),),
)

CENTER_TYPE = RecordType(
    model=OneStopCenter,
    slug="centers",
    label=_("一站式调解中心"),
    labels=pgettext_lazy("plural", "一站式中心"),
    icon="signpost-2",
    group="registers",
    workflow=CENTER,
    columns=(
        Column(name="title", label=_("名称"), reduced=True),
        Column(name="host", label=_("依托单位"), reduced=True),
        state_column(CENTER),
        Column(name="opened_on", label=pgettext_lazy("centre", "启用日期"), reduced=True, show=show_date),
        OFFICE,
    ),
    filterset=filters.CenterFilter,
    ledger=ledgers.CENTERS,
    search=SearchFields(names=("title",), words=("host", "site")),
    facts=facts("host", "site", "telephone", "windows", "opened_on", "is_merged", "closed_on"),
    open_form=forms.CenterForm,
    open_service=services.open_center,
    open_label=_("登记一站式中心"),
    amend_form=forms.CenterForm,
    amend_initial=initial(forms.CenterForm),
    amend_service=services.amend_center,
    amend_states=CENTER.open_states(),
    steps=(Step(transition="dissolve", form=forms.NotedForm, service=services.close_center),),
    parts=(
        _register(
            "reception", CentreReception, forms.ReceptionForm, "visitors taken", RUNNING, counts=(("received", "on"),)
        ),
        _register("resident", ResidentUnit, forms.ResidentForm, "kind people since", RUNNING),
    ),
)

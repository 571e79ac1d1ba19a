"""Forms of the registers: a round of screening, a committee, a mediator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from casework.lines import Document
from casework.models import Record
from casework.workflow import Workflow
from mediation.documents.context import row_of, rows
from mediation.models import (
    Commendation,
    CommitteeTerm,
    MediationCommittee,
    Mediator,
    MediatorPost,
    ScreeningFinding,
    ScreeningRound,
    Training,
    VillageVisit,
)
from mediation.selectors import hours_by_year, serving_of
from mediation.workflow.organisations import COMMITTEE, MEDIATOR
from mediation.workflow.screening import FINDING, ROUND

COMMITTEE_FIELDS = (
    *("title", "kind", "industry", "code", "established_on", "filed_on", "filing_number", "term_from", "term_until"),
    *("site", "telephone", "has_room", "has_seal", "is_standardised"),
)
MEMBER_FIELDS = ("title", "sex", "birth_date", "education", "kind", "position", "is_full_time", "is_minority", "origin")
MEDIATOR_FIELDS = (
    *MEMBER_FIELDS,
    *("has_law_degree", "grade", "certificate", "certificate_on", "certificate_until", "id_number"),
    *("appointed_from", "appointed_until", "departure"),
)


def screening(record: Record) -> Mapping[str, Any]:
    """Return a round with its villages and what it found."""
    found = ScreeningRound.objects.select_related("office").get(pk=record.pk)
    visits = list(VillageVisit.objects.filter(round=found).select_related("village"))
    findings = ScreeningFinding.objects.filter(round=found).select_related("village").order_by("found_on", "pk")
    with override("zh-hans"):
        return {
            "round": row_of(found, "kind", "started_on", "ended_on", "organiser", "theme"),
            "office_name": found.office.name,
            "visits": [
                {**row_of(visit, "on", "households", "persons", "key_persons", "visitors", "note"), "village": village}
                for visit in visits
                if (village := visit.village.short_name)
            ],
            "sums": {name: sum(getattr(visit, name) for visit in visits) for name in ("households", "persons")},
            "findings": [_finding(finding) for finding in findings],
        }


def _finding(finding: ScreeningFinding) -> dict[str, Any]:
    return {
        **row_of(finding, "found_on", "people", "dispute_type", "level", "brief", "settled_on"),
        "place": f"{finding.village.short_name}{finding.place}",
        "state": str(FINDING.state(finding.state).label),
    }


def committee_form(record: Record) -> Mapping[str, Any]:
    """Return a committee with who serves in it today."""
    found = MediationCommittee.objects.select_related("office").get(pk=record.pk)
    with override("zh-hans"):
        members = [
            {**row_of(member, *MEMBER_FIELDS), "birth_date": member.birth_date}
            for member in serving_of(found, timezone.localdate())
        ]
        return {
            "committee": row_of(found, *COMMITTEE_FIELDS),
            "office_name": found.office.name,
            "members": members,
            "terms": rows(CommitteeTerm.objects.filter(committee=found), "since", "until", "filing_number"),
        }


def mediator_form(record: Record) -> Mapping[str, Any]:
    """Return a mediator with earlier posts, courses and commendations."""
    found = Mediator.objects.select_related("committee").get(pk=record.pk)
    with override("zh-hans"):
        return {
            "mediator": {
                **row_of(found, *MEDIATOR_FIELDS),
                "phone": found.phone or "",
                "committee": found.committee.title,
            },
            "posts": [
                {"name": str(post), "since": post.since, "until": post.until}
                for post in MediatorPost.objects.filter(mediator=found)
            ],
            "hours": hours_by_year(found),
            "trainings": rows(Training.objects.filter(mediator=found), "on", "topic", "organiser", "hours"),
            "commendations": rows(Commendation.objects.filter(mediator=found), "on", "kind", "giver"),
        }


def _form(code: str, label: Any, context: Any, workflow: Workflow) -> Document:
    states = frozenset(state.code for state in workflow.states)
    template = f"print/mediation/{code}.html"
    return Document(code=code, label=label, template=template, context=context, states=states)


ROUND_DOCUMENTS = (_form("screening_register", _("矛盾纠纷排查登记表"), screening, ROUND),)
COMMITTEE_DOCUMENTS = (_form("committee_register", _("人民调解委员会登记表"), committee_form, COMMITTEE),)
MEDIATOR_DOCUMENTS = (_form("mediator_register", _("人民调解员登记表"), mediator_form, MEDIATOR),)

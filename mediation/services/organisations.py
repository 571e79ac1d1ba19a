"""The deeds of the registers: committees, mediators, studios, centres."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from casework.deadlines import due_date
from casework.services import amend_record, count_event, lock, move_record, open_record
from casework.workflow import NotPossible
from mediation.models import (
    CentreReception,
    Funding,
    MediationCommittee,
    MediationStudio,
    Mediator,
    OneStopCenter,
    ResidentUnit,
)
from mediation.selectors import composition_problems, serving_of
from mediation.services.appointments import check_appointment, check_director, close_post, first_post_since
from mediation.services.terms import founded_before_its_deeds, keep_term, not_before
from mediation.workflow.organisations import CENTER, COMMITTEE, MEDIATOR, MISCONDUCT, STUDIO, TERM
from offices.models import Membership
from offices.secrecy import UNCHANGED


def _fill(record: Any, values: dict[str, Any]) -> Any:
    for name, value in values.items():
        if value != UNCHANGED:
            setattr(record, name, value)
    return record


def _changes(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != UNCHANGED}


def register_committee(*, actor: Membership, registered_on: date, **fields: Any) -> MediationCommittee:
    """Register a committee that is being formed."""
    record = _fill(MediationCommittee(registered_on=registered_on), fields)
    return open_record(record=record, actor=actor, workflow=COMMITTEE)


@transaction.atomic
def amend_committee(
    *, record: MediationCommittee, actor: Membership, version: int, **fields: Any
) -> MediationCommittee:
    """Correct a committee. A corrected day of foundation moves its count, and comes before whatever was done since."""
    if record.state == "running":
        founded_before_its_deeds(record, fields.get("established_on", record.established_on))
    committee = amend_record(record=record, actor=actor, version=version, changes=_changes(fields))
    if committee.state == "running":
        count_event(committee, kind="established", on=committee.established_on)
    return committee


@transaction.atomic
def establish_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", term_from: date, **filing: Any
) -> MediationCommittee:
    """Establish a committee: its members are elected, its term runs, it is filed with the county.

    One that was founded before it came into the portal keeps its day of foundation, and counts on it.
    """
    founded = min(record.established_on, on)
    not_before("term_from", term_from, founded, _("任期起始日期不能早于设立日期（%(day)s）。"))
    facts = {"problems": composition_problems(record, on)}
    committee = move_record(
        record=record,
        actor=actor,
        workflow=COMMITTEE,
        step="establish",
        on=on,
        paper=paper,
        changes={**filing, "established_on": founded, **_term(term_from)},
        facts=facts,
        due_from=term_from,
    )
    count_event(committee, kind="established", on=founded)
    return committee


@transaction.atomic
def renew_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", term_from: date, **filing: Any
) -> MediationCommittee:
    """Begin a new term after an election; the one before it ends the day before at the latest and is kept."""
    keep_term(record, term_from, actor)
    facts = {"problems": composition_problems(record, on)}
    return move_record(
        record=record,
        actor=actor,
        workflow=COMMITTEE,
        step="renew",
        on=on,
        paper=paper,
        changes={**filing, **_term(term_from)},
        facts=facts,
        due_from=term_from,
    )


def _term(term_from: date) -> dict[str, Any]:
    return {"term_from": term_from, "term_until": due_date(TERM, term_from).on}


def dissolve_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", note: str
) -> MediationCommittee:
    """Dissolve a committee that has no mediators any more."""
    return _end_committee("dissolve", record=record, actor=actor, on=on, paper=paper, note=note)


def give_up_committee(
    *, record: MediationCommittee, actor: Membership, on: date, paper: str = "", note: str
) -> MediationCommittee:
    """Give up a committee that is still being formed and has no mediators any more."""
    return _end_committee("give_up", record=record, actor=actor, on=on, paper=paper, note=note)


def _end_committee(step: str, *, record: MediationCommittee, on: date, **given: Any) -> MediationCommittee:
    if record.state == "running":
        not_before("on", on, record.established_on, _("撤销日期不能早于设立日期（%(day)s）。"))
    last = Funding.objects.filter(committee=record).order_by("-on").values_list("on", flat=True).first()
    not_before("on", on, last, _("%(day)s还登记有经费到账，撤销日期不能早于这一天。"))
    return move_record(
        record=record,
        workflow=COMMITTEE,
        step=step,
        on=on,
        changes={"dissolved_on": on},
        facts={
            "serving": Mediator.objects.filter(committee=record, state="serving").count()
            or serving_of(record, on).count(),
            "studios": MediationStudio.objects.filter(committee=record, state="running").count(),
        },
        **given,
    )


@transaction.atomic
def appoint_mediator(*, actor: Membership, registered_on: date, **fields: Any) -> Mediator:
    """Enter a mediator in the register; the service counts from the day of appointment."""
    record = _fill(Mediator(registered_on=registered_on), fields)
    if record.committee.state == "dissolved":
        raise NotPossible(_("该调委会已撤销，不能再聘任调解员。"))
    check_appointment(record)
    mediator = open_record(record=record, actor=actor, workflow=MEDIATOR)
    count_event(mediator, kind="appointed", on=mediator.appointed_from)
    return mediator


@transaction.atomic
def amend_mediator(*, record: Mediator, actor: Membership, version: int, **fields: Any) -> Mediator:
    """Correct a mediator's entry. A corrected day of appointment moves its count."""
    amended = _fill(Mediator.objects.get(pk=record.pk), fields)
    check_appointment(amended)
    told = {name: getattr(amended, name) for name in ("birth_date", "sex")}
    mediator = amend_record(record=record, actor=actor, version=version, changes=_changes(fields) | told)
    first_post_since(mediator)
    count_event(mediator, kind="appointed", on=mediator.appointed_from)
    return mediator


@transaction.atomic
def change_post(
    *,
    record: Mediator,
    actor: Membership,
    on: date,
    paper: str = "",
    kind: str,
    position: str,
    note: str = "",
) -> Mediator:
    """Give a mediator another post in the same committee from a day on; the one before it is kept with its days.

    Raises ValidationError for the same post, a day not after its first one, or a second director.
    """
    if (kind, position) == (record.kind, record.position):
        raise ValidationError({"position": _("类别和职务都没有变化。")})
    lock(record.committee)
    close_post(record, on=on, user=actor.user)
    changes = {"kind": kind, "position": position, "post_since": on}
    check_director(_fill(Mediator.objects.get(pk=record.pk), changes))
    return move_record(
        record=record,
        actor=actor,
        workflow=MEDIATOR,
        step="change_post",
        on=on,
        paper=paper,
        note=note,
        changes=changes,
    )


def end_service(
    *, record: Mediator, actor: Membership, on: date, paper: str = "", departure: str, note: str = ""
) -> Mediator:
    """End a mediator's service, with the reason. Removal and dismissal say what was done (article 15).

    Raises ValidationError for a day before the present post began.
    """
    if departure in MISCONDUCT and not note.strip():
        raise ValidationError({"note": _("罢免、解聘调解员，应当写明违法违纪的事实（人民调解法第十五条）。")})
    earliest = record.post_since or record.appointed_from
    not_before("on", on, earliest, _("离任日期不能早于现职起始日期（%(day)s）。"))
    changes = {"appointed_until": on, "departure": departure}
    return move_record(
        record=record, actor=actor, workflow=MEDIATOR, step="leave", on=on, paper=paper, note=note, changes=changes
    )


@transaction.atomic
def open_studio(*, actor: Membership, registered_on: date, **fields: Any) -> MediationStudio:
    """Register a studio that bears a mediator's name."""
    record = _fill(MediationStudio(registered_on=registered_on), fields)
    _check_studio(record)
    studio = open_record(record=record, actor=actor, workflow=STUDIO)
    count_event(studio, kind="studio_opened", on=studio.established_on)
    return studio


@transaction.atomic
def amend_studio(*, record: MediationStudio, actor: Membership, version: int, **fields: Any) -> MediationStudio:
    """Correct a studio's entry."""
    _check_studio(_fill(MediationStudio.objects.get(pk=record.pk), fields))
    studio = amend_record(record=record, actor=actor, version=version, changes=_changes(fields))
    count_event(studio, kind="studio_opened", on=studio.established_on)
    return studio


def _check_studio(studio: MediationStudio) -> None:
    """A studio belongs to a committee that has been founded, and to a mediator who serves in it."""
    founded, appointed = studio.committee.established_on, studio.leader.appointed_from
    not_before("established_on", studio.established_on, founded, _("设立日期不能早于调委会设立日期（%(day)s）。"))
    not_before("established_on", studio.established_on, appointed, _("设立日期不能早于领衔调解员任职日期（%(day)s）。"))


def dissolve_studio(
    *, record: MediationStudio, actor: Membership, on: date, paper: str = "", note: str
) -> MediationStudio:
    """Close a studio."""
    not_before("on", on, record.established_on, _("撤销日期不能早于设立日期（%(day)s）。"))
    changes = {"dissolved_on": on}
    return move_record(
        record=record, actor=actor, workflow=STUDIO, step="dissolve", on=on, paper=paper, note=note, changes=changes
    )


def open_center(*, actor: Membership, registered_on: date, **fields: Any) -> OneStopCenter:
    """Register a one-stop centre."""
    record = _fill(OneStopCenter(registered_on=registered_on), fields)
    return open_record(record=record, actor=actor, workflow=CENTER)


def amend_center(*, record: OneStopCenter, actor: Membership, version: int, **fields: Any) -> OneStopCenter:
    """Correct a centre's entry. It was open when it received people and units."""
    opened_on, late = (
        fields.get("opened_on", record.opened_on),
        _("%(day)s已有接待或入驻记录，启用日期不能晚于这一天。"),
    )
    days = [
        CentreReception.objects.filter(center=record).order_by("on").values_list("on", flat=True).first(),
        ResidentUnit.objects.filter(center=record).order_by("since").values_list("since", flat=True).first(),
    ]
    first = min((day for day in days if day), default=None)
    if first is not None and opened_on > first:
        raise ValidationError({"opened_on": late % {"day": first.isoformat()}})
    return amend_record(record=record, actor=actor, version=version, changes=_changes(fields))


def close_center(*, record: OneStopCenter, actor: Membership, on: date, paper: str = "", note: str) -> OneStopCenter:
    """Close a centre, not before the last day on which it received people."""
    last = CentreReception.objects.filter(center=record).order_by("-on").values_list("on", flat=True).first()
    not_before("on", on, record.opened_on, _("停用日期不能早于启用日期（%(day)s）。"))
    not_before("on", on, last, _("%(day)s还登记有接待，停用日期不能早于这一天。"))
    changes = {"closed_on": on}
    return move_record(
        record=record, actor=actor, workflow=CENTER, step="dissolve", on=on, paper=paper, note=note, changes=changes
    )

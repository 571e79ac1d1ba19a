"""Reading for the line's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.identifiers import IdentifierError, PaperNumber, parse_paper_number
from casework.models import RecordLink
from casework.workflow import VOID
from mediation.likeness import MOST_SIMILAR
from mediation.models import (
    CriminalReview,
    Dispute,
    DisputeMediator,
    Escalation,
    JudicialConfirmation,
    MediationCommittee,
    Mediator,
    MediatorPost,
    Party,
    RiskAlert,
    ScreeningFinding,
    Training,
)
from mediation.models.organisations import serving_on
from mediation.models.parts import Danger
from mediation.workflow.confirmations import ENDED_WITHOUT_RULING, ONLY_WRITTEN
from mediation.workflow.minors import age_is_unknown, has_full_capacity
from mediation.workflow.organisations import MEMBERS_FEWEST, MEMBERS_MOST
from offices.models import Membership, Village
from offices.secrecy import mask_address, mask_id_number, mask_phone

TOWN_KINDS = ("township", "subdistrict")


def opening_initial(membership: Membership) -> dict[str, Any]:
    """Return what a new registration starts with: the office's own committee."""
    own = MediationCommittee.objects.filter(office=membership.office, kind__in=TOWN_KINDS, state="running").first()
    return {"committee": own.pk} if own else {}


def amend_initial(dispute: Dispute) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the stored values of a dispute's form and of its parties in the order of the page, numbers masked."""
    names = ("dispute_type", "village", "occurred_on", "source", "committee", "amount", "brief", "place", "claims")
    more = ("subtype", "scale", "relation", "way", "office_role", "risk_flags")
    counted = ("party_count", "recorder", "is_difficult", "registered_on", "accepted_on")
    fields = {name: getattr(dispute, name) for name in (*names, *more, *counted)}
    return fields, [_shown_party(party) for party in dispute.parties.all()]


def _shown_party(party: Party) -> dict[str, Any]:
    """Return what the page shows of a stored party. ``stated`` is what the number, masked there, says of its holder."""
    sex = party.sex if party.sex in {Party.Sex.MALE, Party.Sex.FEMALE} else ""
    plain = ("role", "kind", "name", "ethnicity", "occupation", "representative", "organisation_kind", "capacity")
    return {
        **{name: getattr(party, name) for name in plain},
        "key": str(party.pk),
        "id_kind": party.id_kind or ("resident_id" if party.kind == Party.Kind.PERSON else ""),
        "identifier": party.credit_code or mask_id_number(party.id_number or ""),
        "stated": _stated(party),
        "sex": sex,
        "birth_date": party.birth_date,
        "own_labour": party.own_labour,
        "phone": mask_phone(party.phone or ""),
        "address": mask_address(party.address or ""),
    }


def _stated(party: Party) -> PaperNumber | None:
    if not party.id_number:
        return None
    try:
        return parse_paper_number(party.id_kind, party.id_number, timezone.localdate())
    except IdentifierError:
        # Stored by an older rule: it says nothing, and is not asked for again.
        return None


def unguarded(dispute: Dispute, day: date) -> list[str]:
    """Return who of a dispute's parties needs a guardian on a day and has none, by name.

    A guardian who has become a party on another side since is none.
    """
    parties = list(Party.objects.filter(dispute=dispute).prefetch_related("guardians"))
    found = []
    for ward in parties:
        if has_full_capacity(ward, day):
            continue
        opponents = {party.id_number for party in parties if party.role != ward.role and party.id_number}
        if all(guardian.id_number in opponents for guardian in ward.guardians.all()):
            found.append(ward.name)
    return found


def ageless(dispute: Dispute, *, unseen: bool = False) -> list[str]:
    """Return whose birth date is unknown, by name; with ``unseen`` not those who were seen to be of age."""
    people = Party.objects.filter(dispute=dispute, kind=Party.Kind.PERSON, birth_date=None)
    return [party.name for party in people if age_is_unknown(party) and not (unseen and party.is_adult)]


def mediators_of(dispute: Dispute) -> list[Mediator]:
    """Return who mediates a dispute."""
    return [part.mediator for part in dispute.mediators.select_related("mediator")]


def compared_note(compared: Mapping[str, str]) -> str:
    """Return what a person said of possible duplicates as a sentence for the history; others' cases are left out."""
    answers = {"yes": _("同一件"), "no": _("不是同一件")}
    known = Dispute.objects.filter(public_id__in=list(compared)[:MOST_SIMILAR]).order_by("pk")
    said = [
        f"{dispute.number or dispute.title}{_('：')}{answers[compared[dispute.public_id]]}"
        for dispute in known
        if compared[dispute.public_id] in answers
    ]
    return _("疑似重复比对：%(said)s") % {"said": _("；").join(said)} if said else ""


def village_name(key: int) -> str:
    """Return a village's short name by its key, empty for one that is gone."""
    village = Village.objects.filter(pk=key).first()
    return village.short_name if village else ""


def committee_name(key: int) -> str:
    """Return a committee's name by its key, empty for one out of scope."""
    committee = MediationCommittee.objects.filter(pk=key).first()
    return committee.title if committee else ""


def crime_of(dispute: Dispute) -> Escalation | None:
    """Return the crime that a dispute grew into, as far as it is entered."""
    return Escalation.objects.filter(dispute=dispute, kind=Danger.CRIME).first()


def review_refusal(dispute: Dispute) -> str:
    """Return why no review of a crime can begin, empty where one can."""
    if crime_of(dispute) is None:
        return _("请先登记激化后果“刑事案件”，再启动民转刑倒查。")
    standing = CriminalReview.objects.filter(dispute=dispute).exists()
    return _("本件已经启动民转刑倒查，不能重复办理。") if standing else ""


def known_before_crime(dispute: Dispute) -> dict[str, bool]:
    """Return, by the question of the review, whether a dispute was found, taken or warned of until the crime."""
    crime = crime_of(dispute)
    day = crime.on if crime else date.max
    links = RecordLink.objects.filter(record_type=dispute.record_type(), record_id=dispute.pk)
    sources = links.filter(source_type=ScreeningFinding.record_type()).values("source_id")
    alerts = RiskAlert.objects.filter(dispute=dispute, raised_at__date__lte=day).exclude(state="voided")
    return {
        "was_screened": ScreeningFinding.objects.filter(pk__in=sources, found_on__lte=day).exists(),
        "was_mediated": dispute.accepted_on is not None and dispute.accepted_on <= day,
        "was_alerted": alerts.exists(),
    }


def serving_of(committee: MediationCommittee, day: date) -> QuerySet[Mediator]:
    """Return a committee's mediators on a day."""
    return Mediator.objects.filter(serving_on(day), committee=committee)


def posts_on(committee: MediationCommittee, day: date) -> list[tuple[Mediator, str, str]]:
    """Return a committee's mediators on a day, each with the kind and position that they held on it."""
    serving = list(serving_of(committee, day))
    earlier = MediatorPost.objects.filter(mediator__in=[one.pk for one in serving], since__lte=day, until__gte=day)
    held = {post.mediator_id: (post.kind, post.position) for post in earlier}
    return [(one, *held.get(one.pk, (one.kind, one.position))) for one in serving]


def hours_by_year(mediator: Mediator) -> list[tuple[int, int]]:
    """Return (year, hours of training) of the years in which a mediator was taught, the latest first."""
    by_year = Training.objects.filter(mediator=mediator).order_by("-on__year").values_list("on__year")
    return list(by_year.annotate(hours=Sum("hours")))


def taught_at_least(hours: int, year: int) -> QuerySet[Any]:
    """Return a query of the ids of mediators in scope who were taught so many hours in a year, or more."""
    within_year = Training.objects.filter(on__gte=date(year, 1, 1), on__lte=date(year, 12, 31))
    sums = within_year.order_by().values("mediator_id").annotate(sum=Sum("hours"))
    return sums.filter(sum__gte=hours).values("mediator_id")


def composition_problems(committee: MediationCommittee, day: date) -> list[str]:
    """Return what article 8 asks of a committee's members and is not so on a day, as sentences."""
    posts = [(one, position) for one, kind, position in posts_on(committee, day) if kind == Mediator.Kind.MEMBER]
    members = [one for one, _position in posts]
    problems = []
    if not MEMBERS_FEWEST <= len(members) <= MEMBERS_MOST:
        problems.append(_("委员应为三至九人，现有%(n)d人。") % {"n": len(members)})
    if sum(position == Mediator.Position.DIRECTOR for _one, position in posts) != 1:
        problems.append(_("应设主任一人。"))
    if not any(member.sex == Mediator.Sex.FEMALE for member in members):
        problems.append(_("应有妇女成员。"))
    if committee.in_minority_area and not any(member.is_minority for member in members):
        problems.append(_("多民族居住的地区应有人数较少民族的成员。"))
    return problems


def confirmation_refusal(dispute: Dispute) -> str:
    """Return why no judicial confirmation can be applied for, empty where it can: only once, unless it came to nothing.

    The thirty days are judged by the day of the application, which may be entered later.
    """
    if dispute.agreement_form != Dispute.AgreementForm.WRITTEN or dispute.effective_on is None:
        return str(ONLY_WRITTEN)
    standing = JudicialConfirmation.objects.filter(dispute=dispute).exclude(state__in=(*ENDED_WITHOUT_RULING, VOID))
    return _("本件已经申请司法确认，不能重复办理。") if standing.exists() else ""


def going_along(villages: Sequence[int]) -> Q:
    """Return the condition under which a dispute follows villages to another office: all who handle it go there too."""
    others = DisputeMediator.objects.filter(dispute=OuterRef("pk")).exclude(mediator__committee__village__in=villages)
    return Q(village__in=villages, committee__village__in=villages) & ~Q(Exists(others))

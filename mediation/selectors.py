"""Reading for the line's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from casework.lines import record_type
from casework.search import ids_found
from mediation.models import Dispute, JudicialConfirmation, MediationCommittee, Mediator, Party
from mediation.models.organisations import serving_on
from mediation.workflow.confirmations import ENDED_WITHOUT_RULING, ONLY_WRITTEN
from mediation.workflow.disputes import WORKFLOW
from mediation.workflow.organisations import MEMBERS_FEWEST, MEMBERS_MOST
from offices.models import Membership, Office, Village
from offices.scoping import current_scope
from offices.secrecy import blind_index, mask_address, mask_id_number, mask_phone

TOWN_KINDS = ("township", "subdistrict")
MOST_SIMILAR, MOST_COMPARED, SAME_PLACE_DAYS = 5, 50, 90


@dataclass(frozen=True, kw_only=True)
class Similar:
    """What is known of a dispute while it is typed, as far as it is compared with registered ones."""

    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    village: int | None = None
    place: str = ""
    dispute_type: str = ""


def opening_initial(membership: Membership) -> dict[str, Any]:
    """Return what a new registration starts with: the office's own committee."""
    own = MediationCommittee.objects.filter(office=membership.office, kind__in=TOWN_KINDS, state="running").first()
    return {"committee": own.pk} if own else {}


def amend_initial(dispute: Dispute) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the stored values of a dispute's form and of its parties in the order of the page, numbers masked."""
    names = ("dispute_type", "village", "occurred_on", "source", "committee", "amount", "brief", "place", "claims")
    more = ("subtype", "scale", "relation", "way", "office_role", "risk_flags")
    counted = ("party_count", "recorder", "is_difficult", "accepted_on")
    fields = {name: getattr(dispute, name) for name in (*names, *more, *counted)}
    parties = [
        {
            "role": party.role,
            "kind": party.kind,
            "name": party.name,
            "position": party.position,
            "identifier": party.credit_code or mask_id_number(party.id_number or ""),
            "phone": mask_phone(party.phone or ""),
            "address": mask_address(party.address or ""),
            "ethnicity": party.ethnicity,
            "occupation": party.occupation,
            "representative": party.representative,
        }
        for party in dispute.parties.all()
    ]
    return fields, parties


def mediators_of(dispute: Dispute) -> list[Mediator]:
    """Return who mediates a dispute."""
    return [part.mediator for part in dispute.mediators.select_related("mediator")]


def disputes_of_person(number: str) -> int:
    """Return in how many disputes in scope a person with this ID number is a party."""
    return Party.objects.filter(id_index=number).values("dispute_id").distinct().count()


def disputes_by_person(number: str) -> QuerySet[Any]:
    """Return a query of the disputes in scope to which a person with this ID number is a party."""
    return Party.objects.filter(id_index=number).values("dispute_id")


def similar_disputes(asked: Similar, today: date) -> list[tuple[Dispute, str]]:
    """Return disputes in scope that may be the one that is being typed, newest first, each with the reason."""
    reasons: dict[int, str] = {}
    if asked.numbers:
        found = Party.objects.filter(id_index__in=asked.numbers).values_list("dispute_id", flat=True)
        reasons |= dict.fromkeys(found.order_by("-dispute_id")[:MOST_COMPARED], _("相同证件号码"))
    for key in _namesakes(asked):
        reasons.setdefault(key, _("同村同名"))
    if asked.place and asked.dispute_type:
        recent = Dispute.objects.filter(place=asked.place, dispute_type=asked.dispute_type)
        since = today - timedelta(days=SAME_PLACE_DAYS)
        for key in recent.filter(registered_on__gte=since).values_list("pk", flat=True)[:MOST_COMPARED]:
            reasons.setdefault(key, _("90 天内同地点、同类型"))
    newest = Dispute.objects.filter(pk__in=reasons).order_by("-registered_on", "-pk")[:MOST_SIMILAR]
    return [(dispute, reasons[dispute.pk]) for dispute in newest]


def _namesakes(asked: Similar) -> list[int]:
    """Return disputes of the village with a party of one of the names: by the search, a party's name has no index."""
    kind = record_type(Dispute.record_type())
    found: list[int] = []
    for name in asked.names if asked.village is not None else ():
        named = Dispute.objects.filter(pk__in=ids_found(kind, name), village=asked.village)
        of_village = list(named.values_list("pk", flat=True)[:MOST_COMPARED])
        found += Party.objects.filter(dispute_id__in=of_village, name=name).values_list("dispute_id", flat=True)
    return found


def open_elsewhere(numbers: Sequence[str]) -> bool:
    """Tell whether a person with one of these ID numbers has an open case in another office of one's own county.

    The database answers yes or no: where, since when and about what is for the county to say.
    """
    if not numbers:
        return False
    context = Party._meta.get_field("id_number").context
    indexes = [blind_index(number, context) for number in numbers]
    values = [indexes, sorted(WORKFLOW.open_states())]
    asked = RawSQL("SELECT open_elsewhere(%s::bytea[], %s::text[])", values)
    return bool(Office.objects.filter(pk=current_scope().unit_id).values_list(asked, flat=True).first())


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


def serving_of(committee: MediationCommittee, day: date) -> QuerySet[Mediator]:
    """Return a committee's mediators on a day."""
    return Mediator.objects.filter(serving_on(day), committee=committee)


def composition_problems(committee: MediationCommittee, day: date) -> list[str]:
    """Return what article 8 asks of a committee's members and is not so on a day, as sentences."""
    members = list(serving_of(committee, day).filter(kind=Mediator.Kind.MEMBER))
    problems = []
    if not MEMBERS_FEWEST <= len(members) <= MEMBERS_MOST:
        problems.append(_("委员应为三至九人，现有%(n)d人。") % {"n": len(members)})
    if not any(member.position == Mediator.Position.DIRECTOR for member in members):
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
    standing = JudicialConfirmation.objects.filter(dispute=dispute).exclude(state__in=ENDED_WITHOUT_RULING)
    return _("本件已经申请司法确认，不能重复办理。") if standing.exists() else ""


def repeated(dispute: Dispute, most: int = 10) -> list[tuple[Dispute, str]]:
    """Return other disputes in scope of the same people or at the same place, newest first, each with the reason."""
    numbers = dispute.parties.exclude(id_index=None).values("id_index")
    others = Party.objects.filter(id_index__in=numbers).exclude(dispute=dispute)
    of_people = set(others.order_by("-dispute_id").values_list("dispute_id", flat=True).distinct()[:most])
    found = Dispute.objects.filter(pk__in=of_people | _at_its_place(dispute, most))[:most]
    return [(other, _("相同当事人") if other.pk in of_people else _("相同地点")) for other in found]


def _at_its_place(dispute: Dispute, most: int) -> set[int]:
    """Return the newest others at a dispute's place: asked alone, for an OR with the people would use no index."""
    if not dispute.place:
        return set()
    there = Dispute.objects.filter(village_id=dispute.village_id, place=dispute.place).exclude(pk=dispute.pk)
    return set(there.values_list("pk", flat=True)[:most])

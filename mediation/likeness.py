"""Which disputes concern the same people or the same place, and which may be the one that is being typed.

Every question is an equality on a key that has its index, asked alone: an OR of several would use none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from casework.lines import record_type
from casework.search import ids_found
from casework.workflow import VOID
from mediation.models import Agent, Dispute, Guardian, Party
from mediation.workflow.disputes import WORKFLOW
from offices.models import Office
from offices.scoping import current_scope
from offices.secrecy import blind_index

MOST_SIMILAR, MOST_COMPARED, SAME_PLACE_DAYS = 5, 50, 90
# A dispute may have fifty parties: no page asks about more than so many of them.
MOST_PARTIES = 12


@dataclass(frozen=True, kw_only=True)
class Similar:
    """What is known of a dispute while it is typed, as far as it is compared with registered ones.

    ``born`` and ``reached`` are names with a birth date or a telephone number, and whether the paper's number is known:
    two known numbers that differ tell namesakes apart.
    """

    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    born: tuple[tuple[str, date, bool], ...] = ()
    reached: tuple[tuple[str, str, bool], ...] = ()
    village: int | None = None
    place: str = ""
    dispute_type: str = ""


def disputes_of_person(number: str) -> int:
    """Return in how many disputes in scope a person with this ID number is a party."""
    return Party.objects.filter(id_index=number).values("dispute_id").distinct().count()


def disputes_by_person(number: str) -> QuerySet[Any]:
    """Return a query of the disputes in scope in which a person with this ID number takes part.

    As a party, an agent or a guardian: the same number has another index in each table.
    """
    found: list[Any] = [
        model.objects.filter(id_index=number).values("dispute_id") for model in (Party, Agent, Guardian)
    ]
    return found[0].order_by().union(*(rows.order_by() for rows in found[1:]))


def same_people(asked: Similar) -> Iterator[tuple[Q, str]]:
    """Yield each key by which a party may be known again, and how a page says so; the surest first."""
    if asked.numbers:
        yield Q(id_index__in=asked.numbers), _("相同证件号码")
    if asked.codes:
        yield Q(credit_code__in=asked.codes), _("相同信用代码")
    if asked.born:
        born = (Q(name=name, birth_date=day) & _unless(known) for name, day, known in asked.born)
        yield _any(born), _("同名且出生日期相同")
    if asked.reached:
        reached = (Q(name=name, phone_index=phone) & _unless(known) for name, phone, known in asked.reached)
        yield _any(reached), _("同名且电话相同")


def _unless(known: bool) -> Q:
    return Q(id_index=None, credit_code="") if known else Q()


def _any(conditions: Iterable[Q]) -> Q:
    # Each alternative begins with the columns of one index: PostgreSQL joins their bitmaps.
    joined = Q()
    for condition in conditions:
        joined |= condition
    return joined


def _of_people(asked: Similar, most: int, apart_from: int | None = None) -> dict[int, str]:
    """Return the newest disputes in scope with one of these people, each with the surest reason."""
    reasons: dict[int, str] = {}
    for condition, why in same_people(asked):
        found = Party.objects.filter(condition).exclude(dispute=apart_from).order_by("-dispute_id")
        for key in found.values_list("dispute_id", flat=True).distinct()[:most]:
            reasons.setdefault(key, why)
    return reasons


def similar_disputes(asked: Similar, today: date) -> list[tuple[Dispute, str]]:
    """Return disputes in scope that may be the one that is being typed, newest first, each with the reason."""
    reasons = _of_people(asked, MOST_COMPARED)
    for key in _namesakes(asked):
        reasons.setdefault(key, _("同村同名"))
    if asked.place and asked.dispute_type:
        recent = Dispute.objects.filter(place=asked.place, dispute_type=asked.dispute_type)
        since = today - timedelta(days=SAME_PLACE_DAYS)
        for key in recent.filter(registered_on__gte=since).values_list("pk", flat=True)[:MOST_COMPARED]:
            reasons.setdefault(key, _("90 天内同地点、同类型"))
    newest = Dispute.objects.filter(pk__in=reasons).exclude(state=VOID).order_by("-registered_on", "-pk")[:MOST_SIMILAR]
    return [(dispute, reasons[dispute.pk]) for dispute in newest]


def _namesakes(asked: Similar) -> list[int]:
    """Return disputes of the village with a party of one of the names: by the search, a name alone is no key."""
    kind = record_type(Dispute.record_type())
    found: list[int] = []
    for name in asked.names if asked.village is not None else ():
        named = Dispute.objects.filter(pk__in=ids_found(kind, name), village=asked.village)
        of_village = list(named.values_list("pk", flat=True)[:MOST_COMPARED])
        found += Party.objects.filter(dispute_id__in=of_village, name=name).values_list("dispute_id", flat=True)
    return found


def repeated(dispute: Dispute, most: int = 10) -> list[tuple[Dispute, str]]:
    """Return other disputes in scope of the same people or at the same place, newest first, each with the reason."""
    reasons = _of_people(_known_of(dispute), most, dispute.pk)
    for key in _at_its_place(dispute, most):
        reasons.setdefault(key, _("相同地点"))
    found = Dispute.objects.filter(pk__in=reasons).exclude(state=VOID)
    return [(other, reasons[other.pk]) for other in found[:most]]


def _known_of(dispute: Dispute) -> Similar:
    parties = list(dispute.parties.all()[:MOST_PARTIES])
    people = [party for party in parties if party.kind == Party.Kind.PERSON]
    return Similar(
        numbers=tuple(party.id_number for party in people if party.id_number),
        codes=tuple(party.credit_code for party in parties if party.credit_code),
        born=tuple((party.name, party.birth_date, bool(party.id_number)) for party in people if party.birth_date),
        reached=tuple(
            (party.name, party.phone, bool(party.id_number or party.credit_code)) for party in parties if party.phone
        ),
    )


def _at_its_place(dispute: Dispute, most: int) -> set[int]:
    """Return the newest others at a dispute's place."""
    if not dispute.place:
        return set()
    there = Dispute.objects.filter(village_id=dispute.village_id, place=dispute.place).exclude(pk=dispute.pk)
    return set(there.values_list("pk", flat=True)[:most])


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

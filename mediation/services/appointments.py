"""What must hold of an appointment: an adult, once in a committee, one director on a day (articles 8, 9 and 14)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.identifiers import IdentifierError, ResidentId, parse_resident_id
from casework.services import lock
from casework.workdays import add_months
from mediation.models import Mediator, MediatorPost
from mediation.workflow.organisations import ADULT_FROM

SEXES = {"male": Mediator.Sex.MALE, "female": Mediator.Sex.FEMALE}
LAST_DAY = date.max


def check_appointment(mediator: Mediator) -> None:
    """Refuse what the Law does not allow of an appointment, beside the field; fill in what the ID number says.

    The committee is locked until the transaction ends: of two who appoint at once the second one sees the first.
    """
    _complete(mediator)
    _adult(mediator)
    committee = lock(mediator.committee)
    if committee.state == "running" and mediator.appointed_from < committee.established_on:
        text = _("任职日期不能早于调委会设立日期（%(day)s）。")
        raise ValidationError({"appointed_from": text % {"day": committee.established_on.isoformat()}})
    _once(mediator)
    check_director(mediator)


def _complete(mediator: Mediator) -> None:
    """Take birth date and sex from the ID number; what was typed otherwise contradicts it."""
    if not mediator.id_number:
        return
    try:
        known: ResidentId = parse_resident_id(mediator.id_number, timezone.localdate())
    except IdentifierError as error:
        raise ValidationError({"id_number": str(error)}) from None
    told: dict[str, Any] = {"birth_date": known.birth_date, "sex": SEXES[known.sex]}
    texts = {"birth_date": _("出生日期与身份证号不符，请核对。"), "sex": _("性别与身份证号不符，请核对。")}
    for name, value in told.items():
        if getattr(mediator, name) not in {None, "", value}:
            raise ValidationError({name: texts[name]})
        setattr(mediator, name, value)


def _adult(mediator: Mediator) -> None:
    """Art. 14: a mediator is an adult citizen, on the day of the appointment."""
    born = mediator.birth_date
    if born is None or add_months(born, 12 * ADULT_FROM) <= mediator.appointed_from:
        return
    text = _("任职时未满十八周岁，不能担任人民调解员（人民调解法第十四条）。")
    raise ValidationError({"appointed_from": text})


def _others(mediator: Mediator) -> QuerySet[Mediator]:
    """Return the other services in the committee that overlap this one."""
    until = mediator.appointed_until or LAST_DAY
    running = Q(appointed_until=None) | Q(appointed_until__gte=mediator.appointed_from)
    others = Mediator.objects.filter(running, committee=mediator.committee, appointed_from__lte=until)
    return others.exclude(pk=mediator.pk)


def _once(mediator: Mediator) -> None:
    """Nobody is a mediator of a committee twice on a day: by the ID number, without one by name and birth date."""
    same = Q(id_index=mediator.id_number) if mediator.id_number else Q(pk=None)
    if mediator.birth_date:
        alike = Q(title=mediator.title, birth_date=mediator.birth_date)
        same |= alike & Q(id_index=None) if mediator.id_number else alike
    found = _others(mediator).filter(same).first()
    if found is not None:
        text = _("此人自%(day)s起已在该调委会任职，请办理变更任职，或者先登记离任。")
        raise ValidationError({"title": text % {"day": found.appointed_from.isoformat()}})


def check_director(mediator: Mediator) -> None:
    """Refuse a second director of a committee on any day of the mediator's present post (article 8: one director)."""
    if mediator.position != Mediator.Position.DIRECTOR:
        return
    since, until = mediator.post_since or mediator.appointed_from, mediator.appointed_until or LAST_DAY
    others = Mediator.objects.filter(committee=mediator.committee).exclude(pk=mediator.pk)
    held = others.filter(position=Mediator.Position.DIRECTOR).annotate(since=Coalesce("post_since", "appointed_from"))
    running = Q(appointed_until=None) | Q(appointed_until__gte=since)
    now = held.filter(running, since__lte=until).values_list("title", "since", "appointed_until")
    earlier = MediatorPost.objects.filter(mediator__in=others.values("pk"), position=Mediator.Position.DIRECTOR)
    past = earlier.filter(until__gte=since, since__lte=until).annotate(title=F("mediator__title"))
    for name, first, last in [*now[:1], *past.values_list("title", "since", "until")[:1]]:
        term = f"{first.isoformat()} – {last.isoformat() if last else ''}"
        text = _("同一天只能有一名主任：%(name)s任主任（%(term)s）。请先登记其离任或变更任职。")
        raise ValidationError({"position": text % {"name": name, "term": term}})


def close_post(mediator: Mediator, *, on: date, user: Any) -> MediatorPost:
    """Keep the present post as an earlier one that ended the day before; ValidationError for a day not after its first."""
    since = mediator.post_since or mediator.appointed_from
    if on <= since:
        text = _("变更日期应当晚于原任职的起始日期（%(day)s）。")
        raise ValidationError({"on": text % {"day": since.isoformat()}})
    post = MediatorPost(
        mediator=mediator,
        kind=mediator.kind,
        position=mediator.position,
        since=since,
        until=on - timedelta(days=1),
        user=user,
    )
    post.office_id, post.county_id, post.city_id = mediator.office_id, mediator.county_id, mediator.city_id
    post.full_clean(exclude=["office", "county", "city", "user"])
    post.save(force_insert=True)
    return post


def first_post_since(mediator: Mediator) -> None:
    """Let the earliest of several posts begin with a corrected appointment."""
    first = MediatorPost.objects.filter(mediator=mediator).order_by("since", "pk").first()
    if first is not None and first.since != mediator.appointed_from:
        first.since = mediator.appointed_from
        first.version += 1
        first.full_clean(exclude=["office", "county", "city", "user"])
        first.save(force_update=True)

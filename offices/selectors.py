"""Reading people, posts and the office tree, as far as an administrator reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext

from offices.models import Level, Membership, Office, User, Village
from offices.permissions import ADMINISTRATORS, COUNTY_STAFF, OFFICE_STAFF, Role


def business_lines() -> dict[str, str]:
    """Return the label of every installed business line by its code: the apps that declare one in ``line.py``."""
    configs = [config for config in apps.get_app_configs() if module_has_submodule(config.module, "line")]
    return {config.label: str(config.verbose_name) for config in configs}


def roles_to_give(by: Membership) -> tuple[Role, ...]:
    """Return the posts that an administrator may give. Administrators are appointed by the province alone."""
    if by.office.level == Level.PROVINCE:
        return tuple(Role)
    return tuple(role for role in Role if role in OFFICE_STAFF | COUNTY_STAFF)


def units_in_reach(by: Membership, on: date | None = None) -> QuerySet[Office]:
    """Return the units that exist on a day (today) and in which an administrator may give posts."""
    return Office.objects.on(on or timezone.localdate()).below(by.office)


def posts_in_reach(by: Membership) -> QuerySet[Membership]:
    """Return the memberships, running and ended, in the units below an administrator's unit."""
    posts = Membership.objects.select_related("office")
    return posts if by.office.level == Level.PROVINCE else posts.filter(office__county=by.office)


def people_in_reach(by: Membership) -> QuerySet[User]:
    """Return the people whom an administrator sees: all for the province, else who has or had a post in the county."""
    if by.office.level == Level.PROVINCE:
        return User.objects.all()
    # Exists, not a join: a person with two posts is one person.
    return User.objects.filter(Exists(posts_in_reach(by).filter(user=OuterRef("pk"))))


def find_people(by: Membership, *, text: str = "", state: str = "") -> QuerySet[User]:
    """Return the people in reach whose name or user name holds a text, active or suspended or both."""
    people = people_in_reach(by)
    if text:
        people = people.filter(Q(name__icontains=text) | Q(username__icontains=text))
    if state:
        people = people.filter(is_active=state == "active")
    return people.order_by("username")


def standing_posts(person: User, on: date) -> QuerySet[Membership]:
    """Return the memberships of a person that run on a day or will begin later."""
    return person.memberships.filter(Q(valid_until=None) | Q(valid_until__gte=on)).select_related("office")


def why_out_of_hand(by: Membership, person: User) -> str:
    """Return why an administrator who sees a person may not touch the account; empty when it may be touched."""
    if person.pk == by.user_id:
        return gettext("本人账号由其他管理员维护，修改密码请用“账户与显示”。")
    if by.office.level == Level.PROVINCE:
        return ""
    posts = list(standing_posts(person, timezone.localdate()))
    if any(post.office.county_id != by.office_id for post in posts):
        return gettext("此人在其他单位另有任职，由省级管理员维护。")
    if any(post.role in ADMINISTRATORS for post in posts):
        return gettext("管理员账号由省级管理员维护。")
    return ""


@dataclass(frozen=True)
class UnitFinder:
    """Finds a unit of an administrator's reach by its code or full name; built once for many rows."""

    units: tuple[Office, ...]

    @classmethod
    def of(cls, by: Membership) -> UnitFinder:
        """Read the units in reach."""
        return cls(tuple(units_in_reach(by)))

    def find(self, text: str) -> list[Office]:
        """Return the unit of a code or full name; else the units whose name holds the text, to choose from."""
        exact = [unit for unit in self.units if text in {unit.code, unit.name}]
        return exact or [unit for unit in self.units if text in unit.name]


@dataclass(frozen=True)
class Branch:
    """One line of the office tree: a unit and how many offices and villages lie below it."""

    unit: Office
    offices: int
    villages: int


def branches(unit: Office, on: date) -> list[Branch]:
    """Return the units right below a unit in official order, with their counts."""
    children = list(Office.objects.on(on).filter(parent=unit).order_by("code", "id"))
    column = {Level.PROVINCE: "city", Level.CITY: "county"}.get(Level(unit.level), "id")
    keys = [child.pk for child in children]
    below = Office.objects.on(on).filter(level=Level.OFFICE, **{f"{column}__in": keys})
    standing = Village.objects.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))
    offices = _counts(below, column)
    villages = _counts(standing.filter(**{f"office__{column}__in": keys}), f"office__{column}")
    return [Branch(child, offices.get(child.pk, 0), villages.get(child.pk, 0)) for child in children]


def _counts(rows: QuerySet[Any], column: str) -> dict[int, int]:
    counted: Iterable[tuple[int, int]] = rows.order_by().values_list(column).annotate(n=Count("pk"))
    return dict(counted)


def villages_of(office: Office, on: date) -> QuerySet[Village]:
    """Return the villages and communities of an office that exist on a day."""
    return office.villages.filter(valid_from__lte=on).filter(Q(valid_to=None) | Q(valid_to__gt=on))


def ancestors(unit: Office) -> list[Office]:
    """Return the units above a unit, the province first."""
    found: list[Office] = []
    above = unit.parent
    while above is not None:
        found.insert(0, above)
        above = above.parent
    return found

"""Demo accounts: one person for each role in sensible units, and a clerk for every office."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.utils import translation

from casework.lines import lines
from mediation.demo.people import a_name
from mediation.demo.plan import PORTAL_START, OfficePlan
from offices.models import Level, Membership, Office, User
from offices.permissions import Role

# (user name, role, unit): the units are explained by ``units_of``.
POSTS = (
    ("clerk", Role.OFFICE_CLERK, "office"),
    ("head", Role.OFFICE_HEAD, "office"),
    ("assistant", Role.ASSISTANT, "office"),
    ("sibling", Role.OFFICE_CLERK, "sibling"),
    ("county", Role.COUNTY_STATISTICIAN, "county"),
    ("reviewer", Role.COUNTY_REVIEWER, "county"),
    ("leader", Role.COUNTY_LEADER, "county"),
    ("city", Role.CITY_STATISTICIAN, "city"),
    ("city-reviewer", Role.CITY_REVIEWER, "city"),
    ("province", Role.PROVINCE_STATISTICIAN, "province"),
    ("lead", Role.PROVINCE_LINE_LEAD, "province"),
    ("admin", Role.SYSTEM_ADMIN, "province"),
    ("county-admin", Role.SYSTEM_ADMIN, "county"),
    ("security", Role.SECURITY_ADMIN, "province"),
    ("audit", Role.AUDIT_ADMIN, "province"),
)
_CONSONANTS, _VOWELS = "bdfghjkmnprstwz", "aeiou"


class Account(NamedTuple):
    """What a visitor needs to sign in; the keys of the accounts file."""

    username: str
    password: str
    role: str
    office: str
    name: str


def make_accounts(offices: Sequence[OfficePlan], seed: int, *, using: str) -> list[Account]:
    """Make one account for each post; an account of the same name gets a new password."""
    units = units_of(offices[0], using=using)
    rng = Random(f"{seed}/accounts")
    made = []
    for username, role, place in POSTS:
        unit = units.get(place)
        name = a_name(rng, rng.choice("12"))
        if unit is None:
            continue
        user = User(username=username, name=name)
        password = a_password(user)
        given = {"name": name, "password": make_password(password), "must_change_password": False, "is_active": True}
        user, _ = User.objects.using(using).update_or_create(username=username, defaults=given)
        _appoint(user, unit, role, PORTAL_START, using)
        with translation.override("zh-hans"):
            made.append(Account(username, password, str(role.label), unit.name, name))
    return made


def units_of(plan: OfficePlan, *, using: str) -> dict[str, Office]:
    """Return the units of the demo accounts: the first office, the next one of its county, and those above."""
    known = Office.objects.using(using)
    office = known.select_related("county", "city").get(pk=plan.id)
    assert office.county
    assert office.city
    units = {"office": office, "county": office.county, "city": office.city}
    units["province"] = known.get(level=Level.PROVINCE, valid_to=None)
    sibling = known.filter(level=Level.OFFICE, county=office.county, valid_to=None).exclude(pk=office.pk).first()
    return units | ({"sibling": sibling} if sibling else {})


def staff_offices(offices: Sequence[OfficePlan], seed: int, *, using: str) -> None:
    """Give every office a clerk, whose account nobody can sign in with, and put the clerk into its plan."""
    posts = Membership.objects.using(using).filter(role=Role.OFFICE_CLERK, valid_until=None, user__is_active=True)
    clerks = {post.office_id: post.user for post in posts.select_related("user").order_by("-id")}
    new = [office for office in offices if office.id not in clerks]
    made = User.objects.using(using).bulk_create(
        User(
            username=f"clerk-{office.code}",
            name=a_name(office.rng(seed, "clerk"), "2"),
            # A password that no input matches: these accounts only lend their names to the records.
            password=make_password(None),
            must_change_password=False,
        )
        for office in new
    )
    for office, user in zip(new, made, strict=True):
        clerks[office.id] = user
    Membership.objects.using(using).bulk_create(
        Membership(user=user, office_id=office.id, role=Role.OFFICE_CLERK, lines=_lines(), valid_from=PORTAL_START)
        for office, user in zip(new, made, strict=True)
    )
    for office in offices:
        office.clerk_id, office.clerk_name = clerks[office.id].pk, clerks[office.id].name


def _appoint(user: User, unit: Office, role: Role, since: date, using: str) -> None:
    posts = Membership.objects.using(using)
    if not posts.filter(user=user, office=unit, role=role, valid_until=None).exists():
        posts.create(user=user, office=unit, role=role, lines=_lines(), valid_from=since)


def _lines() -> list[str]:
    return [line.code for line in lines()]


def a_password(user: User) -> str:
    """Return a password that can be read out and typed, and that the portal's own rules accept."""
    words = ("".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(3)) for _ in range(2))
    password = "-".join([*(word.capitalize() for word in words), f"{secrets.randbelow(9000) + 1000}"])
    validate_password(password, user)
    return password


def write_accounts(path: Path, accounts: Sequence[Account]) -> None:
    """Write the accounts as JSON that only this user can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        json.dump([account._asdict() for account in accounts], opened, ensure_ascii=False, indent=2)
    draft.replace(path)

"""Deeds on accounts and posts: the only writers of people and memberships.

Each deed checks the reach of the administrator ``by`` and raises PermissionError outside it, ValidationError for what
the rules of posts refuse. ``by`` is None for the system itself (a command), which reaches everybody.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from axes.utils import reset as forget_failed_sign_ins
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from offices.models import AccessEntry, Membership, Office, User
from offices.permissions import ADMINISTRATORS, LEVELS_OF, Role
from offices.scoping import current_scope
from offices.selectors import people_in_reach, posts_in_reach, roles_to_give, units_in_reach, why_out_of_hand

USERNAME = re.compile(r"^[a-z][a-z0-9._-]{2,39}$")
# Without characters that are mistaken for each other on paper (0 and o, 1 and l, i).
_SMALL, _CAPITAL, _DIGIT = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"


@dataclass(frozen=True, kw_only=True)
class Post:
    """What a membership gives: the unit, the role and the lines, from and until (both days included)."""

    office: Office
    role: str
    lines: tuple[str, ...] = ()
    valid_from: date
    valid_until: date | None = None

    @property
    def role_label(self) -> str:
        """Return the role in words."""
        return str(Role(self.role).label)


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """A person to be entered, with the first post."""

    username: str
    name: str
    post: Post


@dataclass(frozen=True)
class Account:
    """An account with the password that is shown once and then known to nobody."""

    user: User
    password: str


def initial_password() -> str:
    """Return a random password of four groups, 64 bits, that passes every password rule: ``Kf7m-Qp3w-Tz9n-Hd4v``."""
    groups = ("".join(secrets.choice(kind) for kind in (_CAPITAL, _SMALL, _DIGIT, _SMALL)) for _group in range(4))
    return "-".join(groups)


@transaction.atomic
def create_people(*, people: Sequence[NewPerson], by: Membership | None) -> list[Account]:
    """Enter people with their first posts, all or none; each gets an initial password to be changed at sign-in."""
    return [_create(person, by) for person in people]


def create_person(*, person: NewPerson, by: Membership | None) -> Account:
    """Enter one person with a first post."""
    return create_people(people=[person], by=by)[0]


def _create(person: NewPerson, by: Membership | None) -> Account:
    username = person.username.strip().lower()
    if not USERNAME.match(username):
        message = _("用户名须为3至40位小写字母、数字、点、横线，以字母开头。")
        raise ValidationError({"username": message})
    password = initial_password()
    user = User(username=username, name=person.name.strip(), must_change_password=True)
    user.set_password(password)
    taken = ValidationError({"username": _("这个用户名已被使用。")})
    if known_usernames([username]):
        raise taken
    user.full_clean()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        # Taken by another administrator since the question above.
        raise taken from error
    record_deed(user, "create")
    _give(user, person.post, by)
    return Account(user, password)


@transaction.atomic
def give_membership(*, person: User, post: Post, by: Membership | None) -> Membership:
    """Give a person one more post."""
    return _give(_locked(person, by), post, by)


@transaction.atomic
def end_membership(*, membership: Membership, last_day: date, by: Membership | None) -> None:
    """Let a post run until ``last_day``, that day included; one that has not begun yet is taken back altogether."""
    _end(_locked_post(membership, by), last_day)


@transaction.atomic
def move_person(*, membership: Membership, post: Post, by: Membership | None) -> Membership:
    """End one post on the day before another begins."""
    left = _locked_post(membership, by)
    _end(left, post.valid_from - timedelta(days=1))
    return _give(left.user, post, by)


@transaction.atomic
def suspend_person(*, person: User, by: Membership | None) -> None:
    """Suspend an account: every session of it ends with its next request."""
    locked = _locked(person, by)
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    record_deed(locked, "suspend")


@transaction.atomic
def restore_person(*, person: User, by: Membership | None) -> Account:
    """Give a suspended person access again, with a new initial password.

    Without the new password a session from before the suspension would come back to life.
    """
    locked = _locked(person, by)
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    record_deed(locked, "restore")
    return _new_password(locked)


@transaction.atomic
def reset_password(*, person: User, by: Membership | None) -> Account:
    """Replace a password: the person's sessions end, a lock-out is lifted, and the new one must be changed."""
    locked = _locked(person, by)
    record_deed(locked, "reset password")
    return _new_password(locked)


@transaction.atomic
def change_password(*, person: User, password: str) -> None:
    """Set a person's own new password; the other sessions of the person end."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    record_deed(person, "change own password")


def set_preferences(*, person: User, language: str, text_size: str) -> None:
    """Store how a person wants the pages."""
    person.language, person.text_size = language, text_size
    person.save(update_fields=["language", "text_size"])


def record_deed(person: User, deed: str) -> None:
    """Write one deed of administration, by whoever holds the scope. Names stay out: the person is a number here."""
    scope = current_scope()
    AccessEntry.objects.create(
        user_id=scope.user_id,
        membership_id=scope.membership_id,
        address=scope.address,
        kind=AccessEntry.Kind.ADMINISTRATION,
        record_type="offices.user",
        record_key=str(person.pk),
        note=deed[:200],
    )


def _new_password(person: User) -> Account:
    password = initial_password()
    person.set_password(password)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    forget_failed_sign_ins(username=person.username)
    return Account(person, password)


def _locked(person: User, by: Membership | None) -> User:
    """Return the person's row, locked: two administrators' deeds on one person follow each other."""
    if by is not None and (not people_in_reach(by).filter(pk=person.pk).exists() or why_out_of_hand(by, person)):
        raise PermissionError("The person is not in the administrator's hands")
    return User.objects.select_for_update().get(pk=person.pk)


def _locked_post(membership: Membership, by: Membership | None) -> Membership:
    _locked(membership.user, by)
    reached = Membership.objects.select_related("office") if by is None else posts_in_reach(by)
    if found := reached.filter(pk=membership.pk).first():
        return found
    raise PermissionError("The post is not in the administrator's hands")


def _give(person: User, post: Post, by: Membership | None) -> Membership:
    role = Role(post.role)
    if by is not None and (
        role not in roles_to_give(by) or not units_in_reach(by, post.valid_from).filter(pk=post.office.pk).exists()
    ):
        raise PermissionError("The post is not in the administrator's gift")
    if post.office.level not in LEVELS_OF[role]:
        raise ValidationError({"role": _("这一级机构没有这个角色。")})
    if not post.lines and role not in ADMINISTRATORS:
        raise ValidationError({"lines": _("请至少选择一项业务。")})
    _refuse_clashes(person, post, role)
    membership = Membership(
        user=person,
        office=post.office,
        role=role,
        # Administrators have no line: none of them sees case data.
        lines=[] if role in ADMINISTRATORS else sorted(post.lines),
        valid_from=post.valid_from,
        valid_until=post.valid_until,
        granted_by=by.user if by else None,
    )
    membership.full_clean(exclude=["granted_by"])
    membership.save(force_insert=True)
    record_deed(person, f"give {role} in {post.office.code} from {post.valid_from}")
    return membership


def _refuse_clashes(person: User, post: Post, role: Role) -> None:
    """Keep administrators apart from each other and from business (GB/T 22239-2019, 8.1.5), and posts single."""
    others = person.memberships.filter(Q(valid_until=None) | Q(valid_until__gte=post.valid_from))
    if post.valid_until is not None:
        others = others.filter(valid_from__lte=post.valid_until)
    for other in others:
        if other.role != role and ADMINISTRATORS & {Role(other.role), role}:
            raise ValidationError({"role": _("系统、安全、审计管理员互斥，也不能兼任业务岗位。")})
        if other.role == role and other.office_id == post.office.pk:
            raise ValidationError({"office": _("此人在该机构已有同一角色的任职。")})


def _end(membership: Membership, last_day: date) -> None:
    deed = f"end {membership.role} in {membership.office.code} on {last_day}"
    if membership.valid_from > timezone.localdate():
        membership.delete()
    elif last_day < membership.valid_from:
        raise ValidationError({"last_day": _("不能早于任职起始日期。")})
    elif membership.valid_until is not None and last_day > membership.valid_until:
        # A longer term is a new post with its checks, not an ending.
        raise ValidationError({"last_day": _("不能晚于任职原定的截止日期。")})
    else:
        membership.valid_until = last_day
        membership.full_clean(exclude=["granted_by"])
        membership.save(update_fields=["valid_until"])
    record_deed(membership.user, deed)


def known_usernames(usernames: Sequence[str]) -> set[str]:
    """Return those of some user names that are taken already."""
    return set(User.objects.filter(username__in=usernames).values_list("username", flat=True))


def post_of(cleaned: dict[str, Any]) -> Post:
    """Return the post that a cleaned form describes."""
    return Post(
        office=cleaned["office"],
        role=cleaned["role"],
        lines=tuple(cleaned["lines"]),
        valid_from=cleaned["valid_from"],
        valid_until=cleaned["valid_until"],
    )

"""The posts in an office that has ended: given anew in its successor, and ended once its last sheets are reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from offices.models import Membership, Office
from offices.selectors import posts_in_reach, why_out_of_hand
from offices.services import Post, end_membership, give_membership


@dataclass(frozen=True)
class Closed:
    """What became of the posts: how many were given anew and ended, and whose are in other hands."""

    moved: int
    ended: int
    left: tuple[str, ...]


def posts_left(unit: Office, by: Membership) -> QuerySet[Membership]:
    """Return the posts in an ended unit that run still, of people whom an administrator sees."""
    standing = posts_in_reach(by).filter(office=unit).exclude(valid_until__lt=timezone.localdate())
    return standing.select_related("user").order_by("user__username", "id")


def last_day_of_sheets(unit: Office) -> date:
    """Return the end of the month after the one in which a unit ended: its last sheets are reported by then."""
    assert unit.valid_to is not None
    # valid_to is the first day without the unit: its last month is that of the day before.
    after = (unit.valid_to - timedelta(days=1)).replace(day=1) + timedelta(days=32)
    following = after.replace(day=1) + timedelta(days=32)
    return following.replace(day=1) - timedelta(days=1)


@transaction.atomic
def close_posts(*, unit: Office, by: Membership, to: Office | None, last_day: date) -> Closed:
    """Give every post of an ended unit anew in another one (none: give nothing), and end it on ``last_day``.

    The account of whoever has a post in another administrator's hands is left alone and named.
    """
    moved = ended = 0
    left = []
    for post in posts_left(unit, by):
        if why_out_of_hand(by, post.user):
            left.append(post.user.name)
            continue
        moved += to is not None and _give_anew(post, to, by)
        last = min(last_day, post.valid_until or last_day)
        end_membership(membership=post, last_day=max(last, post.valid_from), by=by)
        ended += 1
    return Closed(moved, ended, tuple(left))


def _give_anew(post: Membership, to: Office, by: Membership) -> bool:
    begins = max(timezone.localdate(), to.valid_from)
    if post.valid_until is not None and post.valid_until < begins:
        return False
    given = Post(
        office=to, role=post.role, lines=tuple(post.lines), valid_from=begins, valid_until=post.valid_until
    )  # fmt: skip
    try:
        with transaction.atomic():
            give_membership(person=post.user, post=given, by=by)
    except ValidationError as error:
        # Who holds the same post there already needs no second one.
        if "office" not in getattr(error, "error_dict", {}):
            raise
        return False
    return True

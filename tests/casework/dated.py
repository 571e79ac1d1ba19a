"""Drafting and adopting as two people of the province do, for the tests of what is dated."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.dated.deeds import adopt_draft, draft_change
from casework.dated.subjects import Change, subject
from casework.models import DatedDraft
from offices.models import Membership
from offices.scoping import within
from tests.conftest import find_member

# The database's own clock is not set: it refuses what is not ahead of the real day.
AHEAD = date(2034, 1, 1)


def draft(
    kind: str,
    code: str,
    content: dict[str, Any],
    *,
    day: date = AHEAD,
    part: str = "",
    actor: Membership | None = None,
) -> DatedDraft:
    """Draft a change by the province's business office."""
    drafter = actor or find_member("province_line_lead")
    change = Change(valid_from=day, content=content, part=part)
    with within(drafter):
        return draft_change(actor=drafter, kind=subject(kind), code=code, change=change, reason="按通知修改")


def adopt(drafted: DatedDraft, actor: Membership | None = None) -> None:
    """Adopt a draft by the province's statistician."""
    second = actor or find_member("province_statistician")
    with within(second):
        adopt_draft(draft=drafted, actor=second)


def adopted(kind: str, code: str, content: dict[str, Any], *, day: date = AHEAD, part: str = "") -> DatedDraft:
    """Draft a change and adopt it."""
    drafted = draft(kind, code, content, day=day, part=part)
    adopt(drafted)
    return drafted

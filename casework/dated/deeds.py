"""The deeds: one person drafts, another one adopts or refuses. The database tests day and person once more."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.dated.subjects import Change, Subject, subject
from casework.models import DatedDraft
from casework.workdays import add_months
from casework.workflow import NotPossible
from offices.models import Membership
from offices.permissions import Action, may

# Further ahead it is a slip of the hand.
YEARS_AHEAD = 10


def check_change(kind: Subject, code: str, change: Change) -> None:
    """Raise ValidationError for a change that cannot be drafted: of today or the past, or refused by its kind."""
    if change.valid_from <= timezone.localdate():
        raise ValidationError({"valid_from": _("只能从明天或以后的日期起生效，已经生效的内容不能修改。")})
    if change.valid_from > add_months(timezone.localdate(), 12 * YEARS_AHEAD):
        raise ValidationError({"valid_from": _("起始日期不能晚于%(n)d年以后。") % {"n": YEARS_AHEAD}})
    kind.check(code, change)


def draft_change(*, actor: Membership, kind: Subject, code: str, change: Change, reason: str) -> DatedDraft:
    """Draft the next version of a thing. Raises ValidationError for a wrong change, or while another draft is open."""
    if not may(actor, Action.EDIT_RULES):
        raise PermissionError(code)
    kind.title(code)
    check_change(kind, code, change)
    draft = DatedDraft(
        kind=kind.kind,
        code=code,
        part=change.part,
        content=dict(change.content),
        valid_from=change.valid_from,
        reason=reason,
        drafted_by=actor.user,
    )
    draft.full_clean(exclude=["drafted_by"])
    draft.save(force_insert=True)
    return draft


@transaction.atomic
def adopt_draft(*, draft: DatedDraft, actor: Membership) -> None:
    """Adopt a draft: it holds from its day on. Raises NotPossible for the drafter, or when it is too late."""
    kind = subject(draft.kind)
    try:
        # What was right when it was drafted may have been overtaken since.
        check_change(kind, draft.code, Change(valid_from=draft.valid_from, content=draft.content, part=draft.part))
    except ValidationError as error:
        raise NotPossible(_("不能审定：%(reason)s") % {"reason": "".join(error.messages)}) from error
    _decide("adopt_dated", draft, actor, _("不能审定：须由起草人以外的人审定，且生效日期未到。"))
    kind.adopted(draft, actor)


def refuse_draft(*, draft: DatedDraft, actor: Membership) -> None:
    """Refuse a draft, or withdraw one's own."""
    _decide("refuse_dated", draft, actor, _("这份草案已经处理。"))


def _decide(function: str, draft: DatedDraft, actor: Membership, refusal: str) -> None:
    if not may(actor, Action.EDIT_RULES):
        raise PermissionError(draft.code)
    # Only the owner writes what is in force: the functions test day and person themselves.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [draft.pk])
        if not cursor.fetchone()[0]:
            raise NotPossible(refusal)

"""What a change of units moves: the job that changes the tree on its day and lets every record follow, and its preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.jobs import Refused, enqueue, finish, hint_marks, job, leads_to, report_progress
from casework.lines import RecordType
from casework.models import Job
from casework.taking_over import TakingOver, move_portion, moving_types, readdress
from offices.changes import finish_change, take_effect
from offices.models import Membership, Office, UnitChange, UnitChangeLine
from offices.scoping import system
from offices.selectors import villages_of

CHANGE = "unit_change"
# One more thing that a change meets: a label and a number of it; apps above casework add theirs.
Effect = tuple[Any, int]
effects: list[Callable[[UnitChange, list[int]], list[Effect]]] = []


def start(change: UnitChange, *, asker: Membership | None = None) -> Job:
    """Let an adopted change take effect whose day has come. A second call finds the open job."""
    given: dict[str, Any] = {"key": str(change.pk), "payload": {"change": change.pk}}
    if asker is not None:
        return enqueue(CHANGE, **given, asker=asker)
    # A job of nobody is the system's own: under no other scope could it be inserted.
    with system("unit_change"):
        return enqueue(CHANGE, **given)


def start_due() -> int:
    """Start every adopted change whose day has come and that no job has taken up yet; asked every minute."""
    today = timezone.localdate()
    due = UnitChange.objects.filter(adopted=True, moved_at=None, effective_on__lte=today).order_by("effective_on", "id")
    started = 0
    for change in due:
        # One that could not be done waits for a person to look at it and start it again.
        if job_of(change) is None:
            start(change)
            started += 1
    return started


def job_of(change: UnitChange) -> Job | None:
    """Return the last job of a change, whoever started it."""
    with system("unit_change"):
        return Job.objects.filter(kind=CHANGE, key=str(change.pk)).order_by("-id").first()


@job(CHANGE, runs_as="own")
def carry_out(claimed: Job) -> dict[str, Any]:
    """Change the tree, move the records portion by portion, and note that all have followed.

    Each portion is committed by itself, so that a job which is broken off goes on where it stood: what has moved is no
    longer found. Payload: ``change``, an id.
    """
    key = claimed.payload["change"]
    with system(CHANGE, user_id=claimed.user_id):
        take_effect(key)
        change = UnitChange.objects.get(pk=key)
        if change.applied_at is None:
            raise Refused(_("这项变更还没有审定，或者生效日期未到。"))
        takings = _takings(change)
        total = sum(taking.rows(kind).count() for taking in takings for kind in moving_types())
    moved = _move_all(claimed, takings, total)
    result = {"moved": moved, "change": key}
    with system(CHANGE, user_id=claimed.user_id):
        finish_change(key)
        finish(claimed, result)
    hint_marks()
    return result


def _move_all(claimed: Job, takings: list[TakingOver], total: int) -> int:
    moved = 0
    for taking in takings:
        if taking.villages is None:
            with system("handover", user_id=taking.user_id):
                readdress(taking)
        for kind in moving_types():
            while number := _one_portion(taking, kind):
                moved += number
                report_progress(claimed, moved, max(total, moved), _("正在移转业务"))
    return moved


def _one_portion(taking: TakingOver, kind: RecordType) -> int:
    with system("handover", user_id=taking.user_id):
        return move_portion(taking, kind)


def _takings(change: UnitChange) -> list[TakingOver]:
    """Return whose records go where: those of every unit that ends, and of villages that are split off."""
    if change.kind == UnitChange.Kind.RENAME:
        return []
    split = change.kind == UnitChange.Kind.SPLIT
    return [
        TakingOver(
            giver=line.unit,
            receiver=line.target,
            on=change.effective_on,
            user_id=change.decided_by_id or 0,
            paper=change.paper,
            villages=tuple(line.villages) if split else None,
        )
        for line in change.lines.select_related("unit", "target")
        if line.target
    ]


@leads_to(CHANGE)
def changed_page(finished: Job) -> tuple[Any, str]:
    """Lead to the change."""
    return _("查看机构变更"), reverse("unit_change", args=[finished.result["change"]])


def effect_of(change: UnitChange) -> list[Effect]:
    """Return what a change will meet, counted over the whole of its units: numbers, never rows."""
    lines = list(change.lines.select_related("unit"))
    units = [line.unit for line in lines]
    with system("unit_change"):
        found = _records(change, lines) if change.kind != UnitChange.Kind.RENAME else []
        for more in effects:
            found += more(change, [unit.pk for unit in units])
    return [*_tree(change, lines), *found]


def _tree(change: UnitChange, lines: list[UnitChangeLine]) -> list[Effect]:
    today = timezone.localdate()
    if change.kind == UnitChange.Kind.RENAME:
        below = Office.objects.on(today).filter(parent=lines[0].unit)
        return [(_("随之更名的下级机构"), below.filter(name__startswith=lines[0].unit.name).count())]
    if change.kind == UnitChange.Kind.SPLIT:
        return [(_("划出的村（居）"), len(lines[0].villages))]
    from_now_on = Q(valid_until=None) | Q(valid_until__gte=max(today, change.effective_on))
    return [
        (_("停用的机构"), len(lines)),
        (_("随之划转的村（居）"), sum(villages_of(line.unit, today).count() for line in lines)),
        (_("需要安排的任职"), sum(line.unit.memberships.filter(from_now_on).count() for line in lines)),
    ]


def _records(change: UnitChange, lines: list[UnitChangeLine]) -> list[Effect]:
    villages = change.kind == UnitChange.Kind.SPLIT
    going = open_now = 0
    for line in lines:
        taking = TakingOver(
            giver=line.unit,
            receiver=line.unit,
            on=change.effective_on,
            user_id=0,
            villages=tuple(line.villages) if villages else None,
        )
        for kind in moving_types():
            going += taking.rows(kind).count()
            open_now += taking.rows(kind).filter(state__in=kind.workflow.open_states()).count()
    return [(_("移转的未结业务"), open_now), (_("移转的已结、归档业务"), going - open_now)]

"""Job kinds of the tests. Workers started by a test import this module too."""

from __future__ import annotations

import os
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection

from casework.jobs import Refused, job
from casework.models import Job
from offices.models import AccessEntry
from offices.scoping import current_scope, system

EFFECT, SYSTEM_EFFECT, POISON, REFUSAL, DENIAL, FAILURE = (
    f"test.{name}" for name in ("effect", "system_effect", "poison", "refusal", "denial", "failure")
)

# What no log may repeat.
WORDS = "张三"


def leave(claimed: Job, what: str) -> None:
    """Leave one row that nobody can take back once it is committed."""
    scope = current_scope()
    AccessEntry.objects.create(
        kind=AccessEntry.Kind.VIEW, record_type=what, record_key=str(claimed.pk), user_id=scope.user_id
    )


def left(what: str) -> list[int]:
    """Return the jobs' ids of the rows left, doubled ones as often as they are there."""
    keys = AccessEntry.objects.filter(record_type=what).order_by("record_key").values_list("record_key", flat=True)
    return sorted(map(int, keys))


@job(EFFECT)
def leave_effect(claimed: Job) -> dict[str, Any]:
    """Leave the effect under the asker's scope."""
    leave(claimed, EFFECT)
    return {"left": 1}


@job(SYSTEM_EFFECT, runs_as="system")
def leave_system_effect(claimed: Job) -> dict[str, Any]:
    """Leave the effect, then go on for a moment, so that a kill may hit between the effect and "done"."""
    leave(claimed, SYSTEM_EFFECT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [claimed.payload.get("seconds", 0)])
    return {"left": 1}


@job(POISON, runs_as="own")
def kill_own_process(claimed: Job) -> dict[str, Any]:
    """Write down the start, committed, and take the process along."""
    with system("poison"):
        leave(claimed, POISON)
    os._exit(9)


@job(REFUSAL)
def refuse(claimed: Job) -> dict[str, Any]:
    """Leave the effect and refuse: nothing may remain of it."""
    leave(claimed, REFUSAL)
    raise Refused("记录已归档。")


@job(DENIAL)
def deny(claimed: Job) -> dict[str, Any]:
    """Find that the asker lacks the right."""
    leave(claimed, DENIAL)
    raise PermissionDenied


@job(FAILURE)
def fail(claimed: Job) -> dict[str, Any]:
    """Leave the effect and fail: nothing may remain of it."""
    leave(claimed, FAILURE)
    raise ZeroDivisionError(WORDS)

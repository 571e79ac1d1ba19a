"""Exactly-once work: claim by a conditional update, effect and "done" in one transaction, fenced by the attempt."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from kombu.exceptions import OperationalError
from kombu.pools import producers

from casework.models import Job
from offices.models import Membership
from offices.scoping import Scope, system, within

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
BACK_OFF = (5, 20, 60, 180)
# After a failed hint nobody waits for the broker again for this long: the minute's tick carries the work on.
BROKER_PAUSE_SECONDS = 10.0
# A person waits behind each hint: two tries of half a second at most, where a worker's own connection may take longer.
HASTE = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
Handler = Callable[[Job], dict[str, Any]]

# More than once only when the open job of the key ends between the insertion and the look at it.
TRIES_TO_ENQUEUE = 3

# What a finished job of a kind leads to: a label and an address, for the page that waits for it.
Lead = Callable[[Job], tuple[Any, str]]

_leads: dict[str, Lead] = {}
# Tasks to hint after a deed that may have marked months for counting: apps above casework add theirs.
after_marks: list[str] = []

_handlers: dict[str, tuple[Handler, str]] = {}
_broker_silent_until = 0.0


class Refused(Exception):
    """The job cannot be done, now or later; the message is for the person who asked."""


def job(kind: str, *, runs_as: str = "asker") -> Callable[[Handler], Handler]:
    """Register the function that does a kind of job. It returns the result as JSON.

    ``runs_as`` "asker" gives it the present scope of the membership that asked; "system" that of the system;
    "own" leaves transaction and scope to the function itself, which must call ``finish`` inside them.
    """

    def known(handler: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"The job kind {kind} is registered twice")
        _handlers[kind] = (handler, runs_as)
        return handler

    return known


def leads_to(kind: str) -> Callable[[Lead], Lead]:
    """Register the function that says where a finished job of a kind leads."""

    def known(lead: Lead) -> Lead:
        _leads[kind] = lead
        return lead

    return known


def job_results(finished: Job) -> tuple[Any, str]:
    """Return the label and address of what a job has made; empty ones when there is nothing to open."""
    lead = _leads.get(finished.kind)
    return lead(finished) if lead else ("", "")


def shown_job(found: Job) -> dict[str, Any]:
    """Return a job as the progress component shows it."""
    states = {Job.State.WAITING: "queued", Job.State.RUNNING: "running", Job.State.DONE: "done", Job.State.DEAD: "dead"}
    label, address = job_results(found) if found.state == Job.State.DONE else ("", "")
    return {
        "state": states[Job.State(found.state)],
        "progress": found.progress,
        "total": found.total,
        "message": found.message if found.state == Job.State.RUNNING else "",
        "error": found.message or _("请稍后再试，或联系技术支持。"),
        "result_url": address,
        "result_label": label,
    }


def enqueue(
    kind: str, *, key: str, payload: dict[str, Any] | None = None, asker: Membership | None = None, delay: int = 0
) -> Job:
    """Insert a job, or return the open one with the same key; the hint leaves after the commit.

    The open one may be a colleague's, whose page the asker cannot see: compare ``user_id`` before leading there.
    ``payload`` holds ids only: never a name, a number of a person or a text.
    """
    if kind not in _handlers:
        raise KeyError(kind)
    values = {
        "payload": payload or {},
        "user_id": asker.user_id if asker else None,
        "membership": asker,
        "run_after": timezone.now() + timedelta(seconds=delay),
    }
    with transaction.atomic():
        found = _insert_or_find(kind, key, values)
    if not delay:
        hint("casework.run_job", found.pk)
    return found


def _insert_or_find(kind: str, key: str, values: dict[str, Any]) -> Job:
    for _attempt in range(TRIES_TO_ENQUEUE):
        fresh = Job(kind=kind, key=key, **values)
        Job.objects.bulk_create([fresh], ignore_conflicts=True)
        # The open job of the key may be another person's: under the asker's own policy it would not be found.
        with system("jobs"):
            mine = Q(public_id=fresh.public_id)
            same = Q(kind=kind, key=key, state__in=[Job.State.WAITING, Job.State.RUNNING])
            if found := Job.objects.filter(mine | same).first():
                return found
    raise RuntimeError(f"The job {kind} {key} can neither be inserted nor found")


def hint(task: str, *ids: int) -> None:
    """Tell the broker, once the transaction is committed, that there is something to do. It may fail."""
    transaction.on_commit(lambda: _send(task, ids))


def hint_marks() -> None:
    """Tell whoever counts, once the deed is committed, that it may have marked months."""
    for task in after_marks:
        hint(task)


def _send(task: str, ids: tuple[int, ...]) -> None:
    global _broker_silent_until  # noqa: PLW0603 - one circuit breaker for each process
    if time.monotonic() < _broker_silent_until:
        return
    broker = current_app.connection_for_write(transport_options=HASTE)
    try:
        with producers[broker].acquire(block=True) as producer:
            current_app.send_task(task, args=ids, producer=producer, retry=False, expires=3600)
    except (OperationalError, OSError) as error:
        _broker_silent_until = time.monotonic() + BROKER_PAUSE_SECONDS
        logger.warning("The broker does not answer (%s); jobs wait for the next tick", type(error).__name__)


def run(job_id: int) -> None:
    """Claim a job and do it; do nothing when another worker has it or it is not due."""
    claimed = claim(job_id)
    if claimed is None:
        return
    handler, runs_as = _handlers[claimed.kind]
    try:
        # What it says of its progress or refusal is for the person who asked; papers set their own language.
        with override(_language_of(claimed)):
            if runs_as == "own":
                handler(claimed)
            else:
                with _scope_of(claimed, runs_as):
                    finish(claimed, handler(claimed))
    except Refused as refusal:
        _give_up(claimed, str(refusal))
    except PermissionDenied:
        _give_up(claimed, "refused")
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, the table must tell of it
        # Where it failed, but not the error's own words: a database's may hold what a person typed.
        place = "".join(traceback.format_tb(error.__traceback__))
        reason = type(error).__name__
        logger.error("Job %s of kind %s failed: %s\n%s", claimed.public_id, claimed.kind, reason, place)
        _put_back(claimed, reason)


def _language_of(claimed: Job) -> str:
    return claimed.user.language if claimed.user else settings.LANGUAGE_CODE


def asker_scope(claimed: Job) -> AbstractContextManager[Scope]:
    """Open the present scope of who asked, for a job that runs as "own"; PermissionDenied when there is none left."""
    return _scope_of(claimed, "asker")


def _scope_of(claimed: Job, runs_as: str) -> AbstractContextManager[Scope]:
    if runs_as == "system":
        return system(claimed.kind, user_id=claimed.user_id)
    # Rights are read anew: a job of a person who has been suspended meanwhile is refused.
    membership = (
        Membership.objects.active(timezone.localdate())
        .select_related("office", "user")
        .filter(pk=claimed.membership_id or 0)
        .first()
    )
    if membership is None:
        raise PermissionDenied
    claimed.membership = membership
    return within(membership, source=f"job:{claimed.kind}"[:40])


def lease_end(now: datetime) -> datetime:
    """Return until when a job that is taken ``now`` belongs to its worker alone."""
    return now + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def is_due(now: datetime) -> Q:
    """Return the condition that a job waits for a worker, or that its worker has let the lease run out."""
    return Q(state=Job.State.WAITING, run_after__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)


def claim(job_id: int) -> Job | None:
    """Take a waiting job, or one whose lease has run out, until lease_end; None when another worker was first."""
    now = timezone.now()
    with system("jobs"):
        taken = Job.objects.filter(is_due(now), pk=job_id).update(
            state=Job.State.RUNNING, attempts=F("attempts") + 1, lease_until=lease_end(now)
        )
        if not taken:
            return None
        found = Job.objects.get(pk=job_id)
        # A job that kills its own process comes back by its lease: the count stops it, not an exception.
        if found.attempts > MOST_ATTEMPTS:
            Job.objects.filter(pk=job_id).update(
                state=Job.State.DEAD, finished_at=now, lease_until=None, attempts=MOST_ATTEMPTS
            )
            return None
    return found


def finish(claimed: Job, result: dict[str, Any]) -> None:
    """Write "done" in the transaction of the effect; raise when the lease has passed to another attempt."""
    done = _still_mine(claimed).update(
        state=Job.State.DONE, result=result, finished_at=timezone.now(), lease_until=None, progress=F("total")
    )
    if not done:
        raise RuntimeError("The lease of the job has passed to another attempt")


def _still_mine(claimed: Job) -> QuerySet[Job]:
    # The state too: what fails after the commit of effect and "done" would else put a finished job back.
    return Job.objects.filter(pk=claimed.pk, attempts=claimed.attempts, state=Job.State.RUNNING)


def report_progress(claimed: Job, progress: int, total: int, message: str) -> None:
    """Show how far a job is. Call it outside the effect's transaction, or nobody sees it before the end."""
    with system("jobs"):
        _still_mine(claimed).update(
            progress=progress, total=total, message=message[:200], lease_until=lease_end(timezone.now())
        )


def _give_up(claimed: Job, reason: str) -> None:
    with system("jobs"):
        _still_mine(claimed).update(
            state=Job.State.DEAD, message=reason[:200], finished_at=timezone.now(), lease_until=None
        )


def _put_back(claimed: Job, reason: str) -> None:
    if claimed.attempts >= MOST_ATTEMPTS:
        _give_up(claimed, reason)
        return
    with system("jobs"):
        wait = timedelta(seconds=BACK_OFF[claimed.attempts - 1])
        _still_mine(claimed).update(
            state=Job.State.WAITING, run_after=timezone.now() + wait, message=reason[:200], lease_until=None
        )


def due_jobs(limit: int = 500) -> list[int]:
    """Return the ids of jobs that wait or whose worker has died, oldest first."""
    with system("jobs"):
        due = Job.objects.filter(is_due(timezone.now()))
        return list(due.order_by("run_after").values_list("pk", flat=True)[:limit])


def oldest_open_seconds() -> int:
    """Return for how long the oldest due job has been waiting for a worker, in seconds; 0 when none waits."""
    now = timezone.now()
    with system("jobs"):
        # A running job waits again from the end of its lease on.
        since = Job.objects.filter(is_due(now)).aggregate(first=Min(Coalesce("lease_until", "run_after")))["first"]
    return int((now - since).total_seconds()) if since else 0

"""Asking for a job as a page does, and looking after it."""

from __future__ import annotations

from casework.jobs import enqueue
from casework.models import Job
from offices.models import Membership
from offices.scoping import system, within


def ask(kind: str, asker: Membership, *, key: str = "1") -> Job:
    """Enqueue a job as a page does."""
    with within(asker):
        return enqueue(kind, key=key, asker=asker)


def now_of(asked: Job) -> Job:
    """Return the job as it stands in the table."""
    with system("test"):
        return Job.objects.get(pk=asked.pk)

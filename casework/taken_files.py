"""Files that a person took out of the portal: theirs for a day, then gone from the disk."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from casework.files import Stored, stored_path
from casework.jobs import enqueue, job
from casework.models import Job

FOLDER = "exports"
REMOVE = "remove_taken_file"
KEPT = timedelta(hours=24)


def taken(claimed: Job, stored: Stored, *, name: str, content_type: str, rows: int) -> dict[str, Any]:
    """Return the result of a job that made a file, and see to the file's end. Call it in the transaction of "done"."""
    seconds = int(KEPT.total_seconds())
    enqueue(REMOVE, key=claimed.public_id, payload={"job": claimed.pk}, asker=claimed.membership, delay=seconds)
    return {"stored_as": stored.stored_as, "name": name, "type": content_type, "rows": rows}


def is_there(finished: Job) -> bool:
    """Tell whether the file of a finished job can still be taken."""
    return "stored_as" in finished.result


def gone() -> tuple[str, str]:
    """Return what the job's page says instead of a download."""
    return _("文件只保留24小时，已经删除。需要时请重新制作。"), ""


@job(REMOVE, runs_as="system")
def remove_taken_file(claimed: Job) -> dict[str, Any]:
    """Remove the file; what was asked for and how many rows were taken stays in the job and in the access log."""
    asked = Job.objects.select_for_update(of=("self",)).get(pk=claimed.payload["job"])
    if stored_as := asked.result.pop("stored_as", ""):
        asked.save(update_fields=["result"])
        transaction.on_commit(partial(stored_path(stored_as).unlink, missing_ok=True))
    return {}

"""Celery's doors to the services: ids in, nothing out."""

from __future__ import annotations

from celery import current_app, shared_task

from casework import jobs, search, search_index, unit_changes

# Called by every tick: apps below the wiring add what they must look after each minute.
on_tick: list[str] = []
# A tick's hints are stale once the next one repeats them: without it they pile up before a worker that hangs.
HINT_LASTS_SECONDS = 55


@shared_task(name="casework.run_job")
def run_job(job_id: int) -> None:
    """Do one job."""
    jobs.run(job_id)


@shared_task(name="casework.tick")
def tick() -> None:
    """Each minute: repeat the hints that the broker lost."""
    for job_id in jobs.due_jobs():
        current_app.send_task("casework.run_job", args=(job_id,), expires=HINT_LASTS_SECONDS)
    for task in on_tick:
        current_app.send_task(task, expires=HINT_LASTS_SECONDS)


@shared_task(name="casework.index_marked")
def index_marked() -> None:
    """Let the search find what was saved, and forget what was searched for longer than half an hour ago."""
    search_index.drain()
    search.forget_old_texts()


@shared_task(name="casework.start_unit_changes")
def start_unit_changes() -> None:
    """Let the changes of units take effect whose day has come."""
    unit_changes.start_due()

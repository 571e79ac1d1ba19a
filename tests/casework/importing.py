"""Importing as a person does it: the upload, the checks, the run, the undoing; each job done at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from casework import jobs
from casework.lines import record_type
from casework.models import ImportBatch, Job
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system, within
from offices.workbooks import XLSX
from tests.mediation.ledgers import good_row

ClientFor = Callable[[Membership], Client]
KIND = record_type("mediation.dispute")
FAULTY = [good_row(0), good_row(1) | {"amount": "-5"}, good_row(2)]


def newest_batch() -> ImportBatch:
    with system("test"):
        return ImportBatch.objects.latest("pk")


def do_open_jobs() -> Job:
    """Do the jobs that are due, and return the last one."""
    due = jobs.due_jobs()
    for job_id in due:
        jobs.run(job_id)
    with system("test"):
        return Job.objects.get(pk=due[-1])


def upload(client: Client, content: bytes, name: str = "ledger.xlsx") -> ImportBatch:
    """Upload a file, let it be checked, and return the batch."""
    file = SimpleUploadedFile(name, content, content_type=XLSX)
    answer = client.post(reverse("disputes:import"), {"file": file})
    assert answer.status_code == 303
    assert do_open_jobs().state == Job.State.DONE
    return newest_batch()


def run(client: Client, batch: ImportBatch, rows: str = "all") -> Any:
    """Ask for the import, do it, and return the answer."""
    answer = client.post(reverse("disputes:import_run", args=[batch.public_id]), {"rows": rows})
    for job_id in jobs.due_jobs():
        jobs.run(job_id)
    return answer


def undo(client: Client, batch: ImportBatch) -> Job | None:
    """Ask for the undoing, do it, and return the job; None when it was refused at once."""
    client.post(reverse("disputes:import_undo", args=[batch.public_id]))
    return do_open_jobs() if jobs.due_jobs() else None


def count(actor: Membership, model: Any = Dispute) -> int:
    with within(actor):
        return int(model.objects.count())


def page(client: Client, batch: ImportBatch) -> str:
    return client.get(reverse("disputes:import_batch", args=[batch.public_id])).content.decode()


def rows(number: int) -> list[dict[str, Any]]:
    return [good_row(n) for n in range(number)]

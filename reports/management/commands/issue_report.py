"""``manage.py issue_report --form T9 --month 2026-10 --unit 37``: issue a month and print the path of its PDF."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casework import jobs
from casework.files import stored_path
from casework.models import Job
from offices.models import Membership, Office
from offices.permissions import ALLOWED, Action
from offices.scoping import system, within
from reports.models import EditionFile
from reports.periods import parse_month
from reports.services import issue_report

POLL_SECONDS = 0.5


class Command(BaseCommand):
    """Do from the shell what the page of the report centre does."""

    help = "Issue a form for a month, wait for its files, and print the path of the PDF as the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take form, month, unit, and optionally who asks and why again."""
        parser.add_argument("--form", required=True)
        parser.add_argument("--month", required=True, help="as in 2026-10")
        parser.add_argument("--unit", required=True, help="the national code of the unit, 37 for the province")
        parser.add_argument("--as", dest="username", default="", help="the user name of the person who issues")
        parser.add_argument("--reason", default="", help="why a month that was issued is issued again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, do the jobs unless a worker does, and print where the PDF lies."""
        month = parse_month(options["month"])
        if month is None:
            raise CommandError("--month is written as in 2026-10")
        unit = Office.objects.filter(code=options["unit"], valid_to=None).order_by("id").first()
        if unit is None:
            raise CommandError(f"There is no unit with the code {options['unit']}")
        actor = self.actor(unit, options["username"])
        try:
            with within(actor, source="command:issue_report"):
                asked = issue_report(
                    actor=actor, form=options["form"], month=month, unit=unit, reason=options["reason"]
                )
        except PermissionError:
            raise CommandError(f"{actor} may not issue reports of {unit}") from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        frozen = self.wait(asked)
        with system("issue_report"):
            rendering = Job.objects.get(public_id=frozen.result["next_job"])
        self.wait(rendering)
        with system("issue_report"):
            pdf = EditionFile.objects.get(edition__public_id=frozen.result["edition"], kind=EditionFile.Kind.PDF)
        self.stdout.write(str(stored_path(pdf.stored_as)))

    def actor(self, unit: Office, username: str) -> Membership:
        """Return who issues: the named person's membership of the unit, else its first statistician."""
        found = Membership.objects.active(timezone.localdate()).select_related("user", "office").filter(office=unit)
        found = found.filter(user__username__iexact=username) if username else found
        allowed = found.filter(role__in=ALLOWED[Action.ISSUE_REPORT]).order_by("pk").first()
        if allowed is None:
            raise CommandError(f"Nobody {'of that name ' if username else ''}may issue reports of {unit}")
        return allowed

    def wait(self, asked: Job) -> Job:
        """Return the job once it is done. Claiming is conditional: a worker and this command cannot both do it."""
        while True:
            jobs.run(asked.pk)
            with system("issue_report"):
                asked = Job.objects.get(pk=asked.pk)
            if asked.state == Job.State.DONE:
                return asked
            if asked.state == Job.State.DEAD:
                raise CommandError(f"The job {asked.public_id} could not be done: {asked.message}")
            time.sleep(POLL_SECONDS)

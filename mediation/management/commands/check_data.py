"""``manage.py check_data``: proves that the line's data hold together; exits 1 when anything does not."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from mediation.demo.checking import findings
from offices.scoping import system


class Command(BaseCommand):
    """Check every dispute, event, number, party and due date."""

    help = (
        "Prove that histories, figures' events, numbers, parties, due dates and scopes agree; exit 1 if any does not."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each question with the rows looked at and those that are wrong."""
        # The owner also sees the number counters; the application role asks everything else.
        using = "owner" if "owner" in settings.DATABASES else "default"
        began = time.monotonic()
        wrong = 0
        with system("check_data", using=using):
            for finding in findings(using, timezone.localdate()):
                verdict = "ok   " if not finding.wrong else "WRONG"
                self.stdout.write(f"{verdict}  {finding.wrong:>9,} of {finding.checked:>11,}  {finding.name}")
                self.stdout.flush()
                wrong += finding.wrong
        self.stdout.write(f"{wrong:,} wrong in {time.monotonic() - began:.0f} s")
        if wrong:
            sys.exit(1)

"""``manage.py recount``: count every cell anew; ``--verify`` compares instead and exits 1 when cells differ."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from offices.models import Office
from reports import rollup


class Command(BaseCommand):
    """Recount or verify."""

    help = "Count every cell anew from the source, or prove that the cells agree with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --verify."""
        parser.add_argument("--verify", action="store_true", help="compare only; exit 1 when cells differ")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print the result."""
        if options["verify"]:
            self.verify()
        else:
            self.stdout.write(f"{rollup.recount()} cells changed")

    def verify(self) -> None:
        """Print how many cells differ, and the first of them."""
        rollup.drain()
        found = rollup.verify()
        self.stdout.write(
            f"{found.differing} of {found.cells} cells differ ({found.pending} months wait for the drain)"
        )
        names = dict(Office.objects.values_list("pk", "name"))
        for one in found.differences:
            codes = " ".join(one.codes)
            self.stdout.write(f"  {one.month:%Y-%m} {one.level} {names.get(one.unit_id, one.unit_id)}: {codes}")
        if found.differing:
            sys.exit(1)

"""``manage.py import_offices``: load the office tree from the tables of divisions, or bring it up to date."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from offices.divisions import BadDivisions, read_divisions
from offices.imports import Changes, import_divisions
from offices.models import Level, Office, Village

DIVISIONS = Path(__file__).resolve().parents[2] / "data" / "divisions"
KINDS = {Level.PROVINCE.value: "provinces", "city": "cities", "county": "county-level units", "office": "offices"}


class Command(BaseCommand):
    """Import the tree; run again it changes nothing."""

    help = "Load province, cities, counties, offices and villages. Every bad row is named; then nothing is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--divisions", type=Path, default=DIVISIONS, help="folder with the four CSV files")
        parser.add_argument(
            "--on",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="day from which the tables hold (default: 2022-01-01 for an empty portal, else today)",
        )
        parser.add_argument("--database", choices=list(settings.DATABASES), help="default: owner where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything first, then write it in one transaction, then count."""
        using = options["database"] or ("owner" if "owner" in settings.DATABASES else "default")
        try:
            divisions = read_divisions(options["divisions"])
        except BadDivisions as error:
            raise CommandError("\n".join(["nothing was imported", *error.faults])) from error
        changes = import_divisions(divisions=divisions, on=options["on"], using=using)
        self._report(changes, using)

    def _report(self, changes: Changes, using: str) -> None:
        units = Office.objects.using(using).filter(valid_to=None)
        counts = {kind: units.filter(level=level).count() for level, kind in KINDS.items()}
        zones = units.filter(is_functional_zone=True).count()
        villages = Village.objects.using(using).filter(valid_to=None)
        communities = villages.filter(is_community=True).count()
        listed = ", ".join(f"{number} {kind}" for kind, number in counts.items())
        self.stdout.write(
            f"{listed}, {villages.count()} villages and communities "
            f"({zones} functional zones among the counties, {communities} communities)"
        )
        for word, kinds in (("added", changes.added), ("changed", changes.changed), ("ended", changes.ended)):
            self.stdout.write(f"{word}: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items()))

"""``manage.py bench list dashboard insert drain import export pdf dossier search``: what things cost, as ratios measured in one run."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from justice_portal.bench import dashboards, dossiers, drains, editions, exports, imports, inserts, lists, searches
from justice_portal.bench.measuring import Size
from justice_portal.bench.pages import busiest_type
from offices.scoping import system

BENCHES = {
    "list": lists.measure,
    "dashboard": dashboards.measure,
    "insert": inserts.measure,
    "drain": drains.measure,
    "import": imports.measure,
    "export": exports.measure,
    "pdf": editions.measure,
    "dossier": dossiers.measure,
    "search": searches.measure,
}
FULL = Size(rounds=15, calls=20, rows=100_000)
QUICK = Size(rounds=1, calls=1, rows=200)


class Command(BaseCommand):
    """Measure and print. Needs demo data and DATABASE_OWNER_URL; the portal's own rows stay as they are."""

    help = "Print what pages, deeds, files, the drain and a search cost, as ratios measured in one run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which benchmarks to run."""
        parser.add_argument("names", nargs="*", metavar="|".join(BENCHES), help="all of them when none is named")
        parser.add_argument("--quick", action="store_true", help="a few calls only: does it work at all?")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them in the order in which they were named."""
        names = options["names"] or list(BENCHES)
        if unknown := [name for name in names if name not in BENCHES]:
            self.stderr.write(f"There is no benchmark {', '.join(unknown)}: choose from {', '.join(BENCHES)}.")
            raise SystemExit(2)
        self.stdout.write(surroundings())
        for name in names:
            for result in BENCHES[name](QUICK if options["quick"] else FULL):
                self.stdout.write(result.line())
                self.stdout.flush()


def surroundings() -> str:
    """Return what the figures were measured on."""
    kind = busiest_type()
    with system("bench"), connection.cursor() as cursor:
        records = kind.model.objects.count()
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    return f"{records:,} × {kind.code}, PostgreSQL {version}, {os.cpu_count()} cores"

"""``manage.py verify_volume FILE``: whether a volume's PDF is what its cover says, without a database or a network."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.verifying import NotAVolume, verify_file


class Command(BaseCommand):
    """Recompute the digest from the data in the file and hold it against every page."""

    help = "Check a volume's PDF: its data against the code on each of its pages."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the digest; fail, naming the pages, where one bears another."""
        try:
            found = verify_file(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(str(error)) from error
        except NotAVolume as error:
            raise CommandError("This is no PDF with a volume's data in it.") from error
        if not found.is_whole:
            numbers = ", ".join(map(str, found.foreign))
            raise CommandError(f"The data have the digest {found.digest}; pages {numbers} do not bear it.")
        self.stdout.write(f"{found.pages} pages, all of them bear the code of the data: {found.digest}")

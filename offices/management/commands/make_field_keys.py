"""Make the key file of field encryption."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from offices.keys import SecrecyError, write_new_key_file


class Command(BaseCommand):
    """Write a new key file; a file that exists is never touched."""

    help = "Write a key file with one fresh key, mode 0600. Back it up apart from the database."
    requires_system_checks: list[str] = []  # it runs before there is a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the argument."""
        parser.add_argument("path", nargs="?", type=Path, help="default: FIELD_KEYS_FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say where it lies."""
        path = options["path"] or Path(settings.FIELD_KEYS_FILE)
        try:
            write_new_key_file(path)
        except (SecrecyError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"wrote {path}: whoever loses it loses every encrypted field")

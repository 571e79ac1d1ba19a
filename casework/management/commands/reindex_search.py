"""``manage.py reindex_search``: read every record anew for the search."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from casework import search_index
from casework.models import SearchRow

OWNER = "owner"


class Command(BaseCommand):
    """Fill the search table."""

    help = (
        "Read every record anew for the search; --rebuild makes the index anew, which a first filling is faster with."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --rebuild."""
        parser.add_argument(
            "--rebuild", action="store_true", help="without its index meanwhile; needs the owner's role"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print how many records were written."""
        if not options["rebuild"]:
            self.stdout.write(f"{search_index.reindex()} records written")
            return
        if OWNER not in settings.DATABASES:
            raise CommandError("--rebuild works as the database's owner: set DATABASE_OWNER_URL.")
        index = SearchRow._meta.indexes[0]
        with connections[OWNER].schema_editor() as editor:
            editor.remove_index(SearchRow, index)
        try:
            written = search_index.reindex()
        finally:
            with connections[OWNER].schema_editor() as editor:
                editor.add_index(SearchRow, index)
        with connections[OWNER].cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {SearchRow._meta.db_table}")
        connections[OWNER].close()
        self.stdout.write(f"{written} records written")

"""Plain SQL past managers and services, as the application role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

# One dispute stands in each of these people's offices.
CLERKS = ("clerk", "sibling_clerk", "zone_clerk", "far_clerk")
INSERT_COMMITTEE = (
    "INSERT INTO mediation_mediationcommittee (office_id, county_id, city_id, kind, name, short_name, established_on) "
    "VALUES (%s, 0, 0, 'village', '新调委会', '新', '2026-01-01')"
)


@contextmanager
def undone() -> Iterator[None]:
    """Run a block and undo what it wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def counted(table: str) -> int:
    return int(rows(f"SELECT count(*) FROM {table}")[0][0])

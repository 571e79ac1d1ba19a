"""Plain SQL past managers and services, as the application role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

# One dispute stands in each of these people's offices.
CLERKS = ("clerk", "sibling_clerk", "zone_clerk", "far_clerk")
INSERT_COMMITTEE = (
    "INSERT INTO mediation_mediationcommittee (office_id, county_id, city_id, public_id, title, number, number_body, "
    "state, version, registered_on, due_rule, created_by_id, created_at, updated_at, kind, short_name, industry, code, "
    "established_on, filing_number, site, telephone, has_room, has_seal, is_standardised, in_minority_area) "
    "VALUES (%s, 0, 0, left(md5(random()::text), 10), '新调委会', '', '', 'running', 1, '2026-01-01', '', "
    "(SELECT min(id) FROM offices_user), now(), now(), 'village', '新', '', '', '2026-01-01', '', '', '', false, "
    "false, false, false)"
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

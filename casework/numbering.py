"""Register numbers per body, year and kind, without gaps: a counter row taken last in the deed's transaction."""

from __future__ import annotations

from django.db import connection


def take_numbers(body: str, year: int, kind: str, count: int = 1) -> int:
    """Take ``count`` numbers and return the first of them.

    The counter stays locked until the transaction ends, so a rolled-back deed leaves no gap. Take it last.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT take_numbers(%s, %s, %s, %s)", [body, year, kind, count])
        row = cursor.fetchone()
    return int(row[0])

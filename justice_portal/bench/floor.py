"""The floor: what a page would cost if it were nothing but its queries. No session, no user, no template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

from django.db import connection
from psycopg_pool import ConnectionPool

from justice_portal.bench.pages import Statement, environment

Wsgi = Callable[[dict[str, Any], Callable[..., object]], list[bytes]]
CONNECTION_FIELDS = ("dbname", "user", "password", "host", "port", "options")


@contextmanager
def floor_pool() -> Iterator[ConnectionPool]:
    """Open a pool of plain connections of the application role."""
    given = connection.get_connection_params()
    fields = {name: given[name] for name in CONNECTION_FIELDS if given.get(name)}
    with ConnectionPool(kwargs=fields, min_size=1, max_size=2) as pool:
        pool.wait()
        yield pool


def floor_app(pool: ConnectionPool, statements: Sequence[Statement]) -> Wsgi:
    """Return a WSGI function: a transaction, these statements, the rows of the answers joined to a page."""

    def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        parts = ["<!doctype html><table>"]
        with pool.connection() as plain:
            for sql, values in statements:
                for row in plain.execute(sql, values):
                    cells = "</td><td>".join(escape(str(value)) for value in row)
                    parts.append(f"<tr><td>{cells}</td></tr>")
        parts.append("</table>")
        body = "".join(parts).encode()
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def floor_page(app: Wsgi) -> Callable[[], bytes]:
    """Return a call of a floor, as measured."""
    return lambda: b"".join(app(environment("/"), lambda status, headers: None))

"""Several people at once: each deed in a thread of its own, all let go at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connections

DoneT = TypeVar("DoneT")
PATIENCE = 300.0


def crowd(deeds: Sequence[Callable[[], DoneT]], *, expected: type[Exception] | None = None) -> list[DoneT | None]:
    """Do all deeds at once and return what each returned, None for one that ended in an ``expected`` exception.

    Any other exception is raised here. The database must be the test's own (fresh_database): every thread commits.
    """
    start = threading.Barrier(len(deeds))
    results: list[DoneT | None] = [None] * len(deeds)
    errors: list[BaseException] = []

    def do(place: int, deed: Callable[[], DoneT]) -> None:
        try:
            start.wait(PATIENCE)
            results[place] = deed()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            if expected is None or not isinstance(error, expected):
                errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=pair, daemon=True) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads), "a deed has not come to its end"
    return results

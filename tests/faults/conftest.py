"""What the fault proofs share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from casework import jobs
from tests.faults.running import Works, works_on


@pytest.fixture
def works(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[Works]]:
    """Start a broker of the test's own: ``with works(lease=3) as running``."""
    monkeypatch.setattr(jobs, "_broker_silent_until", 0.0)
    return partial(works_on, fresh_database)

"""Records for the tests of scope and audit."""

from __future__ import annotations

import pytest

from tests.conftest import find_member
from tests.factories import DisputeFactory
from tests.offices.plain_sql import CLERKS


@pytest.fixture(scope="class")
def owners(class_database: str) -> dict[int, str]:
    """Make a dispute in the office of each clerk; return the clerks by the disputes' ids."""
    return {DisputeFactory.create(actor=find_member(name)).pk: name for name in CLERKS}

"""Browser tests: the driver runs an event loop in the test's thread, in which Django would refuse every query."""

from __future__ import annotations

import os

# Before the first fixture: the browser of the session is started before the database of the test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

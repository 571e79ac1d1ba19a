"""What every table of the line shares."""

from __future__ import annotations

LINE = "mediation"

"""What every row of a dispute has."""

from __future__ import annotations

from casework.models import RecordRow
from mediation.models.base import LINE, DayChecks


class DisputeRow(DayChecks, RecordRow):
    """A row of a dispute, whose days are compared with the days of the case."""

    line_of = LINE
    parent_field = "dispute"

    class Meta(RecordRow.Meta):
        abstract = True

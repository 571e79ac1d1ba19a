"""What every table of the line shares."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LINE = "mediation"


class DayChecks:
    """Refusals of a row's days, in the words of its fields."""

    def _not_before(self, name: str, earliest: date | None, what: Any) -> None:
        """Refuse a day or moment before another day, which ``what`` names; nothing given, nothing refused."""
        day = self._day(name)
        if day and earliest and day < earliest:
            text = _("%(what)s不能早于%(earlier)s（%(day)s）。")
            raise ValidationError({name: text % self._words(name, earlier=what, day=earliest)})

    def _not_after(self, name: str, latest: date | None, what: Any) -> None:
        """Refuse a day or moment after another day."""
        day = self._day(name)
        if day and latest and day > latest:
            text = _("%(what)s不能晚于%(later)s（%(day)s）。")
            raise ValidationError({name: text % self._words(name, later=what, day=latest)})

    def _day(self, name: str) -> date | None:
        value = getattr(self, name)
        return timezone.localdate(value) if isinstance(value, datetime) else value

    def _words(self, name: str, *, day: date, **words: Any) -> dict[str, Any]:
        field: Any = self._meta.get_field(name)  # type: ignore[attr-defined]  # mixed into models alone
        return {"what": field.verbose_name, "day": day.isoformat(), **words}

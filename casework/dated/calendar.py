"""The working calendar, year by year: the days off and the make-up days that the State Council announces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework.calendars import MAX_AGE_SECONDS, forget_work_calendar, load_work_calendar
from casework.dated.recomputing import KIND, Recomputed, preview
from casework.dated.subjects import (
    Change,
    ChangeForm,
    Effect,
    Listed,
    Subject,
    UnknownThing,
    Versions,
    in_chinese,
)
from casework.form_fields import PlainText, PortalDateField, long_text
from casework.forms import say_what_is_missing
from casework.jobs import enqueue
from casework.models import CalendarDay, CalendarYear, DatedDraft
from casework.templatetags.casework import record_date
from casework.workdays import WorkCalendar, is_workday
from offices.models import Membership

YEARS_BACK, YEARS_AHEAD = 3, 2
MOST_LISTED = 12
ONE_DAY = timedelta(days=1)
# 2027-02-06 — 2027-02-12 春节; the year may be left out, and the second day.
_LINE = re.compile(
    r"^(?P<first>[\d./年月日-]+?)(?:\s*(?:至|到|—+|–|~|～)\s*(?P<last>[\d./年月日-]+))?(?:\s+(?P<note>.*))?$"
)
_DAY = re.compile(r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$")


@dataclass(frozen=True, kw_only=True)
class MarkedDay:
    """A day that differs from Monday to Friday, or is named as a day off."""

    day: date
    is_workday: bool
    note: str = ""


def marked_days(year: int) -> list[MarkedDay]:
    """Return the marked days of a year."""
    rows = CalendarDay.objects.filter(date__year=year).order_by("date")
    return [MarkedDay(day=row.date, is_workday=row.is_workday, note=row.note) for row in rows]


def runs_of(days: Iterable[MarkedDay]) -> list[tuple[date, date, MarkedDay]]:
    """Return days in a row of the same kind and name as (first, last, day)."""
    found: list[tuple[date, date, MarkedDay]] = []
    for one in days:
        if found:
            first, last, run = found[-1]
            if (run.is_workday, run.note) == (one.is_workday, one.note) and last + ONE_DAY == one.day:
                found[-1] = (first, one.day, run)
                continue
        found.append((one.day, one.day, one))
    return found


def text_of(days: Iterable[MarkedDay]) -> str:
    """Return days as the form takes them, one run in each line."""
    return "\n".join(
        (f"{first} {run.note}" if first == last else f"{first} — {last} {run.note}").rstrip()
        for first, last, run in runs_of(days)
    )


class DaysField(forms.CharField):
    """Days and runs of days of one year, one in each line, with a name behind it."""

    def __init__(self, *, year: int, is_workday: bool, **kwargs: Any) -> None:
        super().__init__(widget=long_text(8), max_length=4000, **kwargs)
        self.year, self.is_workday = year, is_workday

    def clean(self, value: Any) -> list[MarkedDay]:
        """Return the days; ValidationError names the line that cannot be read."""
        found: list[MarkedDay] = []
        for number, line in enumerate(super().clean(value).splitlines(), start=1):
            if line.strip():
                found += self._days_of(line.strip(), number)
        days = [one.day for one in found]
        if len(days) != len(set(days)):
            raise ValidationError(_("同一天写了两次。"))
        return sorted(found, key=lambda one: one.day)

    def _days_of(self, line: str, number: int) -> list[MarkedDay]:
        read = _LINE.match(line)
        first, last = (self._day(read[name]) if read and read[name] else None for name in ("first", "last"))
        if read is None or first is None or (read["last"] and last is None):
            raise ValidationError(_("第%(n)d行不是日期，请写成“2027-02-06 — 2027-02-12 春节”。") % {"n": number})
        last = last or first
        if {first.year, last.year} != {self.year} or last < first:
            raise ValidationError(_("第%(n)d行的日期不在%(year)d年，或者前后颠倒。") % {"n": number, "year": self.year})
        note = (read["note"] or "")[:100]
        count = (last - first).days + 1
        return [MarkedDay(day=first + n * ONE_DAY, is_workday=self.is_workday, note=note) for n in range(count)]

    def _day(self, text: str) -> date | None:
        found = _DAY.match(text)
        if found is None:
            return None
        try:
            return date(int(found[1] or self.year), int(found[2]), int(found[3]))
        except ValueError:
            return None


class CalendarForm(ChangeForm):
    """The days of a year, from a day on."""

    source = PlainText(
        label=gettext_lazy("放假通知"), max_length=100, help_text=gettext_lazy("例如：国办发明电〔2025〕7号。")
    )

    valid_from = PortalDateField(
        label=gettext_lazy("起始日期"), future=True, help_text=gettext_lazy("这一天以前的日期保持不变。")
    )

    field_order = ("source", "off", "worked", "valid_from", "reason")

    def __init__(self, typed: Any, *, year: int, initial: dict[str, Any]) -> None:
        super().__init__(typed, initial=initial)
        self.fields["off"] = DaysField(
            year=year,
            is_workday=False,
            label=_("放假的日期"),
            help_text=_("每行一天或者一段，后面写名称，例如：2027-02-06 — 2027-02-12 春节。"),
        )
        self.fields["worked"] = DaysField(
            year=year,
            is_workday=True,
            label=_("调休上班的日期"),
            required=False,
            help_text=_("只写周六、周日中要上班的日期。"),
        )
        self.order_fields(self.field_order)
        say_what_is_missing(self)

    def clean(self) -> dict[str, Any]:
        """A day is off or worked, never both."""
        cleaned = super().clean() or {}
        both = {one.day for one in cleaned.get("off", ())} & {one.day for one in cleaned.get("worked", ())}
        if both:
            self.add_error("worked", _("%(day)s 同时写在放假和调休上班里。") % {"day": min(both).isoformat()})
        return cleaned


class Calendar(Subject):
    """The years of the working calendar."""

    kind = "calendar"
    label = gettext_lazy("工作日历")
    note = gettext_lazy(
        "法定节假日和调休上班日，期限按工作日计算时使用。尚未公布的年份按周一至周五暂计，公布后重新计算。"
    )

    def years(self) -> list[int]:
        """Return the years that have a page, oldest first."""
        now = timezone.localdate().year
        known = set(CalendarYear.objects.filter(year__gte=now - YEARS_BACK).values_list("year", flat=True))
        return sorted(known | set(range(now, now + YEARS_AHEAD + 1)))

    def listed(self, day: date) -> list[Listed]:
        """Return the years, with how many days differ and whether the notice is known."""
        sources = dict(CalendarYear.objects.values_list("year", "source"))
        calendar = load_work_calendar()
        return [
            Listed(
                code=str(year),
                name=_("%(year)d年工作日历") % {"year": year},
                holds=_holds(year, calendar),
                article=sources.get(year, ""),
                since=date(year, 1, 1),
            )
            for year in self.years()
        ]

    def title(self, code: str) -> str:
        """Return the name of a year."""
        if not code.isdecimal() or int(code) not in self.years():
            raise UnknownThing(code)
        return _("%(year)d年工作日历") % {"year": int(code)}

    def versions(self, code: str) -> Versions:
        """Return the days that differ, in runs."""
        rows = [
            [
                record_date(first) if first == last else f"{record_date(first)} — {record_date(last)}",
                str(_("上班") if run.is_workday else _("放假")),
                in_chinese(run.note) or "—",
            ]
            for first, last, run in runs_of(marked_days(int(code)))
        ]
        return Versions([_("日期"), _("安排"), _("说明")], rows)

    def make_form(self, code: str, typed: Any = None) -> ChangeForm:
        """Ask for the days of the year, beginning with those that are known."""
        year, days = int(code), marked_days(int(code))
        initial = {
            "source": CalendarYear.objects.filter(year=year).values_list("source", flat=True).first() or "",
            "off": text_of(one for one in days if not one.is_workday),
            "worked": text_of(one for one in days if one.is_workday),
            "valid_from": max(timezone.localdate() + ONE_DAY, date(year, 1, 1)),
        }
        return CalendarForm(typed, year=year, initial=initial)

    def change(self, code: str, cleaned: Mapping[str, Any]) -> Change:
        """Return what was asked for."""
        days = sorted([*cleaned["off"], *cleaned["worked"]], key=lambda one: one.day)
        rows = [{"date": one.day.isoformat(), "is_workday": one.is_workday, "note": one.note} for one in days]
        return Change(valid_from=cleaned["valid_from"], content={"source": cleaned["source"], "days": rows})

    def check(self, code: str, change: Change) -> None:
        """Refuse a change of days before its own day, and one that changes nothing."""
        year, start = int(code), change.valid_from
        if start.year != year:
            raise ValidationError({"valid_from": _("起始日期须在%(year)d年以内。") % {"year": year}})
        before, after = load_work_calendar(), calendar_with(year, change)
        typed = {one["date"]: one["is_workday"] for one in change.content["days"]}
        for one in (date(year, 1, 1) + n * ONE_DAY for n in range((start - date(year, 1, 1)).days)):
            worked = typed.get(one.isoformat(), one.weekday() < 5)
            if worked != is_workday(one, calendar=before):
                text = _("%(day)s 在起始日期以前，不能改动。") % {"day": one.isoformat()}
                raise ValidationError({"worked" if worked else "off": text})
        is_known = CalendarYear.objects.filter(year=year, source=change.content["source"]).exists()
        if is_known and not changed_days(year, before, after):
            raise ValidationError({"off": _("与现在的内容相同。")})

    def told(self, code: str, change: Change) -> str:
        """Say the notice, and how many days are off and made up."""
        rows = change.content["days"]
        worked = sum(row["is_workday"] for row in rows)
        days = _("放假%(off)d天，调休上班%(worked)d天") % {"off": len(rows) - worked, "worked": worked}
        return f"{in_chinese(change.content['source'])} · {days}"

    def effects(self, code: str, change: Change, today: date) -> list[Effect]:
        """Say which days change, and what open business gets another due date."""
        year = int(code)
        before, after = load_work_calendar(), calendar_with(year, change)
        days = changed_days(year, before, after)
        texts = [f"{record_date(day)} {_('上班') if is_workday(day, calendar=after) else _('放假')}" for day in days]
        shown = _("、").join(texts[:MOST_LISTED]) + (_("等") if len(texts) > MOST_LISTED else "")
        text = ngettext("有 %(n)d 天与现在不同：%(days)s", "有 %(n)d 天与现在不同：%(days)s", len(days))
        found = [Effect(text % {"n": len(days), "days": shown} if days else _("没有一天与现在不同。"))]
        return found + [_effect(one) for one in preview(after, _term(year, change), today)]

    def adopted(self, draft: DatedDraft, actor: Membership) -> None:
        """Count the open limits again once no process knows the old calendar any more."""
        forget_work_calendar()
        enqueue(KIND, key=str(draft.pk), payload={"draft": draft.pk}, asker=actor, delay=2 * MAX_AGE_SECONDS)


def _term(year: int, change: Change) -> tuple[date, date]:
    return change.valid_from, date(year, 12, 31)


def _holds(year: int, calendar: WorkCalendar) -> str:
    if year not in calendar.published_years:
        return _("尚未公布，按周一至周五暂计")
    off, worked = (
        sum(day.year == year and one is kind for day, one in calendar.days.items()) for kind in (False, True)
    )
    return _("放假%(off)d天，调休上班%(worked)d天") % {"off": off, "worked": worked}


def calendar_with(year: int, change: Change) -> WorkCalendar:
    """Return the calendar as it would be with a change."""
    now = load_work_calendar()
    days = {day: worked for day, worked in now.days.items() if day.year != year or day < change.valid_from}
    for row in change.content["days"]:
        if (day := date.fromisoformat(row["date"])) >= change.valid_from:
            days[day] = row["is_workday"]
    return WorkCalendar(days=days, published_years=now.published_years | {year})


def changed_days(year: int, before: WorkCalendar, after: WorkCalendar) -> list[date]:
    """Return the days of a year that are worked in one calendar and off in the other."""
    first = date(year, 1, 1)
    days = (first + n * ONE_DAY for n in range((date(year, 12, 31) - first).days + 1))
    return [day for day in days if is_workday(day, calendar=before) != is_workday(day, calendar=after)]


def _effect(one: Recomputed) -> Effect:
    words = {"what": one.label, "moved": one.moved, "kept": one.kept}
    if one.kept:
        text = _("%(what)s：%(moved)d 件在办的期限将重新计算；%(kept)d 件的期限已过，保持原来的日期。")
        return Effect(text % words, "amber")
    return Effect(_("%(what)s：%(moved)d 件在办的期限将重新计算。") % words)

"""The statistical month: the calendar month, or from the 26th of the month before to the 25th; for whole years."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.dated.subjects import (
    Change,
    ChangeForm,
    Effect,
    Listed,
    Subject,
    UnknownThing,
    Versions,
    in_chinese,
    term,
    term_headings,
)
from casework.form_fields import fields_of
from casework.forms import say_what_is_missing
from casework.models import DatedDraft, MonthRule
from casework.months import Months, forget_months, months
from casework.templatetags.casework import record_date
from offices.models import Membership

CODE = "month"
YEARS_OFFERED = 3


@fields_of(MonthRule, "last_day article")
class MonthForm(ChangeForm):
    """How months are counted from which year on."""

    year = forms.TypedChoiceField(
        label=gettext_lazy("从哪一年起"), coerce=int, help_text=gettext_lazy("自该年1月起；以前的月份不变。")
    )

    field_order = ("last_day", "year", "article", "reason")

    def __init__(self, typed: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(typed, initial=initial)
        choice = forms.TypedChoiceField(
            label=_("统计月份"), coerce=int, choices=[("", _("请选择")), *MonthRule.Ends.choices]
        )
        self.fields["last_day"] = choice
        next_year = timezone.localdate().year + 1
        years = range(next_year, next_year + YEARS_OFFERED)
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
        self.order_fields(self.field_order)
        say_what_is_missing(self)


class StatisticalMonth(Subject):
    """The one setting of how months are counted."""

    kind = "month"
    label = gettext_lazy("统计月份")
    note = gettext_lazy("业务计入哪个月的统计。只能从以后某年的一月起改变，以前的月份不变。")

    def listed(self, day: date) -> list[Listed]:
        """Return the setting with what holds on a day."""
        rule = MonthRule.objects.filter(valid_from__lte=day).latest("valid_from")
        name, holds = str(self.label), str(MonthRule.Ends(rule.last_day).label)
        return [Listed(code=CODE, name=name, holds=holds, article=rule.article, since=rule.valid_from)]

    def title(self, code: str) -> str:
        """Return the name of the setting."""
        if code != CODE:
            raise UnknownThing(code)
        return str(self.label)

    def versions(self, code: str) -> Versions:
        """Return how months were, are and will be counted."""
        today = timezone.localdate()
        rows = [
            [
                str(MonthRule.Ends(rule.last_day).label),
                in_chinese(rule.article),
                *term(rule.valid_from, rule.valid_until, today),
            ]
            for rule in MonthRule.objects.order_by("-valid_from")
        ]
        return Versions([_("统计月份"), _("依据"), *term_headings()], rows)

    def make_form(self, code: str, typed: Any = None) -> ChangeForm:
        """Ask for the next one, beginning with the newest."""
        newest = MonthRule.objects.latest("valid_from")
        return MonthForm(typed, initial={"last_day": newest.last_day, "article": newest.article})

    def change(self, code: str, cleaned: Mapping[str, Any]) -> Change:
        """Return what was asked for."""
        content = {"last_day": cleaned["last_day"], "article": cleaned["article"]}
        return Change(valid_from=date(cleaned["year"], 1, 1), content=content)

    def check(self, code: str, change: Change) -> None:
        """Refuse what changes nothing, and any day but the first of a year."""
        if (change.valid_from.month, change.valid_from.day) != (1, 1):
            raise ValidationError({"year": _("统计月份只能从一月一日起改变。")})
        before = MonthRule.objects.filter(valid_from__lt=change.valid_from).latest("valid_from")
        if before.last_day == change.content["last_day"]:
            raise ValidationError({"last_day": _("与现在的内容相同。")})

    def told(self, code: str, change: Change) -> str:
        """Say how months would be counted."""
        label = MonthRule.Ends(change.content["last_day"]).label
        return format_html("{} · {}", label, in_chinese(change.content["article"]))

    def effects(self, code: str, change: Change, today: date) -> list[Effect]:
        """Say what the first months would be, and that nothing before them changes."""
        after = _with(change)
        shown = []
        for number in (1, 2, 12):
            month = change.valid_from.replace(month=number)
            words = {"month": f"{month:%Y-%m}", "first": record_date(after.first_day(month))}
            shown.append(_("%(month)s：%(first)s — %(last)s") % (words | {"last": record_date(after.last_day(month))}))
        found = [Effect(_("统计月份将是：%(months)s") % {"months": _("；").join(shown)})]
        first = after.first_day(change.valid_from)
        days = (after.last_day(change.valid_from) - first).days + 1
        text = _("%(month)s 之前的月份不变。交接的一月共 %(n)d 天，与其他月份和上年同月不可比，报表应当说明。")
        return [*found, Effect(text % {"month": f"{change.valid_from:%Y-%m}", "n": days}, "amber")]

    def adopted(self, draft: DatedDraft, actor: Membership) -> None:
        """Let this process read the setting afresh: nothing before the coming January depends on it."""
        forget_months()


def _with(change: Change) -> Months:
    kept = [(start, last) for start, last in months().rules if start < change.valid_from]
    return Months((*kept, (change.valid_from, change.content["last_day"])))

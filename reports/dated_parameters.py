"""The parameters of checks and weights among what is dated: their words, their pages, what another value would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework import lines
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
from offices.models import Level
from reports import words
from reports.models import Parameter, UnitSheet
from reports.parameters import limits_on
from reports.periods import later, month_of
from reports.volatility import Limits, volatility

# What each parameter is about, and the least and the most that makes sense.
WORDS: dict[str, tuple[Any, int, int]] = {
    "check.leap_percent": (gettext_lazy("月报审核：变动超过多少时提示"), 1, 1000),
    "check.base": (gettext_lazy("月报审核：基数达到多少才提示"), 1, 10_000),
    "check.equal_cells": (gettext_lazy("月报审核：与上月相同的指标达到几个时提示"), 2, 100),
    "report.remind_days": (gettext_lazy("月报提醒：到期前几个工作日开始提醒"), 1, 30),
}
FIELDS = {"check.leap_percent": "percent", "check.base": "base", "check.equal_cells": "equal_cells"}


@fields_of(Parameter, "value article valid_from", future="valid_from")
class ParameterForm(ChangeForm):
    """The next value of a parameter."""


class Parameters(Subject):
    """The parameters."""

    kind = "parameter"
    label = gettext_lazy("统计参数")
    note = gettext_lazy("月报审核使用的数值，从起始日期当日或者以后开始的月份起适用。")

    def listed(self, day: date) -> list[Listed]:
        """Return the parameters that hold on a day."""
        running = Parameter.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day).order_by("code")
        return [
            Listed(code=one.code, name=_name(one.code), holds=_value(one), article=one.article, since=one.valid_from)
            for one in running
        ]

    def title(self, code: str) -> str:
        """Return what the parameter is about."""
        if not Parameter.objects.filter(code=code).exists():
            raise UnknownThing(code)
        return _name(code)

    def versions(self, code: str) -> Versions:
        """Return its values."""
        today = timezone.localdate()
        rows = [
            [_value(one), in_chinese(one.article), *term(one.valid_from, one.valid_until, today)]
            for one in Parameter.objects.filter(code=code).order_by("-valid_from")
        ]
        return Versions([_("数值"), _("依据"), *term_headings()], rows)

    def make_form(self, code: str, typed: Any = None) -> ChangeForm:
        """Ask for the next value, beginning with the newest."""
        newest = Parameter.objects.filter(code=code).latest("valid_from")
        form = ParameterForm(typed, initial={"value": newest.value, "article": newest.article})
        if newest.unit:
            form.fields["value"].help_text = _("单位：%(unit)s") % {"unit": words.unit_name(newest.unit)}
        return form

    def change(self, code: str, cleaned: Mapping[str, Any]) -> Change:
        """Return what was asked for; the unit stays."""
        unit = Parameter.objects.filter(code=code).latest("valid_from").unit
        content = {"value": cleaned["value"], "unit": unit, "article": cleaned["article"]}
        return Change(valid_from=cleaned["valid_from"], content=content)

    def check(self, code: str, change: Change) -> None:
        """Refuse a value without sense, and one that changes nothing."""
        _label, least, most = WORDS.get(code, ("", 0, 2**31 - 1))
        if not least <= change.content["value"] <= most:
            raise ValidationError(
                {"value": _("请填写 %(least)d 至 %(most)d 之间的数。") % {"least": least, "most": most}}
            )
        before = Parameter.objects.filter(code=code, valid_from__lt=change.valid_from).latest("valid_from")
        if (before.value, before.article) == (change.content["value"], change.content["article"]):
            raise ValidationError({"value": _("与现在的内容相同。")})

    def told(self, code: str, change: Change) -> str:
        """Say the value and its ground."""
        value = Parameter(code=code, value=change.content["value"], unit=change.content["unit"])
        return format_html("{} · {}", _value(value), in_chinese(change.content["article"]))

    def effects(self, code: str, change: Change, today: date) -> list[Effect]:
        """Say how many sheets of the last reported month would have been questioned by either value."""
        begins = change.valid_from.replace(day=1)
        first = begins if begins == change.valid_from else later(begins, 1)
        found = [Effect(_("从%(month)s的月报起适用；已经校核的月报不变。") % {"month": words.month_name(first)})]
        month = later(month_of(today), -1)
        sheets = UnitSheet.objects.filter(month=month).exclude(level=Level.OFFICE).exclude(figures={})
        was, now, count = limits_on(month), _limits_with(code, change, month), 0
        questioned = {was: 0, now: 0}
        # Counties, cities and the province: some 170 units, whatever the number of offices.
        for form, figures in sheets.values_list("form", "figures"):
            count += 1
            names = _flows(form, figures)
            for limits in questioned:
                questioned[limits] += any(not check.passed for check in volatility(figures, names, limits))
        if count:
            text = _("%(month)s县级以上的 %(n)d 张月报中，按现值有 %(was)d 张出现提示，按新值有 %(now)d 张。")
            numbers = {"n": count, "was": questioned[was], "now": questioned[now]}
            found.append(Effect(text % ({"month": words.month_name(month)} | numbers)))
        return found


def _name(code: str) -> str:
    return str(WORDS[code][0]) if code in WORDS else code


def _value(one: Parameter) -> str:
    return words.with_unit(f"{one.value:,}", words.unit_name(one.unit))


def _limits_with(code: str, change: Change, month: date) -> Limits:
    now = limits_on(month)
    values = {name: getattr(now, name) for name in FIELDS.values()}
    return Limits(**(values | ({FIELDS[code]: change.content["value"]} if code in FIELDS else {})))


def _flows(form: str, figures: Mapping[str, Any]) -> dict[str, str]:
    try:
        line, _table = lines.form(form)
    except KeyError:
        return {}
    return {one.code: one.name for one in line.indicators if one.kind == "flow" and one.code in figures}

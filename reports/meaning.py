"""A figure's definition in words, from its declaration."""

from __future__ import annotations

from typing import Any

from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from casework.lines import HANDED, BusinessLine, Indicator, Ratio
from offices.models import Level
from reports import words

KINDS = {
    "flow": pgettext_lazy("kind of figure", "期间数（按业务日期计入）"),
    "balance": pgettext_lazy("kind of figure", "期末数（期末最后一日的状态）"),
    "typed": pgettext_lazy("kind of figure", "填报数（由单位填入，没有明细）"),
    "opening": pgettext_lazy("kind of figure", "期初数（期初前一日的状态）"),
}
POLARITIES = {
    "more": pgettext_lazy("polarity", "越大越好"),
    "less": pgettext_lazy("polarity", "越小越好"),
    "neutral": pgettext_lazy("polarity", "不作评价"),
}


def facts_of(line: BusinessLine, figure: Indicator | Ratio) -> list[tuple[Any, Any, bool]]:
    """Return label, value and width of everything a definition page says of a figure."""
    own = _indicator_facts(line, figure) if isinstance(figure, Indicator) else _ratio_facts(line, figure)
    tables = [f"{form.form_no} {words.name_of(form)}" for form in line.forms if _stands_in(form, figure.code)]
    return [
        (_("代码"), figure.code, False),
        *own,
        (_("评价方向"), POLARITIES[figure.polarity], False),
        (_("统计表"), pgettext("list", "、").join(tables), True),
        (_("口径"), words.in_chinese(figure.definition), True),
    ]


def _indicator_facts(line: BusinessLine, indicator: Indicator) -> list[tuple[Any, Any, bool]]:
    return [
        (_("列号"), indicator.number if indicator.number.isdecimal() else _("附列资料"), False),
        (_("计量单位"), words.unit_name(indicator.unit), False),
        (_("种类"), KINDS["opening" if indicator.opening else indicator.kind], False),
        (
            _("计算方法"),
            _rule(line, indicator),
            True,
        ),
        (_("依据"), words.in_chinese(indicator.article), True),
        (_("口径负责单位"), words.in_chinese(indicator.owner), False),
        (_("版本"), str(indicator.version), False),
        (_("启用日期"), indicator.valid_from.isoformat(), False),
    ]


def _rule(line: BusinessLine, indicator: Indicator) -> str:
    if indicator.kind == "typed":
        return _("由%(level)s单位在自校时填入，上级相加") % {"level": Level(indicator.level).label}
    return _balance_rule(line, indicator) if indicator.kind == "balance" else _flow_rule(line, indicator)


def _ratio_facts(line: BusinessLine, ratio: Ratio) -> list[tuple[Any, Any, bool]]:
    parts = {"numerator": _named(line, ratio.numerator), "denominator": _named(line, ratio.denominator)}
    rule = _("%(numerator)s ÷ %(denominator)s × 100%%，按合计数计算，不取平均") % parts
    return [(_("计量单位"), "%", False), (_("计算方法"), rule, True)]


def _named(line: BusinessLine, code: str) -> str:
    return f"{words.name_of(line.indicator(code))} [{code}]"


def _balance_rule(line: BusinessLine, balance: Indicator) -> str:
    plus = " + ".join(_named(line, code) for code in balance.plus)
    return " − ".join((plus, *(_named(line, code) for code in balance.minus)))


def _flow_rule(line: BusinessLine, flow: Indicator) -> str:
    """Return the event that counts, the field that is summed, and the conditions on the record's fields."""
    model = line.counted_model(flow)
    rule = _("计数事件：%(event)s") % {
        "event": pgettext("alternatives", "／").join(event_label(line, event) for event in flow.events)
    }
    if flow.measure != "count":
        rule += _("；求和字段：%(field)s") % {"field": _field_label(model._meta.get_field(flow.measure))}
    for name, wanted in flow.where.items():
        values = ", ".join(map(str, wanted)) if isinstance(wanted, tuple) else str(wanted)
        rule += _("；条件：%(field)s = %(values)s") % {
            "field": _field_label(model._meta.get_field(name)),
            "values": values,
        }
    return rule


def event_label(line: BusinessLine, kind: str) -> str:
    """Return the name of a counted event: the steps that make it."""
    labels = [str(HANDED[kind])] if kind in HANDED else []
    for kind_of in line.record_types:
        labels += [str(step.label) for step in kind_of.workflow.transitions if kind in step.counts]
        labels += [str(label) for event, label in kind_of.counts.items() if event == kind]
        labels += [str(part.label) for part in kind_of.parts for event, _field in part.counts if event == kind]
    return pgettext("alternatives", "／").join(labels) or kind


def _field_label(field: Any) -> str:
    return str(field.verbose_name) if isinstance(field, Field) else field.name


def _stands_in(form: Any, code: str) -> bool:
    return code in {*form.indicators, *form.memo, *form.ratios}

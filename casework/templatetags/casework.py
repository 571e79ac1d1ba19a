"""Tags and filters every page may use: icons, dates, money, form fields. They format; they decide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

register = template.Library()

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
SVG = re.compile(r"<svg[^>]*>(?P<shape>.*)</svg>", re.DOTALL)
WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
VISIBLE_ACTIONS = 4
SHORT_CHOICES = 3


@cache
def icon_shapes() -> Mapping[str, str]:
    """The inner markup of each vendored icon by name, read once per process."""
    shapes: dict[str, str] = {}
    for path in VENDOR.glob("bootstrap-icons-*/*.svg"):
        if match := SVG.search(path.read_text(encoding="utf-8")):
            shapes[path.stem] = re.sub(r">\s+<", "><", match["shape"].strip())
    return shapes


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inlined SVG. Decorative unless `label` says what it means; an unknown name raises LookupError."""
    return _drawn(name, f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"')


@lru_cache(maxsize=1000)
def _drawn(name: str, spoken: str) -> SafeString:
    # Kept: a page bears some forty icons of the same few.
    shape = icon_shapes().get(name)
    if shape is None:
        raise LookupError(f"no icon named {name!r}: add it to tools/icons.txt and re-create static/vendor")
    opening = f'<svg class="jo-icon" viewBox="0 0 16 16" focusable="false" {spoken}>'
    return mark_safe(f"{opening}{shape}</svg>")  # noqa: S308  our own vendored file


def _local(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def list_date(value: date | None) -> str:
    """As lists write it: 11月24日 周二. Empty for None."""
    if value is None:
        return ""
    local = _local(value)
    day = date_format(local, pgettext("date format", "n月j日"))
    return pgettext("date", "%(day)s %(weekday)s") % {"day": day, "weekday": WEEKDAYS[local.weekday()]}


@register.filter
def record_date(value: date | None) -> str:
    """As records write it: 2026-11-24. Empty for None."""
    return "" if value is None else f"{_local(value):%Y-%m-%d}"


@register.filter
def record_time(value: date | None) -> str:
    """As records write a moment: 2026-11-24 15:20. A plain date stays a date: no invented 00:00."""
    if value is None:
        return ""
    return f"{_local(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else record_date(value)


@register.filter
def clock(value: datetime | str | None) -> str:
    """The time of day of a save: 09:21:36. Text passes through."""
    if not isinstance(value, datetime):
        return value or ""
    return f"{_local(value):%H:%M:%S}"


@register.filter
def iso(value: date | str | None) -> str:
    """The machine-readable form for <time datetime>. Text gives nothing: it cannot be parsed."""
    return _local(value).isoformat() if isinstance(value, date) else ""


@register.filter
def official_date(value: date | None) -> str:
    """As official papers write it, Chinese in every language: 2026年11月24日, without leading zeros."""
    if value is None:
        return ""
    local = _local(value)
    return f"{local.year}年{local.month}月{local.day}日"


@register.filter
def moment(value: date | str | None) -> str:
    """A moment in a timeline: 11月24日 15:20, with the year when it is not the current one. Text passes through."""
    if value is None or isinstance(value, str):
        return value or ""
    local = _local(value)
    if local.year == timezone.localdate().year:
        text = date_format(local, pgettext("date format", "n月j日"))
    else:
        text = date_format(local, pgettext("date format", "Y年n月j日"))
    return f"{text} {local:%H:%M}" if isinstance(local, datetime) else text


@register.filter
def money(value: int | None) -> str:
    """Fen as yuan with separators: 320000 gives 3,200.00. Zero stays 0.00, None is empty."""
    if value is None:
        return ""
    yuan, fen = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{yuan:,}.{fen:02d}"


@register.filter
def or_dash(value: object) -> object:
    """The value, or a dash that is read out as 无. Zero is a value."""
    if value is None or value == "":
        return format_html('<span aria-hidden="true">—</span><span class="visually-hidden">{}</span>', gettext("无"))
    return value


@register.filter
def tel(value: str) -> str:
    """The digits of a phone number for a tel: link."""
    return re.sub(r"[^\d+]", "", value)


@register.filter
def field_kind(bound: BoundField) -> str:
    """How a field is laid out: hidden, checkbox, choices, file, select, text or input."""
    widget = bound.field.widget
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        ((forms.RadioSelect, forms.CheckboxSelectMultiple), "choices"),
        (forms.CheckboxInput, "checkbox"),
        (forms.FileInput, "file"),
        (forms.Select, "select"),
        (forms.Textarea, "text"),
    )
    if widget.is_hidden:
        return "hidden"
    return next((kind for classes, kind in kinds if isinstance(widget, classes)), "input")


@register.filter
def field_is_wide(bound: BoundField) -> bool:
    """True when a field takes the whole row: long text, files, more than three choices, or a widget marked data-wide."""
    kind = field_kind(bound)
    if kind == "choices":
        return isinstance(bound.field.widget, forms.CheckboxSelectMultiple) or len(bound.subwidgets) > SHORT_CHOICES
    return kind in {"text", "file"} or "data-wide" in bound.field.widget.attrs


@register.filter
def widget_attr(bound: BoundField, name: str) -> Any:
    """An attribute of the field's widget: names with hyphens cannot be reached from a template."""
    return bound.field.widget.attrs.get(name, "")


@register.filter
def has_name(name: str, names: Iterable[str] | None) -> bool:
    """True when the name is one of the given ones."""
    return name in (names or ())


@dataclass(frozen=True)
class SortedActions:
    """Buttons of a record: in the open, under 更多, and those that cannot be taken now, with the reason."""

    shown: list[Mapping[str, Any]] = field(default_factory=list)
    more: list[Mapping[str, Any]] = field(default_factory=list)
    blocked: list[Mapping[str, Any]] = field(default_factory=list)


@register.simple_tag
def sort_actions(actions: Iterable[Mapping[str, Any]] | None) -> SortedActions:
    """Primary actions first, at most four in the open, unavailable ones apart."""
    given = list(actions or ())
    ready = sorted((one for one in given if not one.get("disabled_reason")), key=lambda one: not one.get("primary"))
    blocked = [one for one in given if one.get("disabled_reason")]
    if len(ready) <= VISIBLE_ACTIONS:
        return SortedActions(ready, [], blocked)
    return SortedActions(ready[: VISIBLE_ACTIONS - 1], ready[VISIBLE_ACTIONS - 1 :], blocked)

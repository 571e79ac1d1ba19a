"""What a form means, written out of the registry once when it is issued, and read back for ever after."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, override

from casework.lines import BusinessLine, Form, Indicator
from reports.content import ColumnDef, Highlights, RatioDef
from reports.meaning import event_label
from reports.models import Definition

WRITTEN_IN = "zh-hans"


def canonical(content: Any) -> bytes:
    """Return JSON in the one form that digests are taken of: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def definition_of(line: BusinessLine, form: Form) -> Definition:
    """Return the row that says what the form means today; the same wording is stored once."""
    content = write_definition(line, form)
    digest = hashlib.sha256(canonical(content)).hexdigest()
    found, _made = Definition.objects.get_or_create(digest=digest, defaults={"form": form.code, "content": content})
    return found


def write_definition(line: BusinessLine, form: Form) -> dict[str, Any]:
    """Return the form's marks, indicators, ratios, relations and the names of the counted events, as JSON."""
    indicators = [line.indicator(code) for code in (*form.indicators, *form.memo)]
    marks = {name: value for name, value in asdict(form).items() if name not in {"relations", "ratios"}}
    return _plain(
        {
            "line": line.code,
            "form": marks,
            "indicators": [asdict(indicator) for indicator in indicators],
            "ratios": [asdict(line.ratio(code)) for code in form.ratios],
            "relations": [asdict(relation) for relation in form.relations],
            "headlines": [asdict(told) for told in line.headlines if told.form == form.code],
            "events": _event_names(line, indicators),
        }
    )


def _event_names(line: BusinessLine, indicators: list[Indicator]) -> dict[str, dict[str, str]]:
    """Return the names of the counted events in each language."""
    names: dict[str, dict[str, str]] = {}
    for language in (WRITTEN_IN, "en"):
        with override(language):
            for kind in sorted(_events(line, indicators)):
                names.setdefault(kind, {})[language] = event_label(line, kind)
    return names


def _events(line: BusinessLine, indicators: list[Indicator]) -> set[str]:
    """Return the kinds of counted events behind indicators; those of a balance are its flows'."""
    parts = [line.indicator(code) for one in indicators for code in (*one.plus, *one.minus)]
    return {event for indicator in (*indicators, *parts) for event in indicator.events}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, so that what is digested is what is read back."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Meaning:
    """A stored definition with names for what is in it."""

    content: dict[str, Any]

    @property
    def form(self) -> dict[str, Any]:
        """The form's marks, columns, memo columns and headline."""
        marks: dict[str, Any] = self.content["form"]
        return marks

    @property
    def indicators(self) -> dict[str, dict[str, Any]]:
        """The indicators by code, columns first."""
        return {indicator["code"]: indicator for indicator in self.content["indicators"]}

    def columns(self, codes: list[str]) -> tuple[ColumnDef, ...]:
        """Return the columns of the printed form. A memo column has the number 0."""
        known = self.indicators
        return tuple(_column(known[code]) for code in codes)

    def ratios(self) -> tuple[RatioDef, ...]:
        """Return the ratios of the printed form."""
        names = ("code", "name", "name_en", "numerator", "denominator", "definition")
        return tuple(RatioDef(**{name: ratio[name] for name in names}) for ratio in self.content["ratios"])

    def highlights(self) -> Highlights:
        """Return which columns the printed key figures and charts show."""
        number = {code: _number(indicator) for code, indicator in self.indicators.items()}
        headline = [number[code] for code in self.form["headline"] if number.get(code)]
        composition = tuple(number[code] for code in self.form["composition"])
        return Highlights(
            key=tuple(sorted(headline)), trend=tuple(headline[:2]), composition=composition, ranking=headline[0]
        )

    def name_of(self, indicator: dict[str, Any]) -> str:
        """Return the name of an indicator or a ratio in the language of the page."""
        return str(indicator["name_en"] if get_language() == "en" else indicator["name"])

    def title(self) -> str:
        """Return the form's number and title in the language of the page."""
        return f"{self.form['form_no']} {self.form['title_en' if get_language() == 'en' else 'title']}"

    def event_name(self, kind: str) -> str:
        """Return the name of a counted event in the language of the page."""
        names = self.content["events"].get(kind, {})
        return str(names.get(get_language() or WRITTEN_IN) or names.get(WRITTEN_IN, kind))


def _number(indicator: dict[str, Any]) -> int:
    return int(indicator["number"]) if indicator["number"].isdecimal() else 0


def _column(indicator: dict[str, Any]) -> ColumnDef:
    names = ("code", "name", "name_en", "unit", "group", "is_money", "definition", "article", "version")
    return ColumnDef(
        number=_number(indicator),
        is_balance=indicator["kind"] == "balance",
        typed_at=indicator.get("level", ""),
        **{name: indicator[name] for name in names},
    )

"""A frozen sheet in the words of a page: its cards, its table, its lower units, and the rows behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from casework import lines
from offices.models import Level
from reports import words
from reports.centre import address_of
from reports.content import NOT_APPLICABLE, growth_percent, ratio_percent
from reports.definitions import Meaning
from reports.keyset import Page, page_of
from reports.models import Contribution, Edition, Sheet
from reports.periods import month_code
from reports.selectors import UNIT_COLUMNS

PERIODS = ("current", "previous", "last_year", "ytd", "last_ytd")
BELOW = {Level.PROVINCE: Level.CITY, Level.CITY: Level.COUNTY, Level.COUNTY: Level.OFFICE}
Figures = Mapping[str, Mapping[str, int | None]]
# From an indicator to the address of its rows.
Link = Callable[[str], str]


def key_cards(figures: Figures, meaning: Meaning, link: Link) -> list[dict[str, Any]]:
    """Return the headline figures with their changes on the year and on the month; ``link`` leads to their rows."""
    ratios = {ratio["code"]: ratio for ratio in meaning.content["ratios"]}
    cards = []
    for code in meaning.form["headline"]:
        if code in ratios:
            cards.append(_ratio_card(figures, meaning, ratios[code]))
        else:
            cards.append(_count_card(figures, meaning, meaning.indicators[code], link))
    return cards


def _count_card(figures: Figures, meaning: Meaning, indicator: dict[str, Any], link: Link) -> dict[str, Any]:
    periods = figures[indicator["code"]]
    # The month's own figure always stands; what it is compared with may be older than the data.
    this = periods["current"] or 0
    changes: dict[str, dict[str, str]] = {}
    for name, last in (("year", periods["last_year"]), ("month", periods["previous"])):
        changes[name] = {"text": ""} if last is None else words.growth(this, last, indicator["polarity"])
    return {
        "label": meaning.name_of(indicator),
        "value": words.count_text(this, is_money=indicator["is_money"]),
        "unit": words.unit_name(indicator["unit"]),
        "url": link(indicator["code"]),
        **changes,
    }


def _ratio_card(figures: Figures, meaning: Meaning, ratio: dict[str, Any]) -> dict[str, Any]:
    this = _share(figures, ratio, "current")
    return {
        "label": meaning.name_of(ratio),
        "value": "" if this is None else str(this),
        "unit": "" if this is None else "%",
        "year": words.points(this, _share(figures, ratio, "last_year"), ratio["polarity"]),
        "month": words.points(this, _share(figures, ratio, "previous"), ratio["polarity"]),
    }


def _share(figures: Figures, ratio: Mapping[str, Any], period: str) -> Decimal | None:
    parts = (figures[ratio["numerator"]][period], figures[ratio["denominator"]][period])
    return None if parts[0] is None or parts[1] is None else ratio_percent(parts[0], parts[1])


def rows_address(sheet: Sheet, code: str) -> str:
    """Return the address of the rows behind a figure of an issued sheet."""
    return f"{address_of(sheet, 'edition_rows')}?figure={code}"


def sheet_rows(figures: Figures, meaning: Meaning, link: Link) -> list[dict[str, Any]]:
    """Return the unit sheet: each indicator with its five periods and growth, the month's figure leading to its rows."""
    rows = []
    for code in (*meaning.form["indicators"], *meaning.form["memo"]):
        indicator = meaning.indicators[code]
        periods, is_balance = figures[code], indicator["kind"] == "balance"
        growth = None if is_balance else _growth(periods["ytd"], periods["last_ytd"])
        rows.append(
            {
                "number": indicator["number"] if indicator["number"].isdecimal() else "",
                "definition": "",
                "group": indicator["group_en"] if words.is_english() else indicator["group"],
                "name": meaning.name_of(indicator),
                "unit": words.unit_name(indicator["unit"]),
                # What was typed has no rows to lead to.
                "url": link(code) if periods["current"] and indicator["kind"] != "typed" else "",
                "values": [_value(periods[name], indicator, name) for name in PERIODS],
                "growth": NOT_APPLICABLE if is_balance else growth,
            }
        )
    for ratio in meaning.content["ratios"]:
        shares = [_share(figures, ratio, name) for name in PERIODS]
        this, last = shares[3], shares[4]
        rows.append(
            {
                "number": "",
                "group": "",
                "name": meaning.name_of(ratio),
                "definition": words.in_chinese(ratio["definition"]),
                "unit": "%",
                "url": "",
                "values": ["" if share is None else str(share) for share in shares],
                "growth": "" if this is None or last is None else words.points(this, last, "neutral")["text"],
            }
        )
    return rows


def _value(value: int | None, indicator: Mapping[str, Any], period: str) -> str:
    if indicator["kind"] == "balance" and period in {"ytd", "last_ytd"}:
        return NOT_APPLICABLE
    return "" if value is None else words.count_text(value, is_money=indicator["is_money"])


def _growth(this: int | None, last: int | None) -> str:
    if this is None or last is None:
        return ""
    growth = growth_percent(this, last)
    return _("新增") if growth is None else words.signed(growth)


def lower_sheets(sheet: Sheet, meaning: Meaning) -> dict[str, Any] | None:
    """Return the sheets one level below in the official order, with the headline counts of the month."""
    below = BELOW.get(Level(sheet.level))
    if below is None:
        return None
    sheets = Sheet.objects.filter(edition_id=sheet.edition_id, level=below, parent_code=sheet.unit_code)
    counts = [meaning.indicators[code] for code in meaning.form["headline"] if code in meaning.indicators]
    return {
        "columns": [words.labelled(meaning.name_of(one), words.unit_name(one["unit"])) for one in counts],
        "rows": [
            {
                "name": lower.unit_name,
                "url": address_of(lower),
                "values": [_value(lower.figures[one["code"]]["current"], one, "current") for one in counts],
            }
            for lower in (*sheets.order_by("unit_code", "unit_id"),)
        ],
    }


def check_rows(edition: Edition) -> list[dict[str, Any]]:
    """Return the check relations of an edition with their results, and the way to the rows of the units that fail."""
    return [
        {
            "name": words.in_chinese(check["name"]),
            "state": _("通过") if check["passed"] else _("提示"),
            "tone": "green" if check["passed"] else "amber",
            # An edition of before the checks had words has none.
            "text": words.in_chinese(check["text"] or check.get("meaning", "")),
            "links": [{"label": one["name"], "url": _rows_of_failed(edition, one)} for one in check.get("failed", ())],
        }
        for check in edition.checks
    ]


def _rows_of_failed(edition: Edition, failed: Mapping[str, str]) -> str:
    args = (edition.form, month_code(edition.month), failed["unit"], edition.number)
    return f"{reverse('edition_rows', args=args)}?figure={failed['figure']}"


def record_addresses(keys: set[str], line: str) -> dict[str, str]:
    """Return the addresses of a line's records by public id, as far as they are in scope."""
    found: dict[str, str] = {}
    for kind in lines.line(line).record_types:
        visible = kind.model.objects.filter(public_id__in=keys).values_list("public_id", flat=True)
        found |= {key: reverse(f"{kind.slug}:detail", args=(key,)) for key in visible}
    return found


@dataclass(frozen=True)
class FrozenRows:
    """The rows that make up one figure of a sheet, as they were when it was issued."""

    sheet: Sheet
    meaning: Meaning
    indicator: dict[str, Any]

    @property
    def code(self) -> str:
        """The figure's code."""
        return str(self.indicator["code"])

    def rows(self) -> QuerySet[Contribution]:
        """Return the contributing events of the sheet's unit."""
        rows = Contribution.objects.filter(edition_id=self.sheet.edition_id, figures__has_key=self.code)
        if column := UNIT_COLUMNS.get(Level(self.sheet.level)):
            rows = rows.filter(**{column: self.sheet.unit_id})
        return rows

    def page(self, query: QueryDict) -> Page:
        """Return one page of them."""
        return page_of(self.rows(), query)

    def total_text(self) -> str:
        """Return the figure that the rows add up to."""
        value = self.sheet.figures[self.code]["current"]
        return words.with_unit(_value(value, self.indicator, "current"), words.unit_name(self.indicator["unit"]))

    def label(self) -> str:
        """Return the heading of what each row adds."""
        return words.labelled(_("计入"), words.unit_name(self.indicator["unit"]))

    def table_rows(self, rows: list[Contribution], *, reduced: bool) -> list[tuple[Any, ...]]:
        """Return each row for the table, with the office under the name that it had.

        Unless the list is reduced, a number leads to its record as long as that is in scope.
        """
        sheets = Sheet.objects.filter(edition_id=self.sheet.edition_id, unit_id__in={row.office_id for row in rows})
        offices = dict(sheets.values_list("unit_id", "unit_name"))
        ways = {} if reduced else record_addresses({row.record_key for row in rows}, self.sheet.line)
        return [
            (
                row.record_key,
                words.link(row.number or row.record_key, ways.get(row.record_key, "")),
                row.on,
                self.meaning.event_name(row.kind),
                offices.get(row.office_id, ""),
                self._parts(row),
                words.count_text(row.figures[self.code], is_money=self.indicator["is_money"]),
            )
            for row in rows
        ]

    def _parts(self, row: Contribution) -> str:
        named = [self.meaning.indicators[code] for code in self.meaning.form["composition"] if code in row.figures]
        return pgettext("list", "、").join(self.meaning.name_of(indicator) for indicator in named)

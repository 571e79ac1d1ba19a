"""Forms of the steps of a monthly sheet. Each says in ``about`` what the step does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, long_text
from casework.forms import PortalForm
from reports import words
from reports.definitions import Meaning

ABOUT = {
    True: _("标为未报后，本级汇总不含这个单位，印出的报表在该单位处空白并注明“未报”。"),
    False: _("确认后立即生效，并记入办理动态。"),
}


PERIODS = {"current": _("本月"), "ytd": _("本年累计"), "since": _("2022年以来")}


@dataclass(frozen=True)
class TypedCell:
    """An indicator that a unit types, with what it has typed so far.

    Before there is a published month to go on from, the year and all since 2022 are asked too.
    """

    code: str
    name: str
    definition: str
    given: Mapping[str, int | None]
    is_first: bool

    @property
    def periods(self) -> dict[str, Any]:
        """The periods that are asked, with their labels."""
        return PERIODS if self.is_first else {"current": PERIODS["current"]}


class NoteForm(PortalForm):
    """A step that asks nothing, or a reason."""

    note = PlainText(label=_("原因"), max_length=400, widget=long_text(3))

    def __init__(self, *args: Any, is_asked: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = ABOUT[is_asked]
        if not is_asked:
            del self.fields["note"]


class ExplainForm(PortalForm):
    """Self-check: each soft check that does not hold is explained; the explanations are printed."""

    about = _("自校将固定本单位这个月的数字和计入的每一件业务。固定后台账再有变动，不影响本表。")

    def __init__(
        self,
        *args: Any,
        checks: list[dict[str, Any]],
        explanations: dict[str, str],
        cells: Sequence[TypedCell] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.cells = cells
        for place, cell in enumerate(cells):
            for period, label in cell.periods.items():
                self.fields[f"typed_{place}_{period}"] = forms.IntegerField(
                    label=_("%(name)s（%(period)s）") % {"name": cell.name, "period": label},
                    required=period == "current",
                    min_value=0,
                    max_value=99_999_999,
                    help_text=cell.definition if period == "current" else _("首次填报时填写，不掌握的留空。"),
                    initial=cell.given.get(period),
                )
        self.soft = [check for check in checks if not check["passed"] and not check["hard"]]
        for place, check in enumerate(self.soft):
            self.fields[f"explanation_{place}"] = PlainText(
                label=words.in_chinese(check["name"]),
                required=False,
                max_length=200,
                help_text=words.in_chinese(check["text"] or check["meaning"]),
                initial=explanations.get(check["name"], ""),
                widget=long_text(2),
            )

    def clean(self) -> dict[str, Any]:
        """Gather the explanations under the names of their checks."""
        cleaned = super().clean() or {}
        cleaned["explanations"] = {
            check["name"]: cleaned.get(f"explanation_{place}") or "" for place, check in enumerate(self.soft)
        }
        cleaned["typed"] = {
            cell.code: {period: cleaned.get(f"typed_{place}_{period}") for period in cell.periods}
            for place, cell in enumerate(self.cells)
        }
        return cleaned


class SubmitForm(PortalForm):
    """The signature: over the digest of the figures on the page."""

    about = _("签字即确认本表数字真实、准确、完整，由签字人负责（统计法第八条、第二十四条）。")
    phone = PlainText(label=_("联系电话"), max_length=20, help_text=_("印在报表下方。"))
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ReturnForm(PortalForm):
    """Why a sheet goes back: as a whole, or indicator by indicator."""

    about = _("退回后由填报单位更正，报送期限照旧。可以写明整表的原因，也可以逐项写明。")
    note = PlainText(label=_("退回原因"), required=False, max_length=400, widget=long_text(3))
    first = forms.ChoiceField(label=_("有问题的指标"), required=False)
    first_note = PlainText(label=_("问题"), required=False, max_length=200)
    second = forms.ChoiceField(label=_("有问题的指标"), required=False)
    second_note = PlainText(label=_("问题"), required=False, max_length=200)
    third = forms.ChoiceField(label=_("有问题的指标"), required=False)
    third_note = PlainText(label=_("问题"), required=False, max_length=200)

    def __init__(self, *args: Any, meaning: Meaning, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("请选择"))]
        for code, one in meaning.indicators.items():
            number = f"{one['number']} " if one["number"].isdecimal() else ""
            choices.append((code, f"{number}{meaning.name_of(one)}"))
        for name in ("first", "second", "third"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Gather what was said of each indicator; an indicator without words is asked about."""
        cleaned = super().clean() or {}
        cells = {}
        for name in ("first", "second", "third"):
            code, text = cleaned.get(name), cleaned.get(f"{name}_note")
            if code and not text:
                self.add_error(f"{name}_note", _("请写明这个指标的问题。"))
            elif text and not code:
                self.add_error(name, _("请选择指标。"))
            elif code:
                cells[code] = text
        cleaned["cells"] = cells
        return cleaned

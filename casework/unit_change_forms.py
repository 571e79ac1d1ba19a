"""Forms of the changes of units: a form for each kind, and the one that decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, fields_of, long_text
from casework.forms import PortalForm
from offices.changes import Facts, Plan
from offices.models import Level, Office, UnitChange
from offices.selectors import villages_of

KIND = UnitChange.Kind
NAMING = ("area_name", "code", "short_name", "name")
DECISION = ("decision", _("批准文件与日期"), ("effective_on", "paper", "reason"))
FROM_AREA = _("不填则按辖区名称生成。")


class ChangeForm(PortalForm):
    """What every change says: its day, its paper, why. ``unit`` is the one from whose page it is drafted."""

    kind = ""

    def __init__(self, *args: Any, unit: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        day, reason = self.fields["effective_on"], self.fields["reason"]
        day.help_text = _("从这一天起按变更后的机构办理和统计；批准文件晚到的，可以填上月1日以后的日期。")
        reason.widget = long_text(2)
        if "name" in self.fields:
            self.fields["name"].help_text = self.fields["short_name"].help_text = FROM_AREA

    def listed(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Fill a choice; its field has none of its own."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def siblings(self) -> list[tuple[str, Any]]:
        """Return the other offices of the unit's county."""
        units = Office.objects.on(timezone.localdate()).filter(level=Level.OFFICE, county=self.unit.county_id)
        return [(str(unit.pk), unit.name) for unit in units.exclude(pk=self.unit.pk)]

    def facts(self) -> Facts | None:
        """Return how the renamed or new unit is called; None when the form names none."""
        given = {name: self.cleaned_data.get(name, "") for name in NAMING}
        return Facts(**given) if given["code"] or given["area_name"] else None

    def parts(self) -> dict[str, Any]:
        """Return what the kind adds to the plan."""
        return {"units": (self.unit,), "facts": self.facts()}

    def plan(self) -> Plan:
        """Return what was filled in."""
        given = {name: self.cleaned_data[name] for name in ("effective_on", "paper", "reason")}
        return Plan(kind=self.kind, **given, **self.parts())


@fields_of(UnitChange, "area_name code short_name name effective_on paper reason", future="effective_on")
class RenameForm(ChangeForm):
    """New names and code of a unit, which goes on as it is."""

    kind = KIND.RENAME
    section_list = (("names", _("新的名称和代码"), NAMING), DECISION)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("area_name", "code"):
            self.fields[name].required = True
            self.fields[name].initial = getattr(self.unit, name)


@fields_of(UnitChange, "into others area_name code short_name name effective_on paper reason", future="effective_on")
class MergeForm(ChangeForm):
    """Into which standing office the unit merges, or what the new one is called."""

    kind = KIND.MERGE
    section_list = (
        ("units", _("合并的机构"), ("into", "others")),
        ("names", _("合并为新机构时，新机构的名称和代码"), NAMING),
        DECISION,
    )

    into = forms.ChoiceField(
        label=_("并入"), required=False, help_text=_("列出同一县（市、区）的司法所；合并为新机构的不选。")
    )
    others = forms.MultipleChoiceField(
        label=_("一并停用的机构"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("与本机构同时合并的其他司法所；只有本机构的不选。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        siblings = self.siblings()
        self.listed("into", [("", _("合并为新机构")), *siblings])
        self.listed("others", siblings)

    def clean(self) -> dict[str, Any]:
        """Ask for a standing office or for the names of a new one, never both."""
        cleaned = super().clean() or self.cleaned_data
        named = [name for name in NAMING if cleaned.get(name)]
        if cleaned.get("into") and named:
            self.add_error(named[0], _("并入已有机构的，不填新机构的名称和代码。"))
        if not cleaned.get("into"):
            for name in ("area_name", "code"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("合并为新机构的，请填写。"))
        return cleaned

    def parts(self) -> dict[str, Any]:
        """Return the units that end and the one that goes on."""
        keys = [int(key) for key in self.cleaned_data["others"]]
        others = Office.objects.filter(pk__in=keys).select_related("county").order_by("code", "id")
        into = self.cleaned_data["into"]
        return {
            "units": (self.unit, *others),
            "into": Office.objects.get(pk=into) if into else None,
            "facts": self.facts(),
        }


@fields_of(UnitChange, "area_name code short_name name villages effective_on paper reason", future="effective_on")
class SplitForm(ChangeForm):
    """What is split off: the new unit and the villages that go to it."""

    kind = KIND.SPLIT
    section_list = (
        ("names", _("新机构的名称和代码"), NAMING),
        ("villages", _("划出的村（居）"), ("villages",)),
        DECISION,
    )

    villages = forms.MultipleChoiceField(
        label=_("划给新机构的村（居）"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("这些村（居）的调解组织、调解员及其办理的纠纷随之移转，其余业务留在本机构。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = villages_of(self.unit, timezone.localdate())
        self.listed("villages", [(str(village.pk), village.name) for village in standing])
        self.fields["area_name"].required = self.fields["code"].required = True

    def parts(self) -> dict[str, Any]:
        """Add the villages."""
        return {**super().parts(), "villages": tuple(int(key) for key in self.cleaned_data["villages"])}


@fields_of(UnitChange, "parent area_name code short_name name effective_on paper reason", future="effective_on")
class MoveForm(ChangeForm):
    """Under which county the unit goes on, and its code and names there."""

    kind = KIND.MOVE
    section_list = (("county", _("划入"), ("parent", *NAMING)), DECISION)

    parent = forms.ChoiceField(label=_("划入的县（市、区）"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counties = (
            Office.objects.on(timezone.localdate()).filter(level=Level.COUNTY).exclude(pk=self.unit.county_id or 0)
        )
        by_city: dict[str, list[tuple[str, str]]] = {}
        for county in counties.select_related("city").order_by("code", "id"):
            by_city.setdefault(county.city.area_name if county.city else "", []).append(
                (str(county.pk), county.area_name)
            )
        self.listed("parent", [("", _("请选择")), *by_city.items()])
        self.fields["area_name"].initial = self.unit.area_name
        self.fields["area_name"].required = self.fields["code"].required = True

    def parts(self) -> dict[str, Any]:
        """Add the county."""
        return {**super().parts(), "parent": Office.objects.get(pk=self.cleaned_data["parent"])}


FORMS: dict[str, type[ChangeForm]] = {form.kind: form for form in (RenameForm, MergeForm, SplitForm, MoveForm)}


class DecisionForm(PortalForm):
    """What is said to a draft; a refusal says why."""

    note = PlainText(label=_("退回或撤回的原因"), max_length=300, required=False, widget=long_text(2))

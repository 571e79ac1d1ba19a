"""Code tables: a value begins on a day, takes another name or place on a day, ends on a day; used, it is never removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from casework.codes import CodeTable, codes, forget_codes
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
from casework.form_fields import PlainText, PortalDateField
from casework.lines import lines, record_types
from casework.models import CodeField, CodesField, CodeValue, DatedDraft
from casework.paging import MOST_COUNTED
from offices.models import Membership

ADD, CHANGE, END = "add", "change", "end"
DEEDS = [
    (ADD, gettext_lazy("新增一项")),
    (CHANGE, gettext_lazy("修改名称、归属或顺序，恢复停用的项")),
    (END, gettext_lazy("停用一项")),
]
WORDS = {ADD: pgettext_lazy("code table", "新增"), END: pgettext_lazy("code table", "停用")}
# A place between two others is a number between theirs.
STEP = 10


def tables() -> dict[str, CodeTable]:
    """Return the code tables of every line."""
    return {table.code: table for line in lines() for table in line.code_tables}


def known(table: str) -> list[CodeValue]:
    """Return the newest version of every value, retired and coming ones included, in the printed order."""
    newest = {value.code: value for value in CodeValue.objects.filter(table=table).order_by("valid_from")}
    return sorted(newest.values(), key=lambda value: (value.sort, value.code))


class CodeForm(ChangeForm):
    """What becomes of which value of a table, and from when."""

    deed = forms.ChoiceField(label=gettext_lazy("修改事项"), choices=DEEDS, initial=CHANGE)
    value = forms.ChoiceField(
        label=gettext_lazy("哪一项"), required=False, help_text=gettext_lazy("新增时不选；修改和停用时选择原有的一项。")
    )
    name = PlainText(label=gettext_lazy("名称"), max_length=60, required=False, help_text=gettext_lazy("停用时不填。"))
    name_en = PlainText(label=gettext_lazy("英文名称"), max_length=80, required=False)
    maps_to = forms.ChoiceField(label=gettext_lazy("归属"), required=False)
    sort = forms.IntegerField(
        label=gettext_lazy("顺序"),
        required=False,
        min_value=1,
        max_value=32000,
        help_text=gettext_lazy("从小到大排列。"),
    )
    valid_from = PortalDateField(label=gettext_lazy("起始日期"), future=True)

    field_order = ("deed", "value", "name", "name_en", "maps_to", "sort", "valid_from", "reason")

    def __init__(self, typed: Any, *, table: CodeTable) -> None:
        super().__init__(typed)
        self.table, self.values = table, {value.code: value for value in known(table.code)}
        self._choices("value").choices = [("", _("请选择")), *((v.code, v.label) for v in self.values.values())]
        if table.of:
            self._choices("maps_to").choices = [("", _("无")), *((v.code, v.label) for v in codes(table.of))]
        else:
            del self.fields["maps_to"]

    def _choices(self, name: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[name])

    def clean(self) -> dict[str, Any]:
        """Ask what the deed needs; what is left empty in a change stays as it is."""
        cleaned = super().clean() or {}
        deed, code = cleaned.get("deed"), cleaned.get("value")
        if deed in {CHANGE, END} and not code:
            self.add_error("value", _("请选择要修改或者停用的一项。"))
        if deed == ADD:
            if code:
                self.add_error("value", _("新增时不选原有的项。"))
            for name in ("name", "name_en"):
                if not cleaned.get(name):
                    self.add_error(name, _("请填写%(what)s") % {"what": self.fields[name].label})
        return cleaned


class CodeTables(Subject):
    """The code tables of the lines."""

    kind = "codes"
    label = gettext_lazy("代码表")
    note = gettext_lazy("业务登记时选择的各项。用过的项只停用，不删除；已经登记的业务保留原来的项。")
    several = True

    def listed(self, day: date) -> list[Listed]:
        """Return the tables with how many values hold."""
        found = []
        for table in tables().values():
            holding = codes(table.code, day)
            text = ngettext("%(n)d 项", "%(n)d 项", len(holding)) % {"n": len(holding)}
            since = max((value.valid_from for value in holding), default=None)
            found.append(Listed(code=table.code, name=str(table.label), holds=text, since=since))
        return found

    def title(self, code: str) -> str:
        """Return the name of the table."""
        return str(self.table(code).label)

    def table(self, code: str) -> CodeTable:
        """Return the declaration of a table."""
        if code not in tables():
            raise UnknownThing(code)
        return tables()[code]

    def versions(self, code: str) -> Versions:
        """Return every version of every value, in the printed order."""
        table, today = self.table(code), timezone.localdate()
        of = {value.code: value.label for value in known(table.of)} if table.of else {}
        rows = []
        for value in CodeValue.objects.filter(table=code).order_by("sort", "code", "-valid_from"):
            above = [of.get(value.maps_to, value.maps_to) or "—"] if table.of else []
            own = [str(value.sort), in_chinese(value.name), value.name_en, *above, value.code]
            rows.append([*own, *term(value.valid_from, value.valid_until, today)])
        above_heading = [_("归属")] if table.of else []
        return Versions([_("顺序"), _("名称"), _("英文名称"), *above_heading, _("代码"), *term_headings()], rows)

    def make_form(self, code: str, typed: Any = None) -> ChangeForm:
        """Ask for the next change."""
        return CodeForm(typed, table=self.table(code))

    def change(self, code: str, cleaned: Mapping[str, Any]) -> Change:
        """Return what was asked for; a change keeps what was left empty."""
        deed, values = cleaned["deed"], known(code)
        if deed == ADD:
            part = self._new_code(code, cleaned["name_en"], {value.code for value in values})
            last = max((value.sort for value in values), default=0)
            was = CodeValue(sort=last + STEP)
        else:
            part = cleaned["value"]
            was = next(value for value in values if value.code == part)
        content = {
            "deed": deed,
            "was": was.name,
            "name": (deed != END and cleaned["name"]) or was.name,
            "name_en": (deed != END and cleaned["name_en"]) or was.name_en,
            "sort": (deed != END and cleaned["sort"]) or was.sort,
            "maps_to": (deed != END and cleaned.get("maps_to")) or was.maps_to,
        }
        return Change(valid_from=cleaned["valid_from"], content=content, part=part)

    def _new_code(self, table: str, name_en: str, taken: set[str]) -> str:
        longest = min((field.max_length or 40 for _model, field in fields_with(table) if field.max_length), default=40)
        stem = slugify(name_en).replace("-", "_")[: longest - 3].strip("_") or "value"
        names = (stem, *(f"{stem}_{number}" for number in range(2, 100)))
        return next(name for name in names if name not in taken)

    def check(self, code: str, change: Change) -> None:
        """Refuse what the program or the statistics could not follow."""
        table, content = self.table(code), change.content
        if content["deed"] == END and change.part in table.fixed:
            raise ValidationError({"value": _("办理规则按这一项作出判断，不能停用；可以修改名称。")})
        if content["deed"] == ADD:
            self._check_new(table, content["name"])
        elif content["deed"] == CHANGE and self._is_same(code, change):
            raise ValidationError({"name": _("与现在的内容相同。")})
        if content["deed"] == END and not self._holds_then(code, change):
            raise ValidationError({"value": _("这一项到那时已经停用。")})
        others = [v for v in codes(code, change.valid_from) if v.code != change.part]
        if content["deed"] != END and content["name"] in {value.name for value in others}:
            raise ValidationError({"name": _("代码表里已有同名的项。")})

    def _check_new(self, table: CodeTable, name: str) -> None:
        if table.closed:
            raise ValidationError({"deed": _("这张代码表的各项各有办理规则，不能新增；可以修改名称和顺序。")})
        holding = codes(table.code)
        headings = {value.maps_to for value in holding} if table.of == table.code else set()
        if {value.code for value in holding} - headings <= counted_values(table.code).keys():
            text = _(
                "统计表按这张代码表的各项分列，新增的项不计入任何一列，各列之和会少于总数。请先修订统计表，或者增设下级代码。"
            )
            raise ValidationError({"deed": text})

    def _is_same(self, code: str, change: Change) -> bool:
        before = next((v for v in codes(code, change.valid_from) if v.code == change.part), None)
        names = ("name", "name_en", "sort", "maps_to")
        return before is not None and all(getattr(before, name) == change.content[name] for name in names)

    def _holds_then(self, code: str, change: Change) -> bool:
        return any(value.code == change.part for value in codes(code, change.valid_from))

    def told(self, code: str, change: Change) -> str:
        """Say what becomes of which value."""
        content = change.content
        word, name = WORDS.get(content["deed"], ""), content["name"]
        was, name = in_chinese(content["was"]), in_chinese(name)
        if content["deed"] == ADD:
            return format_html("{}{}{} / {}", word, _("："), name, content["name_en"])
        if content["deed"] == END:
            return format_html("{}{}{}", word, _("："), was)
        place = _("顺序 %(n)d") % {"n": content["sort"]}
        return format_html("{} → {} / {} · {}", was, name, content["name_en"], place)

    def effects(self, code: str, change: Change, today: date) -> list[Effect]:
        """Say how much open business has the value, which figures count it, and what stays."""
        if change.content["deed"] == ADD:
            found = [Effect(_("自生效日起，登记时可以选择这一项。"))]
        else:
            text = _("现有 %(n)s 件在办业务使用这一项，保留不变，仍可修改。")
            found = [Effect(text % {"n": _up_to(used_in_open(code, change.part))})]
        if change.content["deed"] == END:
            found.append(Effect(_("自生效日起，登记时不能再选择这一项；查询条件里仍然可以选择。")))
        if change.content["deed"] == CHANGE:
            found.append(
                Effect(_("自生效日起，页面、导出和新制作的文书使用新名称；已经制作的文书和已经签发的报表不变。"))
            )
        names = counted_values(code).get(change.part, [])
        if names:
            text = _("以下统计指标按这一项计数，指标的名称和口径不随之改变：%(names)s") % {"names": _("、").join(names)}
            found.append(Effect(text, "amber"))
        return found

    def adopted(self, draft: DatedDraft, actor: Membership) -> None:
        """Let this process read the tables afresh; the others do within a minute."""
        forget_codes()


def _up_to(count: int) -> str:
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def fields_with(table: str) -> Iterator[tuple[Any, Any]]:
    """Yield every model and field that holds values of a table."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, CodeField | CodesField) and field.table == table:
                yield model, field


def used_in_open(table: str, code: str) -> int:
    """Return how many open records in reach have a value, no more than are counted anywhere."""
    found = 0
    open_states = {kind.model: kind.workflow.open_states() for kind in record_types()}
    for model, field in fields_with(table):
        if model not in open_states:
            continue
        has = Q(**{f"{field.name}__contains": [code]}) if isinstance(field, CodesField) else Q(**{field.name: code})
        found += len(model.objects.filter(has, state__in=open_states[model]).values("pk")[: MOST_COUNTED + 1])
    return min(found, MOST_COUNTED + 1)


def counted_values(table: str) -> dict[str, list[str]]:
    """Return the names of the indicators that count by each value of a table."""
    found: dict[str, list[str]] = {}
    for line in lines():
        for indicator in line.indicators:
            for name, wanted in indicator.where.items():
                field = line.counted_model(indicator)._meta.get_field(name)
                if isinstance(field, CodeField) and field.table == table:
                    label = indicator.name_en if get_language() == "en" else indicator.name
                    for value in wanted if isinstance(wanted, tuple) else (wanted,):
                        found.setdefault(str(value), []).append(f"{indicator.code} {label}")
    return found

"""Forms of sign-in, of one's own account, and of people and posts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from offices.models import Membership, Office, User
from offices.permissions import ADMINISTRATORS, LEVELS_OF, Role
from offices.secrecy import half_width
from offices.selectors import UnitFinder, business_lines, roles_to_give
from offices.services import USERNAME
from offices.workbooks import LARGEST_FILE

# Up to this many units are offered in a list; beyond it the unit is typed.
MOST_LISTED = 80
MOST_NAMED = 5
LONGEST_PASSWORD = 128


class OfficesForm(forms.Form):
    """A form as the shared form page shows it: one section, and a summary of its messages."""

    title: Any = _("填写内容")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def sections(self) -> list[dict[str, Any]]:
        """Return the one section of the page."""
        return [{"id": "section-details", "title": self.title, "fields": self.visible_fields()}]

    def error_list(self) -> list[dict[str, Any]]:
        """Return every message with the id of its field."""
        if not self.is_bound:
            return []
        found = [{"id": "", "message": message} for message in self.non_field_errors()]
        return found + [{"id": field.auto_id, "message": m} for field in self.visible_fields() for m in field.errors]

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused beside the field it names, else above the form."""
        named = error.error_dict if hasattr(error, "error_dict") else {"": [error]}
        for name, messages in named.items():
            self.add_error(name if name in self.fields else None, messages)


class SignInForm(OfficesForm):
    """User name and password; whether they belong together is asked elsewhere."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        """Return the name in half-width letters, as it was meant."""
        return half_width(self.cleaned_data["username"]).strip()


class PasswordForm(OfficesForm):
    """A person's own new password, with the present one as proof."""

    current = forms.CharField(
        label=_("现在的密码"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新密码"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=_("至少12位，包含大写字母、小写字母、数字、符号中的三种。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("再输一次新密码"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user = user

    def clean_current(self) -> str:
        """Refuse a wrong present password, as often as sign-in does: an open session is no place to guess."""
        current = self.cleaned_data["current"]
        if authenticate(self.request, username=self.user.username, password=current) is None:
            raise ValidationError(_("现在的密码不正确。"), code="wrong")
        return current

    def clean_new(self) -> str:
        """Apply the password rules, and refuse the old one."""
        new = self.cleaned_data["new"]
        if new == self.data.get("current"):
            raise ValidationError(_("新密码不能与现在的密码相同。"), code="same")
        password_validation.validate_password(new, self.user)
        return new

    def clean_repeated(self) -> str:
        """Refuse a slip of the finger."""
        repeated = self.cleaned_data["repeated"]
        if "new" in self.cleaned_data and repeated != self.cleaned_data["new"]:
            raise ValidationError(_("两次输入的新密码不一样。"), code="differs")
        return repeated


class PreferencesForm(OfficesForm):
    """Language and text size."""

    language = forms.ChoiceField(label=_("界面语言"), choices=User.Language.choices)
    text_size = forms.ChoiceField(label=_("字号"), choices=User.TextSize.choices)


class PeopleSearchForm(OfficesForm):
    """What an administrator looks for. It is posted: a name must not stand in an address."""

    text = forms.CharField(label=_("姓名或用户名"), required=False, max_length=50)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("active", pgettext_lazy("account", "启用")), ("suspended", _("停用"))],
    )


class UnitField(forms.CharField):
    """A unit typed as its code or full name; part of a name names the units that have it."""

    def __init__(self, *, finder: UnitFinder, **kwargs: Any) -> None:
        super().__init__(max_length=80, **kwargs)
        self.finder = finder

    def clean(self, value: Any) -> Any:
        """Return the unit."""
        text = super().clean(value)
        if not text:
            return None
        found = self.finder.find(half_width(text).strip())
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("管辖范围内没有这个机构，请填区划代码或全称。"), code="unknown")
        names = gettext("、").join(f"{unit.name} {unit.code}" for unit in found[:MOST_NAMED])
        raise ValidationError(
            _("有%(n)s个机构符合：%(names)s"), code="several", params={"n": len(found), "names": names}
        )

    def prepare_value(self, value: Any) -> Any:
        """Show a unit by its full name."""
        return value.name if isinstance(value, Office) else value


DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]


def day_field(**options: Any) -> forms.DateField:
    """Return a field for a day of this era, as a browser sends it or as a table may write it."""
    bounds = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2100, 1, 1))]
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, validators=bounds, input_formats=DAY_FORMATS, **options)


class PostForm(OfficesForm):
    """A post: unit, role, lines, from and until. Only what the administrator ``by`` may give can be chosen.

    With a ``finder`` the unit is typed (by its code or name), else it is chosen from a list if that is short.
    """

    title = pgettext_lazy("membership", "任职")

    role = forms.ChoiceField(label=_("角色"))
    lines = forms.MultipleChoiceField(
        label=_("业务"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("管理员不选业务。"),
    )
    valid_from = day_field(label=_("起始日期"), initial=timezone.localdate)
    valid_until = day_field(label=_("截止日期"), required=False, help_text=_("含当日；不填为长期。"))

    def __init__(self, *args: Any, by: Membership, finder: UnitFinder | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"] = typed_unit(finder) if finder else unit_field(UnitFinder.of(by))
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [("", _("请选择")), *((given.value, given.label) for given in roles_to_give(by))]
        lines = self.fields["lines"]
        assert isinstance(lines, forms.ChoiceField)
        lines.choices = list(business_lines().items())
        if len(lines.choices) == 1:
            # While there is one line, nobody has to choose it.
            lines.initial = list(business_lines())
        self.order_fields(["username", "name", "office"])

    def clean(self) -> dict[str, Any]:
        """Compare role, unit, lines and dates."""
        cleaned = super().clean() or self.cleaned_data
        office, chosen = cleaned.get("office"), cleaned.get("role")
        if chosen and office and office.level not in LEVELS_OF[Role(chosen)]:
            self.add_error("role", _("这一级机构没有这个角色。"))
        if chosen and "lines" in cleaned and not cleaned["lines"] and Role(chosen) not in ADMINISTRATORS:
            self.add_error("lines", _("请至少选择一项业务。"))
        begins, ends = cleaned.get("valid_from"), cleaned.get("valid_until")
        if begins and ends and ends < begins:
            self.add_error("valid_until", _("不能早于起始日期。"))
        return cleaned


def unit_field(finder: UnitFinder) -> forms.Field:
    """Return a list of units where there are few, else a box to type in."""
    if len(finder.units) > MOST_LISTED:
        return typed_unit(finder)
    return ListedUnitField(finder=finder, label=_("机构"))


def typed_unit(finder: UnitFinder) -> UnitField:
    """Return a box for a unit's code or name."""
    return UnitField(finder=finder, label=_("机构"), help_text=_("填区划代码或全称，例如370102001。"))


class ListedUnitField(forms.TypedChoiceField):
    """One of a few units."""

    def __init__(self, *, finder: UnitFinder, **kwargs: Any) -> None:
        self.units = {str(unit.pk): unit for unit in finder.units}
        choices = [("", _("请选择")), *((key, unit.name) for key, unit in self.units.items())]
        super().__init__(choices=choices, coerce=self.units.__getitem__, empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Mark the unit that is set."""
        return str(value.pk) if isinstance(value, Office) else value


class PersonForm(PostForm):
    """A new person with a first post."""

    title = _("人员与首个任职")

    username = forms.CharField(
        label=_("用户名"),
        max_length=40,
        help_text=_("3至40位小写字母、数字、点、横线，以字母开头；建好后不能改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(label=_("姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def clean_username(self) -> str:
        """Return the user name in small half-width letters."""
        username = half_width(self.cleaned_data["username"]).strip().lower()
        if not USERNAME.match(username):
            raise ValidationError(_("请用3至40位小写字母、数字、点、横线，以字母开头。"), code="username")
        return username


class EndForm(OfficesForm):
    """The last day of a post."""

    last_day = day_field(
        label=_("最后一天"),
        initial=timezone.localdate,
        help_text=_("含当日。填昨天则立即失效；今天才开始的任职，请改为停用账号。"),
    )


class ImportForm(OfficesForm):
    """A workbook with people."""

    title = _("上传人员表")

    workbook = forms.FileField(
        label=_("人员表"),
        help_text=_("XLSX 格式，不超过 1 MB、200 人。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_workbook(self) -> UploadedFile:
        """Refuse a large file unread."""
        workbook: UploadedFile = self.cleaned_data["workbook"]
        if (workbook.size or 0) > LARGEST_FILE:
            raise ValidationError(_("文件超过1 MB。"), code="large")
        return workbook

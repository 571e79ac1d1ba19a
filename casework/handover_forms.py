"""Forms of the pages of hand-overs: to which office, why; and why it is returned or withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText, PortalDateField, long_text
from casework.forms import PortalForm
from offices.models import Level, Office
from offices.secrecy import half_width

MOST_NAMED = 5
# The choice that sends the eye to the next field.
FAR = "far"


def offices_today() -> QuerySet[Office]:
    """Return every township office of the province that exists."""
    return Office.objects.on(timezone.localdate()).filter(level=Level.OFFICE)


class OfficeText(PlainText):
    """A township office typed as its code or name; part of a name names the offices that have it."""

    def clean(self, value: Any) -> Any:
        """Return the office, None for an empty text."""
        text = half_width(super().clean(value) or "").strip()
        if not text:
            return None
        named = Q(code=text) | Q(name=text) | Q(short_name=text)
        found = list(offices_today().filter(named)[: MOST_NAMED + 1])
        found = found or list(offices_today().filter(name__contains=text)[: MOST_NAMED + 1])
        if not found:
            raise ValidationError(_("没有这个司法所，请填区划代码或全称。"), code="unknown")
        if len(found) > 1:
            names = gettext("、").join(f"{unit.name} {unit.code}" for unit in found[:MOST_NAMED])
            raise ValidationError(
                _("符合的司法所不止一个，请填区划代码：%(names)s"), code="several", params={"names": names}
            )
        return found[0]


class OfferForm(PortalForm):
    """To which office, on which ground and why. Offices of one's own county are listed, all others are typed."""

    section_list = (
        ("to", _("移交给"), ("to", "elsewhere")),
        ("why", _("移交理由"), ("ground", "reason", "on", "paper")),
    )

    to = forms.ChoiceField(label=_("接收单位"))
    elsewhere = OfficeText(
        label=_("其他县（市、区）的司法所"),
        max_length=80,
        required=False,
        help_text=_("填区划代码或全称，例如370102001。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ground = forms.ChoiceField(label=_("移交事由"))
    reason = PlainText(
        label=_("具体说明"),
        max_length=300,
        widget=long_text(3),
        help_text=_("接收单位在接收前能看到，请写明为什么属于对方。"),
    )
    on = PortalDateField(label=_("移交日期"))
    paper = PlainText(
        label=_("依据文书"), max_length=100, required=False, help_text=_("移交函的名称或文号，没有可不填。")
    )

    def __init__(self, *args: Any, grounds: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate
        near = offices_today().filter(county_id=self.record.county_id).exclude(pk=self.record.office_id)
        self.near = {str(office.pk): office for office in near}
        choices = [("", _("请选择")), *((key, office.name) for key, office in self.near.items())]
        self.fields["to"].choices = [*choices, (FAR, _("其他县（市、区）的司法所（在下面填写）"))]  # type: ignore[attr-defined]
        self.fields["ground"].choices = [("", _("请选择")), *grounds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the office as ``to``."""
        cleaned = super().clean() or {}
        chosen, typed = cleaned.get("to"), cleaned.pop("elsewhere", None)
        if chosen == FAR and typed is None and "elsewhere" not in self.errors:
            self.add_error("elsewhere", _("请填写接收单位。"))
        elif chosen and chosen != FAR and typed is not None:
            self.add_error("elsewhere", _("上面已经选择了本县的司法所，请只填一处。"))
        elif typed is not None and typed.pk == self.record.office_id:
            self.add_error("elsewhere", _("不能移交给本所。"))
        cleaned["to"] = typed if chosen == FAR else self.near.get(chosen or "")
        return cleaned


class ReturnForm(PortalForm):
    """Why a record goes back to the office that offered it."""

    on = PortalDateField(label=_("退回日期"))
    reason = PlainText(label=_("退回理由"), max_length=300, widget=long_text(3))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate


class WithdrawForm(PortalForm):
    """Why an offer is taken back."""

    reason = PlainText(label=_("撤回说明"), max_length=300, required=False, widget=long_text(2))

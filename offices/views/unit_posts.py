"""The posts in an office that has ended, and the one button that gives them anew in its successor."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from offices.change_reading import successors_of
from offices.closing import close_posts, last_day_of_sheets, posts_left
from offices.forms import OfficesForm, day_field
from offices.models import Level, Membership, Office
from offices.permissions import Action
from offices.selectors import business_lines, units_in_reach
from offices.views.base import ActionView, see_other


class CloseForm(OfficesForm):
    """Where the posts go on, and until when the old ones are kept for the last monthly sheets."""

    title = gettext_lazy("任职安排")

    to = forms.ChoiceField(
        label=gettext_lazy("转到"),
        required=False,
        help_text=gettext_lazy("在新机构给予同样的角色和业务，从今天起；不转的，只结束原任职。"),
    )
    last_day = day_field(
        label=gettext_lazy("原任职保留到"),
        help_text=gettext_lazy("含当日。保留期间只能完成原机构最后的月报，不能登记和办理业务。"),
    )

    def __init__(self, *args: Any, unit: Office, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(one.pk): one for one in self._offered(unit, by)}
        to, last_day = self.fields["to"], self.fields["last_day"]
        assert isinstance(to, forms.ChoiceField)
        to.choices = [*((key, one.name) for key, one in self.units.items()), ("", _("不转，只结束原任职"))]
        to.initial = next(iter(self.units), "")
        last_day.initial = max(last_day_of_sheets(unit), timezone.localdate())

    @staticmethod
    def _offered(unit: Office, by: Membership) -> list[Office]:
        """Return the successors, and the other offices of the county, as far as the administrator reaches."""
        first = [one.pk for one in successors_of(unit)]
        reach = units_in_reach(by).filter(level=Level.OFFICE)
        units = list(reach.filter(Q(county=unit.county_id) | Q(pk__in=first)).order_by("code", "id"))
        return sorted(units, key=lambda one: one.pk not in first)

    def clean_to(self) -> Office | None:
        """Return the unit."""
        return self.units.get(self.cleaned_data["to"])

    def clean_last_day(self) -> date:
        """Refuse a day that has gone by."""
        day: date = self.cleaned_data["last_day"]
        if day < timezone.localdate():
            raise ValidationError(_("不能早于今天。"), code="past")
        return day


class UnitPosts(ActionView):
    """The posts that an ended office still has."""

    action = Action.ADMINISTER_ACCOUNTS
    http_method_names = ["get", "head", "post", "options"]

    def unit(self) -> Office:
        """Return the ended unit of the address; 404 for one that exists, or out of reach."""
        by = self.request.membership
        found = Office.objects.below(by.office).filter(pk=self.kwargs["unit"], valid_to__isnull=False).first()
        if found is None or not found.has_ended:
            raise Http404
        return found

    def get(self, request: HttpRequest, unit: int) -> HttpResponse:
        """Show the posts and where they may go."""
        found = self.unit()
        return self._page(found, CloseForm(unit=found, by=self.request.membership))

    def post(self, request: HttpRequest, unit: int) -> HttpResponse:
        """Move them all."""
        found, by = self.unit(), self.request.membership
        form = CloseForm(request.POST, unit=found, by=by)
        if not form.is_valid():
            return self._page(found, form, status=422)
        try:
            closed = close_posts(
                unit=found, by=by, to=form.cleaned_data["to"], last_day=form.cleaned_data["last_day"]
            )  # fmt: skip
        except ValidationError as refusal:
            form.refuse(refusal)
            return self._page(found, form, status=422)
        except PermissionError as refusal:
            raise PermissionDenied from refusal
        text = ngettext("%(n)d 个原任职已安排。", "%(n)d 个原任职已安排。", closed.ended) % {"n": closed.ended}
        messages.success(request, text)
        if closed.left:
            names = _("、").join(closed.left)
            messages.warning(request, _("%(names)s由省级管理员维护，没有变动。") % {"names": names})
        return see_other("unit_posts", found.pk)

    def _page(self, unit: Office, form: CloseForm, *, status: int = 200) -> HttpResponse:
        labels = business_lines()
        back = reverse("office", args=[unit.pk])
        posts = list(posts_left(unit, self.request.membership))
        context = {
            "title": _("停用机构的任职"),
            "subtitle": unit.name,
            "breadcrumb": [(unit.name, back), (_("停用机构的任职"), "")],
            "posts": [(post, _("、").join(labels.get(line, line) for line in post.lines)) for post in posts],
            "form": form,
            "sections": form.sections(),
            "error_list": form.error_list(),
            "submit_label": _("全部办理"),
            "cancel_url": back,
        }
        return render(self.request, "offices/unit_posts.html", context, status=status)

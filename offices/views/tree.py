"""The office tree, one level at a time."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from offices.models import Level, Office
from offices.permissions import Action, may
from offices.selectors import ancestors, branches, units_in_reach, villages_of
from offices.views.base import ActionView


class OfficeTree(ActionView):
    """One unit and the units right below it, in official order. The tree is public within the administration."""

    action = Action.READ_OFFICES
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, unit: int | None = None) -> HttpResponse:
        """Show the province, or the unit of the address."""
        today = timezone.localdate()
        units = Office.objects.on(today).select_related("parent")
        wanted = units.filter(pk=unit) if unit else units.filter(level=Level.PROVINCE)
        shown = wanted.first()
        if shown is None:
            raise Http404
        is_office = shown.level == Level.OFFICE
        context = {
            "title": shown.name,
            "subtitle": _("区划代码 %(code)s") % {"code": shown.code},
            "breadcrumb": [(above.name, _address(above)) for above in ancestors(shown)] + [(shown.name, "")],
            "actions": self._actions(shown),
            "unit": shown,
            "branches": [] if is_office else [(branch, _address(branch.unit)) for branch in branches(shown, today)],
            "counts_offices": shown.level in {Level.PROVINCE, Level.CITY},
            "villages": villages_of(shown, today) if is_office else [],
        }
        return render(request, "offices/tree.html", context)

    def _actions(self, unit: Office) -> list[dict[str, Any]]:
        by = self.request.membership
        if not may(by, Action.ADMINISTER_ACCOUNTS) or not units_in_reach(by).filter(pk=unit.pk).exists():
            return []
        return [{"label": _("新增人员"), "url": f"{reverse('person_create')}?office={unit.pk}", "icon": "person-plus"}]


def _address(unit: Office) -> str:
    return reverse("offices") if unit.level == Level.PROVINCE else reverse("office", args=[unit.pk])

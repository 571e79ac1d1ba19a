"""The office tree, one level at a time."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from offices.change_reading import history_of, open_changes_of, successors_of
from offices.models import Level, Office, UnitChange
from offices.models.changes import CHANGING_LEVELS
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
        # A unit that has ended keeps its page: its history leads there.
        units = Office.objects.filter(valid_from__lte=today).select_related("parent")
        wanted = units.filter(pk=unit) if unit else units.filter(level=Level.PROVINCE, valid_to=None)
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
            "ended_on": shown.valid_to if shown.has_ended else None,
            "successors": [(one, _address(one)) for one in successors_of(shown)] if shown.has_ended else [],
            "history": [
                (moment, [(other, _address(other)) for other in moment.others]) for moment in history_of(shown)
            ],
            "open_changes": open_changes_of(shown) if may(self.request.membership, Action.READ_UNIT_CHANGES) else [],
            "branches": [] if is_office else [(branch, _address(branch.unit)) for branch in branches(shown, today)],
            "counts_offices": shown.level in {Level.PROVINCE, Level.CITY},
            "villages": villages_of(shown, today) if is_office else [],
        }
        return render(request, "offices/tree.html", context)

    def _actions(self, unit: Office) -> list[dict[str, Any]]:
        by = self.request.membership
        if not units_in_reach(by).filter(pk=unit.pk).exists():
            return self._of_ended(unit)
        found: list[dict[str, Any]] = []
        if may(by, Action.ADMINISTER_ACCOUNTS):
            address = f"{reverse('person_create')}?office={unit.pk}"
            found.append({"label": _("新增人员"), "url": address, "icon": "person-plus"})
        if may(by, Action.DRAFT_UNIT_CHANGE):
            kinds = [kind for kind, levels in CHANGING_LEVELS.items() if unit.level in levels]
            found += [_change(unit, kind) for kind in kinds]
        return found

    def _of_ended(self, unit: Office) -> list[dict[str, Any]]:
        by = self.request.membership
        if not unit.has_ended or not may(by, Action.ADMINISTER_ACCOUNTS) or by.office_id not in above_of(unit):
            return []
        return [{"label": _("安排人员任职"), "url": reverse("unit_posts", args=[unit.pk]), "icon": "person-gear"}]


def _change(unit: Office, kind: UnitChange.Kind) -> dict[str, Any]:
    address = reverse("draft_unit_change", args=[unit.pk, kind.value])
    return {"label": kind.label, "url": address, "icon": "diagram-3"}


def above_of(unit: Office) -> set[int]:
    """Return the ids of a unit and of those above it."""
    return {unit.pk, *(above.pk for above in ancestors(unit))}


def _address(unit: Office) -> str:
    return reverse("offices") if unit.level == Level.PROVINCE else reverse("office", args=[unit.pk])

"""The left menu, the phone's bottom bar and the quick actions: from the registry and the role × action table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.inbox import HANDOVER, due_counts
from casework.lines import record_types
from offices.middleware import PortalRequest
from offices.permissions import Action, may

WORK, FIGURES, REGISTERS, MANAGE = _("业务办理"), _("数据与报表"), _("组织队伍"), _("管理")


@dataclass(frozen=True)
class Entry:
    """One item of the menu: who may do the deed sees it. ``waits`` names what is counted beside it (casework.inbox)."""

    group: Any
    label: Any
    url_name: str
    icon: str
    action: Action
    waits: str = ""


_entries: list[Entry] = [
    Entry(WORK, _("业务移交"), "handovers", "arrow-left-right", Action.READ_HANDOVERS, waits=HANDOVER),
    Entry(WORK, _("撤回与作废"), "corrections", "arrow-clockwise", Action.READ_CORRECTIONS),
    Entry(MANAGE, pgettext_lazy("menu", "机构"), "offices", "building", Action.READ_OFFICES),
    Entry(MANAGE, _("机构变更"), "unit_changes", "diagram-3", Action.READ_UNIT_CHANGES),
    Entry(MANAGE, _("参数与规则"), "rules", "clock-history", Action.READ_RULES),
    Entry(MANAGE, _("人员账号"), "people", "person-gear", Action.ADMINISTER_ACCOUNTS),
]


def add_entry(entry: Entry) -> None:
    """Add an item of an app above casework; called from its AppConfig."""
    _entries.append(entry)


def menu_of(request: PortalRequest) -> list[dict[str, Any]]:
    """Return the groups of the menu with the current item marked."""
    membership = request.membership
    late_and_today, waiting = due_counts(membership)
    home = _item(request, _("工作台"), reverse("home"), "house", exact=True)
    groups: list[dict[str, Any]] = [{"title": "", "items": [home | {"count": late_and_today, "hot": True}]}]
    of_types: dict[str, list[dict[str, Any]]] = {}
    imports: list[dict[str, Any]] = []
    for kind in record_types():
        if may(membership, Action.LIST_RECORDS, kind.line) or may(membership, Action.LIST_REDUCED, kind.line):
            item = _item(request, kind.labels, reverse(f"{kind.slug}:list"), kind.icon)
            importing = reverse(f"{kind.slug}:import") if kind.imports else ""
            if importing and may(membership, Action.IMPORT_RECORDS, kind.line):
                brought_in = _item(request, _("批量导入"), importing, "upload")
                item["current"] = item["current"] and not brought_in["current"]
                imports.append(brought_in)
            of_types.setdefault(kind.group, []).append(item)
    of_types.setdefault("registers", []).extend(imports)
    for title, group in ((WORK, "work"), (FIGURES, None), (REGISTERS, "registers"), (MANAGE, None)):
        items = of_types.get(group, []) if group else []
        items = items + [
            _item(request, entry.label, reverse(entry.url_name), entry.icon)
            | ({"count": waiting.get(entry.waits, 0), "hot": True} if entry.waits else {})
            for entry in _entries
            if entry.group is title and may(membership, entry.action)
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(request: PortalRequest, label: Any, url: str, icon: str, *, exact: bool = False) -> dict[str, Any]:
    current = request.path == url if exact else request.path.startswith(url)
    return {"label": label, "url": url, "icon": icon, "current": current}


def quick_actions(request: PortalRequest) -> list[dict[str, Any]]:
    """Return what a person may register from any page; N and then the letter opens it."""
    found = []
    for kind in record_types():
        if kind.group == "work" and not kind.only_referred and may(request.membership, kind.open_action, kind.line):
            address = reverse(f"{kind.slug}:open")
            found.append({"label": kind.open_label, "url": address, "icon": kind.icon, "key": kind.slug[0]})
        found += [
            {"label": label, "url": reverse(name), "icon": icon, "key": ""}
            for label, name, icon, action in kind.shortcuts
            if may(request.membership, action, kind.line)
        ]
    return found


def tabbar_of(request: PortalRequest, menu: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the phone's bottom bar: home, the first pages, the plus, and the whole menu."""
    items = [item for group in menu for item in group["items"]]
    quick = quick_actions(request)
    plus = [{"label": quick[0]["label"], "url": quick[0]["url"], "icon": "plus-lg", "plus": True}] if quick else []
    shown = items[: 3 if plus else 4]
    more = {"label": pgettext_lazy("menu", "更多"), "url": "#jo-menu", "icon": "list"}
    return [*shown[:2], *plus, *shown[2:], more]


def pages_of(request: PortalRequest) -> list[dict[str, Any]]:
    """Return the pages of the menu as lines of the first page, for roles without an inbox."""
    return [
        {"text": item["label"], "url": item["url"], "line": group["title"]}
        for group in menu_of(request)
        if group["title"]
        for item in group["items"]
    ]

"""The list and the page of a record."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from casework.asked import filtered, in_words
from casework.handover_reading import panel_of
from casework.handovers import handovers_of
from casework.lines import Column
from casework.list_views import (
    EVERYTHING,
    ListChoice,
    View,
    choice_of,
    columns_allowed,
    columns_shown,
    same_query,
    view_shown,
)
from casework.models import Handover, Record, RecordLink
from casework.openings import linked_rows, links_of, openable
from casework.paging import JUMP, PLACE_NAMES, capped_count, count_text, page_of
from casework.query_form import TEXT, VIEW, asks_something, empty_fields, filled_fields
from casework.search import kept_text
from casework.tables import table_html
from casework.timeline import (
    audit_rows,
    deadline_of,
    events_of,
    files_panel,
    milestones,
    papers_panel,
    parts_of,
    timeline_of,
)
from casework.views.base import RecordTypeView, log_access
from offices.models import AccessEntry
from offices.permissions import Action, may


class RecordQuery(RecordTypeView, abstract=True):
    """A query over the records in scope, as the list, the export and the count read it."""

    def filtered(self, query: QueryDict) -> tuple[Any | None, QuerySet[Any]]:
        """Return the filter set, None where nothing is asked, and the rows.

        A wrong value in an address filters nothing and is shown as such.
        """
        if not asks_something(query):
            return None, self.record_type.model.objects.all()
        return filtered(self.record_type, self.request.membership, query, self.text)

    @cached_property
    def text(self) -> str:
        """What was searched for; empty when nothing was, or too long ago."""
        token = self.request.GET.get(TEXT, "")
        return kept_text(self.request.membership, token) if token else ""

    @cached_property
    def choice(self) -> ListChoice:
        """What the person has chosen for this list."""
        return choice_of(self.record_type, self.request.membership)

    @cached_property
    def view(self) -> View | None:
        """The saved view that the address shows."""
        return view_shown(self.record_type, self.choice, self.request.GET)

    def columns(self) -> list[Column]:
        """Return the columns that the person has chosen among those that the role sees."""
        return columns_shown(self.record_type, self.request.membership, self.choice, self.request.GET)


class RecordList(RecordQuery):
    """The list: filters, keyset pages, capped count. City and province see the reduced columns."""

    action = Action.LIST_RECORDS
    http_method_names = ["get", "head", "options"]

    def allowed(self) -> bool:
        """Let in who may see the full list or the reduced one."""
        return self.may(Action.LIST_RECORDS) or self.may(Action.LIST_REDUCED)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show one page of the list; without any condition the view that the person has it open with."""
        if not request.GET and (opening := self.choice.view(self.choice.default)):
            return redirect(self._view_url(opening.key, opening.query))
        filters, queryset = self.filtered(request.GET)
        columns = self.columns()
        page = page_of(queryset, request.GET, [column.name for column in columns])
        full = self.may(Action.LIST_RECORDS)
        address = self.address("detail", "REF") if full else ""
        context = {
            "title": self.record_type.labels,
            "breadcrumb": [(self.record_type.labels, "")],
            "actions": self._actions(),
            "query_fields": self._query_fields(filters),
            "chips": self._chips(filters.form) if filters else [],
            "count_text": count_text(capped_count(queryset)),
            "table_html": table_html(columns, page.rows, address=address),
            "empty": not page.rows,
            "empty_text": self._empty_text(),
            "pager": self._pager(page),
            "export_url": self._export_url("export"),
            "ledger_url": self._export_url("ledger") if self.record_type.ledger else "",
            "list_slug": self.record_type.slug,
            "list_query": request.GET.urlencode(),
            "search_text": self.text,
            "text_token": request.GET.get(TEXT, ""),
            "reset_url": f"?{VIEW}={EVERYTHING}",
        } | ({} if request.htmx else self._choosing(columns))  # type: ignore[attr-defined]  # set by its middleware
        return render(request, "casework/_results.html" if request.htmx else "casework/list.html", context)  # type: ignore[attr-defined]

    def _query_fields(self, filters: Any | None) -> str:
        if self.request.htmx:  # type: ignore[attr-defined]  # set by its middleware
            return ""
        return filled_fields(filters, self.request.GET) if filters else empty_fields(self.record_type)

    def _actions(self) -> list[dict[str, Any]]:
        if not self.may(Action.OPEN_RECORD) or self.record_type.only_referred:
            return []
        found = [
            {"label": self.record_type.open_label, "url": self.address("open"), "icon": "plus-lg", "primary": True}
        ]
        if self.record_type.imports and self.may(Action.IMPORT_RECORDS):
            found.append({"label": _("批量导入"), "url": self.address("import"), "icon": "upload", "primary": False})
        return found

    def _choosing(self, columns: list[Column]) -> dict[str, Any]:
        """Return the views as chips, and the columns in their order, the shown ones first."""
        everything = View(EVERYTHING, _("全部"), "")
        views = [
            {
                "key": view.key,
                "label": view.label,
                "url": self._view_url(view.key, view.query),
                "current": view.key == (self.view.key if self.view else EVERYTHING)
                and same_query(self.record_type, QueryDict(view.query), self.request.GET),
                "is_own": view.owner_id == self.request.membership.user_id,
                "is_shared": view.is_shared,
                "is_default": view.key == (self.choice.default or EVERYTHING),
            }
            for view in (everything, *self.choice.views)
        ]
        shown = {column.name for column in columns}
        hidden = [
            column for column in columns_allowed(self.record_type, self.request.membership) if column.name not in shown
        ]
        choosing = [{"name": c.name, "label": c.label, "shown": c.name in shown} for c in (*columns, *hidden)]
        return {"views": views, "current_view": next((v for v in views if v["current"]), None), "choosing": choosing}

    def _view_url(self, key: str, query: str) -> str:
        return f"{self.request.path}?{query}&{VIEW}={key}" if query else f"{self.request.path}?{VIEW}={key}"

    def _empty_text(self) -> str:
        if TEXT in self.request.GET and not self.text:
            return _("搜索内容保存半小时，请重新输入。")
        if self.request.GET:
            return _("没有符合条件的记录，请放宽条件再查。")
        return _("还没有记录。")

    def _pager(self, page: Any) -> dict[str, Any]:
        query = self.request.GET
        hidden = [(name, value) for name, value in query.items() if name not in PLACE_NAMES]
        jump = {"jump_name": JUMP, "jump_value": query.get(JUMP, ""), "hidden": hidden}
        return {"older_url": page.older, "newer_url": page.newer, **jump}

    def _export_url(self, name: str) -> str:
        if not self.may(Action.EXPORT_RECORDS):
            return ""
        query = self.request.GET.urlencode()
        return self.address(name) + (f"?{query}" if query else "")

    def _chips(self, form: Any) -> list[dict[str, Any]]:
        return [self._chip(name, words) for name, words in in_words(form, self.request.GET, self.text)]

    def _chip(self, name: str, label: str) -> dict[str, Any]:
        """Return a condition's chip; without it the list starts at its first page again."""
        rest = self.request.GET.copy()
        for gone in (name, *PLACE_NAMES):
            rest.pop(gone, None)
        rest[VIEW] = EVERYTHING
        return {"label": label, "remove_url": f"?{rest.urlencode()}"}


class RecordDetail(RecordTypeView):
    """The page of a record. Opening it is written to the access log."""

    action = Action.READ_RECORD

    def get(self, request: HttpRequest, ref: str) -> HttpResponse:
        """Show the overview, the parts, or the log."""
        record = self.get_record()
        log_access(AccessEntry.Kind.VIEW, record_type=self.record_type.code, key=record.public_id)
        tab = request.GET.get("tab", "")
        links, events = links_of(record), events_of(record)
        given = list(handovers_of(record).select_related("office", "to_office")) if self.record_type.handing else []
        context = {
            "title": record.title,
            "breadcrumb": self.breadcrumb((record.number or record.title, "")),
            "heading": self.heading(record),
            "actions": self._actions(record, links, given),
            "progress": milestones(self.record_type, record, events),
            "deadline": deadline_of(self.record_type, record, events, timezone.localdate()),
            "tabs": self._tabs(tab),
            "side": self._side(record, links, given),
        }
        if tab == "log":
            context["log_rows"] = audit_rows(self.record_type, record)
            return render(request, "casework/log.html", context)
        if tab == "records" and self.record_type.parts:
            parts = parts_of(self.record_type, record, self.address, self.may)
            context["parts"] = parts
            context["adds"] = [action for part in parts if not part["items"] for action in part["actions"]]
            return render(request, "casework/parts.html", context)
        context["facts"] = self.record_type.facts(record)
        context["timeline"] = timeline_of(self.record_type, events)
        return render(request, "casework/detail.html", context)

    def _tabs(self, current: str) -> list[dict[str, Any]]:
        labels = [("", _("概览"), "?")]
        if self.record_type.parts:
            labels.append(("records", _("过程记录"), "?tab=records"))
        labels.append(("log", _("操作日志"), "?tab=log"))
        known = {name for name, _label, _url in labels}
        shown = current if current in known else ""
        return [{"label": label, "url": url, "current": name == shown} for name, label, url in labels]

    def _actions(self, record: Record, links: list[RecordLink], given: list[Handover]) -> list[dict[str, Any]]:
        pages = {step.transition: step for step in self.record_type.steps}
        found: list[dict[str, Any]] = []
        for transition in self.record_type.workflow.possible(record.state):
            if transition.code in pages and transition.fits(record) and self.may(transition.action):
                address = self.address("step", record.public_id, transition.code)
                primary = pages[transition.code].primary and not any(action["primary"] for action in found)
                found.append({"label": transition.label, "url": address, "primary": primary})
        for kind, referral, address in openable(self.record_type, record, links):
            if may(self.request.membership, Action.OPEN_RECORD, kind.line):
                primary = referral.primary and not any(action["primary"] for action in found)
                found.append({"label": referral.label, "url": address, "primary": primary})
        if record.state in self.record_type.amend_states and self.may(Action.AMEND_RECORD):
            address = self.address("amend", record.public_id)
            found.append({"label": _("修改"), "url": address, "icon": "pencil", "primary": False})
        handing = self.record_type.handing
        waits = any(handover.is_open for handover in given)
        if handing and record.state in handing.states and not waits and self.may(Action.HAND_OVER):
            address = self.address("hand_over", record.public_id)
            label = _("移交其他司法所")
            found.append({"label": label, "url": address, "icon": "arrow-left-right", "primary": False})
        return found

    def _side(self, record: Record, links: list[RecordLink], given: list[Handover]) -> list[dict[str, Any]]:
        panels = [
            {"title": title, "template": template, "items": shown}
            for title, template, items in self.record_type.panels
            if (shown := items(record))
        ]
        may_make, may_attach = self.may(Action.ISSUE_DOCUMENT), self.may(Action.ATTACH_FILE)
        if self.record_type.documents:
            panels.append(papers_panel(self.record_type, record, self.address, may_make=may_make))
        panels.append(files_panel(record, self.address, may_attach=may_attach))
        if rows := linked_rows(record, links):
            panels.append({"title": _("关联业务"), "template": "components/file_row.html", "items": rows})
        if moved := panel_of(given):
            panels.append(moved)
        return panels

"""What a person does to a list: choose its columns, save a view, say which one opens it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.lines import RecordType, record_types
from casework.list_views import choice_of, choose_columns, columns_for, open_with, remove_view, save_view
from casework.query_form import TEXT, VIEW
from casework.views.base import RecordTypeView
from offices.permissions import Action
from offices.views.base import see_other

RESET, UP, DOWN = "reset", "up", "down"


class ListDeed(RecordTypeView, abstract=True):
    """A deed on a list; it leads back to the list as it was."""

    http_method_names = ["post", "options"]

    def setup(self, request: HttpRequest, *args: object, **kwargs: str) -> None:
        """Find the list by its word; unknown ones are unknown to everybody."""
        super().setup(request, *args, **kwargs)
        self.record_type: RecordType = next((k for k in record_types() if k.slug == kwargs["slug"]), None)  # type: ignore[assignment]

    def allowed(self) -> bool:
        """Let in who may see the full list or the reduced one."""
        if self.record_type is None:
            raise Http404
        return self.may(Action.LIST_RECORDS) or self.may(Action.LIST_REDUCED)

    def back(self, *, view: str = "", place: str = "") -> HttpResponse:
        """Return to the list with its conditions."""
        query = QueryDict(self.request.POST.get("query", "")[:1000], mutable=True)
        if view:
            query[VIEW] = view
            query.pop(TEXT, None)
        address = reverse(f"{self.record_type.slug}:list")
        return see_other(address + (f"?{query.urlencode()}" if query else "") + place)


class ChooseColumns(ListDeed):
    """Keep the ticked columns in their order; a button beside one moves it, another goes back to the declared ones."""

    action = Action.LIST_RECORDS

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Keep the choice."""
        posted, actor = self.request.POST, self.request.membership
        if RESET in posted:
            choose_columns(record_type=self.record_type, actor=actor, names=())
            return self.back(place="#jo-columns")
        ticked = set(posted.getlist("shown"))
        order = [name for name in posted.getlist("order") if name in ticked]
        for deed, by in ((UP, -1), (DOWN, 1)):
            order = _moved(order, posted.get(deed, ""), by)
        choose_columns(record_type=self.record_type, actor=actor, names=order)
        return self.back(place="#jo-columns")


def _moved(order: list[str], name: str, by: int) -> list[str]:
    if name not in order or not 0 <= order.index(name) + by < len(order):
        return order
    at = order.index(name)
    moved = order.copy()
    moved[at], moved[at + by] = moved[at + by], moved[at]
    return moved


class SaveView(ListDeed):
    """Save the conditions and columns of a list under a name."""

    action = Action.LIST_RECORDS

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Save it, or say why not."""
        posted, actor = self.request.POST, self.request.membership
        chosen = choice_of(self.record_type, actor).columns
        names = [column.name for column in columns_for(self.record_type, actor, chosen)] if chosen else []
        try:
            view = save_view(
                record_type=self.record_type,
                actor=actor,
                name=posted.get("name", ""),
                query=QueryDict(posted.get("query", "")[:1000]),
                columns=names,
                is_shared="shared" in posted,
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return self.back()
        messages.success(request, _("已保存视图：%(name)s") % {"name": view.name})
        return self.back(view=view.public_id)


class ChangeView(ListDeed):
    """Open the list with a view from now on, or remove a view of one's own."""

    action = Action.LIST_RECORDS

    def post(self, request: HttpRequest, slug: str, key: str) -> HttpResponse:
        """Do what the button says; a view that the person does not have is unknown."""
        actor = self.request.membership
        if "remove" in self.request.POST:
            if not remove_view(record_type=self.record_type, actor=actor, key=key):
                raise Http404
            messages.success(request, _("视图已删除。"))
            return see_other(reverse(f"{self.record_type.slug}:list"))
        known = choice_of(self.record_type, actor).view(key)
        if known is None and key != "all":
            raise Http404
        open_with(record_type=self.record_type, actor=actor, key=key if known else "")
        messages.success(request, _("以后打开清单先显示这个视图。"))
        return self.back()

"""axe finds nothing on any page, at 1366, 390 and 320 pixels, and no page is wider than the screen.

Which pages there are is read from the resolver, by way of the sweep: a new address without a page here fails. The
quick tests show every page to who has most on it, and first pages and dashboards to one person of each kind, and hold
them against axe at one width; the slow ones show every page to every role and ask axe at every width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser

from casework.views import files, home
from offices.models import User
from offices.people_sheet import COLUMNS
from offices.permissions import Role
from tests.cast import VIEWERS
from tests.conformance.test_sweep import ADDRESSES
from tests.conftest import TODAY, find_member
from tests.e2e import pages
from tests.e2e.looking import DESK, SMALL_PHONE, WIDTHS, Looker
from tests.e2e.pages import (
    ADMINISTRATOR,
    BY_HAND,
    CLERK,
    NO_PAGE,
    PRIMARY,
    STATISTICIAN,
    Visit,
    shown_pages,
)
from tests.e2e.scene import DRAFTED_RULE, Scene, build_scene
from tests.factories import PATHS

TWO = (DESK, SMALL_PHONE)
ONE = (SMALL_PHONE,)
LookerFor = Callable[..., Looker]


@pytest.fixture(scope="class")
def scene(class_database: str, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Set the clock to ten o'clock on the suite's day, and fill the town."""
    with time_machine.travel(datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))):
        yield build_scene(PATHS if request.node.get_closest_marker("slow") else pages.STATES)


@pytest.fixture
def looker_for(
    live_portal: str, browser: Browser, scene: Scene, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[LookerFor]:
    """Give people their browsers; at the end nothing may be wrong with what they have seen."""
    # Nobody works on jobs here: their page need not wait.
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(StaticFilesHandler, "serve", serve_once)
    made: list[Looker] = []
    thorough = request.node.get_closest_marker("slow") is not None

    def make(viewer: str = "") -> Looker:
        member = find_member(viewer) if viewer else None
        made.append(Looker(browser, live_portal, member, thorough=thorough))
        return made[-1]

    yield make
    wrong = [fault for looker in made for fault in looker.close()]
    assert not wrong, "\n".join(wrong)


SERVE = StaticFilesHandler.serve


def serve_once(handler: StaticFilesHandler, request: HttpRequest) -> Any:
    """Let the browser keep style sheets and scripts, as in a real portal."""
    response = SERVE(handler, request)
    # The server's clock is half a year behind the browser's.
    response["Cache-Control"] = "max-age=31536000"
    return response


def look_at(looker: Looker, visits: Iterator[Visit]) -> None:
    """Open pages and look at each."""
    for visit in visits:
        looker.open(visit.url)
        looker.look(visit.url, visit.widths)


def send_empty(looker: Looker, urls: Iterator[str]) -> None:
    """Send forms with nothing in them, and look at what is said."""
    for url in urls:
        looker.open(url)
        looker.send_empty()
        assert looker.page.locator("[data-error-summary]").count() == 1, url
        looker.look(f"{url} sent empty", WIDTHS if url == reverse("disputes:open") else ONE)


def test_every_address_has_a_page_or_a_reason() -> None:
    shown = {name for name, _entry in shown_pages()}
    assert set(ADDRESSES) == shown | set(BY_HAND) | set(NO_PAGE)
    assert not shown & (set(BY_HAND) | set(NO_PAGE))


@pytest.mark.browser
@pytest.mark.fresh_database(per="class")
class TestTheClerkAndStrangers:
    def test_pages(self, looker_for: LookerFor, scene: Scene) -> None:
        look_at(looker_for(CLERK), pages.visits_of(CLERK, scene))

    def test_steps_and_states(self, looker_for: LookerFor, scene: Scene) -> None:
        looker = looker_for(CLERK)
        look_at(looker, pages.steps(scene))
        look_at(looker, pages.clerks_own(scene))

    def test_forms_sent_empty(self, looker_for: LookerFor, scene: Scene) -> None:
        send_empty(looker_for(CLERK), pages.empty_forms(CLERK, scene))

    def test_unfolded_and_enlarged(self, looker_for: LookerFor) -> None:
        looker = looker_for(CLERK)
        looker.open(reverse("disputes:list"))
        looker.enlarge("xlarge")
        looker.look("the enlarged list", ONE, axe=False)
        looker.unfold()
        looker.look("the enlarged list, unfolded", ONE)
        looker.open(f"{reverse('home')}#jo-menu")
        looker.look("the open menu", ONE)

    def test_signing_in(self, looker_for: LookerFor) -> None:
        looker = looker_for()
        looker.open(reverse("sign_in"))
        looker.look("signing in")
        looker.send_empty()
        looker.look("signing in with nothing", ONE)
        for _attempt in range(5):
            Client().post(reverse("sign_in"), {"username": "clerk", "password": "wrong"})
        looker.page.fill("[name=username]", "clerk")
        looker.page.fill("[name=password]", "wrong")
        looker.press("main [type=submit]", code=429)
        looker.look("locked out", ONE)
        looker.context.clear_cookies()
        looker.press("main [type=submit]", code=403)
        looker.look("a form without its cookie", TWO)

    def test_a_first_password(self, looker_for: LookerFor) -> None:
        User.objects.filter(username="assistant").update(must_change_password=True)
        looker = looker_for("assistant")
        looker.open(reverse("home"))
        assert looker.page.url.endswith(reverse("password"))
        looker.look("a first password")
        looker.send_empty()
        looker.look("a first password left empty", ONE)

    def test_refusals(self, looker_for: LookerFor) -> None:
        looker = looker_for(CLERK)
        for path, code in ((reverse("people"), 403), ("/disputes/0000000000/", 404), ("/nowhere/", 404)):
            looker.open(path, code=code)
            looker.look(f"{code} {path}", TWO if code == 403 else ONE)
        looker = looker_for("former_clerk")
        looker.open(reverse("home"), code=403)
        looker.look("nobody's post", ONE)

    @pytest.mark.parametrize(("error", "code"), [(SuspiciousOperation, 400), (RuntimeError, 500)])
    def test_failures(
        self, error: type[Exception], code: int, looker_for: LookerFor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(view: Any, request: HttpRequest) -> HttpResponse:
            raise error

        monkeypatch.setattr(home.Home, "get", fail)
        looker = looker_for(CLERK)
        looker.open(reverse("home"), code=code)
        looker.look(str(code), ONE)


@pytest.mark.browser
@pytest.mark.fresh_database(per="class")
class TestAdministratorAndStatistician:
    def test_administrator_pages(self, looker_for: LookerFor, scene: Scene) -> None:
        look_at(looker_for(ADMINISTRATOR), pages.visits_of(ADMINISTRATOR, scene))

    def test_administrator_forms(self, looker_for: LookerFor, scene: Scene) -> None:
        send_empty(looker_for(ADMINISTRATOR), pages.empty_forms(ADMINISTRATOR, scene))

    def test_what_a_post_answers(self, looker_for: LookerFor, tmp_path: Path) -> None:
        looker = looker_for(ADMINISTRATOR)
        for table, button in ((people_table("张三丰"), "全部导入"), (people_table(""), "重新上传")):
            looker.open(reverse("people_import"))
            (tmp_path / "people.xlsx").write_bytes(table)
            looker.page.set_input_files("[type=file]", tmp_path / "people.xlsx")
            looker.press("[data-submit]", code=200 if button == "全部导入" else 422)
            looker.look(f"an import before {button}", TWO)
            if button == "全部导入":
                looker.press(f"text={button}")
                looker.look("first passwords", TWO)
        looker.open(reverse("person_reset_password", args=[find_member("head").user_id]))
        looker.press("main form [type=submit]")
        looker.look("a new password", TWO)

    def test_statistician_pages(self, looker_for: LookerFor, scene: Scene) -> None:
        look_at(looker_for(STATISTICIAN), pages.visits_of(STATISTICIAN, scene))

    def test_figures(self, looker_for: LookerFor) -> None:
        look_at(looker_for(STATISTICIAN), pages.figures("37"))

    @pytest.mark.parametrize("viewer", ["province_line_lead", STATISTICIAN])
    def test_the_draft_of_a_rule(self, viewer: str, looker_for: LookerFor) -> None:
        looker = looker_for(viewer)
        looker.open(reverse("rule", args=["deadline", DRAFTED_RULE]))
        # Who drafted it may only take it back.
        assert looker.page.locator("main [name=decision]").count() == (2 if viewer == STATISTICIAN else 1)
        looker.look(f"a draft before {viewer}", TWO)

    def test_statistician_forms(self, looker_for: LookerFor, scene: Scene) -> None:
        send_empty(looker_for(STATISTICIAN), pages.empty_forms(STATISTICIAN, scene))


@pytest.mark.browser
@pytest.mark.fresh_database(per="class")
class TestEverybodyElse:
    @pytest.mark.parametrize("viewer", sorted(pages.SECONDARY))
    def test_pages(self, viewer: str, looker_for: LookerFor, scene: Scene) -> None:
        look_at(looker_for(viewer), pages.visits_of(viewer, scene))

    @pytest.mark.parametrize("viewer", PRIMARY)
    def test_english(self, viewer: str, looker_for: LookerFor, scene: Scene) -> None:
        User.objects.filter(username=viewer).update(language="en")
        looker = looker_for(viewer)
        for url in pages.english_pages(viewer, scene):
            looker.open(url)
            looker.look(f"{url} in English", TWO, axe=url == reverse("home"))
        User.objects.filter(username=viewer).update(language="zh-hans")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.fresh_database(per="class")
class TestEveryPageOfEveryRole:
    @pytest.mark.parametrize("role", sorted(Role))
    def test_pages(self, role: Role, looker_for: LookerFor, scene: Scene) -> None:
        viewer = VIEWERS[role]
        looker = looker_for(viewer)
        look_at(looker, pages.visits_of(viewer, scene, everything=True))

    @pytest.mark.parametrize("state", sorted(PATHS))
    def test_records(self, state: str, looker_for: LookerFor, scene: Scene) -> None:
        for viewer in ("head", "county_reviewer"):
            looker = looker_for(viewer)
            look_at(looker, iter([Visit(reverse("disputes:detail", args=[scene.refs[state]]))]))

    def test_steps(self, looker_for: LookerFor, scene: Scene) -> None:
        looker = looker_for(CLERK)
        look_at(
            looker,
            (
                Visit(visit.url)
                for visit in (*pages.steps(scene, everything=True), *pages.clerks_own(scene, everything=True))
            ),
        )

    @pytest.mark.parametrize("unit", ["37", "3791", "379121", "379121100"])
    def test_figures(self, unit: str, looker_for: LookerFor) -> None:
        look_at(looker_for(STATISTICIAN), (Visit(visit.url) for visit in pages.figures(unit)))


def people_table(name: str) -> bytes:
    """Return a workbook with one person."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(COLUMNS.values()))
    sheet.append(["zhang.sanfeng", name, "379121100", "司法所工作人员", "人民调解", "2026-01-01", ""])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()

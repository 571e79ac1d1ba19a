"""Every page of the portal, who is shown it in the browser tests, and at which widths.

The addresses come from the sweep, which a test compares with the resolver: whatever answers a GET with 200 is a page
unless it is named here with the reason why it is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import resolve, reverse

from casework import lines
from tests.cast import CAST, VIEWERS
from tests.conformance.sweep import EDITION, SWEEP, Entry
from tests.conformance.test_sweep import address, top_of
from tests.e2e.looking import DESK, SMALL_PHONE, WIDTHS
from tests.e2e.scene import Scene

# Addresses that show no page of their own, and why.
NO_PAGE = {
    "healthz": "JSON",
    "discard_draft": "POST only, leads to the drafts",
    "disputes:open_draft": "POST only, leads to the drafts",
    "disputes:export": "POST only, leads to the job",
    "disputes:ledger": "POST only, leads to the job",
    "sign_out": "POST only, leads to the sign-in page",
    "switch_membership": "POST only, leads home",
    "people_search": "POST only, leads to the list",
    "check_identifier": "a part of a page, for htmx",
    "similar_disputes": "a part of a page, for a script",
    "choose_columns": "POST only, leads to the list",
    "save_view": "POST only, leads to the list",
    "change_view": "POST only, leads to the list",
    "people_import_template": "a download",
    "disputes:import_template": "a download",
    "disputes:import_errors": "a download",
    "unit_posts": "the sweep has no office that has ended; a test of the changes shows it",
    "disputes:import_columns": "POST only, leads to the job",
    "disputes:import_run": "POST only, leads to the job",
    "people_import_passwords": "a download",
    "download_export": "a download",
    "disputes:document": "a download",
    "disputes:file": "a download",
    "disputes:void_document": "the sweep names no paper",
    "confirmations:correct_step": "the sweep names no step",
    "confirmations:take_back": "the same page as that of a dispute",
    "sheet_rows": "the page of the rows of an edition; a test of the chain shows it",
    "edition_pdf": "a download",
    "volume_pdf": "a download",
    "volume_xlsx": "a download",
    "edition_xlsx": "a download",
}
# What each kind of record has beside its pages, and what it has not.
for kind in sorted({name.partition(":")[0] for name in SWEEP if ":" in name} - {"disputes"}):
    NO_PAGE |= {
        f"{kind}:open_draft": "POST only, leads to the drafts",
        f"{kind}:export": "POST only, leads to the job",
        f"{kind}:ledger": "POST only, leads to the job",
        f"{kind}:document": "a download",
        f"{kind}:file": "a download",
        f"{kind}:make_document": "the sweep names no paper",
        f"{kind}:void_file": "the sweep names no file",
        f"{kind}:void_document": "the sweep names no paper",
    }
    if all(entry.code != 200 for entry in SWEEP[f"{kind}:add_part"]):
        NO_PAGE |= {
            f"{kind}:{deed}_part": "the kind has no parts, or a fresh record takes none"
            for deed in ("add", "change", "remove")
        }
# The same templates over other fields: the quick tests look at one page of each kind, the slow ones at all.
SAME_TEMPLATE = frozenset(
    name
    for name in SWEEP
    if name.partition(":")[2] in {"amend", "step", "attach", "add_part", "change_part", "remove_part"}
    and not name.startswith("disputes:")
)
# Pages that no GET of the sweep shows; a test shows each by hand.
BY_HAND = {
    "sign_in": "shown to strangers",
    "people_import_run": "the answer to a POST",
    "disputes:import_batch": "the sweep has no import",
    "disputes:import_undo": "the sweep has no import",
    "found": "the sweep has searched for nothing",
    "disputes:take_back": "the sweep's records have taken no step",
    "job": "the sweep has no job, the scene has one in each state",
}
# Who has most on a page is shown it: by the app of its view, else the clerk.
CLERK, ADMINISTRATOR, STATISTICIAN = PRIMARY = ("clerk", "system_admin", "province_statistician")
BY_APP = {"offices": ADMINISTRATOR, "reports": STATISTICIAN}
# Others have more on a page than those of its app: who may draft a rule, or decide on a request, sees the form.
BY_NAME = {"rule": STATISTICIAN, "correction": "head"} | dict.fromkeys(
    ("unit_changes", "unit_change", "draft_unit_change"), ADMINISTRATOR
)
# Who else is shown these, at one width, and one person of each level those; the slow tests show everybody everything.
OF_EVERYBODY = {"home"}
OF_A_LEVEL = {"disputes:detail", "dashboard", "sheet_quality"}
# Long words are likeliest here.
IN_ENGLISH = {"home", "disputes:open", "dashboard", "person_create", "sheet_quality", "sheet_calendar"}
PROVINCE = "山东省"
# Unlike each other: looked at from every width by who has most on them, other pages from the narrowest one.
AT_EVERY_WIDTH = {
    "home",
    "disputes:list",
    "disputes:detail",
    "disputes:open",
    "dashboard",
    "sheet_calendar",
    "edition",
    "people",
    "office",
}
# Forms made of the same template and the same parts as another one.
ALIKE = {
    "disputes:make_document",
    "disputes:attach",
    "person_suspend",
    "person_restore",
    "membership_give",
    "membership_move",
    "membership_end",
}
# The step with the longest form, and the states of the records that are made for the quick tests.
LONGEST_STEP = "agree_in_writing"
STATES = ("mediating", "breached")
LEVELS = {CLERK, "county_reviewer", "city_statistician", STATISTICIAN}
# Of those who are shown first pages and dashboards alone: one person of each kind.
SECONDARY = {"head", "county_reviewer", "city_statistician", "security_admin"}


@dataclass(frozen=True)
class Visit:
    """One page: its address, and the widths at which it is looked at."""

    url: str
    widths: tuple[int, ...] = WIDTHS


def shown_pages() -> Iterator[tuple[str, Entry]]:
    """Yield every address that shows a page, with each of its entries in the sweep."""
    for name, entries in SWEEP.items():
        for entry in entries:
            if name not in NO_PAGE and entry.method == "get" and entry.code == 200:
                yield name, entry


def url_of(name: str, entry: Entry, scene: Scene) -> str:
    """Return the address of an entry in the scene."""
    target = {"office": top_of(scene.target["office"])} if entry.target == EDITION else scene.target
    return address(name, entry, target if entry.target else None)


def primary(name: str, entry: Entry, url: str) -> str:
    """Return who is shown a page by the quick tests."""
    view: Any = resolve(url.partition("?")[0]).func
    wanted = BY_NAME.get(name, BY_APP.get(view.view_class.__module__.partition(".")[0], CLERK))
    able = [wanted, CLERK, *VIEWERS.values()]
    return next(name for name in able if CAST[name].role in entry.roles)


def visits_of(viewer: str, scene: Scene, *, everything: bool = False) -> Iterator[Visit]:
    """Yield what a person is shown: pages as the primary one, pages that differ from other people's, or all of them."""
    for name, entry in shown_pages():
        if CAST[viewer].role not in entry.roles or (entry.target == EDITION and CAST[viewer].unit != PROVINCE):
            continue
        if name in SAME_TEMPLATE and not everything:
            continue
        url = url_of(name, entry, scene)
        if everything or primary(name, entry, url) == viewer:
            yield Visit(url, WIDTHS if everything or name in AT_EVERY_WIDTH else (SMALL_PHONE,))
        elif name in OF_EVERYBODY or (name in OF_A_LEVEL and viewer in LEVELS and not entry.query):
            yield Visit(url, (SMALL_PHONE,))


def english_pages(viewer: str, scene: Scene) -> Iterator[str]:
    """Yield the pages that a person is shown in English."""
    for name, entry in shown_pages():
        if name in IN_ENGLISH and CAST[viewer].role in entry.roles and entry.target != EDITION:
            yield url_of(name, entry, scene)


def empty_forms(viewer: str, scene: Scene) -> Iterator[str]:
    """Yield the forms that refuse to be sent empty, for the person who is shown them."""
    refused = {
        name for name, entries in SWEEP.items() for entry in entries if (entry.method, entry.code) == ("post", 422)
    }
    for name, entry in shown_pages():
        if name in refused - ALIKE and CAST[viewer].role in entry.roles:
            url = url_of(name, entry, scene)
            if primary(name, entry, url) == viewer:
                yield url


def clerks_own(scene: Scene, *, everything: bool = False) -> Iterator[Visit]:
    """Yield the states of the clerk's pages that the sweep does not ask for."""
    listed = reverse("disputes:list")
    asked = "state=open&dispute_type=neighbourhood&since=2026-01-01&is_difficult=false"
    yield Visit(f"{listed}?{asked}", (SMALL_PHONE,))
    yield Visit(f"{reverse('disputes:open')}?draft=continue", (SMALL_PHONE,))
    yield Visit(reverse("disputes:detail", args=[scene.refs["breached"]]), (SMALL_PHONE,))
    yield Visit(reverse("disputes:take_back", args=[scene.refs["mediating"]]), (SMALL_PHONE,))
    yield Visit(f"{reverse('disputes:detail', args=[scene.target['record']])}?tab=records", (SMALL_PHONE,))
    for job in scene.jobs if everything else scene.jobs[-1:]:
        yield Visit(reverse("job", args=[job]), (SMALL_PHONE,))
    if everything:
        yield Visit(f"{listed}?number=1")
        yield Visit(f"{reverse('home')}?group=late")


def steps(scene: Scene, *, everything: bool = False) -> Iterator[Visit]:
    """Yield the forms of the steps that a record can take."""
    kind = lines.record_type("mediation.dispute")
    for step in kind.steps:
        if step.transition != LONGEST_STEP and not everything:
            continue
        sources = kind.workflow.transition(step.transition).sources
        ref = next(scene.refs[state] for state in scene.refs if state in sources)
        yield Visit(reverse(f"{kind.slug}:step", args=[ref, step.transition]), (SMALL_PHONE,))


def figures(unit: str) -> Iterator[Visit]:
    """Yield the figures of April, when the scene has work in every column: charts, a ratio, both editions."""
    line, form = lines.form("T9")
    april = f"period=2026-04&unit={unit}"
    board, rows = reverse("dashboard", args=["mediation"]), reverse("figure_rows", args=["mediation"])
    yield Visit(f"{board}?{april}&span=ytd&sort={form.headline[-1]}")
    for code in (form.headline[0], "T9.15", line.ratios[0].code):
        yield Visit(f"{rows}?{april}&figure={code}", (SMALL_PHONE,))
    yield Visit(reverse("edition", args=["T9", "2026-04", unit, 2]), (DESK, SMALL_PHONE))

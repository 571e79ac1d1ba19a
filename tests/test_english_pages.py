"""Every page, as every role sees it, says nothing in Chinese to a person who reads English, but for data."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from casework import lines
from casework.views import files
from mediation.workflow.disputes import WORKFLOW
from offices.models import Membership, User
from offices.permissions import Role
from offices.scoping import system
from reports import rollup
from reports.freezing import freeze
from reports.models import Edition, IssueRequest
from tests.cast import VIEWERS
from tests.conformance.sweep import OPEN, SWEEP
from tests.conformance.test_sweep import address, aims_of, expected, issued, targets  # noqa: F401 - two are fixtures
from tests.conftest import find_member
from tests.english import Reader, english
from tests.factories import PATHS, dispute_in


@pytest.fixture
def reader(today: Any, database: None, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Give a reader of pages in a town whose people all read English."""
    User.objects.update(language="en")
    # Nobody works on jobs here: their page need not wait.
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0)
    return Reader()


# Between them they are shown every page; the others are left to the slow tests.
QUICK = {Role.OFFICE_CLERK, Role.COUNTY_STATISTICIAN, Role.PROVINCE_STATISTICIAN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}


def test_the_quick_roles_are_shown_every_address() -> None:
    assert not [name for name, entries in SWEEP.items() if not any(QUICK & set(entry.roles) for entry in entries)]


@pytest.mark.parametrize(
    "role", [role if role in QUICK else pytest.param(role, marks=pytest.mark.slow) for role in sorted(Role)]
)
def test_every_page_of_a_role_is_english(
    role: Role,
    reader: Reader,
    targets: dict[str, Any],  # noqa: F811
    issued: Edition,  # noqa: F811
) -> None:
    viewer = find_member(VIEWERS[role])
    client = english(viewer)
    reader.learn()
    for name, sweep in SWEEP.items():
        for entry in sweep:
            if role in entry.roles:
                target = next(iter(aims_of(entry, targets).values()))
                fields = entry.data(target) if entry.method == "post" else None
                code = reader.look(client, address(name, entry, target), fields)
                wanted = expected(entry, viewer, target)
                assert code == (200 if wanted in {302, 303} else wanted), name
        if name == "sign_out":
            client = english(viewer)
    assert reader.pages > 10
    assert not reader.wrong, "\n".join(reader.wrong)


@pytest.mark.parametrize("state", sorted(PATHS))
def test_a_record_is_english_in_every_state(state: str, reader: Reader, clerk: Membership) -> None:
    dispute = dispute_in(state, actor=clerk)
    client = english(find_member("head"))
    reader.learn()
    detail = reverse("disputes:detail", args=[dispute.public_id])
    for url in (detail, f"{detail}?tab=log", reverse("home"), reverse("disputes:list")):
        assert reader.look(client, url) == 200
    for transition in WORKFLOW.possible(state):
        step = reverse("disputes:step", args=[dispute.public_id, transition.code])
        assert reader.look(client, step) == 200
        assert reader.look(client, step, {}) == 422
    for paper in lines.record_type("mediation.dispute").documents:
        reader.look(client, reverse("disputes:make_document", args=[dispute.public_id, paper.code]))
        reader.look(client, reverse("disputes:make_document", args=[dispute.public_id, paper.code]), {})
    assert not reader.wrong, "\n".join(reader.wrong)


WRONG_PARTIES = [
    {"name": "3", "identifier": "1", "phone": "1"},
    {"name": "", "identifier": "11010519491231002X", "phone": "138"},
    {"kind": "organisation", "identifier": "O" * 18, "amount": "-1"},
    {"identifier": "1" * 18, "phone": "12345678", "amount": "1,2", "occurred_on": "2027-01-01"},
    {"identifier": "1" * 15, "phone": "0531", "amount": "x", "occurred_on": "1900-01-01"},
]


@pytest.mark.parametrize("wrong", WRONG_PARTIES)
def test_what_is_wrong_with_a_form_is_said_in_english(reader: Reader, clerk: Membership, wrong: dict[str, str]) -> None:
    party = {"role": "applicant", "kind": "person", "name": "张三丰", **wrong}
    fields = {f"parties-{number}-{name}": value for number in (0, 1) for name, value in party.items()}
    fields |= {"parties-TOTAL_FORMS": "2", "parties-INITIAL_FORMS": "2", **wrong}
    assert reader.look(english(clerk), reverse("disputes:open"), fields) == 422
    assert not reader.wrong, "\n".join(reader.wrong)


def test_queries_drafts_and_late_records_are_english(reader: Reader, clerk: Membership) -> None:
    dispute_in("accepted", actor=clerk, on=date(2026, 3, 2))
    client = english(clerk)
    client.post(reverse("disputes:open_draft"), {"brief": "写到一半"})
    reader.learn()
    listed = reverse("disputes:list")
    queries = ("state=open&dispute_type=neighbourhood&since=2026-01-01", "number=1", "since=x", "is_difficult=true")
    pages = [*(f"{listed}?{query}" for query in queries), reverse("home"), f"{reverse('home')}?group=late"]
    for url in (*pages, reverse("drafts"), reverse("disputes:open"), f"{reverse('disputes:open')}?draft=continue"):
        assert reader.look(client, url) == 200
    assert not reader.wrong, "\n".join(reader.wrong)


def issue(issuer: Membership, reason: str) -> None:
    """Freeze April for the province, without its files."""
    with system("test"):
        asked = IssueRequest(unit=issuer.office, level="province", line="mediation", form="T9", month=date(2026, 4, 1))
        asked.asked_by, asked.reason = issuer.user, reason
        asked.save(force_insert=True)
        freeze(asked, issuer, timezone.now())


@pytest.mark.fresh_database
def test_figures_and_reports_are_english(reader: Reader, clerk: Membership) -> None:
    issuer = find_member("province_statistician")
    for state in ("agreed_written", "agreed_oral", "failed", "transferred", "accepted"):
        dispute_in(state, actor=clerk, on=date(2026, 4, 10), source="referral_court", is_difficult=True)
    dispute_in("agreed_oral", actor=clerk, on=date(2025, 4, 10))
    rollup.drain()
    for reason in ("", "补录三件。"):
        issue(issuer, reason)
    reader.learn()
    line, form = lines.form("T9")
    for viewer in (issuer, *map(find_member, ("city_statistician", "county_reviewer", "clerk"))):
        client, unit = english(viewer), viewer.office.code
        board = f"{reverse('dashboard', args=['mediation'])}?period=2026-04&unit={unit}"
        pages = [board, f"{board}&span=ytd", *(f"{board}&sort={code}" for code in form.headline)]
        rows = f"{reverse('figure_rows', args=['mediation'])}?period=2026-04&unit={unit}&figure="
        pages += [f"{rows}{code}" for code in (*form.headline, "T9.15", "T9.38")]
        for number in (1, 2):
            place = ("T9", "2026-04", unit, number)
            pages += [reverse("edition", args=place), f"{reverse('edition_rows', args=place)}?figure=T9.05"]
        for url in (*pages, reverse("reports")):
            assert reader.look(client, url) == 200, url
    client = english(issuer)
    for code in [*(one.code for one in line.indicators), *(one.code for one in line.ratios)]:
        assert reader.look(client, reverse("metric", args=[code])) == 200
    for month in ("2026-04", "2025-03", "2026-05"):
        assert reader.look(client, reverse("issue_report"), {"form": "T9", "month": month}) == 422
    assert not reader.wrong, "\n".join(reader.wrong)


def test_strangers_and_refusals_are_english(reader: Reader, clerk: Membership) -> None:
    reader.learn()
    for name in OPEN:
        assert reader.look(english(), reverse(name)) == 200
    assert reader.look(english(), reverse("sign_in"), {"username": "clerk", "password": "wrong"}) == 422
    assert reader.look(english(clerk), reverse("people")) == 403
    assert reader.look(english(clerk), "/nowhere/") == 404
    assert not reader.wrong, "\n".join(reader.wrong)

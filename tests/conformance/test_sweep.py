"""Every address × role × office × method answers as the table says; a new address without an entry fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from casework import correction_requests
from casework.files import attach_file, store
from casework.history import steps_of
from mediation.models import Dispute
from offices.changes import Facts
from offices.models import Membership
from offices.permissions import Role
from offices.scoping import system, within
from reports import reporting
from reports.freezing import freeze
from reports.models import Edition, EditionFile, IssueRequest, UnitSheet
from tests.cast import CAST
from tests.changing import drafted, planned
from tests.conformance.sweep import (
    ASKED,
    CHANGE,
    COMING,
    CORRECTING,
    EDITION,
    GOING,
    MONTHLY,
    OPEN,
    OTHER_TYPES,
    SEALED,
    SHEET,
    SOURCE,
    SWEEP,
    UNIT,
    VOLUME,
    VOLUME_REF,
    Entry,
)
from tests.conftest import find_member, on_the_day, sign_in
from tests.factories import dispute_in
from tests.handing import offered
from tests.registers import add_evidence, one_of_each
from tests.reports.chain_people import sealed, sheet
from tests.reports.correcting import filed
from tests.volumes import made_volume

ACTIVE = [name for name, person in CAST.items() if person.is_active and person.valid_until is None]
ONLY_THE_CLERKS = {SOURCE, COMING, GOING, ASKED, MONTHLY, SEALED, CORRECTING, CHANGE}
# One clerk of each office whose record the others try to reach.
OWNERS = ("clerk", "sibling_clerk", "zone_clerk", "far_clerk")


def names(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield the name of every address of the portal."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


ADDRESSES = sorted(set(names(get_resolver().url_patterns)))


def test_every_address_has_an_entry() -> None:
    assert set(ADDRESSES) == set(SWEEP) | OPEN


def test_the_sweep_is_large_enough() -> None:
    requests = sum(
        len(ACTIVE) * (len(OWNERS) if entry.target == "record" else 1)
        for entries in SWEEP.values()
        for entry in entries
    )
    assert requests >= 2000


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer without rendering: the sweep asks for codes, the pages are shown elsewhere."""
    monkeypatch.setattr(Template, "render", lambda *args, **kwargs: "")


@pytest.fixture(scope="module")
def targets(module_database: str) -> dict[str, Any]:
    """One registered dispute with an attached file for each of the offices, by its clerk's name; made once a module."""
    with on_the_day():
        return made_targets()


def made_targets() -> dict[str, Any]:
    """Make what the addresses name."""
    made = {}
    for owner in OWNERS:
        member = find_member(owner)
        office: Any = member.office
        office.chain = chain(office)
        dispute = dispute_in("registered", actor=member)
        with within(member):
            upload = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
            file = attach_file(record=dispute, actor=member, upload=upload)
            opened = steps_of(dispute)[0].event.pk
        made[owner] = {
            "record": dispute.public_id,
            "person": member.user_id,
            "post": member.pk,
            "FILE": file.public_id,
            "record/part": add_evidence(dispute, member),
            "STEP": opened,
            "office": member.office,
        }
    own = one_of_each(find_member("clerk")) | between_offices(made) | asked() | monthly()
    made["clerk"] |= own | locked_months() | changing()
    return made


def monthly() -> dict[str, str]:
    """Return the sheet of April of the clerk's office."""
    reporting.open_month(date(2026, 4, 1))
    with within(find_member("clerk")):
        return {MONTHLY: UnitSheet.objects.get(form="T9", month=date(2026, 4, 1)).public_id}


def locked_months() -> dict[str, str]:
    """Return a locked sheet of the clerk's office that lacks a case, and a request to correct another one."""
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    for month in (february, march):
        sealed(month, find_member("province_statistician"))
        dispute_in("accepted", actor=find_member("clerk"), on=month.replace(day=9))
    office: Any = find_member("clerk").office
    return {SEALED: sheet(office, february).public_id, CORRECTING: filed(march).public_id}


def changing() -> dict[str, int]:
    """Return a change of the clerk's office that waits for a second person."""
    office = find_member("clerk").office
    facts = Facts(code=office.code, area_name="石桥街道")
    plan = planned("rename", office, on=date(2026, 7, 1), facts=facts)
    return {CHANGE: drafted(find_member("county_admin"), plan).pk}


def asked() -> dict[str, str]:
    """Return a request to take back a step of the clerk's office."""
    clerk = find_member("clerk")
    dispute = dispute_in("accepted", actor=clerk)
    with within(clerk):
        request = correction_requests.ask(record=dispute, actor=clerk, kind="take_back", reason="点错了按钮")
    return {ASKED: request.public_id}


def between_offices(made: dict[str, Any]) -> dict[str, Any]:
    """Return a hand-over that waits for the clerk's office and one that it has offered, with the other office."""
    clerk, zone_clerk = find_member("clerk"), find_member("zone_clerk")
    coming = offered(dispute_in("registered", actor=zone_clerk), zone_clerk, clerk)
    going = offered(dispute_in("registered", actor=clerk), clerk, zone_clerk)
    return {COMING: coming.public_id, GOING: going.public_id, "other": made["zone_clerk"]["office"]}


@pytest.fixture(scope="module")
def issued(targets: dict[str, Any]) -> Edition:
    """The edition of April for the whole province, with two small files."""
    with on_the_day():
        return made_edition()


def made_edition() -> Edition:
    """Freeze April."""
    issuer = find_member("province_statistician")
    with system("test"):
        request = IssueRequest(
            unit=issuer.office, level="province", line="mediation", form="T9", month=date(2026, 4, 1)
        )
        request.asked_by = issuer.user
        request.save(force_insert=True)
        edition = freeze(request, issuer, timezone.now())
        for kind in EditionFile.Kind.values:
            kept = store("editions", iter([b"%PDF-1.7"]), f".{kind}")
            file = EditionFile(edition=edition, unit=edition.unit, level="province", line="mediation", kind=kind)
            file.stored_as, file.size, file.sha256, file.name = kept.stored_as, kept.size, kept.sha256, f"a.{kind}"
            file.save(force_insert=True)
        made_volume(issuer, VOLUME_REF)
    return edition


def chain(unit: Any) -> list[int]:
    """Return the ids of a unit and all above it."""
    return [unit.pk, *chain(unit.parent)] if unit else []


def in_scope(viewer: Membership, office: Any) -> bool:
    """Tell by the tree, not by the portal's own code, whether an office lies below a person's unit."""
    return viewer.office_id in office.chain


def address(name: str, entry: Entry, target: dict[str, Any] | None) -> str:
    """Return the address of an entry for a target."""
    if target and entry.target in {UNIT, SHEET, EDITION}:
        code = target["office"].code
        args = entry.args if entry.target == UNIT else ("T9", "2026-04", code, 1)
        return reverse(name, args=args) + entry.query.format(unit=code)
    rest = tuple(own_part(part, entry.target, target) for part in entry.args)
    if target and entry.target == SOURCE:
        return reverse(name, args=rest) + entry.query.format(source=source_of(name, target))
    first = (target[entry.target],) if target else ()
    return reverse(name, args=(*first, *rest)) + entry.query


def source_of(name: str, target: dict[str, Any]) -> str:
    """Return the record that one of a kind is opened out of."""
    return str(
        target[
            {"findings": "rounds", "confirmations": "agreed", "reviews": "turned_criminal"}.get(
                name.partition(":")[0], "record"
            )
        ]
    )


def own_part(part: Any, kind: str, target: dict[str, Any] | None) -> Any:
    """Return a part of an address, with the target's own file or row or the clerk's unit in the place of their marks."""
    if part == "UNIT":
        return find_member("clerk").office_id
    if target and part == "STEP":
        return target["STEP"]
    if target and part == "PART":
        return target[f"{kind}/part"]
    return target["FILE"] if target and part == "FILE" else part


def aims_of(entry: Entry, targets: dict[str, Any]) -> dict[str, Any]:
    """Return what an entry is tried on: nothing, each office's own, or the province."""
    if entry.target == EDITION:
        return {"the province": {"office": top_of(targets["clerk"]["office"])}}
    if entry.target == VOLUME:
        return {"the province": {"office": top_of(targets["clerk"]["office"]), VOLUME: VOLUME_REF}}
    # The disputes show that the four offices are kept apart; of the other kinds one office's record is enough.
    owners = OWNERS[:1] if entry.target in OTHER_TYPES | ONLY_THE_CLERKS else OWNERS
    return {owner: targets[owner] for owner in owners} if entry.target else {"": None}


def top_of(unit: Any) -> Any:
    """Return the province above a unit."""
    while unit.parent:
        unit = unit.parent
    unit.chain = [unit.pk]
    return unit


def expected(entry: Entry, viewer: Membership, target: dict[str, Any] | None) -> int:
    """Return the code that the table says: 403 without the right, then 404 outside the scope."""
    if Role(viewer.role) not in entry.roles:
        return 403
    ends = [target["office"], *([target["other"]] if entry.both else [])] if target else []
    if target and not any(in_scope(viewer, office) for office in ends):
        return 404
    return entry.code


def ask(client: Client, entry: Entry, url: str, target: dict[str, Any] | None) -> int:
    """Send one request and undo what it wrote."""
    with transaction.atomic():
        data = entry.data(target) if entry.method == "post" else None
        answer = getattr(client, entry.method)(url, data)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer.status_code


def together() -> dict[str, list[str]]:
    """Return the addresses that are asked one after the other: signing twenty people in costs more than asking."""
    groups: dict[str, list[str]] = {}
    for name in sorted(SWEEP):
        kind, _colon, page = name.partition(":")
        groups.setdefault(kind if page else name.partition("_")[0], []).append(name)
    return groups


@pytest.mark.usefixtures("unrendered", "issued", "today", "database")
@pytest.mark.parametrize("group", sorted(together()))
def test_it_answers_every_role_as_the_table_says(group: str, targets: dict[str, Any]) -> None:
    wrong = []
    viewers = {viewer: find_member(viewer) for viewer in ACTIVE}
    clients = {viewer: sign_in(member) for viewer, member in viewers.items()}
    entries = [(name, entry) for name in together()[group] for entry in SWEEP[name]]
    for name, entry in entries:
        aims = aims_of(entry, targets)
        for owner, target in aims.items():
            for viewer, client in clients.items():
                url = address(name, entry, target)
                want = expected(entry, viewers[viewer], target)
                got = ask(client, entry, url, target)
                if got != want:
                    wrong.append(f"{viewer} {entry.method} {url} of {owner or 'nobody'}: {got}, not {want}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("today", "database")
def test_it_sends_strangers_to_the_sign_in_page(targets: dict[str, Any], client: Client) -> None:
    wrong = []
    for name, entries in SWEEP.items():
        for entry in entries:
            url = address(name, entry, next(iter(aims_of(entry, targets).values())))
            answer = getattr(client, entry.method)(url)
            if answer.status_code != 302 or not answer.url.startswith(reverse("sign_in")):
                wrong.append(f"{entry.method} {url}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("today", "database")
@pytest.mark.parametrize(("viewer", "code"), [("suspended", 302), ("former_clerk", 403)])
def test_a_person_without_a_post_in_force_reaches_nothing(viewer: str, code: int, targets: dict[str, Any]) -> None:
    client = sign_in(find_member(viewer))
    codes = {client.get(reverse(name)).status_code for name in ("home", "disputes:list", "drafts")}
    assert codes == {code}


@pytest.mark.usefixtures("today", "database")
@pytest.mark.parametrize("viewer", ACTIVE)
def test_no_page_names_a_record_of_another_office(viewer: str, targets: dict[str, Any]) -> None:
    member = find_member(viewer)
    marks = {}
    for owner in OWNERS:
        clerk = find_member(owner)
        with within(clerk):
            Dispute.objects.filter(public_id=targets[owner]["record"]).update(title=f"标记{owner}", number=f"号{owner}")
        marks[owner] = (f"标记{owner}", f"号{owner}", targets[owner]["record"])
    client = sign_in(member)
    for name in ("home", "disputes:list"):
        html = client.get(reverse(name)).content.decode()
        for owner, marked in marks.items():
            if not in_scope(member, targets[owner]["office"]):
                assert not any(text in html for text in marked), (name, owner)
            if CAST[viewer].role in {Role.CITY_REVIEWER, Role.PROVINCE_STATISTICIAN}:
                assert f"标记{owner}" not in html

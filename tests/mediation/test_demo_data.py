"""Demo data: consistent, deterministic, nobody's real number; and a check that sees what is broken."""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from casework import lines
from casework.codes import codes
from casework.identifiers import check_person_name, parse_credit_code, parse_phone, parse_resident_id
from casework.models import CodeValue, CorrectionRequest, Handover, RecordEvent, RecordLink
from casework.models.record import ALPHABET
from casework.workdays import WorkCalendar
from mediation.demo import loading, texts
from mediation.demo.cases import SOURCES, Neighbourhood
from mediation.demo.checking import findings
from mediation.demo.copying import AGREEMENT, COUNTED, DISPUTE, HISTORY, cell, public_id
from mediation.demo.days import Days, Limit
from mediation.demo.deeds import World
from mediation.demo.desk import FINDINGS
from mediation.demo.generator import fill_office
from mediation.demo.lives import Life
from mediation.demo.people import Person, a_person, an_organisation
from mediation.demo.plan import SCALES, OfficePlan, Scale, VillagePlan, plan_committees, spread
from mediation.demo.stories import MATTERS
from mediation.models import Dispute, MediationCommittee, Party, ScreeningFinding
from offices.models import Membership, User
from offices.permissions import Role
from offices.scoping import system, within
from tests.conftest import TODAY, find_member
from tests.factories import PATHS, dispute_in, take_step

DIVISIONS = Path(__file__).resolve().parents[2] / "offices" / "data" / "divisions"
LIMITS = {
    "mediation.accept": Limit(3, "workday", rolls=True),
    "mediation.conclude": Limit(1, "month", rolls=True),
    "mediation.close": Limit(15, "day", rolls=True),
    "mediation.archive": Limit(30, "day", rolls=True),
    "mediation.return_visit": Limit(30, "day", rolls=True),
    "mediation.receipt": Limit(7, "day", rolls=True),
}
TINY = ("--offices", "2", "--months", "3", "--mean", "30", "--today", TODAY.isoformat())


def world(seed: int = 1) -> World:
    calendar = WorkCalendar(days={}, published_years=frozenset())
    days = Days(date(2025, 1, 1), TODAY - timedelta(days=1), calendar, LIMITS)
    labels = dict.fromkeys([*MATTERS, *(reason for reason, _ in texts.REJECTIONS)], "纠纷")
    return World(seed=seed, today=TODAY, days=days, labels=labels, desk=True)


def an_office(count: int = 60, seed: int = 1) -> OfficePlan:
    villages = (VillagePlan(1, "石桥村"), VillagePlan(2, "南园社区"))
    office = OfficePlan(9, 8, 7, "379121100", "石桥镇", "石门县石桥镇", villages, count, first_dispute=1000, clerk_id=5)
    plan_committees(office, Scale(), seed)
    for key, committee in enumerate(office.committees, start=1):
        committee.id = key
    return office


class TestPureParts:
    def test_the_same_seed_makes_the_same_rows(self) -> None:
        first, again, other = (fill_office(an_office(seed=seed), world(seed)).rows for seed in (1, 1, 2))
        # Ciphertexts differ on purpose; they stand in no table that is compared.
        for table in (DISPUTE, HISTORY, AGREEMENT, COUNTED):
            assert first[table] == again[table]
            assert first[table] != other[table]

    @given(st.integers(0, 10**7), st.integers(0, 10**7))
    def test_two_disputes_never_share_a_public_id(self, one: int, other: int) -> None:
        assert (public_id(one, 7) == public_id(other, 7)) == (one == other)
        assert set(public_id(one, 7)) <= set(ALPHABET)

    @given(st.integers(0, 21_999_999), st.integers(0, 21_999_999))
    def test_two_people_never_share_an_id_number(self, one: int, other: int) -> None:
        numbers = [a_person(Random(1), serial, "石桥村").id_number for serial in (one, other)]
        assert (numbers[0] == numbers[1]) == (one == other)

    @given(st.integers(0, 21_999_999))
    def test_people_pass_the_checks_of_the_form(self, serial: int) -> None:
        person = a_person(Random(serial), serial, "石门县石桥镇石桥村")
        read = parse_resident_id(person.id_number, TODAY)
        assert (read.birth_date, read.sex) == (person.birth_date, {"1": "male", "2": "female"}[person.sex])
        assert parse_phone(person.phone) == person.phone
        assert check_person_name(person.name) == person.name

    def test_organisations_pass_the_checks_of_the_form(self) -> None:
        for number in range(200):
            made = an_organisation(Random(number), "石桥", "商贸有限公司", "石门县石桥镇")
            assert parse_credit_code(made.credit_code) == made.credit_code

    def test_the_area_of_the_id_numbers_is_no_division(self) -> None:
        area = a_person(Random(1), 0, "").id_number[:6]
        for name in ("cities.csv", "counties.csv"):
            assert f"\n{area[:4]}" not in (DIVISIONS / name).read_text(encoding="utf-8")

    def test_the_province_gets_exactly_a_million(self) -> None:
        offices = [an_office(0) for _ in range(1853)]
        spread(offices, SCALES["province"], 1)
        assert sum(office.count for office in offices) == 1_000_000
        assert min(office.count for office in offices) >= 20
        assert [office.serial for office in offices][:2] == [0, offices[0].count]

    def test_every_story_can_be_told_in_town_and_city(self) -> None:
        for matter in MATTERS.values():
            assert matter.of(urban=True)
            assert matter.of(urban=False)
            for story in matter.stories:
                assert story.plain or story.paid
                assert "{sum}" not in story.plain
                assert not story.paid or "{sum}" in story.paid

    def test_every_text_is_filled_in_and_fits(self) -> None:
        rows = fill_office(an_office(400), world()).rows
        for row in [*rows[DISPUTE], *rows[AGREEMENT]]:
            for value in row:
                if isinstance(value, str) and value != "[]":
                    assert "{" not in value
                    assert len(value) < 1000

    def test_couples_are_a_man_and_a_woman(self) -> None:
        office = an_office()
        people = Neighbourhood(office, Random(3))
        cases = [people.draw_case(number, TODAY, office.committees[0]) for number in range(400)]
        couples = [case for case in cases if case.story.kin == "couple"]
        assert couples
        for case in couples:
            assert {party.who.sex for party in case.parties[:2] if isinstance(party.who, Person)} == {"1", "2"}

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "\\N"),
            (True, "t"),
            ("一\n二", "一\\n二"),
            ("a\\b\tc", "a\\\\b\\tc"),
            (b"\x01", "\\\\x01"),
            (TODAY, "2026-05-20"),
        ],
    )
    def test_cells_are_written_as_copy_reads_them(self, value: Any, text: str) -> None:
        assert cell(value) == text


@pytest.mark.django_db
def test_the_texts_know_the_code_tables() -> None:
    assert [value.code for value in codes("mediation.type")] == list(MATTERS)
    sources = CodeValue.objects.filter(table="mediation.source").exclude(maps_to="")
    headings = set(sources.values_list("maps_to", flat=True))
    assert {value.code for value in codes("mediation.source")} - headings == set(SOURCES)
    assert {value.code for value in codes("mediation.rejection")} >= {reason for reason, _ in texts.REJECTIONS}


@pytest.mark.parametrize("state", PATHS)
def test_a_drawn_life_is_what_the_services_do(state: str, clerk: Membership, today: date) -> None:
    start = today - timedelta(days=90)
    life = Life(start, world().days)
    dispute = dispute_in("registered", actor=clerk, on=start)
    for number, step in enumerate(PATHS[state], start=1):
        on = start + timedelta(days=7 * number)
        dispute = take_step(dispute, step, actor=clerk, on=on)
        life.move(step, on, due_on=on if step == "follow_performance" else None)
    with within(clerk):
        written = RecordEvent.objects.filter(record_id=dispute.pk).order_by("id")
        columns = ("kind", "from_state", "to_state", "happened_on", "decider")
        assert list(written.values_list(*columns)) == [event[:5] for event in life.events]
        dues = [(details.get("due_on") or "None") for details in written.values_list("details", flat=True)]
        dispute.refresh_from_db()
    assert (dispute.state, dispute.version, dispute.due_rule) == (life.state, life.version, life.due_rule)
    # The drawn calendar has no holidays: the real one may roll a limit on, and never back.
    assert (dispute.due_on is None) == (life.due_on is None)
    for due, event in zip(dues, life.events, strict=True):
        assert (due == "None") == (event.due_on is None)


class Seeded(NamedTuple):
    """A clone with tiny demo data."""

    accounts: list[dict[str, str]]
    file: Path


@pytest.fixture(scope="class")
def seeded(class_database: str, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    path = tmp_path_factory.mktemp("seed") / "accounts.json"
    call_command("seed", *TINY, "--accounts", str(path), stdout=StringIO())
    return Seeded(json.loads(path.read_text(encoding="utf-8")), path)


@pytest.mark.fresh_database(per="class")
class TestTinySeed:
    @pytest.fixture
    def owner(self, seeded: Seeded) -> Iterator[Any]:
        """Open a transaction of the owner without triggers, which is rolled back."""
        with system("test", using="owner"):
            with connections["owner"].cursor() as cursor:
                for table in loading.LOADED:
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                yield cursor
            transaction.set_rollback(True, using="owner")

    def test_the_data_are_consistent(self, seeded: Seeded) -> None:
        output = StringIO()
        call_command("check_data", stdout=output)
        assert "WRONG" not in output.getvalue()
        assert "an ID number that does not read" in output.getvalue()

    def test_the_figures_agree_with_the_cases(self, seeded: Seeded) -> None:
        call_command("recount", "--verify", stdout=StringIO())

    def test_every_role_has_an_account_that_works(self, seeded: Seeded) -> None:
        assert stat.S_IMODE(seeded.file.stat().st_mode) == 0o600
        assert {str(Role(post.role).label) for post in Membership.objects.filter(user__username="clerk")}
        for account in seeded.accounts:
            user = User.objects.get(username=account["username"])
            assert user.check_password(account["password"])
            assert not user.must_change_password
            assert Membership.objects.active(TODAY).get(user=user).lines == ["mediation"]
        roles = Membership.objects.filter(user__username__in=[account["username"] for account in seeded.accounts])
        assert set(roles.values_list("role", flat=True)) == set(Role)

    def test_the_clerk_finds_work_of_every_urgency(self, seeded: Seeded) -> None:
        clerk = Membership.objects.select_related("office").get(user__username="clerk")
        with within(clerk):
            due = {day for day in Dispute.objects.values_list("due_on", flat=True) if day is not None}
        assert min(due) < TODAY
        assert TODAY in due
        assert any(TODAY < day <= TODAY + timedelta(days=7) for day in due)

    def test_nothing_is_due_that_the_inbox_does_not_ask_about(self, seeded: Seeded) -> None:
        with system("test"):
            for kind in lines.record_types():
                assert kind.reminders or not kind.model.objects.exclude(due_on=None).exists(), kind.code

    def test_what_came_out_of_something_is_linked_to_it_as_the_pages_link_it(self, seeded: Seeded) -> None:
        with within(find_member("clerk")):
            handed = ScreeningFinding.objects.get(state="handed")
            link = RecordLink.objects.get(source_type=handed.record_type(), source_id=handed.pk)
            dispute = Dispute.objects.get(pk=link.record_id)
            ends = Counter(RecordLink.objects.values_list("source_type", "record_type"))
            names = list(dispute.parties.values_list("name", flat=True))
            step = RecordEvent.objects.get(record_type=handed.record_type(), record_id=handed.pk, kind="hand")
        assert "与".join(names) == handed.people
        assert (dispute.village_id, dispute.occurred_on) == (handed.village_id, handed.found_on)
        assert (step.happened_on, step.note) == (dispute.registered_on, dispute.title)
        assert ends == {
            ("mediation.screeninground", "mediation.screeningfinding"): len(FINDINGS),
            ("mediation.screeningfinding", "mediation.dispute"): 1,
            ("mediation.dispute", "mediation.riskalert"): 2,
            ("mediation.dispute", "mediation.criminalreview"): 1,
            ("mediation.dispute", "mediation.judicialconfirmation"): 1,
        }

    def test_the_next_number_follows_the_last(self, seeded: Seeded) -> None:
        clerk = find_member("clerk")
        with within(clerk):
            of_year = Dispute.objects.exclude(number="").filter(accepted_on__year=TODAY.year)
            # A case that was handed over keeps the number of the committee that accepted it.
            bodies = [f"committee/{key}" for key in MediationCommittee.objects.values_list("pk", flat=True)]
            last = of_year.filter(number_body__in=bodies).latest("accepted_on", "pk")
            committee = MediationCommittee.objects.get(pk=last.number_body.partition("/")[2])
        with system("test"):
            expected = of_year.filter(number_body=last.number_body).count() + 1
        dispute = dispute_in("accepted", actor=clerk, on=TODAY, committee=committee)
        assert dispute.number.endswith(f"第{expected}号")

    def test_each_desk_has_something_to_put_right(self, seeded: Seeded) -> None:
        for name in ("clerk", "sibling"):
            clerk = find_member(name)
            with within(clerk):
                asked = CorrectionRequest.objects.filter(office=clerk.office).values_list("kind", "state")
                assert set(asked) == {("take_back", "waiting"), ("void", "waiting"), ("void", "refused")}
                assert RecordEvent.objects.filter(kind="corrected", office=clerk.office).exists()

    def test_each_desk_has_a_hand_over_of_every_kind(self, seeded: Seeded) -> None:
        for name in ("clerk", "sibling"):
            clerk = find_member(name)
            with within(clerk):
                coming = Handover.objects.filter(to_office=clerk.office).values_list("state", flat=True)
                going = Handover.objects.filter(office=clerk.office).values_list("state", flat=True)
                assert sorted(coming) == sorted(going) == ["accepted", "offered"]

    def test_a_second_seed_is_refused(self, seeded: Seeded) -> None:
        with pytest.raises(CommandError, match="disputes already"):
            call_command("seed", *TINY, stdout=StringIO())

    def test_numbers_are_stored_encrypted(self, seeded: Seeded) -> None:
        with system("test"):
            party = Party.objects.filter(id_number__isnull=False).earliest("pk")
            assert party.id_number
            assert Party.objects.filter(id_index=party.id_number).filter(pk=party.pk).exists()

    @pytest.mark.parametrize(
        ("fault", "name"),
        [
            ("UPDATE mediation_dispute SET state = 'failed' WHERE id = {closed}", "the state is not"),
            ("UPDATE mediation_dispute SET version = version + 1 WHERE id = {closed}", "the version is not"),
            ("UPDATE mediation_dispute SET closed_on = closed_on + 1 WHERE id = {closed}", "a date is not"),
            ("UPDATE mediation_dispute SET occurred_on = '2030-01-01' WHERE id = {closed}", "dates out of order"),
            ("DELETE FROM casework_recordevent WHERE record_id = {closed} AND kind = 'assign'", "a step the workflow"),
            ("DELETE FROM casework_recordevent WHERE record_id = {closed}", "a dispute without history"),
            ("DELETE FROM casework_countedevent WHERE record_id = {closed} AND kind = 'accepted'", "is missing"),
            (
                "UPDATE casework_countedevent SET counted_on = counted_on - 40 WHERE record_id = {closed}",
                "on another day",
            ),
            ("DELETE FROM casework_countedevent WHERE kind = 'handed_in'", "only one of two units"),
            ("DELETE FROM casework_countedevent WHERE kind = 'handed_out'", "only one of two units"),
            (
                "UPDATE mediation_dispute SET office_id = {other} WHERE version > 1 AND state IN ('mediating', 'accepted')",
                "not where it was handed",
            ),
            ("UPDATE mediation_dispute SET number = '' WHERE id = {closed}", "numbered without acceptance"),
            ("UPDATE mediation_dispute SET number = replace(number, '第', '第9') WHERE id = {closed}", "with gaps"),
            ("UPDATE casework_numbercounter SET value = value + 1 WHERE id = {counter}", "a counter"),
            ("DELETE FROM mediation_party WHERE dispute_id = {closed} AND position = 1", "fewer than two parties"),
            ("DELETE FROM mediation_agreement WHERE dispute_id = {closed}", "agreement and date"),
            ("DELETE FROM mediation_disputemediator WHERE dispute_id = {closed}", "without a mediator"),
            ("UPDATE mediation_dispute SET county_id = city_id WHERE id = {closed}", "mediation_dispute: county"),
            (
                "UPDATE mediation_party SET office_id = {other} WHERE dispute_id = {closed}",
                "mediation_party: the office",
            ),
            ("UPDATE casework_countedevent SET record_id = -1 WHERE record_id = {closed}", "without a record"),
            ("UPDATE mediation_dispute SET due_on = due_on + 1 WHERE id = {open}", "the rule does not give"),
            (
                "UPDATE casework_recordevent SET details = details || '{{\"due_on\": \"2030-01-01\"}}' WHERE kind = 'extend'",
                "beyond what two parties",
            ),
            ("UPDATE casework_recordevent SET paper = '' WHERE kind = 'extend'", "beyond what two parties"),
            (
                "UPDATE mediation_dispute d SET due_on = due_on + 1 FROM casework_recordevent e WHERE record_id = d.id AND kind = 'extend'",
                "beyond what two parties",
            ),
            (
                "UPDATE mediation_mediationcommittee SET due_on = due_on + 1 WHERE due_rule = 'mediation.term'",
                "the rule does not give",
            ),
            ("DELETE FROM casework_countedevent WHERE kind = 'found'", "not what lies open"),
            ("UPDATE mediation_riskalert SET state = 'closed'", "not what lies open"),
            ("UPDATE mediation_dispute SET due_on = '2026-01-01' WHERE id = {closed}", "a due date without a rule"),
            ("UPDATE mediation_party SET id_index = sha256('x') WHERE dispute_id = {closed}", "an ID number"),
            ("UPDATE mediation_party SET id_number = phone WHERE dispute_id = {closed}", "an ID number"),
            ("UPDATE mediation_party SET birth_date = birth_date - 1 WHERE dispute_id = {closed}", "an ID number"),
        ],
    )
    def test_the_check_sees_a_fault(self, owner: Any, fault: str, name: str) -> None:
        owner.execute("SELECT dispute_id FROM mediation_agreement ORDER BY dispute_id LIMIT 1")
        closed = owner.fetchone()[0]
        owner.execute("SELECT id FROM mediation_dispute WHERE state = 'registered' ORDER BY id LIMIT 1")
        still_open = owner.fetchone()[0]
        owner.execute("SELECT min(id) FROM casework_numbercounter")
        counter = owner.fetchone()[0]
        owner.execute(
            "SELECT o.id FROM offices_office o, mediation_dispute d WHERE d.id = %s AND o.id <> d.office_id", [closed]
        )
        other = owner.fetchone()[0]
        owner.execute(fault.format(closed=closed, open=still_open, counter=counter, other=other))
        assert owner.rowcount > 0
        assert any(name in finding.name for finding in findings("owner", TODAY) if finding.wrong)


CATALOGUE = """
SELECT 'constraint', conname, pg_get_constraintdef(oid), '' FROM pg_constraint WHERE conrelid = ANY(%(tables)s::regclass[])
UNION ALL
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid), '' FROM pg_index
 WHERE indrelid = ANY(%(tables)s::regclass[])
UNION ALL
SELECT 'trigger', tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger
 WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal
ORDER BY 1, 2, 3
"""


def catalogue() -> list[tuple[str, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(CATALOGUE, {"tables": list(loading.LOADED)})
        return list(cursor.fetchall())


@pytest.mark.fresh_database
def test_a_large_load_leaves_every_key_index_and_trigger_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loading, "WORTH_WHILE", 1)
    before = catalogue()
    call_command("seed", *TINY, "--accounts", str(tmp_path / "accounts.json"), stdout=StringIO())
    assert catalogue() == before
    call_command("check_data", stdout=StringIO())


@pytest.mark.fresh_database
def test_a_failed_load_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = catalogue()
    monkeypatch.setattr(loading, "note_in_audit", lambda cursor, facts: cursor.execute("SELECT 1 / 0"))
    with pytest.raises(Exception, match="division by zero"):
        call_command("seed", *TINY, stdout=StringIO())
    assert catalogue() == before
    with system("test"):
        assert not Dispute.objects.exists()
    assert not User.objects.filter(username="admin").exists()

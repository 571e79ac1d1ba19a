"""Rows: the manager's condition, the database's policy, and reading back, each proved alone and each with a canary.

The classes without the policies show what the manager does by itself (and what it cannot do: joins); the plain SQL in
the others shows what the policies do by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, ProgrammingError, connections, transaction
from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet, Subquery

from casework.models import Handover
from casework.models.record import new_public_id
from casework.services import OutOfReach, open_record
from mediation.models import Dispute, MediationCommittee, Party
from mediation.workflow.disputes import WORKFLOW
from offices.models import Office
from offices.scoping import NoScope, Scope, current_scope, has_scope, speaking_as, system, within
from tests.conftest import find_member
from tests.handing import offered
from tests.offices.plain_sql import CLERKS, INSERT_COMMITTEE, counted, rows, undone

SEES = {
    "clerk": {"clerk"},
    "head": {"clerk"},
    "sibling_clerk": {"sibling_clerk"},
    "far_clerk": {"far_clerk"},
    "county_reviewer": {"clerk", "sibling_clerk"},
    "zone_reviewer": {"zone_clerk"},
    "other_county_reviewer": {"far_clerk"},
    "city_reviewer": {"clerk", "sibling_clerk", "zone_clerk"},
    "other_city_reviewer": {"far_clerk"},
    "province_statistician": set(CLERKS),
}
TABLES = ("mediation_dispute", "mediation_party", "mediation_mediationcommittee", "mediation_mediator")
# Who sees what the clerk has offered to the far clerk: each end, and whoever stands above one of them.
BETWEEN = set(SEES) - {"sibling_clerk", "zone_reviewer"}


class DisputeChoice(forms.Form):
    """A form whose field is made when the module is imported, long before there is a scope."""

    dispute = forms.ModelChoiceField(Dispute.objects.all())


@pytest.fixture(scope="class")
def no_policy(class_database: str) -> None:
    """Switch the policies off in this class's database: what still holds is the manager's doing."""
    with connections["owner"].cursor() as cursor:
        for table in (*TABLES, "casework_handover"):
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def names_of(ids: Any, owners: dict[int, str]) -> set[str]:
    return {owners[pk] for pk in ids}


def offer_of_clerk() -> None:
    """Let the clerk offer a dispute to the office of the far clerk."""
    clerk = find_member("clerk")
    with within(clerk):
        dispute = Dispute.objects.get()
    offered(dispute, clerk, find_member("far_clerk"))


def reads(who: str, handovers: QuerySet[Handover]) -> bool:
    """Tell whether a person sees the hand-over."""
    with within(find_member(who)):
        return handovers.all().exists()


# --- the manager alone -----------------------------------------------------------------------------------------------


def choices() -> Any:
    return (choice[0].value for choice in DisputeChoice().fields["dispute"].choices if choice[0])  # type: ignore[attr-defined]


# Every way of reading disputes, as the ids that it gives.
READINGS: dict[str, Callable[[], Any]] = {
    "list": lambda: [dispute.pk for dispute in Dispute.objects.all()],
    "filter": lambda: [dispute.pk for dispute in Dispute.objects.filter(place="村东头")],
    "exclude": lambda: [dispute.pk for dispute in Dispute.objects.exclude(place="elsewhere")],
    "values": lambda: Dispute.objects.values_list("pk", flat=True),
    "iterator": lambda: [dispute.pk for dispute in Dispute.objects.iterator()],
    "in_bulk": Dispute.objects.in_bulk,
    "union": lambda: Dispute.objects.values_list("pk", flat=True).union(Dispute.objects.values_list("pk", flat=True)),
    "sub-select": lambda: Dispute.objects.filter(pk__in=Dispute.objects.values("pk")).values_list("pk", flat=True),
    "sub-select of a part": lambda: set(
        Office.objects.annotate(found=Subquery(Dispute.objects.filter(office=OuterRef("pk")).values("pk")[:1]))
        .exclude(found=None)
        .values_list("found", flat=True)
    ),
    "exists": lambda: [
        pk
        for office in Office.objects.filter(Exists(Dispute.objects.filter(office=OuterRef("pk"))))
        for pk in Dispute.objects.filter(office=office).values_list("pk", flat=True)
    ],
    "prefetch": lambda: [
        party.dispute_id for dispute in Dispute.objects.prefetch_related("parties") for party in dispute.parties.all()
    ],
    "prefetch by query": lambda: [
        party.dispute_id
        for dispute in Dispute.objects.prefetch_related(Prefetch("parties", Party.objects.all(), to_attr="shown"))
        for party in dispute.shown
    ],
    "parts": lambda: set(Party.objects.values_list("dispute_id", flat=True)),
    "form field": choices,
}
# Every way of counting or changing them, as a number.
NUMBERS: dict[str, Callable[[], int]] = {
    "count": Dispute.objects.count,
    "aggregate": lambda: Dispute.objects.aggregate(n=Count("pk"))["n"],
    "grouped": lambda: sum(group["n"] for group in Dispute.objects.values("state").annotate(n=Count("pk"))),
    "update": lambda: Dispute.objects.update(place="elsewhere"),
    "update of some": lambda: Dispute.objects.filter(state="registered").update(place="elsewhere"),
    "bulk_update": lambda: Dispute.objects.bulk_update(Dispute.objects.all(), ["place"]),
    "delete": lambda: Party.objects.all().delete()[0] // 2,
    "delete at once": lambda: Party.objects.filter(role="applicant")._raw_delete("default"),
}


@pytest.mark.fresh_database(per="class")
class TestTheManagerAlone:
    @pytest.fixture(autouse=True)
    def _without_policies(self, no_policy: None) -> None:
        """Nothing but the manager stands between the scopes."""

    def test_the_policies_are_off(self, owners: dict[int, str]) -> None:
        assert counted("mediation_dispute") == len(CLERKS)

    @pytest.mark.parametrize("name", READINGS)
    @pytest.mark.parametrize("who", SEES)
    def test_a_reading_gives_exactly_the_rows_in_scope(self, owners: dict[int, str], who: str, name: str) -> None:
        with within(find_member(who)):
            assert names_of(READINGS[name](), owners) == SEES[who]

    @pytest.mark.parametrize("name", NUMBERS)
    @pytest.mark.parametrize("who", SEES)
    def test_a_count_or_change_touches_exactly_the_rows_in_scope(
        self, owners: dict[int, str], who: str, name: str
    ) -> None:
        with undone(), within(find_member(who)):
            assert NUMBERS[name]() == len(SEES[who])

    @pytest.mark.parametrize("name", [*READINGS, *NUMBERS])
    def test_without_a_scope_nothing_is_asked_at_all(self, owners: dict[int, str], name: str) -> None:
        with pytest.raises(NoScope):
            list((READINGS | NUMBERS)[name]())

    def test_a_query_set_is_scoped_when_it_runs_not_when_it_is_made(self, owners: dict[int, str]) -> None:
        everything = Dispute.objects.order_by("pk")
        for who in ("clerk", "far_clerk"):
            with within(find_member(who)):
                assert names_of((dispute.pk for dispute in everything.all()), owners) == {who}

    def test_a_form_refuses_a_dispute_of_another_office(self, owners: dict[int, str]) -> None:
        for pk, owner in owners.items():
            with within(find_member("clerk")):
                assert DisputeChoice({"dispute": pk}).is_valid() == (owner == "clerk")

    def test_lazy_keys_reverse_managers_and_refreshing_stay_inside(self, owners: dict[int, str]) -> None:
        with within(find_member("far_clerk")):
            party = Party.objects.select_related(None).first()
            dispute = Dispute.objects.get()
        assert party is not None
        with within(find_member("clerk")):
            for ask in (lambda: party.dispute, dispute.refresh_from_db):
                with pytest.raises(ObjectDoesNotExist):
                    ask()
            assert list(dispute.parties.all()) == []
        with pytest.raises(NoScope):
            dispute.parties.count()

    def test_a_stale_object_cannot_be_saved_into_another_scope(self, owners: dict[int, str]) -> None:
        with within(find_member("far_clerk")):
            dispute = Dispute.objects.get()
        with within(find_member("clerk")), pytest.raises(DatabaseError, match="did not affect any rows"):
            dispute.save(force_update=True)

    def test_a_row_between_two_offices_is_read_at_both_ends_and_above(self, owners: dict[int, str]) -> None:
        with undone():
            offer_of_clerk()
            assert {who for who in SEES if reads(who, Handover.objects.all())} == BETWEEN
            with pytest.raises(NoScope):
                Handover.objects.count()

    def test_canary_a_plain_query_set_shows_it_to_everybody(self, owners: dict[int, str]) -> None:
        plain: QuerySet[Handover] = QuerySet(Handover)
        with undone():
            offer_of_clerk()
            assert {who for who in SEES if reads(who, plain)} == set(SEES)

    def test_a_line_that_the_post_does_not_have_holds_no_rows(self, owners: dict[int, str]) -> None:
        clerk = find_member("clerk")
        clerk.lines = ["correction"]
        with within(clerk):
            assert Dispute.objects.count() == 0

    def test_reading_back_undoes_a_row_that_fell_outside(self, owners: dict[int, str]) -> None:
        with within(find_member("clerk")):
            dispute = Dispute.objects.get()
        dispute.pk, dispute.public_id = None, new_public_id()
        with pytest.raises(OutOfReach), within(find_member("clerk")):
            open_record(record=dispute, actor=find_member("far_clerk"), workflow=WORKFLOW)
        assert counted("mediation_dispute") == len(CLERKS)

    def test_canary_a_plain_query_set_sees_everybody(self, owners: dict[int, str]) -> None:
        plain: QuerySet[Dispute] = QuerySet(Dispute)
        with within(find_member("clerk")):
            assert names_of(plain.values_list("pk", flat=True), owners) == set(CLERKS)

    def test_canary_a_join_leads_out_of_the_scope(self, owners: dict[int, str]) -> None:
        with crossed(), within(find_member("clerk")):
            assert [office_ids() - {find_member("clerk").office_id} for office_ids in JOINS.values()] == [
                {find_member("far_clerk").office_id}
            ] * len(JOINS)


@contextmanager
def crossed() -> Iterator[None]:
    """Let one party of the clerk's dispute point at the dispute of a far office, which only a broken trigger could."""
    of_clerk = "office_id = (SELECT office_id FROM offices_membership m JOIN offices_user u ON u.id = m.user_id"
    update = (
        "UPDATE mediation_party SET dispute_id = (SELECT id FROM mediation_dispute WHERE {to}), position = position + {moved} "
        f"WHERE role = 'respondent' AND {of_clerk} WHERE u.username = 'clerk')"
    )
    to = of_clerk + " WHERE u.username = '{}')"
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE mediation_party DISABLE TRIGGER keep_scope")
        cursor.execute(update.format(to=to.format("far_clerk"), moved=100))
        try:
            yield
        finally:
            cursor.execute(update.format(to=to.format("clerk"), moved=-100))
            cursor.execute("ALTER TABLE mediation_party ENABLE TRIGGER keep_scope")


# Every way of joining from a row in scope to its parent, as the parents' offices.
JOINS: dict[str, Callable[[], set[int]]] = {
    "select_related": lambda: {party.dispute.office_id for party in Party.objects.select_related("dispute")},
    "values": lambda: set(Party.objects.values_list("dispute__office_id", flat=True)),
    "filter": lambda: {
        unit.pk for unit in Office.objects.all() if Party.objects.filter(dispute__office_id=unit.pk).exists()
    },
    "annotate": lambda: set(Party.objects.annotate(of=F("dispute__office_id")).values_list("of", flat=True)),
}


# --- the policy alone ------------------------------------------------------------------------------------------------

SHOWN = "SELECT id FROM mediation_dispute"
# Rows that come with scope columns, one for each dispute that is named.
PART = (
    "INSERT INTO mediation_disputemediator (office_id, county_id, city_id, dispute_id, mediator_id) "
    "SELECT %s, %s, %s, d, (SELECT min(id) FROM mediation_mediator) FROM unnest(%s::bigint[]) d "
    "RETURNING dispute_id, office_id, county_id, city_id"
)
HISTORY = (
    "INSERT INTO casework_recordevent (line, office_id, county_id, city_id, record_type, record_id, kind, from_state, "
    "to_state, happened_on, decider, user_id, at, paper, note, details) "
    "SELECT 'mediation', %s, %s, %s, 'mediation.dispute', d, 'amended', '', '', current_date, '', "
    "(SELECT min(id) FROM offices_user), now(), '', '', '{}' FROM unnest(%s::bigint[]) d "
    "RETURNING record_id, office_id, county_id, city_id"
)


@pytest.mark.fresh_database(per="class")
class TestThePolicyAlone:
    @pytest.mark.parametrize("who", SEES)
    def test_plain_sql_sees_exactly_the_rows_in_scope(self, owners: dict[int, str], who: str) -> None:
        with within(find_member(who)):
            assert names_of((row[0] for row in rows(SHOWN)), owners) == SEES[who]
            assert {row[0] for row in rows("SELECT dispute_id FROM mediation_party")} == {row[0] for row in rows(SHOWN)}

    def test_a_row_between_two_offices_is_shown_at_both_ends_and_above(self, owners: dict[int, str]) -> None:
        plain: QuerySet[Handover] = QuerySet(Handover)
        with undone():
            offer_of_clerk()
            assert {who for who in SEES if reads(who, plain)} == BETWEEN

    @pytest.mark.parametrize("table", TABLES)
    def test_without_a_scope_plain_sql_sees_nothing(self, owners: dict[int, str], table: str) -> None:
        assert counted(table) == 0
        assert rows(f"UPDATE {table} SET office_id = office_id RETURNING id") == []
        assert rows(f"DELETE FROM {table} RETURNING id") == []

    @pytest.mark.parametrize("who", ["system_admin", "county_admin", "security_admin", "audit_admin"])
    def test_administrators_see_no_business(self, owners: dict[int, str], who: str) -> None:
        with within(find_member(who)):
            assert [counted(table) for table in TABLES] == [0] * len(TABLES)

    def test_the_system_itself_sees_every_row(self, owners: dict[int, str]) -> None:
        with system("test"):
            assert names_of((row[0] for row in rows(SHOWN)), owners) == set(CLERKS)

    @pytest.mark.parametrize("join", JOINS)
    @pytest.mark.parametrize("who", ["clerk", "county_reviewer"])
    def test_a_join_leads_nowhere_out_of_the_scope(self, owners: dict[int, str], who: str, join: str) -> None:
        with crossed(), within(find_member(who)):
            assert JOINS[join]() == {find_member(name).office_id for name in SEES[who]}

    def test_a_reused_connection_sees_nothing_once_the_scope_is_gone(self, owners: dict[int, str]) -> None:
        with within(find_member("province_statistician")):
            assert len(rows(SHOWN)) == len(CLERKS)
            backend = rows("SELECT pg_backend_pid()")
        # The setting is now an empty text, not NULL: a policy that compares it as it stands would let rows through.
        assert rows("SELECT current_setting('app.level', true), current_setting('app.lines', true)") == [("", "")]
        assert rows("SELECT pg_backend_pid()") == backend
        assert [counted(table) for table in TABLES] == [0] * len(TABLES)

    def test_a_scope_set_outside_a_transaction_has_no_effect(self, owners: dict[int, str]) -> None:
        rows("SELECT set_config('app.level', 'province', true), set_config('app.lines', '*', true)")
        assert rows(SHOWN) == []

    @pytest.mark.parametrize("broken", ["", "x", "office", "province ", "SYSTEM"])
    def test_a_level_that_does_not_exist_sees_nothing(self, owners: dict[int, str], broken: str) -> None:
        with transaction.atomic():
            rows("SELECT set_config('app.level', %s, true), set_config('app.lines', 'mediation', true)", broken)
            assert rows(SHOWN) == []

    @pytest.mark.parametrize("who", ["clerk", "county_reviewer", "city_reviewer", "province_statistician"])
    def test_nobody_writes_a_row_of_an_office_out_of_reach(self, owners: dict[int, str], who: str) -> None:
        with pytest.raises(ProgrammingError, match="row-level security"), within(find_member(who)):
            rows(INSERT_COMMITTEE + " RETURNING id", find_member("far_clerk").office_id)

    def test_an_office_and_its_county_write_their_own_rows(self, owners: dict[int, str]) -> None:
        for who in ("clerk", "county_reviewer"):
            with undone(), within(find_member(who)):
                assert rows(INSERT_COMMITTEE + " RETURNING 1", find_member("clerk").office_id) == [(1,)]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE mediation_dispute SET place = 'x' RETURNING id",
            "DELETE FROM mediation_party RETURNING id",
            INSERT_COMMITTEE.replace("%s", "(SELECT min(office_id) FROM mediation_dispute)") + " RETURNING id",
        ],
        ids=["update", "delete", "insert"],
    )
    @pytest.mark.parametrize("who", ["city_reviewer", "province_statistician"])
    def test_city_and_province_read_and_never_write(self, owners: dict[int, str], who: str, statement: str) -> None:
        with undone(), within(find_member(who)):
            assert refused_or_empty(statement)

    def test_a_row_is_never_moved_to_another_office(self, owners: dict[int, str]) -> None:
        for who in ("clerk", "county_reviewer"):
            with within(find_member(who)):
                for ask in (
                    lambda: MediationCommittee.objects.update(office=find_member("sibling_clerk").office),
                    lambda: rows("UPDATE mediation_dispute SET office_id = %s", find_member("far_clerk").office_id),
                ):
                    with pytest.raises(ProgrammingError, match=r"hand-over|row-level"), transaction.atomic():
                        ask()

    def test_county_and_city_follow_the_office_whatever_is_written(self, owners: dict[int, str]) -> None:
        clerk = find_member("clerk")
        with undone(), within(clerk):
            rows("UPDATE mediation_dispute SET county_id = %s, city_id = %s RETURNING id", 1, 1)
            assert rows("SELECT county_id, city_id FROM mediation_dispute") == [
                (clerk.office.county_id, clerk.office.city_id)
            ]

    def test_a_part_of_a_foreign_row_is_refused_although_its_key_exists(self, owners: dict[int, str]) -> None:
        foreign = next(pk for pk, owner in owners.items() if owner == "far_clerk")
        with pytest.raises(ProgrammingError, match="not in scope"), within(find_member("clerk")):
            Party.objects.create(dispute_id=foreign, position=7, role="third", kind="person", name="外人")

    @pytest.mark.parametrize("statement", [PART, HISTORY], ids=["parent", "record"])
    def test_a_part_that_brings_its_own_columns_is_compared(self, owners: dict[int, str], statement: str) -> None:
        clerk = find_member("clerk")
        own = next(pk for pk, owner in owners.items() if owner == "clerk")
        foreign = next(pk for pk, owner in owners.items() if owner == "far_clerk")
        columns = [clerk.office_id, clerk.office.county_id, clerk.office.city_id]
        with undone(), within(clerk):
            assert rows(statement, *columns, [own]) == [(own, *columns)]
        # One foreign row among its own, and the right row under another county: the whole statement is refused.
        for given, to in ((columns, [own, foreign]), ([columns[0], columns[0], columns[2]], [own])):
            with pytest.raises(ProgrammingError, match="not in scope"), within(clerk):
                rows(statement, *given, to)

    def test_a_part_of_a_record_stands_in_the_line_of_the_record(self, owners: dict[int, str]) -> None:
        clerk = find_member("clerk")
        own = next(pk for pk, owner in owners.items() if owner == "clerk")
        columns = [clerk.office_id, clerk.office.county_id, clerk.office.city_id]
        with pytest.raises(ProgrammingError, match="not in scope"), system("test"):
            rows(HISTORY.replace("SELECT 'mediation', ", "SELECT 'legal_review', "), *columns, [own])

    def test_canary_without_the_policy_the_same_sql_sees_everybody(self, owners: dict[int, str]) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE mediation_dispute DISABLE ROW LEVEL SECURITY")
            try:
                with within(find_member("clerk")):
                    assert names_of((row[0] for row in rows(SHOWN)), owners) == set(CLERKS)
            finally:
                cursor.execute("ALTER TABLE mediation_dispute ENABLE ROW LEVEL SECURITY")

    def test_canary_a_policy_without_nullif_shows_rows_on_a_reused_connection(self, owners: dict[int, str]) -> None:
        change = "ALTER POLICY scope ON mediation_dispute USING ({})"
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy "
                "WHERE polname = 'scope' AND polrelid = 'mediation_dispute'::regclass"
            )
            good = cursor.fetchone()[0]
            cursor.execute(change.format("title LIKE current_setting('app.unit', true) || '%'"))
            try:
                with within(find_member("clerk")):
                    assert rows(SHOWN) == []
                assert len(rows(SHOWN)) == len(CLERKS)
            finally:
                cursor.execute(change.format(good))
        assert rows(SHOWN) == []


def refused_or_empty(statement: str) -> bool:
    """Tell whether a statement changes nothing, be it refused or blind."""
    try:
        with transaction.atomic():
            return rows(statement) == []
    except ProgrammingError as error:
        return "row-level security" in str(error)


# --- the scope itself ------------------------------------------------------------------------------------------------


def state() -> tuple[str, str, str]:
    """Return level, unit and user as the database knows them."""
    return rows("SELECT " + ", ".join(f"current_setting('app.{name}', true)" for name in ("level", "unit", "user")))[0]


def expected(scope: Scope) -> tuple[str, str, str]:
    return scope.level, str(scope.unit_id), str(scope.user_id)


@pytest.mark.fresh_database(per="class")
class TestTheScope:
    def test_python_and_the_database_agree(self, class_database: str) -> None:
        with within(find_member("county_reviewer")) as scope:
            assert current_scope() is scope
            assert state() == expected(scope)
        assert not has_scope()

    def test_a_nested_scope_gives_the_outer_one_back(self, class_database: str) -> None:
        with within(find_member("clerk")) as outer:
            with within(find_member("far_clerk")) as inner:
                assert state() == expected(inner)
            assert current_scope() is outer
            assert state() == expected(outer)
            with system("test"):
                assert state()[0] == "system"
            assert state() == expected(outer)

    def test_a_nested_scope_that_fails_gives_the_outer_one_back(self, class_database: str) -> None:
        with within(find_member("clerk")) as outer:
            with pytest.raises(DatabaseError), within(find_member("far_clerk")):
                rows("SELECT 1 / 0")
            assert current_scope() is outer
            assert state() == expected(outer)

    def test_a_scope_ends_with_its_block_also_when_it_fails(self, class_database: str) -> None:
        with pytest.raises(LookupError), within(find_member("clerk")):
            raise LookupError
        assert not has_scope()
        assert state()[0] == ""

    def test_another_source_keeps_the_scope(self, class_database: str) -> None:
        with within(find_member("clerk")) as scope, speaking_as("job"):
            assert state() == expected(scope)
            assert rows("SELECT current_setting('app.source', true)") == [("job",)]

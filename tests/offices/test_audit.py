"""The audit: one entry for each changed row, whoever changes it and however, and nobody who could change an entry."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connections, transaction

from mediation.models import MediationCommittee, Party
from offices.models import AuditEntry, Office
from offices.scoping import NoScope, current_scope, system, within
from tests.conftest import find_member
from tests.offices.plain_sql import INSERT_COMMITTEE, counted, rows, undone
from tests.registers import new_committee

AUDITED = ("mediation_dispute", "mediation_party", "mediation_mediationcommittee")


def audit_since(last: int) -> list[AuditEntry]:
    with system("test"):
        return list(AuditEntry.objects.filter(pk__gt=last, table_name__in=AUDITED).order_by("pk"))


def last_entry() -> int:
    with system("test"):
        newest = AuditEntry.objects.order_by("-pk").first()
    return newest.pk if newest else 0


def committee() -> MediationCommittee:
    unit = Office.objects.get(pk=current_scope().unit_id)
    return new_committee(unit, "新调委会")


def renamed() -> MediationCommittee:
    found = MediationCommittee.objects.earliest("pk")
    found.title = "改名调委会"
    return found


def upsert() -> list[Any]:
    return rows(
        "INSERT INTO mediation_mediationcommittee SELECT * FROM mediation_mediationcommittee ORDER BY id LIMIT 1 "
        "ON CONFLICT (id) DO UPDATE SET title = '改名' RETURNING id"
    )


CHANGES: dict[str, tuple[str, int, Callable[[], Any]]] = {
    "create": ("I", 1, lambda: committee().save()),
    "bulk_create": ("I", 3, lambda: MediationCommittee.objects.bulk_create(committee() for _n in range(3))),
    "insert by SQL": ("I", 1, lambda: rows(INSERT_COMMITTEE + " RETURNING id", current_scope().unit_id)),
    "save": ("U", 1, lambda: renamed().save(force_update=True)),
    "update": ("U", 4, lambda: MediationCommittee.objects.update(short_name="改名")),
    "bulk_update": ("U", 1, lambda: MediationCommittee.objects.bulk_update([renamed()], ["title"])),
    "update by SQL": ("U", 2, lambda: rows("UPDATE mediation_party SET occupation = '农民' RETURNING id")),
    "upsert": ("U", 1, upsert),
    "delete": ("D", 1, lambda: Party.objects.filter(role="applicant").delete()),
    "delete by SQL": ("D", 2, lambda: rows("DELETE FROM mediation_party RETURNING id")),
    "nothing": ("U", 0, lambda: rows("UPDATE mediation_party SET name = name RETURNING id")),
}


@pytest.mark.fresh_database(per="class")
class TestTheAudit:
    @pytest.mark.parametrize("how", CHANGES)
    def test_every_changed_row_leaves_exactly_one_entry_with_its_actor(self, owners: dict[int, str], how: str) -> None:
        action, amount, change = CHANGES[how]
        clerk = find_member("clerk")
        before = last_entry()
        with undone():
            with within(clerk, address="10.1.2.3"):
                change()
            entries = audit_since(before)
        assert [entry.action for entry in entries] == [action] * amount
        assert len({(entry.table_name, entry.row_key) for entry in entries}) == amount
        for entry in entries:
            assert (entry.user_id, entry.membership_id) == (clerk.user_id, clerk.pk)
            assert (entry.address, entry.source, entry.office_id) == ("10.1.2.3", "web", clerk.office_id)

    def test_an_entry_holds_what_changed_before_and_after(self, owners: dict[int, str]) -> None:
        before = last_entry()
        with undone():
            with within(find_member("clerk")):
                name = MediationCommittee.objects.order_by("pk")[0].title
                renamed().save(force_update=True)
            (entry,) = audit_since(before)
        assert entry.before is not None
        assert entry.after is not None
        assert (entry.before["title"], entry.after["title"]) == (name, "改名调委会")
        assert "kind" not in entry.after

    def test_random_writes_leave_as_many_entries_as_they_change_rows(self, owners: dict[int, str]) -> None:
        chosen = random.Random(20260520)
        repeatable = ["create", "bulk_create", "insert by SQL", "nothing"]
        before, amount = last_entry(), 0
        with undone():
            for number in range(60):
                name = chosen.choice(repeatable)
                with within(find_member("clerk")):
                    renamed().save(force_update=True)
                    # A write that changes nothing leaves no entry: each of these has a name of its own.
                    MediationCommittee.objects.filter(title="改名调委会").update(title=f"第{number}次")
                    CHANGES[name][2]()
                amount += 2 + CHANGES[name][1]
            assert len(audit_since(before)) == amount

    def test_what_is_written_past_the_portal_names_the_database_role(self, owners: dict[int, str]) -> None:
        before = last_entry()
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "UPDATE mediation_mediationcommittee SET short_name = 'sql' WHERE id IN (SELECT min(id) FROM mediation_mediationcommittee)"
            )
        (entry,) = audit_since(before)
        assert (entry.user_id, entry.source) == (None, "sql:justice_owner")

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO offices_auditentry SELECT * FROM offices_auditentry LIMIT 1",
            "UPDATE offices_auditentry SET user_id = 1",
            "DELETE FROM offices_auditentry",
            "TRUNCATE offices_auditentry",
            "UPDATE offices_accessentry SET user_id = 1",
            "DELETE FROM offices_accessentry",
        ],
    )
    def test_nobody_who_serves_pages_touches_the_log(self, owners: dict[int, str], statement: str) -> None:
        with system("test"), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            rows(statement)

    def test_the_owner_cannot_change_an_entry_either(self, owners: dict[int, str]) -> None:
        for statement in ("UPDATE offices_auditentry SET user_id = 1", "DELETE FROM offices_auditentry"):
            with connections["owner"].cursor() as cursor, pytest.raises(DatabaseError, match="never changed"):
                cursor.execute(statement)

    def test_the_log_is_read_within_the_scope(self, owners: dict[int, str]) -> None:
        with within(find_member("clerk")):
            found = set(AuditEntry.objects.values_list("office_id", flat=True))
        assert found == {find_member("clerk").office_id}
        with pytest.raises(NoScope):
            AuditEntry.objects.count()
        assert counted("offices_auditentry") == 0

    def test_no_entry_holds_an_identifier_in_clear(self, owners: dict[int, str]) -> None:
        with system("test"):
            entries = AuditEntry.objects.filter(table_name="mediation_party")
            text = repr([(entry.before, entry.after) for entry in entries])
            parties = list(Party.objects.all())
        assert parties
        for party in parties:
            for secret in (party.id_number, party.phone, party.address):
                assert secret
                assert secret not in text

    def test_canary_without_the_trigger_a_change_leaves_no_entry(self, owners: dict[int, str]) -> None:
        before = last_entry()
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE mediation_mediationcommittee DISABLE TRIGGER audit_update")
            try:
                with undone():
                    with within(find_member("clerk")):
                        MediationCommittee.objects.update(short_name="改名")
                    assert audit_since(before) == []
            finally:
                cursor.execute("ALTER TABLE mediation_mediationcommittee ENABLE TRIGGER audit_update")

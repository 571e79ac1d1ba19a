"""An import from the upload to its undoing: what comes in, twice, under whose scope, and out again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework import jobs
from casework.files import stored_path
from casework.imports.deeds import KEPT
from casework.imports.replay import Writer
from casework.imports.storing import Stored, store
from casework.imports.undoing import built_upon
from casework.models import CountedEvent, ImportBatch, ImportedRecord, ImportRow, Job, RecordEvent
from casework.taking_over import take_over_office
from mediation.imports.sheet import SHEET
from mediation.models import Dispute, Party
from mediation.services.disputes import amend_dispute
from offices.models import AuditEntry, Membership, User
from offices.scoping import system, within
from reports import rollup
from reports.models import Cell
from tests.casework.importing import FAULTY, KIND, ClientFor, count, newest_batch, page, rows, run, undo, upload
from tests.factories import take_step
from tests.mediation.ledgers import book, good_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def office(client_for: ClientFor, clerk: Membership) -> Client:
    """Return the browser of the clerk."""
    return client_for(clerk)


class TestTheWay:
    """From the upload to the list."""

    def test_good_rows_come_in_and_lead_to_the_list(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(rows(8)))
        assert (batch.state, batch.total, batch.good, batch.failed, batch.repeated) == ("checked", 8, 8, 0, 0)
        assert "开始导入" in page(office, batch)
        run(office, batch)
        assert count(clerk) == 8
        assert newest_batch().state == "imported"
        assert "已导入 8 件" in page(office, batch)
        assert "ledger.xlsx" in office.get(reverse("disputes:import")).content.decode()

    def test_nothing_personal_stays_behind(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(rows(4)))
        path = stored_path(batch.stored_as)
        assert path.exists()
        with transaction.atomic():
            run(office, batch)
        after = newest_batch()
        assert (after.preview, after.stored_as) == (None, "")
        assert ImportRow.objects.count() == 0

    def test_the_shown_rows_are_stored_encrypted_and_shown_masked(self, office: Client) -> None:
        row = good_row(0)
        batch = upload(office, book([row]))
        with system("test"), connection.cursor() as cursor:
            cursor.execute("SELECT preview, report::text FROM casework_importbatch")
            preview, report = cursor.fetchone()
        for secret in (row["first_identifier"], row["first_name"]):
            assert secret.encode() not in bytes(preview)
            assert secret not in report
        shown = page(office, batch)
        assert row["first_name"] in shown
        assert row["first_identifier"] not in shown
        assert row["first_phone"] not in shown

    def test_what_is_staged_holds_no_secret(self, office: Client, clerk: Membership, monkeypatch: Any) -> None:
        seen: list[str] = []

        def look(cursor: Any, batch: ImportBatch, model: Any) -> int:
            seen.extend(staged())
            return 1

        monkeypatch.setattr("casework.imports.storing._insert", look)
        batch = upload(office, book(rows(1)))
        run(office, batch)
        row = good_row(0)
        assert any(row["first_name"] in text for text in seen)
        for name in ("first_identifier", "first_phone", "first_address"):
            assert not any(row[name] in text for text in seen)

    def test_a_row_with_a_fault_keeps_all_out_where_all_was_asked(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(FAULTY))
        answer = run(office, batch, "all")
        assert "还有不能导入的行" in office.get(answer.url).content.decode()
        assert count(clerk) == 0

    def test_or_the_good_rows_come_in(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(FAULTY))
        assert (batch.good, batch.failed) == (2, 1)
        assert batch.report == [[3, "N", "涉及金额（元）", "金额不能为负数，请核对", "failed"]]
        run(office, batch, "good")
        assert count(clerk) == 2

    def test_a_refusal_of_the_database_leaves_nothing(
        self, office: Client, clerk: Membership, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr("casework.imports.replay.set_due", lambda *given: None)
        monkeypatch.setattr("mediation.imports.building.case_name", lambda parties, kind: "长" * 121)
        batch = upload(office, book(rows(3)))
        run(office, batch)
        with system("test"):
            assert Job.objects.get(kind="run_import").state == Job.State.WAITING
        assert newest_batch().state == "checked"
        assert (count(clerk), count(clerk, RecordEvent), ImportRow.objects.count()) == (0, 0, 0)

    def test_somebody_suspended_meanwhile_imports_nothing(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(rows(1)))
        User.objects.filter(pk=clerk.user_id).update(is_active=False)
        with system("test"):
            job = jobs.enqueue("run_import", key="x", payload={"batch": batch.pk, "all": True}, asker=clerk)
        jobs.run(job.pk)
        with system("test"):
            assert Job.objects.get(pk=job.pk).state == Job.State.DEAD
        assert count(clerk) == 0


def staged() -> list[str]:
    return [str(values) for values in ImportRow.objects.values_list("values", flat=True)]


class TestAgain:
    """The same ledger twice."""

    def test_the_same_file_brings_nothing_a_second_time_and_says_so(self, office: Client, clerk: Membership) -> None:
        content = book(rows(5))
        run(office, upload(office, content))
        again = upload(office, content)
        assert (again.good, again.repeated) == (0, 5)
        assert "没有需要导入的行" in page(office, again)
        run(office, again, "good")
        assert count(clerk) == 5

    def test_a_changed_row_of_the_same_case_is_a_duplicate(self, office: Client, clerk: Membership) -> None:
        run(office, upload(office, book(rows(2))))
        again = upload(office, book([good_row(0) | {"amount": "99"}, good_row(5)]))
        assert (again.good, again.repeated) == (1, 1)
        assert "内容有变化" in again.report[0][3]
        run(office, again, "good")
        assert count(clerk) == 3

    def test_a_case_registered_by_hand_is_suspected_until_the_row_says_otherwise(
        self, office: Client, clerk: Membership
    ) -> None:
        run(office, upload(office, book(rows(1))))
        with within(clerk):
            # As if it had been typed: no ledger knows it.
            ImportedRecord.objects.all().delete()
        again = upload(office, book(rows(1)))
        assert (again.good, again.repeated) == (0, 1)
        assert "确认不是同一件" in again.report[0][3]
        assert upload(office, book([good_row(0) | {"is_another": "是"}])).good == 1

    def test_the_database_holds_a_case_once_for_an_office(self, office: Client, clerk: Membership) -> None:
        run(office, upload(office, book(rows(1))))
        with within(clerk):
            kept = ImportedRecord.objects.get()
            kept.pk = None
            kept.record_id = Dispute.objects.get().pk
            with pytest.raises(IntegrityError), transaction.atomic():
                kept.save(force_insert=True)

    def test_another_office_may_hold_the_same_case(
        self, office: Client, clerk: Membership, sibling_clerk: Membership, client_for: ClientFor
    ) -> None:
        run(office, upload(office, book(rows(1))))
        there = {"village": "柳河村", "committee": "柳河镇人民调解委员会", "mediators": "柳长青"}
        batch = upload(client_for(sibling_clerk), book([good_row(0) | there]))
        assert batch.good == 1
        run(client_for(sibling_clerk), batch)
        assert (count(clerk), count(sibling_clerk)) == (1, 1)


class TestScope:
    """Rows come in under the scope of the importer."""

    def test_a_row_of_another_office_is_refused_by_the_database(
        self, clerk: Membership, sibling_clerk: Membership, office: Client
    ) -> None:
        batch = upload(office, book(rows(1)))
        stored = built(sibling_clerk)
        with pytest.raises(Exception, match="row-level security|not in scope"), within(clerk):
            store(batch=batch, model=Dispute, children=[Party], rows=[stored])
        assert count(sibling_clerk) == 0

    def test_the_canary_the_same_row_goes_in_under_its_own_scope(
        self, sibling_clerk: Membership, office: Client
    ) -> None:
        batch = upload(office, book(rows(1)))
        stored = built(sibling_clerk)
        with within(sibling_clerk):
            store(batch=batch, model=Dispute, children=[Party], rows=[stored])
        assert count(sibling_clerk) == 1

    def test_triggers_fire_for_every_row(self, office: Client, clerk: Membership) -> None:
        run(office, upload(office, book(rows(3))))
        with within(clerk):
            keys = [str(key) for key in Dispute.objects.values_list("pk", flat=True)]
        with system("test"):
            entries = AuditEntry.objects.filter(table_name="mediation_dispute", row_key__in=keys, action="I")
            assert {entry.source for entry in entries} == {"job:run_import"}
            assert {entry.user_id for entry in entries} == {clerk.user_id}
            assert entries.count() == 3
        assert rollup.drain() > 0

    def test_a_batch_is_its_persons_own(self, office: Client, head: Membership, client_for: ClientFor) -> None:
        batch = upload(office, book(rows(1)))
        for name in ("import_batch", "import_errors", "import_undo"):
            address = reverse(f"disputes:{name}", args=[batch.public_id])
            assert client_for(head).get(address).status_code == 404
        assert office.get(reverse("disputes:import_batch", args=[batch.public_id])).status_code == 200


def built(actor: Membership) -> Stored:
    """Return a record of an office that is ready to be stored."""
    with within(actor):
        dispute = Dispute(
            registered_on=timezone.localdate(),
            occurred_on=timezone.localdate(),
            dispute_type="neighbourhood",
            source="on_application",
            brief="x",
            party_count=2,
            title="甲与乙",
            committee_kind="township",
        )
        known = SHEET.known(actor)
        dispute.committee = next(iter(known.words["committee"].values()))
        dispute.village = next(iter(known.words["village"].values()))
        replay = Writer(actor=actor, workflow=KIND.workflow, known=known).open(dispute, pk=987_654)
    return Stored(replay, row=1, key=b"k" * 32, content=b"c" * 32)


class TestUndo:
    """A batch taken back as a whole, or not at all."""

    def cells(self, actor: Membership) -> list[Any]:
        rollup.drain()
        with system("test"):
            found = Cell.objects.filter(unit=actor.office).order_by("month")
            return [(cell.month, cell.figures) for cell in found if any(cell.figures.values())]

    def test_everything_goes_and_the_figures_follow(self, office: Client, clerk: Membership) -> None:
        before = self.cells(clerk)
        batch = upload(office, book(rows(8)))
        run(office, batch)
        assert self.cells(clerk) != before
        job = undo(office, batch)
        assert job
        assert job.state == Job.State.DONE
        assert (count(clerk), count(clerk, Party), count(clerk, ImportedRecord)) == (0, 0, 0)
        assert self.cells(clerk) == before
        assert newest_batch().state == "undone"

    def test_the_audit_and_the_history_tell_what_was_undone(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(rows(2)))
        run(office, batch)
        with within(clerk):
            titles = set(Dispute.objects.values_list("title", flat=True))
        undo(office, batch)
        with system("test"):
            gone = AuditEntry.objects.filter(table_name="mediation_dispute", action="D")
            assert {(entry.before or {})["title"] for entry in gone} == titles
            assert {entry.source for entry in gone} == {"job:undo_import"}
            assert RecordEvent.objects.filter(kind="import_undone").count() == 2
            assert not CountedEvent.objects.filter(is_replaced=False).exists()

    def test_numbers_are_not_given_again(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(rows(1)))
        run(office, batch)
        undo(office, batch)
        run(office, upload(office, book(rows(1))))
        with within(clerk):
            assert Dispute.objects.get().number.endswith("第2号")

    @pytest.mark.parametrize("deed", ["step", "amend", "file", "part"])
    def test_one_touched_record_keeps_the_whole_batch(self, deed: str, office: Client, clerk: Membership) -> None:
        batch = upload(office, book([good_row(0), good_row(5)]))
        run(office, batch)
        with within(clerk):
            dispute = Dispute.objects.get(state="agreed_written")
        self.touch(deed, office, clerk, dispute)
        job = undo(office, batch)
        assert job
        assert job.state == Job.State.DEAD
        assert "有1件已经办理或修改过" in job.message
        assert count(clerk) == 2

    def test_a_record_that_has_moved_keeps_the_whole_batch(
        self, office: Client, clerk: Membership, sibling_clerk: Membership, today: date
    ) -> None:
        batch = upload(office, book(rows(2)))
        run(office, batch)
        take_over_office(giver=clerk.office, receiver=sibling_clerk.office, user_id=clerk.user_id, on=today)
        job = undo(office, batch)
        assert job
        assert "已经移交其他司法所" in job.message
        assert count(sibling_clerk) == 2

    def touch(self, deed: str, office: Client, clerk: Membership, dispute: Dispute) -> None:
        if deed == "step":
            take_step(dispute, "perform", actor=clerk, on=timezone.localdate())
            return
        if deed == "amend":
            with within(clerk):
                fields = {name: getattr(dispute, name) for name in ("dispute_type", "committee")}
                parties = [{"role": p.role, "kind": p.kind, "name": p.name} for p in dispute.parties.all()]
                given = fields | {"brief": "另有内容。"}
                amend_dispute(record=dispute, actor=clerk, version=dispute.version, parties=parties, **given)
            return
        if deed == "file":
            file = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
            address = reverse("disputes:attach", args=[dispute.public_id])
            assert office.post(address, {"file": file}).status_code == 303
            return
        address = reverse("disputes:add_part", args=[dispute.public_id, "evidence"])
        evidence = {"name": "收条", "kind": "document", "provider": "张三", "received_on": "2026-05-01", "pages": "1"}
        assert office.post(address, evidence).status_code == 303

    def test_untouched_records_are_seen_as_such(self, office: Client, clerk: Membership) -> None:
        run(office, upload(office, book(rows(8))))
        with within(clerk):
            kept = dict(ImportedRecord.objects.values_list("record_id", "version"))
            assert built_upon(KIND, kept) == set()

    def test_after_a_day_it_stays(self, office: Client, clerk: Membership) -> None:
        batch = upload(office, book(rows(1)))
        run(office, batch)
        with system("test"):
            ImportBatch.objects.update(imported_at=timezone.now() - KEPT)
        assert undo(office, batch) is None
        assert count(clerk) == 1

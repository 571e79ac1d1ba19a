"""An import from the upload to its undoing: files, headings, jobs, what is kept and what is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework import jobs
from casework.files import stored_path
from casework.handovers import take_over_office
from casework.imports.books import template_book
from casework.imports.deeds import FAULTS_TOLD, KEPT, TIDY
from casework.imports.reading import MOST_ROWS, read_ledger, template_mark
from casework.imports.replay import Writer
from casework.imports.storing import Stored, store
from casework.imports.undoing import built_upon
from casework.lines import record_type
from casework.models import (
    CountedEvent,
    ImportBatch,
    ImportedRecord,
    ImportMapping,
    ImportRow,
    Job,
    RecordEvent,
)
from mediation.imports.sheet import SHEET
from mediation.models import Dispute, Party
from mediation.services.disputes import amend_dispute
from offices.models import AuditEntry, Membership, User
from offices.scoping import system, within
from offices.workbooks import XLSX, BadWorkbook
from reports import rollup
from reports.models import Cell
from tests.factories import take_step
from tests.mediation.ledgers import LABELS, PLANTED, book, good_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ClientFor = Callable[[Membership], Client]
KIND = record_type("mediation.dispute")


@pytest.fixture
def office(client_for: ClientFor, clerk: Membership) -> Client:
    """Return the browser of the clerk."""
    return client_for(clerk)


def newest_batch() -> ImportBatch:
    with system("test"):
        return ImportBatch.objects.latest("pk")


def do_open_jobs() -> Job:
    """Do the jobs that are due, and return the last one."""
    due = jobs.due_jobs()
    for job_id in due:
        jobs.run(job_id)
    with system("test"):
        return Job.objects.get(pk=due[-1])


def upload(client: Client, content: bytes, name: str = "ledger.xlsx") -> ImportBatch:
    """Upload a file, let it be checked, and return the batch."""
    file = SimpleUploadedFile(name, content, content_type=XLSX)
    answer = client.post(reverse("disputes:import"), {"file": file})
    assert answer.status_code == 303
    assert do_open_jobs().state == Job.State.DONE
    return newest_batch()


def run(client: Client, batch: ImportBatch, rows: str = "all") -> Any:
    """Ask for the import, do it, and return the answer."""
    answer = client.post(reverse("disputes:import_run", args=[batch.public_id]), {"rows": rows})
    for job_id in jobs.due_jobs():
        jobs.run(job_id)
    return answer


def undo(client: Client, batch: ImportBatch) -> Job | None:
    """Ask for the undoing, do it, and return the job; None when it was refused at once."""
    client.post(reverse("disputes:import_undo", args=[batch.public_id]))
    return do_open_jobs() if jobs.due_jobs() else None


def count(actor: Membership, model: Any = Dispute) -> int:
    with within(actor):
        return int(model.objects.count())


def page(client: Client, batch: ImportBatch) -> str:
    return client.get(reverse("disputes:import_batch", args=[batch.public_id])).content.decode()


def rows(number: int) -> list[dict[str, Any]]:
    return [good_row(n) for n in range(number)]


FAULTY = [good_row(0), good_row(1) | {"amount": "-5"}, good_row(2)]


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
        monkeypatch.setattr("casework.imports.replay.Replay._set_due", lambda self, rule, start: None)
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


class TestFiles:
    """What is read, and what comes back."""

    def test_the_marked_workbook_can_be_uploaded_as_it_is(self, office: Client) -> None:
        kinds = [planted for planted in PLANTED if planted.kind != "formula"]
        wrong = [good_row(n, result="succeeded") | dict(planted.change) for n, planted in enumerate(kinds)]
        batch = upload(office, book([*wrong, good_row(40)]))
        for query, number in (("", len(wrong) + 1), ("?rows=failed", len(wrong))):
            answer = office.get(reverse("disputes:import_errors", args=[batch.public_id]) + query)
            content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
            sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            assert sheet.cell(1, len(LABELS) + 1).value == "错误说明"
            red = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.comment]
            assert len(red) == len(wrong)
            assert all(cell.fill.fgColor.rgb == "FFF8D7DA" for cell in red)
            again = upload(office, content)
            assert (again.total, again.failed) == (number, len(wrong))
            assert [fault[1:] for fault in again.report] == [fault[1:] for fault in batch.report]

    def test_the_template_is_read_back_and_its_example_is_left_out(self, office: Client, clerk: Membership) -> None:
        made = openpyxl.load_workbook(io.BytesIO(office.get(reverse("disputes:import_template")).content))
        sheet = made.worksheets[0]
        assert sheet["A1"].value == template_mark(KIND.code, SHEET.version)
        assert sheet.row_dimensions[1].hidden
        row = good_row(0)
        for place, column in enumerate(SHEET.columns, start=1):
            sheet.cell(4, place, row.get(column.name, ""))
        batch = upload(office, saved(made))
        assert (batch.total, batch.good, batch.message) == (1, 1, "")

    def test_the_template_offers_the_lists_of_the_office(self, clerk: Membership) -> None:
        with within(clerk):
            made = openpyxl.load_workbook(io.BytesIO(template_book(record_type=KIND, actor=clerk)))
        words = {cell.value for row in made["选项"].iter_rows() for cell in row}
        assert {"石桥村", "石桥镇人民调解委员会", "邻里纠纷", "调解不成"} <= words
        assert "柳河村" not in words
        assert made["选项"].sheet_state == "hidden"

    def test_an_older_template_is_named(self, office: Client) -> None:
        made = openpyxl.load_workbook(io.BytesIO(office.get(reverse("disputes:import_template")).content))
        made.worksheets[0]["A1"] = template_mark(KIND.code, 0)
        for place, column in enumerate(SHEET.columns, start=1):
            made.worksheets[0].cell(4, place, good_row(0).get(column.name, ""))
        assert "第0版模板" in upload(office, saved(made)).message

    def test_a_template_of_something_else_is_refused(self, office: Client) -> None:
        made = openpyxl.load_workbook(io.BytesIO(office.get(reverse("disputes:import_template")).content))
        made.worksheets[0]["A1"] = template_mark("mediation.mediator", 1)
        batch = upload(office, saved(made))
        assert (batch.state, batch.message) == ("refused", "这不是“矛盾纠纷”的模板。")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_a_text_file_is_read_in_either_encoding(self, encoding: str, office: Client) -> None:
        names = list(good_row(0))
        labels = {column.name: column.label for column in SHEET.columns}
        lines = [",".join(labels[name] for name in names), ",".join(str(good_row(0)[name]) for name in names)]
        assert upload(office, "\r\n".join(lines).encode(encoding), "ledger.csv").good == 1

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"PK\x03\x04 broken", "不是有效的 XLSX"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "xls"),
            (book([]), "表中没有数据"),
            (book([], headings=["甲", "乙"]), "没有找到表头"),
        ],
        ids=["broken", "old format", "no rows", "no headings"],
    )
    def test_what_is_no_ledger_is_refused_in_words(self, content: bytes, words: str, office: Client) -> None:
        batch = upload(office, content)
        assert batch.state == "refused"
        assert words in batch.message
        assert words in page(office, batch)

    def test_a_long_list_of_faults_is_cut_and_says_so(self, office: Client) -> None:
        wrong = [good_row(n) | {"amount": "-5"} for n in range(FAULTS_TOLD + 1)]
        batch = upload(office, book(wrong))
        assert (batch.failed, len(batch.report)) == (FAULTS_TOLD + 1, FAULTS_TOLD)
        assert "全部内容见标注文件" in page(office, batch)

    def test_another_kind_of_file_is_refused_at_once(self, office: Client) -> None:
        answer = office.post(reverse("disputes:import"), {"file": SimpleUploadedFile("a.xls", b"x")})
        assert answer.status_code == 422
        assert not ImportBatch.objects.exists()

    def test_more_rows_than_a_file_may_hold(self) -> None:
        text = "甲,乙,丙\n" + "1,2,3\n" * (MOST_ROWS + 1)
        with pytest.raises(BadWorkbook, match="每次最多20000行"):
            read_ledger(text.encode())

    def test_files_are_gone_after_a_day(self, office: Client) -> None:
        batch = upload(office, book(FAULTY))
        paths = [stored_path(name) for name in (batch.stored_as, batch.annotated_as, batch.failed_as)]
        assert all(path.exists() for path in paths)
        with system("test"):
            tidy = Job.objects.get(kind=TIDY)
        with time_machine.travel(timezone.now() + KEPT + timedelta(minutes=1)):
            jobs.run(tidy.pk)
        after = newest_batch()
        assert (after.state, after.stored_as, after.annotated_as, after.preview) == ("expired", "", "", None)


def saved(made: Any) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


class TestForeignLedgers:
    """Headings that are not ours."""

    NAMES = ("accepted_on", "dispute_type", "source", "occurred_on", "village", "committee", "brief", "first_name")
    MORE = ("second_name", "result")
    HEADINGS = ("受理时间", "纠纷类别", "来源", "发生时间", "村居", "调委会", "案情", "申请人", "被申请人", "结果")

    def ledger(self) -> bytes:
        made = [good_row(n, result="mediating") for n in range(3)]
        return book(made, headings=self.HEADINGS, names=(*self.NAMES, *self.MORE), above=2)

    def test_the_person_says_which_heading_is_which_and_the_office_remembers(
        self, office: Client, clerk: Membership, head: Membership, client_for: ClientFor
    ) -> None:
        batch = upload(office, self.ledger())
        assert batch.state == "unmatched"
        form = office.get(reverse("disputes:import_batch", args=[batch.public_id])).context["form"]
        chosen = {name: field.initial for name, field in form.fields.items() if field.initial}
        assert chosen == {name: str(place) for place, name in enumerate((*self.NAMES, *self.MORE))}
        answer = office.post(reverse("disputes:import_columns", args=[batch.public_id]), chosen)
        assert answer.status_code == 303
        do_open_jobs()
        assert newest_batch().good == 3
        with within(clerk):
            assert ImportMapping.objects.get().mapping == {name: int(place) for name, place in chosen.items()}
        assert upload(client_for(head), self.ledger()).state == "checked"

    def test_a_fault_is_told_with_their_heading_and_row(self, office: Client) -> None:
        batch = upload(office, self.ledger())
        form = office.get(reverse("disputes:import_batch", args=[batch.public_id])).context["form"]
        chosen = {name: field.initial for name, field in form.fields.items() if field.initial}
        chosen["source"], chosen["dispute_type"] = chosen["dispute_type"], chosen["source"]
        office.post(reverse("disputes:import_columns", args=[batch.public_id]), chosen)
        do_open_jobs()
        assert [fault[:3] for fault in newest_batch().report[:2]] == [[4, "C", "来源"], [4, "B", "纠纷类别"]]

    def test_a_compulsory_column_without_a_heading_is_named(self, office: Client) -> None:
        batch = upload(office, self.ledger())
        answer = office.post(reverse("disputes:import_columns", args=[batch.public_id]), {"brief": "6"})
        assert answer.status_code == 422
        assert "请选择“纠纷类型”对应的表头。" in answer.content.decode()

"""An import's files: the template, texts and workbooks, faults marked at their cells, other people's headings."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework import jobs
from casework.files import stored_path
from casework.imports.books import template_book
from casework.imports.deeds import FAULTS_TOLD, KEPT, TIDY
from casework.imports.reading import MOST_ROWS, read_ledger, template_mark
from casework.models import ImportBatch, ImportMapping, Job
from mediation.imports.sheet import SHEET
from offices.models import Membership
from offices.scoping import system, within
from offices.workbooks import BadWorkbook
from tests.casework.importing import FAULTY, KIND, ClientFor, do_open_jobs, newest_batch, page, upload
from tests.mediation.ledgers import LABELS, PLANTED, book, good_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def office(client_for: ClientFor, clerk: Membership) -> Client:
    """Return the browser of the clerk."""
    return client_for(clerk)


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

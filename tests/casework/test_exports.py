"""Exports and papers: jobs that act with the rights of who asked."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from casework import jobs, lines
from casework.asked import Asked
from casework.exports import Counted, Cover, harmless
from casework.files import stored_path
from casework.models import IssuedDocument, Job
from casework.taken_files import KEPT, REMOVE
from mediation.models import Dispute
from offices.models import AccessEntry, Membership, User
from offices.scoping import system, within
from tests.factories import PartyFactory, dispute_in

pytestmark = pytest.mark.django_db


def only_job() -> Job:
    """Return the only job that somebody asked for."""
    with system("test"):
        return Job.objects.exclude(kind=REMOVE).get()


def done(client: Any, answer: Any) -> Any:
    """Run the job that an answer leads to and return its page."""
    assert answer.status_code == 303
    jobs.run(only_job().pk)
    return client.get(answer.url)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＠a"])
def test_no_text_reaches_a_spreadsheet_as_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


class TestExport:
    """The list as a file."""

    def rows(self, client: Any, form: str, query: str = "") -> list[list[str]]:
        """Export and return the rows of the file."""
        done(client, client.post(reverse("disputes:export") + query, {"format": form}))
        job = only_job()
        content = stored_path(job.result["stored_as"]).read_bytes()
        if form == "csv":
            return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
        return [[cell.value or "" for cell in row] for row in sheet.iter_rows()]

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_the_file_holds_exactly_the_rows_of_the_list(self, form: str, clerk: Membership, client_for: Any) -> None:
        dispute_in("accepted", actor=clerk)
        dispute_in("registered", actor=clerk)
        rows = self.rows(client_for(clerk), form, "?state=accepted")
        assert len(rows) == 2
        assert "已受理" in rows[1]

    def test_it_holds_no_row_of_another_office(
        self, clerk: Membership, sibling_clerk: Membership, client_for: Any
    ) -> None:
        dispute_in("accepted", actor=sibling_clerk)
        assert len(self.rows(client_for(clerk), "csv")) == 1

    def test_a_party_named_like_a_formula_stays_text(self, clerk: Membership, client_for: Any) -> None:
        parties = [PartyFactory(name="＝甲"), PartyFactory(role="respondent")]
        dispute = dispute_in("registered", actor=clerk, parties=parties)
        with within(clerk):
            Dispute.objects.filter(pk=dispute.pk).update(title="=1+1")
        rows = self.rows(client_for(clerk), "csv")
        assert "'=1+1" in rows[1]

    def cover(self) -> list[tuple[str, str]]:
        """Return the lines of the written cover sheet: a cell that is a formula would be none of its texts."""
        sheet = openpyxl.load_workbook(stored_path(only_job().result["stored_as"])).worksheets[0]
        cells = list(sheet.iter_rows())
        assert all(cell.data_type == "s" for row in cells for cell in row if cell.value is not None)
        return [(str(label.value or ""), str(text.value)) for label, text in cells]

    def test_the_cover_says_how_many_rows_and_every_condition_as_the_chips_do(
        self, clerk: Membership, client_for: Any
    ) -> None:
        for _number in range(3):
            dispute_in("accepted", actor=clerk)
        client = client_for(clerk)
        query = "?state=accepted&is_difficult=false&since=2026-01-01&until=x"
        rows = self.rows(client, "xlsx", query)
        cover = self.cover()
        said = dict(cover)
        assert (said["内容"], said["行数"], said["导出人"]) == ("矛盾纠纷", "3", "周晓兰（石桥镇司法所）")
        assert int(said["行数"]) == len(rows) - 1
        first = [label for label, _text in cover].index("筛选条件")
        conditions = [text for label, text in cover[first : first + 3] if label in {"筛选条件", ""}]
        assert conditions == ["状态：已受理", "登记日期自：2026-01-01", "疑难复杂：否"]
        page = client.get(reverse("disputes:list") + query).content.decode()
        chips = re.findall(r"<li><a [^>]*>([^<]+)<svg", page)
        assert sorted(chips) == sorted(conditions)

    def test_the_cover_says_as_of_when(self, clerk: Membership, client_for: Any) -> None:
        with time_machine.travel(datetime(2026, 5, 20, 2, 30, tzinfo=UTC), tick=False):
            answer = client_for(clerk).post(reverse("disputes:export"), {"format": "xlsx"})
        assert answer.status_code == 303
        with time_machine.travel(datetime(2026, 5, 20, 2, 31, 5, tzinfo=UTC), tick=False):
            jobs.run(only_job().pk)
        said = dict(self.cover())
        assert (said["导出时间"], said["数据截至"]) == ("2026-05-20 10:30", "2026-05-20 10:31:05")
        assert (said["筛选条件"], said["行数"]) == ("无", "0")

    @pytest.mark.parametrize("text", ["=HYPERLINK(1)", "＝甲", "@甲"])
    def test_a_searched_text_is_no_formula_of_the_cover(self, text: str, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        address = client.post(reverse("search"), {"text": text, "list": "disputes", "query": ""}).url
        self.rows(client, "xlsx", "?" + address.partition("?")[2])
        assert dict(self.cover())["筛选条件"] == f"搜索：{text}"

    def test_a_text_that_is_kept_no_longer_makes_no_empty_file(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        address = client.post(reverse("search"), {"text": "张三丰", "list": "disputes", "query": ""}).url
        client.post(reverse("disputes:export") + "?" + address.partition("?")[2], {"format": "xlsx"})
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            jobs.run(only_job().pk)
        job = only_job()
        assert (job.state, job.result, job.message) == (Job.State.DEAD, {}, "搜索内容保存半小时，请重新输入。")

    def test_the_cover_names_the_columns_that_the_role_does_not_see(
        self, clerk: Membership, city_reviewer: Membership, client_for: Any
    ) -> None:
        self.rows(client_for(clerk), "xlsx")
        assert "遮盖说明" not in dict(self.cover())
        # No role exports a reduced list today; one that did would be told what is missing.
        job, kind = only_job(), lines.record_type("mediation.dispute")
        job.membership = city_reviewer
        with within(city_reviewer):
            said = dict(Cover(kind, job, Asked(Dispute.objects.none(), ()), Counted([]), timezone.localtime()).told())
        assert said["遮盖说明"] == "按权限不显示：纠纷名称、办理期限、村（居）"

    def test_the_number_of_rows_is_logged(self, clerk: Membership, client_for: Any) -> None:
        dispute_in("registered", actor=clerk)
        self.rows(client_for(clerk), "csv")
        assert AccessEntry.objects.get(kind="export").note == "csv 1"

    def test_the_file_is_unknown_to_anybody_else(self, clerk: Membership, head: Membership, client_for: Any) -> None:
        self.rows(client_for(clerk), "csv")
        address = reverse("download_export", args=[only_job().public_id])
        assert client_for(head).get(address).status_code == 404
        answer = client_for(clerk).get(address)
        assert b"".join(answer.streaming_content).decode("utf-8-sig").startswith("编号")

    def test_the_file_is_gone_after_a_day_and_its_account_stays(
        self, clerk: Membership, client_for: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        dispute_in("registered", actor=clerk)
        client = client_for(clerk)
        self.rows(client, "csv")
        job = only_job()
        path = stored_path(job.result["stored_as"])
        with system("test"):
            removal = Job.objects.get(kind=REMOVE)
        jobs.run(removal.pk)
        assert path.exists()
        with (
            time_machine.travel(timezone.now() + KEPT + timedelta(minutes=1)),
            django_capture_on_commit_callbacks(execute=True),
        ):
            jobs.run(removal.pk)
        assert not path.exists()
        assert client.get(reverse("download_export", args=[job.public_id])).status_code == 404
        assert "只保留24小时" in client.get(reverse("job", args=[job.public_id])).content.decode()
        assert only_job().result["rows"] == 1
        assert AccessEntry.objects.filter(kind="export").exists()

    def test_somebody_suspended_meanwhile_gets_no_file(self, clerk: Membership, client_for: Any) -> None:
        client_for(clerk).post(reverse("disputes:export"), {"format": "csv"})
        User.objects.filter(pk=clerk.user_id).update(is_active=False)
        jobs.run(only_job().pk)
        assert only_job().state == Job.State.DEAD
        assert only_job().result == {}


class TestPapers:
    """Official papers."""

    @pytest.mark.parametrize(
        ("code", "words"),
        [("registration", "人民调解受理登记表"), ("agreement", "人民调解协议书")],
    )
    def test_a_paper_holds_the_case_and_no_whole_number(
        self, code: str, words: str, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in("agreed_written", actor=clerk)
        client = client_for(clerk)
        page = done(client, client.post(reverse("disputes:make_document", args=[dispute.public_id, code])))
        with within(clerk):
            paper = IssuedDocument.objects.get()
            parties = list(dispute.parties.all())
        assert reverse("disputes:document", args=[dispute.public_id, paper.public_id]) in page.content.decode()
        text = "".join(sheet.extract_text() for sheet in PdfReader(stored_path(paper.stored_as)).pages)
        plain = "".join(text.split())
        assert words in plain
        assert all(party.name in plain for party in parties)
        assert not any(party.id_number and party.id_number in plain for party in parties)

    def test_a_second_issue_is_another_paper(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        client = client_for(clerk)
        for _time in range(2):
            client.post(reverse("disputes:make_document", args=[dispute.public_id, "registration"]))
            with system("test"):
                waiting = Job.objects.get(state=Job.State.WAITING)
            jobs.run(waiting.pk)
        with within(clerk):
            assert [paper.issue_no for paper in IssuedDocument.objects.all()] == [1, 2]

    def test_an_oral_agreement_has_no_agreement_paper(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("agreed_oral", actor=clerk)
        address = reverse("disputes:make_document", args=[dispute.public_id, "agreement"])
        answer = client_for(clerk).post(address, follow=True)
        assert "口头协议不制作协议书" in answer.content.decode()

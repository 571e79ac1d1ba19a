"""The printed ledger: the rows of a list, oldest first, as one paper that the asker's rights decide about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from casework import jobs, ledger_printing, lines
from casework.files import stored_path
from casework.ledger_printing import columns_of, notes_of
from casework.ledgers import LedgerColumn, Reader, problems_of, widths_of
from casework.models import Job
from casework.search_index import drain
from casework.taken_files import REMOVE
from mediation.models import Dispute, MediationCommittee, Mediator
from offices.models import AccessEntry, Membership, User
from offices.scoping import system, within
from tests.factories import PartyFactory, committee_of, dispute_in, resident_id
from tests.printed import ReadLedger, read_ledger
from tests.registers import new_mediator, one_of_each

pytestmark = pytest.mark.django_db

PRINTED_TYPES = [kind for kind in lines.record_types() if kind.ledger]
RARE_NAMES = ("张𠮷喆", "李堃犇", "阿卜杜拉·买买提")


def only_job() -> Job:
    """Return the only job there is."""
    with system("test"):
        return Job.objects.exclude(kind=REMOVE).get()


def ran(job: Job) -> Job:
    """Run a job and return it as it then stands."""
    jobs.run(job.pk)
    with system("test"):
        return Job.objects.get(pk=job.pk)


def asked(client: Any, query: str = "", slug: str = "disputes") -> Any:
    """Press the button of a list."""
    return client.post(reverse(f"{slug}:ledger") + query)


def printed(client: Any, query: str = "", slug: str = "disputes") -> ReadLedger:
    """Press the button of a list, let the job run, and read the paper."""
    assert asked(client, query, slug).status_code == 303
    with system("test"):
        job = ran(Job.objects.exclude(kind=REMOVE).latest("pk"))
    assert job.state == Job.State.DONE, job.message
    return read_ledger(stored_path(job.result["stored_as"]).read_bytes())


def token_of(client: Any, text: str, slug: str = "disputes") -> str:
    """Search for a text in a list and return the query that its address then has."""
    address: str = client.post(reverse("search"), {"text": text, "list": slug, "query": ""}).url
    return "?" + address.partition("?")[2]


class TestRows:
    """Which rows stand in it, and in which order."""

    def test_it_holds_the_rows_of_the_list_in_the_order_of_entry(self, clerk: Membership, client_for: Any) -> None:
        later = dispute_in("accepted", actor=clerk, on=date(2026, 5, 12))
        first = dispute_in("accepted", actor=clerk, on=date(2026, 5, 6))
        dispute_in("assigned", actor=clerk, on=date(2026, 5, 8))
        read = printed(client_for(clerk), "?state=accepted&since=2026-05-01")
        assert read.numbers == [first.number, later.number]
        assert read.serials == [1, 2]
        assert "条件：状态：已受理；登记日期自：2026-05-01" in read.text
        assert "2026年5月6日" in read.text

    def test_its_end_says_the_number_and_the_sums(self, clerk: Membership, client_for: Any) -> None:
        for amount in (1_234_550, 320_000, 0):
            dispute_in("agreed_oral", actor=clerk, amount=amount)
        read = printed(client_for(clerk))
        assert (read.count, read.sums) == (3, ["15,545.50", "15,545.50"])
        with within(clerk):
            assert Dispute.objects.aggregate(sum=Sum("amount"))["sum"] == 1_554_550

    def test_it_holds_no_row_of_another_office(
        self, clerk: Membership, sibling_clerk: Membership, county_reviewer: Membership, client_for: Any
    ) -> None:
        own, other = dispute_in("accepted", actor=clerk), dispute_in("accepted", actor=sibling_clerk)
        read = printed(client_for(clerk))
        assert read.numbers == [own.number]
        assert "石桥司法所" not in read.body
        above = printed(client_for(county_reviewer))
        assert set(above.numbers) == {own.number, other.number}
        assert "石桥司法所" in above.body
        assert "柳河司法所" in above.body

    def test_a_searched_text_is_one_of_its_conditions(self, clerk: Membership, client_for: Any) -> None:
        found = dispute_in("accepted", actor=clerk, parties=[PartyFactory(name="郝运来"), PartyFactory(name="丁一")])
        dispute_in("accepted", actor=clerk)
        drain()
        client = client_for(clerk)
        read = printed(client, token_of(client, "郝运来"))
        assert read.numbers == [found.number]
        assert "条件：搜索：郝运来" in read.text

    def test_a_searched_id_number_is_masked_on_the_paper(self, clerk: Membership, client_for: Any) -> None:
        number = resident_id(11)
        dispute_in("accepted", actor=clerk, parties=[PartyFactory(identifier=number), PartyFactory(role="respondent")])
        client = client_for(clerk)
        read = printed(client, token_of(client, number.number))
        assert read.count == 1
        assert number.number not in read.text
        assert f"搜索：{number.number[:6]}********{number.number[-4:]}" in read.text

    def test_a_list_without_rows_is_a_ledger_that_says_so(self, clerk: Membership, client_for: Any) -> None:
        read = printed(client_for(clerk), "?since=2030-01-01")
        assert (read.serials, read.count, read.sums) == ([], 0, ["0.00", "0.00"])
        assert "本期无记录" in read.text

    def test_rare_characters_have_a_shape(self, clerk: Membership, client_for: Any, caplog: Any) -> None:
        dispute_in("accepted", actor=clerk, parties=[PartyFactory(name=name) for name in RARE_NAMES])
        read = printed(client_for(clerk))
        assert "、".join(RARE_NAMES) in read.text
        assert "glyph" not in caplog.text


class TestRights:
    """Who gets it, and what of it."""

    def test_telephones_are_masked_and_it_says_so(self, clerk: Membership, client_for: Any) -> None:
        with within(clerk):
            new_mediator(committee_of(clerk.office), "赵新", phone="13812345678").save()
        read = printed(client_for(clerk), slug="mediators")
        assert "13812345678" not in read.text
        assert "138****5678" in read.text
        assert "注：已遮盖：联系电话。" in read.text

    @pytest.mark.parametrize("kind", PRINTED_TYPES, ids=lambda kind: kind.slug)
    def test_the_reduced_columns_name_nobody(
        self, kind: lines.RecordType, city_reviewer: Membership, clerk: Membership
    ) -> None:
        assert kind.ledger
        shown = columns_of(kind, kind.ledger, city_reviewer)
        names = {column.name for column in shown}
        assert names
        personal = {"party_names", "mediator_names", "brief", "people", "organiser", "responsible", "situation"}
        assert not names & (personal | {"phone", "leader__title", "birth_date"})
        # The name of an organisation names nobody.
        assert "title" not in names or kind.slug in {"committees", "studios", "centers"}
        readers = [Reader(kind.model, column, 20) for column in shown]
        unseen = [column.label for column in kind.ledger.columns if column.name not in names]
        notes = notes_of(kind.ledger, readers)
        assert notes == ([f"按权限不显示：{'、'.join(unseen)}"] if unseen else [])

    @pytest.mark.parametrize("viewer", ["assistant", "city_reviewer", "province_statistician"])
    def test_who_may_not_export_may_not_print(self, viewer: str, member: Any, client_for: Any) -> None:
        client = client_for(member(viewer))
        assert asked(client).status_code == 403
        assert reverse("disputes:ledger") not in client.get(reverse("disputes:list")).content.decode()
        with system("test"):
            assert not Job.objects.exists()

    def test_the_list_offers_it_with_its_conditions(self, clerk: Membership, client_for: Any) -> None:
        html = client_for(clerk).get(reverse("disputes:list") + "?state=open").content.decode()
        assert f'action="{reverse("disputes:ledger")}?state=open"' in html

    def test_somebody_suspended_meanwhile_gets_no_file(self, clerk: Membership, client_for: Any) -> None:
        asked(client_for(clerk))
        User.objects.filter(pk=clerk.user_id).update(is_active=False)
        job = ran(only_job())
        assert (job.state, job.result) == (Job.State.DEAD, {})
        assert not AccessEntry.objects.filter(kind="export").exists()

    def test_it_is_logged_with_its_rows(self, clerk: Membership, client_for: Any) -> None:
        dispute_in("registered", actor=clerk)
        printed(client_for(clerk))
        entry = AccessEntry.objects.get(kind="export")
        assert (entry.note, entry.record_type, entry.user_id) == ("pdf 1", "mediation.dispute", clerk.user_id)

    def test_the_asker_downloads_a_pdf(self, clerk: Membership, head: Membership, client_for: Any) -> None:
        asked(client_for(clerk))
        assert ran(only_job()).state == Job.State.DONE
        page = client_for(clerk).get(reverse("job", args=[only_job().public_id])).content.decode()
        assert "下载台账（0 行）" in page
        address = reverse("download_export", args=[only_job().public_id])
        assert address in page
        answer = client_for(clerk).get(address)
        assert b"".join(answer.streaming_content).startswith(b"%PDF")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert client_for(head).get(address).status_code == 404


class TestLimits:
    """What is refused, and how it is said."""

    def test_too_many_rows_are_refused_before_anything_is_drawn(
        self, clerk: Membership, client_for: Any, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(ledger_printing, "MOST_ROWS", 1)
        client = client_for(clerk)
        dispute_in("accepted", actor=clerk)
        assert printed(client, "?state=open").count == 1
        dispute_in("accepted", actor=clerk)
        answer = client.post(reverse("disputes:ledger") + "?state=open", follow=True)
        assert answer.redirect_chain[-1][0] == reverse("disputes:list") + "?state=open"
        html = answer.content.decode()
        assert "符合条件的记录超过 1 条，一次最多打印 1 条。请缩小登记日期范围，分次打印。" in html
        with system("test"):
            assert Job.objects.exclude(kind=REMOVE).count() == 1

    def test_rows_that_came_meanwhile_are_refused_by_the_job(
        self, clerk: Membership, client_for: Any, monkeypatch: Any
    ) -> None:
        client = client_for(clerk)
        for _number in range(2):
            dispute_in("accepted", actor=clerk)
        asked(client)
        monkeypatch.setattr(ledger_printing, "MOST_ROWS", 1)
        job = ran(only_job())
        assert job.state == Job.State.DEAD
        page = client.get(reverse("job", args=[job.public_id])).content.decode()
        assert "请缩小登记日期范围" in page

    def test_a_text_that_is_kept_no_longer_is_asked_for_again(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        query = token_of(client, "郝运来")
        asked(client, query)
        with time_machine.travel(timezone.now() + timedelta(minutes=31)):
            assert "搜索内容保存半小时" in ran(only_job()).message
            answer = client_for(clerk).post(reverse("disputes:ledger") + query, follow=True)
        assert "搜索内容保存半小时" in answer.content.decode()
        assert only_job().state == Job.State.DEAD

    def test_a_second_press_finds_the_open_job(self, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        assert asked(client, "?state=open").url == asked(client, "?state=open").url
        assert asked(client).url != asked(client, "?state=open").url

    def test_the_paper_is_chinese_and_the_page_is_not(self, clerk: Membership, client_for: Any) -> None:
        User.objects.filter(pk=clerk.user_id).update(language="en")
        client = client_for(clerk)
        dispute_in("accepted", actor=clerk)
        read = printed(client, "?state=accepted")
        assert "状态：已受理" in read.text
        assert "邻里纠纷" in read.text
        page = client.get(reverse("job", args=[only_job().public_id])).content.decode()
        assert "Download the ledger (1 row)" in page


class TestDeclarations:
    """What a line declares."""

    @pytest.mark.usefixtures("today")
    def test_every_declared_ledger_is_printed(self, clerk: Membership, client_for: Any) -> None:
        one_of_each(clerk)
        client = client_for(clerk)
        assert len(PRINTED_TYPES) == 9
        for kind in PRINTED_TYPES:
            assert kind.ledger
            read = printed(client, slug=kind.slug)
            assert read.title == kind.ledger.title
            assert read.serials
            with within(clerk):
                assert read.count == len(read.serials) == kind.model.objects.count()
            assert all("".join(column.label.split()) in read.text for column in kind.ledger.columns)

    @pytest.mark.parametrize(
        ("column", "totals"),
        [
            (LedgerColumn(name="title", label="名称", width=500), ()),
            (LedgerColumn(name="title", label="名称", width=20), ("amount",)),
            (LedgerColumn(name="title", label="名称", width=20), ("title",)),
            (LedgerColumn(name="phone", label="电话", width=20, reduced=True), ()),
        ],
    )
    def test_what_does_not_hold_together_is_refused(self, column: LedgerColumn, totals: tuple[str, ...]) -> None:
        assert problems_of(Mediator, lines.Ledger(title="x", columns=(column,), totals=totals))

    @pytest.mark.parametrize("kind", PRINTED_TYPES, ids=lambda kind: kind.slug)
    def test_columns_fill_the_sheet(self, kind: lines.RecordType) -> None:
        assert kind.ledger
        widths = widths_of(kind.ledger.columns)
        assert sum(widths) == pytest.approx(254)
        assert all(width >= column.width for width, column in zip(widths, kind.ledger.columns, strict=True))


class TestCells:
    """How a value reads."""

    def test_a_name_is_never_broken_where_it_fits(self) -> None:
        cell = names_in(30, "王德福", "阿卜杜拉·买买提")
        assert (cell.whole, cell.text) == (("王德福、", "阿卜杜拉·买买提"), "")
        assert names_in(20, "王德福", "阿卜杜拉·买买提").text == "王德福、阿卜杜拉·买买提"

    def test_many_names_are_counted(self) -> None:
        assert "".join(names_in(90, *[f"张三{n:02}" for n in range(40)]).whole).endswith("张三15等40人")

    def test_a_long_story_shows_that_it_is_cut(self) -> None:
        column = LedgerColumn(name="brief", label="情况", width=20, most=10)
        assert Reader(Dispute, column, 20).cell("一二三四五\n六七八九十一").text == "一二三四五 六七八…"

    def test_a_day_has_no_leading_zero_and_may_not_be_broken(self) -> None:
        column = LedgerColumn(name="established_on", label="设立日期", width=23)
        assert Reader(MediationCommittee, column, 23).cell(date(2026, 5, 6)).whole == ("2026年5月6日",)


def names_in(width: float, *names: str) -> Any:
    """Return the cell of a list of names in a column of a width."""
    column = LedgerColumn(name="names", label="姓名", width=width, rows=lambda: None)
    return Reader(Dispute, column, width).cell(list(names))

"""The whole dossier as one paper: order, index, page numbers, scans, and what the archive form takes from it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from casework import jobs, lines
from casework.documents import RenderedPdf
from casework.dossier import dossier_entries, render_dossier
from casework.files import attach_file, stored_path
from casework.models import Attachment, IssuedDocument, Job
from mediation.forms.results import ArchiveForm
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system, within
from tests.factories import dispute_in
from tests.mediation.full_case import CHILD, COMPANY, full_case
from tests.printed import CREATED, text_of

pytestmark = pytest.mark.django_db

ROW = re.compile(r"^(\d+) (.+?) (\d+)( .*)?$", re.MULTILINE)
ORDER = [
    *("人民调解申请书", "人民调解受理登记表", "人民调解当事人权利义务告知书", "当事人身份证明", "授权委托书"),
    *("人民调解调查记录", "人民调解证据材料", "无争议事实记载", "人民调解记录", "人民调解协议书", "履行凭证"),
    *("人民调解回访记录", "司法确认申请书", "纠纷移交（分流）函", "纠纷移交（分流）回执", "重大矛盾纠纷报告表"),
    *("人民调解结案报告表", "卷宗情况说明", "卷宗封底"),
]


def dossier_of(dispute: Dispute) -> RenderedPdf:
    return render_dossier(lines.record_type(Dispute.record_type()), dispute, created=CREATED)


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def index_of(page: str) -> list[tuple[str, int]]:
    """Return the rows of an index as printed: name and page. A long name is broken over two lines."""
    joined = re.sub(r"(?<=[^\d\n])\n(?=[^\d\n（])", "", page.split("备注", 1)[1])
    return [(name.replace(" ", ""), int(number)) for _place, name, number, _more in ROW.findall(joined)]


def attach(dispute: Dispute, clerk: Membership, name: str, content: bytes, paper: str = "") -> Attachment:
    return attach_file(record=dispute, actor=clerk, upload=SimpleUploadedFile(name, content), paper=paper)


def picture(width: int = 60, height: int = 40) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(target, "JPEG")
    return target.getvalue()


def scanned(*texts: str, rotated: int = 0) -> bytes:
    """Return a PDF with one page for each text and, on each, a link with a script."""
    writer = pypdf.PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in texts:
        page = writer.add_blank_page(300, 400)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 18 Tf 40 200 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
        script = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        )
        link = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Link"),
                NameObject("/Rect"): ArrayObject([NumberObject(side) for side in (0, 0, 300, 400)]),
                NameObject("/A"): script,
            }
        )
        page[NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
        if rotated:
            page.rotate(rotated)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def locked() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(scanned("LOCKED")))
    writer.encrypt("x", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def drawn_pictures(page: pypdf.PageObject) -> int:
    """Return how often a page draws a picture: its list of pictures is that of the whole file."""
    content = page.get_contents()
    return len(re.findall(rb"\bDo\b", content.get_data())) if content is not None else 0


def test_the_index_names_the_page_on_which_each_paper_begins(clerk: Membership, today: date) -> None:
    dispute = full_case(clerk, state="closed")
    with within(clerk):
        rendered = dossier_of(dispute)
    pages = pages_of(rendered.content)
    index = index_of(pages[1])
    assert [name for name, _page in index] == ORDER
    for name, number in index:
        heading = "".join(pages[number - 1].split())
        assert heading.startswith(name), (name, number)
        assert not "".join(pages[number - 2].split()).startswith(name)
    assert rendered.missing_characters == ""


def test_pages_are_numbered_through_and_counted_on_the_back_cover(clerk: Membership, today: date) -> None:
    dispute = full_case(clerk, state="closed")
    with within(clerk):
        rendered = dossier_of(dispute)
    pages = pages_of(rendered.content)
    total = len(pages)
    assert total == rendered.pages > 20
    assert all(f"第 {n} 页　共 {total} 页" in page for n, page in enumerate(pages, start=1))
    assert all(dispute.number in page for page in pages)
    assert f"本卷共{total}页" in "".join(pages[-1].split())
    assert "人民调解卷宗" in "".join(pages[0].split())


def test_scans_lie_behind_their_paper_and_are_listed_with_their_sheets(clerk: Membership) -> None:
    dispute = dispute_in("agreed_written", actor=clerk)
    with within(clerk):
        attach(dispute, clerk, "身份证.jpg", picture(), "identity")
        attach(dispute, clerk, "协议签字页.pdf", scanned("SIGNED-ONE", "SIGNED-TWO"), "agreement")
        attach(dispute, clerk, "现场.jpg", picture(40, 90))
        rendered = dossier_of(dispute)
    pages = pages_of(rendered.content)
    starts = dict(index_of(pages[1]))
    identity, agreement = starts["当事人身份证明"], starts["人民调解协议书"]
    assert starts["当事人身份证明：身份证.jpg"] == identity + 1
    signed = starts["人民调解协议书：协议签字页.pdf"]
    assert agreement < signed
    assert "SIGNED-ONE" in pages[signed - 1]
    assert "SIGNED-TWO" in pages[signed]
    assert starts["现场.jpg"] == starts["卷宗情况说明"] - 1
    assert "附件，2页" in pages[1]
    assert rendered.pages == len(pages) == starts["卷宗封底"]
    reader = pypdf.PdfReader(io.BytesIO(rendered.content))
    assert drawn_pictures(reader.pages[identity - 1]) == 0
    assert drawn_pictures(reader.pages[identity]) == 1


def test_a_scan_brings_no_script_and_no_link_into_the_dossier(clerk: Membership) -> None:
    dispute = dispute_in("accepted", actor=clerk)
    foreign = scanned("HELLO", rotated=90)
    assert b"JavaScript" in foreign
    with within(clerk):
        attach(dispute, clerk, "扫描.pdf", foreign)
        rendered = dossier_of(dispute)
    assert b"JavaScript" not in rendered.content
    assert "HELLO" in text_of(rendered)
    # A foreign page may hold what an archive file must not: the dossier then does not call itself one.
    root: Any = pypdf.PdfReader(io.BytesIO(rendered.content)).trailer["/Root"]
    assert "/Metadata" not in root
    assert root["/MarkInfo"]["/Marked"]


def test_a_dossier_without_foreign_pages_is_an_archive_file(clerk: Membership) -> None:
    dispute = dispute_in("accepted", actor=clerk)
    with within(clerk):
        attach(dispute, clerk, "身份证.jpg", picture(), "identity")
        root: Any = pypdf.PdfReader(io.BytesIO(dossier_of(dispute).content)).trailer["/Root"]
    assert "pdfaid" in root["/Metadata"].get_object().get_data().decode()


@pytest.mark.parametrize("content", [b"%PDF-1.7 broken", locked()], ids=["broken", "locked"])
def test_a_file_that_cannot_be_laid_in_is_listed_all_the_same(content: bytes, clerk: Membership) -> None:
    dispute = dispute_in("accepted", actor=clerk)
    with within(clerk):
        attach(dispute, clerk, "扫描.pdf", content, "evidence")
        rendered = dossier_of(dispute)
    pages = pages_of(rendered.content)
    assert "此PDF文件不能并入卷宗" in "".join(pages[1].split())
    assert any("附件：人民调解证据材料：扫描.pdf" in page for page in pages)


def test_the_index_alone_names_the_same_papers(clerk: Membership, today: date) -> None:
    dispute = full_case(clerk, state="closed")
    record_type = lines.record_type(Dispute.record_type())
    with within(clerk):
        attach(dispute, clerk, "收条.jpg", picture(), "performance")
        names = [entry.name for entry in dossier_entries(record_type, dispute, with_sheets=False)]
    assert names == ["卷宗封面", "卷内目录", *ORDER[:11], "履行凭证：收条.jpg", *ORDER[11:]]


@pytest.mark.parametrize("forgotten", ["evidence", "back_cover"])
def test_a_paper_without_a_place_in_the_order_stops_the_start(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = lines.line("mediation")
    kind = lines.record_type(Dispute.record_type())
    assert kind.dossier is not None
    shorter = replace(kind.dossier, order=tuple(code for code in kind.dossier.order if code != forgotten))
    monkeypatch.setattr(lines, "_lines", {})
    with pytest.raises(lines.WrongDeclaration, match="order"):
        lines.register(replace(line, record_types=(replace(kind, dossier=shorter),)))


class TestThroughThePage:
    """From the button to the archive form."""

    def issue(self, client: Any, dispute: Dispute) -> None:
        """Ask for the dossier and let the job run."""
        made = reverse("disputes:make_document", args=[dispute.public_id, "dossier"])
        answer = client.post(made, {"reason": "补充材料后重新制作"})
        assert answer.status_code == 303
        with system("test"):
            waiting = Job.objects.get(state=Job.State.WAITING)
        jobs.run(waiting.pk)

    def test_the_button_makes_an_issued_document(self, clerk: Membership, client_for: Any, today: date) -> None:
        dispute, client = full_case(clerk, state="closed"), client_for(clerk)
        detail = reverse("disputes:detail", args=[dispute.public_id])
        make = reverse("disputes:make_document", args=[dispute.public_id, "dossier"])
        assert make in client.get(detail).content.decode()
        self.issue(client, dispute)
        self.issue(client, dispute)
        with within(clerk):
            first, second = IssuedDocument.objects.filter(code="dossier")
        assert [first.issue_no, second.issue_no] == [1, 2]
        content = stored_path(second.stored_as).read_bytes()
        assert second.pages == len(pages_of(content))
        assert CHILD in pages_of(content)[2]
        page = client.get(detail).content.decode()
        assert reverse("disputes:document", args=[dispute.public_id, second.public_id]) in page
        assert COMPANY in page

    def test_the_archive_form_knows_the_pages_of_the_newest_dossier(
        self, clerk: Membership, client_for: Any, today: date
    ) -> None:
        dispute, client = dispute_in("closed", actor=clerk), client_for(clerk)
        with within(clerk):
            assert ArchiveForm(record=dispute).fields["dossier_pages"].initial is None
        self.issue(client, dispute)
        with within(clerk):
            attach(dispute, clerk, "收条.jpg", picture(), "performance")
        self.issue(client, dispute)
        with within(clerk):
            first, second = IssuedDocument.objects.filter(code="dossier")
            assert ArchiveForm(record=dispute).fields["dossier_pages"].initial == second.pages == first.pages + 1

    def test_a_case_without_a_number_has_no_dossier(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("registered", actor=clerk)
        address = reverse("disputes:make_document", args=[dispute.public_id, "dossier"])
        assert "还不能制作" in client_for(clerk).post(address, follow=True).content.decode()
        with system("test"):
            assert not Job.objects.exists()

    def test_a_stranger_makes_no_dossier(self, clerk: Membership, sibling_clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        address = reverse("disputes:make_document", args=[dispute.public_id, "dossier"])
        assert client_for(sibling_clerk).post(address).status_code == 404
        assert client_for(clerk).post(address).status_code == 303


class TestWhatAScanShows:
    """The category of an attached file."""

    def test_it_is_asked_kept_and_shown(self, clerk: Membership, client_for: Any) -> None:
        dispute, client = dispute_in("accepted", actor=clerk), client_for(clerk)
        address = reverse("disputes:attach", args=[dispute.public_id])
        page = client.get(address).content.decode()
        assert 'value="identity"' in page
        assert 'value="court_ruling"' in page
        assert 'value="cover"' not in page
        file = SimpleUploadedFile("身份证.jpg", picture())
        assert client.post(address, {"file": file, "paper": "identity"}).status_code == 303
        with within(clerk):
            assert Attachment.objects.get().paper == "identity"
        assert "当事人身份证明 · " in client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()

    def test_an_unknown_category_is_refused(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        address = reverse("disputes:attach", args=[dispute.public_id])
        given = {"file": SimpleUploadedFile("身份证.jpg", picture()), "paper": "back_cover"}
        assert client_for(clerk).post(address, given).status_code == 422
        with within(clerk):
            assert not Attachment.objects.exists()

    def test_none_need_be_given(self, clerk: Membership, client_for: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        address = reverse("disputes:attach", args=[dispute.public_id])
        assert client_for(clerk).post(address, {"file": SimpleUploadedFile("a.jpg", picture())}).status_code == 303
        with within(clerk):
            assert Attachment.objects.get().paper == ""

"""What a person may upload, and what becomes of it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from casework.files import judge, stored_path, without_place
from casework.models import Attachment
from offices.models import AccessEntry, Membership
from offices.scoping import within
from tests.factories import dispute_in

PLACE = {0x0001: "N", 0x0002: (36.0, 40.0, 12.0)}


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def picture(kind: str = "JPEG", *, with_place: bool = False, size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a small picture, with the place of the telephone where asked."""
    target = io.BytesIO()
    exif = Image.Exif()
    if with_place:
        exif[0x010F] = "Phone"
        exif[0x8825] = PLACE
    Image.new("RGB", size, "navy").save(target, kind, exif=exif)
    return target.getvalue()


def packed(*entries: tuple[str, bytes]) -> bytes:
    """Return a zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


GOOD = [
    ("photo.jpg", picture(), "image/jpeg"),
    ("PHOTO.JPEG", picture(), "image/jpeg"),
    ("scan.png", picture("PNG"), "image/png"),
    ("paper.pdf", b"%PDF-1.7\n%%EOF", "application/pdf"),
    ("letter.docx", packed(("word/document.xml", b"<w/>")), "officedocument.wordprocessingml"),
    ("list.xlsx", packed(("xl/workbook.xml", b"<x/>")), "officedocument.spreadsheetml"),
]
BAD = [
    ("empty.jpg", b""),
    ("program.exe", b"MZ\x90\x00"),
    ("program.jpg", b"MZ\x90\x00" + b"\x00" * 500),
    ("page.html", b"<script>alert(1)</script>"),
    ("page.jpg", b"<script>alert(1)</script>"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("cut.jpg", picture()[:60]),
    ("gif.png", b"GIF89a" + b"\x00" * 40),
    ("paper.pdf", b"not a paper"),
    ("paper.pdf", b" %PDF-1.7"),
    ("macro.docx", packed(("word/document.xml", b"<w/>"), ("word/vbaProject.bin", b"\x00"))),
    ("macro.docm", packed(("word/document.xml", b"<w/>"))),
    ("zip.docx", packed(("other.txt", b"x"))),
    ("broken.xlsx", b"PK\x03\x04broken"),
    ("bomb.xlsx", packed(("xl/workbook.xml", b"<x/>"), ("xl/big.xml", b"\x00" * (301 * 1024 * 1024)))),
    ("many.docx", packed(("word/document.xml", b"<w/>"), *[(f"e{n}", b"") for n in range(5001)])),
    ("noending", picture()),
    ("double.jpg.exe", picture()),
    ("trick.jpg\x00.exe", picture()),
]


@pytest.mark.parametrize(("name", "content", "kind"), GOOD, ids=[name for name, *_ in GOOD])
def test_usual_files_are_taken_for_what_they_are(name: str, content: bytes, kind: str) -> None:
    assert kind in judge(upload(name, content))


@pytest.mark.parametrize(("name", "content"), BAD, ids=[f"{n}-{name!r}" for n, (name, _) in enumerate(BAD)])
def test_harmful_files_are_refused_with_a_message(name: str, content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        judge(upload(name, content))
    assert "文件" in refused.value.messages[0]


def test_a_picture_of_too_many_points_is_refused() -> None:
    large = picture("PNG", size=(9000, 7000))
    with pytest.raises(ValidationError):
        judge(upload("large.png", large))


def test_a_photograph_loses_the_place_where_it_was_taken() -> None:
    original = picture(with_place=True)
    kept = b"".join(without_place(upload("photo.jpg", original), "image/jpeg"))
    assert Image.open(io.BytesIO(original)).getexif()
    assert not dict(Image.open(io.BytesIO(kept)).getexif())


def test_no_stored_name_leads_out_of_the_folder() -> None:
    with pytest.raises(ValueError, match="passwd"):
        stored_path("../../etc/passwd")


@pytest.mark.django_db
class TestAttaching:
    """Through the page."""

    def attach(self, client: Any, ref: str, name: str, content: bytes) -> Any:
        """Post one file."""
        return client.post(reverse("disputes:attach", args=[ref]), {"file": upload(name, content)})

    def test_it_is_kept_and_comes_back_as_a_download(self, clerk: Membership, client_for: Any) -> None:
        client, ref = client_for(clerk), dispute_in("accepted", actor=clerk).public_id
        assert self.attach(client, ref, "现场照片.jpg", picture()).status_code == 303
        with within(clerk):
            kept = Attachment.objects.get()
        answer = client.get(reverse("disputes:file", args=[ref, kept.public_id]))
        assert b"".join(answer.streaming_content)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert AccessEntry.objects.filter(kind="download", note=kept.public_id).count() == 1

    def test_a_refused_file_gets_its_message_beside_the_field(self, clerk: Membership, client_for: Any) -> None:
        ref = dispute_in("accepted", actor=clerk).public_id
        answer = self.attach(client_for(clerk), ref, "program.jpg", b"MZ")
        assert answer.status_code == 422
        assert "文件内容与扩展名不符" in answer.content.decode()

    def test_a_file_is_unknown_to_another_office(
        self, clerk: Membership, sibling_clerk: Membership, client_for: Any
    ) -> None:
        ref = dispute_in("accepted", actor=clerk).public_id
        self.attach(client_for(clerk), ref, "photo.jpg", picture())
        with within(clerk):
            kept = Attachment.objects.get()
        address = reverse("disputes:file", args=[ref, kept.public_id])
        assert client_for(sibling_clerk).get(address).status_code == 404
        other = dispute_in("accepted", actor=sibling_clerk).public_id
        borrowed = reverse("disputes:file", args=[other, kept.public_id])
        assert client_for(sibling_clerk).get(borrowed).status_code == 404

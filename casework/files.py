"""Storing files outside the web root under random names, and judging what a person uploads by its content."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image, UnidentifiedImageError

from casework.models import Attachment, IssuedDocument, Record
from casework.services import add_event, lock
from casework.workflow import NotPossible
from offices.models import Membership
from offices.permissions import Action, may

LARGEST = 50 * 1024 * 1024
LARGEST_PER_RECORD = 200 * 1024 * 1024
MOST_PIXELS = 60_000_000
LARGEST_UNPACKED = 300 * 1024 * 1024
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".docx": WORD,
    ".xlsx": EXCEL,
}
PACKED_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}


@dataclass(frozen=True)
class Stored:
    """Where a file lies below DATA_DIR, its size and its SHA-256."""

    stored_as: str
    size: int
    sha256: str


def store(folder: str, chunks: Iterator[bytes], suffix: str) -> Stored:
    """Write a file under a random name in a folder below DATA_DIR, readable by the service alone."""
    name = secrets.token_hex(16)
    relative = Path(folder) / name[:2] / f"{name}{suffix}"
    path = Path(settings.DATA_DIR) / relative
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Stored(stored_as=str(relative), size=size, sha256=digest.hexdigest())


def discard(stored: Stored) -> None:
    """Remove a file whose row was never committed."""
    (Path(settings.DATA_DIR) / stored.stored_as).unlink(missing_ok=True)


def stored_path(stored_as: str) -> Path:
    """Return the path of a stored file; ValueError when the name leads out of DATA_DIR."""
    root = Path(settings.DATA_DIR).resolve()
    path = (root / stored_as).resolve()
    if not path.is_relative_to(root):
        raise ValueError(stored_as)
    return path


def send(stored_as: str, name: str, content_type: str) -> HttpResponse:
    """Answer with a stored file as a download: the browser never shows a file of ours as a page."""
    response = FileResponse(stored_path(stored_as).open("rb"), as_attachment=True, filename=name)
    response.headers["Content-Type"] = content_type
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]  # a response of another base class


def judge(upload: UploadedFile) -> str:
    """Return the content type of an uploaded file, judged by name and content; ValidationError says what is wrong."""
    name = upload.name or ""
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS:
        raise ValidationError(_("只能上传照片（JPG、PNG）、PDF、Word（docx）和 Excel（xlsx）文件。"))
    if not upload.size:
        raise ValidationError(_("文件是空的，请重新选择。"))
    if upload.size > LARGEST:
        raise ValidationError(_("单个文件不能超过 50 MB。"))
    if not _is_what_it_says(upload, suffix):
        raise ValidationError(_("文件内容与扩展名不符，请重新导出后上传。"))
    upload.seek(0)
    return KINDS[suffix]


def _is_what_it_says(upload: UploadedFile, suffix: str) -> bool:
    upload.seek(0)
    if suffix == ".pdf":
        return upload.read(5) == b"%PDF-"
    if suffix in PACKED_PARTS:
        return _is_office_file(upload, suffix)
    try:
        with Image.open(upload) as image:
            fine = image.width * image.height <= MOST_PIXELS and image.format in {"JPEG", "PNG"}
            image.verify()
        return fine
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False


def _is_office_file(upload: UploadedFile, suffix: str) -> bool:
    try:
        with zipfile.ZipFile(upload) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            # Read from the directory: a file of 600 KB can unpack to a gigabyte.
            small = sum(entry.file_size for entry in entries) <= LARGEST_UNPACKED and len(entries) <= 5000
            return small and PACKED_PARTS[suffix] in names and not any("vbaProject" in name for name in names)
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def without_place(upload: UploadedFile, content_type: str) -> Iterator[bytes]:
    """Yield the file; a photograph loses its EXIF, where telephones write the place, but keeps its direction."""
    upload.seek(0)
    if not content_type.startswith("image/"):
        yield from upload.chunks()
        return
    with Image.open(upload) as image:
        exif = image.getexif()
        kept = Image.Exif()
        if 0x0112 in exif:
            kept[0x0112] = exif[0x0112]
        target = io.BytesIO()
        image.save(target, format=image.format, exif=kept, quality=90)
    yield target.getvalue()


@transaction.atomic
def attach_file(*, record: Record, actor: Membership, upload: UploadedFile, paper: str = "") -> Attachment:
    """Attach a file to a record; ``paper`` is the code of the paper that it shows.

    Raises ValidationError when the file or the record's total is refused.
    """
    content_type = judge(upload)
    existing = Attachment.objects.filter(record_type=record.record_type(), record_id=record.pk)
    if sum(existing.values_list("size", flat=True)) + (upload.size or 0) > LARGEST_PER_RECORD:
        raise ValidationError(_("一件业务的材料合计不能超过 200 MB。"))
    name = Path(upload.name or "").name.replace("\x00", "")[-120:]
    stored = store("attachments", without_place(upload, content_type), Path(name).suffix.lower())
    try:
        attachment = Attachment(
            **part_of(record),
            name=name,
            paper=paper,
            content_type=content_type,
            user_id=actor.user_id,
            stored_as=stored.stored_as,
            size=stored.size,
            sha256=stored.sha256,
        )
        attachment.save(force_insert=True)
    except Exception:
        discard(stored)
        raise
    add_event(record, actor=actor, kind="file", note=name)
    return attachment


@transaction.atomic
def void_file(*, record: Record, actor: Membership, file: Attachment | IssuedDocument, reason: str) -> None:
    """Mark a file of a record void: it stays and can be read, but is no paper of the record any more.

    Raises PermissionError without the right, NotPossible for one that is void already.
    """
    if not may(actor, Action.CORRECT_RECORD, record._meta.app_label):
        raise PermissionError(file.public_id)
    locked = lock(record)
    if not type(file).objects.filter(pk=file.pk, void_reason="").update(void_reason=reason):
        raise NotPossible(_("“%(name)s”已经作废。") % {"name": file.name})
    kind = "file_voided" if isinstance(file, Attachment) else "document_voided"
    # Stored text is Chinese, whatever the language of the screen.
    with override("zh-hans"):
        told = _("%(what)s；原因：%(why)s") % {"what": file.name, "why": reason}
    add_event(locked, actor=actor, kind=kind, note=told)


def part_of(record: Record) -> dict[str, object]:
    """Return the columns that tie a row to its record."""
    return {
        "line": record._meta.app_label,
        "record_type": record.record_type(),
        "record_id": record.pk,
        "office_id": record.office_id,
        "county_id": record.county_id,
        "city_id": record.city_id,
    }

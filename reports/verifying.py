"""Whether a PDF is a volume of the portal: by its own data and printed code, without the portal; then by what is kept."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass

import pypdf

from casework.scans import UNREADABLE
from reports.models import Volume, VolumeFile
from reports.volume_data import JSON_NAME, digest_of_text

# As running heads print it: the first sixteen digits of the digest.
CODE = re.compile(r"校验码\s*([0-9a-f]{16})")
SPACED = re.compile(r"([0-9a-f]{4}) ([0-9a-f]{4}) ([0-9a-f]{4}) ([0-9a-f]{4})")
SHOWN = 16


class NotAVolume(ValueError):
    """The file cannot be read as a PDF with a volume's data in it."""


@dataclass(frozen=True)
class Verified:
    """What a file says of itself: the digest of its data, its pages, and those that bear another code or none."""

    digest: str
    sha256: str
    pages: int
    foreign: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Every page bears the code of the data that lie in the file."""
        return not self.foreign


def verify_file(content: bytes) -> Verified:
    """Recompute a volume's digest from the data in its PDF and hold it against the code on each page.

    Needs no database and no network. Raises NotAVolume for another file.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        [data] = reader.attachments.get(JSON_NAME, [])
        digest = digest_of_text(data.decode())
        texts = [page.extract_text() for page in reader.pages]
    except UNREADABLE as error:
        raise NotAVolume from error
    foreign = [number for number, text in enumerate(texts, start=1) if not _bears(text, digest)]
    return Verified(digest, hashlib.sha256(content).hexdigest(), len(texts), tuple(foreign))


def _bears(text: str, digest: str) -> bool:
    found = set(CODE.findall(text)) | {"".join(groups) for groups in SPACED.findall(text)}
    return found == {digest[:SHOWN]}


def kept_file(sha256: str) -> VolumeFile | None:
    """Return the kept file of these very bytes, as far as it is in scope."""
    return VolumeFile.objects.filter(sha256=sha256, kind=VolumeFile.Kind.PDF).select_related("volume__unit").first()


def kept_volume(code: str) -> Volume | None:
    """Return the volume of a code as printed (sixteen digits or the whole digest), as far as it is in scope."""
    plain = "".join(code.lower().split())
    if not re.fullmatch(r"[0-9a-f]{16}([0-9a-f]{48})?", plain):
        return None
    return Volume.objects.filter(digest__startswith=plain).select_related("unit").order_by("-number").first()

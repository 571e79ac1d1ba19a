"""Exports of a list as CSV or XLSX: a job, one file, the columns that the person's list shows, the count logged."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from casework import lines
from casework.asked import Asked, TextGone, asked_by, kept_conditions
from casework.files import store
from casework.jobs import Refused, enqueue, job, leads_to
from casework.list_views import choice_of, columns_allowed, columns_for, columns_shown
from casework.models import Job
from casework.taken_files import FOLDER, gone, is_there, taken
from casework.worksheets import write_book
from offices.models import AccessEntry, Membership
from offices.permissions import Action, may
from offices.scoping import current_scope

KIND = "export_records"
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A cell that begins with one of these is a formula to a spreadsheet; full-width forms are taken for them too.
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
CHUNK = 2000


def export_records(*, record_type: lines.RecordType, actor: Membership, query: QueryDict, form: str) -> Job:
    """Ask for a file of the rows that a list's query shows. The query holds codes and dates only, no names."""
    if not may(actor, Action.EXPORT_RECORDS, record_type.line):
        raise PermissionError(record_type.code)
    filters = kept_conditions(record_type, query)
    columns = [column.name for column in columns_shown(record_type, actor, choice_of(record_type, actor), query)]
    payload = {"record_type": record_type.code, "filters": filters, "form": form, "language": actor.user.language}
    payload["columns"] = columns
    key = f"{actor.pk}/{record_type.code}/{form}/{timezone.now().timestamp()}"
    return enqueue(KIND, key=key, payload=payload, asker=actor)


@job(KIND)
def write_export(claimed: Job) -> dict[str, Any]:
    """Write the file under the asker's present scope."""
    record_type = lines.record_type(claimed.payload["record_type"])
    actor = claimed.membership
    if actor is None or not may(actor, Action.EXPORT_RECORDS, record_type.line):
        raise PermissionDenied
    form = claimed.payload["form"]
    with override(claimed.payload["language"]):
        try:
            asked = asked_by(record_type, actor, claimed.payload["filters"])
        except TextGone as gone:
            raise Refused(str(gone)) from gone
        columns = columns_for(record_type, actor, claimed.payload["columns"])
        head = [str(column.label) for column in columns]
        values = asked.rows.order_by("-registered_on", "-pk").values_list(*[column.name for column in columns])
        counted = Counted(shown_rows(columns, values.iterator(chunk_size=CHUNK)))
        cover = Cover(record_type, claimed, asked, counted, as_of=timezone.localtime())
        chunks = csv_chunks(head, counted) if form == "csv" else xlsx_chunks(head, counted, cover)
        stored = store(FOLDER, chunks, f".{form}")
        name = f"{record_type.labels}_{timezone.localdate():%Y%m%d}.{form}"
    log_export(record_type.code, counted.number, form)
    return taken(claimed, stored, name=name, content_type=FORMATS[form], rows=counted.number)


@leads_to(KIND)
def export_address(finished: Job) -> tuple[Any, str]:
    """Lead to the download of the file."""
    if not is_there(finished):
        return gone()
    rows = finished.result["rows"]
    label = ngettext("下载文件（%(n)d 行）", "下载文件（%(n)d 行）", rows) % {"n": rows}
    return label, reverse("download_export", args=[finished.public_id])


class Counted:
    """An iterator that knows how many rows it gave: the logged number is that of the file."""

    def __init__(self, rows: Iterable[list[str]]) -> None:
        self.rows = iter(rows)
        self.number = 0

    def __iter__(self) -> Iterator[list[str]]:
        for row in self.rows:
            self.number += 1
            yield row


def shown_rows(columns: list[lines.Column], rows: Iterable[tuple[Any, ...]]) -> Iterator[list[str]]:
    """Yield each row as the list shows it."""
    texts = [_Texts(column.show) for column in columns]
    for row in rows:
        yield [text[value] for text, value in zip(texts, row, strict=True)]


class _Texts(dict[Hashable, str]):
    """The texts of one column by raw value: a type, a state or a day stands in many rows and is read once."""

    def __init__(self, show: Callable[[Any], Any]) -> None:
        super().__init__({None: ""})
        self.show = show

    def __missing__(self, value: Hashable) -> str:
        text = str(self.show(value))
        # What the column shows as it is differs from row to row: keeping it would keep the whole file in memory.
        if self.show is not str:
            self[value] = text
        return text


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_chunks(head: list[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    """Yield a CSV file; the mark at its start makes Excel read it as UTF-8."""
    yield b"\xef\xbb\xbf"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(head)
    for row in rows:
        writer.writerow([harmless(text) for text in row])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


@dataclass(frozen=True)
class Cover:
    """What the cover sheet says of a file: what, how many, asked by whom and when, as of when, by which conditions."""

    record_type: lines.RecordType
    claimed: Job
    asked: Asked
    counted: Counted
    as_of: datetime

    def told(self) -> list[tuple[str, str]]:
        """Return (label, text) for each line. Call it after the rows: only then is their number known."""
        actor = self.claimed.membership
        assert actor is not None
        conditions = self.asked.words or (_("无"),)
        unseen = unseen_columns(self.record_type, actor)
        return [
            (_("内容"), str(self.record_type.labels)),
            (_("行数"), f"{self.counted.number:,}"),
            *zip([_("筛选条件"), *[""] * (len(conditions) - 1)], conditions, strict=True),
            (_("导出人"), _("%(name)s（%(unit)s）") % {"name": actor.user.name, "unit": actor.office.name}),
            (_("导出时间"), f"{timezone.localtime(self.claimed.created_at):%Y-%m-%d %H:%M}"),
            (_("数据截至"), f"{self.as_of:%Y-%m-%d %H:%M:%S}"),
            *([(_("遮盖说明"), _("按权限不显示：%(columns)s") % {"columns": _("、").join(unseen)})] if unseen else []),
        ]

    def write(self, book: xlsxwriter.Workbook) -> None:
        """Add the sheet to a workbook."""
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(_("说明"))
        sheet.set_column(0, 0, 14, wrapped)
        sheet.set_column(1, 1, 70, wrapped)
        for number, told in enumerate(self.told()):
            for place, text in enumerate(told):
                sheet.write_string(number, place, text, wrapped)


def unseen_columns(record_type: lines.RecordType, actor: Membership) -> list[str]:
    """Return the names of the columns that may name a person and that the person's role therefore does not see."""
    allowed = columns_allowed(record_type, actor)
    return [str(column.label) for column in record_type.columns if column not in allowed]


def xlsx_chunks(head: list[str], rows: Iterable[list[str]], cover: Cover) -> Iterator[bytes]:
    """Yield an Excel file: a cover sheet, then the rows, every cell a string."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "export.xlsx"
        write_book(path, head=head, rows=rows, title=_("清单"), before=cover.write)
        with path.open("rb") as source:
            while chunk := source.read(1 << 16):
                yield chunk


def log_export(record_type: str, rows: int, form: str) -> None:
    """Write the export with its number of rows to the access log."""
    scope = current_scope()
    AccessEntry.objects.create(
        user_id=scope.user_id,
        membership_id=scope.membership_id,
        address=scope.address,
        kind=AccessEntry.Kind.EXPORT,
        record_type=record_type,
        note=f"{form} {rows}",
    )

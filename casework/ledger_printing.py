"""The printed ledger: the rows of a list as one PDF, oldest first. A job; the number of rows is logged like an export."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from casework import lines
from casework.asked import Asked, TextGone, asked_by, kept_conditions
from casework.documents import render_pdf
from casework.exports import log_export
from casework.files import discard, store
from casework.jobs import Refused, asker_scope, enqueue, finish, job, leads_to, report_progress
from casework.ledgers import OFFICE, SERIAL_WIDTH, Cell, Ledger, LedgerColumn, Reader, day_and_time, widths_of
from casework.models import Job
from casework.taken_files import FOLDER, gone, is_there, taken
from offices.models import Level, Membership
from offices.permissions import Action, may

KIND = "print_ledger"
TEMPLATE = "print/ledger.html"
# A cell costs the print engine a millisecond and 40 KB: twice as many rows would need the memory of a whole server.
MOST_ROWS = 2000
STEPS = 2


@dataclass(frozen=True)
class Printed:
    """A ledger as its template prints it. Below the ``rows`` their ``number`` spans ``span`` columns, ``sums`` follow."""

    ledger: Ledger
    unit: str
    printed_by: str
    conditions: str
    as_of: str
    heads: list[tuple[str, str]]
    rows: list[list[Cell]]
    number: int
    span: int
    sums: list[Cell]
    notes: list[str]

    @property
    def title(self) -> str:
        """The file's title: the unit and the name of the ledger."""
        return f"{self.unit}{self.ledger.title}"


def print_ledger(*, record_type: lines.RecordType, actor: Membership, query: Mapping[str, str]) -> Job:
    """Ask for the ledger of the rows that a list's query shows; a second press finds the open job.

    Raises ValidationError with the reason when it would be too long, or when the searched text is kept no longer.
    """
    if record_type.ledger is None:
        raise LookupError(record_type.code)
    if not may(actor, Action.EXPORT_RECORDS, record_type.line):
        raise PermissionError(record_type.code)
    filters = kept_conditions(record_type, query)
    try:
        asked = asked_by(record_type, actor, filters)
    except TextGone as gone:
        raise ValidationError(str(gone)) from gone
    if asked.rows.order_by().values("pk")[: MOST_ROWS + 1].count() > MOST_ROWS:
        raise ValidationError(too_long())
    digest = hashlib.sha256(json.dumps(filters, sort_keys=True).encode()).hexdigest()[:16]
    payload = {"record_type": record_type.code, "filters": filters}
    return enqueue(KIND, key=f"{actor.pk}/{record_type.code}/{digest}", payload=payload, asker=actor)


def too_long() -> str:
    """Say how many rows may be printed, and what to do."""
    text = _("符合条件的记录超过 %(n)s 条，一次最多打印 %(n)s 条。请缩小登记日期范围，分次打印。")
    return text % {"n": f"{MOST_ROWS:,}"}


@job(KIND, runs_as="own")
def write_ledger(claimed: Job) -> dict[str, Any]:
    """Read the rows under the asker's present scope, draw them outside any transaction, keep the file."""
    now = timezone.now()
    with asker_scope(claimed):
        printed = read_ledger(claimed, now)
    report_progress(claimed, 1, STEPS, _("排版"))
    drawn = render_pdf(TEMPLATE, {"printed": printed}, title=printed.title, created=now)
    stored = store(FOLDER, iter([drawn.content]), ".pdf")
    name = f"{printed.ledger.title}_{timezone.localdate(now):%Y%m%d}.pdf"
    try:
        with asker_scope(claimed):
            result = taken(claimed, stored, name=name, content_type="application/pdf", rows=printed.number)
            log_export(claimed.payload["record_type"], printed.number, "pdf")
            finish(claimed, result)
    except Exception:
        discard(stored)
        raise
    return result


@leads_to(KIND)
def ledger_address(finished: Job) -> tuple[Any, str]:
    """Lead to the download of the file."""
    if not is_there(finished):
        return gone()
    rows = finished.result["rows"]
    label = ngettext("下载台账（%(n)d 行）", "下载台账（%(n)d 行）", rows) % {"n": rows}
    return label, reverse("download_export", args=[finished.public_id])


def read_ledger(claimed: Job, now: datetime) -> Printed:
    """Return what a job's ledger prints. Raises PermissionDenied, or Refused with the reason."""
    record_type = lines.record_type(claimed.payload["record_type"])
    actor, ledger = claimed.membership, record_type.ledger
    if actor is None or ledger is None or not may(actor, Action.EXPORT_RECORDS, record_type.line):
        raise PermissionDenied
    try:
        # The paper is Chinese, a refusal in the language of who asked.
        with override("zh-hans"):
            asked = asked_by(record_type, actor, claimed.payload["filters"])
    except TextGone as gone:
        raise Refused(str(gone)) from gone
    columns = columns_of(record_type, ledger, actor)
    values = rows_of(asked, columns)
    if len(values) > MOST_ROWS:
        raise Refused(too_long())
    with override("zh-hans"):
        return laid_out(record_type, ledger, columns, values, actor=actor, words=asked.words, now=now)


def columns_of(record_type: lines.RecordType, ledger: Ledger, actor: Membership) -> list[LedgerColumn]:
    """Return the columns that a person's role sees, after the office where there may be more than one."""
    full = may(actor, Action.LIST_RECORDS, record_type.line)
    of_many = [OFFICE] if actor.office.level != Level.OFFICE else []
    return [*of_many, *ledger.columns_for(full=full)]


def rows_of(asked: Asked, columns: list[LedgerColumn]) -> list[tuple[Any, ...]]:
    """Return the raw values of the rows in the order of entry; one more than may be printed where there are more."""
    found = {column.name: column.rows() for column in columns if column.rows}
    rows = asked.rows.annotate(**found).order_by("registered_on", "pk")
    return list(rows.values_list(*[column.name for column in columns])[: MOST_ROWS + 1])


def laid_out(
    record_type: lines.RecordType,
    ledger: Ledger,
    columns: list[LedgerColumn],
    values: list[tuple[Any, ...]],
    *,
    actor: Membership,
    words: tuple[str, ...],
    now: datetime,
) -> Printed:
    """Return the rows as cells, with heads, sums and what stands around them."""
    widths = widths_of(columns)
    readers = [Reader(record_type.model, column, width) for column, width in zip(columns, widths, strict=True)]
    heads = [("序号", f"{SERIAL_WIDTH:.1f}mm")]
    heads += [(column.label, f"{width:.1f}mm") for column, width in zip(columns, widths, strict=True)]
    summed = [n for n, column in enumerate(columns) if column.name in ledger.totals]
    first = min(summed, default=len(columns))
    sums = [
        readers[n].total(sum(row[n] or 0 for row in values)) if n in summed else Cell() for n in range(len(columns))
    ]
    return Printed(
        ledger=ledger,
        unit=actor.office.name,
        printed_by=actor.user.name,
        conditions="；".join(words) or "全部记录",
        as_of="".join(day_and_time(now)),
        heads=heads,
        rows=[[reader.cell(value) for reader, value in zip(readers, row, strict=True)] for row in values],
        number=len(values),
        span=first + 1,
        sums=sums[first:],
        notes=notes_of(ledger, readers),
    )


def notes_of(ledger: Ledger, readers: list[Reader]) -> list[str]:
    """Return what the foot says of columns that are masked or that the person does not see."""
    printed = {reader.column.name for reader in readers}
    masked = [reader.column.label for reader in readers if reader.is_masked]
    unseen = [column.label for column in ledger.columns if column.name not in printed]
    notes = [("已遮盖：", masked), ("按权限不显示：", unseen)]
    return [head + "、".join(labels) for head, labels in notes if labels]

"""The deeds of an import: take a file, match its headings, and the jobs that check it and store it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import lines
from casework.files import discard, store, stored_path
from casework.imports import matching
from casework.imports.books import annotated_book
from casework.imports.checking import CheckedRow, Checker, counted, letter
from casework.imports.reading import LARGEST_FILE, Ledger, read_ledger
from casework.imports.writing import sheet_of, write_rows
from casework.jobs import Refused, asker_scope, enqueue, finish, hint_marks, job, leads_to, report_progress
from casework.models import ImportBatch, ImportMapping, Job
from offices.models import Membership
from offices.permissions import Action, may
from offices.workbooks import BadWorkbook

CHECK, RUN, TIDY = "check_import", "run_import", "tidy_import"
SUFFIXES = {".xlsx", ".csv", ".txt"}
ROWS_SHOWN = 50
FAULTS_TOLD = 500
# For so long files lie on the disk and an import can be taken back.
KEPT = timedelta(hours=24)
State = ImportBatch.State


def must_import(actor: Membership | None, record_type: lines.RecordType) -> Membership:
    """Return the actor; PermissionDenied without the right in the line."""
    if actor is None or not may(actor, Action.IMPORT_RECORDS, record_type.line):
        raise PermissionDenied
    return actor


@transaction.atomic
def start_import(*, record_type: lines.RecordType, actor: Membership, upload: UploadedFile) -> tuple[ImportBatch, Job]:
    """Keep an uploaded ledger and ask for its check. Raises ValidationError for a file that is none."""
    must_import(actor, record_type)
    name = Path(upload.name or "").name.replace("\x00", "")[-120:]
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValidationError(_("只能上传 XLSX 或 CSV 文件，旧格式（xls）请先另存为 XLSX。"))
    if (upload.size or 0) > LARGEST_FILE:
        raise ValidationError(_("文件超过20 MB，请分成几个文件。"))
    stored = store("imports", iter(upload.chunks()), suffix)
    try:
        batch = ImportBatch.objects.create(
            user_id=actor.user_id,
            membership=actor,
            record_type=record_type.code,
            name=name,
            stored_as=stored.stored_as,
            sha256=stored.sha256,
        )
        enqueue(TIDY, key=batch.public_id, payload={"batch": batch.pk}, asker=actor, delay=int(KEPT.total_seconds()))
        return batch, ask_for_check(batch, actor)
    except Exception:
        discard(stored)
        raise


def ask_for_check(batch: ImportBatch, actor: Membership) -> Job:
    """Enqueue the check of a batch."""
    return enqueue(CHECK, key=batch.public_id, payload={"batch": batch.pk}, asker=actor)


@transaction.atomic
def match_columns(*, batch: ImportBatch, actor: Membership, mapping: matching.Mapping) -> Job:
    """Take the person's mapping, remember it for the office, and ask for the check."""
    record_type = lines.record_type(batch.record_type)
    must_import(actor, record_type)
    if lacking := matching.missing(sheet_of(record_type), mapping):
        raise ValidationError(_("请选择这些必填栏目对应的表头：%(columns)s。") % {"columns": _("、").join(lacking)})
    if len(set(mapping.values())) != len(mapping):
        raise ValidationError(_("一列表头只能对应一个栏目。"))
    values = {"mapping": mapping, "user": actor.user, "line": record_type.line}
    office = {"county": actor.office.county, "city": actor.office.city}
    ImportMapping.objects.update_or_create(
        office=actor.office,
        record_type=batch.record_type,
        headings=matching.digest(batch.headings),
        defaults=values,
        create_defaults=values | office,
    )
    batch.mapping, batch.state = mapping, State.UPLOADED
    batch.save(update_fields=["mapping", "state"])
    return ask_for_check(batch, actor)


@transaction.atomic
def run_import(*, batch: ImportBatch, actor: Membership, all_or_nothing: bool) -> Job:
    """Ask for the import of a checked batch: every row or none, or those without a fault."""
    must_import(actor, lines.record_type(batch.record_type))
    if batch.state != State.CHECKED or not batch.stored_as:
        raise ValidationError(_("这个文件不能导入，请重新上传。"))
    if all_or_nothing and (batch.failed or batch.repeated):
        raise ValidationError(_("还有不能导入的行：改好后重新上传，或者只导入没有问题的行。"))
    payload = {"batch": batch.pk, "all": all_or_nothing}
    return enqueue(RUN, key=batch.public_id, payload=payload, asker=actor)


@leads_to(CHECK)
@leads_to(RUN)
def import_page(finished: Job) -> tuple[Any, str]:
    """Lead to the page of the batch."""
    record_type = lines.record_type(finished.result["record_type"])
    return _("查看结果"), reverse(f"{record_type.slug}:import_batch", args=[finished.result["batch"]])


def outcome(batch: ImportBatch) -> dict[str, Any]:
    """Return the result of a job of a batch."""
    return {"batch": batch.public_id, "record_type": batch.record_type}


def batch_of(claimed: Job) -> tuple[ImportBatch, lines.RecordType, Membership]:
    """Return the batch of a job under the scope of who asked, locked, with its type and its person."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).filter(pk=claimed.payload["batch"]).first()
    if batch is None or batch.membership_id != claimed.membership_id:
        raise PermissionDenied
    record_type = lines.record_type(batch.record_type)
    return batch, record_type, must_import(claimed.membership, record_type)


@job(CHECK, runs_as="own")
def check_import(claimed: Job) -> dict[str, Any]:
    """Read and check a ledger; nothing of it is stored but the encrypted first rows."""
    with asker_scope(claimed):
        batch, record_type, actor = batch_of(claimed)
    try:
        ledger = read_ledger(stored_path(batch.stored_as).read_bytes())
        with asker_scope(claimed):
            mapping = mapping_for(batch, ledger, record_type, actor)
            checker = Checker(record_type=record_type, ledger=ledger, mapping=mapping, actor=actor) if mapping else None
    except (BadWorkbook, FileNotFoundError) as problem:
        text = str(problem) if isinstance(problem, BadWorkbook) else _("文件已删除，请重新上传。")
        return _end(claimed, batch, state=State.REFUSED, message=text[:300], preview=None)
    if checker is None:
        return _end(claimed, batch, state=State.UNMATCHED, headings=list(ledger.headings))
    work_through(claimed, checker)
    with asker_scope(claimed):
        checker.compare()
    return _end(claimed, batch, **findings(checker), **annotated(checker))


def _end(claimed: Job, batch: ImportBatch, **values: Any) -> dict[str, Any]:
    with asker_scope(claimed):
        locked, _record_type, _actor = batch_of(claimed)
        for name, value in values.items():
            setattr(locked, name, value)
        locked.save(force_update=True)
        finish(claimed, outcome(locked))
    return outcome(batch)


def mapping_for(
    batch: ImportBatch, ledger: Ledger, record_type: lines.RecordType, actor: Membership
) -> matching.Mapping | None:
    """Return which heading is which column: as the person said, by our own labels, as the office did before.

    None when a person must say it. Raises BadWorkbook for another type's template and for one without a column.
    """
    sheet = sheet_of(record_type)
    if batch.mapping:
        return {str(name): int(place) for name, place in batch.mapping.items()}
    labelled = matching.by_label(sheet, ledger.headings)
    if ledger.version is not None:
        return _of_template(ledger, record_type, labelled)
    unknown = sum(bool(heading) for heading in ledger.headings) - len(labelled)
    if not unknown and not matching.missing(sheet, labelled):
        return labelled
    remembered = ImportMapping.objects.filter(
        office_id=actor.office_id, record_type=record_type.code, headings=matching.digest(ledger.headings)
    ).first()
    return dict(remembered.mapping) if remembered else None


def _of_template(ledger: Ledger, record_type: lines.RecordType, labelled: matching.Mapping) -> matching.Mapping:
    sheet = sheet_of(record_type)
    if ledger.record_type != record_type.code:
        raise BadWorkbook(_("这不是“%(what)s”的模板。") % {"what": record_type.label})
    if lacking := matching.missing(sheet, labelled):
        columns = _("、").join(lacking)
        if ledger.version != sheet.version:
            text = _("模板是第%(old)s版，现为第%(new)s版，旧版缺少：%(columns)s。请下载新模板。")
            raise BadWorkbook(text % {"old": ledger.version, "new": sheet.version, "columns": columns})
        raise BadWorkbook(_("模板的表头被改动，缺少：%(columns)s。") % {"columns": columns})
    return labelled


def work_through(claimed: Job, checker: Checker) -> None:
    """Check every row and show how far it is."""
    for done in checker.steps():
        report_progress(claimed, done, checker.total, _("正在核对"))


def findings(checker: Checker) -> dict[str, Any]:
    """Return what a check says of a batch."""
    counts, version = counted(checker.checked), checker.ledger.version
    message = ""
    if version is not None and version != checker.sheet.version:
        text = _("文件用的是第%(old)s版模板，现为第%(new)s版；已按表头对应。")
        message = text % {"old": version, "new": checker.sheet.version}
    return {
        **counts,
        "total": len(checker.checked),
        "state": State.CHECKED,
        "message": message,
        "headings": list(checker.ledger.headings),
        "mapping": checker.places,
        "report": list(told(checker.checked))[:FAULTS_TOLD],
        "preview": preview(checker),
    }


def told(checked: Iterable[CheckedRow]) -> Iterator[list[Any]]:
    """Yield the faults and repetitions as the page lists them: row, column letter, heading, sentence, kind."""
    for row in checked:
        for fault in row.faults:
            place = letter(fault.place) if fault.place is not None else ""
            yield [fault.row, place, fault.heading, fault.message, "failed"]
        if row.repeats and not row.faults:
            yield [row.row.number, "", "", row.repeats, "repeated"]


def preview(checker: Checker) -> str:
    """Return the first rows as JSON, personal values masked."""
    shown = [column for column in checker.sheet.columns if column.name in checker.places]
    rows = []
    for checked in checker.checked[:ROWS_SHOWN]:
        texts = [(column, checker.text(checked.row, column.name)) for column in shown]
        cells = [column.mask(text) if column.mask and text else text[:60] for column, text in texts]
        rows.append([checked.row.number, checked.standing, cells])
    return json.dumps({"columns": [column.label for column in shown], "rows": rows}, ensure_ascii=False)


def annotated(checker: Checker) -> dict[str, str]:
    """Write the marked workbooks, whole and failed rows only; none when every row is good."""
    if all(row.standing == "good" for row in checker.checked):
        return {"annotated_as": "", "failed_as": ""}
    made = {}
    for name, failed_only in (("annotated_as", False), ("failed_as", True)):
        book = annotated_book(ledger=checker.ledger, checked=checker.checked, failed_only=failed_only)
        made[name] = store("imports", book, ".xlsx").stored_as
    return made


@job(RUN, runs_as="own")
def store_import(claimed: Job) -> dict[str, Any]:
    """Check a ledger once more, for the world has gone on, and store its rows: all, or those without a fault."""
    with asker_scope(claimed):
        batch, record_type, actor = batch_of(claimed)
        if batch.state != State.CHECKED:
            raise Refused(_("这个文件不能导入，请重新上传。"))
    try:
        ledger = read_ledger(stored_path(batch.stored_as).read_bytes())
    except (BadWorkbook, FileNotFoundError) as problem:
        raise Refused(_("文件已删除，请重新上传。")) from problem
    with asker_scope(claimed):
        checker = Checker(record_type=record_type, ledger=ledger, mapping=batch.mapping, actor=actor)
    work_through(claimed, checker)
    with asker_scope(claimed):
        batch, record_type, actor = batch_of(claimed)
        checker.compare()
        good = [row for row in checker.checked if row.standing == "good"]
        if claimed.payload["all"] and len(good) < len(checker.checked):
            raise Refused(_("有行不能导入，一行也没有导入。请重新核对。"))
        write_rows(batch=batch, record_type=record_type, actor=actor, rows=good, known=checker.known)
        batch.imported, batch.imported_at, batch.state = len(good), timezone.now(), State.IMPORTED
        forget_file(batch, "stored_as")
        batch.preview = None
        batch.save(force_update=True)
        finish(claimed, outcome(batch))
        hint_marks()
    return outcome(batch)


def forget_file(batch: ImportBatch, *names: str) -> None:
    """Remove files of a batch once the transaction is committed; the batch is saved by the caller."""
    for name in names:
        if stored_as := getattr(batch, name):
            transaction.on_commit(partial(stored_path(stored_as).unlink, missing_ok=True))
            setattr(batch, name, "")


@job(TIDY, runs_as="system")
def tidy_import(claimed: Job) -> dict[str, Any]:
    """Remove what is left of a ledger after a day: files and shown rows; the account of the import stays."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).filter(pk=claimed.payload["batch"]).first()
    if batch is None:
        return {}
    forget_file(batch, "stored_as", "annotated_as", "failed_as")
    batch.preview = None
    if batch.state in {State.UPLOADED, State.UNMATCHED, State.CHECKED}:
        batch.state = State.EXPIRED
    batch.save(force_update=True)
    return outcome(batch)

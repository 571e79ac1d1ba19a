"""Taking a whole import back within a day, as long as nobody has built on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework import lines
from casework.imports.deeds import KEPT, State, batch_of, import_page, must_import, outcome
from casework.imports.writing import sheet_of
from casework.jobs import Refused, asker_scope, enqueue, finish, hint_marks, job, leads_to
from casework.models import (
    Attachment,
    CorrectionRequest,
    CountedEvent,
    ImportBatch,
    ImportedRecord,
    IssuedDocument,
    Job,
    RecordEvent,
    RecordLink,
)
from offices.models import Membership

UNDO = "undo_import"
CHUNK = 1000
UNDONE = "import_undone"
leads_to(UNDO)(import_page)


def can_undo(batch: ImportBatch) -> bool:
    """Tell whether a batch is young enough to be taken back."""
    return batch.state == State.IMPORTED and batch.imported_at is not None and timezone.now() - batch.imported_at < KEPT


@transaction.atomic
def undo_import(*, batch: ImportBatch, actor: Membership) -> Job:
    """Ask for a batch to be taken back."""
    must_import(actor, lines.record_type(batch.record_type))
    if not can_undo(batch):
        raise ValidationError(_("导入满24小时后不能撤销。"))
    return enqueue(UNDO, key=batch.public_id, payload={"batch": batch.pk}, asker=actor)


@job(UNDO, runs_as="own")
def take_back(claimed: Job) -> dict[str, Any]:
    """Remove every record of a batch, or none. Histories stay, with a last entry; numbers are not given again."""
    with asker_scope(claimed):
        batch, record_type, actor = batch_of(claimed)
        if not can_undo(batch):
            raise Refused(_("导入满24小时后不能撤销。"))
        kept = dict(ImportedRecord.objects.filter(batch=batch).values_list("record_id", "version"))
        # What another office has taken over is out of reach, and stays.
        if batch.imported > len(kept):
            raise Refused(_("有的业务已经移交其他司法所，不能撤销。"))
        if touched := built_upon(record_type, kept):
            text = ngettext(
                "有%(n)d件已经办理或修改过，不能撤销。", "有%(n)d件已经办理或修改过，不能撤销。", len(touched)
            )
            raise Refused(text % {"n": len(touched)})
        keys = sorted(kept)
        for start in range(0, len(keys), CHUNK):
            _remove(record_type, keys[start : start + CHUNK], actor)
        batch.state, batch.undone_at = State.UNDONE, timezone.now()
        batch.save(force_update=True)
        finish(claimed, outcome(batch))
        hint_marks()
    return outcome(batch)


def built_upon(record_type: lines.RecordType, kept: dict[int, int]) -> set[int]:
    """Return the records that are no longer as they were imported, or to which something belongs by now."""
    found: set[int] = set()
    keys = sorted(kept)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        # Locked: a step taken meanwhile waits, and finds nothing to step on.
        rows = record_type.model.objects.select_for_update(of=("self",)).filter(pk__in=chunk)
        versions = dict(rows.values_list("pk", "version"))
        found |= {key for key in chunk if versions.get(key) != kept[key]}
        found |= _with_rows(record_type, chunk)
    return found


def _with_rows(record_type: lines.RecordType, keys: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for part in (Attachment, IssuedDocument, RecordLink, CorrectionRequest):
        rows: Any = part._default_manager.filter(record_type=record_type.code, record_id__in=keys)
        found |= set(rows.values_list("record_id", flat=True))
    sources = RecordLink.objects.filter(source_type=record_type.code, source_id__in=keys)
    found |= set(sources.values_list("source_id", flat=True))
    imported = {model for model, _key in sheet_of(record_type).children}
    for relation in record_type.model._meta.related_objects:
        if relation.related_model not in imported:
            name = relation.field.name
            built: Any = relation.related_model._default_manager.filter(**{f"{name}__in": keys})
            found |= set(built.values_list(f"{name}_id", flat=True))
    return found


def _remove(record_type: lines.RecordType, keys: Sequence[int], actor: Membership) -> None:
    records = {"record_type": record_type.code, "record_id__in": keys}
    # Before the record goes: its history takes office and line from it.
    _tell(record_type, keys, actor)
    CountedEvent.objects.filter(is_replaced=False, **records).update(is_replaced=True)
    for model, key in sheet_of(record_type).children:
        model._default_manager.filter(**{f"{key}__in": keys}).delete()
    ImportedRecord.objects.filter(**records).delete()
    record_type.model.objects.filter(pk__in=keys).delete()


def _tell(record_type: lines.RecordType, keys: Sequence[int], actor: Membership) -> None:
    office: Any = actor.office
    RecordEvent.objects.bulk_create(
        RecordEvent(
            record_type=record_type.code,
            record_id=key,
            line=record_type.line,
            kind=UNDONE,
            happened_on=timezone.localdate(),
            user_id=actor.user_id,
            office=office,
            county_id=office.county_id,
            city_id=office.city_id,
        )
        for key in keys
    )

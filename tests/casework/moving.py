"""What belongs to a dispute and moves with it, table by table."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.utils import timezone

from casework import lines
from casework.files import attach_file
from casework.models import (
    CountedEvent,
    ImportBatch,
    ImportedRecord,
    IssuedDocument,
    RecordEvent,
)
from casework.parts import add_part
from casework.search import ids_found
from casework.services import link_records
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute
from mediation.services import alerts
from offices.kinds import TableKind
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in
from tests.offices.plain_sql import rows

SCOPE = ("office_id", "county_id", "city_id")


def scope_of(office: Any) -> tuple[int, int, int]:
    return office.pk, office.county_id, office.city_id


def history(dispute: Dispute) -> Any:
    return RecordEvent.objects.filter(record_type=dispute.record_type(), record_id=dispute.pk)


def found_by_name(dispute: Dispute) -> list[int]:
    """Return what the search, which knows ids alone, finds by the first party's name."""
    with connection.cursor() as cursor:
        wanted = ids_found(DISPUTE, dispute.title[:3])
        cursor.execute(wanted.sql, wanted.params)
        return [key for (key,) in cursor.fetchall()]


def parent_of(model: Any) -> Any:
    """Return the key by which a row's table takes its office from its record: the first one to a scoped table."""
    return next(
        (
            field
            for field in model._meta.concrete_fields
            if field.remote_field
            and getattr(field.remote_field.model, "table_kind", None) in {TableKind.SCOPED, TableKind.CHILD}
        ),
        None,
    ) if model.table_kind is TableKind.CHILD else None  # fmt: skip


def function_of(kind: lines.RecordType) -> str:
    return str(rows("SELECT prosrc FROM pg_proc WHERE proname = %s", f"hand_over_{kind.model._meta.db_table}")[0][0])


def scoped_models() -> list[Any]:
    """Return every model whose rows belong to an office, but for the figures, which count for theirs."""
    return [
        model
        for model in apps.get_models()
        if getattr(model, "table_kind", None) in {TableKind.SCOPED, TableKind.CHILD}
        and model._meta.app_label != "reports"
    ]


def belonging(dispute: Dispute) -> dict[str, set[tuple[int, int, int]]]:
    """Return, for every table, the offices of the rows that belong to a dispute, itself and its records included."""
    records: list[models.Model] = [dispute]
    for relation in Dispute._meta.related_objects:
        if hasattr(relation.related_model, "workflow") or "state" in {
            f.name for f in relation.related_model._meta.fields
        }:
            records += list(relation.related_model._default_manager.filter(**{relation.field.name: dispute}))
    found: dict[str, set[tuple[int, int, int]]] = {}
    for model in scoped_models():
        names = {field.name for field in model._meta.concrete_fields}
        if "dispute" in names:
            own = model._default_manager.filter(dispute=dispute)
        elif {"record_type", "record_id"} <= names and model is not CountedEvent:
            own = model._default_manager.none()
            for record in records:
                own = own | model._default_manager.filter(
                    record_type=record._meta.label_lower, record_id=record.pk
                )  # fmt: skip
        elif model is Dispute:
            own = model._default_manager.filter(pk=dispute.pk)
        else:
            continue
        found[model._meta.db_table] = set(own.values_list(*SCOPE))
    return found


def full_dispute(clerk: Membership, today: date) -> Dispute:
    """Return a dispute in mediation with parts, an alert, a file, a paper, a link and a row of an import."""
    dispute = dispute_in("mediating", actor=clerk)
    source = dispute_in("registered", actor=clerk)
    with within(clerk):
        values = {"name": "照片", "kind": "picture", "provider": "村委会", "received_on": today, "pages": 1}
        add_part(part_type=DISPUTE.part("evidence"), record=dispute, actor=clerk, values=values)
        effect = {"kind": "crime", "on": today, "persons": 3, "text": "劝阻报复。"}
        add_part(part_type=DISPUTE.part("effect"), record=dispute, actor=clerk, values=effect)
        upload = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
        attach_file(record=dispute, actor=clerk, upload=upload)
        alerts.raise_alert(
            actor=clerk,
            registered_on=today,
            source_record=dispute,
            level="orange",
            triggers=["threat"],
            situation="扬言报复。",
            measure="已上门劝导。",
            responsible="王德福",
            raised_at=timezone.now(),
            follow_up_days=2,
        )
        link_records(source, dispute, actor=clerk)
        paper = IssuedDocument(record_type=dispute.record_type(), record_id=dispute.pk, line="mediation", name="a")
        paper.office_id, paper.county_id, paper.city_id = dispute.office_id, dispute.county_id, dispute.city_id
        paper.stored_as, paper.sha256, paper.engine, paper.code = "a", "0", "x", "registration"
        paper.size = paper.issue_no = paper.pages = paper.record_version = 1
        paper.user = clerk.user
        paper.save(force_insert=True)
    imported(dispute, clerk)
    return dispute


def imported(dispute: Dispute, actor: Membership) -> None:
    """Let a dispute have come out of a ledger; all have the same content."""
    with within(actor):
        batch = ImportBatch(
            user=actor.user, membership=actor, record_type="mediation.dispute", name="a", sha256="0", state="imported"
        )
        batch.save()
        row = ImportedRecord(record_type="mediation.dispute", record_id=dispute.pk, batch=batch, row=1, version=1)
        row.key, row.content, row.line = b"k" * 32, b"c" * 32, "mediation"
        row.office_id, row.county_id, row.city_id = dispute.office_id, dispute.county_id, dispute.city_id
        row.save(force_insert=True)

"""Requests to undo a step or a record, entries of the history that correct others, files that are void."""

import casework.models.record
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.protection import record_part
from offices.protection import only


# A step counts with the day to which it was last corrected, and not at all once it is taken back.
STEPS = """
CREATE FUNCTION last_step_day(of_type text, of_record bigint) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT max(COALESCE((SELECT c.happened_on FROM casework_recordevent c
                        WHERE c.corrects_id = e.id AND c.kind = 'corrected' ORDER BY c.id DESC LIMIT 1), e.happened_on))
  FROM casework_recordevent e
  WHERE e.record_type = of_type AND e.record_id = of_record AND e.to_state <> ''
    AND NOT EXISTS (SELECT FROM casework_recordevent c WHERE c.corrects_id = e.id AND c.kind = 'taken_back')
$$;

-- Whatever is written in it stays, but that it is void may be said once.
CREATE FUNCTION refuse_change_but_void() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.void_reason = '' AND to_jsonb(NEW) - 'void_reason' = to_jsonb(OLD) - 'void_reason' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND current_setting('app.level', true) = 'system'
     AND to_jsonb(NEW) - '{office_id,county_id,city_id}'::text[] = to_jsonb(OLD) - '{office_id,county_id,city_id}'::text[]
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Rows of % are never changed', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
DROP TRIGGER append_only ON casework_issueddocument;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON casework_issueddocument
  FOR EACH ROW EXECUTE FUNCTION refuse_change_but_void();

-- What one deed wrote is found by its transaction; its entries lie together, so that a few pages of index are enough.
CREATE INDEX audit_by_transaction ON offices_auditentry USING brin (transaction);
"""
NO_STEPS = """
DROP INDEX audit_by_transaction;
DROP TRIGGER append_only ON casework_issueddocument;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON casework_issueddocument
  FOR EACH ROW EXECUTE FUNCTION refuse_change_but_scope();
DROP FUNCTION refuse_change_but_void(); DROP FUNCTION last_step_day(text, bigint);
"""
OLD_LAST = """SELECT max(happened_on) INTO last FROM casework_recordevent
   WHERE record_type = offer.record_type AND record_id = offer.record_id AND to_state <> '';"""
NEW_LAST = "last := last_step_day(offer.record_type, offer.record_id);"
OLD_PARTS = "ARRAY['recordevent', "
NEW_PARTS = "ARRAY['correctionrequest', 'recordevent', "


def reworded(function, old, new):
    """Return the operation that changes one phrase of a function. It fails where the phrase is not found."""

    def change(before, after):
        return f"""
DO $do$
DECLARE known text := pg_get_functiondef('{function}'::regprocedure);
BEGIN
  IF position($old${before}$old$ IN known) = 0 THEN
    RAISE EXCEPTION 'The function {function} reads otherwise';
  END IF;
  EXECUTE replace(known, $old${before}$old$, $new${after}$new$);
END $do$;
"""

    return migrations.RunSQL(change(old, new), change(new, old))


class Migration(migrations.Migration):
    """Make the table, and let the history be corrected."""

    dependencies = [
        ("casework", "0006_handovers"),
        ("offices", "0002_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CorrectionRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.CharField(editable=False, max_length=24)),
                ("record_type", models.CharField(max_length=60)),
                ("record_id", models.BigIntegerField()),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("take_back", "撤回上一步"), ("void", "作废")], max_length=10, verbose_name="申请事项"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("same_as", models.CharField(blank=True, max_length=10)),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待审批"),
                            ("confirmed", "已同意"),
                            ("refused", "未同意"),
                            ("withdrawn", "已取消"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True, verbose_name="申请时间")),
                ("asked_on", models.DateField(verbose_name="申请日期")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("decided_reason", models.CharField(blank=True, max_length=300, verbose_name="审批意见")),
                ("acknowledged_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "撤回与作废申请",
                "ordering": ["-asked_on", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="attachment",
            name="void_reason",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=300, verbose_name="作废原因"
            ),
        ),
        migrations.AddField(
            model_name="issueddocument",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="重新制作原因"),
        ),
        migrations.AddField(
            model_name="issueddocument",
            name="void_reason",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=300, verbose_name="作废原因"
            ),
        ),
        migrations.AddField(
            model_name="recordevent",
            name="corrects",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="casework.recordevent",
            ),
        ),
        migrations.AddIndex(
            model_name="recordevent",
            index=models.Index(
                condition=models.Q(("corrects__isnull", False)), fields=["corrects", "-id"], name="history_corrections"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("corrects__isnull", True),
                    models.Q(("kind__in", ["corrected", "taken_back"]), ("to_state", "")),
                    _connector="OR",
                ),
                name="history_correction_is_no_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "taken_back")),
                fields=("record_id", "corrects"),
                name="history_taken_back_once",
            ),
        ),
        migrations.AddField(
            model_name="correctionrequest",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="correctionrequest",
            name="city",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="correctionrequest",
            name="county",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="correctionrequest",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="correctionrequest",
            name="office",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"),
        ),
        migrations.AddField(
            model_name="correctionrequest",
            name="step",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.recordevent"
            ),
        ),
        migrations.AddIndex(
            model_name="correctionrequest",
            index=models.Index(fields=["office", "-asked_on", "-id"], name="correction_by_office"),
        ),
        migrations.AddIndex(
            model_name="correctionrequest",
            index=models.Index(fields=["county", "-asked_on", "-id"], name="correction_by_county"),
        ),
        migrations.AddIndex(
            model_name="correctionrequest",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["office", "id"], name="correction_waits_office"
            ),
        ),
        migrations.AddIndex(
            model_name="correctionrequest",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["county", "id"], name="correction_waits_county"
            ),
        ),
        migrations.AddIndex(
            model_name="correctionrequest",
            index=models.Index(
                condition=models.Q(("acknowledged_at__isnull", True), ("state", "refused")),
                fields=["asked_by"],
                name="correction_refused_unread",
            ),
        ),
        migrations.AddIndex(
            model_name="correctionrequest",
            index=models.Index(fields=["record_type", "record_id"], name="correction_by_record"),
        ),
        migrations.AddConstraint(
            model_name="correctionrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("record_type", "record_id"),
                name="correction_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["take_back", "void"])), name="correction_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "confirmed", "refused", "withdrawn"])),
                name="correction_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "take_back"), ("step__isnull", False)),
                    models.Q(("kind", "void"), ("step__isnull", True)),
                    _connector="OR",
                ),
                name="correction_names_its_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by__isnull", True), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="correction_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="correction_confirmed_by_a_second_person",
            ),
        ),
        *record_part("casework_correctionrequest"),
        only("casework_correctionrequest", "SELECT", "INSERT", "UPDATE"),
        migrations.RunSQL(STEPS, NO_STEPS),
        reworded("accept_handover(bigint, date)", OLD_LAST, NEW_LAST),
        reworded("hand_over_parts(text, bigint[], int, int, int)", OLD_PARTS, NEW_PARTS),
    ]

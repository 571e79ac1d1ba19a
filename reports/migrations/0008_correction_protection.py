"""Corrections under policies by their unit; what was asked, done and adjusted is never changed."""

from __future__ import annotations

from django.db import migrations

from offices.protection import append_only, audited, policy
from reports.protection import fill_scope_from_unit

TABLES = ("reports_sheetcorrection", "reports_correctionstep", "reports_adjustment")
OPEN = "('filed', 'consented', 'passed', 'proposed')"
SIGNED = "('submitted', 'approved', 'locked')"

ASKED = f"""
CREATE FUNCTION keep_what_was_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A correction is never removed' USING ERRCODE = '42501';
  END IF;
  IF OLD.state NOT IN {OPEN} THEN
    RAISE EXCEPTION 'A correction that was decided is not changed' USING ERRCODE = '42501';
  END IF;
  IF to_jsonb(NEW) - ARRAY['state', 'made', 'into'] <> to_jsonb(OLD) - ARRAY['state', 'made', 'into'] THEN
    RAISE EXCEPTION 'What was asked is not changed' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_asked BEFORE UPDATE OR DELETE ON reports_sheetcorrection
  FOR EACH ROW EXECUTE FUNCTION keep_what_was_asked();
"""
NOT_ASKED = "DROP TRIGGER keep_asked ON reports_sheetcorrection; DROP FUNCTION keep_what_was_asked();"

# As reports 0004 has it, and the items that went into the year to date.
KEEPING = """
CREATE OR REPLACE FUNCTION keep_signed_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A sheet is never removed' USING ERRCODE = '42501';
  END IF;
  IF OLD.state = 'locked' THEN
    RAISE EXCEPTION 'A locked sheet is never changed' USING ERRCODE = '42501';
  END IF;
  IF OLD.state IN {signed} AND NEW.state IN {signed}
     AND (NEW.figures, NEW.checks, NEW.explanations, NEW.digest, NEW.definition_id, NEW.version,{new}
          NEW.unit_id, NEW.form, NEW.month, NEW.signed_by_id, NEW.signed_at, NEW.checked_by_id)
     IS DISTINCT FROM
         (OLD.figures, OLD.checks, OLD.explanations, OLD.digest, OLD.definition_id, OLD.version,{old}
          OLD.unit_id, OLD.form, OLD.month, OLD.signed_by_id, OLD.signed_at, OLD.checked_by_id) THEN
    RAISE EXCEPTION 'What was signed is not changed' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("reports", "0007_corrections")]

    operations = [
        *[fill_scope_from_unit(table) for table in TABLES],
        *[policy(table, None) for table in TABLES],
        *[audited(table) for table in TABLES],
        append_only("reports_correctionstep"),
        append_only("reports_adjustment"),
        migrations.RunSQL(ASKED, NOT_ASKED),
        migrations.RunSQL(
            KEEPING.format(signed=SIGNED, new=" NEW.adjustments,", old=" OLD.adjustments,"),
            KEEPING.format(signed=SIGNED, new="", old=""),
        ),
    ]

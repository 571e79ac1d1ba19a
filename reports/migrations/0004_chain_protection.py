"""Sheets under policies by their unit; what was signed is never changed; the days on which each level is due."""

from datetime import date

from django.db import migrations

from offices.protection import append_only, audited, only, policy
from reports.protection import fill_scope_from_unit

SIGNED = "('submitted', 'approved', 'locked')"

KEEPING = f"""
CREATE FUNCTION keep_signed_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A sheet is never removed' USING ERRCODE = '42501';
  END IF;
  IF OLD.state = 'locked' THEN
    RAISE EXCEPTION 'A locked sheet is never changed' USING ERRCODE = '42501';
  END IF;
  IF OLD.state IN {SIGNED} AND NEW.state IN {SIGNED}
     AND (NEW.figures, NEW.checks, NEW.explanations, NEW.digest, NEW.definition_id, NEW.version,
          NEW.unit_id, NEW.form, NEW.month, NEW.signed_by_id, NEW.signed_at, NEW.checked_by_id)
     IS DISTINCT FROM
         (OLD.figures, OLD.checks, OLD.explanations, OLD.digest, OLD.definition_id, OLD.version,
          OLD.unit_id, OLD.form, OLD.month, OLD.signed_by_id, OLD.signed_at, OLD.checked_by_id) THEN
    RAISE EXCEPTION 'What was signed is not changed' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_signed BEFORE UPDATE OR DELETE ON reports_unitsheet
  FOR EACH ROW EXECUTE FUNCTION keep_signed_sheet();

CREATE FUNCTION keep_signed_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched record := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
  IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM reports_unitsheet WHERE id = touched.sheet_id AND state IN {SIGNED}) THEN
    RAISE EXCEPTION 'What was signed is not changed' USING ERRCODE = '42501';
  END IF;
  RETURN touched;
END $$;
CREATE TRIGGER keep_signed BEFORE INSERT OR UPDATE OR DELETE ON reports_sheetrow
  FOR EACH ROW EXECUTE FUNCTION keep_signed_rows();
"""
NOT_KEEPING = """
DROP TRIGGER keep_signed ON reports_sheetrow; DROP FUNCTION keep_signed_rows();
DROP TRIGGER keep_signed ON reports_unitsheet; DROP FUNCTION keep_signed_sheet();
"""

# Sealed for good: an edition, and what it is made of.
KEPT = ("reports_sheetaction", "reports_monthedition", "reports_editionsheet")
TABLES = ("reports_unitsheet", "reports_differencenotice", *KEPT)
WORK = "（工作要求，可按本地规定调整）"
RULES = [
    ("reports.due.office", 3, f"月后第三个工作日前报送{WORK}"),
    ("reports.due.county", 5, f"月后第五个工作日前报送{WORK}"),
    ("reports.due.city", 7, f"月后第七个工作日前报送{WORK}"),
    ("reports.due.province", 10, f"月后第十个工作日前定稿{WORK}"),
]

ASKED = f"统计月报审核规则{WORK}"
PARAMETERS = [("check.leap_percent", 50, "%"), ("check.base", 10, ""), ("check.equal_cells", 5, "个")]


def load(apps, schema_editor):
    """Insert the rules and parameters."""
    parameter = apps.get_model("reports", "Parameter")
    parameter.objects.using(schema_editor.connection.alias).bulk_create(
        parameter(code=code, value=value, unit=unit, article=ASKED, valid_from=date(2011, 1, 1))
        for code, value, unit in PARAMETERS
    )
    rule = apps.get_model("casework", "DeadlineRule")
    rule.objects.using(schema_editor.connection.alias).bulk_create(
        rule(code=code, amount=amount, unit="workday", rolls=False, article=article, valid_from=date(2011, 1, 1))
        for code, amount, article in RULES
    )


def unload(apps, schema_editor):
    """Take them out again."""
    rules = apps.get_model("casework", "DeadlineRule").objects.using(schema_editor.connection.alias)
    rules.filter(code__in=[code for code, *_ in RULES]).delete()
    apps.get_model("reports", "Parameter").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("reports", "0003_chain"), ("casework", "0005_rules")]

    operations = [
        *[fill_scope_from_unit(table) for table in TABLES],
        *[policy(table, None) for table in (*TABLES, "reports_sheetrow")],
        audited("reports_unitsheet"),
        audited("reports_monthedition"),
        *[append_only(table) for table in KEPT],
        migrations.RunSQL(KEEPING, NOT_KEEPING),
        only("reports_parameter", "SELECT"),
        audited("reports_parameter"),
        migrations.RunPython(load, unload),
    ]

"""Figures under policies by their unit; what was issued is never changed."""

from django.db import migrations

from offices.protection import append_only, audited, only, policy
from reports.protection import fill_scope_from_unit

FUNCTION = """
CREATE FUNCTION fill_scope_from_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT o.level, CASE WHEN o.level = 'office' THEN o.id END,
         CASE WHEN o.level IN ('office', 'county') THEN o.county_id END,
         CASE WHEN o.level <> 'province' THEN o.city_id END
    INTO STRICT NEW.level, NEW.office_id, NEW.county_id, NEW.city_id
    FROM offices_office o WHERE o.id = NEW.unit_id;
  RETURN NEW;
END $$;
"""
FROZEN = ("reports_issuerequest", "reports_edition", "reports_sheet", "reports_contribution", "reports_editionfile")
TABLES = ("reports_cell", "reports_issuerequest", "reports_edition", "reports_sheet", "reports_editionfile")


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("reports", "0001_tables"), ("casework", "0002_protection")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION fill_scope_from_unit();"),
        *[fill_scope_from_unit(table) for table in TABLES],
        # Room on each page for the next version of its rows: no index is written when a cell is recounted.
        migrations.RunSQL(
            "ALTER TABLE reports_cell SET (fillfactor = 60);", "ALTER TABLE reports_cell RESET (fillfactor);"
        ),
        *[policy(table, None) for table in (*TABLES, "reports_contribution")],
        *[audited(table) for table in ("reports_issuerequest", "reports_edition", "reports_editionfile")],
        *[append_only(table) for table in (*FROZEN, "reports_definition")],
        # Of no office: wordings of forms, and how far the cells are.
        only("reports_definition", "SELECT", "INSERT"),
        only("reports_drained", "SELECT", "INSERT", "UPDATE"),
    ]

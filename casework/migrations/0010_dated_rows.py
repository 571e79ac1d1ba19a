"""The drafts of rules as drafts of dated things, and months as they have been counted until now."""

from datetime import date

from django.db import migrations

TAKEN = """
INSERT INTO casework_dateddraft (kind, code, part, content, valid_from, reason, drafted_by_id,
  drafted_at, decided_by_id, decided_at, adopted)
SELECT 'deadline', code, '', jsonb_build_object('amount', amount, 'unit', unit, 'rolls', rolls, 'article', article),
  valid_from, reason, drafted_by_id, drafted_at, decided_by_id, decided_at, adopted
FROM casework_ruledraft ORDER BY id
"""
GIVEN_BACK = """
INSERT INTO casework_ruledraft (code, amount, unit, rolls, article, valid_from, reason, drafted_by_id,
  drafted_at, decided_by_id, decided_at, adopted)
SELECT code, (content ->> 'amount')::int, content ->> 'unit', (content ->> 'rolls')::boolean, content ->> 'article',
  valid_from, reason, drafted_by_id, drafted_at, decided_by_id, decided_at, adopted
FROM casework_dateddraft WHERE kind = 'deadline' ORDER BY id
"""
START = date(2011, 1, 1)
ARTICLE = "统计月份为自然月（工作要求，可按统计报表制度调整）"


def load(apps, schema_editor):
    """Count in calendar months."""
    rules = apps.get_model("casework", "MonthRule").objects.using(schema_editor.connection.alias)
    rules.create(last_day=31, article=ARTICLE, valid_from=START)


def unload(apps, schema_editor):
    """Take every rule out."""
    apps.get_model("casework", "MonthRule").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    """Take the rows over."""

    dependencies = [("casework", "0009_dated_functions")]

    operations = [migrations.RunSQL(TAKEN, GIVEN_BACK), migrations.RunPython(load, unload)]

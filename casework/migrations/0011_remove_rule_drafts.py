"""Drafts of rules alone are no more."""

import importlib

from django.db import migrations

from offices.protection import audited, only

RULES = importlib.import_module("casework.migrations.0005_rules")


class Migration(migrations.Migration):
    """Remove the table and its functions."""

    dependencies = [("casework", "0010_dated_rows")]

    operations = [
        migrations.RunSQL("DROP FUNCTION refuse_rule(bigint); DROP FUNCTION adopt_rule(bigint);", RULES.FUNCTIONS),
        *[
            migrations.RunSQL(one.reverse_sql or "", one.sql)
            for one in (audited("casework_ruledraft"), only("casework_ruledraft", "SELECT", "INSERT"))
        ],
        migrations.DeleteModel(name="RuleDraft"),
    ]

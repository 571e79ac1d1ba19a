"""Volumes under policies by their unit; neither they nor their files are ever changed."""

from django.db import migrations

from offices.protection import append_only, audited, policy
from reports.protection import fill_scope_from_unit

TABLES = ("reports_volume", "reports_volumefile")


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("reports", "0005_volumes")]

    operations = [
        *[fill_scope_from_unit(table) for table in TABLES],
        *[policy(table, None) for table in TABLES],
        *[append_only(table) for table in TABLES],
        *[audited(table) for table in TABLES],
    ]

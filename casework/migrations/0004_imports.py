"""Room for the import tables."""

from django.db import migrations


class Migration(migrations.Migration):
    """Make them."""

    dependencies = [("casework", "0003_search")]

    operations: list = []

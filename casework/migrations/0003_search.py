"""Room for the search tables."""

from django.db import migrations


class Migration(migrations.Migration):
    """Make them."""

    dependencies = [("casework", "0002_protection")]

    operations: list = []

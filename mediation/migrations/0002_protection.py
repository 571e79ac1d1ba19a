"""Every table of the line under its policy, the audit and the marks."""

from django.db import migrations

from casework.protection import marks_records
from offices.protection import child, scoped

LINE = "mediation"


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("mediation", "0001_tables"), ("casework", "0002_protection")]

    operations = [
        *scoped("mediation_mediationcommittee", LINE),
        *child("mediation_mediator", LINE, "mediation_mediationcommittee", "committee_id"),
        *scoped("mediation_dispute", LINE),
        marks_records("mediation_dispute", "mediation.dispute"),
        *child("mediation_party", LINE, "mediation_dispute", "dispute_id"),
        *child("mediation_disputemediator", LINE, "mediation_dispute", "dispute_id"),
        *child("mediation_agreement", LINE, "mediation_dispute", "dispute_id"),
    ]

"""Every table of the line under its policy, the audit and the marks."""

from django.db import migrations

from casework.protection import marks_records
from offices.protection import child, scoped

LINE = "mediation"
SCOPED = ("mediationcommittee", "onestopcenter", "dispute", "screeninground")
# Table, parent table, key; parents before their children.
CHILDREN = (
    ("mediator", "mediationcommittee", "committee_id"),
    ("mediationstudio", "mediationcommittee", "committee_id"),
    ("funding", "mediationcommittee", "committee_id"),
    ("residentunit", "onestopcenter", "center_id"),
    ("centrereception", "onestopcenter", "center_id"),
    ("training", "mediator", "mediator_id"),
    ("allowance", "mediator", "mediator_id"),
    ("commendation", "mediator", "mediator_id"),
    ("party", "dispute", "dispute_id"),
    ("disputemediator", "dispute", "dispute_id"),
    ("agreement", "dispute", "dispute_id"),
    ("agent", "dispute", "dispute_id"),
    ("guardian", "dispute", "dispute_id"),
    ("invitee", "dispute", "dispute_id"),
    ("investigation", "dispute", "dispute_id"),
    ("evidence", "dispute", "dispute_id"),
    ("session", "dispute", "dispute_id"),
    ("performanceitem", "dispute", "dispute_id"),
    ("returnvisit", "dispute", "dispute_id"),
    ("transfer", "dispute", "dispute_id"),
    ("undisputedfact", "dispute", "dispute_id"),
    ("preventiveeffect", "dispute", "dispute_id"),
    ("escalation", "dispute", "dispute_id"),
    ("criminalreview", "dispute", "dispute_id"),
    ("judicialconfirmation", "dispute", "dispute_id"),
    ("riskalert", "dispute", "dispute_id"),
    ("villagevisit", "screeninground", "round_id"),
    ("screeningfinding", "screeninground", "round_id"),
)
# What statistics read beside the counted events: a changed row marks the months that count it.
COUNTED = (
    *("dispute", "mediationcommittee", "mediator", "mediationstudio", "onestopcenter", "screeninground"),
    *("screeningfinding", "judicialconfirmation", "riskalert", "preventiveeffect", "escalation", "centrereception"),
    *("training", "allowance", "commendation", "funding"),
)


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("mediation", "0001_tables"), ("casework", "0002_protection")]

    operations = [
        *(operation for name in SCOPED for operation in scoped(f"mediation_{name}", LINE)),
        *(
            operation
            for name, parent, key in CHILDREN
            for operation in child(f"mediation_{name}", LINE, f"mediation_{parent}", key)
        ),
        *(marks_records(f"mediation_{name}", f"mediation.{name}") for name in COUNTED),
    ]

"""What goes along when a record of the line moves to another office, and by what events its balances count it."""

from django.db import migrations

from casework.protection import handed_over

OF_DISPUTES = (
    *("party", "disputemediator", "agreement", "agent", "guardian", "invitee", "investigation", "evidence", "session"),
    *("performanceitem", "returnvisit", "transfer", "undisputedfact", "preventiveeffect", "escalation"),
    "criminalreview",
)


def rows(key: str, *names: str) -> tuple[tuple[str, str], ...]:
    """Return tables with the key by which their rows name the record."""
    return tuple((f"mediation_{name}", key) for name in names)


class Migration(migrations.Migration):
    """Say what moves: types of records that lie under another one first."""

    dependencies = [("mediation", "0004_search"), ("casework", "0006_handovers")]

    operations = [
        handed_over("mediation.riskalert", comes=["alert_raised"], goes=["alert_closed"]),
        handed_over(
            "mediation.judicialconfirmation",
            comes=["confirmation_applied"],
            goes=["confirmed", "dismissed", "confirmation_ended"],
        ),
        handed_over(
            "mediation.dispute",
            rows=rows("dispute_id", *OF_DISPUTES),
            records=[("mediation.riskalert", "dispute_id"), ("mediation.judicialconfirmation", "dispute_id")],
            comes=["accepted"],
            goes=["succeeded", "failed", "transferred"],
        ),
        handed_over("mediation.screeningfinding", comes=["found"], goes=["prevented", "handed"]),
        handed_over(
            "mediation.screeninground",
            rows=rows("round_id", "villagevisit"),
            records=[("mediation.screeningfinding", "round_id")],
        ),
        handed_over(
            "mediation.mediator",
            rows=rows("mediator_id", "training", "allowance", "commendation"),
            comes=["appointed"],
            goes=["left"],
        ),
        handed_over("mediation.mediationstudio", comes=["studio_opened"], goes=["studio_dissolved"]),
        handed_over(
            "mediation.mediationcommittee",
            rows=rows("committee_id", "funding"),
            records=[("mediation.mediator", "committee_id"), ("mediation.mediationstudio", "committee_id")],
            comes=["established"],
            goes=["committee_dissolved"],
        ),
        handed_over("mediation.onestopcenter", rows=rows("center_id", "residentunit", "centrereception")),
    ]

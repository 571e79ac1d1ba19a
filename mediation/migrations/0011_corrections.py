"""A dispute that was opened in error is void."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Let a dispute be void."""

    dependencies = [
        ("mediation", "0010_register_limits"),
        ("casework", "0007_corrections"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="dispute",
            name="dispute_state_known",
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "registered",
                            "accepted",
                            "rejected",
                            "assigned",
                            "mediating",
                            "agreed_written",
                            "agreed_oral",
                            "failed",
                            "performing",
                            "performed",
                            "breached",
                            "visited",
                            "closed",
                            "archived",
                            "transferred",
                            "void",
                        ],
                    )
                ),
                name="dispute_state_known",
            ),
        ),
    ]

"""Courses that committees hold for their mediators: the sessions of the table of organisations."""

import casework.models.record
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.protection import handed_over, marks_records
from offices.protection import child

TABLE = "mediation_trainingcourse"


def of_committees(*tables):
    """Return what goes along with a committee."""
    return handed_over(
        "mediation.mediationcommittee",
        rows=[(table, "committee_id") for table in tables],
        records=[("mediation.mediator", "committee_id"), ("mediation.mediationstudio", "committee_id")],
        comes=["established"],
        goes=["committee_dissolved"],
    )


BEFORE = of_committees("mediation_funding", "mediation_committeeterm")
NOW = of_committees("mediation_funding", "mediation_committeeterm", TABLE)


class Migration(migrations.Migration):
    """Make the table, protect it, and let its rows move with their committee."""

    dependencies = [
        ("mediation", "0011_corrections"),
        ("offices", "0002_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrainingCourse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="填写时间")),
                ("on", models.DateField(db_column="held_on", verbose_name="开班日期")),
                ("topic", models.CharField(max_length=100, verbose_name="培训内容")),
                ("organiser", models.CharField(blank=True, max_length=80, verbose_name="主办单位")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="学时")),
                (
                    "city",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "committee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="mediation.mediationcommittee",
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填写人",
                    ),
                ),
            ],
            options={
                "verbose_name": "举办培训",
                "ordering": ["-on", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("committee", "on", "topic"),
                        name="course_entered_once",
                        violation_error_message="该调委会当天的这期培训已经登记，请修改原有记录。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hours__gte", 1)),
                        name="course_has_hours",
                        violation_error_message="学时至少为 1。",
                    ),
                ],
            },
        ),
        *child(TABLE, "mediation", "mediation_mediationcommittee", "committee_id"),
        marks_records(TABLE, "mediation.trainingcourse"),
        migrations.RunSQL([BEFORE.reverse_sql, NOW.sql], [NOW.reverse_sql, BEFORE.sql]),
    ]
